"""Expected failures: what a business rule refuses, as data that a frontend can show and a script can branch on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum

import strawberry

from graphql_api.types.declare import choice
from tarifa.services import results

_REMEDY = "Correct what the message names, and send it again."


def as_sentence(text: str) -> str:
    """A fragment with a capital and a full stop; what begins with a name in backquotes keeps its beginning."""
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) or not text else f"{text}."


@strawberry.interface(description="Something that was refused; nothing of it was written.")
class Failure:
    """What all refusals have in common."""

    message: str = strawberry.field(description="A sentence for people: what is wrong, and where.")
    code: str = strawberry.field(description="Stable and kebab-case, such as `unknown-account`; branch on this.")
    remedy: str = strawberry.field(description="How to mend it.")


@strawberry.type(description="One thing that is wrong with what was sent.")
class Problem(Failure):
    """A problem of the services, in the words that they use."""

    subject: str = strawberry.field(description="Key, number or id of what it is about; empty where it has none.")
    field: str | None = strawberry.field(description="The input's field that is wrong, where it is one.")

    @staticmethod
    def of(problem: results.Problem) -> Problem:
        """Translate a service's problem."""
        return Problem(
            message=as_sentence(problem.message),
            code=problem.code,
            remedy=as_sentence(problem.remedy) or _REMEDY,
            subject=problem.subject,
            field=problem.field,
        )


@strawberry.type(description="Nothing of this was written, for the reasons in `problems`.")
class Refused(Failure):
    """A refusal by business rules; its message, code and remedy are those of the first problem."""

    problems: list[Problem] = strawberry.field(description="All that is wrong, the first one first; never empty.")

    @staticmethod
    def of(problems: Sequence[results.Problem]) -> Refused:
        """Translate a service's refusal, which has at least one problem."""
        first = Problem.of(problems[0])
        return Refused(
            message=first.message,
            code=first.code,
            remedy=first.remedy,
            problems=[first, *(Problem.of(problem) for problem in problems[1:])],
        )


@strawberry.type(description="A name and its value, as text.")
class NamedValue:
    """An entry of a mapping."""

    name: str = strawberry.field(description="The name.")
    value: str = strawberry.field(description="The value as text; decimals as decimals, durations in minutes.")


def named_values(mapping: Mapping[str, str]) -> list[NamedValue]:
    """The entries of a mapping, in its order."""
    return [NamedValue(name=name, value=value) for name, value in mapping.items()]


@strawberry.enum(description="What a write did.")
class Change(Enum):
    """`tarifa.services.results.Change`, with a description for each value."""

    NEW = choice("new", "It was not on record.")
    REVISED = choice(
        "revised", "It, or the request that came with it, was on record with other content: a new revision."
    )
    UNCHANGED = choice("unchanged", "It was on record just so: nothing was written.")
