-- A second root beside the first: where it is published under /ca/ (empty for the first), and the end of a root before its
-- time, which two people decide on. An end is never put off and never taken back.
ALTER TABLE certificates_authorities ADD COLUMN place TEXT NOT NULL DEFAULT '';
ALTER TABLE certificates_authorities ADD COLUMN ends_at BIGINT;
ALTER TABLE certificates_authorities ADD COLUMN ends_why BIGINT;
CREATE INDEX certificates_issued_authority ON certificates_issued (authority, state);
CREATE TRIGGER certificates_authorities_ended BEFORE UPDATE ON certificates_authorities
WHEN OLD.ends_at IS NOT NULL AND (NEW.ends_at IS NULL OR NEW.ends_at > OLD.ends_at)
BEGIN SELECT RAISE(ABORT, 'the end of a root is never put off'); END;
