"""Fuzz the rules language by coverage: whatever bytes come in, diagnostics come out, and never an exception.

    pip install -r fuzz/requirements.txt                  (Linux; wheels for CPython 3.11 to 3.13)
    python -m fuzz.rules -max_total_time=600              (options are libFuzzer's; a corpus folder may follow)

Inputs are whole files. Half of them are mutated as bytes, half as lines and cells, so that the search gets behind the
parser. What falls is written to `crash-*`; put a small text that shows it into `tests/dsl/test_robust.py`.
"""

from __future__ import annotations

import random
import resource
import sys
from collections.abc import Mapping
from datetime import date
from pathlib import Path, PurePath

import atheris

with atheris.instrument_imports(include=["dsl", "engine", "tarifa"]):
    from dsl import Loaded, UnknownHolidaysError, load, render
    from dsl.format import format_file
    from dsl.reports import Result, as_github, as_json, as_junit, as_sarif
    from engine.model import Ruleset
    from tarifa.trials.coverage import coverage
    from tarifa.trials.failures import failure_of
    from tarifa.trials.propose import propose
    from tarifa.trials.run import Trial, Verdict
    from tarifa.trials.shown import Page
    from tarifa.trials.watched import on_trial

ROOT = Path(__file__).parents[1]
SEEDS = [path.read_bytes() for path in sorted(ROOT.glob("tests/golden/**/*.rules"))]
SEEDS += [
    b"\n".join(path.read_bytes() for path in sorted(folder.glob("*.rules"))) for folder in ROOT.glob("rulesets/*")
]
CELLS = sorted({cell.strip() for seed in SEEDS for line in seed.split(b"\n") for cell in line.split(b"|")} - {b""})
SCRAPS = (
    *(b"-", b"none", b"not ", b"otherwise", b"inherit", b"..", b",", b">= ", b"* ", b"150%", b"$95.00/h", b"4 h", b"0"),
    *(b"2026-02-29", b"24:00", b'"', b"if(", b"round up(", b")", b"9" * 400, b"\xe2\x80\x8b", b"\xff", b"\xc3\xa9"),
)
MOST_BYTES = 20_000
MOST_ROWS = 12
"""Rows of rulesets for which tests are proposed, too: it takes its time."""
STEPS = 2_000
"""Steps over the cases of one test: what is looked for is an exception, not a verdict."""


def holidays(code: str, year: int) -> Mapping[date, str]:
    """Two days a year, wherever."""
    if len(code) > 5:
        raise UnknownHolidaysError(code)
    return {date(year, 8, 15): "Assumption Day", date(year, 12, 25): "Christmas Day"}


def mutate(data: bytes, max_size: int, seed: int) -> bytes:
    """Change a file: as libFuzzer does, or by its lines and cells."""
    chance = random.Random(seed)
    if not data.strip():
        data = chance.choice(SEEDS)
    if chance.random() < 0.3:
        return bytes(atheris.Mutate(data, max_size))
    lines = data.split(b"\n")
    for _ in range(chance.choice((1, 1, 2, 4))):
        at = chance.randrange(len(lines))
        cells = lines[at].split(b"|")
        which = chance.randrange(len(cells))
        match chance.randrange(7):
            case 0:
                cells[which] = b" " + chance.choice(CELLS) + b" "
            case 1:
                cells[which] = b" " + chance.choice(SCRAPS) + b" "
            case 2:
                cut = chance.randrange(len(cells[which]) + 1)
                cells[which] = cells[which][:cut] + chance.choice(SCRAPS) + cells[which][cut:]
            case 3:
                del cells[which]
            case 4:
                other = chance.randrange(len(lines))
                cells = lines[other].split(b"|")
            case 5:
                lines.insert(at, lines[chance.randrange(len(lines))])
            case _:
                other = chance.choice(SEEDS).split(b"\n")
                start = chance.randrange(len(other))
                lines[at:at] = other[start : start + 12]
        lines[at] = b"|".join(cells)
    return b"\n".join(lines)[:max_size]


def check(content: bytes) -> None:
    """Load, report, format and test one file.

    Raises:
        AssertionError: a rule is broken that holds for every file.
    """
    path = PurePath("rates.rules")
    files = {path: content}
    found = load(files, holidays=holidays)
    assert (found.ruleset is None) == any(one.is_error for one in found.diagnostics)
    assert render(found.diagnostics, files).count("[") >= len(found.diagnostics)
    result = Result("rates", None, files, found.diagnostics, found.allowed)
    as_sarif([result], version="0")
    for report in (as_json, as_junit, as_github):
        report([result])
    formatted = format_file("rates.rules", content)
    if isinstance(formatted, bytes):
        assert format_file("rates.rules", formatted) == formatted, "a second pass of the formatter changes the file"
        again = load({path: formatted}, holidays=holidays).ruleset
        assert (again is None) == (found.ruleset is None), "the formatter changes whether a file checks"
        if again is not None and found.ruleset is not None:
            assert again.meaning_digest == found.ruleset.meaning_digest, "the formatter changes the meaning"
    if found.ruleset is not None:
        check_tests(on_trial(found.ruleset), found, files)


def check_tests(ruleset: Ruleset, found: Loaded, files: Mapping[PurePath, bytes]) -> None:
    """Run the tests, say what is wrong with those that do not pass, and propose those that are missing.

    Raises:
        AssertionError: what is proposed cannot be read.
    """
    trial, page = Trial(ruleset, STEPS), Page(files)
    results = [trial.run(test) for test in found.tests]
    for result in results:
        if result.verdict is not Verdict.PASSED:
            failure_of(result, "rates", ruleset, page).sentence()
    if sum(len(table.rows) for table in ruleset.tables.values()) > MOST_ROWS:
        return
    for one in propose(trial, found.tests, coverage(ruleset, results), page.spellings):
        text = one.text().encode()
        again = load({**files, PurePath("proposed.rules"): text}, holidays=holidays)
        assert again.ruleset is not None, (text, again.diagnostics)


def main() -> None:
    """Fuzz until libFuzzer's options say stop."""
    limit = 2 << 30
    resource.setrlimit(resource.RLIMIT_AS, (limit * 4, limit * 4))
    atheris.Setup(
        [*sys.argv, f"-max_len={MOST_BYTES}", "-rss_limit_mb=2048", "-timeout=30", "-close_fd_mask=0"],
        check,
        custom_mutator=mutate,
    )
    atheris.Fuzz()


if __name__ == "__main__":
    main()
