-- A draft that an agent fills in for its owner: who, and by which written mandate.
ALTER TABLE approvals_drafts ADD COLUMN agent TEXT;
ALTER TABLE approvals_drafts ADD COLUMN mandate TEXT;
CREATE INDEX approvals_drafts_agent ON approvals_drafts (agent, updated_at) WHERE case_no IS NULL;

-- By which mandate an application was filed, and for which firm it is, by its credit code; empty if for none.
ALTER TABLE approvals_applications ADD COLUMN mandate TEXT;
ALTER TABLE approvals_applications ADD COLUMN firm_code TEXT NOT NULL DEFAULT '';
