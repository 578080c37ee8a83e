"""What an installation can set: environment variables, read once into a frozen value."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

T = TypeVar("T")

SQLITE = "sqlite://"
POSTGRESQL = ("postgresql://", "postgres://")
DEFAULT_DATABASE_URL = "sqlite://tarifa.sqlite3"


class BadSettingError(Exception):
    """An environment variable whose value cannot be used; the message says which, what it is and what it may be."""

    def __init__(self, variable: str, value: str, expected: str) -> None:
        self.variable = variable
        super().__init__(f"{variable} is `{value}`: {expected}")


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one process.

    Attributes:
        database_url: `sqlite://relative/path`, `sqlite:///absolute/path`, or `postgresql://user:password@host/name`.
        host, port: Where the API listens.
        worker_threads: Jobs that one worker process runs at once.
        tick_seconds: How often the scheduler looks for contracts that are due.
        lease_seconds: How long the jobs of a worker that died wait for another one.
        busy_seconds: How long a write waits for another process's write before it gives up.
        verify_minute: Minute of the day, in UTC, from which a worker looks at the books; None: never.
        check_seconds, check_megabytes: What the check of a ruleset that comes over the network may take.
    """

    database_url: str = DEFAULT_DATABASE_URL
    host: str = "127.0.0.1"
    port: int = 8700
    worker_threads: int = 2
    tick_seconds: int = 30
    lease_seconds: int = 15
    busy_seconds: int = 10
    verify_minute: int | None = 3 * 60
    check_seconds: int = 30
    check_megabytes: int = 1024

    @property
    def is_postgresql(self) -> bool:
        """Whether the database is PostgreSQL, and no SQLite file."""
        return self.database_url.startswith(POSTGRESQL)

    @property
    def database_path(self) -> Path:
        """The SQLite file."""
        return Path(self.database_url.removeprefix(SQLITE))


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Read the settings from environment variables; one that is absent or blank has its default.

    Raises:
        BadSettingError: a value cannot be used.
    """

    def read(variable: str, reader: Callable[[str, str], T], default: T) -> T:
        value = environ.get(variable, "").strip()
        return reader(variable, value) if value else default

    standard = Settings()
    return Settings(
        database_url=read("TARIFA_DATABASE_URL", _database_url, standard.database_url),
        host=read("TARIFA_HOST", _text, standard.host),
        port=read("TARIFA_PORT", _whole_number(1, 65535), standard.port),
        worker_threads=read("TARIFA_WORKER_THREADS", _whole_number(1, 64), standard.worker_threads),
        tick_seconds=read("TARIFA_TICK_SECONDS", _whole_number(1, 86400), standard.tick_seconds),
        lease_seconds=read("TARIFA_LEASE_SECONDS", _whole_number(1, 3600), standard.lease_seconds),
        busy_seconds=read("TARIFA_BUSY_SECONDS", _whole_number(1, 600), standard.busy_seconds),
        verify_minute=read("TARIFA_VERIFY_AT", _minute, standard.verify_minute),
        check_seconds=read("TARIFA_CHECK_SECONDS", _whole_number(1, 3600), standard.check_seconds),
        check_megabytes=read("TARIFA_CHECK_MEGABYTES", _whole_number(256, 65536), standard.check_megabytes),
    )


KNOWN = frozenset(
    f"TARIFA_{name}"
    for name in (
        "DATABASE_URL", "HOST", "PORT", "WORKER_THREADS", "TICK_SECONDS", "LEASE_SECONDS", "BUSY_SECONDS", "VERIFY_AT",
        "CHECK_SECONDS", "CHECK_MEGABYTES", "FAILPOINT", "TEST_POSTGRES_URL",
    )
)  # fmt: skip
"""The variables that something reads."""


def setting_remarks(environ: Mapping[str, str]) -> tuple[str, ...]:
    """What somebody who set a variable should know: nobody reads one of that name, or it is empty."""
    remarks = []
    for name in sorted(environ):
        if name.startswith("TARIFA_") and name not in KNOWN:
            close = get_close_matches(name, sorted(KNOWN), n=1)
            remarks.append(f"nothing reads {name}{f': did you mean {close[0]}?' if close else ''}")
        elif name in KNOWN and not environ[name].strip():
            remarks.append(f"{name} is empty, and counts as not set")
    return tuple(remarks)


def _database_url(variable: str, value: str) -> str:
    scheme, separator, rest = value.partition("://")
    if not separator:
        return f"{SQLITE}{value}"
    if value.startswith(POSTGRESQL):
        if not urlsplit(value).path.strip("/"):
            raise BadSettingError(
                variable, f"{scheme}://...", "name the database, as in postgresql://tarifa@localhost/tarifa"
            )
        return value
    if scheme != "sqlite":  # it may hold a password: it is not repeated
        raise BadSettingError(variable, f"{scheme}://...", "use sqlite://FILE, the path of a file, or postgresql://...")
    if not rest or rest == ":memory:" or "?" in rest:
        raise BadSettingError(
            variable, value, "name a file, as in sqlite://tarifa.sqlite3 or sqlite:///srv/tarifa.sqlite3"
        )
    return value


def _text(_: str, value: str) -> str:
    return value


def _minute(variable: str, value: str) -> int | None:
    if value == "off":
        return None
    hours, _, minutes = value.partition(":")
    if not (re.fullmatch("[0-9]{2}:[0-9]{2}", value, re.ASCII) and int(hours) < 24 and int(minutes) < 60):
        raise BadSettingError(variable, value, "a time of day in UTC is needed, such as 03:00, or `off`")
    return int(hours) * 60 + int(minutes)


def _whole_number(low: int, high: int) -> Callable[[str, str], int]:
    def read(variable: str, value: str) -> int:
        if not (value.isascii() and value.isdigit() and low <= int(value[:9]) <= high):
            raise BadSettingError(variable, value, f"a whole number from {low} to {high} is needed")
        return int(value)

    return read
