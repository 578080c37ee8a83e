"""Notices: when they are wanted, and those that were found."""

from __future__ import annotations

from datetime import date, datetime
from enum import Enum

import strawberry

from engine.facts import NoticeTerms
from graphql_api.types.declare import choice
from tarifa.reading.views import NoticeView


@strawberry.type(description="When a contract's customer is to be told of its usage and its expiry.")
class NoticeDays:
    """`engine.facts.NoticeTerms`."""

    usage_percent: list[int] = strawberry.field(description="Percent of a cycle's allowance that are used.")
    days_before_expiry: list[int] = strawberry.field(description="Days before the last day of the contract.")
    days_after_expiry: list[int] = strawberry.field(description="Days after it.")

    @staticmethod
    def of(terms: NoticeTerms) -> NoticeDays:
        """Translate a read model."""
        return NoticeDays(
            usage_percent=list(terms.usage),
            days_before_expiry=list(terms.before_expiry),
            days_after_expiry=list(terms.after_expiry),
        )


@strawberry.enum(description="What a notice tells of.")
class NoticeKind(Enum):
    """The kinds of notices."""

    USAGE = choice("usage", "So many percent of a cycle's allowance are used.")
    BEFORE_EXPIRY = choice("before expiry", "The contract expires in so many days.")
    AFTER_EXPIRY = choice("after expiry", "The contract has expired so many days ago.")


@strawberry.type(
    description="A notice that is due: found once for each contract, cycle (or expiry) and threshold. "
    "Whoever sends it reads it here, or from the events; Tarifa sends no mail yet."
)
class Notice:
    """A notice on record."""

    contract_number: str = strawberry.field(description="The contract.")
    account_key: str = strawberry.field(description="Its account.")
    kind: NoticeKind = strawberry.field(description="What it tells of.")
    threshold: int = strawberry.field(description="Percent of the allowance, or days.")
    about: date = strawberry.field(description="First day of the cycle, or last day of the contract.")
    due_on: date = strawberry.field(description="The day from which it was due.")
    worklog_id: str | None = strawberry.field(description="The worklog whose time reached the threshold.")
    found_at: datetime = strawberry.field(description="When it was found.")

    @staticmethod
    def of(view: NoticeView) -> Notice:
        """Translate a read model."""
        return Notice(
            contract_number=view.contract,
            account_key=view.account,
            kind=NoticeKind(view.kind),
            threshold=view.threshold,
            about=view.about,
            due_on=view.due_on,
            worklog_id=view.worklog,
            found_at=view.found_at,
        )
