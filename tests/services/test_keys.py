from datetime import timedelta

from tarifa.reading.scope import Scope
from tarifa.services import keys
from tarifa.services.keys import CreatedKey, KeyRefused, Principal, Role
from tarifa.services.results import Change, Recorded, Refused
from tests.services.installation import BY, RECORDED, Installation


async def _key(here: Installation, **others: object) -> CreatedKey:
    given = {"label": "shop", "role": Role.ADMIN, **others}
    made = await keys.create_key(here.database, by=BY, now=RECORDED, **given)  # type: ignore[arg-type]  # any field, by name
    assert isinstance(made, CreatedKey), made
    return made


async def test_a_key_opens_and_its_secret_is_kept_nowhere(here: Installation) -> None:
    made = await _key(here)
    found = await keys.authenticate(here.database, made.secret, now=RECORDED)
    assert found == made.principal == Principal(made.principal.prefix, "shop", Role.ADMIN, Scope(None))
    random = made.secret.split("_", 2)[2]
    assert len(random) >= 43
    for table in ("api_keys", "events"):
        rows = await here.database.rows(f"SELECT * FROM {table}")  # noqa: S608 - names of our own tables
        assert not any(random in str(tuple(row)) for row in rows)  # type: ignore[call-overload]  # the driver's rows


async def test_a_key_that_was_never_made_opens_nothing(here: Installation) -> None:
    made = await _key(here)
    wrong = (
        made.secret[:-1] + ("A" if made.secret[-1] != "A" else "B"),
        "",
        "tarifa",
        "tarifa__",
        "x" * 5000,
        made.secret.upper(),
    )
    for secret in wrong:
        assert await keys.authenticate(here.database, secret, now=RECORDED) == KeyRefused("unknown")


async def test_an_expired_or_revoked_key_says_since_when(here: Installation) -> None:
    expires = RECORDED + timedelta(days=1)
    made = await _key(here, expires=expires)
    assert isinstance(
        await keys.authenticate(here.database, made.secret, now=expires - timedelta(seconds=1)), Principal
    )
    assert await keys.authenticate(here.database, made.secret, now=expires) == KeyRefused("expired", expires)
    revoked = await keys.revoke_key(here.database, made.principal.prefix, by=BY, now=RECORDED)
    assert revoked == Recorded(made.principal.prefix, Change.REVISED)
    assert await keys.authenticate(here.database, made.secret, now=RECORDED) == KeyRefused("revoked", RECORDED)
    again = await keys.revoke_key(here.database, made.principal.prefix, by=BY, now=RECORDED)
    assert again == Recorded(made.principal.prefix, Change.UNCHANGED)


async def test_a_key_for_one_account_sees_that_account(here: Installation) -> None:
    made = await _key(here, account="ACME corp", role=Role.READER)
    assert made.principal.scope == Scope("acme corp")
    found = await keys.authenticate(here.database, made.secret, now=RECORDED)
    assert found == made.principal


async def test_a_key_that_makes_no_sense_is_refused(here: Installation) -> None:
    async def code(**others: object) -> str:
        given = {"label": "shop", "role": Role.READER, **others}
        made = await keys.create_key(here.database, by=BY, now=RECORDED, **given)  # type: ignore[arg-type]  # any field, by name
        assert isinstance(made, Refused)
        return made.problems[0].code

    assert await code(account="Acme Corp", role=Role.ADMIN) == "scoped-role"
    assert await code(account="Nobody") == "unknown-account"
    assert await code(expires=RECORDED) == "expired"
    assert await code(label=" ") == "blank-label"
    unknown = await keys.revoke_key(here.database, "nothing", by=BY, now=RECORDED)
    assert isinstance(unknown, Refused)


async def test_keys_are_listed_without_their_secrets(here: Installation) -> None:
    first, second = await _key(here), await _key(here, label="portal", account="Acme Corp", role=Role.READER)
    listed = await keys.list_keys(here.database)
    assert [(one.prefix, one.label, one.account) for one in listed] == [
        (first.principal.prefix, "shop", None),
        (second.principal.prefix, "portal", "acme corp"),
    ]
