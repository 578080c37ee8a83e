"""Billing runs that somebody asks for."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Annotated

import strawberry

from graphql_api.types.money import Money, decimal_of
from graphql_api.types.problems import Change, Refused
from tarifa.reading.runs import RunView
from tarifa.services import inputs


@strawberry.input(description="A billing run to start.")
class RunInput:
    """A run."""

    request_key: str = strawberry.field(description="Your own key of it: the same key runs once.")
    through: date | None = strawberry.field(
        default=None,
        description="Bill all boundaries up to this day, however many; none: as the scheduler would. Never later than today.",
    )
    most: Decimal | None = strawberry.field(
        default=None,
        description="A document with a larger total, either side of zero, is stopped; in its own currency.",
    )
    most_change: int | None = strawberry.field(
        default=None,
        description="A document whose total differs from the contract's last one by more percent of that is stopped.",
    )

    def service_value(self) -> inputs.RunInput:
        """As the services take it."""
        limit = Fraction(self.most) if self.most is not None else None
        return inputs.RunInput(self.request_key, self.through, limit, self.most_change)


@strawberry.type(description="What a run's documents in one currency come to, beside the documents before them.")
class RunTotal:
    """A sum and what it changed from."""

    total: Money = strawberry.field(description="Of its documents.")
    last: Money = strawberry.field(description="Of the documents that the same contracts got before these.")
    change: Money = strawberry.field(description="The difference.")


@strawberry.type(description="A billing run that somebody asked for; its figures are known when it is done.")
class Run:
    """A run."""

    request_key: str = strawberry.field(description="The asker's own key of it.")
    through: date | None = strawberry.field(description="The day up to which it was to bill everything.")
    most: Decimal | None = strawberry.field(description="Its limit on totals.")
    most_change: int | None = strawberry.field(description="Its limit on changes from the last document, in percent.")
    done: bool = strawberry.field(description="Whether it has ended; one that was broken off ends when asked again.")
    boundaries: int = strawberry.field(description="How many boundaries it billed.")
    documents: int = strawberry.field(description="How many documents it issued.")
    stopped: int = strawberry.field(description="How many contracts have a document that waits for an approval.")
    parked: int = strawberry.field(description="How many contracts could not be billed for another reason.")
    totals: list[RunTotal] = strawberry.field(description="One for each currency.")
    started_by: str = strawberry.field(description="Who asked for it.")
    started_at: datetime = strawberry.field(description="When.")
    done_at: datetime | None = strawberry.field(description="When it ended.")

    @staticmethod
    def of(view: RunView) -> Run:
        """Translate a read model."""
        return Run(
            request_key=view.request_key,
            through=view.through,
            most=decimal_of(view.most) if view.most is not None else None,
            most_change=view.most_change,
            done=view.is_done,
            boundaries=view.boundaries,
            documents=view.documents,
            stopped=view.stopped,
            parked=view.parked,
            totals=[
                RunTotal(
                    total=Money.of(one.total, one.currency),
                    last=Money.of(one.last_total, one.currency),
                    change=Money.of(one.total - one.last_total, one.currency),
                )
                for one in view.totals
            ],
            started_by=view.started_by,
            started_at=view.started_at,
            done_at=view.done_at,
        )


@strawberry.type(description="The run has run.")
class RunDone:
    """A run."""

    change: Change = strawberry.field(description="`UNCHANGED` where it had ended before.")
    run: Run = strawberry.field(description="What it came to.")


RunResult = Annotated[RunDone | Refused, strawberry.union("RunResult", description="The run, or why not.")]
