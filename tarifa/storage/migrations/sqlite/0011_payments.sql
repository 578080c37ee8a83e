-- Money in, money back, money given up; and which of it pays for what.

CREATE TABLE payments (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    source TEXT NOT NULL,
    external_id TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('payment', 'refund', 'write-off')),
    currency TEXT NOT NULL,
    digits INTEGER NOT NULL,
    UNIQUE (source, external_id)
) STRICT;
CREATE INDEX payments_by_account ON payments (account_id);

-- The newest revision counts; one of 0 takes the payment back.
CREATE TABLE payment_revs (
    payment_id TEXT NOT NULL REFERENCES payments (id),
    rev INTEGER NOT NULL,
    amount INTEGER NOT NULL CHECK (amount >= 0),
    received_on TEXT NOT NULL,
    note TEXT NOT NULL,
    recorded_by TEXT NOT NULL,
    recorded_at INTEGER NOT NULL,
    PRIMARY KEY (payment_id, rev)
) STRICT;

-- What of a payment, a write-off or a credit note goes to a document or a refund; below zero it is taken back.
CREATE TABLE allocations (
    request_key TEXT NOT NULL,
    n INTEGER NOT NULL,
    from_payment_id TEXT REFERENCES payments (id),
    from_document_id TEXT REFERENCES documents (id),
    to_document_id TEXT REFERENCES documents (id),
    to_refund_id TEXT REFERENCES payments (id),
    amount INTEGER NOT NULL CHECK (amount <> 0),
    payload_hash TEXT NOT NULL,
    recorded_by TEXT NOT NULL,
    recorded_at INTEGER NOT NULL,
    PRIMARY KEY (request_key, n),
    CHECK ((from_payment_id IS NULL) <> (from_document_id IS NULL)),
    CHECK ((to_document_id IS NULL) <> (to_refund_id IS NULL))
) STRICT;
CREATE INDEX allocations_from_payment ON allocations (from_payment_id);
CREATE INDEX allocations_from_document ON allocations (from_document_id);
CREATE INDEX allocations_to_document ON allocations (to_document_id);
CREATE INDEX allocations_to_refund ON allocations (to_refund_id);
CREATE INDEX documents_by_due_date ON documents (due_date, id);

CREATE TRIGGER payments_no_update BEFORE UPDATE ON payments
BEGIN
    SELECT RAISE(ABORT, 'payments is immutable');
END;
CREATE TRIGGER payments_no_delete BEFORE DELETE ON payments
BEGIN
    SELECT RAISE(ABORT, 'payments is immutable');
END;
CREATE TRIGGER payment_revs_no_update BEFORE UPDATE ON payment_revs
BEGIN
    SELECT RAISE(ABORT, 'payment_revs is immutable');
END;
CREATE TRIGGER payment_revs_no_delete BEFORE DELETE ON payment_revs
BEGIN
    SELECT RAISE(ABORT, 'payment_revs is immutable');
END;
CREATE TRIGGER allocations_no_update BEFORE UPDATE ON allocations
BEGIN
    SELECT RAISE(ABORT, 'allocations is immutable');
END;
CREATE TRIGGER allocations_no_delete BEFORE DELETE ON allocations
BEGIN
    SELECT RAISE(ABORT, 'allocations is immutable');
END;
