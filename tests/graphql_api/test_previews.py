"""The office looks at a document before it is issued, and approves it."""

from __future__ import annotations

import json

import pytest

from tests.graphql_api import world
from tests.graphql_api.conftest import Api

PREVIEW = """
query ($contract: String!) {
  preview(contract: $contract) {
    ... on Preview { due digest json needsApproval approval { by note } total { minor } }
    ... on Refused { code message }
  }
}
"""
APPROVE = """
mutation ($approval: ApprovalInput!) {
  approveDocument(approval: $approval) {
    ... on DocumentApproved { change contractNumber contract { parked { reason { code detail { name value } } } } }
    ... on Refused { code message remedy }
  }
}
"""


def test_a_document_that_needs_approval_is_issued_when_its_digest_is_approved(api: Api) -> None:
    api.data(world.RECORD_ACCOUNTS, accounts=[{"key": "Initech", "country": "US"}])
    contract = {
        "number": "C-8", "account": "Initech", "plan": "Gold Care", "start": "2026-02-02",
        "needsApproval": True,
    }  # fmt: skip
    assert api.data(world.CREATE_CONTRACT, contract=contract)["createContract"]["change"] == "NEW"
    [parked] = api.data(world.BILL)["billDue"]["parked"]
    digest = api.data(PREVIEW, contract="C-8")["preview"]["digest"]
    assert parked["reason"]["code"] == "waiting-for-approval"
    assert digest in parked["reason"]["message"]
    approval = {"contract": "C-8", "digest": digest, "note": "ok"}
    assert api.data(APPROVE, "billing", approval=approval)["approveDocument"]["change"] == "NEW"
    seen = api.data(PREVIEW, contract="C-8")["preview"]
    assert (seen["approval"]["note"], seen["needsApproval"], seen["due"]) == ("ok", True, True)
    [billed] = api.data(world.BILL)["billDue"]["billed"]
    assert (billed["contractNumber"], billed["total"]["minor"]) == ("C-8", seen["total"]["minor"])
    assert json.loads(seen["json"])["contract"] == "C-8"
    stale = api.data(APPROVE, approval={**approval, "digest": "0" * 64})["approveDocument"]
    assert stale["code"] == "other-digest"


def test_there_is_no_preview_of_an_unknown_contract(api: Api) -> None:
    assert api.data(PREVIEW, contract="C-77")["preview"]["code"] == "unknown-contract"


@pytest.mark.parametrize("key", ["recorder", "reader"])
def test_only_the_office_approves(api: Api, key: str) -> None:
    approval = {"contract": "C-1", "digest": "x"}
    assert api.error(APPROVE, key, approval=approval)["extensions"]["code"] == "forbidden"
