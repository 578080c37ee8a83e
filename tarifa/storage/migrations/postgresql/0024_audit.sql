-- Who caused what: a row for each event, chained to the one before by its hash.

CREATE TABLE audit (
    n BIGINT PRIMARY KEY,
    at BIGINT NOT NULL,
    actor TEXT COLLATE "C" NOT NULL,
    request_id TEXT COLLATE "C",
    action TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    revision TEXT COLLATE "C" NOT NULL,
    payload TEXT COLLATE "C" NOT NULL,
    prev_hash TEXT COLLATE "C" NOT NULL,
    hash TEXT COLLATE "C" NOT NULL
);
CREATE INDEX audit_by_subject ON audit (subject);

-- Documents from before there was an audit: all others have a row of it.
CREATE TABLE unaudited (
    document_id TEXT COLLATE "C" PRIMARY KEY REFERENCES documents (id)
);
INSERT INTO unaudited (document_id) SELECT id FROM documents;

CREATE TRIGGER audit_immutable BEFORE UPDATE OR DELETE ON audit
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_kept BEFORE TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER unaudited_immutable BEFORE UPDATE OR DELETE ON unaudited
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER unaudited_kept BEFORE TRUNCATE ON unaudited
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
