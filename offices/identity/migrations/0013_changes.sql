-- What two people decide beside posts: which permissions a role bundles, and which organs there are. Who proposed it
-- never agrees to it, whatever a program says.
CREATE TABLE identity_changes (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    content TEXT NOT NULL,
    reason TEXT NOT NULL,
    from_day BIGINT NOT NULL,
    proposed_by TEXT NOT NULL,
    proposed_name TEXT NOT NULL,
    proposed_at BIGINT NOT NULL,
    last_day BIGINT NOT NULL,
    state TEXT NOT NULL,
    decided_by TEXT,
    decided_name TEXT,
    decided_at BIGINT,
    decided_reason TEXT,
    CONSTRAINT identity_changes_two_people CHECK (
        state <> 'agreed' OR (decided_by IS NOT NULL AND decided_by <> proposed_by)
    )
);
CREATE INDEX identity_changes_state ON identity_changes (state, id);
CREATE INDEX identity_changes_subject ON identity_changes (kind, subject, id);
