-- The drafts that a case came from go with its content when that is erased by law.
CREATE INDEX approvals_drafts_case ON approvals_drafts (case_no) WHERE case_no IS NOT NULL;
