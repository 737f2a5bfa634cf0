-- A post that was taken back at once: its last day is that day, and from this moment on it gives no right.
ALTER TABLE access_holdings ADD COLUMN ended_at BIGINT;

-- The three administrators are three: who holds the role of one holds no other role on the same day. It is refused
-- here, whatever a program says. Two posts given at the same moment wait for each other at the account's row.
CREATE FUNCTION access_separates() RETURNS trigger LANGUAGE plpgsql AS $separates$
BEGIN
    PERFORM 1 FROM access_accounts WHERE id = NEW.account FOR UPDATE;
    IF EXISTS (
        SELECT 1 FROM access_holdings h
        WHERE h.account = NEW.account AND h.role <> NEW.role AND h.ended_at IS NULL
          AND (h.role IN ('sysadmin', 'secadmin', 'auditor') OR NEW.role IN ('sysadmin', 'secadmin', 'auditor'))
          AND (h.until_day IS NULL OR h.until_day >= NEW.from_day)
          AND (NEW.until_day IS NULL OR NEW.until_day >= h.from_day)
    ) THEN
        RAISE EXCEPTION 'an administrator holds no other role';
    END IF;
    RETURN NEW;
END
$separates$;
CREATE TRIGGER access_holdings_separated BEFORE INSERT ON access_holdings
FOR EACH ROW EXECUTE FUNCTION access_separates();

-- What was held stays readable: a post is never deleted, never made another, and an end is only ever brought forward.
CREATE FUNCTION access_keeps() RETURNS trigger LANGUAGE plpgsql AS $keeps$
BEGIN
    RAISE EXCEPTION 'rows of % are never deleted or changed so', TG_TABLE_NAME;
END
$keeps$;
CREATE TRIGGER access_holdings_kept BEFORE DELETE ON access_holdings
FOR EACH ROW EXECUTE FUNCTION access_keeps();
CREATE TRIGGER access_holdings_fixed BEFORE UPDATE ON access_holdings
FOR EACH ROW WHEN (
    NEW.id <> OLD.id OR NEW.account <> OLD.account OR NEW.role <> OLD.role OR NEW.organ <> OLD.organ
    OR NEW.post <> OLD.post OR NEW.from_day <> OLD.from_day
    OR (OLD.until_day IS NOT NULL AND (NEW.until_day IS NULL OR NEW.until_day > OLD.until_day))
    OR (OLD.ended_at IS NOT NULL AND (NEW.ended_at IS NULL OR NEW.ended_at <> OLD.ended_at))
) EXECUTE FUNCTION access_keeps();
