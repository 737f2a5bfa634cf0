-- Organs in time: from when until when (the last day) there is one, and which takes its place.
ALTER TABLE access_organs ADD COLUMN from_day BIGINT NOT NULL DEFAULT 0;
ALTER TABLE access_organs ADD COLUMN until_day BIGINT;
ALTER TABLE access_organs ADD COLUMN successor TEXT;

-- What an organ was called and below which it stood, from a day until a day (the last). It stays readable.
CREATE TABLE access_organ_states (
    organ TEXT NOT NULL,
    turn BIGINT NOT NULL,
    from_day BIGINT NOT NULL,
    until_day BIGINT,
    parent TEXT,
    name TEXT NOT NULL,
    short_name TEXT NOT NULL,
    PRIMARY KEY (organ, turn)
);
INSERT INTO access_organ_states (organ, turn, from_day, until_day, parent, name, short_name)
SELECT id, 0, 0, NULL, parent, name, short_name FROM access_organs;

CREATE TRIGGER access_organ_states_kept BEFORE DELETE ON access_organ_states
FOR EACH ROW EXECUTE FUNCTION access_keeps();
CREATE TRIGGER access_organ_states_fixed BEFORE UPDATE ON access_organ_states
FOR EACH ROW WHEN (
    NEW.organ <> OLD.organ OR NEW.turn <> OLD.turn OR NEW.from_day <> OLD.from_day OR NEW.name <> OLD.name
    OR NEW.short_name <> OLD.short_name OR NEW.parent IS DISTINCT FROM OLD.parent
    OR (OLD.until_day IS NOT NULL AND NEW.until_day IS DISTINCT FROM OLD.until_day)
) EXECUTE FUNCTION access_keeps();
CREATE TRIGGER access_organs_kept BEFORE DELETE ON access_organs
FOR EACH ROW EXECUTE FUNCTION access_keeps();
CREATE TRIGGER access_organs_ended BEFORE UPDATE ON access_organs
FOR EACH ROW WHEN (
    OLD.until_day IS NOT NULL
    AND (NEW.until_day IS DISTINCT FROM OLD.until_day OR NEW.successor IS DISTINCT FROM OLD.successor)
) EXECUTE FUNCTION access_keeps();
