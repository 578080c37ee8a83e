-- The first path: customers, work, price books, contracts, what was computed, documents, jobs.
-- Facts and results are immutable rows (see the triggers at the end); a change is a new revision under a counter:
-- accounts.seq for an account's facts, policy_clock.seq for activations.
-- Ids are UUIDv7 text, instants UTC seconds, days ISO dates, money whole minor units, rates a numerator and a denominator (text: they may pass 64 bits).

-- Text sorts by its bytes ("C"), as it does in SQLite, so that pages and documents come in one order on both.

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is immutable', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END
$$;

-- SQLite's functions of these names, as far as we use them, so that one text of a statement serves both databases.
CREATE FUNCTION unixepoch(day TEXT) RETURNS BIGINT LANGUAGE sql IMMUTABLE STRICT
    AS $$ SELECT extract(epoch FROM day::date)::bigint $$;
CREATE FUNCTION instr(whole TEXT, part TEXT) RETURNS BIGINT LANGUAGE sql IMMUTABLE STRICT
    AS $$ SELECT strpos(whole, part)::bigint $$;
CREATE FUNCTION max(a TEXT, b TEXT) RETURNS TEXT LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT greatest(a, b) $$;
CREATE FUNCTION min(a TEXT, b TEXT) RETURNS TEXT LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT least(a, b) $$;
CREATE FUNCTION max(a BIGINT, b BIGINT) RETURNS BIGINT LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT greatest(a, b) $$;
CREATE FUNCTION min(a BIGINT, b BIGINT) RETURNS BIGINT LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT least(a, b) $$;

CREATE TABLE accounts (
    id TEXT COLLATE "C" PRIMARY KEY,
    key TEXT COLLATE "C" NOT NULL UNIQUE,
    label TEXT COLLATE "C" NOT NULL,
    seq BIGINT NOT NULL CHECK (seq >= 0)
);

CREATE TABLE account_revs (
    account_id TEXT COLLATE "C" NOT NULL REFERENCES accounts (id),
    seq BIGINT NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    country TEXT COLLATE "C",
    region TEXT COLLATE "C",
    tax_id TEXT COLLATE "C",
    exempt BIGINT NOT NULL CHECK (exempt IN (0, 1)),
    payload_hash TEXT COLLATE "C" NOT NULL,
    recorded_by TEXT COLLATE "C" NOT NULL,
    recorded_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, seq)
);

CREATE TABLE sites (
    id TEXT COLLATE "C" PRIMARY KEY,
    account_id TEXT COLLATE "C" NOT NULL REFERENCES accounts (id),
    key TEXT COLLATE "C" NOT NULL,
    label TEXT COLLATE "C" NOT NULL,
    UNIQUE (account_id, key)
);

CREATE TABLE site_revs (
    site_id TEXT COLLATE "C" NOT NULL REFERENCES sites (id),
    seq BIGINT NOT NULL,
    zone TEXT COLLATE "C",
    calendar TEXT COLLATE "C",
    country TEXT COLLATE "C",
    region TEXT COLLATE "C",
    payload_hash TEXT COLLATE "C" NOT NULL,
    recorded_by TEXT COLLATE "C" NOT NULL,
    recorded_at BIGINT NOT NULL,
    PRIMARY KEY (site_id, seq)
);

CREATE TABLE requests (
    id TEXT COLLATE "C" PRIMARY KEY,
    account_id TEXT COLLATE "C" NOT NULL REFERENCES accounts (id),
    source TEXT COLLATE "C" NOT NULL,
    external_id TEXT COLLATE "C" NOT NULL,
    UNIQUE (source, external_id)
);

CREATE TABLE request_revs (
    request_id TEXT COLLATE "C" NOT NULL REFERENCES requests (id),
    rev BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    kind TEXT COLLATE "C",
    facts TEXT COLLATE "C" NOT NULL,
    is_correction BIGINT NOT NULL CHECK (is_correction IN (0, 1)),
    payload_hash TEXT COLLATE "C" NOT NULL,
    recorded_by TEXT COLLATE "C" NOT NULL,
    recorded_at BIGINT NOT NULL,
    PRIMARY KEY (request_id, rev)
);

CREATE TABLE worklogs (
    id TEXT COLLATE "C" PRIMARY KEY,
    source TEXT COLLATE "C" NOT NULL,
    external_id TEXT COLLATE "C" NOT NULL,
    UNIQUE (source, external_id)
);

CREATE TABLE worklog_revs (
    worklog_id TEXT COLLATE "C" NOT NULL REFERENCES worklogs (id),
    rev BIGINT NOT NULL,
    account_id TEXT COLLATE "C" NOT NULL REFERENCES accounts (id),
    seq BIGINT NOT NULL,
    request_id TEXT COLLATE "C" REFERENCES requests (id),
    site_id TEXT COLLATE "C" REFERENCES sites (id),
    zone TEXT COLLATE "C" NOT NULL,  -- the clock that its times were read by; counts where the site has none of its own
    start_utc BIGINT NOT NULL,
    seconds BIGINT NOT NULL,
    billable BIGINT NOT NULL CHECK (billable IN (0, 1)),
    approved BIGINT NOT NULL CHECK (approved IN (0, 1)),
    operational_only BIGINT NOT NULL CHECK (operational_only IN (0, 1)),
    voided BIGINT NOT NULL CHECK (voided IN (0, 1)),
    facts TEXT COLLATE "C" NOT NULL,
    extras TEXT COLLATE "C" NOT NULL,  -- [id, label, amount in major units, billable] each
    note TEXT COLLATE "C",
    payload_hash TEXT COLLATE "C" NOT NULL,
    recorded_by TEXT COLLATE "C" NOT NULL,
    recorded_at BIGINT NOT NULL,
    PRIMARY KEY (worklog_id, rev)
);
CREATE INDEX worklog_revs_by_account ON worklog_revs (account_id, seq);
CREATE INDEX worklog_revs_by_account_start ON worklog_revs (account_id, start_utc);
CREATE INDEX worklog_revs_by_start ON worklog_revs (start_utc, worklog_id);
CREATE INDEX worklog_revs_by_request ON worklog_revs (request_id);

CREATE TABLE policy_clock (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    seq BIGINT NOT NULL
);
INSERT INTO policy_clock (id, seq) VALUES (1, 0);

CREATE TABLE rulesets (
    id TEXT COLLATE "C" PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL UNIQUE,
    label TEXT COLLATE "C" NOT NULL
);

CREATE TABLE ruleset_versions (
    id TEXT COLLATE "C" PRIMARY KEY,
    ruleset_id TEXT COLLATE "C" NOT NULL REFERENCES rulesets (id),
    number BIGINT NOT NULL,
    label TEXT COLLATE "C" NOT NULL,
    source_digest TEXT COLLATE "C" NOT NULL,
    meaning_digest TEXT COLLATE "C" NOT NULL,
    files BYTEA NOT NULL,  -- a zip archive
    holidays TEXT COLLATE "C" NOT NULL,
    dsl_version TEXT COLLATE "C" NOT NULL,
    note TEXT COLLATE "C",
    published_by TEXT COLLATE "C" NOT NULL,
    published_at BIGINT NOT NULL,
    UNIQUE (ruleset_id, number),
    UNIQUE (ruleset_id, source_digest)
);

CREATE TABLE activations (
    policy_seq BIGINT PRIMARY KEY,
    ruleset_id TEXT COLLATE "C" NOT NULL REFERENCES rulesets (id),
    version_id TEXT COLLATE "C" NOT NULL REFERENCES ruleset_versions (id),
    from_date TEXT COLLATE "C" NOT NULL,
    until_date TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('normal', 'repair')),
    reason TEXT COLLATE "C",
    recorded_by TEXT COLLATE "C" NOT NULL,
    recorded_at BIGINT NOT NULL,
    CHECK (from_date < until_date)
);

CREATE TABLE contracts (
    id TEXT COLLATE "C" PRIMARY KEY,
    account_id TEXT COLLATE "C" NOT NULL REFERENCES accounts (id),
    seq BIGINT NOT NULL,
    number TEXT COLLATE "C" NOT NULL UNIQUE,
    class TEXT COLLATE "C" NOT NULL,
    ruleset_id TEXT COLLATE "C" NOT NULL REFERENCES rulesets (id),
    currency TEXT COLLATE "C" NOT NULL,
    digits BIGINT NOT NULL,
    zone TEXT COLLATE "C" NOT NULL,
    start TEXT COLLATE "C" NOT NULL,
    bill_from TEXT COLLATE "C",
    due_days BIGINT NOT NULL CHECK (due_days >= 0),
    payload_hash TEXT COLLATE "C" NOT NULL,
    recorded_by TEXT COLLATE "C" NOT NULL,
    recorded_at BIGINT NOT NULL
);
CREATE INDEX contracts_by_account ON contracts (account_id);

CREATE TABLE contract_sites (
    contract_id TEXT COLLATE "C" NOT NULL REFERENCES contracts (id),
    site_id TEXT COLLATE "C" NOT NULL REFERENCES sites (id),
    PRIMARY KEY (contract_id, site_id)
);

CREATE TABLE amendments (
    contract_id TEXT COLLATE "C" NOT NULL REFERENCES contracts (id),
    n BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    effective_from TEXT COLLATE "C" NOT NULL,
    plan TEXT COLLATE "C" NOT NULL,
    overrides TEXT COLLATE "C" NOT NULL,
    discounts TEXT COLLATE "C" NOT NULL,
    suspended BIGINT NOT NULL CHECK (suspended IN (0, 1)),
    lock_prices BIGINT NOT NULL CHECK (lock_prices IN (0, 1)),
    late_window BIGINT CHECK (late_window >= 0),  -- billed cycles; NULL takes work however late
    end_date TEXT COLLATE "C" NOT NULL,  -- of the contract, as of this amendment: first day after the expiry; 9999-12-31 where there is none
    is_end_only BIGINT NOT NULL CHECK (is_end_only IN (0, 1)),  -- it moves the end, and makes no terms of its own
    request_key TEXT COLLATE "C",
    payload_hash TEXT COLLATE "C" NOT NULL,
    recorded_by TEXT COLLATE "C" NOT NULL,
    recorded_at BIGINT NOT NULL,
    PRIMARY KEY (contract_id, n),
    UNIQUE (contract_id, request_key)
);

CREATE TABLE top_ups (
    id TEXT COLLATE "C" PRIMARY KEY,
    contract_id TEXT COLLATE "C" NOT NULL REFERENCES contracts (id),
    seq BIGINT NOT NULL,
    top_up TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    request_key TEXT COLLATE "C" NOT NULL UNIQUE,
    recorded_by TEXT COLLATE "C" NOT NULL,
    recorded_at BIGINT NOT NULL
);
CREATE INDEX top_ups_by_contract ON top_ups (contract_id, seq);

-- How many of a recurring item, from a day on; of each source's id the newest revision counts.
CREATE TABLE quantities (
    contract_id TEXT COLLATE "C" NOT NULL REFERENCES contracts (id),
    item TEXT COLLATE "C" NOT NULL,
    source TEXT COLLATE "C" NOT NULL,
    external_id TEXT COLLATE "C" NOT NULL,
    rev BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    effective_from TEXT COLLATE "C" NOT NULL,
    quantity BIGINT NOT NULL CHECK (quantity >= 0),
    evidence TEXT COLLATE "C" NOT NULL,
    payload_hash TEXT COLLATE "C" NOT NULL,
    recorded_by TEXT COLLATE "C" NOT NULL,
    recorded_at BIGINT NOT NULL,
    PRIMARY KEY (contract_id, item, source, external_id, rev)
);
CREATE INDEX quantities_by_contract ON quantities (contract_id, seq);

-- How far a contract is settled: the one mutable pointer of billing. next_on only narrows the search for what is due.
CREATE TABLE heads (
    contract_id TEXT COLLATE "C" PRIMARY KEY REFERENCES contracts (id),
    settlement_n BIGINT NOT NULL,
    account_seq BIGINT NOT NULL,
    policy_seq BIGINT NOT NULL,
    billed_through BIGINT NOT NULL,  -- boundary number; -1 before the first
    next_on TEXT COLLATE "C" NOT NULL  -- 9999-12-31 where no boundary follows
);
CREATE INDEX heads_by_day ON heads (next_on);

CREATE TABLE series (
    id TEXT COLLATE "C" PRIMARY KEY,
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('invoice', 'credit note')),
    prefix TEXT COLLATE "C" NOT NULL,
    next BIGINT NOT NULL CHECK (next >= 1),
    UNIQUE (kind, prefix)
);
INSERT INTO series (id, kind, prefix, next) VALUES ('invoice', 'invoice', 'INV-', 1), ('credit-note', 'credit note', 'CN-', 1);

CREATE TABLE documents (
    id TEXT COLLATE "C" PRIMARY KEY,
    series_id TEXT COLLATE "C" NOT NULL REFERENCES series (id),
    ordinal BIGINT NOT NULL,
    number TEXT COLLATE "C" NOT NULL UNIQUE,
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('invoice', 'credit note')),
    account_id TEXT COLLATE "C" NOT NULL REFERENCES accounts (id),
    contract_id TEXT COLLATE "C" NOT NULL REFERENCES contracts (id),
    currency TEXT COLLATE "C" NOT NULL,
    digits BIGINT NOT NULL,
    boundary_on TEXT COLLATE "C" NOT NULL,
    issue_date TEXT COLLATE "C" NOT NULL,
    due_date TEXT COLLATE "C" NOT NULL,
    net BIGINT NOT NULL,
    tax BIGINT NOT NULL,
    total BIGINT NOT NULL,
    request_key TEXT COLLATE "C" NOT NULL UNIQUE,
    body BYTEA NOT NULL,
    sha256 TEXT COLLATE "C" NOT NULL,
    issued_at BIGINT NOT NULL,
    UNIQUE (series_id, ordinal)
);
CREATE INDEX documents_by_account ON documents (account_id, issued_at);

CREATE TABLE settlements (
    id TEXT COLLATE "C" PRIMARY KEY,
    contract_id TEXT COLLATE "C" NOT NULL REFERENCES contracts (id),
    n BIGINT NOT NULL,
    boundary_no BIGINT NOT NULL,
    account_seq BIGINT NOT NULL,
    policy_seq BIGINT NOT NULL,
    from_cycle BIGINT NOT NULL,
    engine TEXT COLLATE "C" NOT NULL,
    tzdata TEXT COLLATE "C" NOT NULL,
    document_id TEXT COLLATE "C" REFERENCES documents (id),
    settled_at BIGINT NOT NULL,
    UNIQUE (contract_id, n)
);
CREATE INDEX settlements_by_document ON settlements (document_id);

CREATE TABLE obligations (
    contract_id TEXT COLLATE "C" NOT NULL REFERENCES contracts (id),
    boundary_no BIGINT NOT NULL,
    part TEXT COLLATE "C" NOT NULL,
    settlement_id TEXT COLLATE "C" NOT NULL REFERENCES settlements (id),
    PRIMARY KEY (contract_id, boundary_no, part)
);

CREATE TABLE items (
    settlement_id TEXT COLLATE "C" NOT NULL REFERENCES settlements (id),
    settlement_n BIGINT NOT NULL,
    item_key TEXT COLLATE "C" NOT NULL,
    contract_id TEXT COLLATE "C" NOT NULL REFERENCES contracts (id),
    cycle_no BIGINT NOT NULL,
    due_no BIGINT NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    service_from TEXT COLLATE "C" NOT NULL,
    service_to TEXT COLLATE "C" NOT NULL,
    version TEXT COLLATE "C" NOT NULL,  -- source digest
    worklog_id TEXT COLLATE "C" REFERENCES worklogs (id),
    worklog_rev BIGINT NOT NULL,
    request_rev BIGINT NOT NULL,
    site_seq BIGINT NOT NULL,
    band TEXT COLLATE "C",
    minutes BIGINT NOT NULL,
    rounded BIGINT NOT NULL,
    covered BIGINT NOT NULL,
    overage BIGINT NOT NULL,
    amount BIGINT NOT NULL,
    discount BIGINT NOT NULL,
    delta_amount BIGINT NOT NULL,
    delta_discount BIGINT NOT NULL,
    body TEXT COLLATE "C" NOT NULL,  -- the whole item, with its rate and rows
    PRIMARY KEY (settlement_id, item_key)
);
CREATE INDEX items_by_key ON items (contract_id, item_key, settlement_n);
CREATE INDEX items_by_cycle ON items (contract_id, cycle_no);
CREATE INDEX items_by_worklog ON items (worklog_id);

CREATE TABLE closings (
    contract_id TEXT COLLATE "C" NOT NULL REFERENCES contracts (id),
    cycle_no BIGINT NOT NULL,
    settlement_id TEXT COLLATE "C" NOT NULL REFERENCES settlements (id),
    settlement_n BIGINT NOT NULL,
    start TEXT COLLATE "C" NOT NULL,
    end_date TEXT COLLATE "C" NOT NULL,
    measure TEXT COLLATE "C" NOT NULL,
    carried_in BIGINT NOT NULL,
    granted BIGINT NOT NULL,
    topped_up BIGINT NOT NULL,
    drawn BIGINT NOT NULL,
    overage BIGINT NOT NULL,
    remaining BIGINT NOT NULL CHECK (remaining >= 0),
    carried_out BIGINT NOT NULL,
    buckets TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (contract_id, cycle_no, settlement_id)
);

CREATE TABLE lines (
    document_id TEXT COLLATE "C" NOT NULL REFERENCES documents (id),
    pos BIGINT NOT NULL,
    source_key TEXT COLLATE "C" NOT NULL UNIQUE,
    settlement_id TEXT COLLATE "C" NOT NULL,
    item_key TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    amount BIGINT NOT NULL,
    discount BIGINT NOT NULL,
    net BIGINT NOT NULL,
    taxes TEXT COLLATE "C" NOT NULL,
    tax_date TEXT COLLATE "C" NOT NULL,
    corrects_document_id TEXT COLLATE "C",
    corrects_pos BIGINT,
    PRIMARY KEY (document_id, pos),
    FOREIGN KEY (settlement_id, item_key) REFERENCES items (settlement_id, item_key),
    FOREIGN KEY (corrects_document_id, corrects_pos) REFERENCES lines (document_id, pos)
);
CREATE INDEX lines_by_item ON lines (settlement_id, item_key);
CREATE INDEX lines_by_corrected ON lines (corrects_document_id, corrects_pos);

CREATE TABLE tax_groups (
    document_id TEXT COLLATE "C" NOT NULL REFERENCES documents (id),
    pos BIGINT NOT NULL,
    code TEXT COLLATE "C" NOT NULL,
    rate_num TEXT COLLATE "C" NOT NULL,
    rate_den TEXT COLLATE "C" NOT NULL,
    category TEXT COLLATE "C" NOT NULL,
    text TEXT COLLATE "C" NOT NULL,
    base BIGINT NOT NULL,
    tax BIGINT NOT NULL,
    PRIMARY KEY (document_id, code, rate_num, rate_den)
);

-- Up to which of an account's facts it was looked for work that no contract covers.
CREATE TABLE coverage_heads (
    account_id TEXT COLLATE "C" PRIMARY KEY REFERENCES accounts (id),
    account_seq BIGINT NOT NULL
);

-- Work that waits for a person.
CREATE TABLE exceptions (
    id TEXT COLLATE "C" PRIMARY KEY,
    account_id TEXT COLLATE "C" NOT NULL REFERENCES accounts (id),
    contract_id TEXT COLLATE "C" REFERENCES contracts (id),
    worklog_id TEXT COLLATE "C" REFERENCES worklogs (id),
    subject_kind TEXT COLLATE "C" NOT NULL,
    subject_id TEXT COLLATE "C" NOT NULL,
    subject_rev BIGINT NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    detail TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('open', 'gone')),
    since BIGINT NOT NULL,
    UNIQUE (subject_kind, subject_id, subject_rev, reason)
);
CREATE INDEX exceptions_by_contract ON exceptions (contract_id, state);
CREATE INDEX exceptions_by_account ON exceptions (account_id, state);

-- Contracts whose billing failed, set apart until the next try.
CREATE TABLE problems (
    contract_id TEXT COLLATE "C" PRIMARY KEY REFERENCES contracts (id),
    since BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    next_try BIGINT NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    detail TEXT COLLATE "C" NOT NULL
);

CREATE TABLE events (
    id TEXT COLLATE "C" PRIMARY KEY,
    kind TEXT COLLATE "C" NOT NULL,
    subject_id TEXT COLLATE "C" NOT NULL,
    discriminator TEXT COLLATE "C" NOT NULL,
    payload TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    UNIQUE (kind, subject_id, discriminator)
);

-- A hint: the facts above say what is due, so losing all its rows loses no money.
CREATE TABLE jobs (
    id TEXT COLLATE "C" PRIMARY KEY,
    queue TEXT COLLATE "C" NOT NULL,
    actor TEXT COLLATE "C" NOT NULL,
    message BYTEA NOT NULL,
    dedupe_key TEXT COLLATE "C" NOT NULL UNIQUE,
    due_ms BIGINT NOT NULL,
    lease_until_ms BIGINT NOT NULL,
    lease TEXT COLLATE "C" NOT NULL,
    attempts BIGINT NOT NULL,
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('waiting', 'running', 'dead')),
    last_error TEXT COLLATE "C" NOT NULL
);
CREATE INDEX jobs_by_due ON jobs (queue, state, due_ms);

CREATE TABLE api_keys (
    id TEXT COLLATE "C" PRIMARY KEY,
    prefix TEXT COLLATE "C" NOT NULL UNIQUE,
    hash TEXT COLLATE "C" NOT NULL,
    label TEXT COLLATE "C" NOT NULL,
    role TEXT COLLATE "C" NOT NULL,
    account_id TEXT COLLATE "C" REFERENCES accounts (id),
    recorded_by TEXT COLLATE "C" NOT NULL,
    recorded_at BIGINT NOT NULL,
    expires_at BIGINT,
    revoked_at BIGINT
);

-- Immutable: neither changed nor deleted, whoever asks.
CREATE TRIGGER account_revs_immutable BEFORE UPDATE OR DELETE ON account_revs
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER account_revs_kept BEFORE TRUNCATE ON account_revs
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER site_revs_immutable BEFORE UPDATE OR DELETE ON site_revs
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER site_revs_kept BEFORE TRUNCATE ON site_revs
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER request_revs_immutable BEFORE UPDATE OR DELETE ON request_revs
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER request_revs_kept BEFORE TRUNCATE ON request_revs
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER worklog_revs_immutable BEFORE UPDATE OR DELETE ON worklog_revs
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER worklog_revs_kept BEFORE TRUNCATE ON worklog_revs
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ruleset_versions_immutable BEFORE UPDATE OR DELETE ON ruleset_versions
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ruleset_versions_kept BEFORE TRUNCATE ON ruleset_versions
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER activations_immutable BEFORE UPDATE OR DELETE ON activations
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER activations_kept BEFORE TRUNCATE ON activations
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER contracts_immutable BEFORE UPDATE OR DELETE ON contracts
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER contracts_kept BEFORE TRUNCATE ON contracts
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER contract_sites_immutable BEFORE UPDATE OR DELETE ON contract_sites
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER contract_sites_kept BEFORE TRUNCATE ON contract_sites
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER amendments_immutable BEFORE UPDATE OR DELETE ON amendments
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER amendments_kept BEFORE TRUNCATE ON amendments
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER top_ups_immutable BEFORE UPDATE OR DELETE ON top_ups
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER top_ups_kept BEFORE TRUNCATE ON top_ups
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER quantities_immutable BEFORE UPDATE OR DELETE ON quantities
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER quantities_kept BEFORE TRUNCATE ON quantities
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER documents_immutable BEFORE UPDATE OR DELETE ON documents
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER documents_kept BEFORE TRUNCATE ON documents
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER settlements_immutable BEFORE UPDATE OR DELETE ON settlements
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER settlements_kept BEFORE TRUNCATE ON settlements
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER obligations_immutable BEFORE UPDATE OR DELETE ON obligations
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER obligations_kept BEFORE TRUNCATE ON obligations
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER items_immutable BEFORE UPDATE OR DELETE ON items
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER items_kept BEFORE TRUNCATE ON items
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER closings_immutable BEFORE UPDATE OR DELETE ON closings
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER closings_kept BEFORE TRUNCATE ON closings
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER lines_immutable BEFORE UPDATE OR DELETE ON lines
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER lines_kept BEFORE TRUNCATE ON lines
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER tax_groups_immutable BEFORE UPDATE OR DELETE ON tax_groups
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER tax_groups_kept BEFORE TRUNCATE ON tax_groups
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER events_immutable BEFORE UPDATE OR DELETE ON events
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER events_kept BEFORE TRUNCATE ON events
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
