-- Cases, their events and signals are never deleted; an event is never changed.
CREATE FUNCTION flow_is_kept() RETURNS trigger LANGUAGE plpgsql AS $kept$
BEGIN
    RAISE EXCEPTION 'rows of % are never deleted or changed so', TG_TABLE_NAME;
END
$kept$;
CREATE TRIGGER flow_cases_kept BEFORE DELETE ON flow_cases
FOR EACH ROW EXECUTE FUNCTION flow_is_kept();
CREATE TRIGGER flow_events_kept BEFORE DELETE OR UPDATE ON flow_events
FOR EACH ROW EXECUTE FUNCTION flow_is_kept();
CREATE TRIGGER flow_signals_kept BEFORE DELETE ON flow_signals
FOR EACH ROW EXECUTE FUNCTION flow_is_kept();
CREATE TRIGGER flow_definitions_kept BEFORE DELETE OR UPDATE ON flow_definitions
FOR EACH ROW EXECUTE FUNCTION flow_is_kept();
