-- Billing runs that somebody asked for, what each billed, and contracts that a run's limit stopped.

CREATE TABLE runs (
    id TEXT PRIMARY KEY,
    request_key TEXT NOT NULL UNIQUE,
    payload_hash TEXT NOT NULL,
    through TEXT,  -- NULL: as the scheduler would
    limits TEXT NOT NULL,  -- [total in major units or null, percent or null]
    state TEXT NOT NULL CHECK (state IN ('running', 'done')),
    counts TEXT NOT NULL,  -- when it is done: [boundaries, documents, stopped, parked]
    totals TEXT NOT NULL,  -- when it is done: [currency, digits, total, total of the documents before] each
    recorded_by TEXT NOT NULL,
    recorded_at INTEGER NOT NULL,
    done_at INTEGER
) STRICT;
CREATE INDEX runs_by_time ON runs (recorded_at, id);

ALTER TABLE settlements ADD COLUMN run_id TEXT REFERENCES runs (id);  -- NULL: of the scheduler
CREATE INDEX settlements_by_run ON settlements (run_id);
ALTER TABLE problems ADD COLUMN is_stopped INTEGER NOT NULL DEFAULT 0;  -- by a limit: its next document needs an approval
