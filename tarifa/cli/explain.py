"""`tarifa explain`: which row decides on a request, why no other does, and the arithmetic with its numbers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import click

from dsl.build.tests_block import local_time
from dsl.suggest import listed, nearest
from engine.hooks import HOOK_BY_NAME
from engine.model import Ruleset
from engine.money import Currency
from engine.names import fold
from tarifa.cli.failures import PROBLEMS, USAGE, CommandError
from tarifa.cli.rulesets import FOLDER, Checked, check_folder
from tarifa.trials.arithmetic import Telling
from tarifa.trials.request import Request, read_request, unsaid, with_time
from tarifa.trials.shown import Page, value_text
from tarifa.trials.watched import Watched

_MOST_BYTES = 1_000_000


@click.command("explain")
@click.argument("folder", metavar="DIR", type=FOLDER)
@click.argument("said", metavar="[KEY=VALUE]...", nargs=-1)
@click.option(
    "--request",
    "file",
    metavar="FILE.json",
    type=click.Path(path_type=Path),
    help='Read them from a file: {"category": "Network"}.',
)
@click.option("--hook", metavar="NAME", help="Explain one hook, such as rate; without it, all that are bound.")
@click.option(
    "--at", metavar="TIME", help="When the work starts, as 2026-03-06T17:30 on the clock of the ruleset's time zone."
)
def command(folder: Path, said: tuple[str, ...], *, file: Path | None, hook: str | None, at: str | None) -> None:
    """Explain what a ruleset makes of a request.

    DIR is a folder of .rules files. KEY is an input (category, priority, account, "work type", band, ...) or
    calendar; what is not said is taken to be missing, where that is allowed.

    Exit codes: 0 explained, 1 the ruleset has errors, 2 usage (unknown keys or values, or something not said).
    """
    checked = check_folder(folder)
    if checked.ruleset is None:
        raise CommandError(f"{checked.text.rstrip()}\n{folder}: nothing was explained: mend the errors above")
    ruleset = checked.ruleset
    request = read_request(ruleset, {**_from_file(file), **dict(_pair(one) for one in said)})
    if isinstance(request, list):
        raise CommandError("\n".join(request), exit_code=USAGE)
    watched = Watched(ruleset, _currency(ruleset, request))
    if at is not None:
        timed = with_time(watched, request, _time(at))
        if isinstance(timed, str):
            raise CommandError(timed, exit_code=USAGE)
        request = timed
    _tell(checked, watched, request, _hooks(ruleset, hook), only=hook is not None)


def _tell(checked: Checked, watched: Watched, request: Request, hooks: list[str], *, only: bool) -> None:
    ruleset, page = watched.ruleset, Page(checked.files)
    missing = {hook: unsaid(ruleset, hook, request) for hook in hooks}
    if all(missing.values()):
        wanted = list(dict.fromkeys(one for those in missing.values() for one in those))
        what = f"`{hooks[0]}`" if only else "anything"
        raise CommandError(
            f"not enough is said to explain {what}; add:\n" + "\n".join(f"  {one}" for one in wanted), exit_code=USAGE
        )
    known = [
        f"{ruleset.inputs[name].label} = {value_text(ruleset.inputs[name], value, page.spellings, ruleset.currencies)}"
        for name, value in request.values.items()
    ]
    click.echo(f"{ruleset.title}: {', '.join(known) or 'nothing is said of the request'}")
    telling = Telling(watched, request.values, page, checked.folder.as_posix())
    for hook in hooks:
        click.echo()
        if missing[hook]:
            click.echo(f"{hook}: not said: {'; '.join(missing[hook])}")
        else:
            for line in telling.hook(hook):
                click.echo(line)


def _pair(text: str) -> tuple[str, str]:
    key, sign, value = text.partition("=")
    if not sign or not key.strip():
        raise CommandError(f"`{text}` is no KEY=VALUE: write it like `category=Network`", exit_code=USAGE)
    return key.strip(), value.strip()


def _from_file(path: Path | None) -> Mapping[str, str]:
    if path is None:
        return {}
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise CommandError(f"{path}: cannot be read: {error.strerror or error}", exit_code=USAGE) from error
    if len(content) > _MOST_BYTES:
        raise CommandError(f"{path}: a request has {_MOST_BYTES:,} bytes at most", exit_code=USAGE)
    try:
        found = json.loads(content, parse_float=str, parse_int=str)
    except (ValueError, RecursionError) as error:
        raise CommandError(f"{path}: is no JSON: {error}", exit_code=USAGE) from error
    if not isinstance(found, dict):
        raise CommandError(f'{path}: write one object: {{"category": "Network"}}', exit_code=USAGE)
    return {key: _plain(path, key, value) for key, value in found.items()}


def _plain(path: Path, key: str, value: object) -> str:
    match value:
        case None:
            return "none"
        case bool():
            return "yes" if value else "no"
        case str():
            return value
        case _:
            raise CommandError(f"{path}: `{key}` is no text, number, true, false or null", exit_code=USAGE)


def _time(text: str) -> datetime:
    found = local_time(text)
    if found is None:
        raise CommandError(f"`{text}` is no time of a day: write it like 2026-03-06T17:30", exit_code=USAGE)
    return found


def _currency(ruleset: Ruleset, request: Request) -> Currency:
    said = request.values.get("currency")
    return next((one for one in ruleset.currencies if fold(one.code) == said), ruleset.currencies[0])


def _hooks(ruleset: Ruleset, name: str | None) -> list[str]:
    bound = [hook for hook in HOOK_BY_NAME if hook in ruleset.pricing]
    if name is None:
        if not bound:
            raise CommandError("this ruleset has no pricing: there is nothing to explain", exit_code=PROBLEMS)
        return bound
    if fold(name) in bound:
        return [fold(name)]
    near = nearest(name, bound)
    hint = f"did you mean `{near}`?" if near else f"there are {listed(bound, at_most=20)}"
    what = "is not bound in `pricing`" if fold(name) in HOOK_BY_NAME else "is no hook"
    raise CommandError(f"`{name}` {what}: {hint}", exit_code=USAGE)
