-- Which entries of a register are about the same person or firm (同一主体). An entry alone has no row: it is
-- its own identity until it is found, or ruled, to be one with another.

-- How far the identities of a register stand: `moves` by one with each run that comes to count and each
-- decision, which is the fence between them; what was compared: the newest load, and the register's moves.
CREATE TABLE linkage_heads (
    register TEXT NOT NULL PRIMARY KEY,
    moves BIGINT NOT NULL,
    next BIGINT NOT NULL,
    place BIGINT NOT NULL,
    compared BIGINT NOT NULL,
    at BIGINT NOT NULL
);

-- A comparison of a register with itself. What it decides counts from the moment its state becomes `done`.
CREATE TABLE linkage_runs (
    no BIGINT NOT NULL PRIMARY KEY,
    register TEXT NOT NULL,
    scope TEXT NOT NULL,
    state TEXT NOT NULL,
    source TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    moved_at BIGINT NOT NULL,
    done BIGINT NOT NULL,
    total BIGINT NOT NULL,
    fresh BIGINT NOT NULL,
    pairs BIGINT NOT NULL,
    joined BIGINT NOT NULL,
    parted BIGINT NOT NULL,
    waiting BIGINT NOT NULL,
    model BYTEA NOT NULL,
    root BYTEA NOT NULL,
    act TEXT NOT NULL
);
CREATE INDEX linkage_runs_register ON linkage_runs (register, no);
CREATE INDEX linkage_runs_running ON linkage_runs (register, no) WHERE state = 'running';

-- Which entry belongs to which identity, since when and until when; identity 0 is an entry that is on its
-- own again. Nothing is deleted that ever counted. A row without `since` is of a run that does not count yet;
-- `was` is the row that it ends.
CREATE TABLE linkage_members (
    no BIGINT NOT NULL PRIMARY KEY,
    register TEXT NOT NULL,
    identity BIGINT NOT NULL,
    entry_blind BYTEA NOT NULL,
    run BIGINT NOT NULL,
    decision BIGINT NOT NULL,
    was BIGINT NOT NULL,
    since BIGINT,
    until BIGINT
);
CREATE INDEX linkage_members_entry ON linkage_members (entry_blind);
CREATE INDEX linkage_members_identity ON linkage_members (register, identity, no);
CREATE INDEX linkage_members_run ON linkage_members (run, no) WHERE since IS NULL;
CREATE INDEX linkage_members_decision ON linkage_members (decision, no) WHERE decision > 0;
CREATE INDEX linkage_members_now ON linkage_members (register, no) WHERE until IS NULL;

-- Pairs that a person judges, or has judged: why they were not joined, and what each comparison said.
CREATE TABLE linkage_pairs (
    no BIGINT NOT NULL PRIMARY KEY,
    register TEXT NOT NULL,
    run BIGINT NOT NULL,
    one_blind BYTEA NOT NULL,
    other_blind BYTEA NOT NULL,
    kind TEXT NOT NULL,
    weight BIGINT NOT NULL,
    why_sealed BYTEA NOT NULL,
    state TEXT NOT NULL,
    decision BIGINT NOT NULL,
    closing BIGINT NOT NULL
);
CREATE INDEX linkage_pairs_open ON linkage_pairs (register, weight, no) WHERE state = 'open';
CREATE INDEX linkage_pairs_kind ON linkage_pairs (register, kind, weight, no) WHERE state = 'open';
CREATE INDEX linkage_pairs_run ON linkage_pairs (run, no);
CREATE INDEX linkage_pairs_one ON linkage_pairs (one_blind) WHERE state = 'open';
CREATE INDEX linkage_pairs_decision ON linkage_pairs (decision) WHERE decision > 0;
CREATE INDEX linkage_pairs_closing ON linkage_pairs (closing) WHERE closing > 0;

-- What people have decided, why, and whether it was taken back.
CREATE TABLE linkage_decisions (
    no BIGINT NOT NULL PRIMARY KEY,
    register TEXT NOT NULL,
    verb TEXT NOT NULL,
    pair BIGINT NOT NULL,
    identity BIGINT NOT NULL,
    other BIGINT NOT NULL,
    at BIGINT NOT NULL,
    by_name TEXT NOT NULL,
    reason TEXT NOT NULL,
    act TEXT NOT NULL,
    undone_at BIGINT,
    undone_by TEXT NOT NULL,
    undone_reason TEXT NOT NULL,
    undone_act TEXT NOT NULL
);
CREATE INDEX linkage_decisions_identity ON linkage_decisions (register, identity, no);
CREATE INDEX linkage_decisions_other ON linkage_decisions (register, other, no);
CREATE INDEX linkage_decisions_newest ON linkage_decisions (register, no);

-- What a decision rules: two entries are one, or are two. Every run keeps to it.
CREATE TABLE linkage_rulings (
    no BIGINT NOT NULL PRIMARY KEY,
    register TEXT NOT NULL,
    decision BIGINT NOT NULL,
    one_blind BYTEA NOT NULL,
    other_blind BYTEA NOT NULL,
    same BIGINT NOT NULL,
    until BIGINT
);
CREATE INDEX linkage_rulings_standing ON linkage_rulings (register, no) WHERE until IS NULL;
CREATE INDEX linkage_rulings_decision ON linkage_rulings (decision);
