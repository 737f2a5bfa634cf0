-- What was issued is never deleted, and what was revoked stays revoked.
CREATE TRIGGER certificates_issued_kept BEFORE DELETE ON certificates_issued
BEGIN SELECT RAISE(ABORT, 'a certificate is never deleted'); END;
CREATE TRIGGER certificates_issued_revoked BEFORE UPDATE ON certificates_issued
WHEN OLD.state = 'revoked' AND (NEW.state <> 'revoked' OR NEW.revoked_at <> OLD.revoked_at)
BEGIN SELECT RAISE(ABORT, 'what was revoked stays revoked'); END;
