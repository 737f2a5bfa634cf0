-- A mandate on paper that a clerk has taken in at a window. Who gave it needs no account, and neither does the
-- agent: `principal` is empty then, and both are found by their numbers. It gives a right at windows alone. Which
-- organ's window took it in; and by what a mandate ended that neither side ended.
ALTER TABLE access_mandates ADD COLUMN kind TEXT NOT NULL DEFAULT 'online';
ALTER TABLE access_mandates ADD COLUMN organ TEXT NOT NULL DEFAULT '';
ALTER TABLE access_mandates ADD COLUMN organ_name TEXT NOT NULL DEFAULT '';
ALTER TABLE access_mandates ADD COLUMN ended_why TEXT NOT NULL DEFAULT '';
CREATE INDEX access_mandates_giver ON access_mandates (principal_blind, id);
