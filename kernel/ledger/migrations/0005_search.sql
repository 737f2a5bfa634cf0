-- From where an act was asked for: beside the act and not in its commitment, so that it can be erased when its
-- time is over (个人信息保护法 art. 19) while every proof still holds.
ALTER TABLE ledger_acts ADD COLUMN address TEXT;

-- What an auditor asks by: time, person, organ, kind, address; each in the order of time.
CREATE INDEX ledger_acts_at ON ledger_acts (at, born);
CREATE INDEX ledger_acts_person ON ledger_acts (account, at, born);
DROP INDEX ledger_acts_account;
CREATE INDEX ledger_acts_organ ON ledger_acts (organ, at, born) WHERE organ <> '';
CREATE INDEX ledger_acts_kind ON ledger_acts (kind, at, born);
CREATE INDEX ledger_acts_address ON ledger_acts (address, at, born) WHERE address IS NOT NULL;
