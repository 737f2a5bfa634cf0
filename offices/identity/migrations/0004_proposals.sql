-- Posts that somebody proposes to give. Two people give a post: who proposed it never agrees to it, nor does who
-- receives it, whatever a program says.
CREATE TABLE identity_proposals (
    id TEXT NOT NULL PRIMARY KEY,
    account TEXT NOT NULL,
    login TEXT NOT NULL,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    organ TEXT NOT NULL,
    organ_name TEXT NOT NULL,
    post TEXT NOT NULL,
    from_day BIGINT NOT NULL,
    until_day BIGINT,
    reason TEXT NOT NULL,
    proposed_by TEXT NOT NULL,
    proposed_name TEXT NOT NULL,
    proposed_at BIGINT NOT NULL,
    last_day BIGINT NOT NULL,
    state TEXT NOT NULL,
    decided_by TEXT,
    decided_name TEXT,
    decided_at BIGINT,
    decided_reason TEXT,
    CONSTRAINT identity_proposals_two_people CHECK (
        state <> 'agreed'
        OR (decided_by IS NOT NULL AND decided_by <> proposed_by AND decided_by <> account)
    )
);
CREATE INDEX identity_proposals_state ON identity_proposals (state, id);
CREATE INDEX identity_proposals_account ON identity_proposals (account, state, id);
