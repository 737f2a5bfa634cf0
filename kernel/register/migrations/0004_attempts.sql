-- How often a load was taken up: only who took it up last may write of it.
ALTER TABLE register_loads ADD COLUMN attempt BIGINT NOT NULL DEFAULT 0;

-- The register's moves when the load last came to count or was undone, by which others learn what has moved since they
-- looked. Of loads of before that is not known: all of them are looked at once more.
ALTER TABLE register_loads ADD COLUMN moves BIGINT NOT NULL DEFAULT 0;
UPDATE register_loads SET moves = COALESCE(
    (SELECT h.moves FROM register_heads h WHERE h.register = register_loads.register), 0)
WHERE place > 0;
