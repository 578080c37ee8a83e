-- Credit notes by hand: lines outside of what is computed, and what they were asked for.

ALTER TABLE lines ADD COLUMN manual_reason TEXT;  -- of credit by hand, and of what takes it back; such lines bill no item
CREATE INDEX lines_by_hand ON lines (corrects_document_id, corrects_pos) WHERE manual_reason IS NOT NULL;

CREATE TABLE credit_notes (
    document_id TEXT PRIMARY KEY REFERENCES documents (id),
    request_key TEXT NOT NULL UNIQUE,
    payload_hash TEXT NOT NULL,
    seq INTEGER NOT NULL,  -- of the account's facts
    credits_document_id TEXT NOT NULL REFERENCES documents (id),
    cancels_document_id TEXT UNIQUE REFERENCES documents (id),  -- the same, where all of it is taken back
    recorded_by TEXT NOT NULL,
    recorded_at INTEGER NOT NULL
) STRICT;

CREATE TRIGGER credit_notes_no_update BEFORE UPDATE ON credit_notes
BEGIN
    SELECT RAISE(ABORT, 'credit_notes is immutable');
END;
CREATE TRIGGER credit_notes_no_delete BEFORE DELETE ON credit_notes
BEGIN
    SELECT RAISE(ABORT, 'credit_notes is immutable');
END;
