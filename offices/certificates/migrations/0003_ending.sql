-- Certificates that end within the days of the rule: of machines, of officials. Drawn anew by a job; `told_days`
-- is the threshold of which the holder was last written.
CREATE TABLE certificates_ending (
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    account TEXT NOT NULL,
    holder TEXT NOT NULL,
    name TEXT NOT NULL,
    until_at BIGINT NOT NULL,
    told_days BIGINT,
    drawn_at BIGINT NOT NULL,
    PRIMARY KEY (kind, subject)
);
CREATE INDEX certificates_ending_until ON certificates_ending (until_at, kind, subject);
CREATE INDEX certificates_ending_drawn ON certificates_ending (drawn_at);
CREATE INDEX certificates_ending_account ON certificates_ending (account, until_at);
