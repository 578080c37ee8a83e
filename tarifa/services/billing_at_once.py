"""Amendments whose difference is billed at once (D6): which of them wait for their document.

Such an amendment is billed by itself where the cycle of its first day was billed ahead already; what it changes of fees
and items is owed on its first day, or, if that has passed, on the day on which it was recorded. The settlement leaves the
contract's counters where they are, so that the next boundary settles all that the amendment changes, and finds nothing
left to owe of these (docs/adr/0020).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from engine.calendars import local_day
from engine.facts import Difference
from tarifa.storage import Row, Rows, marks
from tarifa.zones import zone

PART = "amendment-"
"""Begins the part of an obligation that is the difference of an amendment; its number comes behind."""


@dataclass(frozen=True, slots=True)
class AtOnce:
    """An amendment that was recorded since the contract was settled, and not billed by itself so far.

    Attributes:
        number: Of the amendment.
        on: The day of its document.
        reaches: The first day for which it may change something.
    """

    number: int
    on: date
    reaches: date

    @property
    def part(self) -> str:
        """What it owes, once."""
        return f"{PART}{self.number}"


async def read_at_once(
    database: Rows, contracts: Sequence[Row], amendments: Mapping[str, Sequence[Row]]
) -> dict[str, tuple[AtOnce, ...]]:
    """By contract id, the amendments to be billed at once, in order of their days.

    Args:
        database: Read from.
        contracts: Their rows, with `settled_account_seq` and `billed_through` of their heads.
        amendments: By contract id, in order of their numbers.
    """
    found: dict[str, tuple[AtOnce, ...]] = {}
    for row in contracts:
        both = zip(amendments[row["id"]], amendments[row["id"]][1:], strict=False)
        new = [_at_once(row, before, one) for before, one in both if _is_new(row, one)]
        if new and row["billed_through"] >= 0:
            found[row["id"]] = tuple(sorted(new, key=lambda one: (one.on, one.number)))
    if not found:
        return {}
    met = await database.rows(
        "SELECT o.contract_id, o.part FROM obligations o"
        f" WHERE o.contract_id IN ({marks(len(found))}) AND o.part LIKE '{PART}%'",
        list(found),
    )
    done = {(row["contract_id"], row["part"]) for row in met}
    left = {id_: tuple(one for one in those if (id_, one.part) not in done) for id_, those in found.items()}
    return {id_: those for id_, those in left.items() if those}


def _is_new(contract: Row, amendment: Row) -> bool:
    return bool(amendment["difference"] == Difference.AT_ONCE and amendment["seq"] > contract["settled_account_seq"])


def _at_once(contract: Row, before: Row, amendment: Row) -> AtOnce:
    clock = zone(contract["zone"])
    day = date.fromisoformat(amendment["effective_from"])
    recorded = local_day(amendment["recorded_at"], clock) if clock is not None else day
    has_other_end = before["end_date"] != amendment["end_date"]
    start = date.fromisoformat(contract["start"])
    # What is spread over all of the contract changes with its end.
    return AtOnce(amendment["n"], max(day, recorded), start if has_other_end else day)
