"""`tarifa fmt`: rulesets in their one canonical form."""

from __future__ import annotations

import sys
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
from tarifa.cli.rewriting import diff_of, replace_file


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
            click.echo(diff_of(page.path, page.content, page.formatted, what="formatted"), nl=False)
        elif check:
            click.echo(f"{page.path}: would change")
        else:
            try:
                replace_file(page.path, page.formatted)
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


def _summary(written: int, would: int, rest: int, failed: int) -> str:
    parts = [f"{count(written, 'file')} changed"] if written else []
    parts += [f"{count(would, 'file')} would change"] if would else []
    parts += [f"{count(rest, 'file')} {'was' if rest == 1 else 'were'} in form"] if rest else []
    parts += [f"{count(failed, 'file')} left as {'it was' if failed == 1 else 'they were'}"] if failed else []
    return ", ".join(parts)
