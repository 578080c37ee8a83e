-- What a person decided about work that waits: a fact of its account, like the work itself, so that a bill can be
-- computed again. It is about one revision: work that is corrected later waits anew.

CREATE TABLE decisions (
    worklog_id TEXT NOT NULL REFERENCES worklogs (id),
    rev INTEGER NOT NULL,
    reason TEXT NOT NULL,  -- why it waited
    account_id TEXT NOT NULL REFERENCES accounts (id),
    seq INTEGER NOT NULL,
    action TEXT NOT NULL CHECK (action IN ('release', 'waive')),
    note TEXT NOT NULL,
    recorded_by TEXT NOT NULL,
    recorded_at INTEGER NOT NULL,
    PRIMARY KEY (worklog_id, rev, reason),
    FOREIGN KEY (worklog_id, rev) REFERENCES worklog_revs (worklog_id, rev)
) STRICT;
CREATE INDEX decisions_by_account ON decisions (account_id, seq);

CREATE TRIGGER decisions_no_update BEFORE UPDATE ON decisions
BEGIN
    SELECT RAISE(ABORT, 'decisions is immutable');
END;
CREATE TRIGGER decisions_no_delete BEFORE DELETE ON decisions
BEGIN
    SELECT RAISE(ABORT, 'decisions is immutable');
END;

-- Exceptions get two more states; SQLite changes a CHECK only by a new table.
CREATE TABLE exceptions_anew (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    contract_id TEXT REFERENCES contracts (id),
    worklog_id TEXT REFERENCES worklogs (id),
    subject_kind TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    subject_rev INTEGER NOT NULL,
    reason TEXT NOT NULL,
    detail TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'waived', 'released', 'gone')),
    since INTEGER NOT NULL,
    UNIQUE (subject_kind, subject_id, subject_rev, reason)
) STRICT;
INSERT INTO exceptions_anew SELECT * FROM exceptions;
DROP TABLE exceptions;
ALTER TABLE exceptions_anew RENAME TO exceptions;
CREATE INDEX exceptions_by_contract ON exceptions (contract_id, state);
CREATE INDEX exceptions_by_account ON exceptions (account_id, state);
