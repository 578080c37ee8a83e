"""Payments from a file: which documents were paid, and since when, for allowances that open then (docs/adr/0021)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from engine.documents import DocumentTerms, Draft
from engine.facts import AllowanceOpens, Contract
from engine.periods import Cycles
from engine.settlement import contract_cycles
from engine.timeline import Timeline
from tarifa.files.facts import PaymentRow, Placed
from tarifa.files.problems import did_you_mean


def paid_cycles(
    rows: Iterable[Placed[PaymentRow]], contracts: Mapping[str, Contract], known: Iterable[str], timeline: Timeline
) -> tuple[Mapping[str, Mapping[int, date]], Sequence[tuple[Placed[PaymentRow], str]]]:
    """By contract number and cycle, since when the document that billed it ahead is paid; and rows that name none.

    Args:
        rows: What the file says.
        contracts: By number, those that can be billed.
        known: The numbers of all contracts.
        timeline: The versions in force.
    """
    found: defaultdict[str, dict[int, date]] = defaultdict(dict)
    wrong: list[tuple[Placed[PaymentRow], str]] = []
    numbers = frozenset(known)
    for row in rows:
        paid = row.value
        if paid.contract not in numbers:
            why = f"there is no contract `{paid.contract}`{did_you_mean(paid.contract, numbers)}"
            wrong.append((row, why))
            continue
        contract = contracts.get(paid.contract)
        cycles = contract_cycles(contract, timeline) if contract is not None else None
        if not isinstance(cycles, Cycles):
            continue  # the contract waits itself
        n = cycles.number(paid.boundary) if paid.boundary >= cycles.start else -1
        if n < 0 or cycles.boundary(n) != paid.boundary:
            wrong.append((row, f"{paid.boundary} is no boundary of the contract `{paid.contract}`"))
            continue
        found[paid.contract][n] = paid.on
    return found, wrong


def asks_for_payments(contract: Contract) -> bool:
    """Whether some of its allowance opens when its document is paid."""
    return any(one.allowance_opens is AllowanceOpens.WHEN_PAID for one in contract.terms)


def free(documents: Iterable[Draft], boundaries: Mapping[int, date], paid: Mapping[int, date]) -> Mapping[int, date]:
    """Cycles for which nothing was to be paid: they are as good as paid from their first day on."""
    of_contracts = [(one.terms, one.payable) for one in documents if isinstance(one.terms, DocumentTerms)]
    to_pay = {terms.boundary for terms, payable in of_contracts if _is_of_boundary(terms, boundaries) and payable > 0}
    return {n: date.min for n in boundaries if n not in to_pay and n not in paid}


def _is_of_boundary(terms: DocumentTerms, boundaries: Mapping[int, date]) -> bool:
    """A difference at once is on another day than the boundary that billed its cycle."""
    return boundaries.get(terms.boundary) == terms.boundary_on
