"""Rulesets, their versions and activations, and what the checker says of a text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from enum import Enum

import strawberry

from dsl import Diagnostic as DslDiagnostic
from dsl.source import Source, Span
from engine.touched import Touched
from graphql_api.types.declare import choice
from graphql_api.types.money import Money
from graphql_api.types.problems import Change, Failure, NamedValue
from tarifa.reading.views import ActivationView, RulesetView, VersionView

_SUGGESTION = re.compile(r"did you mean `([^`]+)`")


@strawberry.type(description="A set of rules, known by its name.")
class Ruleset:
    """A ruleset."""

    name: str = strawberry.field(description="Folded; unique.")
    label: str = strawberry.field(description="The name as its text says it.")
    newest_version: int = strawberry.field(description="Number of the version published last.")

    @staticmethod
    def of(view: RulesetView) -> Ruleset:
        """Translate a read model."""
        return Ruleset(name=view.name, label=view.label, newest_version=view.newest_version)


@strawberry.type(description="An immutable, checked state of a ruleset.")
class RulesetVersion:
    """A version."""

    ruleset: str = strawberry.field(description="Name of the ruleset.")
    number: int = strawberry.field(description="Counts from 1 within the ruleset.")
    label: str = strawberry.field(description="The version as its text says it, such as `2026.1`.")
    source_digest: str = strawberry.field(description="SHA-256 of its files: its identity.")
    meaning_digest: str = strawberry.field(
        description="SHA-256 of what it means: equal where only comments or white space differ."
    )
    published_at: datetime = strawberry.field(description="When it was published.")
    published_by: str = strawberry.field(description="Who published it.")
    note: str | None = strawberry.field(description="What its publisher said about it.")

    @staticmethod
    def of(view: VersionView) -> RulesetVersion:
        """Translate a read model."""
        return RulesetVersion(
            ruleset=view.ruleset,
            number=view.number,
            label=view.label,
            source_digest=view.source_digest,
            meaning_digest=view.meaning_digest,
            published_at=view.published_at,
            published_by=view.published_by,
            note=view.note,
        )


@strawberry.enum(description="Whether an activation may reach billed time.")
class ActivationKind(Enum):
    """`tarifa.services.inputs.ActivationKind`, with a description for each value."""

    NORMAL = choice("normal", "It does not reach billed time.")
    REPAIR = choice("repair", "It corrects what was billed.")


@strawberry.type(description="The statement that a version is in force from a day. The newest that holds a day counts.")
class Activation:
    """An activation."""

    sequence: int = strawberry.field(description="Its place in the timeline; higher is newer.")
    ruleset: str = strawberry.field(description="Name of the ruleset.")
    version: int = strawberry.field(description="Number of the version.")
    version_label: str = strawberry.field(description="The version as its text says it.")
    from_date: date = strawberry.field(name="from", description="First day.")
    until: date | None = strawberry.field(description="First day on which it holds no more; none: for good.")
    kind: ActivationKind = strawberry.field(description="Whether it may reach billed time.")
    reason: str | None = strawberry.field(description="Why, in its author's words.")
    at: datetime = strawberry.field(description="When it was stated.")
    by: str = strawberry.field(description="Who stated it.")

    @staticmethod
    def of(view: ActivationView) -> Activation:
        """Translate a read model."""
        return Activation(
            sequence=view.policy_seq,
            ruleset=view.ruleset,
            version=view.version,
            version_label=view.version_label,
            from_date=view.from_date,
            until=view.until,
            kind=ActivationKind(view.kind),
            reason=view.reason,
            at=view.at,
            by=view.by,
        )


@strawberry.enum(description="Whether a diagnostic stops a ruleset.")
class Severity(Enum):
    """`dsl.diagnostics.Severity`, with a description for each value."""

    ERROR = choice("error", "The ruleset cannot be published.")
    WARNING = choice("warning", "The ruleset can be published.")


@strawberry.type(description="A place in a ruleset's text.")
class Place:
    """A span; columns count characters from 1."""

    file: str = strawberry.field(description="Path below the ruleset's folder.")
    line: int = strawberry.field(description="From 1.")
    column: int = strawberry.field(description="First character, from 1.")
    end_line: int = strawberry.field(description="Line of the end.")
    end_column: int = strawberry.field(description="The character after the last, from 1.")
    label: str = strawberry.field(description="What to say beside it; may be empty.")

    @staticmethod
    def of(span: Span, label: str, sources: Mapping[str, Source]) -> Place:
        """Turn offsets into lines and columns."""
        source = sources[span.file]
        return Place(
            file=span.file,
            line=source.line_number(span.start),
            column=source.column(span.start),
            end_line=source.line_number(span.end),
            end_column=source.column(span.end),
            label=label,
        )


@strawberry.type(description="How much real work a finding is about, and what was billed where it decides.")
class TouchedWork:
    """Work of the last months."""

    worklogs: int = strawberry.field(description="How many pieces of work.")
    minutes: int = strawberry.field(description="Their time, before any rounding.")
    waiting: int = strawberry.field(description="How many of them wait for a person.")
    other_lines: int = strawberry.field(description="Lines without work: fees, top-ups, items.")
    amounts: list[Money] = strawberry.field(description="What was billed for all of them, by currency.")

    @staticmethod
    def of(touched: Touched) -> TouchedWork:
        """Translate what was counted."""
        return TouchedWork(
            worklogs=touched.worklogs,
            minutes=touched.minutes,
            waiting=touched.waiting,
            other_lines=touched.others,
            amounts=[Money.of(net, currency) for currency, net in touched.amounts],
        )


@strawberry.type(description="One thing that the checker has to say about a ruleset's text.")
class Diagnostic:
    """A diagnostic."""

    code: str = strawberry.field(description="Stable and kebab-case, such as `unknown-value`; has a page in the docs.")
    severity: Severity = strawberry.field(description="Whether it stops the ruleset.")
    message: str = strawberry.field(description="One sentence.")
    file: str | None = strawberry.field(description="Where it is; none where no file has it (a missing block).")
    line: int | None = strawberry.field(description="Line in that file, from 1.")
    column: int | None = strawberry.field(description="First character, from 1.")
    end_line: int | None = strawberry.field(description="Line of the end.")
    end_column: int | None = strawberry.field(description="The character after the last, from 1.")
    label: str | None = strawberry.field(description="What to say beside the place, such as: did you mean `Network`?")
    help: list[str] = strawberry.field(description="Ways to mend it; what stands in backquotes can be pasted.")
    suggestion: str | None = strawberry.field(description="What was probably meant, to put in the place of the span.")
    related: list[Place] = strawberry.field(description="Other places that matter.")
    case: list[NamedValue] = strawberry.field(description="A request that shows it: inputs and their values.")
    touched: TouchedWork | None = strawberry.field(
        description="How much of the last months' work it is about; none where it is about none, or nobody asked."
    )

    @staticmethod
    def of(diagnostic: DslDiagnostic, sources: Mapping[str, Source]) -> Diagnostic:
        """Translate the checker's diagnostic."""
        primary = diagnostic.primary
        place = Place.of(primary.span, primary.text, sources) if primary is not None else None
        said = [place.label if place is not None else "", *diagnostic.help]
        meant = next((found for text in said if (found := _SUGGESTION.search(text))), None)
        return Diagnostic(
            code=diagnostic.code,
            severity=Severity(diagnostic.severity.value),
            message=diagnostic.message,
            file=place.file if place else None,
            line=place.line if place else None,
            column=place.column if place else None,
            end_line=place.end_line if place else None,
            end_column=place.end_column if place else None,
            label=place.label if place else None,
            help=list(diagnostic.help),
            suggestion=meant.group(1) if meant else None,
            related=[Place.of(label.span, label.text, sources) for label in diagnostic.secondary],
            case=[NamedValue(name=name, value=value) for name, value in diagnostic.case],
            touched=TouchedWork.of(diagnostic.touched) if diagnostic.touched is not None else None,
        )


@strawberry.type(description="The ruleset checked and is published.")
class RulesetPublished:
    """Also where it was published before: `change` says so."""

    version: RulesetVersion = strawberry.field(description="The version.")
    change: Change = strawberry.field(description="`UNCHANGED` where this very text was published before.")
    warnings: list[Diagnostic] = strawberry.field(description="What the checker would mend; none of it stops it.")


@strawberry.type(description="The ruleset does not check: nothing was published.")
class RulesetNotPublished(Failure):
    """A refusal with the checker's diagnostics."""

    diagnostics: list[Diagnostic] = strawberry.field(
        description="All that the checker has to say, errors and warnings."
    )
