-- The day on which a resident died; none while they live, or where no file has said so.
ALTER TABLE population_residents ADD COLUMN died_on BIGINT;
-- 1 while it waits to be announced that the register has come to know of a death, or has taken one back.
ALTER TABLE population_residents ADD COLUMN untold BIGINT NOT NULL DEFAULT 0;
CREATE INDEX population_residents_untold ON population_residents (load, line) WHERE untold = 1;
