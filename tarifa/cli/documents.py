"""Documents, allowance statements and exceptions as tables for people; from their JSON, wherever that comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

Shape = Mapping[str, Any]


def document(shape: Shape, *, most_lines: int | None = None) -> RenderableType:
    """One invoice or credit note: its head, its lines (or the first of them), its sums, the allowance it tells of."""
    head = Text.assemble(
        (str(shape["kind"]).upper(), "bold"),
        f" {shape.get('number') or shape['key']}",
        f"   {_customer(shape['account'])}   {_bills(shape)}",
        f"   boundary {shape['boundary']['on']}   {shape['currency']}",
    )
    lines = shape["lines"][:most_lines]
    said = {"Seller": shape["seller"], "Purchase order": shape["purchase_order"], "Reference": shape["reference"]}
    papers = (
        [Text("  " + "   ".join(f"{name} {text}" for name, text in said.items() if text))] if any(said.values()) else []
    )
    parts: list[RenderableType] = [head, *papers, _lines(lines)]
    if len(lines) < len(shape["lines"]):
        parts.append(Text(f"  ... and {count(len(shape['lines']) - len(lines), 'more line', 'more lines')}"))
    parts.append(_sums(shape))
    for of in shape.get("contracts", (shape,)):
        name = f"{of['contract']}: " if "contracts" in shape else ""
        parts += [Text(f"  {name}{allowance(closing)}") for closing in of["closings"] if _tells(closing)]
        if of["waiting"]:
            whose = of["contract"] if name else "this contract"
            parts.append(Text(f"  Waiting for a person, of {whose}: {count(of['waiting'], 'worklog')}"))
    if shape.get("left_out"):
        parts.append(Text(f"  Could not be billed, and follows: {', '.join(shape['left_out'])}"))
    return Group(*parts, Text())


def _bills(shape: Shape) -> str:
    if shape["contract"] is not None:
        return f"contract {shape['contract']}"
    return f"bill group {shape['bill_group']}"


def _customer(account: Shape) -> str:
    key, name = account["key"], account["name"]
    return str(key) if key == name else f"{name} ({key})"


def _lines(lines: Sequence[Shape]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 1), show_edge=False, pad_edge=True)
    discounted = any(Fraction(line["discount"]) for line in lines)
    table.add_column("#", justify="right", no_wrap=True)
    grouped = any("contract" in line for line in lines)
    if grouped:
        table.add_column("Contract", overflow="fold")
    table.add_column("What", overflow="fold")
    table.add_column("Days", no_wrap=True)
    table.add_column("Band", no_wrap=True)
    for name in ("Time", "Billed", "Covered", "Rate", "Amount", *(["Discount"] if discounted else [])):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("Priced by", overflow="fold")
    for line in lines:
        worked = line["minutes"] or line["rounded"]
        table.add_row(
            str(line["position"]),
            *([f"{line['contract']} {line['account']}"] if grouped else []),
            _what(line),
            _days(line),
            line["band"] or "",
            clock(line["minutes"]) if worked else "",
            clock(line["rounded"]) if worked else _in_tier(line),
            clock(line["covered"]) if worked else "",
            line["rate"] or "",
            line["amount"],
            *([line["discount"]] if discounted else []),
            f"{line['table']} / {line['row']}" if line["row"] else "",
        )
    return table


def _what(line: Shape) -> str:
    label = line["label"] or ""
    if line["work"] is not None:
        what = f"{line['work']} {label}".strip()
        return what if line["kind"] == "labour" else f"{what} ({line['kind']})"
    corrected = f", corrects {line['corrects']['document']}" if line["corrects"] else ""
    return f"{label} ({line['kind']}){corrected}"


def _in_tier(line: Shape) -> str:
    """How much of what is beyond the allowance a tier's line is for: hours, or requests; blank for any other line."""
    if not line["item"].startswith("tier/"):
        return ""
    return clock(Fraction(line["share"]) * 60) if line["kind"] == "labour" else str(line["share"])


def _days(line: Shape) -> str:
    if line["on"] is not None:
        return str(line["on"])
    return f"{line['service']['from']}..{line['service']['to']}"


def _sums(shape: Shape) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column()
    table.add_column()
    table.add_column(justify="right")
    if Fraction(shape["document_discount"]):
        table.add_row("  Discount", "on the document", f"-{shape['document_discount']}".replace("--", ""))
    table.add_row("  Net", "", shape["net"])
    for tax in shape["taxes"]:
        of = f"{tax['percent']} % of {tax['base']}" + (f", {tax['text']}" if tax["text"] else "")
        table.add_row(f"  Tax {tax['code']}", of, tax["tax"])
    table.add_row(Text("  Total", style="bold"), shape["currency"], Text(shape["total"], style="bold"))
    if Fraction(shape["rounding"]):
        table.add_row("  Rounding", "to amounts of cash", shape["rounding"])
        table.add_row(Text("  Payable", style="bold"), shape["currency"], Text(shape["payable"], style="bold"))
    return table


def allowance(closing: Shape) -> str:
    """`Allowance 2026-03-01..2026-03-31: 20:00 granted, 21:30 used, ...` of one cycle: hours, or a number of requests."""
    figures = [
        (closing["carried_in"], "carried in"),
        (closing.get("brought_over", "0"), "of it brought over"),
        (closing["granted"], "granted"),
        (closing["topped_up"], "topped up"),
        (closing["drawn"], "used"),
        (closing["overage"], "beyond it"),
        (closing["carried_out"], "carried over"),
    ]
    shown = str if closing["measure"] == "requests" else clock
    said = [f"{shown(amount)} {what}" for amount, what in figures if Fraction(amount)]
    said.append(f"{shown(closing['left'])} left")
    return f"Allowance {closing['from']}..{closing['to']}: {', '.join(said)}"


def _tells(closing: Shape) -> bool:
    """Whether there is an allowance to tell of."""
    return any(Fraction(closing[name]) for name in ("carried_in", "granted", "topped_up"))


def exceptions(rows: Sequence[Shape]) -> Table:
    """The list of what waits for a person: what it is, why and how to mend it, and where it was read, if in a file."""
    placed = any(row["file"] for row in rows)
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 1), show_edge=False)
    table.add_column("What", no_wrap=True)
    table.add_column("Account", overflow="fold")
    table.add_column("Why it waits", overflow="fold")
    if placed:
        table.add_column("Where", overflow="fold")
    for row in rows:
        more = f" ({count(len(row['works']), 'worklog')} with it)" if row["works"] else ""
        place = [f"{row['file']}:{row['line']}" if row["file"] else ""] if placed else []
        table.add_row(f"{row['kind']} {row['subject']}", row["account"] or "", f"{row['message']}{more}", *place)
    return table


def clock(minutes: str | int | Fraction) -> str:
    """Minutes as hours and minutes: `1:30`; a part of a minute as a decimal behind it."""
    value = Fraction(minutes)
    whole, part = divmod(abs(value), 1)
    hours, rest = divmod(int(whole), 60)
    tail = f".{int(part * 100):02}" if part else ""
    return f"{'-' if value < 0 else ''}{hours}:{rest:02}{tail}"


def count(number: int, one: str, many: str | None = None) -> str:
    """`1 worklog`, `2 worklogs`."""
    return f"{number} {one if number == 1 else many or one + 's'}"
