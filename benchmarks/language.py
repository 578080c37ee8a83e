"""How long a ruleset takes from bytes to an indexed table, and to its canonical form, beside cutting lines at pipes.

    python -m benchmarks.language [--rows 1000 10000 30000]

One table of seven conditions (text, prefixes, choices, an order, lists, spans) and three outcomes (prices in two
currencies, formulas, durations). The floor is a list of stripped cells for each line, which is what a script without a
language would begin with. A load is measured from nothing: all that was remembered is forgotten before it.
"""

from __future__ import annotations

import argparse
import gc
import random
import statistics
import tracemalloc
from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import PurePath
from time import process_time

from dsl import Cache, load
from dsl.amounts import read_amount
from dsl.build import build
from dsl.cells import parse_choices, parse_formula, parse_listed
from dsl.checks import CHECKS, REMARKS, SHEET_CHECKS, SHEET_REMARKS
from dsl.checks.sheets import sheets_of
from dsl.currencies import symbols
from dsl.diagnostics import Report
from dsl.format import format_file
from dsl.lower import digest_of_source, lower
from dsl.parser import parse_page
from dsl.source import read_source, read_sources
from engine.calculation import always
from engine.compiler import Compiler
from engine.model import Ruleset
from engine.names import fold
from tarifa.cli import collect_seldom

FILE = PurePath("prices.rules")
HEAD = """\
ruleset Price book
  version   2026.1
  currency  USD, EUR
  timezone  Europe/Lisbon

inputs
  | name      | of      | type   | values                                                            |
  |-----------|---------|--------|-------------------------------------------------------------------|
  | category  | request | choice | Network, Server, Desktop, Cloud, Security, Telephony, Print, Mail |
  | priority  | request | choice | Low < Normal < High < Urgent                                      |
  | work type | worklog | choice | Remote, On-site, Workshop                                         |

constants
  | name     | value                    |
  |----------|--------------------------|
  | standard | $95.00/h, 88.00 EUR/h    |
  | senior   | standard * 130%          |
  | security | $165.00/h, 150.00 EUR/h  |

pricing
  | name    | formula            |
  |---------|--------------------|
  | rate    | Price book.rate    |
  | minimum | Price book.minimum |

table Price book
  | row | account | site | category | priority | work type | hours | distance || rate | minimum | charge | why |
  |--|--|--|--|--|--|--|--||--|--|--|--|
"""
FIRST = ("Harbor", "Cedar Falls", "Lakeside", "Northgate", "São Bento", "Zylker", "Old Mill", "Birch & Vale", "Delta")
SECOND = ("Dental", "Books", "Logistics", "Foods", "Clinic", "Partners", "Works", "Schools", "Print", "Motors")
CATEGORIES = ("Network", "Server", "Desktop", "Cloud", "Security", "Telephony", "Print", "Mail")
PRIORITIES = ("Low", "Normal", "High", "Urgent")


def price_book(rows: int) -> bytes:
    """A ruleset with one table of so many rows, as a firm's agreements come out of a spreadsheet."""
    chance = random.Random(5)
    lines = [_row(number, chance) for number in range(rows - 1)]
    last = "  | P | otherwise | | | | | | || standard | 30 min | - | what is left |\n"
    return "".join([HEAD, *lines, last]).encode()


def _row(number: int, chance: random.Random) -> str:
    def maybe(share: float, written: Callable[[], str]) -> str:
        return written() if chance.random() < share else "-"

    def account() -> str:
        name = f"{chance.choice(FIRST)} {chance.choice(SECOND)} {chance.randrange(1, 40)}"
        return f"{name}*" if chance.random() < 0.02 else f'"{name}, Inc."' if chance.random() < 0.05 else name

    def categories() -> str:
        listed = ", ".join(chance.sample(CATEGORIES, chance.randint(1, 3)))
        return f"not {listed}" if chance.random() < 0.2 else listed

    def priorities() -> str:
        return chance.choice((*PRIORITIES, ">= High", "< Urgent", "Low..High", "Normal, Urgent"))

    def hours() -> str:
        low = chance.randrange(1, 16)
        return chance.choice((f">= {low * 30} min", f"{low} h..{low + chance.randrange(1, 8)} h"))

    def rate() -> str:
        cents = chance.randrange(6_000, 24_000, 5)
        euros = cents * 9 // 10
        constant = chance.choice(("standard", "senior", "security"))
        if chance.random() < 0.2:
            return f"{constant} * {chance.randrange(90, 250)}%"
        return f"${cents // 100}.{cents % 100:02}/h, {euros // 100}.{euros % 100:02} EUR/h"

    def charge() -> str:
        whole = chance.randrange(10, 300, 5)
        return f"${whole}.00, {whole - 5}.00 EUR"

    cells = (
        maybe(0.9, account), maybe(0.3, lambda: f"Site {chance.randrange(1, 500)}"), maybe(0.7, categories),
        maybe(0.5, priorities), maybe(0.4, lambda: chance.choice(("Remote", "On-site", "Workshop"))),
        maybe(0.4, hours), maybe(0.2, lambda: f">= {chance.randrange(10, 300, 10)}"),
    )  # fmt: skip
    outcomes = (rate(), f"{chance.randrange(1, 13) * 5} min", maybe(0.3, charge))
    return (
        f"  | P{number} | {' | '.join(cells)} || {' | '.join(outcomes)} | agreed in {chance.randrange(2019, 2027)} |\n"
    )


_REMEMBERED = (fold, parse_choices, parse_formula, parse_listed, read_amount, read_source, symbols)


def forget() -> None:
    """Empty what a process remembers of cells that it met before."""
    for function in _REMEMBERED:
        function.cache_clear()


def floor(text: str) -> list[list[str]]:
    """Every line as its stripped cells."""
    return [[cell.strip() for cell in line.split("|")] for line in text.splitlines()]


def steps(content: bytes) -> Mapping[str, float]:
    """Load, and compile the table; the seconds of every step."""
    files, report = {FILE: content}, Report()
    marks = [("", process_time())]

    def done(step: str) -> None:
        marks.append((step, process_time()))

    sources = read_sources(files)
    blocks = [block for source in sources.values() for block in parse_page(source, report)]
    done("parse")
    document = build(blocks, None, report)
    done("build")
    for check in (*CHECKS, *REMARKS):
        check(document, report)
    done("check")
    assert not report.errors, report.diagnostics()
    ruleset = lower(document, source_digest=digest_of_source(files))
    done("lower")
    compiled(ruleset)
    done("compile")
    for sheet in sheets_of(document):
        for exact in (*SHEET_CHECKS, *SHEET_REMARKS):
            exact(sheet, report)
    done("exact checks")
    return {step: at - before for (_, before), (step, at) in pairwise(marks)}


def compiled(ruleset: Ruleset) -> object:
    """The indexed table."""
    return Compiler(ruleset, ruleset.currencies[0], {}, lambda _: always(None)).table("price book")


def measure(content: bytes, rounds: int) -> Mapping[str, float]:
    """Median seconds of the floor, of every step and of the formatter, which take turns."""
    text = content.decode()
    taken: dict[str, list[float]] = {}
    for _ in range(rounds):
        for name, work in (("floor", lambda: floor(text)), ("fmt", lambda: format_file("prices.rules", content))):
            forget()
            gc.collect()
            start = process_time()
            work()
            taken.setdefault(name, []).append(process_time() - start)
        forget()
        gc.collect()
        for step, seconds in steps(content).items():
            taken.setdefault(step, []).append(seconds)
    return {name: statistics.median(times) for name, times in taken.items()}


def peak(work: Callable[[], object]) -> float:
    """Megabytes of memory that work takes at most."""
    forget()
    gc.collect()
    tracemalloc.start()
    work()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most / 1_000_000


def print_again(rows: int, rounds: int) -> None:
    """Print milliseconds of a load that a cache knows: of all its files, or of all but a small one."""
    table, cache = price_book(rows), Cache()
    taken: dict[str, list[float]] = {"nothing changed": [], "another file changed": []}
    for number in range(rounds + 1):
        other = f"# {number}\n".encode()
        for name, times in taken.items():
            start = process_time()
            load({FILE: table, PurePath("other.rules"): other if name.startswith("another") else b""}, cache=cache)
            times.append(process_time() - start)
    for name, times in taken.items():
        print(f"{rows:7,} rows again, {name}: {1000 * statistics.median(times[1:]):.1f}")


STEPS = ("parse", "build", "check", "lower", "compile")


def print_times(sizes: list[int], rounds: int) -> None:
    """Print milliseconds by rows, and what they are of the floor."""
    print(
        f"{'rows':>7} {'floor':>7} {' '.join(f'{step:>8}' for step in STEPS)} {'load':>8}   of the floor; exact checks; fmt"
    )
    for rows in sizes:
        of = {name: 1000 * seconds for name, seconds in measure(price_book(rows), rounds).items()}
        whole = sum(of[step] for step in STEPS)
        shown = " ".join(f"{of[step]:8.1f}" for step in STEPS)
        ratio = f"{whole / of['floor']:.0f} x; {of['exact checks']:.1f} ms; {of['fmt']:.0f} ms"
        print(f"{rows:7,} {of['floor']:7.1f} {shown} {whole:8.0f}   {ratio}")


def main() -> None:
    """Print the times of a load by rows, as a library and as the commands run it, then its memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000, 10_000, 30_000])
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    print("milliseconds, the collector of cycles as Python sets it")
    print_times(arguments.rows, arguments.rounds)
    collect_seldom()
    print("milliseconds, the collector as the commands set it")
    print_times(arguments.rows, arguments.rounds)
    print_again(10_000, arguments.rounds)
    print("megabytes at most")
    for rows in arguments.rows:
        content = price_book(rows)
        print(f"{rows:7,} rows, {len(content) / 1e6:.1f} MB of text: {peak(lambda of=content: load({FILE: of})):.0f}")
    line = price_book(10).replace(b"| P0 |", b"| " + b"x" * 1_000_000 + b" |")
    print(f"a line of {len(line) / 1e6:.1f} MB, refused: {peak(lambda: load({FILE: line})):.0f}")


if __name__ == "__main__":
    main()
