"""Who asks, and which fields they may ask for.

A request carries an API key as `Authorization: Bearer tarifa_...`; without one that is good it is answered with 401
before anything else is read. What a key may see is its `Scope`, applied by the queries themselves. What it may do is
one rule, `ALLOWED`: a root field for the audiences listed, every other field for all but those in `WITHHELD`. The rule
runs once per operation, before execution; no field carries a permission class.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from graphql import GraphQLError

from graphql_api.errors import ClientError
from tarifa.services import keys
from tarifa.services.keys import KeyRefused, Principal, Role
from tarifa.storage import Database


class Audience(StrEnum):
    """A key's role; a key for one account is a customer whatever its role is called."""

    ADMIN = "admin"
    BILLING = "billing"
    RECORDER = "recorder"
    READER = "reader"
    CUSTOMER = "customer"


EVERYONE = frozenset(Audience)
STAFF = EVERYONE - {Audience.CUSTOMER}
OFFICE = frozenset({Audience.ADMIN, Audience.BILLING})
RECORDERS = OFFICE | {Audience.RECORDER}
ADMINS = frozenset({Audience.ADMIN})

ALLOWED: Mapping[str, frozenset[Audience]] = {
    "Query.service": EVERYONE,
    "Query.accounts": EVERYONE,
    "Query.account": EVERYONE,
    "Query.contracts": EVERYONE,
    "Query.contract": EVERYONE,
    "Query.worklogs": EVERYONE,
    "Query.worklog": EVERYONE,
    "Query.documents": EVERYONE,
    "Query.document": EVERYONE,
    "Query.overdue": EVERYONE,
    "Query.payments": EVERYONE,
    "Query.payment": EVERYONE,
    "Query.statement": EVERYONE,
    "Query.closings": EVERYONE,
    "Query.notices": EVERYONE,
    "Query.nextHour": EVERYONE,
    "Query.preview": STAFF,
    "Query.whyNot": ADMINS,
    "Query.exceptions": STAFF,
    "Query.parkedContracts": STAFF,
    "Query.runs": STAFF,
    "Query.bookChecks": OFFICE,
    "Query.sellers": STAFF,
    "Query.audit": ADMINS,
    "Query.billGroups": STAFF,
    "Query.rulesets": STAFF,
    "Query.rulesetVersions": STAFF,
    "Query.activations": STAFF,
    "Mutation.recordAccounts": OFFICE,
    "Mutation.createContract": OFFICE,
    "Mutation.recordEntity": OFFICE,
    "Mutation.recordBillGroup": OFFICE,
    "Mutation.joinBillGroup": OFFICE,
    "Mutation.leaveBillGroup": OFFICE,
    "Mutation.openSeries": ADMINS,
    "Mutation.amendContract": OFFICE,
    "Mutation.buyTopUp": OFFICE,
    "Mutation.decideException": OFFICE,
    "Mutation.creditLines": OFFICE,
    "Mutation.cancelDocument": OFFICE,
    "Mutation.recordPayment": OFFICE,
    "Mutation.allocate": OFFICE,
    "Mutation.approveDocument": OFFICE,
    "Mutation.setQuantity": RECORDERS,
    "Mutation.recordWorklogs": RECORDERS,
    "Mutation.billDue": OFFICE,
    "Mutation.startRun": OFFICE,
    "Mutation.publishRuleset": ADMINS,
    "Mutation.activateRuleset": ADMINS,
}
"""Every root field; a test holds it against the schema."""

WITHHELD: Mapping[str, frozenset[Audience]] = {
    field: frozenset({Audience.CUSTOMER})
    for field in (
        "Account.recordedBy",
        "Contract.createdBy",
        "Contract.parked",
        "Amendment.recordedBy",
        "ItemQuantity.recordedBy",
        "Opening.recordedBy",
        "Opening.note",
        "TopUp.boughtBy",
        "Worklog.recordedBy",
        "NextHour.waits",
        "Worklog.held",
        "Worklog.note",
        "Payment.note",
        "Payment.recordedBy",
        "Allocation.recordedBy",
    )
}
"""Fields that some audiences never see: names of staff, and reasons that tell of the ruleset's inside."""


@dataclass(frozen=True, slots=True)
class Unauthorized:
    """Why a request has no caller; becomes the body of a 401."""

    code: str
    message: str
    remedy: str


NO_KEY = Unauthorized(
    "no-key",
    "This needs an API key.",
    "Send the header `Authorization: Bearer tarifa_...`; `tarifa keys create` makes a key.",
)
NOT_BEARER = Unauthorized(
    "no-key",
    "The header `Authorization` is not of the form `Bearer tarifa_...`.",
    "Send the word Bearer, one blank, and the whole key.",
)
_REFUSALS = {
    "unknown": "This API key is not known here.",
    "expired": "This API key has expired",
    "revoked": "This API key was revoked",
}


async def authenticate(database: Database, header: str | None, *, now: datetime) -> Principal | Unauthorized:
    """Find whose key a request carries.

    Args:
        database: Where the keys are.
        header: The value of `Authorization`; None where there is none.
        now: Decides whether the key has expired.
    """
    if header is None:
        return NO_KEY
    scheme, _, secret = header.strip().partition(" ")
    if scheme.lower() != "bearer" or not secret.strip():
        return NOT_BEARER
    found = await keys.authenticate(database, secret.strip(), now=now)
    if isinstance(found, KeyRefused):
        said = _REFUSALS[found.reason]
        if found.at is not None:
            said = f"{said} on {found.at:%Y-%m-%d at %H:%M} UTC."
        remedy = "Check that the whole key was copied." if found.reason == "unknown" else "Ask for a new key."
        return Unauthorized(f"{found.reason}-key", said, remedy)
    return found


def audience_of(principal: Principal) -> Audience:
    """The audience that a key belongs to."""
    if principal.scope.account is not None:
        return Audience.CUSTOMER
    return _AUDIENCES[principal.role]


_AUDIENCES = {
    Role.ADMIN: Audience.ADMIN,
    Role.BILLING: Audience.BILLING,
    Role.RECORDER: Audience.RECORDER,
    Role.READER: Audience.READER,
}


def may_ask(audience: Audience, field: str) -> bool:
    """Whether `audience` may ask for `field` (`Type.field`). Root fields that no rule names are nobody's."""
    if field.startswith(("Query.", "Mutation.")) and not field.partition(".")[2].startswith("__"):
        return audience in ALLOWED.get(field, frozenset())
    return audience not in WITHHELD.get(field, frozenset())


def role_errors(audience: Audience, fields: Set[str]) -> list[GraphQLError]:
    """What an operation asks for that its caller may not have: all of it, in order of name."""
    return [_forbidden(audience, field) for field in sorted(fields) if not may_ask(audience, field)]


def _forbidden(audience: Audience, field: str) -> ClientError:
    allowed = ALLOWED.get(field, EVERYONE - WITHHELD.get(field, frozenset()))
    names = ", ".join(role.value for role in Audience if role in allowed)
    kind = "A key for one account" if audience is Audience.CUSTOMER else f"A key with the role {audience.value}"
    return ClientError(
        f"{kind} may not ask for {field}.", code="forbidden", remedy=f"Use a key with one of these roles: {names}."
    )
