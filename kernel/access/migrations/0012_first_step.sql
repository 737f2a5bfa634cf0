-- By what the first step was shown: the password, or another platform.
ALTER TABLE access_challenges ADD COLUMN first_way TEXT NOT NULL DEFAULT 'pwd';
