-- What a firm has applied for is found by its code.
CREATE INDEX approvals_applications_firm ON approvals_applications (firm_code, case_id) WHERE firm_code <> '';
