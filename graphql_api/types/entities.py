"""Legal sellers and their number series."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry

from engine.facts import Entity
from graphql_api.types.documents import DocumentKind
from graphql_api.types.problems import Change, Refused
from tarifa.reading.entities import EntityView, SeriesView
from tarifa.services import inputs


@strawberry.input(description="A legal seller.")
class EntityInput:
    """A seller to record."""

    key: str = strawberry.field(
        description="What contracts name it by, and what the ruleset's taxes call `seller`. Case and blanks do not count."
    )
    name: str = strawberry.field(default="", description="Its legal name; empty: its key.")
    address: str = strawberry.field(default="", description="As documents show it; it may have several lines.")
    country: str | None = strawberry.field(default=None, description="ISO 3166 code of two letters.")
    tax_ids: list[str] = strawberry.field(
        default_factory=list, description="As they are to be read, with what they are: `VAT PT500000000`."
    )
    bank: str = strawberry.field(default="", description="Where it is paid, for documents; it may have several lines.")
    currency: str | None = strawberry.field(
        default=None, description="Of contracts that name it and no currency; none: the ruleset's first."
    )
    is_default: bool = strawberry.field(
        default=False, description="Whether it sells on contracts that name no seller, in place of whoever does."
    )

    def service_value(self) -> inputs.EntityInput:
        """As the services take it."""
        return inputs.EntityInput(
            key=self.key,
            name=self.name,
            address=self.address,
            country=self.country,
            tax_ids=tuple(self.tax_ids),
            bank=self.bank,
            currency=self.currency,
            is_default=self.is_default,
        )


@strawberry.input(description="A number series of a seller, for one kind of document.")
class SeriesInput:
    """A series to open."""

    kind: DocumentKind = strawberry.field(description="What it numbers.")
    prefix: str = strawberry.field(description="What its numbers begin with; it ends in something else than a digit.")
    entity: str | None = strawberry.field(
        default=None, description="Key of the seller; none: the installation's, of all that have none of their own."
    )
    next: int = strawberry.field(
        default=1, description="The number that it begins with; or goes on with, where numbering was begun elsewhere."
    )
    digits: int = strawberry.field(default=6, description="How many digits a number has at least.")

    def service_value(self) -> inputs.SeriesInput:
        """As the services take it."""
        kind = str(self.kind.value)
        return inputs.SeriesInput(kind, self.prefix, self.entity, self.next, self.digits)


@strawberry.type(description="A legal seller, as it stood when a document was issued, or stands now.")
class Seller:
    """A seller."""

    key: str = strawberry.field(description="What contracts name it by.")
    name: str = strawberry.field(description="Its legal name.")
    address: str = strawberry.field(description="As documents show it.")
    country: str | None = strawberry.field(description="ISO 3166 code.")
    tax_ids: list[str] = strawberry.field(description="As they are to be read.")
    bank: str = strawberry.field(description="Where it is paid.")

    @staticmethod
    def of(entity: Entity) -> Seller:
        """Translate the engine's value."""
        return Seller(
            key=entity.label,
            name=entity.name,
            address=entity.address,
            country=entity.country,
            tax_ids=list(entity.tax_ids),
            bank=entity.bank,
        )


@strawberry.type(description="A number series.")
class Series:
    """Of a seller, or of the installation."""

    kind: DocumentKind = strawberry.field(description="What it numbers.")
    prefix: str = strawberry.field(description="What its numbers begin with.")
    next: str = strawberry.field(description="The number that its next document gets.")
    is_current: bool = strawberry.field(description="Whether documents get its numbers; else another has followed it.")

    @staticmethod
    def of(view: SeriesView) -> Series:
        """Translate a read model."""
        return Series(kind=DocumentKind(view.kind), prefix=view.prefix, next=view.next, is_current=view.is_current)


@strawberry.type(description="A legal seller on record.")
class RecordedSeller:
    """A seller with what concerns this installation alone."""

    seller: Seller = strawberry.field(description="As its next document shows it.")
    currency: str | None = strawberry.field(description="Of contracts that name it and no currency.")
    is_default: bool = strawberry.field(description="Whether it sells on contracts that name no seller.")
    series: list[Series] = strawberry.field(
        description="Of its own; where it has none of a kind, its documents are numbered in the installation's."
    )
    recorded_by: str = strawberry.field(description="Who recorded it so.")
    recorded_at: datetime = strawberry.field(description="When.")

    @staticmethod
    def of(view: EntityView, series: list[Series]) -> RecordedSeller:
        """Translate a read model."""
        return RecordedSeller(
            seller=Seller.of(view.entity),
            currency=view.currency,
            is_default=view.is_default,
            series=series,
            recorded_by=view.recorded_by,
            recorded_at=view.recorded_at,
        )


@strawberry.type(description="Who sells here, and how documents are numbered.")
class Sellers:
    """All of it; there are few."""

    entities: list[RecordedSeller] = strawberry.field(description="The sellers, by key.")
    series: list[Series] = strawberry.field(
        description="The installation's own: of all documents whose seller has no series of its own."
    )

    @staticmethod
    def of(entities: tuple[EntityView, ...], series: tuple[SeriesView, ...]) -> Sellers:
        """Translate read models."""

        def own(key: str | None) -> list[Series]:
            return [Series.of(one) for one in series if one.entity == key]

        return Sellers(entities=[RecordedSeller.of(one, own(one.entity.key)) for one in entities], series=own(None))


@strawberry.type(description="The seller is on record.")
class EntityRecorded:
    """A seller."""

    key: str = strawberry.field(description="Its key, in the form in which keys are compared.")
    change: Change = strawberry.field(description="What was done.")


@strawberry.type(description="The series is open.")
class SeriesOpened:
    """A series."""

    prefix: str = strawberry.field(description="Its prefix.")
    change: Change = strawberry.field(description="`REVISED` where one that was not used yet was set forward.")


EntityResult = Annotated[
    EntityRecorded | Refused, strawberry.union("EntityResult", description="The seller, or why not.")
]
SeriesResult = Annotated[
    SeriesOpened | Refused, strawberry.union("SeriesResult", description="The series, or why not.")
]
