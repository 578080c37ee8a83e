-- Who sells on a contract, what the customer wants on its documents, and how prices become its currency.

ALTER TABLE contracts ADD COLUMN seller TEXT;
ALTER TABLE contracts ADD COLUMN purchase_order TEXT;
ALTER TABLE contracts ADD COLUMN reference TEXT;
ALTER TABLE contracts ADD COLUMN conversion_rate TEXT;  -- a fraction; all three or none
ALTER TABLE contracts ADD COLUMN conversion_on TEXT;
ALTER TABLE contracts ADD COLUMN conversion_source TEXT;
