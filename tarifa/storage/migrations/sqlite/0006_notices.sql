-- Notices: that so many percent of a cycle's allowance are used, or that a contract is about to expire, or has.

-- When, as of this amendment; of all amendments the last one recorded counts.
ALTER TABLE amendments ADD COLUMN notices TEXT NOT NULL DEFAULT '{}';

CREATE TABLE notices (
    contract_id TEXT NOT NULL REFERENCES contracts (id),
    kind TEXT NOT NULL CHECK (kind IN ('usage', 'before expiry', 'after expiry')),
    about TEXT NOT NULL,  -- first day of the cycle, or the last day of the contract
    threshold INTEGER NOT NULL,  -- percent, or days
    due_on TEXT NOT NULL,
    worklog_id TEXT REFERENCES worklogs (id),  -- whose time reached the threshold
    found_at INTEGER NOT NULL,
    PRIMARY KEY (contract_id, kind, about, threshold)
) STRICT;

-- Up to which facts, and on which day, it was looked for notices of a contract.
CREATE TABLE notice_heads (
    contract_id TEXT PRIMARY KEY REFERENCES contracts (id),
    account_seq INTEGER NOT NULL,
    policy_seq INTEGER NOT NULL,
    looked_on TEXT NOT NULL
) STRICT;

CREATE TRIGGER notices_no_update BEFORE UPDATE ON notices
BEGIN
    SELECT RAISE(ABORT, 'notices is immutable');
END;
CREATE TRIGGER notices_no_delete BEFORE DELETE ON notices
BEGIN
    SELECT RAISE(ABORT, 'notices is immutable');
END;
