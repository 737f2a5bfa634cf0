-- The bus that carries letters from their outboxes into the queues, where the city uses one; at most one row. `since_at` is
-- when it was taken into use, `reached_at` when a process of the centre last found it whole, `patience_seconds` how long
-- traffic goes on while none does, `told` how it stood then (JSON), `words` what is wrong, if something is.
CREATE TABLE exchange_bus (
    name TEXT NOT NULL PRIMARY KEY,
    since_at BIGINT NOT NULL,
    reached_at BIGINT NOT NULL,
    patience_seconds BIGINT NOT NULL,
    told TEXT NOT NULL,
    words TEXT NOT NULL
);
