"""The checker's exact questions over one large table, beside loading the same table.

    python -m benchmarks.analysis

Seven conditions, among them the time of day, the weekday and the day; most rows name an account. `loading` reads and builds
the table without any question of the checker. `dead rows` and `overlaps` are all of them, not the first few; `check` is
all that the checker asks, within its limits, and tells the first twenty of each kind.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from benchmarks.measure import medians
from dsl.build import build
from dsl.checks import check
from dsl.diagnostics import Report
from dsl.document import Document
from dsl.parser import parse_page
from dsl.source import read_source
from engine.analysis import Dead, Point, Space, dead_rows
from engine.model import Condition, Input

WITHOUT_LIMIT = 1 << 60
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
HEAD = """ruleset Large
  version   1
  currency  USD
  timezone  UTC

inputs
  | name     | of      | type     | values                            |
  |----------|---------|----------|-----------------------------------|
  | category | request | choice   | Network, Server, Desktop, Cloud   |
  | priority | request | choice   | Low < Normal < High < Urgent      |
  | weekday  | request | choice   | Mon < Tue < Wed < Thu < Fri < Sat < Sun |
  | clock    | request | duration | 0 h..24 h                         |
  | opened   | request | date     | -                                 |

table Hourly rate
  hit first
  | row | account | category | priority | weekday | clock | opened | distance || rate |
  |-----|---------|----------|----------|---------|-------|--------|----------||------|
"""


def text(count: int, chance: random.Random) -> str:
    """A price book of so many rows."""

    def some(share: float, cell: Callable[[], str]) -> str:
        return cell() if chance.random() < share else "-"

    def clock() -> str:
        start = chance.randint(0, 90)
        return f"{start * 15} min..{min(96, start + chance.randint(2, 40)) * 15} min"

    def weekdays() -> str:
        first = chance.randint(0, 6)
        return f"{WEEKDAYS[first]}..{WEEKDAYS[chance.randint(first, 6)]}"

    def opened() -> str:
        month = chance.randint(1, 12)
        return f"2026-{month:02}-{chance.randint(1, 28):02}..2026-12-31"

    rows = [
        " | ".join(
            (
                f"  | R{row}",
                "-" if row > count * 0.95 else f"account {chance.randint(0, count // 8)}",
                some(0.6, lambda: ", ".join(chance.sample(["Network", "Server", "Desktop", "Cloud"], 2))),
                some(0.5, lambda: f">= {chance.choice(['Normal', 'High', 'Urgent'])}"),
                some(0.4, weekdays),
                some(0.4, clock),
                some(0.3, opened),
                some(0.1, lambda: f">= {chance.randint(1, 60)}"),
            )
        )
        + f" || ${chance.randint(80, 300)}.00/h |\n"
        for row in range(count - 1)
    ]
    return HEAD + "".join(rows) + "  | R-last | otherwise | | | | | | || $95.00/h |\n"


def read(content: bytes) -> Document:
    """Parse and build."""
    report = Report()
    document = build(parse_page(read_source("large.rules", content), report), None, report)
    assert not report.errors, report.diagnostics()
    return document


def questions(document: Document) -> tuple[list[tuple[Condition, ...]], list[Input]]:
    """The conditions and inputs of the table."""
    table = document.tables["hourly rate"].table
    return [row.conditions for row in table.rows], [document.inputs[name] for name in table.inputs]


def dead(space: Space) -> list[Dead]:
    """The rows that no case comes to."""
    return list(dead_rows(space, space.all))


def gap(space: Space) -> Point | None:
    """A case that no row but the last decides."""
    return space.covered_by(space.whole, space.all >> 1).point


def overlapping(space: Space) -> int:
    """How many pairs of rows fit a common case."""
    found = 0
    for row in range(len(space.conditions)):
        found += (space.meeting(space.box(row)) & (-1 << (row + 1))).bit_count()
    return found


def all_three(space: Space) -> None:
    """The three questions to one index, as the checker asks them."""
    dead(space)
    gap(space)
    overlapping(space)


def check_all(document: Document) -> Report:
    """All that `tarifa check` asks of the document, with what could be left out of it."""
    report = Report()
    check(document, report)
    return report


def measure(count: int) -> None:
    """Print one line of the curve."""
    content = text(count, random.Random(count)).encode()
    document = read(content)
    rows, inputs = questions(document)
    space = Space(rows, inputs, limit=WITHOUT_LIMIT)
    contenders: dict[str, Callable[[], object]] = {
        "loading": lambda: read(content),
        "index": lambda: Space(rows, inputs),
        "dead rows": lambda: dead(Space(rows, inputs, limit=WITHOUT_LIMIT)),
        "gap": lambda: gap(Space(rows, inputs, limit=WITHOUT_LIMIT)),
        "overlaps": lambda: overlapping(Space(rows, inputs, limit=WITHOUT_LIMIT)),
        "all three": lambda: all_three(Space(rows, inputs, limit=WITHOUT_LIMIT)),
        "check": lambda: check_all(document),
    }
    taken = medians(contenders, rounds=3)
    index = taken["index"]
    exact = taken["all three"]
    seconds = [taken["loading"], index, taken["dead rows"] - index, taken["gap"] - index, taken["overlaps"] - index]
    told = sum(one.code == "unfinished-search" for one in check_all(document).diagnostics())
    print(
        f"{count:7,}",
        *(f"{1000 * one:9,.0f}" for one in (*seconds, exact, taken["check"])),
        f"  {len(dead(space)):,} dead, {overlapping(space):,} pairs, {told} questions not finished",
    )


def main() -> None:
    """Print milliseconds by rows."""
    names = ("loading", "index", "dead rows", "gap", "overlaps", "all three", "check")
    print(f"{'rows':>7}", *(f"{name:>9}" for name in names))
    for count in (100, 300, 1_000, 3_000, 10_000, 30_000):
        measure(count)


if __name__ == "__main__":
    main()
