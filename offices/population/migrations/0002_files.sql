-- A file that a browser has sent waits here, sealed and in parts, until a job has read it.
CREATE TABLE population_files (
    load TEXT NOT NULL REFERENCES population_loads (id),
    part BIGINT NOT NULL,
    sealed BYTEA NOT NULL,
    PRIMARY KEY (load, part)
);

-- How far a load has come: so many of so many lines of the step that `state` names, and when it last
-- moved; why it did not come to count; the load of the same file that counts already.
ALTER TABLE population_loads ADD COLUMN total BIGINT NOT NULL DEFAULT 0;
ALTER TABLE population_loads ADD COLUMN done BIGINT NOT NULL DEFAULT 0;
ALTER TABLE population_loads ADD COLUMN moved_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE population_loads ADD COLUMN words TEXT NOT NULL DEFAULT '';
ALTER TABLE population_loads ADD COLUMN same_as TEXT NOT NULL DEFAULT '';
UPDATE population_loads SET moved_at = started_at;
DROP INDEX population_loads_begun;
CREATE INDEX population_loads_open ON population_loads (started_at) WHERE state <> 'published';
