-- The day on which the register of residents says that the holder of an account died. The account is disabled then.
ALTER TABLE access_accounts ADD COLUMN died_on BIGINT;
