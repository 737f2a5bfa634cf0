-- What a letter says stands beside it: a letter is written again each time its state changes, and what it says never is.
-- Not in the order of its keys, where SQLite would put what is longer than a quarter of a page into pages of its own.
CREATE TABLE delivery_contents (
    queue TEXT NOT NULL,
    place BIGINT NOT NULL,
    content BYTEA NOT NULL,
    PRIMARY KEY (queue, place)
);
INSERT INTO delivery_contents (queue, place, content)
    SELECT queue, place, content FROM delivery_letters ORDER BY queue, place;

-- In the order of its keys, and with no index over what changes at each step. The queue is no key that most settled letters
-- share: what is open in it is found by the index of what is open alone, however much was settled.
CREATE TABLE delivery_kept (
    queue TEXT NOT NULL,
    place BIGINT NOT NULL,
    id TEXT NOT NULL,
    ordered TEXT NOT NULL,
    open BIGINT NOT NULL,
    state TEXT NOT NULL,
    tries BIGINT NOT NULL,
    due BIGINT NOT NULL,
    at BIGINT NOT NULL,
    expires BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    note TEXT NOT NULL,
    swept BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (id, queue)
) WITHOUT ROWID;
INSERT INTO delivery_kept (queue, place, id, ordered, open, state, tries, due, at, expires, bytes, note, swept)
    SELECT queue, place, id, ordered, open, state, tries, due, at, expires, bytes, note, swept
    FROM delivery_letters ORDER BY id, queue;
DROP TABLE delivery_letters;
ALTER TABLE delivery_kept RENAME TO delivery_letters;
CREATE INDEX delivery_letters_open ON delivery_letters (queue, place) WHERE open = 1;
CREATE INDEX delivery_letters_over ON delivery_letters (expires) WHERE open = 1 AND swept = 0;
CREATE INDEX delivery_letters_dead ON delivery_letters (at, id) WHERE state = 'dead';
CREATE INDEX delivery_letters_settled ON delivery_letters (at) WHERE open = 0;

-- The same of steps, which come in the order of their keys.
CREATE TABLE delivery_told (
    act TEXT NOT NULL,
    place BIGINT NOT NULL,
    message TEXT NOT NULL,
    digest TEXT NOT NULL,
    step TEXT NOT NULL,
    at BIGINT NOT NULL,
    code TEXT NOT NULL,
    PRIMARY KEY (act, place)
) WITHOUT ROWID;
INSERT INTO delivery_told (act, place, message, digest, step, at, code)
    SELECT act, place, message, digest, step, at, code FROM delivery_steps ORDER BY act, place;
DROP TABLE delivery_steps;
ALTER TABLE delivery_told RENAME TO delivery_steps;
CREATE INDEX delivery_steps_message ON delivery_steps (message, at);

-- The same of names that were seen.
CREATE TABLE delivery_noted (
    guard TEXT NOT NULL,
    name TEXT NOT NULL,
    until BIGINT NOT NULL,
    PRIMARY KEY (guard, name)
) WITHOUT ROWID;
INSERT INTO delivery_noted (guard, name, until) SELECT guard, name, until FROM delivery_seen ORDER BY guard, name;
DROP TABLE delivery_seen;
ALTER TABLE delivery_noted RENAME TO delivery_seen;
CREATE INDEX delivery_seen_until ON delivery_seen (until);
