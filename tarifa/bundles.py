"""A ruleset's folder as bytes, and its public holidays: what `dsl.load` needs, and may not fetch itself.

The caps keep a wrong folder (a home directory, say) from being read into memory.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path, PurePath, PurePosixPath

import holidays
from holidays.registry import COUNTRIES

from dsl import HolidaySource, UnknownHolidaysError
from dsl.holiday_source import ON_THEIR_DATES
from dsl.imports import UP, imported_by
from engine.names import fold

MAX_FILES = 500
MAX_FILE_BYTES = 8 * 1024 * 1024
MAX_BYTES = 32 * 1024 * 1024


class BundleError(Exception):
    """A folder that cannot be read as a ruleset; the message says which and why."""


class NoFolderError(BundleError):
    """There is no folder at that path."""

    def __init__(self, path: Path) -> None:
        what = "is a file, not a folder: name the folder that holds it" if path.exists() else "does not exist"
        super().__init__(f"{path}: {what}")


class NoRulesError(BundleError):
    """The folder holds no rules."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path}: no file that ends in .rules is in this folder or below it")


class TooLargeError(BundleError):
    """The folder is larger than any ruleset."""

    def __init__(self, path: Path, what: str) -> None:
        super().__init__(f"{path}: {what}; is this the folder you meant?")


class UnreadableError(BundleError):
    """The operating system refuses to hand a file over."""

    def __init__(self, path: Path, error: OSError) -> None:
        super().__init__(f"{path}: cannot be read: {error.strerror or error}")


class NamelessError(BundleError):
    """A file whose name no message and no report could say: bytes that are not UTF-8, characters that steer terminals."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"the name of {str(path)!a} cannot be printed; give the file a name of letters and digits")


class LostError(BundleError):
    """A file is a link to what is not there: to leave it out would be to leave its rules out."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path}: is a link that leads nowhere; take it out, or put the file itself there")


class OutsideError(BundleError):
    """A file is a link that leads out of the folder: who reviews or publishes the folder would not see what it says."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path}: leads out of the ruleset's folder, to {path.resolve()}; put the file itself there")


def read_bundle(folder: Path) -> Mapping[PurePath, bytes]:
    """Read all `.rules` files of `folder` and the folders below it, and those beside it that they import.

    By their path from it, in order of path. Hidden files and folders are left out. Files that are imported lie in the
    bundle, the folder that holds `folder`; one that is not there is left for the checker to tell.

    Raises:
        BundleError: there is no such folder, nothing in it, too much in it, a file cannot be read or named, or is a
            link that leads out of the folder.
    """
    if not folder.is_dir():
        raise NoFolderError(folder)
    paths = sorted(_rules_below(folder), key=lambda path: path.relative_to(folder).parts)
    if not paths:
        raise NoRulesError(folder)
    if len(paths) > MAX_FILES:
        raise TooLargeError(folder, f"{len(paths)} .rules files are more than the {MAX_FILES} that a ruleset may have")
    contents: dict[PurePath, bytes] = {}
    for path in paths:
        if not str(path.relative_to(folder)).isprintable():
            raise NamelessError(path)
        if not path.resolve().is_relative_to(folder.resolve()):
            raise OutsideError(path)
        contents[PurePosixPath(path.relative_to(folder))] = _read(path)
    _add_imported(folder, contents)
    if sum(map(len, contents.values())) > MAX_BYTES:
        raise TooLargeError(folder, f"its .rules files are larger than {MAX_BYTES // 1024**2} MiB together")
    return contents


def _add_imported(folder: Path, contents: dict[PurePath, bytes]) -> None:
    waiting = list(contents)
    while waiting:
        by = waiting.pop()
        for file in imported_by(by.as_posix(), contents[by]):
            path = _in_bundle(folder, file) if file.startswith(UP) else None
            if path is None or path[0] in contents:
                continue
            if len(contents) == MAX_FILES:
                raise TooLargeError(folder, f"with what it imports, it has more than {MAX_FILES} .rules files")
            contents[path[0]] = _read(path[1])
            waiting.append(path[0])


def _in_bundle(folder: Path, file: str) -> tuple[PurePath, Path] | None:
    """A file beside the ruleset's folder, by the name that it has; None where there is none, links followed."""
    own = folder.resolve()
    wanted = own.parent / file.removeprefix(UP)
    try:
        names = [one.name for one in wanted.parent.iterdir()] if wanted.parent.is_dir() else []
        name = next((one for one in names if one == wanted.name), None)  # also where the system does not tell case
        name = name or next((one for one in names if fold(one) == fold(wanted.name)), None)
        path = (wanted.parent / name).resolve() if name is not None else None
    except OSError as error:
        raise UnreadableError(wanted, error) from error
    hidden = any(part.startswith(".") for part in PurePosixPath(file.removeprefix(UP)).parts)
    if path is None or hidden or not path.is_file():
        return None
    if not path.is_relative_to(own.parent) or path.is_relative_to(own):
        return None
    return PurePosixPath(file).with_name(name or wanted.name), path


def _rules_below(folder: Path) -> list[Path]:
    try:
        found = [path for path in folder.rglob("*.rules") if path.is_file() or path.is_symlink()]
    except OSError as error:
        raise UnreadableError(folder, error) from error
    own = [path for path in found if not any(part.startswith(".") for part in path.relative_to(folder).parts)]
    lost = next((path for path in own if not path.exists()), None)
    if lost is not None:
        raise LostError(lost)
    return [path for path in own if path.is_file()]


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise UnreadableError(path, error) from error
    if len(content) > MAX_FILE_BYTES:
        raise TooLargeError(path, f"larger than the {MAX_FILE_BYTES // 1024**2} MiB that a file may have")
    return content


@lru_cache(maxsize=4096)
def _public_holidays(code: str, year: int) -> Mapping[date, str]:
    of, on_their_dates, _ = code.partition(ON_THEIR_DATES)
    country, _, subdivision = of.upper().partition("-")
    try:
        found = holidays.country_holidays(country, subdiv=subdivision or None, years=year, observed=not on_their_dates)
    except NotImplementedError as error:
        raise UnknownHolidaysError(of, _codes_like(of)) from error
    return dict(found)


def _codes_like(code: str) -> list[str]:
    """The parts of the country that a code begins with, the code of a country's name, or all countries."""
    countries = holidays.list_supported_countries()
    country = code[:2].upper()
    if len(code) > len(country) and not code[2].isalpha() and country in countries:
        return [country, *(f"{country}-{part}" for part in countries[country])]
    named = [codes[1] for codes in COUNTRIES.values() if fold(codes[0]) == fold(code.replace(" ", ""))]
    return named or [one for one in countries if len(one) == 2]


def holiday_source() -> HolidaySource:
    """Public holidays by country and subdivision code (`US`, `US-IL`), from the `holidays` package."""
    return _public_holidays
