-- By which kind of question a resource is asked: it stands in the resources of one organ, that which keeps what is asked.
ALTER TABLE catalogue_resources ADD COLUMN question TEXT NOT NULL DEFAULT '';
UPDATE catalogue_resources SET question = COALESCE((
    SELECT CAST(v.body AS JSON) ->> 'question' FROM catalogue_versions v
    WHERE v.key = catalogue_resources.key AND v.version = catalogue_resources.version), '');
CREATE INDEX catalogue_resources_question ON catalogue_resources (question);

-- Tables of which something that a gateway published was not taken in: changes are not applied to them any more until all
-- of the table came.
CREATE TABLE catalogue_wanting (
    key TEXT NOT NULL PRIMARY KEY,
    words TEXT NOT NULL,
    act TEXT NOT NULL,
    at BIGINT NOT NULL
);
