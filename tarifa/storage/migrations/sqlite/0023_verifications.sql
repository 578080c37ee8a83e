-- What the daily look at the books came to; see `tarifa verify`.

CREATE TABLE verifications (
    day TEXT PRIMARY KEY,  -- in UTC
    rules INTEGER NOT NULL,
    rows_seen INTEGER NOT NULL,
    faults TEXT NOT NULL,  -- [code, rule, table, key, stored, expected] each, at most some hundred
    has_more INTEGER NOT NULL CHECK (has_more IN (0, 1)),
    recorded_at INTEGER NOT NULL
) STRICT;

CREATE TRIGGER verifications_no_update BEFORE UPDATE ON verifications
BEGIN
    SELECT RAISE(ABORT, 'verifications is immutable');
END;
CREATE TRIGGER verifications_no_delete BEFORE DELETE ON verifications
BEGIN
    SELECT RAISE(ABORT, 'verifications is immutable');
END;
