-- Looks, deferrals and acts name a subject by bytes that last; by what it is found stands here alone, so that the key
-- which covers that can be exchanged. Those from before are named by their own mark.
CREATE TABLE ask_subjects (
    mark BYTEA NOT NULL PRIMARY KEY,
    subject BYTEA NOT NULL UNIQUE
);
INSERT INTO ask_subjects (mark, subject)
SELECT subject, subject FROM ask_reads UNION SELECT subject, subject FROM ask_deferrals;
