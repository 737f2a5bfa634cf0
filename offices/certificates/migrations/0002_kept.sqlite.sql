-- What was issued is never deleted and says what it said, and what was revoked stays revoked.
CREATE TRIGGER certificates_issued_kept BEFORE DELETE ON certificates_issued
BEGIN SELECT RAISE(ABORT, 'a certificate is never deleted'); END;
CREATE TRIGGER certificates_issued_revoked BEFORE UPDATE ON certificates_issued
WHEN NEW.serial <> OLD.serial OR NEW.authority <> OLD.authority OR NEW.certificate <> OLD.certificate
    OR NEW.until_at <> OLD.until_at
    OR (OLD.state = 'revoked' AND (NEW.state <> 'revoked' OR NEW.revoked_at IS NOT OLD.revoked_at
                                   OR NEW.revoked_reason IS NOT OLD.revoked_reason))
BEGIN SELECT RAISE(ABORT, 'what was revoked stays revoked'); END;
