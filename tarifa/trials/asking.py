"""A failed case as a command: what `tarifa explain` is asked to see why it came out so."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping

from dsl.testing import PRICING, RulesetTest
from engine.formulas import Value
from engine.model import Input, InputType, Ruleset
from engine.names import fold
from tarifa.trials.cases import ANY_OTHER
from tarifa.trials.run import Outcome
from tarifa.trials.shown import value_text
from tarifa.trials.watched import about

_AND_MORE = "\N{HORIZONTAL ELLIPSIS}"
"""What stands for all texts with a prefix (`engine.matching`)."""


def command(folder: str, ruleset: Ruleset, test: RulesetTest, case: Outcome, spellings: Mapping[str, str]) -> str:
    """The command line that explains a case of a test, ready for a shell."""
    ruleset = about(ruleset, test.of)
    words = ["tarifa", "explain", folder]
    if test.of == PRICING and test.start is not None:
        words += ["--at", f"{test.start:%Y-%m-%dT%H:%M}"]
    elif test.of != PRICING:
        words += ["--table", test.label]
    words += _request(ruleset, test, case, spellings)
    return shlex.join(words)


def _request(ruleset: Ruleset, test: RulesetTest, case: Outcome, spellings: Mapping[str, str]) -> Iterator[str]:
    for name, value in case.values.items():
        if value is not None:
            of = ruleset.inputs[name]
            yield f"{of.label}={_typed(of, named(of, value), ruleset, spellings)}"
    if test.start is not None and test.end is not None:
        yield f"hours={int((test.end - test.start).total_seconds()) // 60} min"
    if test.calendar is not None:
        yield f"calendar={ruleset.calendars[test.calendar].label}"
    if len(ruleset.currencies) > 1 and "currency" not in case.values:
        yield f"currency={case.currency.code}"


def named(of: Input, value: Value) -> Value:
    """A text for a value that stands for all texts that no row names, or for all with a prefix; else the value."""
    if value == ANY_OTHER:
        return f"another {fold(of.label)}"
    return f"{value[:-1]} 1" if isinstance(value, str) and value.endswith(_AND_MORE) else value


def _typed(of: Input, value: Value, ruleset: Ruleset, spellings: Mapping[str, str]) -> str:
    """A value as `tarifa explain` reads it: money is an amount of the request's currency."""
    if of.type is InputType.MONEY:
        return value_text(of, value, spellings, ()).split()[0]
    return value_text(of, value, spellings, ruleset.currencies)
