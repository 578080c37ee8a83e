-- Amendments whose difference of what is paid in advance is billed at once, and the settlements that billed nothing else.

ALTER TABLE amendments ADD COLUMN difference TEXT NOT NULL DEFAULT 'next boundary'
    CHECK (difference IN ('next boundary', 'at once'));
ALTER TABLE settlements ADD COLUMN at_once INTEGER NOT NULL DEFAULT 0 CHECK (at_once IN (0, 1));
