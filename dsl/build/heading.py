"""The block `ruleset`: name, version, days, currencies, zone, rounding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from importlib.resources import files

from dsl.build.sheet import read_settings, report_problem
from dsl.cells import parse_listed, unquoted
from dsl.currencies import codes, currency, shown_price
from dsl.days import VALID, read_days
from dsl.diagnostics import Label, Problem, Report
from dsl.formula import read_formula
from dsl.parser import WORDS
from dsl.suggest import did_you_mean, listed
from dsl.syntax import Block, Cell, One
from dsl.units import Scope
from engine.formulas import Prices, Unit
from engine.model import ALWAYS
from engine.money import Currency, Rounding
from engine.names import fold
from engine.periods import Every, Period

SETTINGS = (
    "version",
    "valid",
    "currency",
    "timezone",
    "rounding",
    "cash rounding",
    "zero invoices",
    "cycle edge",
    "without contract",
    "import",
)
"""What may stand indented below the heading."""

HOLD = "hold"
"""What `without contract` says where such work waits."""


@dataclass(frozen=True, slots=True)
class Heading:
    """What the block `ruleset` says. No currency where it is missing or wrong, which was reported."""

    label: str = ""
    version: str = ""
    valid: Period = ALWAYS
    currencies: tuple[Currency, ...] = ()
    timezone: str = ""
    rounding: Rounding = Rounding.HALF_UP
    cash_rounding: Mapping[str, Fraction] = field(default_factory=dict)
    suppresses_zero_documents: bool = False
    split_at_cycle_edge: bool = False
    without_contract: Every | None = None


def read_heading(blocks: Sequence[Block], report: Report) -> Heading:
    """Read the one block `ruleset`."""
    if not blocks and "ruleset" in report.unsure:
        return Heading()
    if not blocks:
        help_text = (
            "begin one file with `ruleset NAME`, and below it, indented, `version 1`, `currency USD`, `timezone UTC`"
        )
        report.error("missing-block", "there is no block `ruleset`", None, help=(help_text,))
        report.unsure |= {*WORDS}  # its file may have held more
        return Heading()
    block, *others = sorted(blocks, key=lambda one: -len(one.settings))  # the fullest is meant
    for other in others:
        first = Label(block.heading, "it begins here")
        report.error("duplicate-name", "a ruleset has one block `ruleset`", other.heading, secondary=(first,))
    if not block.name.text:
        report.error("missing-block", "the ruleset has no name", block.heading, help=("`ruleset Our prices`",))
    if block.header is not None:
        report.unsure |= {*WORDS}
        mend = "put its heading above it: it is another block's"
        report.error("syntax", "`ruleset` has no table", block.heading, help=(mend,))
    before = report.errors
    settings = read_settings(block, SETTINGS, report)
    unread = report.errors > before
    examples = {"version": "version 2026.1", "currency": "currency USD", "timezone": "timezone America/Chicago"}
    for key, example in examples.items():
        if key not in settings and not unread:
            report.error(
                "missing-block", f"the ruleset says no `{key}`", block.heading, help=(f"add the line `  {example}`",)
            )
    currencies = _currencies(settings["currency"], block.file, report) if "currency" in settings else ()
    if len({_currency_line(each) for each in blocks} - {""}) > 1:
        currencies = ()  # which of them is meant is not known, and two blocks were reported
    cash, zero = settings.get("cash rounding"), settings.get("zero invoices")
    return Heading(
        label=unquoted(block.name.text),
        version=unquoted(settings["version"].text) if "version" in settings else "",
        valid=_valid(settings["valid"], block.file, report) if "valid" in settings else ALWAYS,
        currencies=currencies,
        timezone=_timezone(settings["timezone"], block.file, report) if "timezone" in settings else "",
        rounding=_rounding(settings["rounding"], block.file, report) if "rounding" in settings else Rounding.HALF_UP,
        cash_rounding=_cash_rounding(cash, currencies, block.file, report) if cash is not None else {},
        suppresses_zero_documents=_suppresses(zero, block.file, report) if zero is not None else False,
        split_at_cycle_edge="cycle edge" in settings and _splits(settings["cycle edge"], block.file, report),
        without_contract=_without_contract(settings["without contract"], block.file, report)
        if "without contract" in settings
        else None,
    )


def _currency_line(block: Block) -> str:
    """The setting `currency` of a block as one line; blank without one."""
    lines = (fold(setting.line.text) for setting in block.settings)
    return next((line for line in lines if line.startswith("currency ")), "")


def _valid(cell: Cell, file: str, report: Report) -> Period:
    """Both days of a span count."""
    found = read_days(cell.text)
    if isinstance(found, Problem):
        report_problem(found, cell, file, report)
        report.unsure.add(VALID)
        return ALWAYS
    return found


def _currencies(cell: Cell, file: str, report: Report) -> tuple[Currency, ...]:
    tree = parse_listed("condition", cell.text)
    if isinstance(tree, Problem):
        report_problem(tree, cell, file, report)
        return ()
    found: list[Currency] = []
    right = True
    for item in tree.items:
        if not isinstance(item, One) or item.prefix or tree.negated:
            report.error("syntax", "`currency` lists codes", cell.span(file), help=("`currency USD, EUR`",))
            return ()
        one = currency(item.word.text)
        span = cell.part(file, item.word.at)
        if one is None:
            message = f"ISO 4217 has no currency `{item.word.text}`"
            label = did_you_mean(item.word.text, codes())
            report.error("unknown-value", message, span, label=label, help=("codes are like `USD`, `EUR`, `JPY`",))
            right = False
        elif one in found:
            report.error("duplicate-name", f"{one.code} is listed twice", span)
        else:
            found.append(one)
    return tuple(found) if right else ()


def _timezone(cell: Cell, file: str, report: Report) -> str:
    name = unquoted(cell.text)
    zones = _zones()
    if fold(name) in zones:
        return zones[fold(name)]
    label = did_you_mean(name, (zone for zone in zones.values() if "/" in zone))
    report.error(
        "unknown-value",
        f"there is no time zone called `{name}`",
        cell.span(file),
        label=label,
        help=("zones are like `America/Chicago`, `Europe/Lisbon`, `UTC`",),
    )
    return ""


@cache
def _zones() -> dict[str, str]:
    """Folded name to name of every zone of the pinned time zone data, never of the machine's own."""
    names = files("tzdata").joinpath("zones").read_text(encoding="utf-8").split()
    return {fold(name): name for name in names}


def _rounding(cell: Cell, file: str, report: Report) -> Rounding:
    known = {rounding.value: rounding for rounding in (Rounding.HALF_UP, Rounding.HALF_EVEN)}
    if fold(cell.text) in known:
        return known[fold(cell.text)]
    message = f"there is no rounding called `{cell.text}`"
    mend = "`half up` (away from zero) or `half even`"
    report.error("unknown-value", message, cell.span(file), label=did_you_mean(cell.text, known), help=(mend,))
    return Rounding.HALF_UP


def _cash_rounding(cell: Cell, currencies: tuple[Currency, ...], file: str, report: Report) -> Mapping[str, Fraction]:
    """The smallest amount that is paid in cash, of each currency that has one."""
    if not currencies:
        return {}  # what is wrong with them was reported, and prices cannot be told
    found = read_formula(cell.text, Scope("cash rounding", currencies, every_currency=False), units=(Unit.MONEY,))
    if isinstance(found, Problem):
        report_problem(found, cell, file, report)
        return {}
    if found is None or not isinstance(found.formula, Prices):
        mend = f"`cash rounding {shown_price(currencies[0].code, _smallest_cash(currencies[0]))}`"
        report.error("wrong-type", "`cash rounding` is an amount of money", cell.span(file), help=(mend,))
        return {}
    digits = {one.code: one.digits for one in currencies}
    for code, amount in found.formula.by_currency:
        if not amount or (amount * 10 ** digits[code]).denominator != 1:
            message = f"no amount in {code} can be rounded to this"
            mend = f"an amount of at least the currency's smallest, with {digits[code]} decimals at most"
            report.error("wrong-type", message, cell.span(file), help=(mend,))
            return {}
    return dict(found.formula.by_currency)


def _smallest_cash(of: Currency) -> str:
    return "5" if not of.digits else f"0.{'5'.rjust(of.digits, '0')}"


def _suppresses(cell: Cell, file: str, report: Report) -> bool:
    known = ("issue", "suppress")
    if fold(cell.text) not in known:
        message = f"`zero invoices` cannot be `{cell.text}`"
        mend = "`issue` them with their evidence, or `suppress` them"
        report.error("unknown-value", message, cell.span(file), label=did_you_mean(cell.text, known), help=(mend,))
    return fold(cell.text) == "suppress"


def _splits(cell: Cell, file: str, report: Report) -> bool:
    """Whether work over the edge of a cycle is split there; else it belongs to the cycle in which it starts."""
    known = ("start", "split")
    if fold(cell.text) not in known:
        message = f"work at the edge of a cycle cannot be taken by `{cell.text}`"
        mend = "`start`: it belongs to the cycle in which it starts; `split`: to both, each its part"
        report.error("unknown-value", message, cell.span(file), label=did_you_mean(cell.text, known), help=(mend,))
    return fold(cell.text) == "split"


def _without_contract(cell: Cell, file: str, report: Report) -> Every | None:
    """The cycle by which work without a contract pays as it goes; None holds it."""
    if fold(cell.text) == HOLD:
        return None
    known = {every.value: every for every in Every if every is not Every.CONTRACT}
    if fold(cell.text) in known:
        return known[fold(cell.text)]
    message = f"work without a contract cannot be `{cell.text}`"
    mend = f"`{HOLD}`: it waits for a person; or the cycle that it is billed by: {listed(known)}"
    near = did_you_mean(cell.text, [HOLD, *known])
    report.error("unknown-value", message, cell.span(file), label=near, help=(mend,))
    return None
