-- Which contract pays for work depends on the rulesets, too; and work whose time has come is looked at once it has.
ALTER TABLE coverage_heads ADD COLUMN policy_seq BIGINT NOT NULL DEFAULT 0;
ALTER TABLE coverage_heads ADD COLUMN looked_through BIGINT NOT NULL DEFAULT 0;  -- UTC seconds
