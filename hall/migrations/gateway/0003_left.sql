-- `passed_over` are rows that are never read, since they have no value in the column by which they are; `wanted` is 1 where the
-- centre has not taken in what it had, so that the next run begins at the beginning; `from_the_beginning` is 1 while such a one
-- is under way. `state` may be refused, too.
ALTER TABLE gateway_publishes ADD COLUMN passed_over BIGINT NOT NULL DEFAULT 0;
ALTER TABLE gateway_publishes ADD COLUMN wanted BIGINT NOT NULL DEFAULT 0;
ALTER TABLE gateway_publishes ADD COLUMN from_the_beginning BIGINT NOT NULL DEFAULT 0;
