-- Billing runs that somebody asked for, what each billed, and contracts that a run's limit stopped.

CREATE TABLE runs (
    id TEXT COLLATE "C" PRIMARY KEY,
    request_key TEXT COLLATE "C" NOT NULL UNIQUE,
    payload_hash TEXT COLLATE "C" NOT NULL,
    through TEXT COLLATE "C",  -- NULL: as the scheduler would
    limits TEXT COLLATE "C" NOT NULL,  -- [total in major units or null, percent or null]
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('running', 'done')),
    counts TEXT COLLATE "C" NOT NULL,  -- when it is done: [boundaries, documents, stopped, parked]
    totals TEXT COLLATE "C" NOT NULL,  -- when it is done: [currency, digits, total, total of the documents before] each
    recorded_by TEXT COLLATE "C" NOT NULL,
    recorded_at BIGINT NOT NULL,
    done_at BIGINT
);
CREATE INDEX runs_by_time ON runs (recorded_at, id);

ALTER TABLE settlements ADD COLUMN run_id TEXT COLLATE "C" REFERENCES runs (id);  -- NULL: of the scheduler
CREATE INDEX settlements_by_run ON settlements (run_id);
ALTER TABLE problems ADD COLUMN is_stopped BIGINT NOT NULL DEFAULT 0;  -- by a limit: its next document needs an approval
