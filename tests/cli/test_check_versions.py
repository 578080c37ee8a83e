"""`tarifa check` of several versions of one ruleset: which counts on which days, as `tarifa bill` would use them."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.timeline import offline_timeline
from engine.versions import held_alike
from tarifa.cli.rulesets import load_all
from tests.cli.conftest import Facts


def versions(facts: Facts, *valid: str, name: str = "Small") -> list[Path]:
    """A folder for each version, from 1 on."""
    text = (facts.ruleset / "small.rules").read_text(encoding="utf-8")
    folders = []
    for number, days in enumerate(valid, start=1):
        folder = facts.folder / f"{name}-{number}"
        folder.mkdir()
        other = text.replace("ruleset Small", f"ruleset {name}").replace("version   1", f"version   {number}")
        (folder / "a.rules").write_text(other.replace("valid     2026-01-01..", f"valid     {days}"), encoding="utf-8")
        folders.append(folder)
    return folders


@pytest.mark.parametrize(
    ("valid", "said"),
    [
        (("2026-01-01..2026-06-30", "2026-07-01.."), []),
        (
            ("2026-01-01..", "2026-07-01.."),
            ["1 and 2 both hold on 2026-07-01..; there 2 counts, which starts last"],
        ),
        (
            ("2026-01-01..2026-05-31", "2026-07-01.."),
            ["none holds on 2026-06-01..2026-06-30: work of these days would wait"],
        ),
        (
            ("2026-01-01..2026-06-30", "2026-01-01..2026-12-31"),
            [
                "1 never counts: on all of its days, 2026-01-01..2026-06-30, others do",
                "1 and 2 both hold on 2026-01-01..2026-06-30; there 2 counts, which is given last of those that start"
                " last: let one of them start or end on another day",
            ],
        ),
        (
            ("2026-01-01..", "2026-02-01..2026-03-31", "2026-03-01..2026-03-31"),
            [
                "1 and 2 both hold on 2026-02-01..2026-02-28; there 2 counts, which starts last",
                "1, 2 and 3 all hold on 2026-03-01..2026-03-31; there 3 counts, which starts last",
            ],
        ),
    ],
)
def test_days_that_several_versions_hold_on_or_none_are_told(
    facts: Facts, valid: tuple[str, ...], said: list[str]
) -> None:
    run = facts.tarifa("check", *versions(facts, *valid))

    assert run.exit_code == 0
    lines = [line for line in run.out.splitlines() if line.startswith("versions of ")]
    assert lines == [f"versions of Small: {one}" for one in said]


def test_the_version_that_is_told_to_count_is_the_one_that_bills(facts: Facts) -> None:
    rulesets = load_all(versions(facts, "2026-01-01..2026-09-30", "2026-07-01..2026-07-31", "2026-07-01..2026-08-15"))
    timeline = offline_timeline(rulesets)

    for held in held_alike(rulesets):
        for day in (held.days.start, held.days.last):
            billing = timeline.version(day)
            assert billing is not None
            assert billing.ruleset is held.versions[-1]


def test_versions_of_other_rulesets_have_days_of_their_own(facts: Facts) -> None:
    folders = versions(facts, "2026-01-01..") + versions(facts, "2026-07-01..", name="Other")

    run = facts.tarifa("check", *folders)

    assert "versions of" not in run.out


def test_a_report_holds_nothing_but_itself_and_what_is_told_of_versions_goes_beside_it(facts: Facts) -> None:
    run = facts.tarifa("check", "--format", "json", *versions(facts, "2026-01-01..", "2026-07-01.."))

    assert "versions of" not in run.out
    assert "versions of Small: 1 and 2 both hold on 2026-07-01..;" in run.err
