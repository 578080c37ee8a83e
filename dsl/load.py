"""The way of a ruleset, from files to the engine's form: parse, build, check, lower.

Nothing is opened, nothing is evaluated, and nothing that an admin can write raises: every problem of a run is in its
diagnostics, and one bad cell gives one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import PurePath

from dsl.allow import Allowed, silence
from dsl.build import build
from dsl.cache import Answers, Asked, Page, Recent, says_the_same
from dsl.checks import check
from dsl.diagnostics import Diagnostic, Report
from dsl.holiday_source import HolidaySource
from dsl.imports import check_imports
from dsl.lower import digest_of_source, lower
from dsl.parser import WORDS, parse_page
from dsl.source import Source, Span, read_source
from dsl.testing import RulesetTest
from engine.model import Ruleset

MAX_BYTES = 20_000_000
"""Of all files together."""
CACHED_BYTES = 5_000_000
"""Of the texts that a cache remembers; as tables they take about 13 times as much memory."""
_AT_LEAST = 4_000
"""What a remembered file or ruleset counts beside its text, however short that is."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A ruleset, or why there is none: `ruleset` is None exactly where some diagnostic is an error.

    `allowed` are the warnings that comments silence; they are not among the diagnostics. `tests` are no part of what
    the ruleset means. `on_trial` is the ruleset even where some requests are decided wrongly, or not at all, if all of
    it could be read: to see what that comes to, and for nothing else.
    """

    ruleset: Ruleset | None
    diagnostics: tuple[Diagnostic, ...]
    allowed: tuple[Allowed, ...] = ()
    tests: tuple[RulesetTest, ...] = ()
    on_trial: Ruleset | None = None


class Cache:
    """What a process that lives long remembers of the rulesets that it met.

    A file that did not change is not parsed again, a ruleset that did not change is not loaded again. Both are known
    by what they hold, so that what is remembered is never stale. A cache belongs to whoever holds it, and no two share
    anything; several threads may use one.

    Attributes:
        pages: Parsed files by name and digest.
        loaded: Rulesets by the digest of all files, and whether public holidays were known; with those that were asked.
    """

    def __init__(self, *, at_most: int = CACHED_BYTES) -> None:
        self.pages: Recent[tuple[str, bytes], Page] = Recent(at_most)
        self.loaded: Recent[tuple[str, bool], tuple[Loaded, Answers]] = Recent(at_most)

    def knows(self, files: Mapping[PurePath, bytes], holidays: HolidaySource) -> bool:
        """Whether `load` would find a ruleset here, and need not load it."""
        known = self.loaded.get((digest_of_source(files), True))
        return known is not None and says_the_same(holidays, known[1])

    def remember(self, files: Mapping[PurePath, bytes], loaded: Loaded, answers: Answers) -> bool:
        """Remember what was loaded elsewhere, of these files and those answers; whether there is room for it."""
        key, size = (digest_of_source(files), True), _AT_LEAST + sum(len(content) for content in files.values())
        self.loaded.put(key, (loaded, answers), size=size)
        return self.loaded.get(key) is not None


def load(
    files: Mapping[PurePath, bytes], *, holidays: HolidaySource | None = None, cache: Cache | None = None
) -> Loaded:
    """Read, check and lower one ruleset.

    Args:
        files: Paths from the ruleset's folder, and bytes: of its own files, and of those that it imports (`imports`).
        holidays: Where public holidays come from; without it, a calendar that names codes is refused.
        cache: What was loaded before.
    """
    size = sum(len(content) for content in files.values())
    if size > MAX_BYTES:
        report = Report()
        report.error("too-large", f"this ruleset has {size:,} bytes; {MAX_BYTES:,} are the most", None)
        return Loaded(None, report.diagnostics())
    cache = cache if cache is not None else Cache(at_most=0)
    key = (digest_of_source(files), holidays is not None)
    known = cache.loaded.get(key)
    if known is not None and says_the_same(holidays, known[1]):
        return known[0]
    asked = Asked(holidays) if holidays is not None else None
    loaded = _load(files, asked, key[0], cache)
    cache.loaded.put(key, (loaded, asked.answers if asked is not None else {}), size=_AT_LEAST + size)
    return loaded


def _load(files: Mapping[PurePath, bytes], holidays: HolidaySource | None, digest: str, cache: Cache) -> Loaded:
    report = Report()
    pages = [_page(name, content, cache) for name, content in sorted((p.as_posix(), c) for p, c in files.items())]
    for page in pages:
        report.include(page.report)
    blocks = [block for page in pages for block in page.blocks]
    document = build(check_imports(blocks, [page.source.file for page in pages], report), holidays, report)
    check(document, report)
    ruleset = None if report.errors else lower(document, source_digest=digest)
    on_trial = lower(document, source_digest=digest) if _is_whole(report) else ruleset
    left, allowed = silence(report.diagnostics(), {page.source.file: page.source for page in pages})
    return Loaded(ruleset, left.diagnostics(), allowed, document.tests if ruleset is not None else (), on_trial)


def _is_whole(report: Report) -> bool:
    """Whether all errors are about requests: what is wrong can be read then, and be put to work to see how much it is."""
    return bool(report.errors) and all(one.concern is not None for one in report.diagnostics() if one.is_error)


def _page(file: str, content: bytes, cache: Cache) -> Page:
    key = (file, sha256(content).digest())
    page = cache.pages.get(key)
    if page is None:
        page = _parse(read_source(file, content))
        cache.pages.put(key, page, size=_AT_LEAST + len(content))
    return page


def _parse(source: Source) -> Page:
    report = Report()
    if source.bad is not None:
        offset, what = source.bad
        help_text = "take it out: it may be one that nobody sees" if "U+" in what else "save the file as UTF-8 text"
        report.unsure |= {*WORDS}
        report.error("bad-text", what, Span(source.file, offset, offset + 1), help=(help_text,))
        report.unreadable[source.file] = offset
    return Page(source, parse_page(source, report), report)
