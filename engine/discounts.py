"""Discounts of a whole document, spread over its lines before tax (D7.4)."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from engine.facts import DocumentDiscount, Terms
from engine.items import Delta, OffDocument
from engine.money import Currency, Rounding, rounded, split, to_minor


def off_lines(
    deltas: Sequence[Delta], terms: Terms, *, currency: Currency, rounding: Rounding, spent: int
) -> tuple[OffDocument, ...]:
    """What is taken off each line, in minor units.

    A percentage is taken off what is new on the document, rounded once and spread; a correction has the percentage of
    the line that it corrects. A fixed discount is taken off what is new until it is spent; a line that is corrected
    keeps its part of it, down to nothing.

    Args:
        deltas: The lines, less their line discounts.
        terms: In force at the document's boundary.
        currency: Of the document.
        rounding: Of the ruleset.
        spent: What earlier documents of the contract took of the fixed discount.
    """
    agreed = [one for one in terms.discounts if isinstance(one, DocumentDiscount)]
    share = sum((one.share for one in agreed), Fraction(0))
    fixed = to_minor(sum((one.amount for one in agreed), Fraction(0)), currency, rounding)
    off = {at: _corrected(one, rounding) for at, one in enumerate(deltas) if _corrects(one)}
    new = [at for at in range(len(deltas)) if at not in off]
    nets = [deltas[at].net for at in new]
    by_share = split(rounded(sum(nets) * share, rounding), [net * share for net in nets]) if new else ()
    left = [net - part for net, part in zip(nets, by_share, strict=True)]
    to_spend = fixed - spent - sum(one.fixed for one in off.values())
    taken = max(0, min(to_spend, sum(left)))
    parts = split(taken, [Fraction(taken * net, sum(left)) for net in left]) if taken else (0,) * len(left)
    for at, percent, part in zip(new, by_share, parts, strict=True):
        off[at] = OffDocument(share, percent, part)
    return tuple(off[at] for at in range(len(deltas)))


def _corrects(delta: Delta) -> bool:
    return delta.before is not None and delta.before.line is not None


def _corrected(delta: Delta, rounding: Rounding) -> OffDocument:
    """What a correction changes of what was taken off: all of it comes back with a line that is taken back whole."""
    before = delta.before.off if delta.before is not None else OffDocument()
    by_share = rounded(delta.item.net * before.share, rounding)
    left = delta.item.net - by_share
    fixed = min(before.fixed, max(left, 0)) if before.fixed >= 0 else max(before.fixed, min(left, 0))
    return OffDocument(before.share, by_share - before.by_share, fixed - before.fixed)
