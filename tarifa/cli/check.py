"""`tarifa check`: is a ruleset's folder fit to be published?"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path, PurePath

import click

from dsl import Cache, Diagnostic, Span
from dsl.keys import Keys
from dsl.mends import ON_REQUEST, mended, with_otherwise
from dsl.reports import Result, as_github, as_json, as_junit, as_sarif
from dsl.source import read_sources, shown_path
from dsl.touching import with_work
from engine.model import Ruleset
from tarifa.bundles import holiday_source
from tarifa.cli.console import errors, output
from tarifa.cli.database import chosen_settings, now, on_database
from tarifa.cli.documents import count
from tarifa.cli.failures import PROBLEMS, USAGE, CommandError
from tarifa.cli.rewriting import diff_of, replace_file
from tarifa.cli.rows import FILE, files_of, read_keys, read_rows
from tarifa.cli.rulesets import FOLDER, Checked, Counting, check_folder, read_folder, result_of
from tarifa.cli.versions import told
from tarifa.offline.shape import why
from tarifa.offline.touching import entries, on_trial
from tarifa.services import touching
from tarifa.services.touching import MOST_MONTHS

MOST_UNREAD = 5
"""Rows of a file that could not be read and are told; the others would say the same."""
_REPORTS: Mapping[str, Callable[[Sequence[Result]], str]] = {
    "json": as_json,
    "sarif": lambda results: as_sarif(results, version=version("tarifa")),
    "github": as_github,
    "junit": as_junit,
}


@click.command("check")
@click.argument("folders", metavar="DIR...", nargs=-1, required=True, type=FOLDER)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", *_REPORTS]),
    default="text",
    show_default=True,
    help="Text for people; JSON; SARIF 2.1.0 for code scanning; annotations of GitHub Actions; JUnit XML.",
)
@click.option(
    "--fix", is_flag=True, help="Mend what can be mended without a question, show it, and check what is left."
)
@click.option(
    "--join", is_flag=True, help="With --fix: make one row of rows that could be one, where all is decided as before."
)
@click.option(
    "--otherwise",
    multiple=True,
    metavar="TABLE=CELLS",
    help="With --fix: add a last row that decides what no row of a table does; CELLS are its outcomes, with | between them, or one for all. Again for more tables.",
)
@click.option("--diff", is_flag=True, help="With --fix: write nothing; show what would change.")
@click.option(
    "--accounts",
    type=FILE,
    help="accounts.csv, as `tarifa bill` reads it: warn of accounts that rules, groups and tests name and that are not on it.",
)
@click.option("--sites", type=FILE, help="With --accounts: sites.csv; the same of sites.")
@click.option(
    "--worklogs",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A folder with accounts.csv, contracts.csv, worklogs.csv and what else `tarifa bill` reads: say of every finding how much of that work it touches.",
)
@click.option(
    "--database",
    metavar="FILE",
    help="SQLite file, or sqlite:// or postgresql:// address: say of every finding how much of its last months' work it touches.",
)
@click.option(
    "--months",
    type=click.IntRange(1, MOST_MONTHS),
    default=3,
    show_default=True,
    help="With --database: how far the work goes back.",
)
def command(
    folders: tuple[Path, ...],
    *,
    form: str,
    fix: bool,
    join: bool,
    otherwise: tuple[str, ...],
    diff: bool,
    accounts: Path | None,
    sites: Path | None,
    worklogs: Path | None,
    database: str | None,
    months: int,
) -> None:
    """Check rulesets: every problem of every folder, where it stands and how to mend it.

    DIR is a folder of .rules files. Nothing is written and nothing is evaluated. A comment `# allow code: reason`
    above a row, or above a heading for its block, silences warnings of that code; they are listed at the end.

    --fix takes out rows that are never used, and constants and groups that nobody names; writes - for conditions that
    always hold; puts what was plainly meant into cells that cannot be read; and sorts the members of groups. --otherwise
    adds the last row of a table that has a gap, --join makes one row of several. Look at --fix --diff first.

    --worklogs and --database count the findings on real work: how many worklogs each touches, and how much money was
    decided there, the most first. The ruleset is put to all of that work, as if it were valid on all days; from files it is
    billed anew, in a database it counts with what was billed for it.

    Of several versions of one ruleset, days on which several of them are valid, or none, are told at the end, and which of
    them counts there for `tarifa bill`. That is no error.

    Exit codes: 0 no errors, 1 errors, 2 usage (no such folder, no .rules files in it).
    """
    if not fix and (diff or join or otherwise):
        said = "--diff" if diff else "--join" if join else "--otherwise"
        raise CommandError(f"{said} says how --fix goes about it: write --fix {said}", exit_code=USAGE)
    if worklogs is not None and database is not None:
        raise CommandError("--worklogs and --database both say what to count on: give one of them", exit_code=USAGE)
    if sites is not None and accounts is None:
        raise CommandError("--sites are places of accounts: write --accounts FILE, too", exit_code=USAGE)
    keys = read_keys(accounts, sites) if accounts is not None else None
    counting = _on_files(worklogs) if worklogs is not None else _on_database(database, months) if database else None
    if fix:
        for folder in folders:
            _fix(folder, writes=not diff, join=join, otherwise=otherwise)
    if diff:
        return
    checked = (
        _print_text(folders, counting, keys) if form == "text" else _report(folders, counting, keys, _REPORTS[form])
    )
    console = output() if form == "text" else errors()
    for line in told([one.ruleset for one in checked if one.ruleset is not None]):
        console.print(line, soft_wrap=True, markup=False)
    sys.exit(PROBLEMS if any(one.ruleset is None for one in checked) else 0)


def _fix(folder: Path, *, writes: bool, join: bool, otherwise: Sequence[str]) -> None:
    """Mend a folder's own files; the changes go to stderr, or, where nothing is written, to stdout.

    Raises:
        CommandError: the folder cannot be read, or a file cannot be written.
    """
    files = read_folder(folder)
    completed: Mapping[PurePath, bytes] = files
    for one in otherwise:
        table, equals, cells = one.partition("=")
        if not equals:
            raise CommandError(f"--otherwise {one}: write the table and its outcomes, TABLE=CELLS", exit_code=USAGE)
        added = with_otherwise(
            completed, table.strip(), [cell.strip() for cell in cells.split("|")], holidays=holiday_source()
        )
        if isinstance(added, str):
            raise CommandError(f"{folder}: {added}; nothing was changed")
        completed = added
    found = mended(completed, holidays=holiday_source(), asked=ON_REQUEST if join else ())
    for name, after in found.files.items():
        if after == files[name]:
            continue
        path = Path(shown_path(folder.as_posix(), name.as_posix()))
        click.echo(diff_of(path, files[name], after, what="mended"), nl=False, err=writes)
        if writes:
            try:
                replace_file(path, after)
            except OSError as error:
                raise CommandError(f"{path}: cannot be written: {error.strerror or error}") from error
    click.echo(f"{folder}: {count(len(found.diagnostics) + len(otherwise) + found.in_order, 'mend')}", err=True)


def _print_text(folders: Sequence[Path], counting: Counting | None, keys: Keys | None) -> list[Checked]:
    """Show the problems of each folder as it is checked."""
    console = output()
    cache = Cache()
    found = []
    for folder in folders:
        checked = check_folder(folder, cache=cache, counted=counting, keys=keys)
        found.append(checked)
        if checked.text.strip():
            click.echo(checked.text.rstrip("\n") + "\n", color=console.is_terminal)
        for allowed in checked.allowed:
            code = allowed.diagnostic.code
            console.print(f"allowed[{code}]: {_place(checked, allowed.comment)}: {allowed.reason}", soft_wrap=True)
        console.print(_summary(checked), style="green" if checked.ruleset is not None else "red", soft_wrap=True)
    return found


def _report(
    folders: Sequence[Path], counting: Counting | None, keys: Keys | None, written: Callable[[Sequence[Result]], str]
) -> list[Checked]:
    """Check folders for a report; a line about each goes to stderr."""
    cache = Cache()
    found = []
    for folder in folders:
        checked = check_folder(folder, colour=False, cache=cache, counted=counting, keys=keys)
        errors().print(_summary(checked), soft_wrap=True)
        found.append(checked)
    click.echo(written([result_of(one) for one in found]).encode(), nl=False)
    return found


def _on_database(database: str, months: int) -> Counting:
    """How findings are counted on the last months' work of a database."""
    settings = chosen_settings(database)

    def counted(ruleset: Ruleset, diagnostics: Sequence[Diagnostic]) -> Sequence[Diagnostic]:
        return on_database(settings, lambda db: touching.counted(db, ruleset, diagnostics, months=months, now=now()))

    return counted


def _on_files(worklogs: Path) -> Counting:
    """How findings are counted on the work of a folder of CSV files.

    Raises:
        CommandError: a file that is needed is not there; a matter of usage.
    """
    files = files_of(worklogs)

    def counted(ruleset: Ruleset, diagnostics: Sequence[Diagnostic]) -> Sequence[Diagnostic]:
        trial = on_trial(read_rows(files, [ruleset]), ruleset)
        for one in trial.waiting[:MOST_UNREAD]:
            place = f"{one.place.file}:{one.place.line}: " if one.place is not None else ""
            errors().print(
                f"left out: {place}{one.held.kind} {one.held.subject}: {why(one.held)}", soft_wrap=True, markup=False
            )
        more = len(trial.waiting) - MOST_UNREAD
        if more > 0:
            errors().print(f"left out: {count(more, 'more row')}; `tarifa bill` lists them all", soft_wrap=True)
        return with_work(diagnostics, entries(trial))

    return counted


def _place(checked: Checked, span: Span) -> str:
    line = read_sources(checked.files)[span.file].line_number(span.start)
    return f"{shown_path(checked.folder.as_posix(), span.file)}:{line}"


def _summary(checked: Checked) -> str:
    wrong = sum(diagnostic.is_error for diagnostic in checked.diagnostics)
    warnings = len(checked.diagnostics) - wrong
    found = [count(wrong, "error")] if wrong else []
    found += [count(warnings, "warning")] if warnings else []
    what = _contents(checked.ruleset) if checked.ruleset is not None else count(len(checked.files), "file")
    allowed = f", {count(len(checked.allowed), 'warning')} allowed" if checked.allowed else ""
    return f"{checked.folder}: {what}: {' and '.join(found) or 'no problems'}{allowed}"


def _contents(ruleset: Ruleset) -> str:
    rows = sum(len(table.rows) for table in ruleset.tables.values())
    parts = [count(len(ruleset.tables), "table"), count(rows, "row"), count(len(ruleset.plans), "plan")]
    return f"{ruleset.title}, {', '.join(parts)}"
