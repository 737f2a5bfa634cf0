-- Deferrals (暂不告知): looks of one organ at one person's data, or at one case, that the person is told of afterwards
-- (个人信息保护法 arts. 18, 35). Two people order one, whatever a program says, and never backwards: it begins when the
-- second has agreed or later. `subject` is blind as in ask_reads; the office that orders it keeps who it is, sealed.
CREATE TABLE ask_deferrals (
    id TEXT NOT NULL PRIMARY KEY,
    subject BYTEA NOT NULL,
    organ TEXT NOT NULL,
    below BIGINT NOT NULL,
    ground TEXT NOT NULL,
    approved TEXT NOT NULL,
    entered_by TEXT NOT NULL,
    agreed_by TEXT NOT NULL,
    ordered_by TEXT NOT NULL,
    agreed_at BIGINT NOT NULL,
    from_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    prolonged_at BIGINT,
    told_at BIGINT,
    CONSTRAINT ask_deferrals_two_people CHECK (agreed_by <> entered_by),
    CONSTRAINT ask_deferrals_ahead CHECK (from_at >= agreed_at)
);
CREATE INDEX ask_deferrals_subject ON ask_deferrals (subject, ends_at);
CREATE INDEX ask_deferrals_told ON ask_deferrals (told_at, ends_at);
-- By which deferral a look is told of afterwards: said with the look, and never again.
ALTER TABLE ask_reads ADD COLUMN deferral TEXT;
CREATE INDEX ask_reads_deferral ON ask_reads (deferral);
CREATE FUNCTION ask_is_fixed() RETURNS trigger LANGUAGE plpgsql AS $fixed$
BEGIN
    RAISE EXCEPTION 'rows of % are never deleted or changed so', TG_TABLE_NAME;
END
$fixed$;
CREATE FUNCTION ask_is_deferred() RETURNS trigger LANGUAGE plpgsql AS $deferred$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM ask_deferrals d
        WHERE d.id = NEW.deferral AND d.from_at <= NEW.at AND NEW.at < d.ends_at
    ) THEN
        RAISE EXCEPTION 'a look is deferred by what stands at its moment alone';
    END IF;
    RETURN NEW;
END
$deferred$;
CREATE TRIGGER ask_reads_deferred BEFORE INSERT ON ask_reads
FOR EACH ROW WHEN (NEW.deferral IS NOT NULL) EXECUTE FUNCTION ask_is_deferred();
CREATE TRIGGER ask_reads_deferral_fixed BEFORE UPDATE ON ask_reads
FOR EACH ROW WHEN (NEW.deferral IS DISTINCT FROM OLD.deferral) EXECUTE FUNCTION ask_is_fixed();
CREATE TRIGGER ask_deferrals_kept BEFORE DELETE ON ask_deferrals
FOR EACH ROW EXECUTE FUNCTION ask_is_fixed();
-- It may end earlier, or later by a decision made before its end; nothing else of it changes.
CREATE TRIGGER ask_deferrals_fixed BEFORE UPDATE ON ask_deferrals
FOR EACH ROW WHEN (NOT (
    NEW.id = OLD.id AND NEW.subject = OLD.subject AND NEW.organ = OLD.organ AND NEW.below = OLD.below
    AND NEW.ground = OLD.ground AND NEW.entered_by = OLD.entered_by AND NEW.agreed_by = OLD.agreed_by
    AND NEW.agreed_at = OLD.agreed_at AND NEW.from_at = OLD.from_at
    AND (NEW.ends_at <= OLD.ends_at OR (
        NEW.prolonged_at IS NOT NULL AND NEW.prolonged_at IS DISTINCT FROM OLD.prolonged_at
        AND NEW.prolonged_at < OLD.ends_at))
)) EXECUTE FUNCTION ask_is_fixed();
