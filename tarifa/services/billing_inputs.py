"""All that a batch of contracts is settled from, read by the set."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.documents import Credited, Earlier
from engine.items import Closing, LineRef
from engine.taxation import Pool, PoolSum
from tarifa.services.billing_contracts import ContractFacts, read_contracts, read_sisters
from tarifa.services.billing_earlier import read_credited, read_pools, read_spent
from tarifa.services.billing_facts import (
    AccountWork,
    BilledItem,
    read_billed,
    read_charged,
    read_closings,
    read_work,
)
from tarifa.services.failpoints import reach
from tarifa.storage import Rows

if TYPE_CHECKING:
    from tarifa.services.billing_settle import Start


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything that a batch is settled from, beside its contracts; by account or contract id."""

    work: AccountWork
    sisters: Mapping[str, Sequence[ContractFacts]]
    billed: Mapping[str, Mapping[str, BilledItem]]
    closings: Mapping[str, Mapping[int, Closing]]
    charged: Mapping[str, frozenset[str]]
    pools: Mapping[Pool, PoolSum]
    spent: Mapping[str, int]
    credited: Mapping[LineRef, Credited]

    def earlier(self, contract_id: str) -> Earlier:
        """What the documents of a contract leave to its next one."""
        return Earlier(self.pools, self.spent.get(contract_id, 0), self.credited)


async def read_inputs(database: Rows, contracts: Mapping[str, ContractFacts], starts: Mapping[str, Start]) -> Inputs:
    """Read what contracts are settled from, whatever their number in one go."""
    since: dict[str, int] = {}
    cycles: dict[str, int] = {}
    for number, start in starts.items():
        head = contracts[number].head
        since[head.account_id] = min(start.since, since.get(head.account_id, start.since))
        cycles[head.contract_id] = start.from_cycle
    all_numbers = await read_sisters(database, list(since))
    others = await read_contracts(database, [number for number in all_numbers if number not in contracts])
    sisters: defaultdict[str, list[ContractFacts]] = defaultdict(list)  # in one order, whichever are billed together
    for _, facts in sorted({**contracts, **others}.items()):
        sisters[facts.head.account_id].append(facts)
    billed = await read_billed(database, cycles)
    inputs = Inputs(
        await read_work(database, since),
        sisters,
        billed,
        await read_closings(database, cycles),
        await read_charged(database, cycles),
        await read_pools(database, billed),
        await read_spent(database, [contracts[number] for number in starts]),
        await read_credited(database, billed),
    )
    reach("after-read")
    return inputs
