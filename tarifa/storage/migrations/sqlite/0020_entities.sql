-- Who sells: legal sellers with revisions under the policy clock, and the number series of each.

CREATE TABLE entities (
    key TEXT PRIMARY KEY,  -- folded: what a contract's seller is compared by
    label TEXT NOT NULL,
    recorded_by TEXT NOT NULL,
    recorded_at INTEGER NOT NULL
) STRICT;

-- The newest revision counts; documents name the one that they were issued with.
CREATE TABLE entity_revs (
    entity_key TEXT NOT NULL REFERENCES entities (key),
    policy_seq INTEGER NOT NULL,
    name TEXT NOT NULL,
    address TEXT NOT NULL,
    country TEXT,
    tax_ids TEXT NOT NULL,  -- a list
    bank TEXT NOT NULL,
    currency TEXT,  -- of contracts that name none
    is_default INTEGER NOT NULL CHECK (is_default IN (0, 1)),  -- of contracts that name no seller; the newest word counts
    payload_hash TEXT NOT NULL,
    recorded_by TEXT NOT NULL,
    recorded_at INTEGER NOT NULL,
    PRIMARY KEY (entity_key, policy_seq)
) STRICT;

ALTER TABLE series ADD COLUMN entity_key TEXT REFERENCES entities (key);  -- NULL: of all sellers that have none of their own
ALTER TABLE series ADD COLUMN digits INTEGER NOT NULL DEFAULT 6 CHECK (digits BETWEEN 1 AND 12);
ALTER TABLE series ADD COLUMN first INTEGER NOT NULL DEFAULT 1 CHECK (first >= 1);  -- its first number; brought over from elsewhere
ALTER TABLE series ADD COLUMN opened_seq INTEGER NOT NULL DEFAULT 0;  -- of policy; of a seller and kind, the newest gives numbers
CREATE UNIQUE INDEX series_by_prefix ON series (prefix);

ALTER TABLE documents ADD COLUMN seller TEXT;  -- as issued; of older rows, what the contract says
ALTER TABLE documents ADD COLUMN entity_key TEXT;  -- the revision of the seller that it was issued with
ALTER TABLE documents ADD COLUMN entity_seq INTEGER;

CREATE TRIGGER entities_no_update BEFORE UPDATE ON entities
BEGIN
    SELECT RAISE(ABORT, 'entities is immutable');
END;
CREATE TRIGGER entities_no_delete BEFORE DELETE ON entities
BEGIN
    SELECT RAISE(ABORT, 'entities is immutable');
END;
CREATE TRIGGER entity_revs_no_update BEFORE UPDATE ON entity_revs
BEGIN
    SELECT RAISE(ABORT, 'entity_revs is immutable');
END;
CREATE TRIGGER entity_revs_no_delete BEFORE DELETE ON entity_revs
BEGIN
    SELECT RAISE(ABORT, 'entity_revs is immutable');
END;
