"""Ids of rows, made by the application: UUIDv7, so that they sort by the time they were made."""

from __future__ import annotations

from uuid6 import uuid7


def new_id() -> str:
    """A new id, as text."""
    return str(uuid7())
