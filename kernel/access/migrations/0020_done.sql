-- A second step that was done is kept until its time is over: who brings it again is told so, and it is on record.
ALTER TABLE access_challenges ADD COLUMN done_at BIGINT;

-- The sessions of an account are leafed through, the last used first.
CREATE INDEX access_sessions_seen ON access_sessions (account, seen_at, token_mac);
