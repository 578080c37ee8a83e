"""Rulesets from strangers are checked in a process with limits, which really ends there."""

import asyncio
import pickle
import random
import subprocess
import sys
from collections.abc import Mapping
from pathlib import PurePath, PurePosixPath

import pytest

from benchmarks.analysis import text
from dsl import Cache, load
from tarifa.apart import Limits, NotDecidedError, load_apart, loading
from tarifa.apart.protocol import MARK, BadAnswerError, read, written
from tarifa.bundles import holiday_source
from tests.cli.conftest import PRICES

ROOMY = Limits(30, 1024)
SMALL: Mapping[PurePath, bytes] = {PurePosixPath("small.rules"): PRICES.encode()}


def large(rows: int) -> Mapping[PurePath, bytes]:
    return {PurePosixPath("large.rules"): text(rows, random.Random(rows)).encode()}  # noqa: S311 - no secret


def apart(files: Mapping[PurePath, bytes], limits: Limits, cache: Cache | None = None) -> object:
    used = cache if cache is not None else Cache()
    return asyncio.run(load_apart(files, limits=limits, holidays=holiday_source(), cache=used))


def test_what_is_loaded_apart_is_what_is_loaded_here() -> None:
    assert apart(SMALL, ROOMY) == load(SMALL, holidays=holiday_source())


def test_errors_holidays_and_tests_come_across_too() -> None:
    calendar = "calendar office\n  holidays   US-IL\n  | days | hours | band |\n  |--|--|--|\n  | holiday | - | off |\n  | otherwise | | on |\n"
    trials = "tests Hourly rate\n  | category || rate |\n  |--||--|\n  | Desktop || $90.00/h |\n"
    for more in (
        calendar + trials,
        "table Nothing\n  | row |\n",
        "constants\n  | name | value |\n  |--|--|\n  | x | y |\n",
    ):
        files: Mapping[PurePath, bytes] = {PurePosixPath("a.rules"): f"{PRICES}\n{more}".encode()}
        assert apart(files, ROOMY) == load(files, holidays=holiday_source())


def test_a_check_that_takes_too_much_time_ends_and_says_so() -> None:
    with pytest.raises(NotDecidedError, match="more than 1 seconds of processor time"):
        apart(large(20_000), Limits(1, 2048))


def test_a_check_that_takes_too_much_memory_ends_and_says_so() -> None:
    with pytest.raises(NotDecidedError, match="more than 256 MB of memory"):
        apart(large(30_000), Limits(60, 256))


def test_a_child_that_only_waits_is_ended_by_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    sleeping = subprocess.Popen
    monkeypatch.setattr(Limits, "wall_seconds", 1)
    monkeypatch.setattr(
        subprocess, "Popen", lambda _, **how: sleeping([sys.executable, "-c", "import time; time.sleep(60)"], **how)
    )

    with pytest.raises(NotDecidedError, match="more than 1 seconds"):
        apart(SMALL, ROOMY)


def test_a_ruleset_that_did_not_change_is_not_checked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    cache = Cache()
    first = apart(SMALL, ROOMY, cache)
    monkeypatch.setattr(loading, "_said", lambda *_: pytest.fail("a process was started"))

    assert apart(SMALL, ROOMY, cache) is first


def test_a_ruleset_too_large_to_be_remembered_is_loaded_all_the_same() -> None:
    assert apart(SMALL, ROOMY, Cache(at_most=10)) == load(SMALL, holidays=holiday_source())


def test_other_requests_are_served_while_a_ruleset_is_checked() -> None:
    async def both() -> int:
        checking = asyncio.create_task(load_apart(large(3_000), limits=ROOMY, holidays=holiday_source(), cache=Cache()))
        turns = 0
        while not checking.done():
            await asyncio.sleep(0.01)
            turns += 1
        await checking
        return turns

    assert asyncio.run(both()) > 10


class Harmful:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (eval, ("1 + 1",))


@pytest.mark.parametrize(
    "said",
    (
        b"",
        b"Traceback",
        MARK,
        MARK + pickle.dumps(Harmful()),
        MARK + pickle.dumps((print, {})),
        MARK + pickle.dumps((1, 2)),
        MARK + b"cdsl.load\nload\n.",
        MARK + b"cdsl.load\nCache.knows\n.",
        written(load(SMALL), {})[:-20],
    ),
)
def test_an_answer_that_names_anything_but_values_is_refused(said: bytes) -> None:
    with pytest.raises(BadAnswerError):
        read(said)


def test_a_child_gets_nothing_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[object] = []
    started = subprocess.Popen

    def starting(*command: object, **how: object) -> object:
        seen.append(how["env"])
        return started(*command, **how)  # type: ignore[call-overload]  # whatever was given

    monkeypatch.setattr(subprocess, "Popen", starting)
    apart(SMALL, ROOMY)

    assert seen == [{}]
