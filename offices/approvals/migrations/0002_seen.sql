-- Up to which event of the case its applicant has said that they know it; the first is their own filing.
ALTER TABLE approvals_applications ADD COLUMN seen_event BIGINT NOT NULL DEFAULT 1;
