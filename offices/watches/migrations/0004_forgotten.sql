-- Lines of files that count no longer are removed when their time is over; the file itself stays with what it was. `swept`
-- says that all of them are gone.
ALTER TABLE watches_loads ADD COLUMN forgotten_at BIGINT;
ALTER TABLE watches_loads ADD COLUMN forgotten_act TEXT NOT NULL DEFAULT '';
ALTER TABLE watches_loads ADD COLUMN swept BIGINT NOT NULL DEFAULT 0;
