"""A real client asks a real server, over a real socket."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from gql import Client, gql
from gql.transport.exceptions import TransportQueryError
from gql.transport.httpx import HTTPXTransport

from graphql_api.schema import sdl
from tests.databases import copy_file

SERVE = """
import sys, uvicorn
from graphql_api.app import create_app
from tarifa.settings import Settings
uvicorn.run(create_app(Settings(database_url=sys.argv[1])), host="127.0.0.1", port=int(sys.argv[2]))
"""
PATIENCE = 30  # seconds until a server must have answered


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def health(address: str) -> dict[str, Any]:
    with urllib.request.urlopen(f"{address}/healthz") as response:  # noqa: S310  # our own server
        found: dict[str, Any] = json.load(response)
    return found


def wait_for(address: str, server: subprocess.Popen[str]) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        assert server.poll() is None, server.communicate()[0]
        with suppress(urllib.error.URLError, ConnectionError):
            health(address)
            return
        time.sleep(0.05)
    pytest.fail("the server did not answer in time")


@pytest.fixture
def address(_template: tuple[Path, dict[str, str]], tmp_path: Path) -> Iterator[str]:
    database = tmp_path / "tarifa.sqlite3"
    copy_file(_template[0], database)
    port = free_port()
    arguments = [sys.executable, "-c", SERVE, f"sqlite://{database}", str(port)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as server:
        try:
            wait_for(f"http://127.0.0.1:{port}", server)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            output, _ = server.communicate(timeout=PATIENCE)
            assert "Traceback" not in output, output


def client(address: str, key: str) -> Client:
    transport = HTTPXTransport(url=f"{address}/graphql", headers={"Authorization": f"Bearer {key}"})
    return Client(transport=transport, fetch_schema_from_transport=True)


def test_a_client_reads_the_schema_and_an_invoice_with_its_explanation(
    address: str, _template: tuple[Path, dict[str, str]]
) -> None:
    question = gql(
        """query ($account: String!) {
          documents(account: $account, kind: INVOICE, first: 5) {
            nodes { number total { amount currency } lines { nodes { label explanation { sentences } } } }
          }
        }"""
    )
    question.variable_values = {"account": "Acme Corp"}
    with client(address, _template[1]["acme"]) as session:
        answer = session.execute(question)
        assert session.client.schema is not None
        assert session.client.schema.mutation_type is not None
    lines = [line for document in answer["documents"]["nodes"] for line in document["lines"]["nodes"]]
    assert lines
    assert all(line["explanation"]["sentences"] for line in lines)


def test_a_client_hears_what_it_may_not_do(address: str, _template: tuple[Path, dict[str, str]]) -> None:
    with client(address, _template[1]["reader"]) as session, pytest.raises(TransportQueryError) as raised:
        session.execute(gql("mutation { billDue { billed { boundary } } }"))
    assert raised.value.errors is not None
    assert raised.value.errors[0]["extensions"]["code"] == "forbidden"


def test_a_client_without_a_good_key_is_turned_away(address: str) -> None:
    with pytest.raises(TransportQueryError, match="not known here"), client(address, "tarifa_0000000000_nonsense"):
        pass


def test_a_server_that_runs_is_healthy(address: str) -> None:
    assert health(address)["status"] == "ok"
    assert "type Query" in sdl()
