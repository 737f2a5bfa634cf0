-- What a gateway said of a publication: so many rows stayed with the department, the first of them for this reason; and why
-- who was to take it in did not, if so.
ALTER TABLE exchange_publications ADD COLUMN left_rows BIGINT NOT NULL DEFAULT 0;
ALTER TABLE exchange_publications ADD COLUMN left_words TEXT NOT NULL DEFAULT '';
ALTER TABLE exchange_publications ADD COLUMN refused_words TEXT NOT NULL DEFAULT '';

-- How far something is that is looked through a little at a time: `at` and `id` are those of the last row that was seen.
CREATE TABLE exchange_swept (
    what TEXT NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    id TEXT NOT NULL
);

-- Asks between departments by the end of their time, to find those that were taken and never answered.
CREATE INDEX exchange_messages_asked ON exchange_messages (expires, id)
    WHERE kind = 'ask' AND to_gateway <> 'centre';

-- Asks that a gateway took and did not answer in their time: who asked was told so by the centre.
CREATE TABLE exchange_unanswered (
    ask TEXT NOT NULL PRIMARY KEY,
    gateway TEXT NOT NULL,
    from_organ TEXT NOT NULL,
    resource TEXT NOT NULL,
    expired BIGINT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX exchange_unanswered_at ON exchange_unanswered (at, gateway);
CREATE INDEX exchange_unanswered_gateway ON exchange_unanswered (gateway, at, ask);
