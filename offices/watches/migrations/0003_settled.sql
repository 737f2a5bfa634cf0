-- When a hit was decided or withdrawn: who stands in a list that came after it was said to be stopped is found again.
ALTER TABLE watches_hits ADD COLUMN settled BIGINT;
