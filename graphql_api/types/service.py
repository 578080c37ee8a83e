"""What the service says of itself."""

from __future__ import annotations

import strawberry


@strawberry.type(description="The service, and who is asking it.")
class Service:
    """Enough for a frontend to know what to offer."""

    version: str = strawberry.field(description="Version of Tarifa.")
    key: str = strawberry.field(description="Prefix of the API key that asks; never the key.")
    label: str = strawberry.field(description="What the key is called.")
    role: str = strawberry.field(description="`admin`, `billing`, `recorder`, `reader`, or `customer`: one account.")
    account_key: str | None = strawberry.field(description="The one account that the key sees; none: all.")
