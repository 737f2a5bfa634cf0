-- A number that its holder only stated holds nobody else's up: `number_blind`, which is unique, is of numbers that
-- were proven; `stated_blind` finds the others.
ALTER TABLE access_accounts ADD COLUMN stated_blind BYTEA;
UPDATE access_accounts SET stated_blind = number_blind, number_blind = NULL WHERE real_name = 0;
CREATE INDEX access_accounts_stated ON access_accounts (stated_blind);
