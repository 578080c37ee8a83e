"""`tarifa check`: is a ruleset's folder fit to be published?"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

import click

from dsl import Cache, Span
from dsl.mends import mended
from dsl.reports import Result, as_github, as_json, as_junit, as_sarif
from dsl.source import read_sources, shown_path
from engine.model import Ruleset
from tarifa.bundles import holiday_source
from tarifa.cli.console import errors, output
from tarifa.cli.documents import count
from tarifa.cli.failures import PROBLEMS, USAGE, CommandError
from tarifa.cli.rewriting import diff_of, replace_file
from tarifa.cli.rulesets import FOLDER, Checked, check_folder, read_folder, result_of

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
@click.option("--diff", is_flag=True, help="With --fix: write nothing; show what would change.")
def command(folders: tuple[Path, ...], *, form: str, fix: bool, diff: bool) -> None:
    """Check rulesets: every problem of every folder, where it stands and how to mend it.

    DIR is a folder of .rules files. Nothing is written and nothing is evaluated. A comment `# allow code: reason`
    above a row, or above a heading for its block, silences warnings of that code; they are listed at the end.

    --fix takes out rows that are never used, and constants and groups that nobody names; writes - for conditions that
    always hold; and puts what was plainly meant into cells that cannot be read. Look at --fix --diff first.

    Exit codes: 0 no errors, 1 errors, 2 usage (no such folder, no .rules files in it).
    """
    if diff and not fix:
        raise CommandError("--diff shows what --fix would change: write --fix --diff", exit_code=USAGE)
    if fix:
        for folder in folders:
            _fix(folder, writes=not diff)
    if diff:
        return
    if form == "text":
        failed = _print_text(folders)
    else:
        cache = Cache()
        results = [_result(folder, cache) for folder in folders]
        click.echo(_REPORTS[form](results).encode(), nl=False)
        failed = any(result.errors for result in results)
    sys.exit(PROBLEMS if failed else 0)


def _fix(folder: Path, *, writes: bool) -> None:
    """Mend a folder's own files; the changes go to stderr, or, where nothing is written, to stdout.

    Raises:
        CommandError: the folder cannot be read, or a file cannot be written.
    """
    files = read_folder(folder)
    found = mended(files, holidays=holiday_source())
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
    click.echo(f"{folder}: {count(len(found.diagnostics), 'mend')}", err=True)


def _print_text(folders: Sequence[Path]) -> bool:
    """Show the problems of each folder as it is checked; whether one has errors."""
    console = output()
    failed, cache = False, Cache()
    for folder in folders:
        checked = check_folder(folder, cache=cache)
        if checked.text.strip():
            click.echo(checked.text.rstrip("\n") + "\n", color=console.is_terminal)
        for allowed in checked.allowed:
            code = allowed.diagnostic.code
            console.print(f"allowed[{code}]: {_place(checked, allowed.comment)}: {allowed.reason}", soft_wrap=True)
        console.print(_summary(checked), style="green" if checked.ruleset is not None else "red", soft_wrap=True)
        failed = failed or checked.ruleset is None
    return failed


def _result(folder: Path, cache: Cache) -> Result:
    """Check a folder for a report; a line about it goes to stderr."""
    checked = check_folder(folder, colour=False, cache=cache)
    errors().print(_summary(checked), soft_wrap=True)
    return result_of(checked)


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
