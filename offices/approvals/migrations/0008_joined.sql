-- Applications from before cases that a window takes in came to the account of who has shown that they applied: each is
-- looked at once.
ALTER TABLE approvals_applications ADD COLUMN to_join BIGINT NOT NULL DEFAULT 0;
UPDATE approvals_applications SET to_join = 1 WHERE person_mark IS NOT NULL;
CREATE INDEX approvals_applications_to_join ON approvals_applications (case_id) WHERE to_join = 1;
