-- The first path: customers, work, price books, contracts, what was computed, documents, jobs.
-- Facts and results are immutable rows (see the triggers at the end); a change is a new revision under a counter:
-- accounts.seq for an account's facts, policy_clock.seq for activations.
-- Ids are UUIDv7 text, instants UTC seconds, days ISO dates, money whole minor units, rates a numerator and a denominator (text: they may pass 64 bits).

CREATE TABLE accounts (
    id TEXT PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    label TEXT NOT NULL,
    seq INTEGER NOT NULL CHECK (seq >= 0)
) STRICT;

CREATE TABLE account_revs (
    account_id TEXT NOT NULL REFERENCES accounts (id),
    seq INTEGER NOT NULL,
    name TEXT NOT NULL,
    country TEXT,
    region TEXT,
    tax_id TEXT,
    exempt INTEGER NOT NULL CHECK (exempt IN (0, 1)),
    payload_hash TEXT NOT NULL,
    recorded_by TEXT NOT NULL,
    recorded_at INTEGER NOT NULL,
    PRIMARY KEY (account_id, seq)
) STRICT;

CREATE TABLE sites (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    key TEXT NOT NULL,
    label TEXT NOT NULL,
    UNIQUE (account_id, key)
) STRICT;

CREATE TABLE site_revs (
    site_id TEXT NOT NULL REFERENCES sites (id),
    seq INTEGER NOT NULL,
    zone TEXT,
    calendar TEXT,
    country TEXT,
    region TEXT,
    payload_hash TEXT NOT NULL,
    recorded_by TEXT NOT NULL,
    recorded_at INTEGER NOT NULL,
    PRIMARY KEY (site_id, seq)
) STRICT;

CREATE TABLE requests (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    source TEXT NOT NULL,
    external_id TEXT NOT NULL,
    UNIQUE (source, external_id)
) STRICT;

CREATE TABLE request_revs (
    request_id TEXT NOT NULL REFERENCES requests (id),
    rev INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    kind TEXT,
    facts TEXT NOT NULL,
    is_correction INTEGER NOT NULL CHECK (is_correction IN (0, 1)),
    payload_hash TEXT NOT NULL,
    recorded_by TEXT NOT NULL,
    recorded_at INTEGER NOT NULL,
    PRIMARY KEY (request_id, rev)
) STRICT;

CREATE TABLE worklogs (
    id TEXT PRIMARY KEY,
    source TEXT NOT NULL,
    external_id TEXT NOT NULL,
    UNIQUE (source, external_id)
) STRICT;

CREATE TABLE worklog_revs (
    worklog_id TEXT NOT NULL REFERENCES worklogs (id),
    rev INTEGER NOT NULL,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    seq INTEGER NOT NULL,
    request_id TEXT REFERENCES requests (id),
    site_id TEXT REFERENCES sites (id),
    zone TEXT NOT NULL,  -- the clock that its times were read by; counts where the site has none of its own
    start_utc INTEGER NOT NULL,
    seconds INTEGER NOT NULL,
    billable INTEGER NOT NULL CHECK (billable IN (0, 1)),
    approved INTEGER NOT NULL CHECK (approved IN (0, 1)),
    operational_only INTEGER NOT NULL CHECK (operational_only IN (0, 1)),
    voided INTEGER NOT NULL CHECK (voided IN (0, 1)),
    facts TEXT NOT NULL,
    extras TEXT NOT NULL,  -- [id, label, amount in major units, billable] each
    note TEXT,
    payload_hash TEXT NOT NULL,
    recorded_by TEXT NOT NULL,
    recorded_at INTEGER NOT NULL,
    PRIMARY KEY (worklog_id, rev)
) STRICT;
CREATE INDEX worklog_revs_by_account ON worklog_revs (account_id, seq);
CREATE INDEX worklog_revs_by_account_start ON worklog_revs (account_id, start_utc);
CREATE INDEX worklog_revs_by_start ON worklog_revs (start_utc, worklog_id);
CREATE INDEX worklog_revs_by_request ON worklog_revs (request_id);

CREATE TABLE policy_clock (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    seq INTEGER NOT NULL
) STRICT;
INSERT INTO policy_clock (id, seq) VALUES (1, 0);

CREATE TABLE rulesets (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    label TEXT NOT NULL
) STRICT;

CREATE TABLE ruleset_versions (
    id TEXT PRIMARY KEY,
    ruleset_id TEXT NOT NULL REFERENCES rulesets (id),
    number INTEGER NOT NULL,
    label TEXT NOT NULL,
    source_digest TEXT NOT NULL,
    meaning_digest TEXT NOT NULL,
    files BLOB NOT NULL,  -- a zip archive
    holidays TEXT NOT NULL,
    dsl_version TEXT NOT NULL,
    note TEXT,
    published_by TEXT NOT NULL,
    published_at INTEGER NOT NULL,
    UNIQUE (ruleset_id, number),
    UNIQUE (ruleset_id, source_digest)
) STRICT;

CREATE TABLE activations (
    policy_seq INTEGER PRIMARY KEY,
    ruleset_id TEXT NOT NULL REFERENCES rulesets (id),
    version_id TEXT NOT NULL REFERENCES ruleset_versions (id),
    from_date TEXT NOT NULL,
    until_date TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('normal', 'repair')),
    reason TEXT,
    recorded_by TEXT NOT NULL,
    recorded_at INTEGER NOT NULL,
    CHECK (from_date < until_date)
) STRICT;

CREATE TABLE contracts (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    seq INTEGER NOT NULL,
    number TEXT NOT NULL UNIQUE,
    class TEXT NOT NULL,
    ruleset_id TEXT NOT NULL REFERENCES rulesets (id),
    currency TEXT NOT NULL,
    digits INTEGER NOT NULL,
    zone TEXT NOT NULL,
    start TEXT NOT NULL,
    bill_from TEXT,
    due_days INTEGER NOT NULL CHECK (due_days >= 0),
    payload_hash TEXT NOT NULL,
    recorded_by TEXT NOT NULL,
    recorded_at INTEGER NOT NULL
) STRICT;
CREATE INDEX contracts_by_account ON contracts (account_id);

CREATE TABLE contract_sites (
    contract_id TEXT NOT NULL REFERENCES contracts (id),
    site_id TEXT NOT NULL REFERENCES sites (id),
    PRIMARY KEY (contract_id, site_id)
) STRICT;

CREATE TABLE amendments (
    contract_id TEXT NOT NULL REFERENCES contracts (id),
    n INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    effective_from TEXT NOT NULL,
    plan TEXT NOT NULL,
    overrides TEXT NOT NULL,
    discounts TEXT NOT NULL,
    suspended INTEGER NOT NULL CHECK (suspended IN (0, 1)),
    lock_prices INTEGER NOT NULL CHECK (lock_prices IN (0, 1)),
    late_window INTEGER CHECK (late_window >= 0),  -- billed cycles; NULL takes work however late
    end_date TEXT NOT NULL,  -- of the contract, as of this amendment: first day after the expiry; 9999-12-31 where there is none
    is_end_only INTEGER NOT NULL CHECK (is_end_only IN (0, 1)),  -- it moves the end, and makes no terms of its own
    request_key TEXT,
    payload_hash TEXT NOT NULL,
    recorded_by TEXT NOT NULL,
    recorded_at INTEGER NOT NULL,
    PRIMARY KEY (contract_id, n),
    UNIQUE (contract_id, request_key)
) STRICT;

CREATE TABLE top_ups (
    id TEXT PRIMARY KEY,
    contract_id TEXT NOT NULL REFERENCES contracts (id),
    seq INTEGER NOT NULL,
    top_up TEXT NOT NULL,
    at INTEGER NOT NULL,
    request_key TEXT NOT NULL UNIQUE,
    recorded_by TEXT NOT NULL,
    recorded_at INTEGER NOT NULL
) STRICT;
CREATE INDEX top_ups_by_contract ON top_ups (contract_id, seq);

-- How many of a recurring item, from a day on; of each source's id the newest revision counts.
CREATE TABLE quantities (
    contract_id TEXT NOT NULL REFERENCES contracts (id),
    item TEXT NOT NULL,
    source TEXT NOT NULL,
    external_id TEXT NOT NULL,
    rev INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    effective_from TEXT NOT NULL,
    quantity INTEGER NOT NULL CHECK (quantity >= 0),
    evidence TEXT NOT NULL,
    payload_hash TEXT NOT NULL,
    recorded_by TEXT NOT NULL,
    recorded_at INTEGER NOT NULL,
    PRIMARY KEY (contract_id, item, source, external_id, rev)
) STRICT;
CREATE INDEX quantities_by_contract ON quantities (contract_id, seq);

-- How far a contract is settled: the one mutable pointer of billing. next_on only narrows the search for what is due.
CREATE TABLE heads (
    contract_id TEXT PRIMARY KEY REFERENCES contracts (id),
    settlement_n INTEGER NOT NULL,
    account_seq INTEGER NOT NULL,
    policy_seq INTEGER NOT NULL,
    billed_through INTEGER NOT NULL,  -- boundary number; -1 before the first
    next_on TEXT NOT NULL  -- 9999-12-31 where no boundary follows
) STRICT;
CREATE INDEX heads_by_day ON heads (next_on);

CREATE TABLE series (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('invoice', 'credit note')),
    prefix TEXT NOT NULL,
    next INTEGER NOT NULL CHECK (next >= 1),
    UNIQUE (kind, prefix)
) STRICT;
INSERT INTO series (id, kind, prefix, next) VALUES ('invoice', 'invoice', 'INV-', 1), ('credit-note', 'credit note', 'CN-', 1);

CREATE TABLE documents (
    id TEXT PRIMARY KEY,
    series_id TEXT NOT NULL REFERENCES series (id),
    ordinal INTEGER NOT NULL,
    number TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL CHECK (kind IN ('invoice', 'credit note')),
    account_id TEXT NOT NULL REFERENCES accounts (id),
    contract_id TEXT NOT NULL REFERENCES contracts (id),
    currency TEXT NOT NULL,
    digits INTEGER NOT NULL,
    boundary_on TEXT NOT NULL,
    issue_date TEXT NOT NULL,
    due_date TEXT NOT NULL,
    net INTEGER NOT NULL,
    tax INTEGER NOT NULL,
    total INTEGER NOT NULL,
    request_key TEXT NOT NULL UNIQUE,
    body BLOB NOT NULL,
    sha256 TEXT NOT NULL,
    issued_at INTEGER NOT NULL,
    UNIQUE (series_id, ordinal)
) STRICT;
CREATE INDEX documents_by_account ON documents (account_id, issued_at);

CREATE TABLE settlements (
    id TEXT PRIMARY KEY,
    contract_id TEXT NOT NULL REFERENCES contracts (id),
    n INTEGER NOT NULL,
    boundary_no INTEGER NOT NULL,
    account_seq INTEGER NOT NULL,
    policy_seq INTEGER NOT NULL,
    from_cycle INTEGER NOT NULL,
    engine TEXT NOT NULL,
    tzdata TEXT NOT NULL,
    document_id TEXT REFERENCES documents (id),
    settled_at INTEGER NOT NULL,
    UNIQUE (contract_id, n)
) STRICT;
CREATE INDEX settlements_by_document ON settlements (document_id);

CREATE TABLE obligations (
    contract_id TEXT NOT NULL REFERENCES contracts (id),
    boundary_no INTEGER NOT NULL,
    part TEXT NOT NULL,
    settlement_id TEXT NOT NULL REFERENCES settlements (id),
    PRIMARY KEY (contract_id, boundary_no, part)
) STRICT;

CREATE TABLE items (
    settlement_id TEXT NOT NULL REFERENCES settlements (id),
    settlement_n INTEGER NOT NULL,
    item_key TEXT NOT NULL,
    contract_id TEXT NOT NULL REFERENCES contracts (id),
    cycle_no INTEGER NOT NULL,
    due_no INTEGER NOT NULL,
    kind TEXT NOT NULL,
    service_from TEXT NOT NULL,
    service_to TEXT NOT NULL,
    version TEXT NOT NULL,  -- source digest
    worklog_id TEXT REFERENCES worklogs (id),
    worklog_rev INTEGER NOT NULL,
    request_rev INTEGER NOT NULL,
    site_seq INTEGER NOT NULL,
    band TEXT,
    minutes INTEGER NOT NULL,
    rounded INTEGER NOT NULL,
    covered INTEGER NOT NULL,
    overage INTEGER NOT NULL,
    amount INTEGER NOT NULL,
    discount INTEGER NOT NULL,
    delta_amount INTEGER NOT NULL,
    delta_discount INTEGER NOT NULL,
    body TEXT NOT NULL,  -- the whole item, with its rate and rows
    PRIMARY KEY (settlement_id, item_key)
) STRICT;
CREATE INDEX items_by_key ON items (contract_id, item_key, settlement_n);
CREATE INDEX items_by_cycle ON items (contract_id, cycle_no);
CREATE INDEX items_by_worklog ON items (worklog_id);

CREATE TABLE closings (
    contract_id TEXT NOT NULL REFERENCES contracts (id),
    cycle_no INTEGER NOT NULL,
    settlement_id TEXT NOT NULL REFERENCES settlements (id),
    settlement_n INTEGER NOT NULL,
    start TEXT NOT NULL,
    end_date TEXT NOT NULL,
    measure TEXT NOT NULL,
    carried_in INTEGER NOT NULL,
    granted INTEGER NOT NULL,
    topped_up INTEGER NOT NULL,
    drawn INTEGER NOT NULL,
    overage INTEGER NOT NULL,
    remaining INTEGER NOT NULL CHECK (remaining >= 0),
    carried_out INTEGER NOT NULL,
    buckets TEXT NOT NULL,
    PRIMARY KEY (contract_id, cycle_no, settlement_id)
) STRICT;

CREATE TABLE lines (
    document_id TEXT NOT NULL REFERENCES documents (id),
    pos INTEGER NOT NULL,
    source_key TEXT NOT NULL UNIQUE,
    settlement_id TEXT NOT NULL,
    item_key TEXT NOT NULL,
    kind TEXT NOT NULL,
    amount INTEGER NOT NULL,
    discount INTEGER NOT NULL,
    net INTEGER NOT NULL,
    taxes TEXT NOT NULL,
    tax_date TEXT NOT NULL,
    corrects_document_id TEXT,
    corrects_pos INTEGER,
    PRIMARY KEY (document_id, pos),
    FOREIGN KEY (settlement_id, item_key) REFERENCES items (settlement_id, item_key),
    FOREIGN KEY (corrects_document_id, corrects_pos) REFERENCES lines (document_id, pos)
) STRICT;
CREATE INDEX lines_by_item ON lines (settlement_id, item_key);
CREATE INDEX lines_by_corrected ON lines (corrects_document_id, corrects_pos);

CREATE TABLE tax_groups (
    document_id TEXT NOT NULL REFERENCES documents (id),
    pos INTEGER NOT NULL,
    code TEXT NOT NULL,
    rate_num TEXT NOT NULL,
    rate_den TEXT NOT NULL,
    category TEXT NOT NULL,
    text TEXT NOT NULL,
    base INTEGER NOT NULL,
    tax INTEGER NOT NULL,
    PRIMARY KEY (document_id, code, rate_num, rate_den)
) STRICT;

-- Up to which of an account's facts it was looked for work that no contract covers.
CREATE TABLE coverage_heads (
    account_id TEXT PRIMARY KEY REFERENCES accounts (id),
    account_seq INTEGER NOT NULL
) STRICT;

-- Work that waits for a person.
CREATE TABLE exceptions (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    contract_id TEXT REFERENCES contracts (id),
    worklog_id TEXT REFERENCES worklogs (id),
    subject_kind TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    subject_rev INTEGER NOT NULL,
    reason TEXT NOT NULL,
    detail TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'gone')),
    since INTEGER NOT NULL,
    UNIQUE (subject_kind, subject_id, subject_rev, reason)
) STRICT;
CREATE INDEX exceptions_by_contract ON exceptions (contract_id, state);
CREATE INDEX exceptions_by_account ON exceptions (account_id, state);

-- Contracts whose billing failed, set apart until the next try.
CREATE TABLE problems (
    contract_id TEXT PRIMARY KEY REFERENCES contracts (id),
    since INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    next_try INTEGER NOT NULL,
    reason TEXT NOT NULL,
    detail TEXT NOT NULL
) STRICT;

CREATE TABLE events (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    discriminator TEXT NOT NULL,
    payload TEXT NOT NULL,
    at INTEGER NOT NULL,
    UNIQUE (kind, subject_id, discriminator)
) STRICT;

-- A hint: the facts above say what is due, so losing all its rows loses no money.
CREATE TABLE jobs (
    id TEXT PRIMARY KEY,
    queue TEXT NOT NULL,
    actor TEXT NOT NULL,
    message BLOB NOT NULL,
    dedupe_key TEXT NOT NULL UNIQUE,
    due_ms INTEGER NOT NULL,
    lease_until_ms INTEGER NOT NULL,
    lease TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'running', 'dead')),
    last_error TEXT NOT NULL
) STRICT;
CREATE INDEX jobs_by_due ON jobs (queue, state, due_ms);

CREATE TABLE api_keys (
    id TEXT PRIMARY KEY,
    prefix TEXT NOT NULL UNIQUE,
    hash TEXT NOT NULL,
    label TEXT NOT NULL,
    role TEXT NOT NULL,
    account_id TEXT REFERENCES accounts (id),
    recorded_by TEXT NOT NULL,
    recorded_at INTEGER NOT NULL,
    expires_at INTEGER,
    revoked_at INTEGER
) STRICT;

-- Immutable: neither changed nor deleted, whoever asks.
CREATE TRIGGER account_revs_no_update BEFORE UPDATE ON account_revs
BEGIN
    SELECT RAISE(ABORT, 'account_revs is immutable');
END;
CREATE TRIGGER account_revs_no_delete BEFORE DELETE ON account_revs
BEGIN
    SELECT RAISE(ABORT, 'account_revs is immutable');
END;
CREATE TRIGGER site_revs_no_update BEFORE UPDATE ON site_revs
BEGIN
    SELECT RAISE(ABORT, 'site_revs is immutable');
END;
CREATE TRIGGER site_revs_no_delete BEFORE DELETE ON site_revs
BEGIN
    SELECT RAISE(ABORT, 'site_revs is immutable');
END;
CREATE TRIGGER request_revs_no_update BEFORE UPDATE ON request_revs
BEGIN
    SELECT RAISE(ABORT, 'request_revs is immutable');
END;
CREATE TRIGGER request_revs_no_delete BEFORE DELETE ON request_revs
BEGIN
    SELECT RAISE(ABORT, 'request_revs is immutable');
END;
CREATE TRIGGER worklog_revs_no_update BEFORE UPDATE ON worklog_revs
BEGIN
    SELECT RAISE(ABORT, 'worklog_revs is immutable');
END;
CREATE TRIGGER worklog_revs_no_delete BEFORE DELETE ON worklog_revs
BEGIN
    SELECT RAISE(ABORT, 'worklog_revs is immutable');
END;
CREATE TRIGGER ruleset_versions_no_update BEFORE UPDATE ON ruleset_versions
BEGIN
    SELECT RAISE(ABORT, 'ruleset_versions is immutable');
END;
CREATE TRIGGER ruleset_versions_no_delete BEFORE DELETE ON ruleset_versions
BEGIN
    SELECT RAISE(ABORT, 'ruleset_versions is immutable');
END;
CREATE TRIGGER activations_no_update BEFORE UPDATE ON activations
BEGIN
    SELECT RAISE(ABORT, 'activations is immutable');
END;
CREATE TRIGGER activations_no_delete BEFORE DELETE ON activations
BEGIN
    SELECT RAISE(ABORT, 'activations is immutable');
END;
CREATE TRIGGER contracts_no_update BEFORE UPDATE ON contracts
BEGIN
    SELECT RAISE(ABORT, 'contracts is immutable');
END;
CREATE TRIGGER contracts_no_delete BEFORE DELETE ON contracts
BEGIN
    SELECT RAISE(ABORT, 'contracts is immutable');
END;
CREATE TRIGGER contract_sites_no_update BEFORE UPDATE ON contract_sites
BEGIN
    SELECT RAISE(ABORT, 'contract_sites is immutable');
END;
CREATE TRIGGER contract_sites_no_delete BEFORE DELETE ON contract_sites
BEGIN
    SELECT RAISE(ABORT, 'contract_sites is immutable');
END;
CREATE TRIGGER amendments_no_update BEFORE UPDATE ON amendments
BEGIN
    SELECT RAISE(ABORT, 'amendments is immutable');
END;
CREATE TRIGGER amendments_no_delete BEFORE DELETE ON amendments
BEGIN
    SELECT RAISE(ABORT, 'amendments is immutable');
END;
CREATE TRIGGER top_ups_no_update BEFORE UPDATE ON top_ups
BEGIN
    SELECT RAISE(ABORT, 'top_ups is immutable');
END;
CREATE TRIGGER top_ups_no_delete BEFORE DELETE ON top_ups
BEGIN
    SELECT RAISE(ABORT, 'top_ups is immutable');
END;
CREATE TRIGGER quantities_no_update BEFORE UPDATE ON quantities
BEGIN
    SELECT RAISE(ABORT, 'quantities is immutable');
END;
CREATE TRIGGER quantities_no_delete BEFORE DELETE ON quantities
BEGIN
    SELECT RAISE(ABORT, 'quantities is immutable');
END;
CREATE TRIGGER documents_no_update BEFORE UPDATE ON documents
BEGIN
    SELECT RAISE(ABORT, 'documents is immutable');
END;
CREATE TRIGGER documents_no_delete BEFORE DELETE ON documents
BEGIN
    SELECT RAISE(ABORT, 'documents is immutable');
END;
CREATE TRIGGER settlements_no_update BEFORE UPDATE ON settlements
BEGIN
    SELECT RAISE(ABORT, 'settlements is immutable');
END;
CREATE TRIGGER settlements_no_delete BEFORE DELETE ON settlements
BEGIN
    SELECT RAISE(ABORT, 'settlements is immutable');
END;
CREATE TRIGGER obligations_no_update BEFORE UPDATE ON obligations
BEGIN
    SELECT RAISE(ABORT, 'obligations is immutable');
END;
CREATE TRIGGER obligations_no_delete BEFORE DELETE ON obligations
BEGIN
    SELECT RAISE(ABORT, 'obligations is immutable');
END;
CREATE TRIGGER items_no_update BEFORE UPDATE ON items
BEGIN
    SELECT RAISE(ABORT, 'items is immutable');
END;
CREATE TRIGGER items_no_delete BEFORE DELETE ON items
BEGIN
    SELECT RAISE(ABORT, 'items is immutable');
END;
CREATE TRIGGER closings_no_update BEFORE UPDATE ON closings
BEGIN
    SELECT RAISE(ABORT, 'closings is immutable');
END;
CREATE TRIGGER closings_no_delete BEFORE DELETE ON closings
BEGIN
    SELECT RAISE(ABORT, 'closings is immutable');
END;
CREATE TRIGGER lines_no_update BEFORE UPDATE ON lines
BEGIN
    SELECT RAISE(ABORT, 'lines is immutable');
END;
CREATE TRIGGER lines_no_delete BEFORE DELETE ON lines
BEGIN
    SELECT RAISE(ABORT, 'lines is immutable');
END;
CREATE TRIGGER tax_groups_no_update BEFORE UPDATE ON tax_groups
BEGIN
    SELECT RAISE(ABORT, 'tax_groups is immutable');
END;
CREATE TRIGGER tax_groups_no_delete BEFORE DELETE ON tax_groups
BEGIN
    SELECT RAISE(ABORT, 'tax_groups is immutable');
END;
CREATE TRIGGER events_no_update BEFORE UPDATE ON events
BEGIN
    SELECT RAISE(ABORT, 'events is immutable');
END;
CREATE TRIGGER events_no_delete BEFORE DELETE ON events
BEGIN
    SELECT RAISE(ABORT, 'events is immutable');
END;
