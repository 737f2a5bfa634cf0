-- A session knows by what it was opened beside the password, and from what kind of device: the words for the
-- browser are of our own list, and the address is sealed.
ALTER TABLE access_sessions ADD COLUMN second TEXT;
ALTER TABLE access_sessions ADD COLUMN browser TEXT NOT NULL DEFAULT '';
ALTER TABLE access_sessions ADD COLUMN place_sealed BYTEA;
