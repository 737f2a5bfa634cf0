-- Orders to take data out of the house. Two people decide on one, whatever a program says: neither those who act nor
-- those for whom they exercise a post (受委托代行) may be on both sides. `agrees` is the permission that the second one
-- needs. The file stands in the vault until its time is over; of an export of acts, without its last line.
CREATE TABLE privacy_exports (
    id TEXT NOT NULL PRIMARY KEY,
    export TEXT NOT NULL,
    agrees TEXT NOT NULL,
    organ TEXT NOT NULL,
    organ_name TEXT NOT NULL,
    filters TEXT NOT NULL,
    fields TEXT NOT NULL,
    purpose TEXT NOT NULL,
    ground TEXT NOT NULL,
    receiver TEXT NOT NULL,
    counted_rows BIGINT NOT NULL,
    counted_people BIGINT NOT NULL,
    asked_by TEXT NOT NULL,
    asked_for TEXT,
    asked_name TEXT NOT NULL,
    asked_post TEXT NOT NULL,
    asked_organ TEXT NOT NULL,
    asked_organ_name TEXT NOT NULL,
    asked_at BIGINT NOT NULL,
    last_day BIGINT NOT NULL,
    state TEXT NOT NULL,
    decided_by TEXT,
    decided_for TEXT,
    decided_name TEXT,
    decided_at BIGINT,
    decided_reason TEXT,
    decided_act TEXT,
    rows_done BIGINT NOT NULL DEFAULT 0,
    people_done BIGINT NOT NULL DEFAULT 0,
    people BIGINT NOT NULL DEFAULT 0,
    file TEXT,
    digest TEXT,
    made_act TEXT,
    made_at BIGINT,
    keep_until BIGINT,
    gone_at BIGINT,
    CONSTRAINT privacy_exports_two_people CHECK (
        state NOT IN ('agreed', 'ready', 'gone')
        OR (decided_by IS NOT NULL AND decided_by <> asked_by
            AND decided_by <> COALESCE(asked_for, '')
            AND COALESCE(decided_for, '') <> asked_by
            AND (decided_for IS NULL OR decided_for <> COALESCE(asked_for, '')))
    )
);
CREATE INDEX privacy_exports_state ON privacy_exports (state, id);
CREATE INDEX privacy_exports_asked ON privacy_exports (asked_by, id);
-- An order is never deleted, says what it said, and does not go back.
CREATE TRIGGER privacy_exports_kept BEFORE DELETE ON privacy_exports
BEGIN SELECT RAISE(ABORT, 'an order to export is never deleted'); END;
CREATE TRIGGER privacy_exports_fixed BEFORE UPDATE ON privacy_exports
WHEN NEW.id <> OLD.id OR NEW.export <> OLD.export OR NEW.agrees <> OLD.agrees OR NEW.organ <> OLD.organ
    OR NEW.filters <> OLD.filters OR NEW.fields <> OLD.fields OR NEW.purpose <> OLD.purpose
    OR NEW.ground <> OLD.ground OR NEW.receiver <> OLD.receiver OR NEW.asked_by <> OLD.asked_by
    OR NEW.asked_for IS NOT OLD.asked_for OR NEW.asked_at <> OLD.asked_at
    OR (OLD.decided_by IS NOT NULL
        AND (NEW.decided_by IS NOT OLD.decided_by OR NEW.decided_for IS NOT OLD.decided_for))
    OR (OLD.state <> NEW.state AND NOT (
        (OLD.state = 'open' AND NEW.state IN ('agreed', 'declined', 'withdrawn', 'lapsed'))
        OR (OLD.state = 'agreed' AND NEW.state = 'ready') OR (OLD.state = 'ready' AND NEW.state = 'gone')))
BEGIN SELECT RAISE(ABORT, 'an order to export says what it said, and does not go back'); END;
CREATE TRIGGER privacy_exports_born BEFORE INSERT ON privacy_exports
WHEN NEW.state <> 'open'
BEGIN SELECT RAISE(ABORT, 'an order to export begins as one that waits'); END;
