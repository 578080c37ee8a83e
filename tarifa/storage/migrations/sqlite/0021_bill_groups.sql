-- Who is billed together, on one document for each boundary: bill groups, their contracts, and their documents.

CREATE TABLE bill_groups (
    key TEXT PRIMARY KEY,  -- folded
    label TEXT NOT NULL,
    account_id TEXT NOT NULL REFERENCES accounts (id),  -- who is billed
    seller TEXT,  -- as contracts name theirs
    currency TEXT NOT NULL,
    digits INTEGER NOT NULL,
    recorded_by TEXT NOT NULL,
    recorded_at INTEGER NOT NULL
) STRICT;

-- The newest revision counts.
CREATE TABLE bill_group_revs (
    group_key TEXT NOT NULL REFERENCES bill_groups (key),
    policy_seq INTEGER NOT NULL,
    due_days INTEGER NOT NULL CHECK (due_days >= 0),
    purchase_order TEXT,
    reference TEXT,
    needs_approval INTEGER NOT NULL CHECK (needs_approval IN (0, 1)),
    payload_hash TEXT NOT NULL,
    recorded_by TEXT NOT NULL,
    recorded_at INTEGER NOT NULL,
    PRIMARY KEY (group_key, policy_seq)
) STRICT;

-- How many documents a group has; raised with each, so that two that were made at once do not both count the same past.
CREATE TABLE bill_group_heads (
    group_key TEXT PRIMARY KEY REFERENCES bill_groups (key),
    n INTEGER NOT NULL
) STRICT;

-- The group that a contract is billed with; the newest row counts.
CREATE TABLE memberships (
    contract_id TEXT NOT NULL REFERENCES contracts (id),
    n INTEGER NOT NULL,
    seq INTEGER NOT NULL,  -- of the facts of the contract's account
    group_key TEXT NOT NULL REFERENCES bill_groups (key),
    recorded_by TEXT NOT NULL,
    recorded_at INTEGER NOT NULL,
    PRIMARY KEY (contract_id, n)
) STRICT;
CREATE INDEX memberships_by_group ON memberships (group_key, contract_id);

CREATE TABLE group_documents (
    document_id TEXT PRIMARY KEY REFERENCES documents (id),
    group_key TEXT NOT NULL REFERENCES bill_groups (key),
    n INTEGER NOT NULL,
    account_seq INTEGER NOT NULL,  -- of the account that is billed, when it was made
    policy_seq INTEGER NOT NULL,
    left_out TEXT NOT NULL,  -- contracts that could not be billed then
    purchase_order TEXT,
    reference TEXT,
    UNIQUE (group_key, n)
) STRICT;

CREATE TRIGGER bill_groups_no_update BEFORE UPDATE ON bill_groups
BEGIN
    SELECT RAISE(ABORT, 'bill_groups is immutable');
END;
CREATE TRIGGER bill_groups_no_delete BEFORE DELETE ON bill_groups
BEGIN
    SELECT RAISE(ABORT, 'bill_groups is immutable');
END;
CREATE TRIGGER bill_group_revs_no_update BEFORE UPDATE ON bill_group_revs
BEGIN
    SELECT RAISE(ABORT, 'bill_group_revs is immutable');
END;
CREATE TRIGGER bill_group_revs_no_delete BEFORE DELETE ON bill_group_revs
BEGIN
    SELECT RAISE(ABORT, 'bill_group_revs is immutable');
END;
CREATE TRIGGER memberships_no_update BEFORE UPDATE ON memberships
BEGIN
    SELECT RAISE(ABORT, 'memberships is immutable');
END;
CREATE TRIGGER memberships_no_delete BEFORE DELETE ON memberships
BEGIN
    SELECT RAISE(ABORT, 'memberships is immutable');
END;
CREATE TRIGGER group_documents_no_update BEFORE UPDATE ON group_documents
BEGIN
    SELECT RAISE(ABORT, 'group_documents is immutable');
END;
CREATE TRIGGER group_documents_no_delete BEFORE DELETE ON group_documents
BEGIN
    SELECT RAISE(ABORT, 'group_documents is immutable');
END;
