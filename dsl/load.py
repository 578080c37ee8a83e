"""The way of a ruleset, from files to the engine's form: parse, build, check, lower.

Nothing is opened, nothing is evaluated, and nothing that an admin can write raises: every problem of a run is in its
diagnostics, and one bad cell gives one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath

from dsl.allow import Allowed, silence
from dsl.build import build
from dsl.checks import CHECKS
from dsl.diagnostics import Diagnostic, Report
from dsl.holiday_source import HolidaySource
from dsl.lower import digest_of_source, lower
from dsl.parser import WORDS, parse_page
from dsl.source import Source, Span, read_sources
from dsl.syntax import Block
from dsl.testing import RulesetTest
from engine.model import Ruleset

MAX_BYTES = 20_000_000
"""Of all files together."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A ruleset, or why there is none: `ruleset` is None exactly where some diagnostic is an error.

    `allowed` are the warnings that comments silence; they are not among the diagnostics. `tests` are no part of what
    the ruleset means.
    """

    ruleset: Ruleset | None
    diagnostics: tuple[Diagnostic, ...]
    allowed: tuple[Allowed, ...] = ()
    tests: tuple[RulesetTest, ...] = ()


def load(files: Mapping[PurePath, bytes], *, holidays: HolidaySource | None = None) -> Loaded:
    """Read, check and lower one ruleset.

    Args:
        files: Paths below the ruleset's folder, and bytes.
        holidays: Where public holidays come from; without it, a calendar that names codes is refused.
    """
    report = Report()
    size = sum(len(content) for content in files.values())
    if size > MAX_BYTES:
        report.error("too-large", f"this ruleset has {size:,} bytes; {MAX_BYTES:,} are the most", None)
        return Loaded(None, report.diagnostics())
    sources = read_sources(files)
    blocks = [block for source in sources.values() for block in _parse(source, report)]
    document = build(blocks, holidays, report)
    for check in CHECKS:
        check(document, report)
    ruleset = None if report.errors else lower(document, source_digest=digest_of_source(files))
    left, allowed = silence(report.diagnostics(), sources)
    return Loaded(ruleset, left.diagnostics(), allowed, document.tests if ruleset is not None else ())


def _parse(source: Source, report: Report) -> tuple[Block, ...]:
    if source.bad is not None:
        offset, what = source.bad
        help_text = "take it out: it may be one that nobody sees" if "U+" in what else "save the file as UTF-8 text"
        report.unsure |= {*WORDS}
        report.error("bad-text", what, Span(source.file, offset, offset + 1), help=(help_text,))
        report.unreadable[source.file] = offset
    return parse_page(source, report)
