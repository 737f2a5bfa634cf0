-- Cases, their events and signals are never deleted; an event is never changed.
CREATE TRIGGER flow_cases_kept BEFORE DELETE ON flow_cases
BEGIN SELECT RAISE(ABORT, 'a case is never deleted'); END;
CREATE TRIGGER flow_events_kept BEFORE DELETE ON flow_events
BEGIN SELECT RAISE(ABORT, 'an event of a case is never deleted'); END;
CREATE TRIGGER flow_events_fixed BEFORE UPDATE ON flow_events
BEGIN SELECT RAISE(ABORT, 'an event of a case is never changed'); END;
CREATE TRIGGER flow_signals_kept BEFORE DELETE ON flow_signals
BEGIN SELECT RAISE(ABORT, 'a signal is never deleted'); END;
CREATE TRIGGER flow_definitions_kept BEFORE DELETE ON flow_definitions
BEGIN SELECT RAISE(ABORT, 'a definition is never deleted'); END;
CREATE TRIGGER flow_definitions_fixed BEFORE UPDATE ON flow_definitions
BEGIN SELECT RAISE(ABORT, 'a definition in force is never changed'); END;
