-- A second step that was done is kept until its time is over: who brings it again is told so, and it is on record.
ALTER TABLE access_challenges ADD COLUMN done_at BIGINT;
