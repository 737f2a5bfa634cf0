-- By what a session was opened first: the password, a passkey alone, another identity platform; in the words of
-- RFC 8176 where it has one. What was shown beside it stands in `second`.
ALTER TABLE access_sessions ADD COLUMN first_way TEXT NOT NULL DEFAULT 'pwd';
