"""Numbers that are confirmed: a fenced series gives none out, on either database."""

import pytest

from tarifa.services import numbers
from tarifa.services.results import Refused
from tests.services.installation import Installation, at


async def test_a_fenced_database_bills_nothing_until_all_its_numbers_are_confirmed(here: Installation) -> None:
    await here.contract()
    async with here.database.writing() as transaction:
        await transaction.run("UPDATE series SET is_fenced = 1")
    with pytest.raises(numbers.FencedError):
        await here.bill("2026-03-01")
    said = {"by": "boss", "now": at("2026-03-01")}
    refused = await numbers.confirm_numbers(here.database, ["INV-7"], **said)  # type: ignore[arg-type]  # two keywords
    assert isinstance(refused, Refused)
    done = await numbers.confirm_numbers(here.database, ["CN-0", "INV-7"], **said)  # type: ignore[arg-type]  # two keywords
    assert done == (numbers.Confirmed("INV-000008", 7), numbers.Confirmed("CN-000001", 0))
    [billed] = (await here.bill("2026-03-01")).billed
    assert billed.document == "INV-000008"
    assert await here.values("SELECT last FROM confirmed_numbers ORDER BY last") == [0, 7]
