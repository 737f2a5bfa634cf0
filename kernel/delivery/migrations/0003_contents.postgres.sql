-- What a letter says stands beside it: a letter is written again each time its state changes, and what it says never is.
CREATE TABLE delivery_contents (
    queue TEXT NOT NULL,
    place BIGINT NOT NULL,
    content BYTEA NOT NULL,
    PRIMARY KEY (queue, place)
);
INSERT INTO delivery_contents (queue, place, content) SELECT queue, place, content FROM delivery_letters;
ALTER TABLE delivery_letters DROP COLUMN content;

-- The queue is no key that most settled letters share: what is open in it is found by the index of what is open alone,
-- however much was settled.
ALTER TABLE delivery_letters DROP CONSTRAINT delivery_letters_pkey;
ALTER TABLE delivery_letters DROP CONSTRAINT delivery_letters_queue_id_key;
ALTER TABLE delivery_letters ADD PRIMARY KEY (id, queue);

-- No index over what changes at each step.
DROP INDEX delivery_letters_open;
DROP INDEX delivery_letters_state;
CREATE INDEX delivery_letters_open ON delivery_letters (queue, place) WHERE open = 1;
CREATE INDEX delivery_letters_dead ON delivery_letters (at, id) WHERE state = 'dead';
CREATE INDEX delivery_letters_settled ON delivery_letters (at) WHERE open = 0;
