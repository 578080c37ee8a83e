"""The fact files, row by row, as the values that the services and the offline bill take (`docs/files.md`)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from pathlib import Path
from typing import Generic, TypeVar

from engine.facts import AllowanceOpens, Conversion, Difference
from engine.hooks import Level
from engine.names import fold
from tarifa.files.cells import (
    BadCellError,
    day,
    discounts,
    extras,
    is_none,
    names,
    settings,
    to_date,
    to_rate,
    whole,
    yes_no,
    zone_name,
)
from tarifa.files.problems import Place, Problem, did_you_mean
from tarifa.files.sheet import Columns, Row, Sheet, read_sheet
from tarifa.services.inputs import (
    LATE_WINDOW,
    MOST_WINDOW,
    AccountInput,
    AmendmentInput,
    ContractInput,
    Kept,
    OpeningInput,
    RequestInput,
    SiteInput,
    WorklogInput,
)

T = TypeVar("T")
Blank = TypeVar("Blank")

REQUEST_FACTS = ("category", "subcategory", "item", "priority")
WORKLOG_FACTS = ("technician", "role", "work type", "distance")

ACCOUNTS = Columns("account", "key", ("key",), ("name", "country", "region", "tax id", "exempt"))
SITES = Columns("site", "key", ("account", "key"), ("zone", "calendar", "country", "region"))
CONTRACTS = Columns(
    "contract",
    "number",
    ("number", "account", "plan", "start"),
    (
        *("sites", "class", "expiry", "bill from", "currency", "zone", "discount", "overrides"),
        *("seller", "purchase order", "reference", "conversion rate", "conversion on", "conversion source"),
        *("renewed from", "carry over", "lock prices", "late window", "difference", "allowance opens"),
    ),
)
WORKLOGS = Columns(
    "worklog",
    "id",
    ("id", "account", "start"),
    (
        *("site", "request", "kind", *REQUEST_FACTS, "request opened"),
        *(*WORKLOG_FACTS, "billable", "approved", "operational only", "extras"),
    ),
    either=("end", "minutes"),
)
AMENDMENTS = Columns(
    "amendment",
    "contract",
    ("contract", "from"),
    (
        "plan",
        "overrides",
        "discount",
        "suspended",
        "expiry",
        "lock prices",
        "late window",
        "difference",
        "allowance opens",
    ),
)
QUANTITIES = Columns("quantity", "id", ("id", "contract", "item", "from", "quantity"), ())
OPENINGS = Columns("opening", "contract", ("contract", "amount", "expires"), ("note",))
PAYMENTS = Columns("payment", "document", ("document", "paid"), ())
TOP_UPS = Columns("top-up", "id", ("id", "contract", "top up", "at"), ())


@dataclass(frozen=True, slots=True)
class Placed(Generic[T]):
    """A value and the line that it was read from."""

    place: Place
    value: T


@dataclass(frozen=True, slots=True)
class Read(Generic[T]):
    """The rows of a file that could be read, and a problem for each that could not."""

    rows: tuple[Placed[T], ...]
    problems: tuple[Problem, ...] = ()

    @property
    def values(self) -> tuple[T, ...]:
        """The rows without their places."""
        return tuple(row.value for row in self.rows)


@dataclass(frozen=True, slots=True)
class QuantityRow:
    """A count of a recurring item as its file says it."""

    id: str
    contract: str
    item: str
    effective_from: date
    quantity: int


@dataclass(frozen=True, slots=True)
class OpeningRow:
    """Allowance that a contract brings over, as its file says it."""

    contract: str
    opening: OpeningInput


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """That a document was paid in full, as its file says it; documents are named by contract and boundary."""

    contract: str
    boundary: date
    on: date


@dataclass(frozen=True, slots=True)
class TopUpRow:
    """A top-up as its file says it; `at` is a time, or a day's first moment in the contract's zone."""

    id: str
    contract: str
    top_up: str
    at: str | datetime


def read_accounts(path: Path, sites: Path | None = None) -> Read[AccountInput]:
    """Read the accounts, each with its sites.

    Raises:
        FileError: a file cannot be used at all.
    """
    accounts = _each(read_sheet(path, ACCOUNTS), "key", _account)
    if sites is None:
        return accounts
    places = _each(read_sheet(sites, SITES), ("account", "key"), _site)
    known = {fold(account.key) for account in accounts.values}
    strangers = tuple(
        Problem(row.place, row.value[1].key, f"there is no account `{row.value[0]}`{did_you_mean(row.value[0], known)}")
        for row in places.rows
        if fold(row.value[0]) not in known
    )
    of_account: dict[str, list[SiteInput]] = {}
    for owner, site in places.values:
        of_account.setdefault(fold(owner), []).append(site)
    with_sites = tuple(
        Placed(row.place, _with_sites(row.value, of_account.get(fold(row.value.key), ()))) for row in accounts.rows
    )
    return Read(with_sites, accounts.problems + places.problems + strangers)


def read_contracts(path: Path, inputs: frozenset[str] = frozenset()) -> Read[ContractInput]:
    """Read the contracts; a column may also be an input of the rulesets, by folded name. Raises `FileError`."""
    columns = replace(CONTRACTS, declared=inputs)
    return _each(read_sheet(path, columns), "number", lambda row: _contract(row, inputs - CONTRACTS.known))


def read_worklogs(path: Path, inputs: Mapping[str, Level]) -> Read[WorklogInput]:
    """Read the worklogs; a column may also be an input of the rulesets: folded name to level. Raises `FileError`."""
    columns = Columns(
        WORKLOGS.what, WORKLOGS.key, WORKLOGS.required, WORKLOGS.others, WORKLOGS.either, frozenset(inputs)
    )
    request_facts = {*REQUEST_FACTS, *(name for name, level in inputs.items() if level == Level.REQUEST)}
    worklog_facts = {*WORKLOG_FACTS, *(name for name, level in inputs.items() if level == Level.WORKLOG)}
    own = WORKLOGS.known - {*REQUEST_FACTS, *WORKLOG_FACTS}
    facts = (frozenset(request_facts - own), frozenset(worklog_facts - own))
    return _each(read_sheet(path, columns), "id", lambda row: _worklog(row, *facts))


def read_top_ups(path: Path) -> Read[TopUpRow]:
    """Read the top-ups that were bought. Raises `FileError`."""
    return _each(read_sheet(path, TOP_UPS), "id", _top_up)


def read_amendments(path: Path, inputs: frozenset[str] = frozenset()) -> Read[AmendmentInput]:
    """Read what changes of contracts from a day on, inputs of theirs among it. Raises `FileError`."""
    columns = replace(AMENDMENTS, declared=inputs)
    return _each(
        read_sheet(path, columns), ("from", "contract"), lambda row: _amendment(row, inputs - AMENDMENTS.known)
    )


def read_openings(path: Path) -> Read[OpeningRow]:
    """Read what contracts bring over from where they were billed before. Raises `FileError`."""
    return _each(read_sheet(path, OPENINGS), ("amount", "expires", "note", "contract"), _opening)


def read_quantities(path: Path) -> Read[QuantityRow]:
    """Read how many of recurring items contracts have from a day on. Raises `FileError`."""
    return _each(read_sheet(path, QUANTITIES), "id", _quantity)


def read_payments(path: Path) -> Read[PaymentRow]:
    """Read which documents were paid, and when. Raises `FileError`."""
    return _each(read_sheet(path, PAYMENTS), "document", _payment)


def _each(sheet: Sheet, key: str | tuple[str, ...], read: Callable[[Row], T]) -> Read[T]:
    """Read every row; one whose key stands on an earlier line, or with a bad cell, is a problem."""
    columns = (key,) if isinstance(key, str) else key
    found: list[Placed[T]] = []
    problems = list(sheet.problems)
    first: dict[tuple[str, ...], Place] = {}
    for row in sheet.rows:
        named = tuple(fold(row.get(column) or "") for column in columns)
        subject, account = row[columns[-1]], row.get("account") or ""
        if named in first:
            what = " of ".join(f"`{row[column]}`" for column in reversed(columns) if row.get(column))
            problems.append(
                Problem(row.place, subject, f"{what} is there already, on line {first[named].line}", account)
            )
            continue
        first[named] = row.place
        try:
            found.append(Placed(row.place, read(row)))
        except BadCellError as error:
            problems.append(Problem(row.place, subject, str(error), account))
    return Read(tuple(found), tuple(problems))


def _account(row: Row) -> AccountInput:
    return AccountInput(
        key=row["key"],
        name=row.get("name"),
        country=row.get("country"),
        region=row.get("region"),
        tax_id=row.get("tax id"),
        exempt=yes_no(row, "exempt", default=False),
    )


def _site(row: Row) -> tuple[str, SiteInput]:
    site = SiteInput(
        key=row["key"],
        zone=zone_name(row, "zone"),
        calendar=row.get("calendar"),
        country=row.get("country"),
        region=row.get("region"),
    )
    return row["account"], site


def _with_sites(account: AccountInput, sites: Iterable[SiteInput]) -> AccountInput:
    return AccountInput(
        key=account.key,
        name=account.name,
        country=account.country,
        region=account.region,
        tax_id=account.tax_id,
        exempt=account.exempt,
        sites=tuple(sites),
    )


def _contract(row: Row, inputs: frozenset[str]) -> ContractInput:
    start, expiry = to_date("start", row["start"]), day(row, "expiry")
    if expiry is not None and expiry < start:
        raise BadCellError("expiry", expiry.isoformat(), f"that is before the start, {start.isoformat()}")
    return ContractInput(
        number=row["number"],
        account=row["account"],
        plan=row["plan"],
        start=start,
        expiry=expiry,
        bill_from=day(row, "bill from"),
        class_=row.get("class") or "main",
        sites=names(row, "sites"),
        currency=row.get("currency"),
        zone=zone_name(row, "zone"),
        overrides=settings(row, "overrides"),
        discounts=discounts(row, "discount"),
        inputs=_facts(row, inputs),
        seller=row.get("seller"),
        purchase_order=row.get("purchase order"),
        reference=row.get("reference"),
        conversion=_conversion(row),
        renewed_from=row.get("renewed from"),
        carries_over=yes_no(row, "carry over", default=False),
        lock_prices=yes_no(row, "lock prices", default=False),
        late_window=_late_window(row, blank=LATE_WINDOW),
        difference=_difference(row) or Difference.NEXT_BOUNDARY,
        allowance_opens=_allowance_opens(row) or AllowanceOpens.AT_START,
    )


def _late_window(row: Row, *, blank: Blank) -> int | Blank | None:
    """Billed cycles that late work may lie back; None, where the cell says `none`, takes any."""
    if row.get("late window") is None:
        return blank
    if is_none(row, "late window"):
        return None
    cycles = whole(row, "late window")
    if cycles > MOST_WINDOW:
        raise BadCellError("late window", row["late window"], f"write at most `{MOST_WINDOW}`, or `none`")
    return cycles


def _difference(row: Row) -> Difference | None:
    text = row.get("difference")
    if text is None:
        return None
    try:
        return Difference(fold(text))
    except ValueError:
        raise BadCellError("difference", text, "write `next boundary` or `at once`") from None


def _allowance_opens(row: Row) -> AllowanceOpens | None:
    text = row.get("allowance opens")
    if text is None:
        return None
    try:
        return AllowanceOpens(fold(text))
    except ValueError:
        raise BadCellError("allowance opens", text, "write `at start` or `when paid`") from None


def _conversion(row: Row) -> Conversion | None:
    """The rate, its day and its source: all three or none."""
    columns = ("conversion rate", "conversion on", "conversion source")
    rate, on, source = (row.get(column) for column in columns)
    if rate is None and on is None and source is None:
        return None
    if rate is None or on is None or source is None:
        lacking = next(column for column in columns if row.get(column) is None)
        raise BadCellError(lacking, "", "a conversion has a rate, its day and its source")
    return Conversion(to_rate("conversion rate", rate), to_date("conversion on", on), source)


def _worklog(row: Row, request_facts: frozenset[str], worklog_facts: frozenset[str]) -> WorklogInput:
    if row.get("end") is None and row.get("minutes") is None:
        raise BadCellError("end", "", "fill in an end, or `minutes`")
    return WorklogInput(
        id=row["id"],
        account=row["account"],
        start=row["start"],
        end=row.get("end"),
        minutes=row.get("minutes"),
        site=row.get("site"),
        request=_request(row, request_facts),
        fields=_facts(row, worklog_facts),
        billable=yes_no(row, "billable", default=True),
        approved=yes_no(row, "approved", default=True),
        operational_only=yes_no(row, "operational only", default=False),
        extras=extras(row, "extras"),
    )


def _request(row: Row, facts: frozenset[str]) -> RequestInput | None:
    """The ticket of a worklog; facts without a ticket's id belong to one of the worklog's own."""
    fields, kind = _facts(row, facts), row.get("kind")
    number = row.get("request") or (row["id"] if fields or kind else None)
    return None if number is None else RequestInput(number, kind, fields)


def _facts(row: Row, wanted: frozenset[str]) -> dict[str, str]:
    return {name: text for name, text in row.cells.items() if name in wanted}


def _amendment(row: Row, inputs: frozenset[str]) -> AmendmentInput:
    """Blank cells leave things as they are; `none` takes them away."""
    if set(row.cells) <= {"contract", "from"}:
        raise BadCellError("from", row["from"], "the amendment changes nothing; fill a column in")
    told = {name: "" if fold(text) == "none" else text for name, text in _facts(row, inputs).items()}
    return AmendmentInput(
        contract=row["contract"],
        effective_from=to_date("from", row["from"]),
        plan=row.get("plan"),
        overrides=None
        if row.get("overrides") is None
        else {}
        if is_none(row, "overrides")
        else settings(row, "overrides"),
        discounts=None
        if row.get("discount") is None
        else ()
        if is_none(row, "discount")
        else discounts(row, "discount"),
        suspended=yes_no(row, "suspended", default=False) if row.get("suspended") else None,
        expiry=None if is_none(row, "expiry") else day(row, "expiry") or Kept.AS_IT_IS,
        lock_prices=yes_no(row, "lock prices", default=False) if row.get("lock prices") else None,
        late_window=_late_window(row, blank=Kept.AS_IT_IS),
        difference=_difference(row),
        allowance_opens=_allowance_opens(row),
        inputs=told or None,
    )


def _opening(row: Row) -> OpeningRow:
    expires = to_date("expires", row["expires"])
    return OpeningRow(row["contract"], OpeningInput(row["amount"], expires, row.get("note") or ""))


def _quantity(row: Row) -> QuantityRow:
    count = whole(row, "quantity")
    return QuantityRow(row["id"], row["contract"], row["item"], to_date("from", row["from"]), count)


def _payment(row: Row) -> PaymentRow:
    contract, slash, boundary = row["document"].rpartition("/")
    try:
        day_ = date.fromisoformat(boundary)
    except ValueError:
        slash = ""
    if not slash or not contract:
        raise BadCellError("document", row["document"], "write its key, contract and boundary: `C-1001/2026-04-01`")
    return PaymentRow(contract, day_, to_date("paid", row["paid"]))


def _top_up(row: Row) -> TopUpRow:
    at: str | datetime = row["at"]
    if ":" not in row["at"]:
        at = datetime.combine(to_date("at", row["at"]), time.min)
    return TopUpRow(row["id"], row["contract"], row["top up"], at)
