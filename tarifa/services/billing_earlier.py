"""Read what the documents of a contract leave to its next one: tax pools, and what is spent of a fixed discount."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from engine.facts import DocumentDiscount
from engine.taxation import Pool, PoolSum
from tarifa.services.billing_contracts import ContractFacts
from tarifa.services.billing_facts import BilledItem
from tarifa.storage import Database, marks
from tarifa.storage.mapping import pool


async def read_pools(
    database: Database, billed: Mapping[str, Mapping[str, BilledItem]]
) -> dict[str, dict[Pool, PoolSum]]:
    """By contract id, what lies in the tax pools of the documents on which items were billed."""
    lines = {
        (of, one.billed.line.document) for of in billed for one in billed[of].values() if one.billed.line is not None
    }
    numbers = sorted({document for _, document in lines})
    rows = await database.rows(
        "SELECT d.contract_id, d.number, t.of_pos, t.taxes, t.n, sum(t.amount) AS amount, sum(t.tax) AS tax"
        " FROM documents d JOIN tax_pools t ON t.of_document_id = d.id"
        f" WHERE d.number IN ({marks(len(numbers))}) GROUP BY d.contract_id, d.number, t.of_pos, t.taxes, t.n"
        " ORDER BY t.n",
        numbers,
    )
    found: defaultdict[str, dict[Pool, PoolSum]] = defaultdict(dict)
    for row in rows:
        pools, key = found[row["contract_id"]], pool(row["taxes"], document=row["number"], position=row["of_pos"])
        before = pools[key].taxes if key in pools else ()
        pools[key] = PoolSum(row["amount"], (*before, row["tax"]))
    return found


async def read_spent(database: Database, contracts: Sequence[ContractFacts]) -> dict[str, int]:
    """By contract id, what documents took of the fixed discount of the contracts that have one, in minor units."""
    ids = [one.head.contract_id for one in contracts if _has_fixed_discount(one)]
    if not ids:
        return {}
    rows = await database.rows(
        "SELECT d.contract_id, sum(l.off_fixed) AS spent FROM documents d JOIN lines l ON l.document_id = d.id"
        f" WHERE l.off_fixed <> 0 AND d.contract_id IN ({marks(len(ids))}) GROUP BY d.contract_id",
        ids,
    )
    return {row["contract_id"]: row["spent"] for row in rows}


def _has_fixed_discount(facts: ContractFacts) -> bool:
    discounts = (one for terms in facts.contract.terms for one in terms.discounts)
    return any(isinstance(one, DocumentDiscount) and one.amount for one in discounts)
