-- Drafts. A draft's id is the form's token: what it became is written beside it, so that sending
-- it twice gives the same case.
CREATE TABLE approvals_drafts (
    id TEXT NOT NULL PRIMARY KEY,
    account TEXT NOT NULL,
    item_code TEXT NOT NULL,
    item_slug TEXT NOT NULL,
    item_name TEXT NOT NULL,
    item_version BIGINT NOT NULL,
    channel TEXT NOT NULL,
    form_sealed BYTEA NOT NULL,
    sources_sealed BYTEA NOT NULL,
    case_no TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version BIGINT NOT NULL
);
CREATE INDEX approvals_drafts_open ON approvals_drafts (account, updated_at) WHERE case_no IS NULL;

-- What was applied for, beside the case in flow's table. What the applicant wrote is sealed.
CREATE TABLE approvals_applications (
    case_id TEXT NOT NULL PRIMARY KEY,
    no TEXT NOT NULL UNIQUE,
    item_code TEXT NOT NULL,
    item_version BIGINT NOT NULL,
    number_blind BYTEA,
    form_sealed BYTEA NOT NULL,
    sources_sealed BYTEA NOT NULL,
    email_sealed BYTEA,
    code_mac BYTEA NOT NULL,
    code_sealed BYTEA NOT NULL,
    result TEXT NOT NULL,
    remedies TEXT NOT NULL,
    submitted_act TEXT NOT NULL
);
CREATE INDEX approvals_applications_number ON approvals_applications (number_blind, case_id);
