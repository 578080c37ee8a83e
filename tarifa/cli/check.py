"""`tarifa check`: is a ruleset's folder fit to be published?"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from engine.model import Ruleset
from tarifa.cli.console import output
from tarifa.cli.documents import count
from tarifa.cli.failures import PROBLEMS
from tarifa.cli.rulesets import FOLDER, Checked, check_folder


@click.command("check")
@click.argument("folders", metavar="DIR...", nargs=-1, required=True, type=FOLDER)
def command(folders: tuple[Path, ...]) -> None:
    """Check rulesets: every problem of every folder, where it stands and how to mend it.

    DIR is a folder of .rules files. Nothing is written and nothing is evaluated.

    Exit codes: 0 no errors, 1 errors, 2 usage (no such folder, no .rules files in it).
    """
    console = output()
    failed = False
    for folder in folders:
        checked = check_folder(folder)
        if checked.text.strip():
            click.echo(checked.text.rstrip("\n") + "\n", color=console.is_terminal)
        console.print(_summary(checked), style="green" if checked.ruleset is not None else "red", soft_wrap=True)
        failed = failed or checked.ruleset is None
    sys.exit(PROBLEMS if failed else 0)


def _summary(checked: Checked) -> str:
    errors = sum(diagnostic.is_error for diagnostic in checked.diagnostics)
    warnings = len(checked.diagnostics) - errors
    found = [count(errors, "error")] if errors else []
    found += [count(warnings, "warning")] if warnings else []
    what = _contents(checked.ruleset) if checked.ruleset is not None else count(len(checked.files), "file")
    return f"{checked.folder}: {what}: {' and '.join(found) or 'no problems'}"


def _contents(ruleset: Ruleset) -> str:
    rows = sum(len(table.rows) for table in ruleset.tables.values())
    parts = [count(len(ruleset.tables), "table"), count(rows, "row"), count(len(ruleset.plans), "plan")]
    return f"{ruleset.title}, {', '.join(parts)}"
