-- Who receives what is taken out is a unit and a person there.
ALTER TABLE privacy_exports ADD COLUMN receiver_person TEXT NOT NULL DEFAULT '';
-- An order says what it said: of the person too.
DROP TRIGGER privacy_exports_fixed;
CREATE TRIGGER privacy_exports_fixed BEFORE UPDATE ON privacy_exports
WHEN NEW.id <> OLD.id OR NEW.export <> OLD.export OR NEW.agrees <> OLD.agrees OR NEW.organ <> OLD.organ
    OR NEW.filters <> OLD.filters OR NEW.fields <> OLD.fields OR NEW.purpose <> OLD.purpose
    OR NEW.ground <> OLD.ground OR NEW.receiver <> OLD.receiver OR NEW.receiver_person <> OLD.receiver_person
    OR NEW.asked_by <> OLD.asked_by
    OR NEW.asked_for IS NOT OLD.asked_for OR NEW.asked_at <> OLD.asked_at
    OR (OLD.decided_by IS NOT NULL
        AND (NEW.decided_by IS NOT OLD.decided_by OR NEW.decided_for IS NOT OLD.decided_for))
    OR (OLD.state <> NEW.state AND NOT (
        (OLD.state = 'open' AND NEW.state IN ('agreed', 'declined', 'withdrawn', 'lapsed'))
        OR (OLD.state = 'agreed' AND NEW.state = 'ready') OR (OLD.state = 'ready' AND NEW.state = 'gone')))
BEGIN SELECT RAISE(ABORT, 'an order to export says what it said, and does not go back'); END;
