"""The books that faults happen to."""

from __future__ import annotations

from collections.abc import Sequence

from tarifa.services.accounts import record_accounts
from tarifa.services.inputs import AccountInput
from tarifa.settings import Settings
from tests.faults.late import CONTRACTS  # three batches
from tests.services.installation import BY, RECORDED, installed, work


async def record(settings: Settings, *, contracts: int = CONTRACTS, months: Sequence[int] = (3, 4, 5)) -> None:
    """Contracts of three plans that start in those months, with work in each, and nothing billed."""
    plans = ("Care", "Open", "Block")
    async with installed(settings) as here:
        made = [AccountInput(f"Account {n}", country="PT") for n in range(contracts)]
        assert (await record_accounts(here.database, made, by=BY, now=RECORDED)).problems == ()
        rows = []
        for n in range(contracts):
            account, first = f"Account {n}", months[n % len(months)]
            await here.contract(f"C-{n:03d}", plans[n % 3], f"2026-0{first}-{1 + n % 28:02d}", account=account)
            for month in months:
                start = f"2026-0{month}-{2 + n % 26:02d} {8 + n % 12:02d}:00"
                rows.append(work(f"w{n}-{month}", start, 30 + 7 * n % 600, account=account))
        batch = await here.record(*rows)
        assert batch.problems == ()
