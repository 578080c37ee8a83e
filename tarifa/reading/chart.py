"""The chart of accounts: which account of the bookkeeping a posting of the journal goes to.

A rule is about a kind of posting, and may be about some of them only: revenue of one kind of line (`fee`), with one tax
code, or both; tax of one code. The rule that says most counts. What no rule is about has no account, and the journal is
refused rather than posted anywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Posting(StrEnum):
    """What is posted."""

    RECEIVABLE = "receivable"
    REVENUE = "revenue"
    TAX = "tax"
    ROUNDING = "rounding"
    PAYMENT = "payment"
    REFUND = "refund"
    WRITE_OFF = "write-off"


@dataclass(frozen=True, slots=True)
class LedgerAccount:
    """An account of the bookkeeping."""

    code: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Topic:
    """What a posting is of: `of` is a line's kind (of revenue), `tax` a code (of revenue and of tax); blank says nothing."""

    posting: Posting
    of: str = ""
    tax: str = ""

    def __str__(self) -> str:
        words = [f"of {self.of}"] if self.of else []
        return " ".join([self.posting.value, *words, *([f"with tax {self.tax}"] if self.tax else [])])


@dataclass(frozen=True, slots=True)
class Chart:
    """Accounts by what is posted to them."""

    accounts: Mapping[Topic, LedgerAccount]

    def account(self, topic: Topic) -> LedgerAccount | None:
        """The account of a posting, by the rule that says most."""
        posting, of, tax = topic.posting, topic.of, topic.tax
        rules = (topic, Topic(posting, of), Topic(posting, tax=tax), Topic(posting))
        return next((self.accounts[rule] for rule in rules if rule in self.accounts), None)


STANDARD = Chart(
    {
        Topic(Posting.RECEIVABLE): LedgerAccount("1200", "Receivables"),
        Topic(Posting.REVENUE): LedgerAccount("4000", "Revenue"),
        Topic(Posting.TAX): LedgerAccount("2200", "Tax payable"),
        Topic(Posting.ROUNDING): LedgerAccount("6900", "Rounding"),
        Topic(Posting.PAYMENT): LedgerAccount("1000", "Bank"),
        Topic(Posting.REFUND): LedgerAccount("1000", "Bank"),
        Topic(Posting.WRITE_OFF): LedgerAccount("6500", "Bad debts"),
    }
)
"""Where nobody says otherwise."""
