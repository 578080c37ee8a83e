-- Contracts whose documents wait until a person approves exactly what they say, and the approvals.

ALTER TABLE amendments ADD COLUMN needs_approval INTEGER NOT NULL DEFAULT 0;  -- of all amendments the last recorded one counts

CREATE TABLE approvals (
    contract_id TEXT NOT NULL REFERENCES contracts (id),
    settlement_n INTEGER NOT NULL,  -- how far the contract was settled then: the approval is of its very next document
    digest TEXT NOT NULL,  -- SHA-256 of the document without its number and dates
    boundary_no INTEGER NOT NULL,
    note TEXT NOT NULL,
    recorded_by TEXT NOT NULL,
    recorded_at INTEGER NOT NULL,
    PRIMARY KEY (contract_id, settlement_n, digest)
) STRICT;

CREATE TRIGGER approvals_no_update BEFORE UPDATE ON approvals
BEGIN
    SELECT RAISE(ABORT, 'approvals is immutable');
END;
CREATE TRIGGER approvals_no_delete BEFORE DELETE ON approvals
BEGIN
    SELECT RAISE(ABORT, 'approvals is immutable');
END;
