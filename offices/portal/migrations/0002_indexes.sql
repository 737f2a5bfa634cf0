-- The newest documents in the order of the home page. An index that leads by the day alone loses to
-- any that leads by the state, and then all that was ever published is sorted for eight lines.
CREATE INDEX portal_documents_newest ON portal_documents (state, published_on, id);
DROP INDEX portal_documents_latest;
