"""Work that arrives while its month is being billed."""

from __future__ import annotations

from tarifa.services.inputs import WorklogInput
from tests.services.installation import work

CONTRACTS = 230
STEP = 2


def late_work() -> list[WorklogInput]:
    """Work of March to May: some of it new, some of it a revision of what is on record."""
    rows = []
    for n in range(0, CONTRACTS, STEP):
        account, start = f"Account {n}", f"2026-05-{3 + n % 25:02d} 10:00"
        rows.append(work(f"late{n}", start, 45 + n, account=account))
        rows.append(work(f"w{n}-5", f"2026-05-{2 + n % 26:02d} {8 + n % 12:02d}:00", 20 + n, account=account))
    return rows
