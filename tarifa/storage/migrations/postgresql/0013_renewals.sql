-- Contracts that renew others, and which closing of the other one opened the renewal's first cycle.

ALTER TABLE contracts ADD COLUMN renewed_from TEXT COLLATE "C" REFERENCES contracts (id);
ALTER TABLE contracts ADD COLUMN carries_over BIGINT NOT NULL DEFAULT 0 CHECK (carries_over IN (0, 1));

CREATE UNIQUE INDEX contracts_renewed_once ON contracts (renewed_from);

-- Number of the other contract's settlement that made that closing; 0: nothing was handed over so far.
ALTER TABLE heads ADD COLUMN opened_by BIGINT NOT NULL DEFAULT 0 CHECK (opened_by >= 0);
