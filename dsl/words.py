"""What a hook, or an outcome called like one, is set to: a formula, or for some hooks a word."""

from __future__ import annotations

from dsl.cells import parse_formula, unquoted
from dsl.diagnostics import Problem
from dsl.formula import read_formula
from dsl.suggest import did_you_mean, listed
from dsl.syntax import Member
from dsl.units import Scope, Typed, said
from engine.formulas import NOTHING, Literal, Unit
from engine.hooks import Hook
from engine.names import fold

_DECLARED_BY = {
    "calendar": "add a block such as `calendar office`",
    "class": "declare the classes of contracts in `inputs`: `| class | contract | choice | main, projects |`",
}
"""What declares the words of a hook that may have none."""


def read_value(text: str, scope: Scope, hook: Hook | None) -> Typed | Problem | None:
    """Read what stands for a hook.

    Args:
        text: The cell; `-` is no value.
        scope: What its names may mean, and which words each hook has.
        hook: None where it stands for an outcome that is called like no hook.

    Returns:
        As `formula.read_formula`.
    """
    if hook is None or hook.unit is not Unit.TEXT:
        return read_formula(text, scope, units=(hook.unit,) if hook is not None else ())
    if text == "-":
        return Typed(NOTHING, None)
    words = scope.words.get(hook.name)
    word = fold(unquoted(text))
    if words is not None and word in words:
        return Typed(Literal(Unit.TEXT, word), Unit.TEXT, words=hook.name)
    if isinstance(parse_formula(text), Member):
        return _named(text, scope, hook)
    return _unknown(text, words, hook) if words is not None else None


def _named(text: str, scope: Scope, hook: Hook) -> Typed | Problem | None:
    """An outcome of a table, whose words must be those of the hook."""
    read = read_formula(text, scope)
    if not isinstance(read, Typed) or read.unit is None or read.words == hook.name:
        return read
    found = f"a word for `{read.words}`" if read.words else said(read.unit)
    message = f"this is {found}, where a word for `{hook.name}` is wanted"
    mend = f"name an outcome called `{hook.name}`"
    return Problem("wrong-unit", message, (0, len(text)), help=(mend,))


def _unknown(text: str, words: dict[str, str], hook: Hook) -> Problem:
    if not words:
        message = f"there is no {hook.name} that `{text}` could name"
        return Problem("unknown-value", message, (0, len(text)), help=(_DECLARED_BY[hook.name],))
    label = did_you_mean(text, words.values())
    mend = f"`{hook.name}` is one of {listed(words.values())}, or `Table.{hook.name}`"
    return Problem("unknown-value", f"there is no {hook.name} called `{text}`", (0, len(text)), label, (mend,))
