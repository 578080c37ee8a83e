-- What a person decided about work that waits: a fact of its account, like the work itself, so that a bill can be
-- computed again. It is about one revision: work that is corrected later waits anew.

CREATE TABLE decisions (
    worklog_id TEXT COLLATE "C" NOT NULL REFERENCES worklogs (id),
    rev BIGINT NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,  -- why it waited
    account_id TEXT COLLATE "C" NOT NULL REFERENCES accounts (id),
    seq BIGINT NOT NULL,
    action TEXT COLLATE "C" NOT NULL CHECK (action IN ('release', 'waive')),
    note TEXT COLLATE "C" NOT NULL,
    recorded_by TEXT COLLATE "C" NOT NULL,
    recorded_at BIGINT NOT NULL,
    PRIMARY KEY (worklog_id, rev, reason),
    FOREIGN KEY (worklog_id, rev) REFERENCES worklog_revs (worklog_id, rev)
);
CREATE INDEX decisions_by_account ON decisions (account_id, seq);

CREATE TRIGGER decisions_immutable BEFORE UPDATE OR DELETE ON decisions
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER decisions_kept BEFORE TRUNCATE ON decisions
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Exceptions get two more states; SQLite changes a CHECK only by a new table.
CREATE TABLE exceptions_anew (
    id TEXT COLLATE "C" PRIMARY KEY,
    account_id TEXT COLLATE "C" NOT NULL REFERENCES accounts (id),
    contract_id TEXT COLLATE "C" REFERENCES contracts (id),
    worklog_id TEXT COLLATE "C" REFERENCES worklogs (id),
    subject_kind TEXT COLLATE "C" NOT NULL,
    subject_id TEXT COLLATE "C" NOT NULL,
    subject_rev BIGINT NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    detail TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('open', 'waived', 'released', 'gone')),
    since BIGINT NOT NULL,
    UNIQUE (subject_kind, subject_id, subject_rev, reason)
);
INSERT INTO exceptions_anew SELECT * FROM exceptions;
DROP TABLE exceptions;
ALTER TABLE exceptions_anew RENAME TO exceptions;
CREATE INDEX exceptions_by_contract ON exceptions (contract_id, state);
CREATE INDEX exceptions_by_account ON exceptions (account_id, state);
