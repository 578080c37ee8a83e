"""`tarifa serve`: the GraphQL API, and one worker process beside it."""

from __future__ import annotations

import errno
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from types import FrameType

import click

from tarifa.cli.database import chosen_settings, database_option, on_database
from tarifa.cli.failures import CommandError
from tarifa.settings import Settings
from tarifa.storage import Database

STOP_SECONDS = 15
RESTART_SECONDS = 5


@click.command("serve")
@click.option("--host", help="Address to listen on; 127.0.0.1 unless TARIFA_HOST says otherwise.")
@click.option("--port", type=click.IntRange(1, 65535), help="Port; 8700 unless TARIFA_PORT says otherwise.")
@click.option("--no-worker", is_flag=True, help="Serve only; workers run elsewhere.")
@database_option
def command(*, host: str | None, port: int | None, no_worker: bool, database: str | None) -> None:
    """Serve the GraphQL API at /graphql, and bill what is due in a worker process, until stopped.

    Make a key for it with: tarifa keys create

    Exit codes: 0 stopped, 1 it could not start (port in use, unusable database), 2 usage.
    """
    settings = chosen_settings(database, host=host, port=port)
    place = on_database(settings, _place)
    with listening(settings) as listener:
        click.echo(f"GraphQL on {address(settings)}/graphql, database {place}; stop with Ctrl+C")
        serve(settings, listener, with_worker=not no_worker)


async def _place(database: Database) -> str:
    """Where it is. By then it was opened: it is migrated, or has said why it cannot be used, before anything is served."""
    return database.backend.place


def address(settings: Settings) -> str:
    """Where the API is."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"http://{host}:{settings.port}"


@contextmanager
def listening(settings: Settings) -> Iterator[socket.socket]:
    """Hold the port, before anything else is begun.

    Raises:
        CommandError: it is in use, or not ours to take.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((settings.host, settings.port))
            listener.listen(128)
        except OSError as error:
            raise CommandError(_why_not(error, settings)) from error
        yield listener


def _why_not(error: OSError, settings: Settings) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"port {settings.port} on {settings.host} is in use: end what listens there, or choose another with --port"
        )
    return f"cannot listen on {settings.host}, port {settings.port}: {error.strerror or error}"


def serve(settings: Settings, listener: socket.socket, *, with_worker: bool) -> None:
    """Serve until SIGINT or SIGTERM, then let requests and jobs end."""
    import uvicorn  # on demand, as the API below: other commands start without them

    from graphql_api.app import create_app

    signal.signal(signal.SIGTERM, _end)
    config = uvicorn.Config(create_app(settings), log_level="warning", timeout_graceful_shutdown=STOP_SECONDS)
    stopping = threading.Event()
    with suppress(KeyboardInterrupt), _worker(settings, stopping) if with_worker else nullcontext():
        uvicorn.Server(config).run(sockets=[listener])


def _end(_number: int, _frame: FrameType | None) -> None:
    """Uvicorn raises the signal again once it has shut down; end through `finally`, not at once."""
    raise KeyboardInterrupt


@contextmanager
def _worker(settings: Settings, stopping: threading.Event) -> Iterator[None]:
    """Keep one worker process running; one that dies is started again."""
    keeper = threading.Thread(target=_keep_worker, args=(settings, stopping), daemon=True)
    keeper.start()
    try:
        yield
    finally:
        stopping.set()
        keeper.join(STOP_SECONDS + 1)


def _keep_worker(settings: Settings, stopping: threading.Event) -> None:
    while not stopping.is_set():
        process = _started(settings)
        while process.poll() is None and not stopping.wait(0.2):
            pass
        if stopping.is_set():
            _stop(process)
        else:
            click.echo(f"the worker ended with code {process.returncode}; it is started again", err=True)
            stopping.wait(RESTART_SECONDS)


def _started(settings: Settings) -> subprocess.Popen[bytes]:
    """Its own session: Ctrl+C reaches us alone, and we let it end its job. It ends when our end of stdin closes."""
    environ = {**os.environ, "TARIFA_DATABASE_URL": settings.database_url}
    return subprocess.Popen(
        [sys.executable, "-m", "tarifa", "worker", "--with-parent"],
        stdin=subprocess.PIPE,
        env=environ,
        start_new_session=True,
    )


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        process.stdin.close()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
