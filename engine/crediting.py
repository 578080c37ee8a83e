"""Credit notes by hand: what a person takes off issued lines, outside of what is computed (D8.1, D8.2).

The items that the lines bill stay billed, so no run charges them again. The taxes are those of the lines, and are
reckoned with all that was ever taxed together with them: so a document that is taken back whole leaves no cent of tax.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.consolidating import GroupTerms
from engine.documents import DocumentTerms, Draft, Line, drafted, uncounted, versions_of
from engine.items import LineRef
from engine.taxation import Pool, PoolSum
from engine.timeline import Timeline


@dataclass(frozen=True, slots=True)
class Credit:
    """What is taken off an issued line: `amount` above zero, in minor units, as the line's prices say it."""

    document: str
    line: Line
    amount: int
    reason: str


def credit_note(
    credits_: Sequence[Credit], *, terms: DocumentTerms | GroupTerms, timeline: Timeline, pools: Mapping[Pool, PoolSum]
) -> Draft:
    """Make the draft of a credit note.

    Args:
        credits_: At least one; each of a line of its own that corrects nothing.
        terms: For whom.
        timeline: The versions that priced the lines.
        pools: What is in the tax pools of the documents that they are on.
    """
    lines = [
        Line(
            position,
            uncounted(credit.line.item),
            -credit.amount,
            0,
            credit.line.taxes,
            credit.line.tax_date,
            LineRef(credit.document, credit.line.position),
            reason=credit.reason,
            owner=credit.line.owner,
        )
        for position, credit in enumerate(credits_, 1)
    ]
    return drafted(lines, versions_of([credit.line.item for credit in credits_], timeline), terms, pools)
