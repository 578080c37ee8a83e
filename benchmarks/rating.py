"""Worklogs settled a second on one core: segments, rounding, rule, allowance, and the operands of the explanation.

    python -m benchmarks.rating [--most 1000000] [--plot docs/settling.svg]

Contracts of 1,000 worklogs each are settled one after the other, as a run does; nothing is kept but totals. The floor
multiplies minutes by one price and adds up, which is what a hand-written script does that explains nothing. The
collector of cycles is set as `tarifa` sets it when it starts.
"""

from __future__ import annotations

import argparse
import random
import resource
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from fractions import Fraction
from pathlib import Path

from benchmarks.measure import medians
from engine.facts import Contract, Facts, Terms, Work
from engine.formulas import OutcomeName, Prices, Unit
from engine.items import Opening
from engine.model import ANY, Binding, Condition, Hit, Outcome, Row, Table
from engine.settlement import settle
from engine.timeline import Timeline
from tarifa.cli import collect_seldom
from tests.engine.rulesets import BILL_RATE, EUR, HERE, facts, plan, ruleset, timeline

START = date(2026, 3, 1)
EPOCH = int(datetime(2026, 3, 1, tzinfo=UTC).timestamp())
A_CONTRACT = 1_000
CUSTOMERS = 200


def rates(rows: int) -> Table:
    """A price book of `rows` rows by customer and priority; two columns of prices."""
    prices = tuple(Prices(Unit.HOURLY, (("EUR", Fraction(60 + n)),)) for n in range(50))

    def row(n: int) -> Row:
        account = Condition(values=frozenset({f"customer {n // 2 % CUSTOMERS} of {n // 2 // CUSTOMERS}"}))
        priority = Condition(values=frozenset({"high" if n % 2 else "low"}))
        return Row(f"R{n}", (account, priority), ((prices[n % 50], prices[n % 37]),), catch_all=False, origin=HERE)

    last = Row("R", (ANY, ANY), ((prices[0], prices[1]),), catch_all=True, origin=HERE)
    return Table(
        "hourly", "Hourly", Hit.FIRST, ("account", "priority"), (Outcome("rate", "rate", Unit.HOURLY),),
        (*(row(n) for n in range(rows - 1)), last), across="band", across_values=("operational",), across_otherwise=True,
    )  # fmt: skip


def book(rows: int) -> Timeline:
    """The fixture's ruleset with a price book of so many rows, an allowance, and rounding to 15 minutes."""
    of = ruleset(plan(beyond=BILL_RATE, allowance=6_000), rounds=True)
    rate = Binding("rate", OutcomeName("hourly", "rate"), HERE)
    return timeline(replace(of, tables={**of.tables, "hourly": rates(rows)}, pricing={**of.pricing, "rate": rate}))


def month(number: int, chance: random.Random) -> Facts:
    """One contract with a month of worklogs at any hour, a fifth of them over a band's edge."""
    account = f"customer {number % CUSTOMERS} of 0"
    entries = tuple(
        Work(
            f"{number}-{n}", 1, EPOCH + 60 * chance.randrange(30 * 1440), 60 * chance.randrange(1, 180),
            "Europe/Lisbon", None, None, f"R{n}", 1, {"priority": chance.choice(("low", "high"))}, {"priority": "Low"},
        )
        for n in range(A_CONTRACT)
    )  # fmt: skip
    of = Contract(f"C{number}", account, frozenset(), "main", START, EUR, "Europe/Lisbon", (Terms(1, START, "care"),))
    made = facts(of, entries)
    return replace(made, account=replace(made.account, key=account))


def months(count: int) -> Iterator[Facts]:
    """The months of `count` worklogs, made one by one."""
    chance = random.Random(11)
    return (month(number, chance) for number in range(count // A_CONTRACT))


def settled(of: list[Facts], rules: Timeline) -> int:
    """Settle contracts and add up what they owe, in cents."""
    return sum(item.amount for one in of for item in settle(Opening(0), one, rules, through=1).items)


def floor(of: list[Facts]) -> int:
    """Minutes by a price, added up."""
    return sum(work.seconds * 8000 // 3600 for one in of for work in one.work)


def main() -> None:
    """Print worklogs a second by rows of the price book, then by worklogs; draw them, if a file is named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=int, default=1_000_000, help="worklogs of the largest month")
    parser.add_argument("--plot", type=Path, help="an SVG to write; wants matplotlib")
    arguments = parser.parse_args()
    collect_seldom()
    by_rows, by_worklogs = print_by_rows(), print_by_worklogs(arguments.most)
    if arguments.plot is not None:
        from benchmarks.plot import draw  # here, for nothing else of this benchmark wants a library

        lines = {"10,000 worklogs, by rows of the price book": by_rows, "1,000 rows, by worklogs": by_worklogs}
        draw(arguments.plot, lines, title="Settling on one core", sizes="rows; worklogs", figures="worklogs a second")


def print_by_rows() -> dict[int, float]:
    """Worklogs a second, by rows of the price book."""
    found = {}
    few = list(months(10_000))
    print("10,000 worklogs, by rows of the price book")
    for rows in (10, 100, 1_000, 10_000):
        rules = book(rows)
        taken = medians({"tarifa": lambda rules=rules: settled(few, rules), "floor": lambda: floor(few)}, rounds=5)
        found[rows] = 10_000 / taken["tarifa"]
        print(f"{rows:10,} rows  {found[rows]:9,.0f} a second; floor {10_000 / taken['floor']:12,.0f}")
    return found


def print_by_worklogs(most: int) -> dict[int, float]:
    """Worklogs a second, by worklogs of one month; the making of the facts taken off."""
    found = {}
    print("1,000 rows, by worklogs, in streams")
    rules = book(1_000)
    count = 1_000
    while count <= most:
        taken = medians({"tarifa": lambda count=count: sum(settled([one], rules) for one in months(count)),
                         "making the facts": lambda count=count: sum(1 for _ in months(count))},
                        rounds=3 if count < 100_000 else 1)  # fmt: skip
        seconds = taken["tarifa"] - taken["making the facts"]
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        found[count] = count / seconds
        print(f"{count:10,} worklogs {found[count]:8,.0f} a second; {memory} MB at most")
        count *= 10
    return found


if __name__ == "__main__":
    main()
