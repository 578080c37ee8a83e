"""Writes: done once however often they are sent, and refused as data."""

from __future__ import annotations

from typing import Any

import pytest

from tests.graphql_api import world
from tests.graphql_api.conftest import Api


def record(api: Api, *worklogs: dict[str, object], **variables: object) -> dict[str, Any]:
    answer: dict[str, Any] = api.data(world.RECORD_WORKLOGS, worklogs=list(worklogs), **variables)["recordWorklogs"]
    return answer


def work(id: str, **changes: object) -> dict[str, object]:  # noqa: A002 - the input's own name
    worklog: dict[str, object] = {
        "id": id,
        "account": "Globex",
        "start": "2026-02-02T10:00",
        "minutes": 60,
        "request": world.request(f"r-{id}", "Server", "Low"),
    }
    return {**worklog, **changes}


def test_worklogs_sent_again_are_on_record_once(api: Api) -> None:
    first = record(api, work("n1"), work("n2"))
    again = record(api, work("n1"), work("n2"))
    assert [result["change"] for result in first["results"]] == ["NEW", "NEW"]
    assert [result["change"] for result in again["results"]] == ["UNCHANGED", "UNCHANGED"]
    assert again["recorded"] == 2


def test_each_worklog_has_its_own_result_in_the_order_it_was_sent(api: Api) -> None:
    answer = record(
        api,
        work("good"),
        work("unreadable", start="next tuesday"),
        work("also good", end="2026-02-02T11:15", minutes=None),
        work("no time", minutes=None),
    )
    assert [result["__typename"] for result in answer["results"]] == [
        "WorklogRecorded",
        "Refused",
        "WorklogRecorded",
        "Refused",
    ]
    assert (answer["recorded"], answer["refused"]) == (2, 2)
    assert answer["results"][0]["worklog"] == {"state": "OPEN", "seconds": 3600, "zone": "America/Chicago"}
    assert answer["results"][2]["worklog"]["seconds"] == 75 * 60
    for result in (answer["results"][1], answer["results"][3]):
        assert result["code"]
        assert result["message"]
        assert result["remedy"]


def test_work_for_an_unknown_account_is_refused_with_its_name(api: Api) -> None:
    [result] = record(api, work("n1", account="Globecks"))["results"]
    assert result["code"] == "unknown-account"
    assert "Globecks" in result["message"]


def test_a_local_time_that_the_clock_shows_twice_needs_its_offset(api: Api) -> None:
    api.clock.now = api.clock.now.replace(month=12)
    twice = work("n1", start="2026-11-01T01:30")
    [result] = record(api, twice)["results"]
    assert result["code"] == "ambiguous-time"
    assert "offset" in result["message"] + result["remedy"]
    [mended] = record(api, {**twice, "start": "2026-11-01T01:30-06:00"})["results"]
    assert mended["change"] == "NEW"


def test_a_local_time_that_the_clock_skips_is_refused(api: Api) -> None:
    api.clock.now = api.clock.now.replace(month=12)
    [result] = record(api, work("n1", start="2026-03-08T02:30"))["results"]
    assert result["code"] == "skipped-time"


def test_other_content_under_a_known_id_is_refused_unless_a_revision_is_asked_for(api: Api) -> None:
    record(api, work("n1"))
    [refused] = record(api, work("n1", minutes=90))["results"]
    assert refused["__typename"] == "Refused"
    [revised] = record(api, work("n1", minutes=90), onChange="REVISE")["results"]
    assert (revised["change"], revised["revision"], revised["worklog"]["seconds"]) == ("REVISED", 2, 5400)


def test_the_same_id_of_two_sources_is_two_worklogs(api: Api) -> None:
    [one] = record(api, work("n1"))["results"]
    [two] = record(api, work("n1"), source="desk")["results"]
    assert (one["id"], two["id"]) == ("main:n1", "desk:n1")
    assert two["change"] == "NEW"


def test_a_source_without_a_name_is_refused_for_every_worklog(api: Api) -> None:
    answer = record(api, work("n1"), work("n2"), source=" ")
    assert [result["__typename"] for result in answer["results"]] == ["Refused", "Refused"]
    assert (answer["recorded"], answer["refused"]) == (0, 2)


def test_a_field_named_twice_is_refused_before_anything_is_written(api: Api) -> None:
    fields = [{"name": "priority", "value": "Low"}, {"name": " PRIORITY", "value": "High"}]
    twice = work("n2", request={"id": "r", "fields": fields})
    error = api.error(world.RECORD_WORKLOGS, worklogs=[work("n1"), twice])
    assert error["extensions"]["code"] == "duplicate-name"
    assert api.data('{ worklog(id: "main:n1") { id } }')["worklog"] is None


def test_late_work_makes_one_difference_on_the_next_document(api: Api) -> None:
    record(api, work("late", start="2026-01-20T10:00"))
    api.clock.now = api.clock.now.replace(month=3)
    billed = api.data(world.BILL)["billDue"]["billed"]
    [document] = [entry["documentNumber"] for entry in billed if entry["contractNumber"] == "C-2"]
    lines = api.data(
        "query ($n: String!) { document(number: $n) { lines { nodes { worklogId amount { amount } } } } }", n=document
    )["document"]["lines"]["nodes"]
    assert [line["amount"]["amount"] for line in lines if line["worklogId"] == "main:late"] == ["150.00"]


def test_billing_again_bills_nothing(api: Api) -> None:
    assert api.data(world.BILL)["billDue"] == {"billed": [], "parked": []}


def test_billing_names_what_it_billed(api: Api) -> None:
    api.clock.now = api.clock.now.replace(month=3)
    billed = api.data(world.BILL)["billDue"]["billed"]
    assert {entry["contractNumber"] for entry in billed} == {"C-1", "C-2"}
    for entry in billed:
        assert entry["boundaryOn"] == "2026-03-01"
        assert entry["document"] == {"number": entry["documentNumber"]}
    assert api.data(world.BILL)["billDue"]["billed"] == []


def test_billing_through_a_day_goes_no_further(api: Api) -> None:
    api.clock.now = api.clock.now.replace(month=6)
    first = api.data(world.BILL, through="2026-03-31")["billDue"]["billed"]
    assert {entry["boundaryOn"] for entry in first} == {"2026-03-01"}
    rest = api.data(world.BILL, through="2026-06-30")["billDue"]["billed"]
    assert {entry["boundaryOn"] for entry in rest} == {"2026-04-01", "2026-05-01", "2026-06-01"}


def test_the_same_ruleset_is_the_same_version(api: Api) -> None:
    again = api.data(world.PUBLISH, files=world.FILES)["publishRuleset"]
    assert (again["change"], again["version"]["number"]) == ("UNCHANGED", 1)


def test_a_ruleset_that_does_not_check_is_refused_with_every_place(api: Api) -> None:
    files = [dict(file) for file in world.FILES]
    files[1]["text"] = files[1]["text"].replace("Network  |", "Netwrok  |").replace("$500.00", "500")
    answer = api.data(world.PUBLISH, files=files)["publishRuleset"]
    assert answer["__typename"] == "RulesetNotPublished"
    assert answer["code"] == "ruleset-does-not-check"
    assert "nothing was published" in answer["message"]
    [unknown] = [d for d in answer["diagnostics"] if d["code"] == "unknown-value"]
    text = files[1]["text"].splitlines()
    assert unknown["file"] == "rates.rules"
    assert text[unknown["line"] - 1][unknown["column"] - 1 : unknown["endColumn"] - 1] == "Netwrok"
    assert unknown["suggestion"] == "Network"
    assert len(answer["diagnostics"]) > 1
    versions = api.data("{ rulesetVersions { nodes { number } } }")["rulesetVersions"]["nodes"]
    assert versions == [{"number": 1}]


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ([], "no-files"),
        ([{"path": "/etc/a.rules", "text": ""}], "bad-path"),
        ([{"path": "../../a.rules", "text": ""}], "bad-path"),
        ([{"path": "a/../../b/../../a.rules", "text": ""}], "bad-path"),
        ([{"path": "a\\b.rules", "text": ""}], "bad-path"),
        ([{"path": "a.txt", "text": ""}], "bad-path"),
        ([{"path": "", "text": ""}], "bad-path"),
        ([{"path": "a.rules", "text": ""}, {"path": "./a.rules", "text": ""}], "duplicate-name"),
    ],
)
def test_files_that_are_not_those_of_one_folder_are_refused(api: Api, files: list[object], code: str) -> None:
    answer = api.data(world.PUBLISH, files=files)["publishRuleset"]
    assert (answer["__typename"], answer["code"]) == ("Refused", code)


def test_an_empty_file_or_one_with_odd_characters_is_refused_by_the_checker(api: Api) -> None:
    for text in ("", "\0", "\u202e ruleset"):
        answer = api.data(world.PUBLISH, files=[{"path": "a.rules", "text": text}])["publishRuleset"]
        assert answer["__typename"] == "RulesetNotPublished", text
        assert answer["diagnostics"]


def test_a_version_that_is_not_there_cannot_be_activated(api: Api) -> None:
    for wrong in ({"ruleset": "Southwind"}, {"ruleset": "Northwind", "version": 7}):
        answer = api.data(world.ACTIVATE, activation={"from": "2026-03-01", **wrong})["activateRuleset"]
        assert answer["code"].startswith("unknown-")
        assert answer["remedy"]


def test_an_activation_that_reaches_billed_time_is_refused(api: Api) -> None:
    answer = api.data(world.ACTIVATE, activation={"ruleset": "Northwind", "from": "2026-01-15"})["activateRuleset"]
    assert answer["code"]
    assert answer["message"]


def test_an_account_recorded_again_is_unchanged_and_one_that_moved_is_revised(api: Api) -> None:
    again = api.data(world.RECORD_ACCOUNTS, accounts=world.ACCOUNTS)["recordAccounts"]
    assert [result["change"] for result in again["results"]] == ["UNCHANGED", "UNCHANGED"]
    moved = [world.ACCOUNTS[1] | {"country": "CA"}]
    [result] = api.data(world.RECORD_ACCOUNTS, accounts=moved)["recordAccounts"]["results"]
    assert (result["key"], result["change"]) == ("globex", "REVISED")


def test_an_account_with_a_zone_that_is_none_is_refused_and_stops_no_other(api: Api) -> None:
    accounts = [
        {"key": "Initech", "sites": [{"key": "HQ", "zone": "America/Chicagoo"}]},
        {"key": "Umbrella", "sites": [{"key": "HQ", "zone": "Europe/Lisbon"}]},
    ]
    answer = api.data(world.RECORD_ACCOUNTS, accounts=accounts)["recordAccounts"]
    assert answer["results"][0]["code"] == "unknown-zone"
    assert answer["results"][1]["account"]["sites"] == [{"key": "hq", "zone": "Europe/Lisbon"}]
    assert (answer["recorded"], answer["refused"]) == (1, 1)


def test_a_contract_sent_again_is_unchanged_and_another_under_its_number_is_refused(api: Api) -> None:
    again = api.data(world.CREATE_CONTRACT, contract=world.CONTRACTS[0])["createContract"]
    assert (again["number"], again["change"]) == ("C-1", "UNCHANGED")
    other = world.CONTRACTS[0] | {"plan": "Open Book"}
    assert api.data(world.CREATE_CONTRACT, contract=other)["createContract"]["code"] == "contract-exists"


@pytest.fixture
def initech(api: Api) -> dict[str, object]:
    """What a contract of a new customer needs."""
    api.data(world.RECORD_ACCOUNTS, accounts=[{"key": "Initech", "sites": [{"key": "HQ"}]}])
    return {"number": "C-9", "account": "Initech", "plan": "Open Book", "start": "2026-02-01"}


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"account": "Nobody"}, "unknown-account"),
        ({"plan": "Platinum"}, "no-plan"),
        ({"ruleset": "Southwind"}, "unknown-ruleset"),
        ({"zone": "Mars/Olympus"}, "unknown-zone"),
        ({"currency": "EUR"}, "no-currency"),
        ({"expiry": "2025-01-01"}, "empty-period"),
        ({"sites": ["Attic"]}, "unknown-site"),
        ({"overrides": [{"name": "standard", "value": "cheap"}]}, "bad-override"),
        ({"overrides": [{"name": "no such constant", "value": "$1.00/h"}]}, "bad-override"),
        ({"dueDays": -1}, "negative-days"),
        ({"number": ""}, "blank-name"),
        ({"account": "Globex"}, "overlap"),
    ],
)
def test_a_contract_that_makes_no_sense_is_refused_with_the_reason(
    api: Api, initech: dict[str, object], wrong: dict[str, object], code: str
) -> None:
    answer = api.data(world.CREATE_CONTRACT, contract={**initech, **wrong})["createContract"]
    assert answer["__typename"] == "Refused", answer
    assert answer["code"] == code
    assert answer["message"]
    assert answer["remedy"]
    assert answer["problems"][0]["code"] == code


def test_a_contracts_overrides_and_discounts_come_back_as_they_were_sent(api: Api, initech: dict[str, object]) -> None:
    contract = {
        **initech,
        "overrides": [{"name": "Standard", "value": "$80.00/h"}],
        "discounts": [{"percent": "12.5", "lineKind": "FEE"}],
        "dueDays": 14,
    }
    created = api.data(world.CREATE_CONTRACT, contract=contract)["createContract"]
    assert created["__typename"] == "ContractCreated", created
    query = '{ contract(number: "C-9") { dueDays overrides { name value } discounts { percent lineKind } } }'
    assert api.data(query)["contract"] == {
        "dueDays": 14,
        "overrides": [{"name": "standard", "value": "$80.00/h"}],
        "discounts": [{"percent": "12.5", "lineKind": "fee"}],
    }


def test_a_contract_with_many_boundaries_behind_it_waits_until_somebody_asks(
    api: Api, initech: dict[str, object]
) -> None:
    api.data(world.CREATE_CONTRACT, contract={**initech, "start": "2026-01-01"})
    api.clock.now = api.clock.now.replace(month=9)
    unasked = api.data(world.BILL)["billDue"]
    reasons = {entry["contractNumber"]: entry["reason"] for entry in unasked["parked"]}
    assert reasons["C-9"]["code"] == "many-boundaries"
    assert "`through`" in reasons["C-9"]["message"]
    parked = api.data("{ parkedContracts { nodes { contractNumber reason { code } attempts } } }")["parkedContracts"]
    assert {"contractNumber": "C-9", "reason": {"code": "many-boundaries"}, "attempts": 1} in parked["nodes"]
    assert api.data('{ contract(number: "C-9") { parked { attempts } } }')["contract"] == {"parked": {"attempts": 1}}
    asked = api.data(world.BILL, through="2026-09-30")["billDue"]
    assert asked["parked"] == []
    assert [entry["boundaryOn"] for entry in asked["billed"] if entry["contractNumber"] == "C-9"][-1] == "2026-09-01"
    assert api.data('{ contract(number: "C-9") { parked { attempts } } }')["contract"] == {"parked": None}


def test_a_worklog_shows_what_is_charged_beside_its_time(api: Api) -> None:
    extras = [{"label": "Parts", "amount": "35"}, {"label": "Taxi", "amount": "12.505", "billable": False}]
    record(api, work("n1", distance="42.5", extras=extras))
    shown = api.data('{ worklog(id: "main:n1") { fields { name value } extras { label amount billable } } }')["worklog"]
    assert {"name": "distance", "value": "42.5"} in shown["fields"]
    assert shown["extras"] == [
        {"label": "Parts", "amount": "35.00", "billable": True},
        {"label": "Taxi", "amount": "12.505", "billable": False},
    ]


def test_an_extra_below_zero_is_refused_with_its_worklog(api: Api) -> None:
    [result] = record(api, work("n1", extras=[{"label": "Parts", "amount": "-1"}]))["results"]
    assert (result["code"], result["problems"][0]["field"]) == ("bad-extra", "extras")
