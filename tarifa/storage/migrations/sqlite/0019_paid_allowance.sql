-- Allowances that open when the document that billed their cycle ahead is paid, and the days on which these were.

ALTER TABLE amendments ADD COLUMN allowance_opens TEXT NOT NULL DEFAULT 'at start'
    CHECK (allowance_opens IN ('at start', 'when paid'));

-- A fact of the contract's account. The newest row of a boundary counts; NULL: paid no more.
CREATE TABLE cycle_payments (
    contract_id TEXT NOT NULL REFERENCES contracts (id),
    boundary_no INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    paid_on TEXT,
    PRIMARY KEY (contract_id, boundary_no, seq)
) STRICT;

CREATE TRIGGER cycle_payments_no_update BEFORE UPDATE ON cycle_payments
BEGIN
    SELECT RAISE(ABORT, 'cycle_payments is immutable');
END;
CREATE TRIGGER cycle_payments_no_delete BEFORE DELETE ON cycle_payments
BEGIN
    SELECT RAISE(ABORT, 'cycle_payments is immutable');
END;
