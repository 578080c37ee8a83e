-- Contracts whose documents wait until a person approves exactly what they say, and the approvals.

ALTER TABLE amendments ADD COLUMN needs_approval BIGINT NOT NULL DEFAULT 0;  -- of all amendments the last recorded one counts

CREATE TABLE approvals (
    contract_id TEXT COLLATE "C" NOT NULL REFERENCES contracts (id),
    settlement_n BIGINT NOT NULL,  -- how far the contract was settled then: the approval is of its very next document
    digest TEXT COLLATE "C" NOT NULL,  -- SHA-256 of the document without its number and dates
    boundary_no BIGINT NOT NULL,
    note TEXT COLLATE "C" NOT NULL,
    recorded_by TEXT COLLATE "C" NOT NULL,
    recorded_at BIGINT NOT NULL,
    PRIMARY KEY (contract_id, settlement_n, digest)
);

CREATE TRIGGER approvals_immutable BEFORE UPDATE OR DELETE ON approvals
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER approvals_kept BEFORE TRUNCATE ON approvals
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
