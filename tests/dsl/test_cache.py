"""What a cache gives is what a load without one gives; what did not change is not read again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from hashlib import sha256
from pathlib import PurePath

import pytest

from dsl import Cache, UnknownHolidaysError, load
from dsl.cache import Recent
from tests.dsl.texts import GOLDEN, public_holidays

GOOD = (GOLDEN / "good" / "zylker.rules").read_bytes().replace(b"US-IL", b"PT")
BAD = GOOD.replace(b"$95.00/h", b"$95.00/hh")


def files(**of: bytes) -> dict[PurePath, bytes]:
    return {PurePath(f"{name}.rules"): content for name, content in of.items()}


@pytest.mark.parametrize(
    "content", [GOOD, BAD, b"", b"\xff", GOOD + b"\xff"], ids=["good", "bad", "empty", "no text", "half"]
)
def test_what_is_remembered_is_what_was_loaded(content: bytes) -> None:
    cache = Cache()
    plain = load(files(a=content), holidays=public_holidays)
    assert load(files(a=content), holidays=public_holidays, cache=cache) == plain
    assert load(files(a=content), holidays=public_holidays, cache=cache) == plain


def test_a_ruleset_that_did_not_change_is_the_same_value() -> None:
    cache = Cache()
    first = load(files(a=GOOD), holidays=public_holidays, cache=cache)
    assert load(files(a=GOOD), holidays=public_holidays, cache=cache) is first


def test_a_file_that_did_not_change_is_not_parsed_again() -> None:
    cache = Cache()
    key = ("a.rules", sha256(GOOD).digest())
    load(files(a=GOOD, b=b"# one\n"), holidays=public_holidays, cache=cache)
    page = cache.pages.get(key)
    load(files(a=GOOD, b=b"# another\n"), holidays=public_holidays, cache=cache)
    assert page is not None
    assert cache.pages.get(key) is page


def test_what_is_wrong_with_a_file_is_told_again_beside_another_one() -> None:
    cache = Cache()
    for other in (b"# one\n", b"# another\n"):
        found = load(files(a=GOOD + b"\nconstants\n  x\n", b=other), holidays=public_holidays, cache=cache)
        assert found == load(files(a=GOOD + b"\nconstants\n  x\n", b=other), holidays=public_holidays)
        assert found.diagnostics


def test_a_file_of_another_name_is_another_file() -> None:
    cache = Cache()
    load(files(a=BAD), holidays=public_holidays, cache=cache)
    (place,) = {
        d.primary.span.file for d in load(files(b=BAD), holidays=public_holidays, cache=cache).diagnostics if d.primary
    }
    assert place == "b.rules"


def test_other_holidays_make_another_ruleset() -> None:
    def moved(code: str, year: int) -> Mapping[date, str]:
        return {date(year, 5, 17): "Tarifa's Day", **public_holidays(code, year)}

    def none(code: str, _: int) -> Mapping[date, str]:
        raise UnknownHolidaysError(code)

    cache = Cache()
    for source in (public_holidays, moved, none, None, public_holidays):
        assert load(files(a=GOOD), holidays=source, cache=cache) == load(files(a=GOOD), holidays=source)


def test_two_caches_share_nothing() -> None:
    first = load(files(a=GOOD), holidays=public_holidays, cache=Cache())
    assert load(files(a=GOOD), holidays=public_holidays, cache=Cache()) is not first


def test_what_was_not_asked_for_the_longest_goes_first() -> None:
    recent: Recent[str, int] = Recent(10)
    recent.put("a", 1, size=5)
    recent.put("b", 2, size=5)
    recent.get("a")
    recent.put("c", 3, size=5)
    assert [recent.get(key) for key in "abc"] == [1, None, 3]


def test_what_is_too_large_is_not_remembered_and_drives_nothing_out() -> None:
    recent: Recent[str, int] = Recent(10)
    recent.put("a", 1, size=5)
    recent.put("b", 2, size=11)
    assert [recent.get(key) for key in "ab"] == [1, None]


def test_a_value_that_is_put_again_counts_once() -> None:
    recent: Recent[str, int] = Recent(10)
    for value in range(5):
        recent.put("a", value, size=6)
    recent.put("b", 9, size=4)
    assert [recent.get(key) for key in "ab"] == [4, 9]
