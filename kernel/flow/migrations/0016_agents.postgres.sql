-- Of a step that was taken by a written mandate the names of both citizens may be erased too, each by its own order:
-- with the words, or alone. Which mandate it was stays.
CREATE INDEX flow_events_agents ON flow_events (account) WHERE for_mandate IS NOT NULL;
CREATE INDEX flow_events_principals ON flow_events (for_account) WHERE for_mandate IS NOT NULL;
DROP TRIGGER flow_events_fixed ON flow_events;
CREATE TRIGGER flow_events_fixed BEFORE UPDATE ON flow_events
FOR EACH ROW WHEN (NOT (
    NEW.case_id = OLD.case_id AND NEW.n = OLD.n AND NEW.at = OLD.at AND NEW.command = OLD.command
    AND NEW.from_state = OLD.from_state AND NEW.to_state = OLD.to_state AND NEW.post = OLD.post
    AND NEW.organ = OLD.organ AND NEW.clocks = OLD.clocks AND NEW.act = OLD.act
    AND NEW.account IS NOT DISTINCT FROM OLD.account AND NEW.for_account IS NOT DISTINCT FROM OLD.for_account
    AND NEW.for_mandate IS NOT DISTINCT FROM OLD.for_mandate
    AND (NEW.for_name IS NOT DISTINCT FROM OLD.for_name OR (OLD.for_mandate IS NOT NULL AND NEW.for_name = '（已删除）'))
    AND (
        (OLD.erased IS NULL AND NEW.erased IS NOT NULL AND LENGTH(NEW.said) <= LENGTH(OLD.said))
        OR (
            OLD.for_mandate IS NOT NULL AND NEW.erased IS NOT DISTINCT FROM OLD.erased AND NEW.said = OLD.said
            AND (NEW.name = OLD.name OR NEW.name = '（已删除）')
        )
    )
)) EXECUTE FUNCTION flow_is_kept();
