-- What is on record stays as it is. Only a lawful order takes an act's content away, and is on record itself first.
CREATE TRIGGER ledger_acts_kept BEFORE DELETE ON ledger_acts
BEGIN SELECT RAISE(ABORT, 'an act is never deleted'); END;
CREATE TRIGGER ledger_acts_unchanged BEFORE UPDATE OF id, kind, subject_kind, at, account, organ, leaf ON ledger_acts
BEGIN SELECT RAISE(ABORT, 'an act is never changed'); END;
CREATE TRIGGER ledger_acts_subject_unchanged BEFORE UPDATE OF subject_id ON ledger_acts
WHEN NEW.subject_id IS NOT OLD.subject_id AND NOT EXISTS (SELECT 1 FROM ledger_erased e WHERE e.act_id = OLD.id)
BEGIN SELECT RAISE(ABORT, 'an act is never changed'); END;
CREATE TRIGGER ledger_contents_unchanged BEFORE UPDATE ON ledger_contents
BEGIN SELECT RAISE(ABORT, 'what an act says is never changed'); END;
CREATE TRIGGER ledger_contents_kept BEFORE DELETE ON ledger_contents
WHEN NOT EXISTS (SELECT 1 FROM ledger_erased e WHERE e.act_id = OLD.act_id)
BEGIN SELECT RAISE(ABORT, 'what an act says is taken away by a lawful order alone'); END;
CREATE TRIGGER ledger_signatures_unchanged BEFORE UPDATE ON ledger_signatures
BEGIN SELECT RAISE(ABORT, 'what an act says is never changed'); END;
CREATE TRIGGER ledger_signatures_kept BEFORE DELETE ON ledger_signatures
WHEN NOT EXISTS (SELECT 1 FROM ledger_erased e WHERE e.act_id = OLD.act_id)
BEGIN SELECT RAISE(ABORT, 'what an act says is taken away by a lawful order alone'); END;
CREATE TRIGGER ledger_erased_unchanged BEFORE UPDATE ON ledger_erased
BEGIN SELECT RAISE(ABORT, 'what was erased stays on record'); END;
CREATE TRIGGER ledger_erased_kept BEFORE DELETE ON ledger_erased
BEGIN SELECT RAISE(ABORT, 'what was erased stays on record'); END;
CREATE TRIGGER ledger_tiles_kept BEFORE DELETE ON ledger_tiles
BEGIN SELECT RAISE(ABORT, 'the log never shrinks'); END;
CREATE TRIGGER ledger_head_kept BEFORE DELETE ON ledger_head
BEGIN SELECT RAISE(ABORT, 'the log never shrinks'); END;
