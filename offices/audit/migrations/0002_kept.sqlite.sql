-- A security event is never deleted.
CREATE TRIGGER audit_events_kept BEFORE DELETE ON audit_events
BEGIN SELECT RAISE(ABORT, 'a security event is never deleted'); END;
