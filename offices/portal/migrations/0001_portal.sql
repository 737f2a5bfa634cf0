-- Columns of the portal, with what stands in them.
CREATE TABLE portal_columns (
    slug TEXT NOT NULL PRIMARY KEY,
    title TEXT NOT NULL,
    about TEXT NOT NULL,
    ground TEXT NOT NULL,
    freshness_days BIGINT,
    class TEXT NOT NULL,
    place BIGINT NOT NULL,
    -- How many documents are open there, and the day of the newest.
    shown BIGINT NOT NULL,
    latest_on BIGINT
);

-- A document through its life: draft, in_review, published, withdrawn.
CREATE TABLE portal_documents (
    id TEXT NOT NULL PRIMARY KEY,
    column_slug TEXT NOT NULL,
    state TEXT NOT NULL,
    title TEXT NOT NULL,
    number TEXT,
    maker TEXT,
    written_on BIGINT,
    effective_on BIGINT,
    history TEXT NOT NULL,
    blocks TEXT NOT NULL,
    note TEXT,
    text_hash BYTEA NOT NULL,
    organ TEXT NOT NULL,
    editor TEXT NOT NULL,
    editor_name TEXT NOT NULL,
    returned TEXT,
    published_at BIGINT,
    published_on BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version BIGINT NOT NULL
);
CREATE INDEX portal_documents_shown ON portal_documents (column_slug, published_on, id) WHERE state = 'published';
CREATE INDEX portal_documents_latest ON portal_documents (published_on, id) WHERE state = 'published';
CREATE INDEX portal_documents_own ON portal_documents (editor, state, updated_at, id);
CREATE INDEX portal_documents_desk ON portal_documents (state, updated_at, id);
CREATE INDEX portal_documents_title ON portal_documents (column_slug, title);

-- Each secrecy review (保密法实施条例 art. 42): what was looked at, what came of it, over which text.
CREATE TABLE portal_reviews (
    id TEXT NOT NULL PRIMARY KEY,
    document TEXT NOT NULL REFERENCES portal_documents (id),
    text_hash BYTEA NOT NULL,
    findings TEXT NOT NULL,
    conclusion TEXT NOT NULL,
    remark TEXT NOT NULL,
    reviewer TEXT NOT NULL,
    reviewer_name TEXT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX portal_reviews_document ON portal_reviews (document, id);
