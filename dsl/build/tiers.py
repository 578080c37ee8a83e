"""What tiers are spans of: `overage`, an input of tables that say `hit graduated` or `hit volume`, and of no other."""

from __future__ import annotations

from fractions import Fraction

from dsl.amounts import Quantity, read_amount
from dsl.conditions import words_of
from dsl.syntax import Block
from engine.formulas import Unit
from engine.hooks import Level
from engine.model import Input, InputType, Span
from engine.names import fold
from engine.tiers import OVERAGE

_SOME = Span(Fraction(0), None, low_counts=False)
"""Where nothing is beyond the allowance, no tier is asked."""


def overage(type_: InputType = InputType.DURATION) -> Input:
    """What is beyond the allowance in the cycle, in time or in requests."""
    return Input(OVERAGE, OVERAGE, Level.SEGMENT, type_, domain=_SOME)


def overage_in(block: Block) -> Input:
    """What the tiers of a table count, by their bounds: requests where one of them is a number of requests."""
    if block.header is not None:
        for column, header in enumerate(block.header.cells):
            if fold(header.text) == OVERAGE:
                texts = {line.texts[column] for line in block.rows if not line.bad}
                if any(_counts_requests(text) for text in texts):
                    return overage(InputType.REQUESTS)
    return overage()


def _counts_requests(text: str) -> bool:
    found = (read_amount(word, ()) for word in words_of(text, overage()))
    return any(isinstance(one, Quantity) and one.unit is Unit.REQUESTS for one in found)
