"""`tarifa test`: does a ruleset do what its tests say?"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path

import click

from dsl.format import formatted
from dsl.testing import AMOUNT, BILLED, PRICING, RulesetTest, unit_of
from engine.formulas import Unit
from engine.model import Ruleset
from engine.names import fold
from tarifa.cli.console import output
from tarifa.cli.documents import count
from tarifa.cli.failures import PROBLEMS
from tarifa.cli.rulesets import FOLDER, Checked, check_folder
from tarifa.trials.coverage import Coverage, coverage
from tarifa.trials.propose import propose
from tarifa.trials.run import Result, Trial, Verdict
from tarifa.trials.shown import Page, aligned, figure, outcome_text, value_text
from tarifa.trials.watched import on_trial

_MOST_ROWS = 20
_PERCENT = click.IntRange(0, 100)


@click.command("test")
@click.argument("folders", metavar="DIR...", nargs=-1, required=True, type=FOLDER)
@click.option(
    "--coverage", "rows", type=_PERCENT, metavar="N", help="Fail where the tests cover less than N % of the rows."
)
@click.option(
    "--cells", type=_PERCENT, metavar="N", help="Fail where the tests cover less than N % of the outcomes' cells."
)
@click.option(
    "--propose", "proposing", is_flag=True, help="Print the tests that are missing, as blocks ready to paste."
)
def command(folders: tuple[Path, ...], *, rows: int | None, cells: int | None, proposing: bool) -> None:
    """Run the tests that stand in rulesets' blocks `tests`, over every request that they are about.

    DIR is a folder of .rules files. A row or cell is covered where a test comes to it whatever it leaves open; a
    property of many requests covers nothing. Proposed tests expect what the tables say today: read them before you
    paste them.

    Exit codes: 0 all tests passed, and cover what was asked for; 1 some failed or could not be decided, too little is
    covered, or a ruleset has errors; 2 usage.
    """
    failed = False
    for folder in folders:
        checked = check_folder(folder)
        if checked.ruleset is None:
            click.echo(checked.text.rstrip("\n") + "\n", color=output().is_terminal)
            click.echo(f"{folder}: no test was run: mend the errors above")
            failed = True
        else:
            failed = _run(checked, checked.ruleset, (rows or 0, cells or 0), proposing=proposing) or failed
    sys.exit(PROBLEMS if failed else 0)


def _run(checked: Checked, loaded: Ruleset, wanted: tuple[int, int], *, proposing: bool) -> bool:
    """Run the tests of one ruleset; whether something is wrong."""
    ruleset, page = on_trial(loaded), Page(checked.files)
    trial = Trial(ruleset)
    results = [trial.run(test) for test in checked.tests]
    bad = [result for result in results if result.verdict is not Verdict.PASSED]
    for _, those in groupby(bad, key=lambda result: (result.test.of, tuple(result.test.cells))):
        click.echo(_failures(list(those), checked.folder, ruleset, page))
    covered = coverage(ruleset, results)
    if proposing:
        for one in propose(trial, checked.tests, covered, page.spellings):
            click.echo(formatted(one.text()))
    console = output()
    console.print(_summary(checked.folder, ruleset, results, covered), style="red" if bad else "green", soft_wrap=True)
    for line in _uncovered(covered, checked.folder):
        click.echo(line)
    short = _short(covered, wanted)
    for line in short:
        click.echo(f"{checked.folder}: {line}")
    return bool(bad or short)


# failures


def _failures(results: Sequence[Result], folder: Path, ruleset: Ruleset, page: Page) -> str:
    """Tests of one block that did not pass, as a table: expected beside actual, and the row that fired."""
    test = results[0].test
    judged = [name for name in _judged(test) if any(name in _names(result) for result in results)]
    given = [header for header in test.cells if fold(header) not in {*_judged(test), "row", "why"}]
    header = ["at", *given]
    for name in judged:
        header += [f"{name} expected", f"{name} is"]
    with_rows = test.of != PRICING
    header += ["row expected", "row that fired"] if with_rows else []
    rows = [header]
    notes = []
    for result in results:
        place = f"{(folder / result.test.origin.file).as_posix()}:{result.test.origin.line}"
        row = [place, *(_given(header, result, ruleset, page) for header in given)]
        for name in judged:
            row += [_cell(result.test, name), _actual(result, name, ruleset)]
        fired = result.failure.rows if result.failure is not None else None
        row += [_cell(result.test, "row"), _fired(fired)] if with_rows else []
        rows.append(row)
        why = result.why or (result.failure.reason if result.failure is not None else "")
        if why:
            notes.append(f"  {place}: {result.verdict.value}: {why}")
    return "\n".join([f"tests {test.label}", aligned(rows, divider=len(given) + 1), *notes, ""])


def _judged(test: RulesetTest) -> list[str]:
    """Headers of the outcomes, folded."""
    return [fold(header) for header in test.cells if fold(header) in {*test.expected, BILLED, AMOUNT}] or [
        *test.expected
    ]


def _names(result: Result) -> set[str]:
    return set(result.test.expected)


def _cell(test: RulesetTest, name: str) -> str:
    return next((cell for header, cell in test.cells.items() if fold(header) == name), "-")


def _given(header: str, result: Result, ruleset: Ruleset, page: Page) -> str:
    """A cell of the test; where it leaves the value open, the value that it failed for."""
    cell = result.test.cells[header]
    of = ruleset.inputs.get(fold(header))
    if result.failure is None or of is None or of.name not in result.failure.values:
        return cell
    shown = value_text(of, result.failure.values[of.name], page.spellings, ruleset.currencies)
    return cell if fold(shown) == fold(cell) else f"{shown} ({cell})"


def _actual(result: Result, name: str, ruleset: Ruleset) -> str:
    failure = result.failure
    if failure is None or name not in failure.outcomes:
        return "" if name not in result.test.expected else "?"
    value = failure.outcomes[name]
    return figure(result.test.of, name, value) or outcome_text(
        value, _unit(result.test, name, ruleset), failure.currency
    )


def _unit(test: RulesetTest, name: str, ruleset: Ruleset) -> Unit:
    if test.of == PRICING:
        return Unit.DURATION if name == BILLED else Unit.MONEY
    return unit_of(ruleset.tables[test.of], name)


def _fired(rows: tuple[str, ...] | None) -> str:
    return "?" if rows is None else ", ".join(rows) or "none"


# coverage


def _summary(folder: Path, ruleset: Ruleset, results: Sequence[Result], covered: Coverage) -> str:
    by = {verdict: sum(result.verdict is verdict for result in results) for verdict in Verdict}
    said = [f"{by[verdict]} {verdict.value}" for verdict in Verdict if by[verdict]]
    reached = (
        f"{len(covered.covered_rows)} of {count(covered.rows, 'row')} ({covered.of_rows} %) "
        f"and {len(covered.covered_cells)} of {count(covered.cells, 'cell')} ({covered.of_cells} %) covered"
    )
    return f"{folder}: {ruleset.title}: {count(len(results), 'test')}: {', '.join([*said, reached])}"


def _uncovered(covered: Coverage, folder: Path) -> Iterable[str]:
    for table, rows in groupby(covered.open_rows, key=lambda row: row.table):
        named = list(rows)
        place = f"{(folder / named[0].origin.file).as_posix()}:{named[0].origin.line}"
        more = f" and {len(named) - _MOST_ROWS:,} more" if len(named) > _MOST_ROWS else ""
        yield f"  not covered: {table}: {', '.join(row.row for row in named[:_MOST_ROWS])}{more} ({place})"


def _short(covered: Coverage, wanted: tuple[int, int]) -> list[str]:
    found = []
    for what, least, is_ in (("rows", wanted[0], covered.of_rows), ("cells", wanted[1], covered.of_cells)):
        if is_ < least:
            found.append(f"{is_} % of the {what} are covered, {least} % are asked for: tarifa test --propose")
    return found
