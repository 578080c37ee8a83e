"""The writes: each translates its input, calls one service, and translates the answer."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import PurePath, PurePosixPath
from typing import Annotated, TypeVar

import strawberry

from dsl.imports import path_in_bundle
from dsl.source import read_sources
from engine.names import as_id
from graphql_api.context import Info
from graphql_api.errors import ClientError
from graphql_api.party_mutations import PartyMutations
from graphql_api.types.contract_inputs import AmendmentInput, ContractInput
from graphql_api.types.declare import computed
from graphql_api.types.inputs import (
    AccountInput,
    ActivationInput,
    ApprovalInput,
    DecisionInput,
    OnChange,
    QuantityInput,
    RulesFileInput,
    TopUpInput,
    WorklogInput,
)
from graphql_api.types.payment_inputs import AllocationInput, CancellationInput, CreditInput, PaymentInput
from graphql_api.types.previews import ApprovalResult, DocumentApproved
from graphql_api.types.problems import Change, Refused
from graphql_api.types.rulesets import Activation, Diagnostic, RulesetNotPublished, RulesetPublished, RulesetVersion
from graphql_api.types.runs import Run, RunDone, RunInput, RunResult
from graphql_api.types.writes import (
    AccountRecorded,
    AccountResult,
    AccountResults,
    ActivationResult,
    Allocated,
    AllocationResult,
    AmendmentResult,
    ContractAmended,
    ContractCreated,
    ContractResult,
    CreditNoteIssued,
    CreditNoteResult,
    DecisionResult,
    DueBilled,
    ExceptionDecided,
    PaymentRecorded,
    PaymentResult,
    PublishResult,
    QuantityResult,
    QuantitySet,
    RulesetActivated,
    TopUpBought,
    TopUpResult,
    WorklogRecorded,
    WorklogResult,
    WorklogResults,
)
from tarifa.bundles import MAX_FILES, holiday_source
from tarifa.reading.runs import run as read_run
from tarifa.services import (
    accounts,
    allocations,
    amendments,
    billing,
    contracts,
    credit_notes,
    decisions,
    inputs,
    payments,
    previews,
    quantities,
    results,
    rulesets,
    runs,
    top_ups,
    worklogs,
)

MAX_BATCH = 1000

Done = TypeVar("Done")


def _within_batch(count: int, what: str) -> None:
    if count > MAX_BATCH:
        raise ClientError(
            f"{count} {what} are too many for one request.",
            code="too-many",
            remedy=f"Send at most {MAX_BATCH} at a time; what was recorded before stays.",
        )


def in_order(batch: results.Batch, count: int, done: Callable[[results.Recorded], Done]) -> list[Done | Refused]:
    """One result for each of `count` inputs, in their order.

    A batch lists what was recorded in the order in which it came, and problems by the index of their input; one without
    an index (a bad `source`) is everybody's.
    """
    problems: dict[int | None, list[results.Problem]] = defaultdict(list)
    for problem in batch.problems:
        problems[problem.index].append(problem)
    shared = problems.pop(None, [])
    if shared:
        return [Refused.of(shared) for _ in range(count)]
    recorded = deque(batch.recorded)
    return [Refused.of(problems[i]) if i in problems else done(recorded.popleft()) for i in range(count)]


def _refused(code: str, message: str, remedy: str, subject: str) -> Refused:
    return Refused.of([results.Problem(code=code, message=message, remedy=remedy, subject=subject)])


def bundle(files: Sequence[RulesFileInput]) -> Mapping[PurePath, bytes] | Refused:
    """The files by path, as the checker takes them; a refusal where the paths are not those of one folder."""
    if not files:
        return _refused("no-files", "No file was sent.", "Send all `.rules` files of the ruleset.", "")
    if len(files) > MAX_FILES:
        said = f"{len(files)} files are more than a ruleset may have."
        return _refused("too-many", said, f"Send at most {MAX_FILES} files.", "")
    by_path: dict[PurePath, bytes] = {}
    for file in files:
        path = PurePosixPath(file.path)
        if len(file.path) > 500 or path_in_bundle(path.as_posix()) != path.as_posix():
            said = f"{file.path!r} is not the path of a file of a ruleset."
            remedy = "Send paths from the ruleset's folder, with `/`, that end in `.rules`."
            return _refused("bad-path", said, remedy, file.path)
        if path in by_path:
            said = f"The file {path} was sent twice."
            return _refused("duplicate-name", said, "Send each file once.", file.path)
        by_path[path] = file.text.encode("utf-8", errors="surrogatepass")
    return by_path


async def _credited(info: Info, credit: inputs.CreditInput) -> CreditNoteIssued | Refused:
    context = info.context
    answer = await credit_notes.issue_credit_note(context.database, credit, by=context.by, now=context.clock())
    context.forget()
    if isinstance(answer, results.Refused):
        return Refused.of(answer.problems)
    return CreditNoteIssued(number=answer.key, change=Change(answer.change.value))


@strawberry.type(description="What can be done. Sent again as it was, none of it is done twice.")
class Mutation(PartyMutations):
    """Root of the mutations."""

    @computed(f"Record customers and their sites, at most {MAX_BATCH} at a time.")
    async def record_accounts(
        self,
        info: Info,
        accounts_: Annotated[
            list[AccountInput], strawberry.argument(name="accounts", description="What is known of each now.")
        ],
    ) -> AccountResults:
        """New ones, and new revisions of known ones."""
        _within_batch(len(accounts_), "accounts")
        context = info.context
        values = [account.service_value() for account in accounts_]
        batch = await accounts.record_accounts(context.database, values, by=context.by, now=context.clock())
        context.forget()
        answers: list[AccountResult] = in_order(batch, len(accounts_), AccountRecorded.of)
        refused = sum(isinstance(answer, Refused) for answer in answers)
        return AccountResults(results=answers, recorded=len(answers) - refused, refused=refused)

    @computed("Record a contract. Its number and content again: nothing happens.")
    async def create_contract(
        self,
        info: Info,
        contract: Annotated[ContractInput, strawberry.argument(description="The contract and its first terms.")],
    ) -> ContractResult:
        """A contract."""
        context = info.context
        answer = await contracts.create_contract(
            context.database, contract.service_value(), by=context.by, now=context.clock()
        )
        context.forget()
        if isinstance(answer, results.Refused):
            return Refused.of(answer.problems)
        return ContractCreated(number=answer.key, change=Change(answer.change.value))

    @computed("Change a contract from a day on: plan, overrides, discounts, suspension, expiry. Once for each key.")
    async def amend_contract(
        self,
        info: Info,
        amendment: Annotated[AmendmentInput, strawberry.argument(description="What changes, and from when.")],
    ) -> AmendmentResult:
        """An amendment."""
        context = info.context
        answer = await amendments.amend_contract(
            context.database, amendment.service_value(), by=context.by, now=context.clock()
        )
        context.forget()
        if isinstance(answer, results.Refused):
            return Refused.of(answer.problems)
        return ContractAmended(number=answer.key, amendment=answer.revision, change=Change(answer.change.value))

    @computed("Buy extra allowance. The same request key buys once.")
    async def buy_top_up(
        self, info: Info, top_up: Annotated[TopUpInput, strawberry.argument(description="What to buy.")]
    ) -> TopUpResult:
        """A top-up."""
        context = info.context
        now = context.clock()
        answer = await top_ups.buy_top_up(context.database, top_up.service_value(now), by=context.by, now=now)
        context.forget()
        if isinstance(answer, results.Refused):
            return Refused.of(answer.problems)
        return TopUpBought(id=answer.key, change=Change(answer.change.value), contract_number=as_id(top_up.contract))

    @computed(
        "Release work that waits, so that the next document bills it, or waive it for good. "
        "The same decision again: nothing happens."
    )
    async def decide_exception(
        self, info: Info, decision: Annotated[DecisionInput, strawberry.argument(description="What is decided.")]
    ) -> DecisionResult:
        """A decision."""
        context = info.context
        answer = await decisions.decide(context.database, decision.service_value(), by=context.by, now=context.clock())
        context.forget()
        if isinstance(answer, results.Refused):
            return Refused.of(answer.problems)
        return ExceptionDecided(id=answer.key, change=Change(answer.change.value))

    @computed(
        "Take something off lines of an invoice, by a credit note. The same key and content again: nothing happens."
    )
    async def credit_lines(
        self, info: Info, credit: Annotated[CreditInput, strawberry.argument(description="How much off what, and why.")]
    ) -> CreditNoteResult:
        """Goodwill."""
        if not credit.lines and credit.amount is None:
            said = "Neither a line nor an amount is named."
            remedy = "Name a line or an amount, or use `cancelDocument` to take all of it back."
            return _refused("no-lines", said, remedy, credit.document)
        return await _credited(info, credit.service_value())

    @computed(
        "Take an invoice back whole, by a credit note of all that is left of it; what it billed is not billed again. "
        "The same key and content again: nothing happens."
    )
    async def cancel_document(
        self,
        info: Info,
        cancellation: Annotated[CancellationInput, strawberry.argument(description="Which invoice, and why.")],
    ) -> CreditNoteResult:
        """A full credit note."""
        return await _credited(info, cancellation.service_value())

    @computed("Record money that came in, that went back, or that is given up. The same id and content again: nothing.")
    async def record_payment(
        self,
        info: Info,
        payment: Annotated[PaymentInput, strawberry.argument(description="The payment, refund or write-off.")],
        on_change: Annotated[
            OnChange, strawberry.argument(description="What to do where an id is on record with other content.")
        ] = OnChange.REJECT,
    ) -> PaymentResult:
        """A payment."""
        context = info.context
        answer = await payments.record_payment(
            context.database,
            payment.service_value(),
            by=context.by,
            now=context.clock(),
            on_change=inputs.OnChange(on_change.value),
        )
        context.forget()
        if isinstance(answer, results.Refused):
            return Refused.of(answer.problems)
        return PaymentRecorded(id=answer.key, change=Change(answer.change.value), revision=answer.revision)

    @computed(
        "Say what a payment, a write-off or a credit note pays for, or take that back. "
        "The same key and content again: nothing happens."
    )
    async def allocate(
        self,
        info: Info,
        allocation: Annotated[AllocationInput, strawberry.argument(description="From what, to what, how much.")],
    ) -> AllocationResult:
        """An allocation."""
        context = info.context
        answer = await allocations.allocate(
            context.database, allocation.service_value(), by=context.by, now=context.clock()
        )
        context.forget()
        if isinstance(answer, results.Refused):
            return Refused.of(answer.problems)
        return Allocated(request_key=answer.key, change=Change(answer.change.value))

    @computed("Approve a contract's next document by the digest of its preview. The same again: nothing happens.")
    async def approve_document(
        self, info: Info, approval: Annotated[ApprovalInput, strawberry.argument(description="What is approved.")]
    ) -> ApprovalResult:
        """An approval."""
        context = info.context
        answer = await previews.approve(context.database, approval.service_value(), by=context.by, now=context.clock())
        context.forget()
        return Refused.of(answer.problems) if isinstance(answer, results.Refused) else DocumentApproved.of(answer)

    @computed("Say how many of a recurring item a contract has from a day on. The same id and content again: nothing.")
    async def set_quantity(
        self,
        info: Info,
        quantity: Annotated[QuantityInput, strawberry.argument(description="How many, of what, and from when.")],
        on_change: Annotated[
            OnChange, strawberry.argument(description="What to do where an id is on record with other content.")
        ] = OnChange.REJECT,
    ) -> QuantityResult:
        """A count."""
        context = info.context
        answer = await quantities.set_quantity(
            context.database,
            quantity.service_value(),
            by=context.by,
            now=context.clock(),
            on_change=inputs.OnChange(on_change.value),
        )
        context.forget()
        if isinstance(answer, results.Refused):
            return Refused.of(answer.problems)
        return QuantitySet(
            id=answer.key,
            change=Change(answer.change.value),
            revision=answer.revision,
            contract_number=as_id(quantity.contract),
        )

    @computed(
        f"Record work, at most {MAX_BATCH} worklogs at a time. The same id and content again: nothing "
        "happens. Work that cannot be billed as it is, is recorded and waits on the exception list."
    )
    async def record_worklogs(
        self,
        info: Info,
        worklogs_: Annotated[
            list[WorklogInput], strawberry.argument(name="worklogs", description="One after the other.")
        ],
        source: Annotated[str, strawberry.argument(description="The system that the ids are of.")] = "main",
        on_change: Annotated[
            OnChange, strawberry.argument(description="What to do where an id is on record with other content.")
        ] = OnChange.REJECT,
    ) -> WorklogResults:
        """New ones, and revisions."""
        _within_batch(len(worklogs_), "worklogs")
        context = info.context
        batch = await worklogs.record_worklogs(
            context.database,
            [worklog.service_value() for worklog in worklogs_],
            by=context.by,
            now=context.clock(),
            source=source,
            on_change=inputs.OnChange(on_change.value),
        )
        context.forget()
        answers: list[WorklogResult] = in_order(batch, len(worklogs_), WorklogRecorded.of)
        refused = sum(isinstance(answer, Refused) for answer in answers)
        return WorklogResults(results=answers, recorded=len(answers) - refused, refused=refused)

    @computed("Check a ruleset and make it a version. The same text again is the same version.")
    async def publish_ruleset(
        self,
        info: Info,
        files: Annotated[list[RulesFileInput], strawberry.argument(description="All files of the ruleset.")],
        note: Annotated[str | None, strawberry.argument(description="What to remember about it.")] = None,
        months: Annotated[
            int, strawberry.argument(description="Findings are counted on the work of so many months, at most 24.")
        ] = 3,
    ) -> PublishResult:
        """A version, or diagnostics."""
        content = bundle(files)
        if isinstance(content, Refused):
            return content
        context = info.context
        answer = await rulesets.publish(
            context.database,
            content,
            by=context.by,
            now=context.clock(),
            note=note,
            holidays=holiday_source(),
            cache=context.cache,
            limits=context.limits,
            months=max(months, 0),
        )
        context.forget()
        if isinstance(answer, rulesets.NotPublished) and answer.problems:
            return Refused.of(answer.problems)
        sources = read_sources(content)
        said = [Diagnostic.of(diagnostic, sources) for diagnostic in answer.diagnostics]
        if isinstance(answer, rulesets.Published):
            version = RulesetVersion.of(answer.version)
            return RulesetPublished(version=version, change=Change(answer.change.value), warnings=said)
        errors = sum(diagnostic.is_error for diagnostic in answer.diagnostics)
        return RulesetNotPublished(
            message=f"The ruleset has {errors} {'error' if errors == 1 else 'errors'}; nothing was published.",
            code="ruleset-does-not-check",
            remedy="Mend what `diagnostics` says, and publish again.",
            diagnostics=said,
        )

    @computed("State that a version is in force from a day on.")
    async def activate_ruleset(
        self,
        info: Info,
        activation: Annotated[ActivationInput, strawberry.argument(description="Which, and from when.")],
    ) -> ActivationResult:
        """An activation."""
        context = info.context
        answer = await rulesets.activate(
            context.database, activation.service_value(), by=context.by, now=context.clock()
        )
        context.forget()
        if isinstance(answer, results.Refused):
            return Refused.of(answer.problems)
        return RulesetActivated(activation=Activation.of(answer))

    @computed(
        "Bill now what is due, as the scheduler would; what was billed before is not billed again. "
        "Left to itself it bills at most two boundaries of a contract."
    )
    async def bill_due(
        self,
        info: Info,
        through: Annotated[
            date | None,
            strawberry.argument(
                description="Bill all boundaries up to this day, however many; never later than today."
            ),
        ] = None,
    ) -> DueBilled:
        """A run in the request itself: each contract is billed in its own transaction, so breaking off loses none."""
        context = info.context
        answer = await billing.bill_due(context.database, now=context.clock(), through=through)
        context.forget()
        return DueBilled.of(answer)

    @computed("Bill now what is due, as a run with a key, limits and figures. The same key and content again: nothing.")
    async def start_run(
        self, info: Info, run: Annotated[RunInput, strawberry.argument(description="What to bill, and its limits.")]
    ) -> RunResult:
        """A run in the request itself, as `bill_due`; one that was broken off goes on when it is asked for again."""
        context = info.context
        answer = await runs.start_run(context.database, run.service_value(), by=context.by, now=context.clock())
        context.forget()
        if isinstance(answer, results.Refused):
            return Refused.of(answer.problems)
        view = await read_run(context.database, answer.key)
        assert view is not None  # noqa: S101  # it was recorded under this very key
        return RunDone(change=Change(answer.change.value), run=Run.of(view))
