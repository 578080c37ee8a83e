"""Children of many parents in one statement each: one `DataLoader` for each relation, all alive for one request."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar

from strawberry.dataloader import DataLoader

from engine.facts import Entity
from tarifa.reading import accounts, closings, contracts, documents, entities, explaining, payments, worklogs
from tarifa.reading.pages import BadCursorError, Page, PageRequest
from tarifa.reading.scope import Scope
from tarifa.reading.views import (
    AccountView,
    AllocationView,
    AmendmentView,
    ClosingView,
    ContractView,
    DocumentView,
    LineExplanation,
    LineView,
    OpeningView,
    ParkedView,
    PaymentView,
    QuantityView,
    SiteView,
    TaxView,
    TopUpView,
    WorklogView,
)
from tarifa.storage import Database

K = TypeVar("K")
V = TypeVar("V")
Read = Callable[[Database, Scope, Sequence[K]], Awaitable[Mapping[K, V]]]

LinePage = tuple[str, PageRequest]
"""A document's number and the page of its lines."""
LineAt = tuple[str, int]
"""A document's number and the position of a line on it."""


class Loaders:
    """The relations that the types resolve through."""

    def __init__(self, database: Database, scope: Scope) -> None:
        def one(read: Read[K, V]) -> DataLoader[K, V | None]:
            async def load(keys: list[K]) -> list[V | None]:
                found = await read(database, scope, keys)
                return [found.get(key) for key in keys]

            return DataLoader(load)

        def many(read: Read[K, tuple[V, ...]]) -> DataLoader[K, tuple[V, ...]]:
            async def load(keys: list[K]) -> list[tuple[V, ...]]:
                found = await read(database, scope, keys)
                return [found.get(key, ()) for key in keys]

            return DataLoader(load)

        async def line_pages(keys: list[LinePage]) -> list[Page[LineView] | BaseException]:
            return await _line_pages(database, scope, keys)

        self.account: DataLoader[str, AccountView | None] = one(accounts.accounts_by_key)
        self.sites: DataLoader[str, tuple[SiteView, ...]] = many(accounts.sites_by_account)
        self.contract: DataLoader[str, ContractView | None] = one(contracts.contracts_by_number)
        self.contracts_of_account: DataLoader[str, tuple[ContractView, ...]] = many(contracts.contracts_by_account)
        self.amendments: DataLoader[str, tuple[AmendmentView, ...]] = many(contracts.amendments_by_contract)
        self.openings: DataLoader[str, tuple[OpeningView, ...]] = many(contracts.openings_by_contract)
        self.quantities: DataLoader[str, tuple[QuantityView, ...]] = many(contracts.quantities_by_contract)
        self.top_ups: DataLoader[str, tuple[TopUpView, ...]] = many(contracts.top_ups_by_contract)
        self.parked: DataLoader[str, ParkedView | None] = one(contracts.parked_by_contract)
        self.closings: DataLoader[str, tuple[ClosingView, ...]] = many(closings.closings_by_contract)
        self.worklog: DataLoader[str, WorklogView | None] = one(worklogs.worklogs_by_id)
        self.document: DataLoader[str, DocumentView | None] = one(documents.documents_by_number)
        self.contracts_of_document: DataLoader[str, tuple[str, ...]] = many(documents.contracts_by_document)
        self.seller_of_document: DataLoader[str, Entity | None] = one(entities.sellers_of_documents)
        self.payment: DataLoader[str, PaymentView | None] = one(payments.payments_by_id)
        self.allocations_of_payment: DataLoader[str, tuple[AllocationView, ...]] = many(payments.allocations_by_payment)
        self.allocations_of_document: DataLoader[str, tuple[AllocationView, ...]] = many(
            payments.allocations_by_document
        )
        self.taxes: DataLoader[str, tuple[TaxView, ...]] = many(documents.taxes_by_document)
        self.lines: DataLoader[LinePage, Page[LineView]] = DataLoader(line_pages)
        self.explanation: DataLoader[LineAt, LineExplanation | None] = one(explaining.explain_lines)


async def _line_pages(
    database: Database, scope: Scope, keys: Sequence[LinePage]
) -> list[Page[LineView] | BaseException]:
    """One read for each page that is asked of some documents; nearly always there is only one."""
    pages: dict[LinePage, Page[LineView] | BaseException] = {}
    for page in dict.fromkeys(page for _, page in keys):
        numbers = [number for number, asked in keys if asked == page]
        try:
            found = await documents.lines_by_document(database, scope, numbers, page)
        except BadCursorError as error:
            pages.update({(number, page): error for number in numbers})
        else:
            pages.update({(number, page): found.get(number, Page((), has_more=False)) for number in numbers})
    return [pages[key] for key in keys]
