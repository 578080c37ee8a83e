-- After a restore nothing is numbered until a person has said which numbers were given out last.

ALTER TABLE series ADD COLUMN is_fenced BIGINT NOT NULL DEFAULT 0 CHECK (is_fenced IN (0, 1));

-- What was said; the numbers from was_next to last are of documents that this database has lost.
CREATE TABLE confirmed_numbers (
    series_id TEXT COLLATE "C" NOT NULL REFERENCES series (id),
    n BIGINT NOT NULL,
    was_next BIGINT NOT NULL,
    last BIGINT NOT NULL,
    recorded_by TEXT COLLATE "C" NOT NULL,
    recorded_at BIGINT NOT NULL,
    PRIMARY KEY (series_id, n),
    CHECK (last >= was_next - 1)
);

CREATE TRIGGER confirmed_numbers_immutable BEFORE UPDATE OR DELETE ON confirmed_numbers
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER confirmed_numbers_kept BEFORE TRUNCATE ON confirmed_numbers
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
