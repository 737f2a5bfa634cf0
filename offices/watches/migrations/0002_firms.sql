-- Firms that have ended, as the register of legal entities has announced it and not taken back: the code, which is public,
-- how and when. `waits` is no nought while what approvals have issued to it is still to be asked for.
CREATE TABLE watches_firms (
    code TEXT NOT NULL PRIMARY KEY,
    status TEXT NOT NULL,
    ended BIGINT,
    act TEXT NOT NULL,
    waits BIGINT NOT NULL
);
CREATE INDEX watches_firms_waits ON watches_firms (code) WHERE waits > 0;
