"""Tortoise records of the tables that have a key of one column.

The reviewed SQL in `migrations` is the truth; a test asserts that these are a subset of it. Tables with a composite
key, and everything read or written by the set, are reached by plain SQL.
"""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model


class AccountRecord(Model):
    """A customer's identity, and the counter of its facts."""

    id = fields.CharField(max_length=64, primary_key=True)
    key = fields.TextField()
    label = fields.TextField()
    seq = fields.BigIntField()

    class Meta:
        table = "accounts"


class RulesetRecord(Model):
    """A ruleset's identity."""

    id = fields.CharField(max_length=64, primary_key=True)
    name = fields.TextField()
    label = fields.TextField()

    class Meta:
        table = "rulesets"


class RulesetVersionRecord(Model):
    """An immutable, checked state of a ruleset, with everything it was checked with."""

    id = fields.CharField(max_length=64, primary_key=True)
    ruleset_id = fields.TextField()
    number = fields.IntField()
    label = fields.TextField()
    source_digest = fields.TextField()
    meaning_digest = fields.TextField()
    files = fields.BinaryField()
    holidays = fields.TextField()
    dsl_version = fields.TextField()
    note = fields.TextField(null=True)
    published_by = fields.TextField()
    published_at = fields.BigIntField()

    class Meta:
        table = "ruleset_versions"


class ActivationRecord(Model):
    """The statement that a version is in force."""

    policy_seq = fields.BigIntField(primary_key=True, generated=False)
    ruleset_id = fields.TextField()
    version_id = fields.TextField()
    from_date = fields.TextField()
    until_date = fields.TextField()
    kind = fields.TextField()
    reason = fields.TextField(null=True)
    recorded_by = fields.TextField()
    recorded_at = fields.BigIntField()

    class Meta:
        table = "activations"


class ContractRecord(Model):
    """A contract's fixed facts."""

    id = fields.CharField(max_length=64, primary_key=True)
    account_id = fields.TextField()
    seq = fields.BigIntField()
    number = fields.TextField()
    class_ = fields.TextField(source_field="class")
    ruleset_id = fields.TextField()
    currency = fields.TextField()
    digits = fields.IntField()
    zone = fields.TextField()
    start = fields.TextField()
    bill_from = fields.TextField(null=True)
    due_days = fields.IntField()
    wait_days = fields.IntField(default=0)
    origin = fields.TextField(default="agreed")
    seller = fields.TextField(null=True)
    purchase_order = fields.TextField(null=True)
    reference = fields.TextField(null=True)
    conversion_rate = fields.TextField(null=True)
    conversion_on = fields.TextField(null=True)
    conversion_source = fields.TextField(null=True)
    renewed_from = fields.TextField(null=True)
    carries_over = fields.IntField(default=0)
    payload_hash = fields.TextField()
    recorded_by = fields.TextField()
    recorded_at = fields.BigIntField()

    class Meta:
        table = "contracts"


class TopUpRecord(Model):
    """Extra allowance bought."""

    id = fields.CharField(max_length=64, primary_key=True)
    contract_id = fields.TextField()
    seq = fields.BigIntField()
    top_up = fields.TextField()
    at = fields.BigIntField()
    request_key = fields.TextField()
    recorded_by = fields.TextField()
    recorded_at = fields.BigIntField()

    class Meta:
        table = "top_ups"


class ProblemRecord(Model):
    """A contract whose billing failed."""

    contract_id = fields.CharField(max_length=64, primary_key=True)
    since = fields.BigIntField()
    attempts = fields.IntField()
    next_try = fields.BigIntField()
    reason = fields.TextField()
    detail = fields.TextField()

    class Meta:
        table = "problems"


class EventRecord(Model):
    """The outbox: what happened, written with its cause."""

    id = fields.CharField(max_length=64, primary_key=True)
    kind = fields.TextField()
    subject_id = fields.TextField()
    discriminator = fields.TextField()
    payload = fields.TextField()
    at = fields.BigIntField()

    class Meta:
        table = "events"


class ApiKeyRecord(Model):
    """An API key: its prefix and the digest of its secret."""

    id = fields.CharField(max_length=64, primary_key=True)
    prefix = fields.TextField()
    hash = fields.TextField()
    label = fields.TextField()
    role = fields.TextField()
    account_id = fields.TextField(null=True)
    recorded_by = fields.TextField()
    recorded_at = fields.BigIntField()
    expires_at = fields.BigIntField(null=True)
    revoked_at = fields.BigIntField(null=True)

    class Meta:
        table = "api_keys"
