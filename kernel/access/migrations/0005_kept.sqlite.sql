-- A post that was taken back at once: its last day is that day, and from this moment on it gives no right.
ALTER TABLE access_holdings ADD COLUMN ended_at BIGINT;

-- The three administrators are three: who holds the role of one holds no other role on the same day. It is refused
-- here, whatever a program says.
CREATE TRIGGER access_holdings_separated BEFORE INSERT ON access_holdings
WHEN EXISTS (
    SELECT 1 FROM access_holdings h
    WHERE h.account = NEW.account AND h.role <> NEW.role AND h.ended_at IS NULL
      AND (h.role IN ('sysadmin', 'secadmin', 'auditor') OR NEW.role IN ('sysadmin', 'secadmin', 'auditor'))
      AND (h.until_day IS NULL OR h.until_day >= NEW.from_day)
      AND (NEW.until_day IS NULL OR NEW.until_day >= h.from_day)
)
BEGIN SELECT RAISE(ABORT, 'an administrator holds no other role'); END;

-- What was held stays readable: a post is never deleted, never made another, and an end is only ever brought forward.
CREATE TRIGGER access_holdings_kept BEFORE DELETE ON access_holdings
BEGIN SELECT RAISE(ABORT, 'a post that was held is never deleted'); END;
CREATE TRIGGER access_holdings_fixed BEFORE UPDATE ON access_holdings
WHEN NEW.id <> OLD.id OR NEW.account <> OLD.account OR NEW.role <> OLD.role OR NEW.organ <> OLD.organ
  OR NEW.post <> OLD.post OR NEW.from_day <> OLD.from_day
  OR (OLD.until_day IS NOT NULL AND (NEW.until_day IS NULL OR NEW.until_day > OLD.until_day))
  OR (OLD.ended_at IS NOT NULL AND (NEW.ended_at IS NULL OR NEW.ended_at <> OLD.ended_at))
BEGIN SELECT RAISE(ABORT, 'a post that was held is only ever ended'); END;
