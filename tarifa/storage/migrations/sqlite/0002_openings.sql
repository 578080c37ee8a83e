-- Allowance that a contract brings over from where it was billed before: it opens the first cycle that is billed here.

CREATE TABLE openings (
    contract_id TEXT NOT NULL REFERENCES contracts (id),
    n INTEGER NOT NULL,  -- from 1, as they were given
    seq INTEGER NOT NULL,
    measure TEXT NOT NULL CHECK (measure IN ('hours', 'requests')),
    units INTEGER NOT NULL CHECK (units > 0),  -- 1/100 minutes, or requests
    expires TEXT NOT NULL,  -- last day, the last of a cycle
    note TEXT NOT NULL,
    recorded_by TEXT NOT NULL,
    recorded_at INTEGER NOT NULL,
    PRIMARY KEY (contract_id, n)
) STRICT;

-- What of carried_in was brought over; no cycle before the first that is billed has any.
ALTER TABLE closings ADD COLUMN brought_over INTEGER NOT NULL DEFAULT 0 CHECK (brought_over >= 0);

CREATE TRIGGER openings_no_update BEFORE UPDATE ON openings
BEGIN
    SELECT RAISE(ABORT, 'openings is immutable');
END;
CREATE TRIGGER openings_no_delete BEFORE DELETE ON openings
BEGIN
    SELECT RAISE(ABORT, 'openings is immutable');
END;
