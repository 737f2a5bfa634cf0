-- Whose account a case is of is settled as it is filed. A case that was taken in at a counter for somebody without an
-- account may come to have one later.
CREATE TRIGGER flow_cases_applicant BEFORE UPDATE ON flow_cases
FOR EACH ROW WHEN (
    NEW.applicant_account IS DISTINCT FROM OLD.applicant_account
    AND (OLD.channel <> 'counter' OR NEW.applicant_account IS NULL)
) EXECUTE FUNCTION flow_is_kept();
