"""What a resolver knows of the request: the database, who asks, what time it is, and the request's loaders."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import strawberry

from dsl import Cache
from graphql_api.auth import Audience, audience_of
from graphql_api.loaders import Loaders
from tarifa.apart import Limits
from tarifa.reading.scope import Scope
from tarifa.services.keys import Principal
from tarifa.storage import Database


@dataclass(slots=True)
class Context:
    """Lives as long as one request.

    Attributes:
        principal: Whose key it is.
        clock: Aware UTC; the layers below take the time as an argument.
        cache: The rulesets that were loaded before; it lives as long as the application.
        limits: Of the check of a ruleset that is sent.
        named: Whether the request says which of the document's operations to run.
    """

    database: Database
    principal: Principal
    clock: Callable[[], datetime]
    cache: Cache
    limits: Limits
    named: bool = False
    loaders: Loaders = field(init=False)

    def __post_init__(self) -> None:
        self.forget()

    @property
    def scope(self) -> Scope:
        """What the caller may see."""
        return self.principal.scope

    @property
    def audience(self) -> Audience:
        """By what rule the caller's fields are judged."""
        return audience_of(self.principal)

    @property
    def by(self) -> str:
        """The author of what the caller writes."""
        return f"key {self.principal.prefix} ({self.principal.label})"

    def forget(self) -> None:
        """Drop what was read so far; after a write, reads in the same request must see it."""
        self.loaders = Loaders(self.database, self.principal.scope)


Info = strawberry.Info[Context, None]
