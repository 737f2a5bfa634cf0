-- `swept` is 1 once it was seen that the time of a letter is over. The index finds the few of which nobody has heard yet.
ALTER TABLE delivery_letters ADD COLUMN swept BIGINT NOT NULL DEFAULT 0;
CREATE INDEX delivery_letters_over ON delivery_letters (expires) WHERE open = 1 AND swept = 0;
