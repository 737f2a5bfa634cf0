-- Orders of deferrals (暂不告知): which looks the person concerned is told of afterwards, by which law, and who approved
-- it. Two people decide on one, whatever a program says; what is ordered then stands in ask_deferrals, under the same
-- id. Who it is about and what it is for are sealed.
CREATE TABLE privacy_deferrals (
    id TEXT NOT NULL PRIMARY KEY,
    prolongs TEXT,
    whom TEXT NOT NULL,
    subject_sealed BYTEA NOT NULL,
    subject_blind BYTEA NOT NULL,
    organ TEXT NOT NULL,
    organ_name TEXT NOT NULL,
    below BIGINT NOT NULL,
    ground TEXT NOT NULL,
    approver TEXT NOT NULL,
    document TEXT NOT NULL,
    approved_by TEXT NOT NULL,
    purpose_sealed BYTEA NOT NULL,
    from_day BIGINT NOT NULL,
    until_day BIGINT NOT NULL,
    asked_by TEXT NOT NULL,
    asked_for TEXT,
    asked_name TEXT NOT NULL,
    asked_at BIGINT NOT NULL,
    last_day BIGINT NOT NULL,
    state TEXT NOT NULL,
    decided_by TEXT,
    decided_name TEXT,
    decided_at BIGINT,
    decided_reason TEXT,
    stopped_name TEXT,
    stopped_reason TEXT,
    erased_by TEXT,
    CONSTRAINT privacy_deferrals_two_people CHECK (
        state <> 'agreed' OR (decided_by IS NOT NULL AND decided_by <> asked_by)
    )
);
CREATE INDEX privacy_deferrals_state ON privacy_deferrals (state, id);
CREATE INDEX privacy_deferrals_subject ON privacy_deferrals (subject_blind, organ);
CREATE INDEX privacy_deferrals_prolongs ON privacy_deferrals (prolongs, id);
CREATE INDEX privacy_deferrals_erased ON privacy_deferrals (erased_by);
