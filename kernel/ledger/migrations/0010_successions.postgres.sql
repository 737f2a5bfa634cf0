-- How the keys that sign for the log succeeded one another: `version` is that of the new key, `statement` what both
-- keys signed; the old key signs beside the new one until `old_retired_at`.
CREATE TABLE ledger_successions (
    version BIGINT NOT NULL PRIMARY KEY,
    old_key TEXT NOT NULL,
    new_key TEXT NOT NULL,
    statement TEXT NOT NULL,
    at BIGINT NOT NULL,
    old_retired_at BIGINT
);
CREATE TRIGGER ledger_successions_unchanged BEFORE UPDATE OF version, old_key, new_key, statement, at ON ledger_successions
FOR EACH ROW EXECUTE FUNCTION ledger_is_kept();
CREATE TRIGGER ledger_successions_kept BEFORE DELETE ON ledger_successions
FOR EACH ROW EXECUTE FUNCTION ledger_is_kept();
