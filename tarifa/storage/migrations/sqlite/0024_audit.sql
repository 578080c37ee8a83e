-- Who caused what: a row for each event, chained to the one before by its hash.

CREATE TABLE audit (
    n INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    request_id TEXT,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    revision TEXT NOT NULL,
    payload TEXT NOT NULL,
    prev_hash TEXT NOT NULL,
    hash TEXT NOT NULL
) STRICT;
CREATE INDEX audit_by_subject ON audit (subject);

-- Documents from before there was an audit: all others have a row of it.
CREATE TABLE unaudited (
    document_id TEXT PRIMARY KEY REFERENCES documents (id)
) STRICT;
INSERT INTO unaudited (document_id) SELECT id FROM documents;

CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'audit is immutable');
END;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
BEGIN
    SELECT RAISE(ABORT, 'audit is immutable');
END;
CREATE TRIGGER unaudited_no_update BEFORE UPDATE ON unaudited
BEGIN
    SELECT RAISE(ABORT, 'unaudited is immutable');
END;
CREATE TRIGGER unaudited_no_delete BEFORE DELETE ON unaudited
BEGIN
    SELECT RAISE(ABORT, 'unaudited is immutable');
END;
