"""Tortoise's SQLite client, with transactions that take the write lock at once.

A deferred transaction that reads and then writes fails with "database is locked" as soon as another process has
written in between; `BEGIN IMMEDIATE` waits its turn instead. Tortoise's own context would also keep its lock for good
when BEGIN fails, so both are replaced here.
"""

from __future__ import annotations

import sqlite3
from types import TracebackType
from typing import Any

from tortoise.backends.base.client import TransactionalDBClient, TransactionContext
from tortoise.backends.sqlite.client import SqliteClient, SqliteTransactionWrapper


class ImmediateTransaction(TransactionContext):
    """One `BEGIN IMMEDIATE ... COMMIT` on the client's connection; rolled back by any exception."""

    def __init__(self, client: ImmediateSqliteClient) -> None:
        self._client = client

    async def __aenter__(self) -> TransactionalDBClient:
        await self._client._lock.acquire()
        try:
            if self._client._connection is None:
                await self._client.create_connection(with_db=True)
            self._wrapper = SqliteTransactionWrapper(self._client)
            if self._wrapper._connection.in_transaction:  # left by a task that was cancelled while it began
                await self._wrapper._connection.rollback()
            await self._wrapper._connection.execute("BEGIN IMMEDIATE")
        except BaseException:
            self._client._lock.release()
            raise
        return self._wrapper

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        connection = self._wrapper._connection
        try:
            if kind is None:
                try:
                    await connection.execute("COMMIT")
                except sqlite3.Error:
                    await connection.rollback()
                    raise
            elif connection.in_transaction:
                await connection.rollback()
        finally:
            self._wrapper._finalized = True
            self._client._lock.release()


class ImmediateSqliteClient(SqliteClient):
    """SQLite with immediate transactions."""

    def _in_transaction(self) -> TransactionContext:
        return ImmediateTransaction(self)


client_class: Any = ImmediateSqliteClient
