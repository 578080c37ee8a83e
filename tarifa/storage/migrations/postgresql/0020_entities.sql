-- Who sells: legal sellers with revisions under the policy clock, and the number series of each.

CREATE TABLE entities (
    key TEXT COLLATE "C" PRIMARY KEY,  -- folded: what a contract's seller is compared by
    label TEXT COLLATE "C" NOT NULL,
    recorded_by TEXT COLLATE "C" NOT NULL,
    recorded_at BIGINT NOT NULL
);

-- The newest revision counts; documents name the one that they were issued with.
CREATE TABLE entity_revs (
    entity_key TEXT COLLATE "C" NOT NULL REFERENCES entities (key),
    policy_seq BIGINT NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    address TEXT COLLATE "C" NOT NULL,
    country TEXT COLLATE "C",
    tax_ids TEXT COLLATE "C" NOT NULL,  -- a list
    bank TEXT COLLATE "C" NOT NULL,
    currency TEXT COLLATE "C",  -- of contracts that name none
    is_default BIGINT NOT NULL CHECK (is_default IN (0, 1)),  -- of contracts that name no seller; the newest word counts
    payload_hash TEXT COLLATE "C" NOT NULL,
    recorded_by TEXT COLLATE "C" NOT NULL,
    recorded_at BIGINT NOT NULL,
    PRIMARY KEY (entity_key, policy_seq)
);

ALTER TABLE series ADD COLUMN entity_key TEXT COLLATE "C" REFERENCES entities (key);  -- NULL: of all sellers that have none of their own
ALTER TABLE series ADD COLUMN digits BIGINT NOT NULL DEFAULT 6 CHECK (digits BETWEEN 1 AND 12);
ALTER TABLE series ADD COLUMN first BIGINT NOT NULL DEFAULT 1 CHECK (first >= 1);  -- its first number; brought over from elsewhere
ALTER TABLE series ADD COLUMN opened_seq BIGINT NOT NULL DEFAULT 0;  -- of policy; of a seller and kind, the newest gives numbers
CREATE UNIQUE INDEX series_by_prefix ON series (prefix);

ALTER TABLE documents ADD COLUMN seller TEXT COLLATE "C";  -- as issued; of older rows, what the contract says
ALTER TABLE documents ADD COLUMN entity_key TEXT COLLATE "C";  -- the revision of the seller that it was issued with
ALTER TABLE documents ADD COLUMN entity_seq BIGINT;

CREATE TRIGGER entities_immutable BEFORE UPDATE OR DELETE ON entities
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER entities_kept BEFORE TRUNCATE ON entities
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER entity_revs_immutable BEFORE UPDATE OR DELETE ON entity_revs
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER entity_revs_kept BEFORE TRUNCATE ON entity_revs
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
