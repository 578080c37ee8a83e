"""The two digests of a version: what its files are, and what they mean."""

from __future__ import annotations

from pathlib import PurePath

import pytest

from dsl import load
from engine.model import Ruleset
from tests.dsl.texts import GOLDEN, public_holidays

GOOD = (GOLDEN / "good" / "zylker.rules").read_text(encoding="utf-8").replace("US-IL", "PT")


def read(**files: str) -> Ruleset:
    found = load({PurePath(f"{name}.rules"): text.encode() for name, text in files.items()}, holidays=public_holidays)
    assert found.ruleset is not None, found.diagnostics
    return found.ruleset


BASE = read(a=GOOD)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("# Zylker", "# A comment"),
        ("| A10 | Acme Corp |", "|   A10|   Acme Corp|"),
        ("$120.00/h", "120.00 USD/h"),
        ("standard * 140%", "standard * 1.4"),
        ("Network, Security | >= High", "Security, Network | >= High"),
        (">= High  || $120.00/h", "High, Urgent || $120.00/h"),
        ("across band", "across  band"),
        ("Mon..Fri ", "Mon, Tue, Wed, Thu, Fri "),
    ],
)
def test_how_it_is_written_changes_the_source_and_not_the_meaning(old: str, new: str) -> None:
    assert old in GOOD
    other = read(a=GOOD.replace(old, new, 1))
    assert other.source_digest != BASE.source_digest
    assert other.meaning_digest == BASE.meaning_digest


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("$120.00/h", "$120.01/h"),
        ("2026.1", "2026.2"),
        ("standard * 140%", "standard * 141%"),
        ("Low < Normal", "Normal < Low"),
        ("holidays  PT", "holidays  PT\n  also 2026-12-24"),
        ("09:00..12:00", "09:00..12:01"),
        ("6.25%", "6.26%"),
        ("| A10 | Acme Corp |", "| A11 | Acme Corp |"),
        ("20 h ", "21 h "),
    ],
)
def test_what_it_says_changes_the_meaning(old: str, new: str) -> None:
    assert old in GOOD
    assert read(a=GOOD.replace(old, new, 1)).meaning_digest != BASE.meaning_digest


def test_blocks_may_be_spread_over_files_in_any_order() -> None:
    head, tail = GOOD.split("table Hourly rate", 1)
    other = read(z=head, a="table Hourly rate" + tail)
    assert other.meaning_digest == BASE.meaning_digest
    assert other.source_digest != BASE.source_digest
    assert other.tables["hourly rate"].rows[0].origin.file == "a.rules"


def test_the_order_of_rows_counts_in_tables_and_not_in_lists_of_names() -> None:
    constants = "  | standard | $95.00/h        |\n", "  | expert   | standard * 140% |\n"
    turned = GOOD.replace("".join(constants), "".join(reversed(constants)))
    assert turned != GOOD
    assert read(a=turned).meaning_digest == BASE.meaning_digest
    rows = GOOD.splitlines(keepends=True)
    first = next(number for number, line in enumerate(rows) if "| N10 |" in line)
    rows[first], rows[first + 1] = rows[first + 1], rows[first]
    assert read(a="".join(rows)).meaning_digest != BASE.meaning_digest


def test_the_name_of_a_file_is_part_of_the_source() -> None:
    assert read(b=GOOD).source_digest != BASE.source_digest
    assert read(b=GOOD).meaning_digest == BASE.meaning_digest


def test_equal_files_have_equal_digests() -> None:
    assert read(a=GOOD).source_digest == BASE.source_digest
