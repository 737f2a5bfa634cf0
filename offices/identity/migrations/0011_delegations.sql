-- A proposal may be that a post is exercised for its holder for a time (受委托代行): which post, and whose. The
-- holder never agrees to it either, whatever a program says.
ALTER TABLE identity_proposals ADD COLUMN for_holding TEXT;
ALTER TABLE identity_proposals ADD COLUMN for_account TEXT
    CHECK (for_account IS NULL OR state <> 'agreed' OR decided_by <> for_account);
ALTER TABLE identity_proposals ADD COLUMN for_name TEXT;
CREATE INDEX identity_proposals_for ON identity_proposals (for_account, state, id);
