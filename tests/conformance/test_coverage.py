"""Worked cases of which contract pays for work, from ruleset text and files to documents."""

from pathlib import Path

from tests.conformance.harness import NO_TAX, Billed, bill, pricing, ruleset

CLASSES = """
inputs
  | name      | of       | type   | values                   |
  |-----------|----------|--------|--------------------------|
  | class     | contract | choice | main, projects           |
  | work type | worklog  | choice | Support, Migration, none |

table Pays
  | row | work type || class    |
  |-----|-----------||----------|
  | K1  | Migration || projects |
  | K9  | otherwise || main     |

table Hourly
  | row | class    || rate      |
  |-----|----------||-----------|
  | R1  | projects || €110.00/h |
  | R2  | main     ||  €95.00/h |

plans
  | plan    | mode     | every | fee     | allowance | beyond |
  |---------|----------|-------|---------|-----------|--------|
  | Care    | postpaid | month | €500.00 | 2 h       | rate   |
  | Project | postpaid | month | -       | 1 h       | rate   |
  | Open    | postpaid | month | -       | -         | rate   |
"""
RULES = ruleset(CLASSES, NO_TAX, pricing(rate="Hourly.rate", **{"class": "Pays.class"}))
MAIN = {"number": "C-main", "plan": "Care", "class": "main"}
PROJECTS = {"number": "C-projects", "plan": "Project", "class": "projects"}


def labour(billed: Billed) -> dict[tuple[str, str], tuple[int, int, str]]:
    """By contract and worklog: covered, beyond it, amount."""
    return {
        (document["contract"], line["work"]): (line["covered"], line["overage"], line["amount"])
        for document in billed.documents
        for line in document["lines"]
        if line["kind"] == "labour"
    }


def test_contracts_of_two_classes_pay_side_by_side_each_from_its_own_allowance(tmp_path: Path) -> None:
    worklogs = [
        {"id": "S1", "start": "2026-03-02T10:00", "minutes": 90, "work_type": "Support"},
        {"id": "M1", "start": "2026-03-03T10:00", "minutes": 150, "work_type": "Migration"},
        {"id": "S2", "start": "2026-03-04T10:00", "minutes": 60},
    ]
    billed = bill(tmp_path, RULES, worklogs, contract=MAIN, beside=[PROJECTS], through="2026-04-01")
    # S1 90 + S2 30 of 120 min; S2 30 min beyond x 95/60 = 47.50. M1 60 of 60 min; 90 min beyond x 110/60 = 165.00.
    assert labour(billed) == {
        ("C-main", "S1"): (90, 0, "0.00"),
        ("C-main", "S2"): (30, 30, "47.50"),
        ("C-projects", "M1"): (60, 90, "165.00"),
    }
    assert billed.exceptions == []


def test_work_of_a_class_without_a_contract_waits_and_names_the_class(tmp_path: Path) -> None:
    worklogs = [{"id": "M1", "start": "2026-03-03T10:00", "minutes": 60, "work_type": "Migration"}]
    billed = bill(tmp_path, RULES, worklogs, contract=MAIN, through="2026-04-01")
    assert [(one["subject"], one["reason"]) for one in billed.exceptions] == [("M1", "no-contract")]
    assert "of the class projects" in billed.exceptions[0]["message"]


def test_work_whose_class_cannot_be_told_waits_with_what_is_unknown(tmp_path: Path) -> None:
    worklogs = [{"id": "W1", "start": "2026-03-03T10:00", "minutes": 60, "work_type": "Migraton"}]
    billed = bill(tmp_path, RULES, worklogs, contract=MAIN, beside=[PROJECTS], through="2026-04-01")
    assert [(one["subject"], one["reason"]) for one in billed.exceptions] == [("W1", "unknown-value")]


def test_a_contract_of_the_class_for_the_site_goes_before_one_for_the_account(tmp_path: Path) -> None:
    at_plant = {"number": "C-plant", "plan": "Open", "class": "projects", "sites": "Plant"}
    worklogs = [
        {"id": "P1", "start": "2026-03-03T10:00", "minutes": 60, "work_type": "Migration", "site": "Plant"},
        {"id": "P2", "start": "2026-03-03T12:00", "minutes": 60, "work_type": "Support", "site": "Plant"},
        {"id": "H1", "start": "2026-03-04T10:00", "minutes": 60, "work_type": "Migration", "site": "HQ"},
    ]
    sites = [{"account": "ACME", "key": "Plant"}, {"account": "ACME", "key": "HQ"}]
    billed = bill(
        tmp_path, RULES, worklogs, contract=MAIN, beside=[PROJECTS, at_plant], sites=sites, through="2026-04-01"
    )
    assert labour(billed) == {
        ("C-plant", "P1"): (0, 60, "110.00"),
        ("C-main", "P2"): (60, 0, "0.00"),
        ("C-projects", "H1"): (60, 0, "0.00"),
    }


def test_contracts_of_one_class_may_not_overlap_and_an_unknown_class_is_told(tmp_path: Path) -> None:
    twice = {"number": "C-again", "plan": "Open", "class": "Projects"}
    strange = {"number": "C-strange", "plan": "Open", "class": "project"}
    worklogs = [{"id": "W1", "start": "2026-03-03T10:00", "minutes": 60}]
    billed = bill(tmp_path, RULES, worklogs, contract=MAIN, beside=[PROJECTS, twice, strange], through="2026-04-01")
    messages = {one["subject"]: one["message"] for one in billed.exceptions}
    assert messages == {
        "C-again": "it overlaps contract `C-projects` of the same account",
        "C-strange": "Fixture@1 has no class `project`; did you mean `projects`?",
    }
