-- Work without a contract is billed on a contract that nobody agreed: at most one for each account.
ALTER TABLE contracts ADD COLUMN origin TEXT NOT NULL DEFAULT 'agreed' CHECK (origin IN ('agreed', 'without contract'));
CREATE UNIQUE INDEX contracts_without_contract ON contracts (account_id) WHERE origin = 'without contract';
