-- Whether a source has said since when a row is true. Where none has, it is the day on which the row came to be known, and
-- a later load that says an earlier day stands from there on.
ALTER TABLE register_rows ADD COLUMN dated BIGINT NOT NULL DEFAULT 1;

-- Subjects of which a load has told how they were before, and not how they are today.
ALTER TABLE register_loads ADD COLUMN earlier BIGINT NOT NULL DEFAULT 0;
