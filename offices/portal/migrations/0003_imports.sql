-- Documents that a command brought in without a review: who answers for each, and when they looked at
-- it themselves.
CREATE TABLE portal_imports (
    document TEXT NOT NULL PRIMARY KEY REFERENCES portal_documents (id),
    reviewer TEXT NOT NULL,
    reviewer_name TEXT NOT NULL,
    at BIGINT NOT NULL,
    checked_at BIGINT
);
CREATE INDEX portal_imports_own ON portal_imports (reviewer, document);
CREATE INDEX portal_imports_unchecked ON portal_imports (reviewer, document) WHERE checked_at IS NULL;

-- What was brought in so far is on record as reviewed, and nobody had reviewed it.
INSERT INTO portal_imports (document, reviewer, reviewer_name, at, checked_at)
    SELECT document, reviewer, reviewer_name, at, NULL FROM portal_reviews
    WHERE conclusion = 'open' AND remark = '已公开印发的文件，逐份核对后入库';
