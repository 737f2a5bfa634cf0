-- What was never published has not been taken back: 不公开 and 已撤下 are two states.
UPDATE portal_documents SET state = 'kept' WHERE state = 'withdrawn' AND published_at IS NULL;

-- Which draft goes on from which document that was taken back, or kept from the public.
CREATE TABLE portal_redrafts (
    document TEXT NOT NULL PRIMARY KEY REFERENCES portal_documents (id),
    follows TEXT NOT NULL REFERENCES portal_documents (id)
);
CREATE INDEX portal_redrafts_follows ON portal_redrafts (follows, document);

-- All documents of a column with a title, the newest first, the ended ones too.
CREATE INDEX portal_documents_titled ON portal_documents (column_slug, title, id);
DROP INDEX portal_documents_title;
