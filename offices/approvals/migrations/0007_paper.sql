-- Who stands at the window for the applicant, and what the mandate on paper says that they bring, until the
-- application is filed; sealed.
ALTER TABLE approvals_drafts ADD COLUMN window_sealed BYTEA;

-- At which steps of a case somebody came to a window for the applicant, and by which mandate.
CREATE TABLE approvals_agents (
    act TEXT NOT NULL PRIMARY KEY,
    case_id TEXT NOT NULL,
    mandate TEXT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX approvals_agents_case ON approvals_agents (case_id, at);

-- By what the register of residents names a person in what it announces, and the day on which it says that the
-- applicant died.
ALTER TABLE approvals_applications ADD COLUMN person_mark BYTEA;
ALTER TABLE approvals_applications ADD COLUMN died_on BIGINT;
CREATE INDEX approvals_applications_person ON approvals_applications (person_mark, case_id)
    WHERE person_mark IS NOT NULL;
