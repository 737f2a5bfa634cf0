-- Changes of organs that two people have agreed to and that hold from a day to come: they are made on that day. `state`:
-- `waits`, `made`, or `stuck` where it could not be made, with the words why.
CREATE TABLE access_organ_changes (
    id TEXT NOT NULL PRIMARY KEY,
    organ TEXT NOT NULL,
    from_day BIGINT NOT NULL,
    content TEXT NOT NULL,
    ground TEXT NOT NULL,
    state TEXT NOT NULL,
    words TEXT NOT NULL
);
CREATE INDEX access_organ_changes_waiting ON access_organ_changes (from_day, id) WHERE state = 'waits';
CREATE INDEX access_organ_changes_organ ON access_organ_changes (organ, from_day);
