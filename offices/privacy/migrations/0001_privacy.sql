-- Orders to erase by law. Two people decide on one, whatever a program says. `shown` is what the first typed (the
-- number of a case, the login of an account, the id of an act); it goes with what is erased.
CREATE TABLE privacy_erasures (
    id TEXT NOT NULL PRIMARY KEY,
    scope TEXT NOT NULL,
    subject TEXT NOT NULL,
    shown TEXT NOT NULL,
    organ TEXT NOT NULL,
    document TEXT NOT NULL,
    ground TEXT NOT NULL,
    running BIGINT NOT NULL,
    retained BIGINT NOT NULL,
    asked_by TEXT NOT NULL,
    asked_name TEXT NOT NULL,
    asked_at BIGINT NOT NULL,
    last_day BIGINT NOT NULL,
    state TEXT NOT NULL,
    decided_by TEXT,
    decided_name TEXT,
    decided_at BIGINT,
    decided_reason TEXT,
    done_at BIGINT,
    CONSTRAINT privacy_erasures_two_people CHECK (
        state NOT IN ('agreed', 'done') OR (decided_by IS NOT NULL AND decided_by <> asked_by)
    )
);
CREATE INDEX privacy_erasures_state ON privacy_erasures (state, id);
CREATE INDEX privacy_erasures_subject ON privacy_erasures (subject, state);
