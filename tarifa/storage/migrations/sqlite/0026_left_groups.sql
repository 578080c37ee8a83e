-- A contract leaves its bill group: its newest row says so.

ALTER TABLE memberships ADD COLUMN has_left INTEGER NOT NULL DEFAULT 0 CHECK (has_left IN (0, 1));
