"""Worked cases of which contract pays for work, from ruleset text and files to documents."""

from pathlib import Path

from tests.conformance.harness import CASES, NO_TAX, Billed, bill, pricing, ruleset

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


PREPAID = """
table Hourly
  | row | plan      || rate      |
  |-----|-----------||-----------|
  | R1  | none      || €140.00/h |
  | R9  | otherwise || €100.00/h |

plans
  | plan | mode     | every | fee     | allowance | carry over | beyond | top-ups        |
  |------|----------|-------|---------|-----------|------------|--------|----------------|
  | Care | prepaid  | month | €900.00 | 10 h      | all        | rate   | Extra 5, Lasts |
  | Open | postpaid | month | -       | -         | -          | rate   | -              |

top-ups
  | top-up  | price   | adds | lasts    |
  |---------|---------|------|----------|
  | Extra 5 | €450.00 | 5 h  | 1 cycle  |
  | Lasts   | €450.00 | 5 h  | 3 cycles |
"""
EXPIRED = {"plan": "Care", "start": "2026-01-01", "expiry": "2026-03-31"}
APRIL_WORK = [
    {"id": "A", "start": "2026-04-10T09:00", "minutes": 180},
    {"id": "B", "start": "2026-04-20T09:00", "minutes": 240},
]


def prepaid(*, without_contract: str = "hold") -> str:
    zone = "  timezone   Europe/Lisbon\n"
    text = ruleset(PREPAID, NO_TAX, pricing(rate="Hourly.rate"))
    assert zone in text
    return text.replace(zone, f"{zone}  without contract  {without_contract}\n")


def from_april(billed: Billed) -> list[tuple[str, str, str, str]]:
    """Contract, boundary, kind and amount of all lines from April on."""
    return [
        (document["contract"], document["boundary"]["on"], line["kind"], line["amount"])
        for document in billed.documents
        if document["boundary"]["on"] > "2026-04-01"
        for line in document["lines"]
    ]


def test_p07_top_up_on_an_expired_contract(tmp_path: Path) -> None:
    expected = CASES["P07"]["expected"]
    bought = [{"id": "T1", "top_up": "Extra 5", "at": "2026-04-05"}]
    billed = bill(tmp_path, prepaid(), APRIL_WORK, contract=EXPIRED, top_ups=bought, through="2026-06-01")
    (april,) = [one for one in billed.documents if one["boundary"]["on"] > "2026-04-01"]
    of_kind = {line["kind"]: line["amount"] for line in april["lines"] if line["amount"] != "0.00"}
    assert of_kind == {"top-up": expected["topup"], "labour": expected["overage"]}
    labour = [line for line in april["lines"] if line["kind"] == "labour"]
    assert sum(line["covered"] for line in labour) == expected["covered_min"]
    assert sum(line["overage"] for line in labour) == expected["overage_min"]
    assert april["total"] == expected["total"]
    assert billed.exceptions == []


def test_a_top_up_that_lasts_is_used_after_the_end_and_nothing_else_is_carried_there(tmp_path: Path) -> None:
    bought = [{"id": "T1", "top_up": "Lasts", "at": "2026-03-05"}]  # lives in March, April and May
    later = [{"id": "C", "start": "2026-06-10T09:00", "minutes": 60}]
    billed = bill(tmp_path, prepaid(), [*APRIL_WORK, *later], contract=EXPIRED, top_ups=bought, through="2026-07-01")
    # April: 300 of 420 min are covered by the top-up, though all of March's own 10 h is left; 120 x 140/60 = 280.00.
    assert from_april(billed) == [
        ("C1", "2026-05-01", "labour", "0.00"),
        ("C1", "2026-05-01", "labour", "280.00"),
    ]
    assert [(one["subject"], one["reason"]) for one in billed.exceptions] == [("C", "no-contract")]


BY_REQUESTS = """
table Hourly
  | row | plan      || rate      |
  |-----|-----------||-----------|
  | R1  | none      || €140.00/h |
  | R9  | otherwise || €100.00/h |

plans
  | plan | measure  | fee     | allowance  | beyond | top-ups |
  |------|----------|---------|------------|--------|---------|
  | Care | requests | €900.00 | 9 requests | hold   | One     |

top-ups
  | top-up | price  | adds      |
  |--------|--------|-----------|
  | One    | €50.00 | 1 request |
"""


def test_a_top_up_of_requests_is_used_after_the_end_and_others_cost_their_time(tmp_path: Path) -> None:
    bought = [{"id": "T1", "top_up": "One", "at": "2026-04-05"}]
    again = {"id": "A2", "start": "2026-04-21T09:00", "minutes": 30, "request": "A"}
    worklogs = [*({**one, "request": one["id"]} for one in APRIL_WORK), again]
    rules = ruleset(BY_REQUESTS, NO_TAX, pricing(rate="Hourly.rate"))
    billed = bill(tmp_path, rules, worklogs, contract=EXPIRED, top_ups=bought, through="2026-06-01")
    [april] = [one for one in billed.documents if one["boundary"]["on"] > "2026-04-01"]
    charged = {line["item"]: line["amount"] for line in april["lines"] if line["amount"] != "0.00"}
    assert charged == {"topup/T1": "50.00", "work/B/operational": "560.00"}  # 240 min x 140/60
    assert [(one["measure"], one["drawn"], one["overage"]) for one in april["closings"]] == [("requests", "1", "1")]
    assert billed.exceptions == []


def test_work_without_a_contract_pays_as_it_goes_one_document_for_each_cycle(tmp_path: Path) -> None:
    worklogs = [
        {"id": "W1", "start": "2026-02-10T09:00", "minutes": 60},
        {"id": "W2", "start": "2026-04-10T09:00", "minutes": 90},
        {"id": "W3", "start": "2026-04-20T09:00", "minutes": 30},
        {"id": "W4", "start": "2026-07-02T09:00", "minutes": 30},
    ]
    only_march = {"plan": "Open", "start": "2026-03-01", "expiry": "2026-03-31"}
    rules = prepaid(without_contract="month")
    billed = bill(tmp_path, rules, worklogs, contract=only_march, others=["IDLE"], through="2026-07-15")
    # 60 x 140/60 = 140.00; 90 x 140/60 = 210.00 and 30 x 140/60 = 70.00.
    assert [(one["key"], one["total"]) for one in billed.documents] == [
        ("pay-as-you-go/acme/2026-03-01", "140.00"),
        ("pay-as-you-go/acme/2026-05-01", "280.00"),
    ]
    assert billed.out["pending"] == ["W4"]
    assert billed.exceptions == []


def test_work_without_a_contract_pays_by_the_quarter_where_the_ruleset_says_so(tmp_path: Path) -> None:
    worklogs = [
        {"id": "W1", "start": "2026-04-10T09:00", "minutes": 60},
        {"id": "W2", "start": "2026-06-30T09:00", "minutes": 60},
    ]
    rules = prepaid(without_contract="quarter")
    billed = bill(tmp_path, rules, worklogs, contract=EXPIRED, through="2026-07-15")
    assert [(one["key"], one["total"]) for one in billed.documents if "pay" in one["key"]] == [
        ("pay-as-you-go/acme/2026-07-01", "280.00")
    ]


def test_a_top_up_on_an_expired_contract_with_an_heir_or_of_no_such_plan_waits(tmp_path: Path) -> None:
    bought = [
        {"id": "T1", "top_up": "Extra 5", "at": "2026-04-05"},
        {"id": "T2", "top_up": "Extra 5", "at": "2026-04-05", "contract": "C2"},
    ]
    heir = {"number": "C2", "plan": "Open", "start": "2026-04-01", "expiry": "2026-04-02"}
    renewed = {"number": "C3", "plan": "Care", "start": "2026-04-03"}
    billed = bill(
        tmp_path, prepaid(), APRIL_WORK, contract=EXPIRED, beside=[heir, renewed], top_ups=bought, through="2026-05-01"
    )
    assert {one["subject"]: one["message"] for one in billed.exceptions} == {
        "T1": "contract `C1` has expired, and `C3` is in force in its place on 2026-04-05",
        "T2": "contract `C2` has expired, and `C3` is in force in its place on 2026-04-05",
    }
