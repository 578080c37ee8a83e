-- Discounts of whole documents, prices with tax, cash rounding, and the tax pools that corrections add to.

ALTER TABLE documents ADD COLUMN rounding BIGINT NOT NULL DEFAULT 0;  -- what is paid is total + rounding
ALTER TABLE lines ADD COLUMN off_share TEXT COLLATE "C" NOT NULL DEFAULT '0';  -- the percentage of the document discount, a fraction
ALTER TABLE lines ADD COLUMN off_by_share BIGINT NOT NULL DEFAULT 0;
ALTER TABLE lines ADD COLUMN off_fixed BIGINT NOT NULL DEFAULT 0;
ALTER TABLE lines ADD COLUMN tax_included BIGINT NOT NULL DEFAULT 0;
CREATE INDEX lines_with_fixed_discount ON lines (document_id) WHERE off_fixed <> 0;
CREATE INDEX documents_by_contract ON documents (contract_id);

-- What a document adds to the lines that are taxed together: its own, or those of the document that it corrects.
CREATE TABLE tax_pools (
    document_id TEXT COLLATE "C" NOT NULL REFERENCES documents (id),
    of_document_id TEXT COLLATE "C" NOT NULL REFERENCES documents (id),
    of_pos BIGINT NOT NULL,  -- of the line, where each is taxed by itself; else 0
    taxes TEXT COLLATE "C" NOT NULL,  -- codes and rates in order, and how they are reckoned
    n BIGINT NOT NULL,  -- which of the taxes
    amount BIGINT NOT NULL,
    tax BIGINT NOT NULL,
    PRIMARY KEY (document_id, of_document_id, of_pos, taxes, n)
);
CREATE INDEX tax_pools_by_corrected ON tax_pools (of_document_id);

CREATE TRIGGER tax_pools_immutable BEFORE UPDATE OR DELETE ON tax_pools
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER tax_pools_kept BEFORE TRUNCATE ON tax_pools
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
