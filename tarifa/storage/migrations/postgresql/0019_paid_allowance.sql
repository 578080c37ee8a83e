-- Allowances that open when the document that billed their cycle ahead is paid, and the days on which these were.

ALTER TABLE amendments ADD COLUMN allowance_opens TEXT COLLATE "C" NOT NULL DEFAULT 'at start'
    CHECK (allowance_opens IN ('at start', 'when paid'));

-- A fact of the contract's account. The newest row of a boundary counts; NULL: paid no more.
CREATE TABLE cycle_payments (
    contract_id TEXT COLLATE "C" NOT NULL REFERENCES contracts (id),
    boundary_no BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    paid_on TEXT COLLATE "C",
    PRIMARY KEY (contract_id, boundary_no, seq)
);

CREATE TRIGGER cycle_payments_immutable BEFORE UPDATE OR DELETE ON cycle_payments
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER cycle_payments_kept BEFORE TRUNCATE ON cycle_payments
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
