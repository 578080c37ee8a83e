"""What work would cost that nobody has done yet, and why another row does not decide on it."""

from __future__ import annotations

from typing import Annotated

import strawberry

from graphql_api.scalars import WorkTime
from graphql_api.types.documents import DecidingRow
from graphql_api.types.inputs import NamedText, mapping
from graphql_api.types.money import Money
from graphql_api.types.problems import Refused
from graphql_api.types.waiting import Reason
from tarifa.reading import next_hour as reading
from tarifa.reading.views import PricedBy
from tarifa.words import english


@strawberry.input(description="Work that nobody has done yet, on a request of its own.")
class WorkQuestion:
    """What to ask about."""

    contract: str = strawberry.field(description="Number of the contract that would pay for it.")
    start: WorkTime = strawberry.field(description="When it would begin; without an offset, by the site's clock.")
    minutes: int = strawberry.field(default=60, description="How long it would take.")
    site: str | None = strawberry.field(default=None, description="Key of the site; none: at no particular one.")
    fields: list[NamedText] = strawberry.field(
        default_factory=list,
        description="Category, priority, technician and the other inputs of request and work; `request` is its kind.",
    )

    def read_value(self) -> reading.Question:
        """As the readings take it.

        Raises:
            ClientError: a field comes twice.
        """
        fields = mapping(self.fields, "`fields`")
        return reading.Question(self.contract, self.start, self.minutes, self.site, fields)


@strawberry.type(description="What work would cost: what the next document would hold more, before tax.")
class NextHour:
    """An answer; nothing of it is kept."""

    contract_number: str = strawberry.field(description="The contract.")
    amount: Money | None = strawberry.field(
        description="Line discounts taken off; before discounts of the document, and tax; none where all of it would wait."
    )
    minutes: int = strawberry.field(description="Its time, rounded as the rules say.")
    covered_minutes: int = strawberry.field(description="What of it the allowance would cover.")
    overage_minutes: int = strawberry.field(description="The rest.")
    rows: list[DecidingRow] = strawberry.field(description="The rows that decide.")
    sentences: list[str] = strawberry.field(description="The arithmetic, one sentence a step.")
    would_wait: bool = strawberry.field(description="Whether it, or what is not covered, would wait for a person.")
    waits: Reason | None = strawberry.field(description="Why it would wait; none where it would be billed.")

    @staticmethod
    def of(found: reading.NextHour) -> NextHour:
        """Translate a reading's answer."""
        waits = found.waits
        waits_whole = waits is not None and not found.explanations  # it has no price, which is not a price of nothing
        return NextHour(
            contract_number=found.contract,
            amount=Money.of(found.amount, found.currency) if not waits_whole else None,
            minutes=found.minutes,
            covered_minutes=found.covered,
            overage_minutes=found.overage,
            rows=[
                DecidingRow.of(PricedBy(hook, found.version, row.table, row.row, row.origin.file, row.origin.line))
                for hook, row in found.rows
            ],
            sentences=[sentence for one in found.explanations for sentence in english.sentences(one)],
            would_wait=waits is not None,
            waits=Reason.of("work", waits.subject, waits.reason.value, waits.detail) if waits is not None else None,
        )


@strawberry.type(description="Why a row does not decide on work, or that it fits.")
class WhyNot:
    """A row and its first cell that does not hold."""

    table: str = strawberry.field(description="The table.")
    row: str = strawberry.field(description="The row.")
    file: str = strawberry.field(description="File below the ruleset's folder.")
    line: int = strawberry.field(description="Line in that file, from 1.")
    fits: bool = strawberry.field(description="Whether all its cells hold; then a row before it may still decide.")
    input: str | None = strawberry.field(description="The input of its first cell that does not hold.")
    value: str | None = strawberry.field(description="What that input is for the work.")
    sentence: str = strawberry.field(description="The same in words.")

    @staticmethod
    def of(found: reading.OtherRow) -> WhyNot:
        """Translate a reading's answer."""
        row = found.row
        return WhyNot(
            table=found.table,
            row=row.row,
            file=row.origin.file,
            line=row.origin.line,
            fits=found.input is None,
            input=found.input,
            value=found.value,
            sentence=english.why_not(row, found.input, found.value),
        )


NextHourResult = Annotated[
    NextHour | Refused, strawberry.union("NextHourResult", description="What it would cost, or why none can tell.")
]
WhyNotResult = Annotated[
    WhyNot | Refused, strawberry.union("WhyNotResult", description="Why not, or why none can tell.")
]
