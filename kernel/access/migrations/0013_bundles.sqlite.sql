-- The roles of the city: those that every city has, and those that two people of this one founded. A side is what a
-- role is for: the three administrators are three sides, and each has one role only.
CREATE TABLE access_roles (
    name TEXT NOT NULL PRIMARY KEY,
    title TEXT NOT NULL,
    side TEXT NOT NULL,
    from_day BIGINT NOT NULL,
    until_day BIGINT,
    CONSTRAINT access_roles_sides CHECK (
        CASE name WHEN 'anyone' THEN 'anyone' WHEN 'citizen' THEN 'citizen' WHEN 'sysadmin' THEN 'system'
             WHEN 'secadmin' THEN 'security' WHEN 'auditor' THEN 'audit' ELSE 'staff' END = side
    )
);

-- For which sides a permission is made. No other role ever has it.
CREATE TABLE access_sides (
    permission TEXT NOT NULL,
    side TEXT NOT NULL,
    PRIMARY KEY (permission, side)
);

-- What a role may do, and how far, from a day until a day (the last). What was once given stays readable.
CREATE TABLE access_rights (
    permission TEXT NOT NULL,
    role TEXT NOT NULL,
    turn BIGINT NOT NULL,
    reach TEXT NOT NULL,
    from_day BIGINT NOT NULL,
    until_day BIGINT,
    PRIMARY KEY (permission, role, turn)
);
INSERT INTO access_rights (permission, role, turn, reach, from_day, until_day)
SELECT permission, role, 0, reach, 0, NULL FROM access_grants;
DROP TABLE access_grants;
ALTER TABLE access_rights RENAME TO access_grants;
CREATE INDEX access_grants_role ON access_grants (role, permission);

-- The district that an organ belongs to, by its path; empty for those of the city itself.
ALTER TABLE access_organs ADD COLUMN district_path TEXT NOT NULL DEFAULT '';
UPDATE access_organs SET district_path = COALESCE((
    SELECT d.path FROM access_organs d
    WHERE d.kind = 'district' AND substr(access_organs.path, 1, length(d.path)) = d.path
    ORDER BY d.path LIMIT 1
), '');

-- When somebody signed in last: the sessions say it only while they last.
ALTER TABLE access_accounts ADD COLUMN signed_in_at BIGINT;

-- Refused here, whatever a program says: a permission in a role of a side for which it is not made, so that what
-- belongs to two of the three administrators never meets in one role; and a past that is made another.
CREATE TRIGGER access_grants_sided BEFORE INSERT ON access_grants
WHEN NOT EXISTS (
    SELECT 1 FROM access_roles r JOIN access_sides s ON s.side = r.side
    WHERE r.name = NEW.role AND s.permission = NEW.permission
)
BEGIN SELECT RAISE(ABORT, 'this permission is not made for this role'); END;
CREATE TRIGGER access_grants_kept BEFORE DELETE ON access_grants
BEGIN SELECT RAISE(ABORT, 'what a role could do is never deleted'); END;
CREATE TRIGGER access_grants_fixed BEFORE UPDATE ON access_grants
WHEN NEW.permission <> OLD.permission OR NEW.role <> OLD.role OR NEW.turn <> OLD.turn OR NEW.reach <> OLD.reach
  OR NEW.from_day <> OLD.from_day
  OR (OLD.until_day IS NOT NULL AND (NEW.until_day IS NULL OR NEW.until_day > OLD.until_day))
BEGIN SELECT RAISE(ABORT, 'what a role can do is only ever ended'); END;
CREATE TRIGGER access_roles_kept BEFORE DELETE ON access_roles
BEGIN SELECT RAISE(ABORT, 'a role is never deleted'); END;
CREATE TRIGGER access_roles_fixed BEFORE UPDATE ON access_roles
WHEN NEW.name <> OLD.name OR NEW.title <> OLD.title OR NEW.side <> OLD.side OR NEW.from_day <> OLD.from_day
  OR (OLD.until_day IS NOT NULL AND (NEW.until_day IS NULL OR NEW.until_day > OLD.until_day))
BEGIN SELECT RAISE(ABORT, 'a role is only ever ended'); END;
CREATE TRIGGER access_sides_fixed BEFORE UPDATE ON access_sides
BEGIN SELECT RAISE(ABORT, 'for which sides a permission is made never changes'); END;
