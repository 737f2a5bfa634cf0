-- Jobs stand in lanes, so that a slow mail server holds up letters and nothing else.
ALTER TABLE ledger_jobs ADD COLUMN lane TEXT NOT NULL DEFAULT 'work';
UPDATE ledger_jobs SET lane = 'post' WHERE kind = 'post.letter';
CREATE INDEX ledger_jobs_lane ON ledger_jobs (lane, due, born);
DROP INDEX ledger_jobs_due;
