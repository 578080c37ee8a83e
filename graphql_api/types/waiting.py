"""Why something waits for a person, and the list of what does."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import Enum

import strawberry

from engine import items
from graphql_api.types.declare import choice
from graphql_api.types.problems import NamedValue, as_sentence, named_values
from tarifa.reading.views import ExceptionView
from tarifa.words import english


@strawberry.type(description="Why something cannot be billed as it is.")
class Reason:
    """A reason with what a person must know to mend it."""

    code: str = strawberry.field(description="Stable and kebab-case: `no-rule`, `unknown-value`, `no-contract`, ...")
    message: str = strawberry.field(description="A sentence for people.")
    detail: list[NamedValue] = strawberry.field(description="What the sentence names, for programs.")

    @staticmethod
    def of(kind: str, subject: str, reason: str, detail: Mapping[str, str]) -> Reason:
        """Put the engine's reason into words."""
        said = english.reason(items.Held(kind, subject, items.Reason(reason), detail))
        return Reason(code=reason, message=as_sentence(said), detail=named_values(detail))

    @staticmethod
    def of_contract(contract: str, reason: str, detail: Mapping[str, str]) -> Reason:
        """Put into words why a contract was set apart: the engine's reason, or one of the billing itself."""
        said = english.why_apart(contract, reason, detail)
        return Reason(code=reason, message=as_sentence(said), detail=named_values(detail))


@strawberry.enum(description="Whether an exception still waits.")
class ExceptionState(Enum):
    """The states of an exception."""

    OPEN = choice("open", "It waits for a person.")
    WAIVED = choice("waived", "A person decided that it is never billed.")
    RELEASED = choice("released", "A person decided that it is billed; the next document has it.")
    GONE = choice("gone", "What was wrong is mended.")


@strawberry.type(name="BillingException", description="Work, a top-up or a contract that cannot be billed as it is.")
class BillingException:
    """An entry of the exception list."""

    id: str = strawberry.field(description="Unique.")
    account_key: str = strawberry.field(description="The account, as it was given; it may be an unknown one.")
    contract_number: str | None = strawberry.field(description="The contract, where there is one.")
    subject_kind: str = strawberry.field(description="What waits: `work`, `top-up` or `contract`.")
    subject: str = strawberry.field(description="Its id; of a contract, its number.")
    reason: Reason = strawberry.field(description="Why.")
    state: ExceptionState = strawberry.field(description="Whether it still waits.")
    since: datetime = strawberry.field(description="When it was found.")
    note: str | None = strawberry.field(description="Of the person who decided about it.")
    decided_by: str | None = strawberry.field(description="Who decided.")
    decided_at: datetime | None = strawberry.field(description="When it was decided.")

    @staticmethod
    def of(view: ExceptionView) -> BillingException:
        """Translate a read model."""
        return BillingException(
            id=view.id,
            account_key=view.account,
            contract_number=view.contract,
            subject_kind=view.subject_kind,
            subject=view.subject,
            reason=(
                Reason.of_contract(view.subject, view.reason, view.detail)
                if view.subject_kind == "contract"
                else Reason.of(view.subject_kind, view.subject, view.reason, view.detail)
            ),
            state=ExceptionState(view.state),
            since=view.since,
            note=view.note,
            decided_by=view.decided_by,
            decided_at=view.decided_at,
        )
