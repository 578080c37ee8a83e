"""`tarifa explain`: which row decides on a request, why no other does, and the arithmetic with its numbers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import click

from dsl.build.tests_block import local_time
from dsl.suggest import listed, nearest
from dsl.testing import TAXES
from engine.currencies import in_currency
from engine.formulas import Formula, OutcomeName
from engine.hooks import HOOK_BY_NAME, Level
from engine.model import Ruleset
from engine.money import Currency
from engine.names import fold
from tarifa.cli.failures import PROBLEMS, USAGE, CommandError
from tarifa.cli.rulesets import FOLDER, check_folder
from tarifa.trials.pricing import decided_class
from tarifa.trials.request import Request, read_request, unsaid, with_time
from tarifa.trials.shown import Page, value_text
from tarifa.trials.telling import Telling
from tarifa.trials.told import FigureTold, as_json
from tarifa.trials.watched import Watched, about, on_trial

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
@click.option("--table", metavar="NAME", help="Explain a table, or taxes, in place of hooks: all its outcomes.")
@click.option(
    "--at", metavar="TIME", help="When the work starts, as 2026-03-06T17:30 on the clock of the ruleset's time zone."
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Text for people, or JSON.",
)
def command(
    folder: Path,
    said: tuple[str, ...],
    *,
    file: Path | None,
    hook: str | None,
    table: str | None,
    at: str | None,
    form: str,
) -> None:
    """Explain what a ruleset makes of a request.

    DIR is a folder of .rules files. KEY is an input (category, priority, account, "work type", band, ...) or
    calendar; what is not said is taken to be missing, where that is allowed.

    Exit codes: 0 explained, 1 the ruleset has errors, 2 usage (unknown keys or values, or something not said).
    """
    if hook is not None and table is not None:
        raise CommandError("explain a hook or a table: leave out --hook or --table", exit_code=USAGE)
    checked = check_folder(folder)
    if checked.ruleset is None:
        raise CommandError(f"{checked.text.rstrip()}\n{folder}: nothing was explained: mend the errors above")
    ruleset = on_trial(checked.ruleset)
    subjects = _hooks(ruleset, hook) if table is None else _outcomes(ruleset, table)
    texts = {**_from_file(file), **dict(_pair(one) for one in said)}
    currency = _currency(ruleset, texts)
    ruleset = in_currency(about(ruleset, table or ""), currency.code)
    deepest = Level.LINE if table is not None and fold(table) == TAXES else Level.SEGMENT
    request = read_request(ruleset, texts, deepest=deepest)
    if isinstance(request, list):
        raise CommandError("\n".join(request), exit_code=USAGE)
    watched = Watched(ruleset, currency)
    if at is not None:
        timed = with_time(watched, request, _time(at))
        if isinstance(timed, str):
            raise CommandError(timed, exit_code=USAGE)
        request = timed
    request = _with_class(watched, request)
    page = Page(checked.files)
    page.spellings = {**{fold(text): text for text in texts.values()}, **page.spellings}
    telling = Telling(watched, request.values, page, checked.folder.as_posix())
    explained = _explain(telling, request, subjects, all_or_nothing=hook is not None or table is not None)
    click.echo(_as_json(explained) if form == "json" else _as_text(explained), nl=False)


def _with_class(watched: Watched, request: Request) -> Request:
    """What is known once the hook `class` has decided: the contract's class, where nobody says another."""
    bound = watched.ruleset.pricing.get("class")
    if bound is None or "class" in request.values or unsaid(watched.ruleset, bound.formula, request):
        return request
    try:
        return replace(request, values={**request.values, "class": decided_class(watched, request.values)})
    except ZeroDivisionError:
        return request


@dataclass(frozen=True, slots=True)
class _Explained:
    """What was explained: of each subject the figure, or what must still be said to know it."""

    title: str
    request: Mapping[str, str]
    figures: Mapping[str, FigureTold | list[str]]


def _explain(
    telling: Telling, request: Request, subjects: Mapping[str, Formula], *, all_or_nothing: bool
) -> _Explained:
    ruleset, page = telling.watched.ruleset, telling.page
    missing = {name: unsaid(ruleset, formula, request) for name, formula in subjects.items()}
    if all(missing.values()):
        wanted = list(dict.fromkeys(one for those in missing.values() for one in those))
        what = f"`{next(iter(subjects))}`" if all_or_nothing else "anything"
        raise CommandError(
            f"not enough is said to explain {what}; add:\n" + "\n".join(f"  {one}" for one in wanted), exit_code=USAGE
        )
    known = {
        ruleset.inputs[name].label: value_text(ruleset.inputs[name], value, page.spellings, (telling.watched.currency,))
        for name, value in request.values.items()
    }
    figures = {name: missing[name] or telling.figure(name, formula) for name, formula in subjects.items()}
    return _Explained(ruleset.title, known, figures)


def _as_text(explained: _Explained) -> str:
    known = ", ".join(f"{label} = {value}" for label, value in explained.request.items())
    lines = [f"{explained.title}: {known or 'nothing is said of the request'}"]
    for name, told in explained.figures.items():
        lines += ["", *([f"{name}: not said: {'; '.join(told)}"] if isinstance(told, list) else told.lines())]
    return "\n".join(lines) + "\n"


def _as_json(explained: _Explained) -> str:
    shape = {
        "format": 1,
        "ruleset": explained.title,
        "request": explained.request,
        "figures": [as_json(told) for told in explained.figures.values() if not isinstance(told, list)],
        "not_said": {name: told for name, told in explained.figures.items() if isinstance(told, list)},
    }
    return json.dumps(shape, ensure_ascii=False, indent=2) + "\n"


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


def _currency(ruleset: Ruleset, texts: Mapping[str, str]) -> Currency:
    """The currency that a request says, which its amounts are in; the first where it says none."""
    said = next((fold(text) for key, text in texts.items() if fold(key) == "currency"), None)
    return next((one for one in ruleset.currencies if fold(one.code) == said), ruleset.currencies[0])


def _hooks(ruleset: Ruleset, name: str | None) -> dict[str, Formula]:
    """The formulas of one hook, or of all that are bound."""
    bound = {hook: ruleset.pricing[hook].formula for hook in HOOK_BY_NAME if hook in ruleset.pricing}
    if name is None:
        if not bound:
            raise CommandError("this ruleset has no pricing: there is nothing to explain", exit_code=PROBLEMS)
        return bound
    if fold(name) in bound:
        return {fold(name): bound[fold(name)]}
    what = "is not bound in `pricing`" if fold(name) in HOOK_BY_NAME else "is no hook"
    raise CommandError(f"`{name}` {what}: {_hint(name, list(bound))}", exit_code=USAGE)


def _outcomes(ruleset: Ruleset, name: str) -> dict[str, Formula]:
    """All outcomes of a table, as formulas that name them."""
    table = ruleset.tables.get(fold(name))
    if table is None:
        hint = _hint(name, [one.label for one in ruleset.tables.values()])
        raise CommandError(f"there is no table called `{name}`: {hint}", exit_code=USAGE)
    return {f"{table.label}.{one.label}": OutcomeName(table.name, one.name) for one in table.outcomes}


def _hint(name: str, known: list[str]) -> str:
    near = nearest(name, known)
    return f"did you mean `{near}`?" if near else f"there are {listed(known, at_most=20)}" if known else "there is none"
