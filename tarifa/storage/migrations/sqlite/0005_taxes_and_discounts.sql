-- Discounts of whole documents, prices with tax, cash rounding, and the tax pools that corrections add to.

ALTER TABLE documents ADD COLUMN rounding INTEGER NOT NULL DEFAULT 0;  -- what is paid is total + rounding
ALTER TABLE lines ADD COLUMN off_share TEXT NOT NULL DEFAULT '0';  -- the percentage of the document discount, a fraction
ALTER TABLE lines ADD COLUMN off_by_share INTEGER NOT NULL DEFAULT 0;
ALTER TABLE lines ADD COLUMN off_fixed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE lines ADD COLUMN tax_included INTEGER NOT NULL DEFAULT 0;
CREATE INDEX lines_with_fixed_discount ON lines (document_id) WHERE off_fixed <> 0;
CREATE INDEX documents_by_contract ON documents (contract_id);

-- What a document adds to the lines that are taxed together: its own, or those of the document that it corrects.
CREATE TABLE tax_pools (
    document_id TEXT NOT NULL REFERENCES documents (id),
    of_document_id TEXT NOT NULL REFERENCES documents (id),
    of_pos INTEGER NOT NULL,  -- of the line, where each is taxed by itself; else 0
    taxes TEXT NOT NULL,  -- codes and rates in order, and how they are reckoned
    n INTEGER NOT NULL,  -- which of the taxes
    amount INTEGER NOT NULL,
    tax INTEGER NOT NULL,
    PRIMARY KEY (document_id, of_document_id, of_pos, taxes, n)
) STRICT;
CREATE INDEX tax_pools_by_corrected ON tax_pools (of_document_id);

CREATE TRIGGER tax_pools_no_update BEFORE UPDATE ON tax_pools
BEGIN
    SELECT RAISE(ABORT, 'tax_pools is immutable');
END;
CREATE TRIGGER tax_pools_no_delete BEFORE DELETE ON tax_pools
BEGIN
    SELECT RAISE(ABORT, 'tax_pools is immutable');
END;
