-- In which post somebody looked. Of looks before, nothing is known but the organ.
ALTER TABLE ask_reads ADD COLUMN post TEXT NOT NULL DEFAULT '';
