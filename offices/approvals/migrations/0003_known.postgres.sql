-- What happened to the cases that stand now, before anybody could say that they know it, is no news.
ALTER TABLE approvals_applications ADD COLUMN known_until BIGINT NOT NULL DEFAULT 0;
UPDATE approvals_applications SET known_until = CAST(EXTRACT(EPOCH FROM now()) AS BIGINT) * 1000;
