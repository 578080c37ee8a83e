"""The books that faults happen to."""

from __future__ import annotations

from tarifa.settings import Settings
from tests.faults.late import CONTRACTS  # three batches
from tests.services.installation import installed, work


async def record(settings: Settings, *, contracts: int = CONTRACTS) -> None:
    """Contracts of three plans with work, and nothing billed."""
    plans = ("Care", "Open", "Block")
    async with installed(settings) as here:
        rows = []
        for n in range(contracts):
            account = f"Account {n}"
            await here.account(account)
            await here.contract(f"C-{n:03d}", plans[n % 3], f"2026-0{3 + n % 3}-{1 + n % 28:02d}", account=account)
            for month in (3, 4, 5):
                start = f"2026-0{month}-{2 + n % 26:02d} {8 + n % 12:02d}:00"
                rows.append(work(f"w{n}-{month}", start, 30 + 7 * n % 600, account=account))
        batch = await here.record(*rows)
        assert batch.problems == ()
