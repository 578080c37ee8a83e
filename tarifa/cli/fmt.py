"""`tarifa fmt`: rulesets in their one canonical form."""

from __future__ import annotations

import difflib
import errno
import os
import stat
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import click

from dsl import render
from dsl.format import format_file
from dsl.source import shown_path
from tarifa.bundles import MAX_FILE_BYTES, BundleError, read_bundle
from tarifa.cli.console import errors
from tarifa.cli.documents import count
from tarifa.cli.failures import PROBLEMS, USAGE, CommandError


@dataclass(frozen=True, slots=True)
class _Page:
    """A file as it is, and as it should be; `problems` says why that cannot be told, and is blank where it can."""

    path: Path
    content: bytes
    formatted: bytes
    problems: str = ""

    @property
    def changes(self) -> bool:
        """Whether the file is not in its canonical form."""
        return self.content != self.formatted


@click.command("fmt")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--check", is_flag=True, help="Write nothing; list the files that would change, and exit with 1.")
@click.option("--diff", is_flag=True, help="Write nothing; show what would change.")
def command(paths: tuple[Path, ...], *, check: bool, diff: bool) -> None:
    """Write rulesets in their one canonical form: aligned settings and columns, a blank line between blocks.

    PATH is a .rules file, or a folder, of which all .rules files are taken. Only white space changes, and
    the lines of dashes: comments stay where they stand, and every price stays the same. A file that cannot be read
    as blocks of settings and tables is left as it is.

    Exit codes: 0 all files are in their form now, 1 some would change (with --check) or could not be read or written,
    2 usage (no such file or folder).
    """
    pages = [_page(path, content) for path, content in _read(paths).items()]
    unreadable = [page for page in pages if page.problems]
    changing = [page for page in pages if page.changes]
    for page in unreadable:
        click.echo(f"{page.problems.rstrip()}\n{page.path}: left as it is: mend the errors above\n", err=True)
    written, failed = [], len(unreadable)
    for page in changing:
        if diff:
            click.echo(_diff(page), nl=False)
        elif check:
            click.echo(f"{page.path}: would change")
        else:
            try:
                _replace(page)
            except OSError as error:
                failed += 1
                click.echo(f"{page.path}: cannot be written: {error.strerror or error}", err=True)
            else:
                written.append(page)
                click.echo(f"{page.path}: changed")
    rest = len(pages) - len(changing) - len(unreadable)
    click.echo(_summary(len(written), len(changing) if check or diff else 0, rest, failed))
    sys.exit(PROBLEMS if failed or (check and changing) else 0)


def _read(paths: Iterable[Path]) -> dict[Path, bytes]:
    """All files below the paths, each once.

    Raises:
        CommandError: one is not there, or cannot be read.
    """
    files: dict[Path, bytes] = {}
    seen: set[Path] = set()
    for path in paths:
        for file, content in _files_of(path):
            if file.resolve() not in seen:
                seen.add(file.resolve())
                files[file] = content
    return files


def _files_of(path: Path) -> list[tuple[Path, bytes]]:
    if path.is_dir():
        try:
            bundle = read_bundle(path)
            return [(Path(shown_path(path.as_posix(), name.as_posix())), content) for name, content in bundle.items()]
        except BundleError as error:
            raise CommandError(str(error), exit_code=USAGE) from error
    if not path.exists():
        raise CommandError(f"{path}: does not exist", exit_code=USAGE)
    try:
        with path.open("rb") as opened:
            content = opened.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise CommandError(f"{path}: cannot be read: {error.strerror or error}", exit_code=USAGE) from error
    if len(content) > MAX_FILE_BYTES:
        message = f"{path}: larger than the {MAX_FILE_BYTES // 1024**2} MiB that a file of rules may have"
        raise CommandError(message, exit_code=USAGE)
    return [(path, content)]


def _page(path: Path, content: bytes) -> _Page:
    name = path.name
    found = format_file(name, content)
    if isinstance(found, bytes):
        return _Page(path, content, found)
    colour = errors().is_terminal
    folder = path.parent.as_posix()
    problems = render(found, {PurePosixPath(name): content}, colour=colour, folder="" if folder == "." else folder)
    return _Page(path, content, content, problems)


def _diff(page: _Page) -> str:
    before, after = page.content.decode("utf-8"), page.formatted.decode("utf-8")
    lines = difflib.unified_diff(_lines(before), _lines(after), f"{page.path}", f"{page.path} (formatted)", n=2)
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def _lines(text: str) -> list[str]:
    """Lines with their ends; only a line feed ends one."""
    lines = [f"{line}\n" for line in text.split("\n")]
    lines[-1] = lines[-1][:-1]
    return [line for line in lines if line]


def _replace(page: _Page) -> None:
    """Put the new text in the file's place in one step: whoever reads it sees all of the old or all of the new.

    Raises:
        OSError: the folder or the file cannot be written; the file is as it was.
    """
    target = page.path.resolve()  # a link stays a link
    mode = stat.S_IMODE(target.stat().st_mode)
    if not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    with tempfile.NamedTemporaryFile(dir=target.parent, prefix=f".{target.name}.", delete=False) as file:
        temporary = Path(file.name)
        try:
            file.write(page.formatted)
            file.flush()
            os.fsync(file.fileno())
            temporary.chmod(mode)
            temporary.replace(target)
        except OSError:
            temporary.unlink(missing_ok=True)
            raise


def _summary(written: int, would: int, rest: int, failed: int) -> str:
    parts = [f"{count(written, 'file')} changed"] if written else []
    parts += [f"{count(would, 'file')} would change"] if would else []
    parts += [f"{count(rest, 'file')} {'was' if rest == 1 else 'were'} in form"] if rest else []
    parts += [f"{count(failed, 'file')} left as {'it was' if failed == 1 else 'they were'}"] if failed else []
    return ", ".join(parts)
