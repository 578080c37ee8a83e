-- What of a settlement's work was on the list of exceptions when it was computed; that list moves on.

ALTER TABLE settlements ADD COLUMN waiting TEXT COLLATE "C" NOT NULL DEFAULT '[]';  -- work, worklog_id and reason of each
