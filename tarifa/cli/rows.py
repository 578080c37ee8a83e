"""The CSV files of a bill, for the commands that settle work from files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from dsl import contract_inputs
from dsl.keys import Keys
from engine.hooks import Level
from engine.model import Ruleset
from tarifa.cli.console import errors
from tarifa.cli.failures import USAGE, CommandError
from tarifa.files.facts import (
    Read,
    read_accounts,
    read_amendments,
    read_contracts,
    read_openings,
    read_payments,
    read_quantities,
    read_top_ups,
    read_worklogs,
)
from tarifa.files.problems import FileError
from tarifa.intake import is_told_by_work
from tarifa.offline.books import Rows

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_NEEDED = ("accounts", "contracts", "worklogs")
_OTHERS = ("sites", "top-ups", "amendments", "openings", "quantities", "payments")


@dataclass(frozen=True, slots=True)
class Files:
    """Where each file is; None where there is none."""

    accounts: Path
    contracts: Path
    worklogs: Path
    sites: Path | None = None
    top_ups: Path | None = None
    amendments: Path | None = None
    openings: Path | None = None
    quantities: Path | None = None
    payments: Path | None = None


def files_of(folder: Path) -> Files:
    """The files of a folder by their names: `accounts.csv`, `top-ups.csv` or `top_ups.csv`.

    Raises:
        CommandError: one that is needed is not there; a matter of usage.
    """
    found = {name: _file(folder, name) for name in (*_NEEDED, *_OTHERS)}
    lacking = [f"{name}.csv" for name in _NEEDED if found[name] is None]
    if lacking:
        raise CommandError(f"{folder}: there is no {' and no '.join(lacking)} in it", exit_code=USAGE)
    return Files(**{name.replace("-", "_"): path for name, path in found.items()})  # type: ignore[arg-type]  # those that are needed are there


def _file(folder: Path, name: str) -> Path | None:
    paths = (folder / f"{name}.csv", folder / f"{name.replace('-', '_')}.csv")
    return next((path for path in paths if path.is_file()), None)


def read_keys(accounts: Path, sites: Path | None = None) -> Keys:
    """The keys of all accounts, and, where their file is given, of all sites; what cannot be read is told on stderr.

    Raises:
        CommandError: a file cannot be read as what it is.
    """
    try:
        read = read_accounts(accounts, sites)
    except FileError as error:
        raise CommandError(str(error), exit_code=USAGE) from error
    for problem in read.problems:
        errors().print(f"left out: {problem.place}: {problem.message}", soft_wrap=True, markup=False)
    names = {account.key: account.name or account.key for account in read.values}
    return Keys(names, [site.key for account in read.values for site in account.sites] if sites is not None else None)


def read_rows(files: Files, rulesets: Sequence[Ruleset]) -> Rows:
    """Read all files; columns may be inputs that the rulesets declare.

    Raises:
        CommandError: a file cannot be read as what it is.
    """
    of_contracts = frozenset[str]().union(*map(contract_inputs, rulesets))
    try:
        return Rows(
            accounts=read_accounts(files.accounts, files.sites),
            contracts=read_contracts(files.contracts, of_contracts),
            worklogs=read_worklogs(files.worklogs, _told_by_work(rulesets)),
            top_ups=read_top_ups(files.top_ups) if files.top_ups is not None else Read(()),
            amendments=read_amendments(files.amendments, of_contracts) if files.amendments is not None else Read(()),
            openings=read_openings(files.openings) if files.openings is not None else Read(()),
            quantities=read_quantities(files.quantities) if files.quantities is not None else Read(()),
            payments=read_payments(files.payments) if files.payments is not None else Read(()),
            has_sites=files.sites is not None,
        )
    except FileError as error:
        raise CommandError(str(error)) from error


def _told_by_work(rulesets: Sequence[Ruleset]) -> dict[str, Level]:
    """The inputs that worklogs may have a column for: folded name to level."""
    return {
        name: declared.level
        for ruleset in rulesets
        for name, declared in ruleset.inputs.items()
        if is_told_by_work(name, declared)
    }
