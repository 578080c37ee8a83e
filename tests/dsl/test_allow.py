"""`# allow code: reason` silences a warning of the block or line below it, and nothing else."""

from __future__ import annotations

from pathlib import PurePath

import pytest

from dsl import Diagnostic, Label, Loaded, Severity, Span, load
from dsl.allow import silence
from dsl.source import Source, read_source

RULESET = """\
ruleset Example
  version   1
  currency  USD
  timezone  America/Chicago
"""
ALLOW = "# allow missing-taxes: the accountant adds them\n"


def check(text: str) -> Loaded:
    return load({PurePath("a.rules"): text.encode()})


def codes(loaded: Loaded) -> list[str]:
    return [diagnostic.code for diagnostic in loaded.diagnostics]


def test_a_warning_is_silenced_by_a_comment_above_its_block_and_listed_with_its_reason() -> None:
    loaded = check(ALLOW + RULESET)

    assert loaded.diagnostics == ()
    assert loaded.ruleset is not None
    assert [(one.diagnostic.code, one.reason) for one in loaded.allowed] == [
        ("missing-taxes", "the accountant adds them")
    ]
    assert loaded.allowed[0].comment == Span("a.rules", 0, len(ALLOW) - 1)


@pytest.mark.parametrize("between", ["\n\n", "# more\n", "\t# more\n\n# and more\n"])
def test_blank_lines_and_comments_may_stand_between_the_two(between: str) -> None:
    assert check(ALLOW + between + RULESET).diagnostics == ()


def test_the_comment_changes_no_meaning() -> None:
    with_comment, without = check(ALLOW + RULESET).ruleset, check(RULESET).ruleset

    assert with_comment is not None
    assert without is not None
    assert with_comment.meaning_digest == without.meaning_digest


@pytest.mark.parametrize(
    "text",
    [
        RULESET + ALLOW,  # nothing below
        RULESET + "\n" + ALLOW + "inputs\n  | name | of | type | values |\n  |--|\n  | a | request | text | - |\n",
        RULESET.replace("  currency", "  " + ALLOW + "  currency"),  # about the line `currency` alone
    ],
)
def test_a_comment_elsewhere_silences_nothing_and_is_a_warning_itself(text: str) -> None:
    loaded = check(text)

    assert sorted(codes(loaded)) == ["missing-taxes", "unused-allow"]
    assert loaded.allowed == ()


def test_a_comment_without_a_reason_silences_nothing() -> None:
    for comment in ("# allow missing-taxes\n", "# allow missing-taxes:\n", "# allow missing-taxes :  \n"):
        assert codes(check(comment + RULESET)) == ["unused-allow", "missing-taxes"]


def test_an_error_is_never_silenced() -> None:
    loaded = check("# allow unknown-value: our own money\n" + RULESET.replace("USD", "XYZ"))

    assert "unknown-value" in codes(loaded)
    assert "unused-allow" in codes(loaded)
    assert loaded.ruleset is None
    assert loaded.allowed == ()


def test_beside_errors_nobody_can_tell_what_a_comment_is_for() -> None:
    loaded = check(RULESET.replace("USD", "XYZ") + "\n" + ALLOW + "taxes\n")

    assert loaded.ruleset is None
    assert "unused-allow" not in codes(loaded)


@pytest.mark.parametrize(
    "prose",
    ["# allow us to explain", "# We allow: gaps", "# allow gap in the wall", "# allowance: 20 h", "# allow Gap: x"],
)
def test_prose_is_left_alone(prose: str) -> None:
    assert codes(check(f"{prose}\n{RULESET}")) == ["missing-taxes"]


TABLE = """\
table A
  | row || x |
  |-----||---|
  # allow suspicious: known
  | R1  || 1 |
  | R2  || 2 |

# allow suspicious: all of B
table B
  | row || x |
  |-----||---|
  | R1  || 1 |
  | R2  || 2 |

table C
  hit first
"""


def _warning(line: int, source: Source, severity: Severity = Severity.WARNING) -> Diagnostic:
    start = source.line_starts[line - 1]
    return Diagnostic("suspicious", severity, "hm", Label(Span("a.rules", start, start + 1)))


@pytest.mark.parametrize(
    ("line", "silenced"),
    [(1, False), (2, False), (5, True), (6, False), (9, True), (10, True), (12, True), (13, True), (15, False)],
)
def test_a_comment_above_a_row_is_for_the_row_and_above_a_heading_for_the_block(line: int, silenced: bool) -> None:  # noqa: FBT001 - a column of the table above
    source = read_source("a.rules", TABLE.encode())

    _, allowed = silence([_warning(line, source)], {"a.rules": source})
    _, never = silence([_warning(line, source, Severity.ERROR)], {"a.rules": source})

    assert bool(allowed) is silenced
    assert never == ()
