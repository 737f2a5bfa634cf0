-- The master keys that took the place of one before. `before` and `after` are what each is known by; `enclosed` is the new
-- one under the one before, for as long as other processes learn of it here.
CREATE TABLE vault_masters (
    version BIGINT NOT NULL PRIMARY KEY,
    before TEXT NOT NULL,
    after TEXT NOT NULL,
    enclosed TEXT,
    announced_at BIGINT NOT NULL,
    finished_at BIGINT
);
