-- Allowance that a contract brings over from where it was billed before: it opens the first cycle that is billed here.

CREATE TABLE openings (
    contract_id TEXT COLLATE "C" NOT NULL REFERENCES contracts (id),
    n BIGINT NOT NULL,  -- from 1, as they were given
    seq BIGINT NOT NULL,
    measure TEXT COLLATE "C" NOT NULL CHECK (measure IN ('hours', 'requests')),
    units BIGINT NOT NULL CHECK (units > 0),  -- 1/100 minutes, or requests
    expires TEXT COLLATE "C" NOT NULL,  -- last day, the last of a cycle
    note TEXT COLLATE "C" NOT NULL,
    recorded_by TEXT COLLATE "C" NOT NULL,
    recorded_at BIGINT NOT NULL,
    PRIMARY KEY (contract_id, n)
);

-- What of carried_in was brought over; no cycle before the first that is billed has any.
ALTER TABLE closings ADD COLUMN brought_over BIGINT NOT NULL DEFAULT 0 CHECK (brought_over >= 0);

CREATE TRIGGER openings_immutable BEFORE UPDATE OR DELETE ON openings
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER openings_kept BEFORE TRUNCATE ON openings
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
