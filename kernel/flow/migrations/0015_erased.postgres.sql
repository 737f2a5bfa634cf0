-- What a lawful order erased of a case (个人信息保护法 art. 47): under which document. Of an event the words and the
-- applicant's name may go, once, and leave that mark; what happened when, by which post, and to which clock stays.
ALTER TABLE flow_cases ADD COLUMN erased TEXT;
ALTER TABLE flow_events ADD COLUMN erased TEXT;
DROP TRIGGER flow_events_kept ON flow_events;
CREATE TRIGGER flow_events_kept BEFORE DELETE ON flow_events
FOR EACH ROW EXECUTE FUNCTION flow_is_kept();
CREATE TRIGGER flow_events_fixed BEFORE UPDATE ON flow_events
FOR EACH ROW WHEN (NOT (
    OLD.erased IS NULL AND NEW.erased IS NOT NULL AND LENGTH(NEW.said) <= LENGTH(OLD.said)
    AND NEW.case_id = OLD.case_id AND NEW.n = OLD.n AND NEW.at = OLD.at AND NEW.command = OLD.command
    AND NEW.from_state = OLD.from_state AND NEW.to_state = OLD.to_state AND NEW.post = OLD.post
    AND NEW.organ = OLD.organ AND NEW.clocks = OLD.clocks AND NEW.act = OLD.act
    AND NEW.account IS NOT DISTINCT FROM OLD.account AND NEW.for_account IS NOT DISTINCT FROM OLD.for_account
    AND NEW.for_name IS NOT DISTINCT FROM OLD.for_name
)) EXECUTE FUNCTION flow_is_kept();
