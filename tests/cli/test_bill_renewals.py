"""`tarifa bill` with contracts that renew others."""

from __future__ import annotations

import pytest

from tests.cli.conftest import PRICES, Facts

HEADER = "number,account,plan,start,expiry,renewed_from,carry_over,bill_from\n"
OLD = "C-1,Acme,Hours,2026-01-01,2026-02-28,,,\n"
RENEWAL = "C-2,Acme,Hours,2026-03-01,,C-1,yes,\n"
ANOTHER = "C-9,Globex,Open,2026-01-01,2026-02-28,,,\n"


CARRYING = """plans
  | plan   | mode     | fee     | allowance | carry over | beyond | valid        |
  |--------|----------|---------|-----------|------------|--------|--------------|
  | Hours  | prepaid  | $100.00 | 2 h       | 1 h        | rate   | -            |
  | Closed | prepaid  | $100.00 | 1 h       | -          | hold   | -            |
  | Open   | postpaid | -       | -         | -          | rate   | -            |
  | Short  | prepaid  | $100.00 | 2 h       | 1 h        | rate   | ..2026-01-31 |

"""


@pytest.fixture
def carrying(facts: Facts) -> Facts:
    """The plan `Hours` carries an hour over, for a cycle; two hours and a half are worked in March."""
    before, _, after = PRICES.partition("plans\n")
    _, _, taxes = after.partition("taxes\n")
    (facts.ruleset / "small.rules").write_text(
        before.replace("2026-01-01..", "2025-12-01..") + CARRYING + "taxes\n" + taxes
    )
    facts.write("worklogs.csv", "id,account,category,start,minutes\nW-1,Acme,Desktop,2026-03-03 09:00,150\n")
    return facts


def test_a_renewal_that_carries_opens_with_what_is_left(carrying: Facts) -> None:
    carrying.write("contracts.csv", HEADER + RENEWAL + OLD)

    run, table = carrying.bill(through="2026-04-01"), carrying.bill(through="2026-04-01", form="table")

    assert run.json["exceptions"] == []
    figures = [(c["contract"], c["carried_in"], c["left"], c["carried_out"]) for c in run.json["closings"]]
    assert figures == [("C-1", "0", "120", "60"), ("C-1", "60", "180", "60"), ("C-2", "60", "30", "30")]
    assert "1:00 carried in, 1:00 of it brought over, 2:00 granted" in table.out


def test_without_a_word_nothing_is_carried(carrying: Facts) -> None:
    carrying.write("contracts.csv", HEADER + OLD + RENEWAL.replace("yes", ""))

    closings = carrying.bill(through="2026-04-01").json["closings"]

    assert [(c["carried_in"], c["carried_out"]) for c in closings] == [("0", "60"), ("60", "0"), ("0", "0")]


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (OLD + RENEWAL.replace("C-1", "C-7"), "there is no contract `C-7` to renew"),
        (OLD + RENEWAL.replace("C-1", "C-2"), "it renews itself"),
        (OLD + "C-2,Acme,Hours,2026-03-01,,,yes,\n", "names no contract that it renews"),
        (ANOTHER + RENEWAL.replace("C-1", "C-9"), "contract `C-9` is with another account"),
        (OLD + RENEWAL.replace("2026-03-01", "2026-03-02"), "leaves a gap; a renewal starts on 2026-03-01"),
        (OLD.replace("2026-02-28", "2026-03-15") + RENEWAL, "it overlaps contract"),
        (OLD.replace("2026-02-28", "") + RENEWAL.replace("yes", "").replace("Acme", "Globex"), "another account"),
        (OLD + RENEWAL.replace("yes,", "yes,2026-04-01"), "bill it from its start on"),
        (OLD.replace("Hours", "Closed") + RENEWAL, "its plan `Closed` carries nothing over"),
        (OLD.replace("Hours", "Gone") + RENEWAL, "renews contract `C-1`, which cannot be billed as it is"),
        (
            OLD + RENEWAL.replace(",,C-1", ",2026-04-30,C-1") + "C-3,Acme,Hours,2026-05-01,,C-1,,\n",
            "is renewed by `C-2`",
        ),
    ],
)
def test_what_cannot_be_a_renewal_waits_and_says_how_to_mend_it(carrying: Facts, rows: str, says: str) -> None:
    carrying.write("contracts.csv", HEADER + rows)

    waiting = carrying.bill(through="2026-04-01").json["exceptions"]

    assert any(one["kind"] == "contract" and says in one["message"] for one in waiting), waiting


def test_a_renewal_waits_where_what_it_takes_over_is_not_known(carrying: Facts) -> None:
    carrying.write("contracts.csv", HEADER + OLD.replace("Hours", "Short") + RENEWAL)

    waiting = carrying.bill(through="2026-04-01").json["exceptions"]

    reasons = [(one["subject"], one["reason"]) for one in waiting]
    assert reasons == [("C-1", "plan-not-sold"), ("C-2", "not-closed")]
    assert waiting[1]["works"] == ["W-1"]
