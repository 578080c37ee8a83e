-- What a ruleset declares `of contract`, as it is from an amendment on.

ALTER TABLE amendments ADD COLUMN inputs TEXT NOT NULL DEFAULT '{}';  -- folded name of the input to its text
