"""The questions: each reads one page or one thing through `tarifa.reading`, in the caller's scope."""

from __future__ import annotations

from datetime import date, datetime
from importlib.metadata import version
from typing import Annotated

import strawberry

from engine.names import as_id, fold
from graphql_api.context import Info
from graphql_api.errors import ClientError
from graphql_api.limits import PAGE_SIZE
from graphql_api.types.accounts import Account
from graphql_api.types.audit import AuditEntry
from graphql_api.types.bill_groups import BillGroup
from graphql_api.types.closings import Closing
from graphql_api.types.connections import After, Connection, First, paged
from graphql_api.types.contracts import Contract, ParkedContract
from graphql_api.types.declare import computed
from graphql_api.types.documents import Document, DocumentKind
from graphql_api.types.entities import Sellers
from graphql_api.types.next_hour import NextHour, NextHourResult, WhyNot, WhyNotResult, WorkQuestion
from graphql_api.types.notices import Notice
from graphql_api.types.payments import Payment, Statement
from graphql_api.types.previews import Preview, PreviewResult
from graphql_api.types.problems import Refused
from graphql_api.types.rulesets import Activation, Ruleset, RulesetVersion
from graphql_api.types.runs import Run
from graphql_api.types.service import Service
from graphql_api.types.verifications import BookCheck
from graphql_api.types.waiting import BillingException, ExceptionState
from graphql_api.types.worklogs import Worklog, WorklogState
from tarifa.reading import (
    accounts,
    audit,
    bill_groups,
    closings,
    contracts,
    documents,
    entities,
    exceptions,
    next_hour,
    notices,
    payments,
    rulesets,
    runs,
    statements,
    verifications,
    views,
    worklogs,
)
from tarifa.services import previews
from tarifa.services.results import Problem

OfAccount = Annotated[str | None, strawberry.argument(description="Only of the account with this key.")]
OfContract = Annotated[str | None, strawberry.argument(description="Only of the contract with this number.")]
OfRuleset = Annotated[str | None, strawberry.argument(description="Only of the ruleset with this name.")]


def _folded(key: str | None) -> str | None:
    return fold(key) if key is not None else None


@strawberry.type(description="What can be asked. A key for one account sees that account alone, in every field.")
class Query:
    """Root of the queries."""

    @computed("The service itself, and the key that asks.")
    async def service(self, info: Info) -> Service:
        """Version and caller."""
        context = info.context
        return Service(
            version=version("tarifa"),
            key=context.principal.prefix,
            label=context.principal.label,
            role=context.audience.value,
            account_key=context.scope.account,
        )

    @computed("Customers, by key.")
    async def accounts(
        self,
        info: Info,
        search: Annotated[
            str | None, strawberry.argument(description="Only those whose key or name holds this text.")
        ] = None,
        first: First = PAGE_SIZE,
        after: After = None,
    ) -> Connection[Account]:
        """A page of accounts."""
        context = info.context
        return await paged(
            first,
            after,
            lambda page: accounts.accounts(context.database, context.scope, page, search=search),
            Account.of,
        )

    @computed("The customer with this key; none where there is none that you may see.")
    async def account(
        self, info: Info, key: Annotated[str, strawberry.argument(description="Case and blanks do not count.")]
    ) -> Account | None:
        """One account."""
        view = await accounts.account(info.context.database, info.context.scope, fold(key))
        return Account.of(view) if view is not None else None

    @computed("Contracts, by number.")
    async def contracts(
        self, info: Info, account: OfAccount = None, first: First = PAGE_SIZE, after: After = None
    ) -> Connection[Contract]:
        """A page of contracts."""
        context, of = info.context, _folded(account)
        return await paged(
            first,
            after,
            lambda page: contracts.contracts(context.database, context.scope, page, account=of),
            Contract.of,
        )

    @computed("The contract with this number; none where there is none that you may see.")
    async def contract(
        self, info: Info, number: Annotated[str, strawberry.argument(description="As it was recorded.")]
    ) -> Contract | None:
        """One contract."""
        view = await contracts.contract(info.context.database, info.context.scope, number)
        return Contract.of(view) if view is not None else None

    @computed("Worklogs, by start.")
    async def worklogs(
        self,
        info: Info,
        account: OfAccount = None,
        state: Annotated[WorklogState | None, strawberry.argument(description="Only those that stand there.")] = None,
        since: Annotated[
            datetime | None, strawberry.argument(description="Only those that began then or later.")
        ] = None,
        until: Annotated[datetime | None, strawberry.argument(description="Only those that began before.")] = None,
        first: First = PAGE_SIZE,
        after: After = None,
    ) -> Connection[Worklog]:
        """A page of worklogs."""
        context, of = info.context, _folded(account)
        standing = views.WorklogState(state.value) if state is not None else None
        return await paged(
            first,
            after,
            lambda page: worklogs.worklogs(
                context.database, context.scope, page, account=of, state=standing, since=since, until=until
            ),
            Worklog.of,
        )

    @computed("The worklog with this id; none where there is none that you may see.")
    async def worklog(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="`source:externalId`.")],  # noqa: A002 - the argument's own name
    ) -> Worklog | None:
        """One worklog."""
        view = await info.context.loaders.worklog.load(str(id))
        return Worklog.of(view) if view is not None else None

    @computed("Invoices and credit notes, in the order in which they were issued.")
    async def documents(
        self,
        info: Info,
        account: OfAccount = None,
        contract: OfContract = None,
        kind: Annotated[DocumentKind | None, strawberry.argument(description="Only these.")] = None,
        first: First = PAGE_SIZE,
        after: After = None,
    ) -> Connection[Document]:
        """A page of documents."""
        context, of, what = info.context, _folded(account), kind.value if kind is not None else None
        return await paged(
            first,
            after,
            lambda page: documents.documents(
                context.database, context.scope, page, account=of, contract=contract, kind=what
            ),
            Document.of,
        )

    @computed("The invoice or credit note with this number; none where there is none that you may see.")
    async def document(
        self, info: Info, number: Annotated[str, strawberry.argument(description="As it is printed.")]
    ) -> Document | None:
        """One document."""
        view = await documents.document(info.context.database, info.context.scope, number)
        return Document.of(view) if view is not None else None

    @computed("What should have been paid before a day and is open, the longest overdue first.")
    async def overdue(
        self,
        info: Info,
        on: Annotated[date, strawberry.argument(description="The day; what is due on it is not overdue yet.")],
        account: OfAccount = None,
        first: First = PAGE_SIZE,
        after: After = None,
    ) -> Connection[Document]:
        """A page of documents."""
        context, of = info.context, _folded(account)
        return await paged(
            first,
            after,
            lambda page: documents.overdue(context.database, context.scope, page, on=on, account=of),
            Document.of,
        )

    @computed("Payments, refunds and write-offs, in the order in which they were recorded.")
    async def payments(
        self, info: Info, account: OfAccount = None, first: First = PAGE_SIZE, after: After = None
    ) -> Connection[Payment]:
        """A page of payments."""
        context, of = info.context, _folded(account)
        return await paged(
            first,
            after,
            lambda page: payments.payments(context.database, context.scope, page, account=of),
            Payment.of,
        )

    @computed("The payment, refund or write-off with this id; none where there is none that you may see.")
    async def payment(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="`source:externalId`.")],  # noqa: A002 - the argument's own name
    ) -> Payment | None:
        """One payment."""
        view = await info.context.loaders.payment.load(as_id(str(id)))
        return Payment.of(view) if view is not None else None

    @computed("What a customer owed over some days, for each currency: documents less payments. Empty: nothing ever.")
    async def statement(
        self,
        info: Info,
        account: Annotated[str, strawberry.argument(description="Key of the account.")],
        start: Annotated[date, strawberry.argument(name="from", description="The first day.")],
        end: Annotated[date, strawberry.argument(name="to", description="The last day, itself included.")],
    ) -> list[Statement]:
        """A statement in each currency."""
        if end < start:
            raise ClientError(f"{end} lies before {start}.", code="bad-period", remedy="Turn the two days around.")
        context, of = info.context, fold(account)
        views = await statements.statements(context.database, context.scope, of, start=start, last=end)
        return [Statement.of(view, of, start=start, end=end) for view in views]

    @computed("Allowance statements: the newest of each cycle.")
    async def closings(
        self,
        info: Info,
        account: OfAccount = None,
        contract: OfContract = None,
        first: First = PAGE_SIZE,
        after: After = None,
    ) -> Connection[Closing]:
        """A page of closings."""
        context, of = info.context, _folded(account)
        return await paged(
            first,
            after,
            lambda page: closings.closings(context.database, context.scope, page, account=of, contract=contract),
            Closing.of,
        )

    @computed("What waits for a person, oldest first.")
    async def exceptions(
        self,
        info: Info,
        account: OfAccount = None,
        contract: OfContract = None,
        state: Annotated[
            ExceptionState | None, strawberry.argument(description="Only these; null: all. Open ones if left out.")
        ] = ExceptionState.OPEN,
        first: First = PAGE_SIZE,
        after: After = None,
    ) -> Connection[BillingException]:
        """A page of exceptions."""
        context, of, standing = info.context, _folded(account), state.value if state is not None else None
        return await paged(
            first,
            after,
            lambda page: exceptions.exceptions(
                context.database, context.scope, page, account=of, contract=contract, state=standing
            ),
            BillingException.of,
        )

    @computed("Notices that are due, in the order in which they were found.")
    async def notices(
        self,
        info: Info,
        account: OfAccount = None,
        contract: OfContract = None,
        first: First = PAGE_SIZE,
        after: After = None,
    ) -> Connection[Notice]:
        """A page of notices."""
        context, of = info.context, _folded(account)
        return await paged(
            first,
            after,
            lambda page: notices.notices(context.database, context.scope, page, account=of, contract=contract),
            Notice.of,
        )

    @computed("What work would cost that nobody has done yet: settled as a bill is, and nothing kept.")
    async def next_hour(
        self, info: Info, work: Annotated[WorkQuestion, strawberry.argument(description="The work.")]
    ) -> NextHourResult:
        """An answer."""
        context = info.context
        answer = await next_hour.next_hour(context.database, context.scope, work.read_value())
        return Refused.of([answer]) if isinstance(answer, Problem) else NextHour.of(answer)

    @computed("A contract's next document, due or not, as it would be issued now. Nothing is written.")
    async def preview(
        self, info: Info, contract: Annotated[str, strawberry.argument(description="Number of the contract.")]
    ) -> PreviewResult:
        """A document, or why there is none."""
        context = info.context
        answer = await previews.preview(context.database, contract, now=context.clock())
        return Refused.of([answer]) if isinstance(answer, Problem) else Preview.of(answer)

    @computed("Why a row of a table does not decide on work that nobody has done yet.")
    async def why_not(
        self,
        info: Info,
        work: Annotated[WorkQuestion, strawberry.argument(description="The work.")],
        table: Annotated[str, strawberry.argument(description="Name of a decision table.")],
        row: Annotated[str, strawberry.argument(description="Name of a row of it.")],
    ) -> WhyNotResult:
        """An answer."""
        context = info.context
        answer = await next_hour.why_not_row(context.database, context.scope, work.read_value(), table=table, row=row)
        return Refused.of([answer]) if isinstance(answer, Problem) else WhyNot.of(answer)

    @computed("Contracts that could not be billed, and why.")
    async def parked_contracts(
        self, info: Info, first: First = PAGE_SIZE, after: After = None
    ) -> Connection[ParkedContract]:
        """A page of parked contracts."""
        context = info.context
        return await paged(
            first, after, lambda page: contracts.parked(context.database, context.scope, page), ParkedContract.of
        )

    @computed("Billing runs that somebody asked for, oldest first.")
    async def runs(self, info: Info, first: First = PAGE_SIZE, after: After = None) -> Connection[Run]:
        """A page of runs."""
        return await paged(first, after, lambda page: runs.runs(info.context.database, page), Run.of)

    @computed("What the daily looks at the books found, oldest first.")
    async def book_checks(
        self,
        info: Info,
        faulty: Annotated[bool, strawberry.argument(description="Only those that found faults.")] = False,  # noqa: FBT002  # an argument of GraphQL
        first: First = PAGE_SIZE,
        after: After = None,
    ) -> Connection[BookCheck]:
        """A page of looks."""
        read = verifications.faulty if faulty else verifications.verifications
        return await paged(first, after, lambda page: read(info.context.database, page), BookCheck.of)

    @computed("Who sells, and the number series of documents.")
    async def sellers(self, info: Info) -> Sellers:
        """All of them; policy has no scope, the role decides."""
        database = info.context.database
        return Sellers.of(await entities.entities(database), await entities.series(database))

    @computed("Who caused what, oldest first; each row is chained to the one before.")
    async def audit(
        self,
        info: Info,
        action: Annotated[str | None, strawberry.argument(description="Only of this kind.")] = None,
        subject: Annotated[str | None, strawberry.argument(description="Only of this subject.")] = None,
        first: First = PAGE_SIZE,
        after: After = None,
    ) -> Connection[AuditEntry]:
        """A page of the audit."""
        database = info.context.database
        return await paged(
            first, after, lambda page: audit.entries(database, page, action=action, subject=subject), AuditEntry.of
        )

    @computed("Contracts that are billed together, by key of their group.")
    async def bill_groups(self, info: Info) -> list[BillGroup]:
        """All of them; the role decides."""
        return [BillGroup.of(view) for view in await bill_groups.bill_groups(info.context.database)]

    @computed("Rulesets, by name.")
    async def rulesets(self, info: Info, first: First = PAGE_SIZE, after: After = None) -> Connection[Ruleset]:
        """A page of rulesets; policy has no scope, the role decides."""
        context = info.context
        return await paged(first, after, lambda page: rulesets.rulesets(context.database, page), Ruleset.of)

    @computed("Published versions, oldest first.")
    async def ruleset_versions(
        self, info: Info, ruleset: OfRuleset = None, first: First = PAGE_SIZE, after: After = None
    ) -> Connection[RulesetVersion]:
        """A page of versions."""
        context, of = info.context, _folded(ruleset)
        return await paged(
            first, after, lambda page: rulesets.versions(context.database, page, ruleset=of), RulesetVersion.of
        )

    @computed("Activations, oldest first; of those that hold a day, the newest counts.")
    async def activations(
        self, info: Info, ruleset: OfRuleset = None, first: First = PAGE_SIZE, after: After = None
    ) -> Connection[Activation]:
        """A page of activations."""
        context, of = info.context, _folded(ruleset)
        return await paged(
            first, after, lambda page: rulesets.activations(context.database, page, ruleset=of), Activation.of
        )
