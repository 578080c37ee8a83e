"""What the daily looks at the books found."""

from __future__ import annotations

from datetime import date, datetime

import strawberry

from tarifa.reading.verifications import VerificationView
from tarifa.services.book_remedies import remedy


@strawberry.type(description="A row that breaks a rule of the books.")
class BookFault:
    """A fault."""

    code: str = strawberry.field(description="Of the rule: stable and kebab-case.")
    rule: str = strawberry.field(description="The rule, as a sentence.")
    table: str = strawberry.field(description="Of the database.")
    key: str = strawberry.field(description="What the row is known by.")
    stored: str = strawberry.field(description="What it says.")
    expected: str = strawberry.field(description="What it should say.")
    remedy: str = strawberry.field(description="What to do.")


@strawberry.type(description="A day's look at the books by the scheduler; `tarifa verify` is the same at any time.")
class BookCheck:
    """What it came to."""

    day: date = strawberry.field(description="The day, in UTC.")
    at: datetime = strawberry.field(description="When it began.")
    sound: bool = strawberry.field(description="Whether no fault was found.")
    rules: int = strawberry.field(description="How many rules were checked.")
    faults: list[BookFault] = strawberry.field(description="What was found, at most some hundred.")
    has_more: bool = strawberry.field(description="Whether there were more.")

    @staticmethod
    def of(view: VerificationView) -> BookCheck:
        """Translate a read model."""
        return BookCheck(
            day=view.day,
            at=view.at,
            sound=not view.faults,
            rules=view.rules,
            faults=[
                BookFault(
                    code=one.code,
                    rule=one.rule,
                    table=one.table,
                    key=one.key,
                    stored=one.stored,
                    expected=one.expected,
                    remedy=remedy(one.code),
                )
                for one in view.faults
            ],
            has_more=view.has_more,
        )
