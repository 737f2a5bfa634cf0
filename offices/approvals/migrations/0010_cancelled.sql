-- Permits that the organ which issued them has cancelled (注销, 行政许可法 art. 70): one row a case, never taken back. All but
-- the reason is public, and that is erased with what was applied for. `firm` is the name of the firm that held it; empty where a person did.
CREATE TABLE approvals_cancelled (
    case_id TEXT NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    cause TEXT NOT NULL,
    ground TEXT NOT NULL,
    reason TEXT NOT NULL,
    certificate TEXT NOT NULL,
    certificate_no TEXT NOT NULL,
    firm TEXT NOT NULL,
    organ_name TEXT NOT NULL,
    act TEXT NOT NULL
);
CREATE INDEX approvals_cancelled_at ON approvals_cancelled (at, case_id);
