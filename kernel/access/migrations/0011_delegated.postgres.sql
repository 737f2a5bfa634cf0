-- A post that is exercised for its holder (受委托代行): the post it comes from, and whose that is.
ALTER TABLE access_holdings ADD COLUMN for_holding TEXT;
ALTER TABLE access_holdings ADD COLUMN for_account TEXT;
CREATE INDEX access_holdings_delegated ON access_holdings (for_holding);
CREATE INDEX access_holdings_for ON access_holdings (for_account, id);
-- Who holds posts in an organ: colleagues, and the accounts of an organ.
CREATE INDEX access_holdings_organ ON access_holdings (organ, account);

-- Refused here, whatever a program says: a post of the three administrators is not delegated, nor one without a
-- last day, nor onward, nor to its own holder, nor any longer than the post itself lasts.
CREATE FUNCTION access_delegable() RETURNS trigger LANGUAGE plpgsql AS $delegable$
BEGIN
    IF NEW.role IN ('sysadmin', 'secadmin', 'auditor') OR NEW.until_day IS NULL OR NEW.for_account = NEW.account
    OR NOT EXISTS (
        SELECT 1 FROM access_holdings h
        WHERE h.id = NEW.for_holding AND h.account = NEW.for_account AND h.role = NEW.role AND h.organ = NEW.organ
          AND h.for_holding IS NULL AND h.ended_at IS NULL
          AND h.from_day <= NEW.from_day AND (h.until_day IS NULL OR h.until_day >= NEW.until_day)
    ) THEN
        RAISE EXCEPTION 'this post cannot be delegated so';
    END IF;
    RETURN NEW;
END
$delegable$;
CREATE TRIGGER access_holdings_delegable BEFORE INSERT ON access_holdings
FOR EACH ROW WHEN (NEW.for_holding IS NOT NULL OR NEW.for_account IS NOT NULL) EXECUTE FUNCTION access_delegable();
CREATE TRIGGER access_holdings_delegated_fixed BEFORE UPDATE ON access_holdings
FOR EACH ROW WHEN (
    NEW.for_holding IS DISTINCT FROM OLD.for_holding OR NEW.for_account IS DISTINCT FROM OLD.for_account
) EXECUTE FUNCTION access_keeps();
