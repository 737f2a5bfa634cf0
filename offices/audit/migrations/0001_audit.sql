-- Security events: one a rule, hour and person or address. Never deleted; closed with words.
CREATE TABLE audit_events (
    id TEXT NOT NULL PRIMARY KEY,
    rule TEXT NOT NULL,
    version BIGINT NOT NULL,
    hour BIGINT NOT NULL,
    concerned TEXT NOT NULL,
    account TEXT,
    message TEXT NOT NULL,
    basis TEXT NOT NULL,
    acts TEXT NOT NULL,
    raised_at BIGINT NOT NULL,
    open BIGINT NOT NULL,
    words TEXT NOT NULL,
    explained_by TEXT NOT NULL,
    explained_at BIGINT,
    UNIQUE (rule, concerned, hour)
);
CREATE INDEX audit_events_open ON audit_events (open, id);

-- How far periodic work has come.
CREATE TABLE audit_marks (
    name TEXT NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL
);
