-- What was issued is never deleted and says what it said, and what was revoked stays revoked.
CREATE FUNCTION certificates_is_kept() RETURNS trigger LANGUAGE plpgsql AS $kept$
BEGIN
    RAISE EXCEPTION 'a certificate is never deleted, and what was revoked stays revoked';
END
$kept$;
CREATE TRIGGER certificates_issued_kept BEFORE DELETE ON certificates_issued
FOR EACH ROW EXECUTE FUNCTION certificates_is_kept();
CREATE TRIGGER certificates_issued_revoked BEFORE UPDATE ON certificates_issued
FOR EACH ROW
WHEN (NEW.serial <> OLD.serial OR NEW.authority <> OLD.authority OR NEW.certificate <> OLD.certificate
    OR NEW.until_at <> OLD.until_at
    OR (OLD.state = 'revoked' AND (NEW.state <> 'revoked' OR NEW.revoked_at IS DISTINCT FROM OLD.revoked_at
                                   OR NEW.revoked_reason IS DISTINCT FROM OLD.revoked_reason)))
EXECUTE FUNCTION certificates_is_kept();
