-- What could not be made on its day is listed for a season.
CREATE INDEX access_organ_changes_stuck ON access_organ_changes (from_day, id) WHERE state = 'stuck';
