-- After a restore nothing is numbered until a person has said which numbers were given out last.

ALTER TABLE series ADD COLUMN is_fenced INTEGER NOT NULL DEFAULT 0 CHECK (is_fenced IN (0, 1));

-- What was said; the numbers from was_next to last are of documents that this database has lost.
CREATE TABLE confirmed_numbers (
    series_id TEXT NOT NULL REFERENCES series (id),
    n INTEGER NOT NULL,
    was_next INTEGER NOT NULL,
    last INTEGER NOT NULL,
    recorded_by TEXT NOT NULL,
    recorded_at INTEGER NOT NULL,
    PRIMARY KEY (series_id, n),
    CHECK (last >= was_next - 1)
) STRICT;

CREATE TRIGGER confirmed_numbers_no_update BEFORE UPDATE ON confirmed_numbers
BEGIN
    SELECT RAISE(ABORT, 'confirmed_numbers is immutable');
END;
CREATE TRIGGER confirmed_numbers_no_delete BEFORE DELETE ON confirmed_numbers
BEGIN
    SELECT RAISE(ABORT, 'confirmed_numbers is immutable');
END;
