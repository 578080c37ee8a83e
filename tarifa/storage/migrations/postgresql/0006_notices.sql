-- Notices: that so many percent of a cycle's allowance are used, or that a contract is about to expire, or has.

-- When, as of this amendment; of all amendments the last one recorded counts.
ALTER TABLE amendments ADD COLUMN notices TEXT COLLATE "C" NOT NULL DEFAULT '{}';

CREATE TABLE notices (
    contract_id TEXT COLLATE "C" NOT NULL REFERENCES contracts (id),
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('usage', 'before expiry', 'after expiry')),
    about TEXT COLLATE "C" NOT NULL,  -- first day of the cycle, or the last day of the contract
    threshold BIGINT NOT NULL,  -- percent, or days
    due_on TEXT COLLATE "C" NOT NULL,
    worklog_id TEXT COLLATE "C" REFERENCES worklogs (id),  -- whose time reached the threshold
    found_at BIGINT NOT NULL,
    PRIMARY KEY (contract_id, kind, about, threshold)
);

-- Up to which facts, and on which day, it was looked for notices of a contract.
CREATE TABLE notice_heads (
    contract_id TEXT COLLATE "C" PRIMARY KEY REFERENCES contracts (id),
    account_seq BIGINT NOT NULL,
    policy_seq BIGINT NOT NULL,
    looked_on TEXT COLLATE "C" NOT NULL
);

CREATE TRIGGER notices_immutable BEFORE UPDATE OR DELETE ON notices
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER notices_kept BEFORE TRUNCATE ON notices
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
