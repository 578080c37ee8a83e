"""Figures as people read them."""

from __future__ import annotations

import pytest
from rich.console import Console

from engine.consolidating import consolidated
from engine.issuing import to_json
from tarifa.cli.documents import allowance, clock, count, document
from tests.engine.test_consolidating import part, terms_of

HOURS = {
    "from": "2026-03-01",
    "to": "2026-03-31",
    "measure": "hours",
    "carried_in": "0",
    "granted": "600",
    "topped_up": "0",
    "drawn": "540.5",
    "overage": "0",
    "left": "59.5",
    "carried_out": "59.5",
}


@pytest.mark.parametrize(
    ("minutes", "shown"), [(90, "1:30"), ("0", "0:00"), ("600", "10:00"), ("59.5", "0:59.50"), ("-75", "-1:15")]
)
def test_minutes_are_shown_as_hours_and_minutes(minutes: str | int, shown: str) -> None:
    assert clock(minutes) == shown


def test_an_allowance_of_hours_is_told_in_hours_without_what_is_zero() -> None:
    assert allowance(HOURS) == (
        "Allowance 2026-03-01..2026-03-31: 10:00 granted, 9:00.50 used, 0:59.50 carried over, 0:59.50 left"
    )


def test_an_allowance_of_requests_is_told_in_requests() -> None:
    requests = {**HOURS, "measure": "requests", "granted": "50", "drawn": "48", "left": "2", "carried_out": "0"}

    assert allowance(requests) == "Allowance 2026-03-01..2026-03-31: 50 granted, 48 used, 2 left"


def test_counts_say_one_or_many() -> None:
    assert (count(1, "worklog"), count(2, "worklog"), count(2, "entry", "entries")) == (
        "1 worklog",
        "2 worklogs",
        "2 entries",
    )


def test_the_document_of_a_bill_group_says_whose_each_line_is_and_what_is_missing() -> None:
    parts = [part(1, 60), part(2, 30)]
    made = to_json(consolidated(parts, terms_of(parts), {}))
    console = Console(width=140)
    with console.capture() as shown:
        console.print(document({**made, "left_out": ["C-3"]}))
    text = shown.get()
    assert "bill group Holding" in text
    assert [line.split()[1:4] for line in text.splitlines() if " Account " in line] == [
        ["C-1", "Account", "1"],
        ["C-2", "Account", "2"],
    ]
    assert "Could not be billed, and follows: C-3" in text
