-- Whose account a case is of is settled as it is filed. A case that was taken in at a counter for somebody without an
-- account may come to have one later.
CREATE TRIGGER flow_cases_applicant BEFORE UPDATE ON flow_cases
WHEN NEW.applicant_account IS NOT OLD.applicant_account AND (OLD.channel <> 'counter' OR NEW.applicant_account IS NULL)
BEGIN SELECT RAISE(ABORT, 'whose account a case is of does not change'); END;
