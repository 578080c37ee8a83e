-- What the daily look at the books came to; see `tarifa verify`.

CREATE TABLE verifications (
    day TEXT COLLATE "C" PRIMARY KEY,  -- in UTC
    rules BIGINT NOT NULL,
    rows_seen BIGINT NOT NULL,
    faults TEXT COLLATE "C" NOT NULL,  -- [code, rule, table, key, stored, expected] each, at most some hundred
    has_more BIGINT NOT NULL CHECK (has_more IN (0, 1)),
    recorded_at BIGINT NOT NULL
);

CREATE TRIGGER verifications_immutable BEFORE UPDATE OR DELETE ON verifications
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER verifications_kept BEFORE TRUNCATE ON verifications
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
