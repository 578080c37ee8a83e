"""`tarifa test`: does a ruleset do what its tests say?"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from pathlib import Path

import click

from dsl.format import formatted
from dsl.source import shown_path
from dsl.testing import RulesetTest
from engine.model import Ruleset
from tarifa.cli.console import errors, output
from tarifa.cli.documents import count
from tarifa.cli.failures import PROBLEMS, USAGE, CommandError
from tarifa.cli.rulesets import FOLDER, Checked, check_folder, result_of
from tarifa.trials.coverage import Coverage, coverage
from tarifa.trials.failures import Failure, failure_of
from tarifa.trials.propose import propose
from tarifa.trials.reports import Report, as_github, as_json, as_junit
from tarifa.trials.run import Result, Trial, Verdict
from tarifa.trials.shown import Page, aligned
from tarifa.trials.watched import on_trial

_REPORTS: Mapping[str, Callable[[Sequence[Report]], str]] = {
    "json": as_json,
    "junit": as_junit,
    "github": as_github,
}
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
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", *_REPORTS]),
    default="text",
    show_default=True,
    help="Text for people; JSON; JUnit XML; annotations of GitHub Actions.",
)
def command(folders: tuple[Path, ...], *, rows: int | None, cells: int | None, proposing: bool, form: str) -> None:
    """Run the tests that stand in rulesets' blocks `tests`, over every request that they are about.

    DIR is a folder of .rules files. A row or cell is covered where a test comes to it whatever it leaves open; a
    property of many requests covers nothing. Proposed tests expect what the tables say today: read them before you
    paste them.

    Exit codes: 0 all tests passed, and cover what was asked for; 1 some failed or could not be decided, too little is
    covered, or a ruleset has errors; 2 usage.
    """
    if proposing and form != "text":
        raise CommandError("--propose prints text: leave out --format", exit_code=USAGE)
    wanted = (rows or 0, cells or 0)
    if form == "text":
        failed = [_print_text(folder, wanted, proposing=proposing) for folder in folders]
    else:
        reports = [_report(folder, wanted) for folder in folders]
        click.echo(_REPORTS[form](reports).encode(), nl=False)
        failed = [one.covered is None or bool(one.failures or one.short) for one in reports]
    sys.exit(PROBLEMS if any(failed) else 0)


@dataclass(frozen=True, slots=True)
class _Ran:
    """The tests of a folder that were run. `ruleset` has its taxes among its tables."""

    folder: str
    ruleset: Ruleset
    page: Page
    trial: Trial
    tests: Sequence[RulesetTest]
    results: tuple[Result, ...]
    covered: Coverage

    @property
    def bad(self) -> list[Result]:
        """Results that are not passed."""
        return [result for result in self.results if result.verdict is not Verdict.PASSED]

    def failures(self, results: Iterable[Result], folder: str) -> tuple[Failure, ...]:
        """Results in words, their paths below `folder`."""
        return tuple(failure_of(result, folder, self.ruleset, self.page) for result in results)


def _run(checked: Checked, loaded: Ruleset) -> _Ran:
    ruleset = on_trial(loaded)
    trial = Trial(ruleset)
    results = tuple(trial.run(test) for test in checked.tests)
    page, covered = Page(checked.files), coverage(ruleset, results)
    return _Ran(checked.folder.as_posix(), ruleset, page, trial, checked.tests, results, covered)


def _report(folder: Path, wanted: tuple[int, int]) -> Report:
    """Test a folder for a report; a line about it goes to stderr."""
    checked = check_folder(folder, colour=False)
    result = result_of(checked)
    if checked.ruleset is None:
        errors().print(f"{folder}: no test was run: it has errors", soft_wrap=True)
        return Report(result)
    ran = _run(checked, checked.ruleset)
    errors().print(_summary(ran), soft_wrap=True)
    return Report(
        result, ran.results, ran.failures(ran.bad, result.folder), ran.covered, tuple(_short(ran.covered, wanted))
    )


def _print_text(folder: Path, wanted: tuple[int, int], *, proposing: bool) -> bool:
    """Test a folder and print what came of it; whether something is wrong.

    Tests that are proposed stand alone on stdout, so that they can be sent into a file; all else goes to stderr then.
    """
    console = errors() if proposing else output()
    tell = partial(click.echo, err=proposing)
    checked = check_folder(folder, colour=console.is_terminal)
    if checked.ruleset is None:
        tell(checked.text.rstrip("\n") + "\n", color=console.is_terminal)
        tell(f"{folder}: no test was run: mend the errors above")
        return True
    ran = _run(checked, checked.ruleset)
    for _, those in groupby(ran.bad, key=lambda result: (result.test.of, tuple(result.test.cells))):
        tell(_block(ran.failures(those, ran.folder)))
    if proposing:
        proposed = propose(ran.trial, ran.tests, ran.covered, ran.page.spellings)
        click.echo("\n".join(formatted(one.text()) for one in proposed), nl=False)
    console.print(_summary(ran), style="red" if ran.bad else "green", soft_wrap=True)
    for line in _uncovered(ran.covered, folder):
        tell(line)
    short = _short(ran.covered, wanted)
    for line in short:
        tell(f"{folder}: {line}")
    return bool(ran.bad or short)


def _block(failures: Sequence[Failure]) -> str:
    """Tests of one block that did not pass, as a table: expected beside actual, and the row that fired."""
    first = failures[0]
    judged = list(dict.fromkeys(name for failure in failures for name in failure.expected))
    header = ["at", *first.given]
    for name in judged:
        header += [f"{name} expected", f"{name} is"]
    with_rows = first.rows_expected is not None
    rows = [[*header, "row expected", "row that fired"] if with_rows else header]
    notes = []
    for failure in failures:
        place = f"{failure.place[0]}:{failure.place[1]}"
        row = [place, *failure.given.values()]
        for name in judged:
            row += [failure.expected.get(name, "-"), failure.actual.get(name, "")]
        rows.append([*row, failure.rows_expected or "-", failure.rows_fired or "?"] if with_rows else row)
        if failure.why:
            notes.append(f"  {place}: {failure.verdict.value}: {failure.why}")
        if failure.explain:
            notes.append(f"  {failure.explain}")
    return "\n".join([f"tests {first.test.label}", aligned(rows, divider=len(first.given) + 1), *notes, ""])


def _summary(ran: _Ran) -> str:
    covered = ran.covered
    by = {verdict: sum(result.verdict is verdict for result in ran.results) for verdict in Verdict}
    said = [f"{by[verdict]} {verdict.value}" for verdict in Verdict if by[verdict]]
    reached = (
        f"{len(covered.covered_rows)} of {count(covered.rows, 'row')} ({covered.of_rows} %) "
        f"and {len(covered.covered_cells)} of {count(covered.cells, 'cell')} ({covered.of_cells} %) covered"
    )
    return f"{ran.folder}: {ran.ruleset.title}: {count(len(ran.results), 'test')}: {', '.join([*said, reached])}"


def _uncovered(covered: Coverage, folder: Path) -> Iterable[str]:
    for table, rows in groupby(covered.open_rows, key=lambda row: row.table):
        named = list(rows)
        place = f"{shown_path(folder.as_posix(), named[0].origin.file)}:{named[0].origin.line}"
        more = f" and {len(named) - _MOST_ROWS:,} more" if len(named) > _MOST_ROWS else ""
        yield f"  not covered: {table}: {', '.join(row.row for row in named[:_MOST_ROWS])}{more} ({place})"


def _short(covered: Coverage, wanted: tuple[int, int]) -> list[str]:
    found = []
    for what, least, is_ in (("rows", wanted[0], covered.of_rows), ("cells", wanted[1], covered.of_cells)):
        if is_ < least:
            found.append(f"{is_} % of the {what} are covered, {least} % are asked for: tarifa test --propose")
    return found
