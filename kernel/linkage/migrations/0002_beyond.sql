-- Pairs that a run found doubtful and did not put down, since more wait already than people can judge.
ALTER TABLE linkage_runs ADD COLUMN beyond BIGINT NOT NULL DEFAULT 0;
