-- A watch as it stands: what it looks for, what it is held against, who verifies what it finds. An empty list stands for
-- all lists, an empty organ for the organ whose data was found.
CREATE TABLE watches_watches (
    id TEXT NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    list TEXT NOT NULL,
    organ TEXT NOT NULL,
    ground TEXT NOT NULL,
    days BIGINT NOT NULL,
    running BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    held_at BIGINT
);

-- What a watch was in each of its versions, and why it was changed.
CREATE TABLE watches_versions (
    watch TEXT NOT NULL,
    version BIGINT NOT NULL,
    rule TEXT NOT NULL,
    running BIGINT NOT NULL,
    reason TEXT NOT NULL,
    by_name TEXT NOT NULL,
    at BIGINT NOT NULL,
    act TEXT NOT NULL,
    PRIMARY KEY (watch, version)
);

-- A list of a department: who is paid what.
CREATE TABLE watches_lists (
    id TEXT NOT NULL PRIMARY KEY,
    organ TEXT NOT NULL,
    organ_name TEXT NOT NULL,
    name TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    UNIQUE (organ, name)
);

-- A file of a list. Its lines count while the state is `counts`: one pointer, however many lines. What a whole list has
-- taken the place of says by which.
CREATE TABLE watches_loads (
    id TEXT NOT NULL PRIMARY KEY,
    list TEXT NOT NULL,
    place BIGINT NOT NULL,
    extent TEXT NOT NULL,
    state TEXT NOT NULL,
    replaced_by TEXT NOT NULL,
    name TEXT NOT NULL,
    digest BYTEA NOT NULL,
    by_name TEXT NOT NULL,
    at BIGINT NOT NULL,
    read_lines BIGINT NOT NULL,
    taken BIGINT NOT NULL,
    refused BIGINT NOT NULL,
    held BIGINT NOT NULL,
    act TEXT NOT NULL,
    undone_at BIGINT,
    undone_act TEXT NOT NULL
);
CREATE INDEX watches_loads_list ON watches_loads (list, state, place);
CREATE INDEX watches_loads_state ON watches_loads (state, at);
CREATE INDEX watches_loads_replaced ON watches_loads (replaced_by);

-- A line: the number sealed and blind, the rest as it came.
CREATE TABLE watches_lines (
    load TEXT NOT NULL,
    line BIGINT NOT NULL,
    number_sealed BYTEA NOT NULL,
    number_blind BYTEA NOT NULL,
    name TEXT NOT NULL,
    pays TEXT NOT NULL,
    since BIGINT,
    until BIGINT,
    PRIMARY KEY (load, line)
);
CREATE INDEX watches_lines_number ON watches_lines (number_blind);

-- Lines that were not taken in: which field, which rule. Never what stood there.
CREATE TABLE watches_refused (
    load TEXT NOT NULL,
    line BIGINT NOT NULL,
    field TEXT NOT NULL,
    rule TEXT NOT NULL,
    words TEXT NOT NULL,
    PRIMARY KEY (load, line, field)
);

-- Who has died, as the register of residents has announced it and not taken back: the mark under which people are found,
-- the day, and nothing else. Drawn from the acts alone.
CREATE TABLE watches_deaths (
    act TEXT NOT NULL PRIMARY KEY,
    person_blind BYTEA NOT NULL,
    died BIGINT NOT NULL
);
CREATE UNIQUE INDEX watches_deaths_person ON watches_deaths (person_blind);

-- What a watch has found: the case stands in flow's table, what was found stands here. `cause` says by what it was found,
-- so that the same is found once; `other` is the file of the other line, where two lines were held against each other; `taken_back` when the cause went away after somebody had decided.
CREATE TABLE watches_hits (
    case_id TEXT NOT NULL PRIMARY KEY,
    no TEXT NOT NULL UNIQUE,
    watch TEXT NOT NULL,
    version BIGINT NOT NULL,
    kind TEXT NOT NULL,
    list TEXT NOT NULL,
    load TEXT NOT NULL,
    line BIGINT NOT NULL,
    other TEXT NOT NULL,
    subject_blind BYTEA NOT NULL,
    facts_sealed BYTEA NOT NULL,
    cause TEXT NOT NULL,
    standing TEXT NOT NULL,
    due BIGINT,
    at BIGINT NOT NULL,
    taken_back BIGINT
);
CREATE INDEX watches_hits_subject ON watches_hits (subject_blind);
CREATE INDEX watches_hits_standing ON watches_hits (standing, watch, due);
CREATE INDEX watches_hits_load ON watches_hits (load, standing);
CREATE INDEX watches_hits_other ON watches_hits (other, standing);
