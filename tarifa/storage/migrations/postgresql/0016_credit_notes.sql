-- Credit notes by hand: lines outside of what is computed, and what they were asked for.

ALTER TABLE lines ADD COLUMN manual_reason TEXT COLLATE "C";  -- of credit by hand, and of what takes it back; such lines bill no item
CREATE INDEX lines_by_hand ON lines (corrects_document_id, corrects_pos) WHERE manual_reason IS NOT NULL;

CREATE TABLE credit_notes (
    document_id TEXT COLLATE "C" PRIMARY KEY REFERENCES documents (id),
    request_key TEXT COLLATE "C" NOT NULL UNIQUE,
    payload_hash TEXT COLLATE "C" NOT NULL,
    seq BIGINT NOT NULL,  -- of the account's facts
    credits_document_id TEXT COLLATE "C" NOT NULL REFERENCES documents (id),
    cancels_document_id TEXT COLLATE "C" UNIQUE REFERENCES documents (id),  -- the same, where all of it is taken back
    recorded_by TEXT COLLATE "C" NOT NULL,
    recorded_at BIGINT NOT NULL
);

CREATE TRIGGER credit_notes_immutable BEFORE UPDATE OR DELETE ON credit_notes
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER credit_notes_kept BEFORE TRUNCATE ON credit_notes
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
