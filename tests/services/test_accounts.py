from tarifa.reading import accounts as reading
from tarifa.reading.pages import PageRequest
from tarifa.reading.scope import EVERYTHING
from tarifa.services import accounts
from tarifa.services.inputs import AccountInput, SiteInput
from tarifa.services.results import Batch, Change
from tests.services.installation import BY, RECORDED, Installation


async def _record(here: Installation, *given: AccountInput) -> Batch:
    return await accounts.record_accounts(here.database, given, by=BY, now=RECORDED)


async def test_the_same_account_again_changes_nothing(here: Installation) -> None:
    given = AccountInput("Globex", "Globex Ltd", "PT", sites=(SiteInput("HQ", "Europe/Lisbon"),))
    first, second = await _record(here, given), await _record(here, given)
    assert [one.change for one in (*first.recorded, *second.recorded)] == [Change.NEW, Change.UNCHANGED]
    assert first.recorded[0].revision == second.recorded[0].revision


async def test_another_payload_is_a_revision_and_the_key_keeps_its_first_spelling(here: Installation) -> None:
    await _record(here, AccountInput("Globex", "Globex Ltd"))
    revised = await _record(
        here, AccountInput("  GLOBEX ", "Globex Inc", "US", sites=(SiteInput("HQ", "America/Chicago"),))
    )
    assert revised.recorded[0].change is Change.REVISED
    view = await reading.account(here.database, EVERYTHING, "globex")
    assert view is not None
    assert (view.label, view.name, view.country) == ("Globex", "Globex Inc", "US")
    sites = await reading.sites_by_account(here.database, EVERYTHING, ["Globex"])
    assert [(site.label, site.zone) for site in sites["globex"]] == [("HQ", "America/Chicago")]
    assert len((await reading.accounts(here.database, EVERYTHING, PageRequest())).nodes) == 2


async def test_a_bad_account_stops_no_other(here: Installation) -> None:
    batch = await _record(
        here,
        AccountInput(" "),
        AccountInput("Good"),
        AccountInput("Bad", sites=(SiteInput("HQ", "Europe/Lisbonne"),)),
        AccountInput("Twice", sites=(SiteInput("HQ"), SiteInput("hq"))),
        AccountInput("Line\nbreak"),
        AccountInput("x" * 201),
        AccountInput("Acme \u202eproC"),
        AccountInput("Ac\u200bme"),
    )
    assert [one.key for one in batch.recorded] == ["good"]
    assert [(one.index, one.code) for one in batch.problems] == [
        (0, "blank-name"),
        (2, "unknown-zone"),
        (3, "duplicate-site"),
        (4, "control-character"),
        (5, "long-name"),
        (6, "control-character"),
        (7, "control-character"),
    ]
    assert "U+202E (right-to-left override)" in batch.problems[5].message
    zone = batch.problems[1]
    assert zone.message == "there is no time zone called `Europe/Lisbonne`"
    assert zone.remedy == "did you mean `Europe/Lisbon`?"


async def test_a_site_that_is_not_listed_stays(here: Installation) -> None:
    await _record(here, AccountInput("Globex", sites=(SiteInput("HQ"), SiteInput("Plant"))))
    await _record(here, AccountInput("Globex", sites=(SiteInput("HQ", "Europe/Lisbon"),)))
    sites = await reading.sites_by_account(here.database, EVERYTHING, ["globex"])
    assert [(site.key, site.zone) for site in sites["globex"]] == [("hq", "Europe/Lisbon"), ("plant", None)]
