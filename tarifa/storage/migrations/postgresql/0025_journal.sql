-- The journal goes through documents by their day, and through payments by the moment in which they were recorded.

CREATE INDEX documents_by_issue_date ON documents (issue_date, number);
CREATE INDEX payment_revs_by_time ON payment_revs (recorded_at, payment_id, rev);
