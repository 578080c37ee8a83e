"""Rulesets from folders, for the commands that need one."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

import click

from dsl import Allowed, Cache, Diagnostic, load, render
from dsl.keys import Keys, with_keys
from dsl.reports import Result
from dsl.reports.capping import LeftOut, capped
from dsl.source import shown_path
from dsl.testing import RulesetTest
from engine.model import Ruleset
from tarifa.bundles import BundleError, holiday_source, read_bundle
from tarifa.cli.console import output
from tarifa.cli.documents import count
from tarifa.cli.failures import USAGE, CommandError

FOLDER = click.Path(path_type=Path)
Counting = Callable[[Ruleset, Sequence[Diagnostic]], Sequence[Diagnostic]]
"""Findings of a ruleset, and the same findings with how much work they touch."""
_MOST_KINDS = 10
MOST_ALIKE = 20
"""Problems of one code in one file that people are shown."""
MOST_SHOWN = 200
"""Problems that people are shown at once: a file of another kind gives one for each of its lines."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A folder, what its text means (None where it has errors), and what there is to say about it."""

    folder: Path
    files: Mapping[PurePath, bytes]
    ruleset: Ruleset | None
    diagnostics: tuple[Diagnostic, ...]
    text: str
    allowed: tuple[Allowed, ...] = ()
    tests: tuple[RulesetTest, ...] = ()


def read_folder(folder: Path) -> Mapping[PurePath, bytes]:
    """The files of a ruleset's folder, and those that they import.

    Raises:
        CommandError: the folder cannot be read; a matter of usage.
    """
    try:
        return read_bundle(folder)
    except BundleError as error:
        raise CommandError(str(error), exit_code=USAGE) from error


def check_folder(
    folder: Path,
    *,
    colour: bool | None = None,
    cache: Cache | None = None,
    counted: Counting | None = None,
    keys: Keys | None = None,
) -> Checked:
    """Load a ruleset's folder; `cache` is of a command that loads several, or one twice.

    `counted` says of the findings how much work they touch; of a ruleset that cannot be read whole, nobody can. `keys` are
    those of all accounts, where what the ruleset says of others is to be told.

    Raises:
        CommandError: the folder cannot be read; a matter of usage.
    """
    files = read_folder(folder)
    loaded = load(files, holidays=holiday_source(), cache=cache)
    shown = output().is_terminal if colour is None else colour
    found, allowed = loaded.diagnostics, loaded.allowed
    if keys is not None:
        found, of_keys = with_keys(found, files, keys)
        allowed += of_keys
    if counted is not None and loaded.on_trial is not None:
        found = tuple(counted(loaded.on_trial, found))
    told = capped(found, alike=MOST_ALIKE, most=MOST_SHOWN)
    text = render(told.told, files, colour=shown, folder=folder.as_posix())
    if told.left_out:
        text += f"\n{_left_out(told.left_out, folder)}\n"
    return Checked(folder, files, loaded.ruleset, found, text, allowed, loaded.tests)


def _left_out(left: Sequence[LeftOut], folder: Path) -> str:
    """Which problems are not shown, those of which there are most first."""
    first = sorted(left, key=lambda one: -one.count)[:_MOST_KINDS]
    lines = []
    for one in first:
        where = f" in {shown_path(folder.as_posix(), one.file)}" if one.file else ""
        lines.append(f"... and {one.count:,} more {one.severity.value}[{one.code}]{where}")
    others = sum(one.count for one in left) - sum(one.count for one in first)
    if others:
        lines.append(f"... and {others:,} more of {count(len(left) - len(first), 'other kind')}")
    return "\n".join([*lines, "mend those above first"])


def load_all(folders: Sequence[Path]) -> tuple[Ruleset, ...]:
    """Load the rulesets of a bill; what is wrong with them goes to stderr.

    Raises:
        CommandError: one has errors.
    """
    rulesets, cache = [], Cache()
    for folder in folders:
        checked = check_folder(folder, colour=False, cache=cache)
        if checked.text.strip():
            click.echo(checked.text, err=True)
        if checked.ruleset is None:
            raise CommandError(f"{folder} does not check: nothing was billed; mend the errors above")
        rulesets.append(checked.ruleset)
    return tuple(rulesets)


def result_of(checked: Checked) -> Result:
    """What was checked, for a report: its paths are those below the folder that the command runs in."""
    title = checked.ruleset.title if checked.ruleset is not None else None
    return Result(_from_here(checked.folder), title, checked.files, checked.diagnostics, checked.allowed)


def _from_here(folder: Path) -> str:
    """A folder as CI servers know its files: below the folder that the command runs in, where it is there."""
    absolute = Path(os.path.abspath(folder))  # noqa: PTH100 - `resolve` would follow links out of the repository
    if not absolute.is_relative_to(Path.cwd()):
        return absolute.as_posix()
    below = absolute.relative_to(Path.cwd()).as_posix()
    return "" if below == "." else below
