-- Who is billed together, on one document for each boundary: bill groups, their contracts, and their documents.

CREATE TABLE bill_groups (
    key TEXT COLLATE "C" PRIMARY KEY,  -- folded
    label TEXT COLLATE "C" NOT NULL,
    account_id TEXT COLLATE "C" NOT NULL REFERENCES accounts (id),  -- who is billed
    seller TEXT COLLATE "C",  -- as contracts name theirs
    currency TEXT COLLATE "C" NOT NULL,
    digits BIGINT NOT NULL,
    recorded_by TEXT COLLATE "C" NOT NULL,
    recorded_at BIGINT NOT NULL
);

-- The newest revision counts.
CREATE TABLE bill_group_revs (
    group_key TEXT COLLATE "C" NOT NULL REFERENCES bill_groups (key),
    policy_seq BIGINT NOT NULL,
    due_days BIGINT NOT NULL CHECK (due_days >= 0),
    purchase_order TEXT COLLATE "C",
    reference TEXT COLLATE "C",
    needs_approval BIGINT NOT NULL CHECK (needs_approval IN (0, 1)),
    payload_hash TEXT COLLATE "C" NOT NULL,
    recorded_by TEXT COLLATE "C" NOT NULL,
    recorded_at BIGINT NOT NULL,
    PRIMARY KEY (group_key, policy_seq)
);

-- How many documents a group has; raised with each, so that two that were made at once do not both count the same past.
CREATE TABLE bill_group_heads (
    group_key TEXT COLLATE "C" PRIMARY KEY REFERENCES bill_groups (key),
    n BIGINT NOT NULL
);

-- The group that a contract is billed with; the newest row counts.
CREATE TABLE memberships (
    contract_id TEXT COLLATE "C" NOT NULL REFERENCES contracts (id),
    n BIGINT NOT NULL,
    seq BIGINT NOT NULL,  -- of the facts of the contract's account
    group_key TEXT COLLATE "C" NOT NULL REFERENCES bill_groups (key),
    recorded_by TEXT COLLATE "C" NOT NULL,
    recorded_at BIGINT NOT NULL,
    PRIMARY KEY (contract_id, n)
);
CREATE INDEX memberships_by_group ON memberships (group_key, contract_id);

CREATE TABLE group_documents (
    document_id TEXT COLLATE "C" PRIMARY KEY REFERENCES documents (id),
    group_key TEXT COLLATE "C" NOT NULL REFERENCES bill_groups (key),
    n BIGINT NOT NULL,
    account_seq BIGINT NOT NULL,  -- of the account that is billed, when it was made
    policy_seq BIGINT NOT NULL,
    left_out TEXT COLLATE "C" NOT NULL,  -- contracts that could not be billed then
    purchase_order TEXT COLLATE "C",
    reference TEXT COLLATE "C",
    UNIQUE (group_key, n)
);

CREATE TRIGGER bill_groups_immutable BEFORE UPDATE OR DELETE ON bill_groups
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER bill_groups_kept BEFORE TRUNCATE ON bill_groups
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER bill_group_revs_immutable BEFORE UPDATE OR DELETE ON bill_group_revs
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER bill_group_revs_kept BEFORE TRUNCATE ON bill_group_revs
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER memberships_immutable BEFORE UPDATE OR DELETE ON memberships
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER memberships_kept BEFORE TRUNCATE ON memberships
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER group_documents_immutable BEFORE UPDATE OR DELETE ON group_documents
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER group_documents_kept BEFORE TRUNCATE ON group_documents
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
