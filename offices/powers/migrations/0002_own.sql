-- What a version's short names of laws stand for, as it was published: JSON of short name to title.
-- Empty in versions that an earlier program published: their laws ship with the program.
ALTER TABLE powers_items ADD COLUMN laws TEXT NOT NULL DEFAULT '{}';

-- The city's own themes and events, beside those that ship with the program or in their place:
-- for persons (`natural`), for organisations (`legal`), of a life (`event`).
CREATE TABLE powers_themes (
    code TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    title TEXT NOT NULL,
    hint TEXT NOT NULL,
    place BIGINT NOT NULL
);
