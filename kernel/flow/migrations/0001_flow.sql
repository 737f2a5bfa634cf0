-- How cases run, as data. A version in force is never changed.
CREATE TABLE flow_definitions (
    name TEXT NOT NULL,
    version BIGINT NOT NULL,
    from_day BIGINT NOT NULL,
    body TEXT NOT NULL,
    installed_at BIGINT NOT NULL,
    PRIMARY KEY (name, version)
);

-- The last serial of an organ's day: one row each, so that only filings to one organ wait for each other.
CREATE TABLE flow_serials (
    prefix TEXT NOT NULL PRIMARY KEY,
    last BIGINT NOT NULL
);

-- All cases of all offices, as they stand. `due`, `due_law` and `look_on` hold a day beyond all
-- calendars where there is none, so that what waits sorts last and pages are cut by (day, id).
CREATE TABLE flow_cases (
    id TEXT NOT NULL PRIMARY KEY,
    no TEXT NOT NULL UNIQUE,
    office TEXT NOT NULL,
    definition TEXT NOT NULL,
    definition_version BIGINT NOT NULL,
    item_code TEXT NOT NULL,
    item_name TEXT NOT NULL,
    title TEXT NOT NULL,
    organ TEXT NOT NULL,
    organ_name TEXT NOT NULL,
    organ_path TEXT NOT NULL,
    applicant_name TEXT NOT NULL,
    applicant_account TEXT,
    channel TEXT NOT NULL,
    state TEXT NOT NULL,
    state_title TEXT NOT NULL,
    public_title TEXT NOT NULL,
    state_since BIGINT NOT NULL,
    handler_account TEXT,
    handler_name TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    received_on BIGINT NOT NULL,
    accepted_on BIGINT,
    decided_on BIGINT,
    ending TEXT NOT NULL,
    clock TEXT NOT NULL,
    frozen BIGINT NOT NULL,
    due BIGINT NOT NULL,
    due_law BIGINT NOT NULL,
    due_completeness BIGINT,
    due_legal BIGINT,
    due_promised BIGINT,
    due_delivery BIGINT,
    due_supplement BIGINT,
    paused_since BIGINT,
    pause_until BIGINT,
    look_on BIGINT NOT NULL,
    uncertain BIGINT NOT NULL,
    legal_days BIGINT,
    legal_unit TEXT NOT NULL,
    promised_days BIGINT,
    promised_unit TEXT NOT NULL,
    limits_basis TEXT NOT NULL,
    open BIGINT NOT NULL,
    version BIGINT NOT NULL,
    closed_at BIGINT,
    created_at BIGINT NOT NULL,
    FOREIGN KEY (definition, definition_version) REFERENCES flow_definitions (name, version)
);
-- The queue of an organ, of the city, of a desk. Most cases lie on nobody's desk, so those are not in its index.
CREATE INDEX flow_cases_queue ON flow_cases (organ, open, due, id);
CREATE INDEX flow_cases_city ON flow_cases (open, due, id);
CREATE INDEX flow_cases_desk ON flow_cases (handler_account, open, due, id) WHERE handler_account IS NOT NULL;
-- Supervision counts from this alone, without reading rows.
CREATE INDEX flow_cases_counts ON flow_cases (open, organ, organ_path, due, due_law, frozen, clock);
CREATE INDEX flow_cases_applicant ON flow_cases (applicant_account, id);
CREATE INDEX flow_cases_look ON flow_cases (open, look_on, id);
CREATE INDEX flow_cases_closed ON flow_cases (organ, open, id);
CREATE INDEX flow_cases_ended ON flow_cases (open, id);
CREATE INDEX flow_cases_decided ON flow_cases (decided_on, organ);

-- What happened to a case, in order. The ledger proves it; this is what the rules read.
CREATE TABLE flow_events (
    case_id TEXT NOT NULL REFERENCES flow_cases (id),
    n BIGINT NOT NULL,
    at BIGINT NOT NULL,
    command TEXT NOT NULL,
    from_state TEXT NOT NULL,
    to_state TEXT NOT NULL,
    account TEXT,
    name TEXT NOT NULL,
    post TEXT NOT NULL,
    organ TEXT NOT NULL,
    said TEXT NOT NULL,
    clocks TEXT NOT NULL,
    act TEXT NOT NULL UNIQUE,
    PRIMARY KEY (case_id, n)
);

-- Signals of supervision. One a case, rule and occasion; never deleted, only cancelled with a reason.
CREATE TABLE flow_signals (
    id TEXT NOT NULL PRIMARY KEY,
    case_id TEXT NOT NULL REFERENCES flow_cases (id),
    case_no TEXT NOT NULL,
    office TEXT NOT NULL,
    item_code TEXT NOT NULL,
    item_name TEXT NOT NULL,
    rule TEXT NOT NULL,
    cycle TEXT NOT NULL,
    level TEXT NOT NULL,
    message TEXT NOT NULL,
    basis TEXT NOT NULL,
    day BIGINT NOT NULL,
    raised_at BIGINT NOT NULL,
    organ TEXT NOT NULL,
    organ_name TEXT NOT NULL,
    organ_path TEXT NOT NULL,
    handler_account TEXT,
    handler_name TEXT NOT NULL,
    state TEXT NOT NULL,
    state_at BIGINT NOT NULL,
    state_by TEXT NOT NULL,
    words TEXT NOT NULL,
    open BIGINT NOT NULL,
    UNIQUE (case_id, rule, cycle)
);
CREATE INDEX flow_signals_organ ON flow_signals (organ, open, id);
CREATE INDEX flow_signals_city ON flow_signals (open, id);
CREATE INDEX flow_signals_desk ON flow_signals (handler_account, open, id);
