-- By what an account has shown whose it is: the register of residents, a counter, or an identity platform. Of those
-- that stand by now it is not known, and the register is the least of them.
ALTER TABLE access_accounts ADD COLUMN proven_by TEXT;
UPDATE access_accounts SET proven_by = 'register' WHERE real_name = 1;
