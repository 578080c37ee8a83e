-- Money in, money back, money given up; and which of it pays for what.

CREATE TABLE payments (
    id TEXT COLLATE "C" PRIMARY KEY,
    account_id TEXT COLLATE "C" NOT NULL REFERENCES accounts (id),
    source TEXT COLLATE "C" NOT NULL,
    external_id TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('payment', 'refund', 'write-off')),
    currency TEXT COLLATE "C" NOT NULL,
    digits BIGINT NOT NULL,
    UNIQUE (source, external_id)
);
CREATE INDEX payments_by_account ON payments (account_id);

-- The newest revision counts; one of 0 takes the payment back.
CREATE TABLE payment_revs (
    payment_id TEXT COLLATE "C" NOT NULL REFERENCES payments (id),
    rev BIGINT NOT NULL,
    amount BIGINT NOT NULL CHECK (amount >= 0),
    received_on TEXT COLLATE "C" NOT NULL,
    note TEXT COLLATE "C" NOT NULL,
    recorded_by TEXT COLLATE "C" NOT NULL,
    recorded_at BIGINT NOT NULL,
    PRIMARY KEY (payment_id, rev)
);

-- What of a payment, a write-off or a credit note goes to a document or a refund; below zero it is taken back.
CREATE TABLE allocations (
    request_key TEXT COLLATE "C" NOT NULL,
    n BIGINT NOT NULL,
    from_payment_id TEXT COLLATE "C" REFERENCES payments (id),
    from_document_id TEXT COLLATE "C" REFERENCES documents (id),
    to_document_id TEXT COLLATE "C" REFERENCES documents (id),
    to_refund_id TEXT COLLATE "C" REFERENCES payments (id),
    amount BIGINT NOT NULL CHECK (amount <> 0),
    payload_hash TEXT COLLATE "C" NOT NULL,
    recorded_by TEXT COLLATE "C" NOT NULL,
    recorded_at BIGINT NOT NULL,
    PRIMARY KEY (request_key, n),
    CHECK ((from_payment_id IS NULL) <> (from_document_id IS NULL)),
    CHECK ((to_document_id IS NULL) <> (to_refund_id IS NULL))
);
CREATE INDEX allocations_from_payment ON allocations (from_payment_id);
CREATE INDEX allocations_from_document ON allocations (from_document_id);
CREATE INDEX allocations_to_document ON allocations (to_document_id);
CREATE INDEX allocations_to_refund ON allocations (to_refund_id);
CREATE INDEX documents_by_due_date ON documents (due_date, id);

CREATE TRIGGER payments_immutable BEFORE UPDATE OR DELETE ON payments
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER payments_kept BEFORE TRUNCATE ON payments
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER payment_revs_immutable BEFORE UPDATE OR DELETE ON payment_revs
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER payment_revs_kept BEFORE TRUNCATE ON payment_revs
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER allocations_immutable BEFORE UPDATE OR DELETE ON allocations
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER allocations_kept BEFORE TRUNCATE ON allocations
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
