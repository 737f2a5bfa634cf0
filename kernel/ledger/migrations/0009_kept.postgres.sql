-- What is on record stays as it is. Only a lawful order takes an act's content away, and is on record itself first.
CREATE FUNCTION ledger_is_kept() RETURNS trigger LANGUAGE plpgsql AS $kept$
BEGIN
    RAISE EXCEPTION 'rows of % are never changed or deleted', TG_TABLE_NAME;
END
$kept$;
CREATE FUNCTION ledger_by_order() RETURNS trigger LANGUAGE plpgsql AS $kept$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM ledger_erased e WHERE e.act_id = OLD.act_id) THEN
        RAISE EXCEPTION 'rows of % are taken away by a lawful order alone', TG_TABLE_NAME;
    END IF;
    RETURN OLD;
END
$kept$;
CREATE FUNCTION ledger_subject_by_order() RETURNS trigger LANGUAGE plpgsql AS $kept$
BEGIN
    IF NEW.subject_id IS DISTINCT FROM OLD.subject_id
        AND NOT EXISTS (SELECT 1 FROM ledger_erased e WHERE e.act_id = OLD.id) THEN
        RAISE EXCEPTION 'an act is never changed';
    END IF;
    RETURN NEW;
END
$kept$;
CREATE TRIGGER ledger_acts_kept BEFORE DELETE ON ledger_acts
FOR EACH ROW EXECUTE FUNCTION ledger_is_kept();
CREATE TRIGGER ledger_acts_unchanged BEFORE UPDATE OF id, kind, subject_kind, at, account, organ, leaf ON ledger_acts
FOR EACH ROW EXECUTE FUNCTION ledger_is_kept();
CREATE TRIGGER ledger_acts_subject_unchanged BEFORE UPDATE OF subject_id ON ledger_acts
FOR EACH ROW EXECUTE FUNCTION ledger_subject_by_order();
CREATE TRIGGER ledger_contents_unchanged BEFORE UPDATE ON ledger_contents
FOR EACH ROW EXECUTE FUNCTION ledger_is_kept();
CREATE TRIGGER ledger_contents_kept BEFORE DELETE ON ledger_contents
FOR EACH ROW EXECUTE FUNCTION ledger_by_order();
CREATE TRIGGER ledger_signatures_unchanged BEFORE UPDATE ON ledger_signatures
FOR EACH ROW EXECUTE FUNCTION ledger_is_kept();
CREATE TRIGGER ledger_signatures_kept BEFORE DELETE ON ledger_signatures
FOR EACH ROW EXECUTE FUNCTION ledger_by_order();
CREATE TRIGGER ledger_erased_kept BEFORE UPDATE OR DELETE ON ledger_erased
FOR EACH ROW EXECUTE FUNCTION ledger_is_kept();
CREATE TRIGGER ledger_tiles_kept BEFORE DELETE ON ledger_tiles
FOR EACH ROW EXECUTE FUNCTION ledger_is_kept();
CREATE TRIGGER ledger_head_kept BEFORE DELETE ON ledger_head
FOR EACH ROW EXECUTE FUNCTION ledger_is_kept();
