"""`tarifa serve`: an API and its worker as processes, from start to stop."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import urlsplit, urlunsplit
from urllib.request import Request, urlopen

import pytest

from tests.cli.conftest import Facts, Tarifa
from tests.databases import a_database

PATIENCE = 30
"""Seconds after which a process that says nothing is given up."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def serving(folder: Path, port: int, database: str = "t.sqlite3") -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tarifa", "serve", "--port", str(port), "--database", database]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


@pytest.fixture
def home(facts: Facts) -> Path:
    """A folder with a database that has a ruleset in it."""
    assert facts.tarifa("publish", facts.ruleset, "--database", facts.folder / "t.sqlite3").exit_code == 0
    return facts.folder


def asked(port: int, path: str, query: str | None = None, key: str | None = None) -> Any:
    headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {key}"} if key else {})}
    body = json.dumps({"query": query}).encode() if query else None
    with urlopen(Request(f"http://127.0.0.1:{port}{path}", body, headers), timeout=5) as answer:
        return json.load(answer)


def healthy(port: int) -> Any:
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return asked(port, "/healthz")
        except (URLError, ConnectionError, TimeoutError):
            assert time.monotonic() < until, "the server never answered"
            time.sleep(0.05)


def children(process: subprocess.Popen[str]) -> list[int]:
    listed = Path(f"/proc/{process.pid}/task").glob("*/children")
    return [int(child) for path in listed for child in path.read_text().split()]


def wait_for_child(process: subprocess.Popen[str]) -> int:
    until = time.monotonic() + PATIENCE
    while not (found := children(process)):
        assert time.monotonic() < until, "no worker was started"
        time.sleep(0.05)
    return found[0]


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()


def wait_until_gone(pid: int) -> None:
    until = time.monotonic() + PATIENCE
    while is_running(pid):
        assert time.monotonic() < until, f"process {pid} was left behind"
        time.sleep(0.05)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_it_answers_until_it_is_stopped_and_takes_its_worker_with_it(home: Path, number: signal.Signals) -> None:
    port = free_port()
    with serving(home, port) as process:
        assert healthy(port)["status"] == "ok"
        worker = wait_for_child(process)

        process.send_signal(number)
        out, err = process.communicate(timeout=PATIENCE)

    assert (process.returncode, err) == (0, "")
    assert f"GraphQL on http://127.0.0.1:{port}/graphql" in out
    wait_until_gone(worker)


def test_a_worker_does_not_outlive_a_server_that_was_killed(home: Path) -> None:
    port = free_port()
    with serving(home, port) as process:
        healthy(port)
        worker = wait_for_child(process)

        process.kill()
        process.wait(PATIENCE)

    wait_until_gone(worker)


def test_a_key_made_on_the_command_line_opens_the_api(home: Path, tarifa: Tarifa) -> None:
    port = free_port()
    with serving(home, port):
        healthy(port)
        key = tarifa("keys", "create", "--label", "me", "--database", home / "t.sqlite3").out.strip()

        answer = asked(port, "/graphql", "{ service { role } }", key)

    assert answer == {"data": {"service": {"role": "reader"}}}


def test_a_port_in_use_is_named_before_anything_is_started(home: Path, tarifa: Tarifa) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        run = tarifa("serve", "--port", port, "--database", home / "t.sqlite3")

    assert (run.exit_code, run.out) == (1, "")
    assert f"port {port} on 127.0.0.1 is in use" in run.err


def test_a_mistyped_database_is_not_created(facts: Facts) -> None:
    run = facts.tarifa("serve", "--port", free_port(), "--database", facts.folder / "tarfia.sqlite3")

    assert (run.exit_code, run.out) == (1, "")
    assert "there is no database at" in run.err
    assert not (facts.folder / "tarfia.sqlite3").exists()


def test_a_database_that_cannot_be_opened_is_named_before_anything_is_served(facts: Facts) -> None:
    run = facts.tarifa("serve", "--port", free_port(), "--database", facts.folder)

    assert (run.exit_code, run.out) == (1, "")
    assert str(facts.folder) in run.err


def test_it_serves_from_postgresql_and_shows_no_password(facts: Facts, tmp_path: Path) -> None:
    with a_database("postgresql", tmp_path, empty=True) as settings:
        url = with_password(settings.database_url)
        assert facts.tarifa("publish", facts.ruleset, "--database", url).exit_code == 0
        key = facts.tarifa("keys", "create", "--label", "me", "--database", url).out.strip()
        port = free_port()
        with serving(facts.folder, port, url) as process:
            healthy(port)
            answer = asked(port, "/graphql", "{ rulesets { nodes { name } } }", key)
            process.send_signal(signal.SIGTERM)
            out, _ = process.communicate(timeout=PATIENCE)
        assert answer == {"data": {"rulesets": {"nodes": [{"name": "small"}]}}}
        assert f"dbname={urlsplit(url).path.strip('/')}" in out
        assert "secret" not in out


def with_password(url: str) -> str:
    """The address with a password, which a server that trusts us does not ask for."""
    parts = urlsplit(url)
    user, host = (parts.username or "postgres"), parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{user}:{parts.password or 'secret'}@{host}"))
