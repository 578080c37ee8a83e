"""Documents (invoices and credit notes), their lines, and why a line says what it says."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

from engine.explain import Step as EngineStep
from engine.model import LineKind, RowName
from engine.money import Currency
from graphql_api.context import Info
from graphql_api.limits import PAGE_SIZE
from graphql_api.types.connections import After, Connection, First, bad_cursor, connection, page_request
from graphql_api.types.declare import choice, computed
from graphql_api.types.money import Money, Rate, percent_of
from graphql_api.types.payments import Allocation
from graphql_api.types.problems import NamedValue, named_values
from graphql_api.types.worklogs import LineReference, Worklog
from tarifa.reading.pages import BadCursorError
from tarifa.reading.views import DocumentView, LineExplanation, LineView, PricedBy, TaxView
from tarifa.words import english

if TYPE_CHECKING:
    from graphql_api.types.accounts import Account
    from graphql_api.types.contracts import Contract
    from graphql_api.types.entities import Seller


@strawberry.enum(description="What a document is.")
class DocumentKind(Enum):
    """A total below zero is a credit note."""

    INVOICE = choice("invoice", "Something is to be paid, or nothing.")
    CREDIT_NOTE = choice("credit note", "Its total is below zero: open credit.")


@strawberry.enum(description="How far a document is paid, or a credit note used.")
class PaymentState(Enum):
    """Derived from allocations whenever it is asked for."""

    OPEN = choice("open", "Nothing of it.")
    PARTLY_PAID = choice("partly paid", "Some of it.")
    PAID = choice("paid", "All of it, or there is nothing to pay.")


@strawberry.type(description="A row of the ruleset that decided, and where it stands.")
class DecidingRow:
    """The row that fired; other rows are never shown."""

    hook: str = strawberry.field(description="The step of the pricing that it decided: `rate`, `minimum`, `plan`, ...")
    version: str = strawberry.field(description="The ruleset version, as `Zylker@2026.1`.")
    table: str = strawberry.field(description="The table or block.")
    row: str = strawberry.field(description="Name of the row.")
    file: str = strawberry.field(description="File below the ruleset's folder.")
    line: int = strawberry.field(description="Line in that file, from 1.")

    @staticmethod
    def of(view: PricedBy) -> DecidingRow:
        """Translate a read model."""
        return DecidingRow(
            hook=view.hook, version=view.version, table=view.table, row=view.row, file=view.file, line=view.line
        )


@strawberry.type(description="A row that a step of an explanation points at.")
class ExplainedRow:
    """A row by its name and place."""

    table: str = strawberry.field(description="The table or block.")
    row: str = strawberry.field(description="Name of the row.")
    file: str = strawberry.field(description="File below the ruleset's folder.")
    line: int = strawberry.field(description="Line in that file, from 1.")

    @staticmethod
    def of(row: RowName) -> ExplainedRow:
        """Translate the engine's row name."""
        return ExplainedRow(table=row.table, row=row.row, file=row.origin.file, line=row.origin.line)


@strawberry.type(description="One step from the work to the amount.")
class ExplanationStep:
    """A step, in words and as data."""

    kind: str = strawberry.field(description="What the step is, for programs.")
    sentence: str = strawberry.field(description="The step in words.")
    values: list[NamedValue] = strawberry.field(description="Its operands and its result.")
    rows: list[ExplainedRow] = strawberry.field(description="The rows that decided it.")

    @staticmethod
    def of(step: EngineStep) -> ExplanationStep:
        """Translate the engine's step, and put it into words."""
        return ExplanationStep(
            kind=step.kind,
            sentence=english.sentence(step),
            values=named_values(step.values),
            rows=[ExplainedRow.of(row) for row in step.rows],
        )


@strawberry.type(description="How a line's amount came about, from the operands stored with it.")
class Explanation:
    """Made on demand from what was stored when the line was priced; nothing is rated again."""

    version: str = strawberry.field(description="The ruleset version that priced it, as `Zylker@2026.1`.")
    sentences: list[str] = strawberry.field(description="The whole explanation in words, one sentence a step.")
    steps: list[ExplanationStep] = strawberry.field(description="The same as data.")

    @staticmethod
    def of(view: LineExplanation) -> Explanation:
        """Translate a read model."""
        steps = [ExplanationStep.of(step) for step in view.explanation.steps]
        return Explanation(version=view.version, sentences=[step.sentence for step in steps], steps=steps)


@strawberry.type(description="A line of a document.")
class Line:
    """A line; minutes are whole and real unless said otherwise."""

    document_number: str = strawberry.field(description="The document it is on.")
    account_key: str = strawberry.field(description="Whose it is; another's than who is billed, in a bill group.")
    contract_number: str = strawberry.field(description="The contract whose it is.")
    position: int = strawberry.field(description="Position on it, from 1.")
    item_key: str = strawberry.field(description="Key of the item that it bills, stable over corrections.")
    kind: str = strawberry.field(description="What it charges for: `labour`, `fee`, `surcharge`, `top-up`, ...")
    label: str = strawberry.field(description="What it is, for people.")
    product: str | None = strawberry.field(description="Name of the plan or top-up that is sold.")
    service_from: date = strawberry.field(description="First day of what it pays for.")
    service_to: date = strawberry.field(description="Last day of it, itself included.")
    worklog_id: str | None = strawberry.field(description="The worklog that it bills, `source:externalId`.")
    band: str | None = strawberry.field(description="The band of the calendar that the time lies in.")
    minutes: int = strawberry.field(description="Real minutes.")
    rounded_minutes: int = strawberry.field(description="Minutes after time rounding.")
    covered_minutes: int = strawberry.field(description="Minutes that the allowance covered.")
    overage_minutes: int = strawberry.field(description="Minutes beyond the allowance, charged at `rate`.")
    rate: Rate | None = strawberry.field(description="The price that counted; none where all was covered.")
    amount: Money = strawberry.field(description="What it adds, before discount.")
    discount: Money = strawberry.field(description="What is taken off it as a line.")
    document_discount: Money = strawberry.field(description="Its part of what is taken off the document as a whole.")
    tax_included: Money = strawberry.field(description="What of it is tax, where the ruleset's prices hold tax.")
    net: Money = strawberry.field(description="Amount less discounts, before tax.")
    tax_codes: list[str] = strawberry.field(description="The tax groups of the document that it is in.")
    reason: str | None = strawberry.field(description="Why credit was given by hand, or taken back; none of all else.")
    rows: list[DecidingRow] = strawberry.field(description="The rows that decided, in order of evaluation.")
    corrects: LineReference | None = strawberry.field(description="The earlier line that it corrects.")

    @staticmethod
    def of(view: LineView, currency: Currency) -> Line:
        """Translate a read model; amounts are in the document's currency."""
        per = "hour" if view.kind == LineKind.LABOUR else "one"
        return Line(
            document_number=view.document,
            account_key=view.account,
            contract_number=view.contract,
            position=view.position,
            item_key=view.item_key,
            kind=view.kind,
            label=view.label,
            product=view.product,
            service_from=view.service_from,
            service_to=view.service_to,
            worklog_id=view.work,
            band=view.band,
            minutes=view.minutes,
            rounded_minutes=view.rounded,
            covered_minutes=view.covered,
            overage_minutes=view.overage,
            rate=Rate.of(view.rate, currency, per=per) if view.rate is not None else None,
            amount=Money.of(view.amount, currency),
            discount=Money.of(view.discount, currency),
            document_discount=Money.of(view.document_discount, currency),
            tax_included=Money.of(view.tax_included, currency),
            net=Money.of(view.net, currency),
            tax_codes=list(view.tax_codes),
            reason=view.reason,
            rows=[DecidingRow.of(row) for row in view.rows],
            corrects=LineReference.of(view.corrects) if view.corrects is not None else None,
        )

    @computed("The worklog that it bills.")
    async def worklog(self, info: Info) -> Worklog | None:
        """Batched over the lines of a request."""
        if self.worklog_id is None:
            return None
        view = await info.context.loaders.worklog.load(self.worklog_id)
        return Worklog.of(view) if view is not None else None

    @computed("How its amount came about.")
    async def explanation(self, info: Info) -> Explanation | None:
        """Batched over the lines of a request."""
        view = await info.context.loaders.explanation.load((self.document_number, self.position))
        return Explanation.of(view) if view is not None else None


@strawberry.type(description="The lines of a document under one tax.")
class TaxGroup:
    """Taxed on the group's sum, rounded once."""

    code: str = strawberry.field(description="Code of the tax, from the ruleset.")
    text: str = strawberry.field(description="What the ruleset says of it, such as the reason of an exemption.")
    percent: Decimal = strawberry.field(description="`6.25` is 6.25 %.")
    category: str = strawberry.field(description="Category of EN 16931 (S, Z, E, AE, G, O), or empty.")
    base: Money = strawberry.field(description="What it is on: net amounts, and the taxes that it is a tax on, too.")
    tax: Money = strawberry.field(description="The tax.")

    @staticmethod
    def of(view: TaxView, currency: Currency) -> TaxGroup:
        """Translate a read model; amounts are in the document's currency."""
        return TaxGroup(
            code=view.code,
            text=view.text,
            percent=percent_of(view.rate),
            category=view.category,
            base=Money.of(view.base, currency),
            tax=Money.of(view.tax, currency),
        )


@strawberry.type(description="An invoice or credit note. Once issued it never changes.")
class Document:
    """A document."""

    number: str = strawberry.field(description="Unique and without gaps in its series.")
    kind: DocumentKind = strawberry.field(description="Invoice or credit note.")
    account_key: str = strawberry.field(description="Who is billed.")
    contract_number: str = strawberry.field(
        description="The contract it bills; of a bill group's document, the first of them."
    )
    bill_group: str | None = strawberry.field(description="The bill group whose contracts it bills.")
    currency: str = strawberry.field(description="ISO 4217 code of all its amounts.")
    issue_date: date = strawberry.field(description="The day it was issued.")
    boundary_on: date = strawberry.field(description="The boundary between cycles that it bills.")
    due_date: date = strawberry.field(description="When it is to be paid.")
    seller: str | None = strawberry.field(description="Who sells: the key, as it was written.")
    purchase_order: str | None = strawberry.field(description="The customer's purchase order, as the contract says.")
    reference: str | None = strawberry.field(description="The customer's own reference, as the contract says.")
    net: Money = strawberry.field(description="Sum of the lines, before tax.")
    tax: Money = strawberry.field(description="Sum of the taxes.")
    total: Money = strawberry.field(description="Net and tax; below zero on a credit note.")
    rounding: Money = strawberry.field(description="What rounding to amounts that can be paid in cash adds.")
    payable: Money = strawberry.field(description="What is to be paid: total and rounding.")
    open: Money = strawberry.field(
        description="What is still to be paid; of a credit note, what can still be used. Never below zero."
    )
    cancelled_by: str | None = strawberry.field(description="Number of the credit note that took it back whole.")
    payment_state: PaymentState = strawberry.field(description="How far it is paid, or used.")
    sha256: str = strawberry.field(description="Digest of its canonical JSON, in hexadecimal.")
    issued_at: datetime = strawberry.field(description="The instant it was issued.")
    in_currency: strawberry.Private[Currency]

    @staticmethod
    def of(view: DocumentView) -> Document:
        """Translate a read model."""
        return Document(
            number=view.number,
            kind=DocumentKind(view.kind),
            account_key=view.account,
            contract_number=view.contract,
            bill_group=view.bill_group,
            currency=view.currency.code,
            issue_date=view.issue_date,
            boundary_on=view.boundary_on,
            due_date=view.due_date,
            seller=view.seller,
            purchase_order=view.purchase_order,
            reference=view.reference,
            net=Money.of(view.net, view.currency),
            tax=Money.of(view.tax, view.currency),
            total=Money.of(view.total, view.currency),
            rounding=Money.of(view.rounding, view.currency),
            payable=Money.of(view.total + view.rounding, view.currency),
            open=Money.of(view.open, view.currency),
            cancelled_by=view.cancelled_by,
            payment_state=_payment_state(view),
            sha256=view.sha256,
            issued_at=view.issued_at,
            in_currency=view.currency,
        )

    @computed("Its lines, by position.")
    async def lines(self, info: Info, first: First = PAGE_SIZE, after: After = None) -> Connection[Line]:
        """Batched over the documents of a request."""
        page = page_request(first, after)
        try:
            lines = await info.context.loaders.lines.load((self.number, page))
        except BadCursorError as error:
            raise bad_cursor(error) from None
        return connection(lines, lambda view: Line.of(view, self.in_currency), after=after)

    @computed("The contracts that it bills.")
    async def contract_numbers(self, info: Info) -> list[str]:
        """Batched over the documents of a request."""
        return list(await info.context.loaders.contracts_of_document.load(self.number))

    @computed("What was allocated to it; of a credit note, what it was allocated to.")
    async def allocations(self, info: Info) -> list[Allocation]:
        """Batched over the documents of a request."""
        return [Allocation.of(view) for view in await info.context.loaders.allocations_of_document.load(self.number)]

    @computed("Whether it should have been paid before that day, and is not, by what is on record now.")
    def is_overdue(self, on: Annotated[date, strawberry.argument(description="The day.")]) -> bool:
        """Derived."""
        return self.payable.minor > 0 and self.open.minor > 0 and self.due_date < on

    @computed("Its tax groups.")
    async def taxes(self, info: Info) -> list[TaxGroup]:
        """Batched over the documents of a request."""
        return [TaxGroup.of(view, self.in_currency) for view in await info.context.loaders.taxes.load(self.number)]

    @computed("Who sells, as it stood when the document was issued; none where no such seller was on record.")
    async def sold_by(self, info: Info) -> Annotated[Seller, strawberry.lazy("graphql_api.types.entities")] | None:
        """Batched over the documents of a request."""
        from graphql_api.types.entities import Seller

        entity = await info.context.loaders.seller_of_document.load(self.number)
        return Seller.of(entity) if entity is not None else None

    @computed("Who is billed.")
    async def account(self, info: Info) -> Annotated[Account, strawberry.lazy("graphql_api.types.accounts")] | None:
        """Batched over the documents of a request."""
        from graphql_api.types.accounts import Account

        view = await info.context.loaders.account.load(self.account_key)
        return Account.of(view) if view is not None else None

    @computed("The contract it bills; of a bill group's document, the first of them.")
    async def contract(self, info: Info) -> Annotated[Contract, strawberry.lazy("graphql_api.types.contracts")] | None:
        """Batched over the documents of a request."""
        from graphql_api.types.contracts import Contract

        view = await info.context.loaders.contract.load(self.contract_number)
        return Contract.of(view) if view is not None else None


def _payment_state(view: DocumentView) -> PaymentState:
    if not view.open:
        return PaymentState.PAID
    return PaymentState.OPEN if view.open == abs(view.total + view.rounding) else PaymentState.PARTLY_PAID
