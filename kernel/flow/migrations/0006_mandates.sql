-- By which written mandate a step was taken for the applicant, if by one.
ALTER TABLE flow_events ADD COLUMN for_mandate TEXT;
