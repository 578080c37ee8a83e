"""`tarifa bill`: what a worklog costs beside its time."""

from __future__ import annotations

from tests.cli.conftest import Facts

HEADER = "id,account,start,minutes,distance,extras,billable\n"


def _travel(facts: Facts) -> None:
    rules = facts.ruleset / "small.rules"
    row = "  | rate | Hourly rate.rate |\n"
    text = rules.read_text()
    assert row in text
    rules.write_text(text.replace(row, f"{row}  | travel | distance * $0.36 |\n"))


def _lines(facts: Facts) -> list[tuple[str, str]]:
    shape = facts.bill().json
    assert shape["exceptions"] == []
    return [
        (line["item"], line["amount"])
        for document in shape["documents"]
        if document["contract"] == "C-2"
        for line in document["lines"]
    ]


def test_the_way_and_extras_are_lines_of_their_own(facts: Facts) -> None:
    """B05, with an hour at 90."""
    _travel(facts)
    facts.write("worklogs.csv", f"{HEADER}W,Globex,2026-03-02 09:00,60,42,Parts 35.00; Taxi 12.50 (not billable),\n")

    assert _lines(facts) == [
        ("work/W/operational", "90.00"),
        ("travel/W", "15.12"),
        ("extra/W/parts", "35.00"),
    ]


def test_they_are_charged_where_the_time_is_not_billable(facts: Facts) -> None:
    _travel(facts)
    facts.write(
        "worklogs.csv",
        f"{HEADER}W,Globex,2026-03-02 09:00,60,42,Parts 35.00,no\nX,Globex,2026-03-02 09:00,60,,Parts 1 (Not billable),no\n",
    )

    assert _lines(facts) == [("travel/W", "15.12"), ("extra/W/parts", "35.00")]
    assert facts.bill().json["not_billable"] == ["X"]


def test_an_extra_that_cannot_be_read_leaves_its_row_out_and_says_how_to_write_it(facts: Facts) -> None:
    bad = ["Parts", "Parts -3", "35.00", "Parts 1;2", '"Parts 1,50"']
    rows = [f"W-{n},Globex,2026-03-02 09:00,60,,{cell},\n" for n, cell in enumerate(bad)]
    facts.write("worklogs.csv", HEADER + "".join(rows))

    said = [one["message"] for one in facts.bill().json["exceptions"]]
    assert len(said) == len(bad)
    assert all("`Parts 35.00`" in one or "write it as `35.00`" in one for one in said), said
