"""Who caused what."""

from __future__ import annotations

from datetime import datetime

import strawberry

from tarifa.reading.audit import AuditView
from tarifa.storage.mapping import to_json


@strawberry.type(description="A row of the audit: something that was done, chained to what was done before it.")
class AuditEntry:
    """A row."""

    number: str = strawberry.field(description="Its number, from 1 on, without gap.")
    at: datetime = strawberry.field(description="When.")
    actor: str = strawberry.field(
        description="Who: `key` with prefix and label, `command line` with the user, `scheduler`, or `program`."
    )
    request_id: str | None = strawberry.field(description="What the caller named its request (`X-Request-Id`).")
    action: str = strawberry.field(description="What: `document.issued`, `contract.created`, ...")
    subject: str = strawberry.field(description="To what: an id.")
    revision: str = strawberry.field(description="Which state of the subject it made; blank where there is one.")
    payload: str = strawberry.field(description="What else is to be known, as JSON: names, digests.")
    prev_hash: str = strawberry.field(description="Of the row before.")
    hash: str = strawberry.field(description="SHA-256 of this row with the hash before.")

    @staticmethod
    def of(view: AuditView) -> AuditEntry:
        """Translate a read model."""
        return AuditEntry(
            number=str(view.n),
            at=view.at,
            actor=view.actor,
            request_id=view.request_id,
            action=view.action,
            subject=view.subject,
            revision=view.revision,
            payload=to_json(view.payload),
            prev_hash=view.prev_hash,
            hash=view.hash,
        )
