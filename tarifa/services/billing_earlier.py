"""Read what the documents of a contract leave to its next one: tax pools, credit by hand, a discount that is spent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.documents import Credited
from engine.facts import DocumentDiscount
from engine.items import LineRef
from engine.taxation import Pool, PoolSum
from tarifa.services.billing_contracts import ContractFacts
from tarifa.services.billing_facts import BilledItem
from tarifa.storage import Rows, marks
from tarifa.storage.mapping import pool


async def read_pools(database: Rows, billed: Mapping[str, Mapping[str, BilledItem]]) -> dict[Pool, PoolSum]:
    """What lies in the tax pools of the documents on which items were billed."""
    return await pools_of(database, _documents(billed))


def _documents(billed: Mapping[str, Mapping[str, BilledItem]]) -> list[str]:
    """The numbers of the documents on which items were first billed."""
    lines = (one.billed.line for of in billed.values() for one in of.values())
    return sorted({line.document for line in lines if line is not None})


async def pools_of(rows_: Rows, numbers: Sequence[str]) -> dict[Pool, PoolSum]:
    """What lies in the tax pools of documents."""
    rows = await rows_.rows(
        "SELECT d.number, t.of_pos, t.taxes, t.n, sum(t.amount) AS amount, sum(t.tax) AS tax"
        " FROM documents d JOIN tax_pools t ON t.of_document_id = d.id"
        f" WHERE d.number IN ({marks(len(numbers))}) GROUP BY d.number, t.of_pos, t.taxes, t.n"
        " ORDER BY t.n",
        numbers,
    )
    pools: dict[Pool, PoolSum] = {}
    for row in rows:
        key = pool(row["taxes"], document=row["number"], position=row["of_pos"])
        before = pools[key].taxes if key in pools else ()
        pools[key] = PoolSum(row["amount"], (*before, row["tax"]))
    return pools


LEFT_OF_LINE = (
    "CAST((SELECT sum(x.net + x.tax_included) FROM lines x WHERE (x.document_id = l.document_id AND x.pos = l.pos)"
    " OR (x.corrects_document_id = l.document_id AND x.corrects_pos = l.pos)) AS BIGINT)"
)
"""What is left of a line `l` that corrects nothing, with its corrections and all credit, as its prices say it."""


async def read_credited(database: Rows, billed: Mapping[str, Mapping[str, BilledItem]]) -> dict[LineRef, Credited]:
    """The lines for which credit was given by hand, of the documents on which items were billed."""
    numbers = _documents(billed)
    rows = await database.rows(
        f"SELECT d.number, l.pos, {LEFT_OF_LINE} AS left_of_it, c.by_hand FROM documents d"
        " JOIN (SELECT corrects_document_id AS id, corrects_pos AS pos, CAST(-sum(amount) AS BIGINT) AS by_hand FROM lines"
        " WHERE manual_reason IS NOT NULL GROUP BY corrects_document_id, corrects_pos) c ON c.id = d.id"
        f" JOIN lines l ON l.document_id = d.id AND l.pos = c.pos WHERE d.number IN ({marks(len(numbers))})",
        numbers,
    )
    return {LineRef(row["number"], row["pos"]): Credited(row["left_of_it"], row["by_hand"]) for row in rows}


async def read_spent(database: Rows, contracts: Sequence[ContractFacts]) -> dict[str, int]:
    """By contract id, what documents took of the fixed discount of the contracts that have one, in minor units."""
    ids = [one.head.contract_id for one in contracts if _has_fixed_discount(one)]
    if not ids:
        return {}
    rows = await database.rows(
        "SELECT s.contract_id, CAST(sum(l.off_fixed) AS BIGINT) AS spent FROM settlements s JOIN lines l ON l.settlement_id = s.id"
        f" WHERE l.off_fixed <> 0 AND s.contract_id IN ({marks(len(ids))}) GROUP BY s.contract_id",
        ids,
    )
    return {row["contract_id"]: row["spent"] for row in rows}


def _has_fixed_discount(facts: ContractFacts) -> bool:
    discounts = (one for terms in facts.contract.terms for one in terms.discounts)
    return any(isinstance(one, DocumentDiscount) and one.amount for one in discounts)
