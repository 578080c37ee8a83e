-- What a credit note by hand was made with, so that it can be computed once more; NULL of those from before this.

ALTER TABLE credit_notes ADD COLUMN policy_seq BIGINT;
ALTER TABLE credit_notes ADD COLUMN engine TEXT COLLATE "C";
ALTER TABLE credit_notes ADD COLUMN tzdata TEXT COLLATE "C";
