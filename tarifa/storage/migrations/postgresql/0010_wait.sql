-- How long a boundary of a contract waits for its last work before it is billed.

ALTER TABLE contracts ADD COLUMN wait_days BIGINT NOT NULL DEFAULT 0 CHECK (wait_days >= 0);
