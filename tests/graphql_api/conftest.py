"""A database as it is after a month, copied for each test, and clients of the application that serves it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from graphql_api.app import create_app
from tarifa.services.keys import CreatedKey, Role, create_key, revoke_key
from tarifa.settings import Settings
from tarifa.storage import Database
from tests.databases import copy_file
from tests.graphql_api import world

NOW = datetime(2026, 2, 3, 9, 0, tzinfo=UTC)
Answer = dict[str, Any]
T = TypeVar("T")


@dataclass
class Clock:
    """A clock that a test can move."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Api:
    """A client of a running application, and the keys to it."""

    client: TestClient
    keys: dict[str, str]
    clock: Clock = field(default_factory=Clock)

    @property
    def database(self) -> Database:
        return self.client.app.state.database  # type: ignore[attr-defined,no-any-return]  # a Starlette application

    def post(self, body: object, key: str | None = "admin") -> Response:
        headers = {"Authorization": f"Bearer {self.keys[key]}"} if key is not None else {}
        return self.client.post("/graphql", json=body, headers=headers)

    def answer(self, query: str, key: str = "admin", /, **variables: object) -> Answer:
        """The whole answer, errors and all."""
        response = self.post({"query": query, "variables": variables}, key)
        assert response.status_code == 200, response.text
        return response.json()  # type: ignore[no-any-return]  # json() is Any

    def data(self, query: str, key: str = "admin", /, **variables: object) -> Answer:
        """The data of an operation that must not fail."""
        answer = self.answer(query, key, **variables)
        assert "errors" not in answer, answer["errors"]
        return answer["data"]  # type: ignore[no-any-return]  # json() is Any

    def error(self, query: str, key: str = "admin", /, **variables: object) -> Answer:
        """The only error of an operation that must fail."""
        errors = self.answer(query, key, **variables).get("errors", [])
        assert len(errors) == 1, errors
        return errors[0]  # type: ignore[no-any-return]  # json() is Any

    def run(self, function: Callable[..., Awaitable[T]], *arguments: object, **options: object) -> T:
        """Await a service inside the application's loop."""

        async def call() -> T:
            return await function(*arguments, **options)

        assert self.client.portal is not None
        return self.client.portal.call(call)


@contextmanager
def serving(path: Path, keys: dict[str, str], *, create: bool = False) -> Iterator[Api]:
    clock = Clock()
    app = create_app(Settings(database_url=f"sqlite://{path}", busy_seconds=1), create=create, clock=clock)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield Api(client, keys, clock)


def make_key(api: Api, name: str, role: Role, **options: object) -> CreatedKey:
    created = api.run(create_key, api.database, label=name, role=role, by="tests", now=api.clock(), **options)
    assert isinstance(created, CreatedKey), created
    api.keys[name] = created.secret
    return created


@pytest.fixture(scope="session")
def _template(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    path = tmp_path_factory.mktemp("graphql") / "template.sqlite3"
    with serving(path, {}, create=True) as api:
        make_key(api, "admin", Role.ADMIN)
        make_key(api, "billing", Role.BILLING)
        make_key(api, "recorder", Role.RECORDER)
        make_key(api, "reader", Role.READER)
        make_key(api, "expired", Role.ADMIN, expires=NOW + timedelta(hours=1))
        revoked = make_key(api, "revoked", Role.ADMIN)
        api.run(revoke_key, api.database, revoked.principal.prefix, by="tests", now=NOW)
        published = api.data(world.PUBLISH, files=world.FILES)["publishRuleset"]
        assert published["__typename"] == "RulesetPublished", published
        activation = {"ruleset": "Northwind", "from": "2026-01-01"}
        assert "activation" in api.data(world.ACTIVATE, activation=activation)["activateRuleset"]
        assert api.data(world.RECORD_ACCOUNTS, accounts=world.ACCOUNTS)["recordAccounts"]["refused"] == 0
        make_key(api, "acme", Role.READER, account="Acme Corp")
        make_key(api, "globex", Role.READER, account="Globex")
        for contract in world.CONTRACTS:
            created = api.data(world.CREATE_CONTRACT, contract=contract)["createContract"]
            assert created["__typename"] == "ContractCreated", created
        assert api.data(world.RECORD_WORKLOGS, worklogs=world.WORKLOGS)["recordWorklogs"]["refused"] == 0
        assert api.data(world.BILL)["billDue"]["parked"] == []
        keys = api.keys
    return path, keys


@pytest.fixture
def api(_template: tuple[Path, dict[str, str]], tmp_path: Path) -> Iterator[Api]:
    """The application on a copy of the database after its first month."""
    source, keys = _template
    path = tmp_path / "tarifa.sqlite3"
    copy_file(source, path)
    with serving(path, dict(keys)) as api:
        yield api
