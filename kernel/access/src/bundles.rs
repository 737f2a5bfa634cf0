//! What a role may do: bundles of permissions with their reach, in force from a day until a day.
//!
//! A permission is made for some sides (the public, the staff, each of the three administrators), which follow
//! from the roles that hold it in a new city. No other role ever has it; triggers refuse it too (`0013_bundles`).
//! Since each of the three administrators has one role, and who holds it holds no other, no change of a bundle
//! brings what belongs to two of them into one person's hands.

use base::{Day, Id, Outcome, Refusal, RefusalKind};
use serde::{Deserialize, Serialize};
use store::{FromRow, Reader, Row, Tx};

use crate::accounts::Account;
use crate::holdings::{Holding, end_holding};
use crate::terms::{Permission, Permit, ROLES, Reach, Side};

/// A role as the city keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleRow {
    /// Stable name.
    pub name: String,
    /// 窗口工作人员.
    pub title: String,
    /// What it is for.
    pub side: Side,
    /// First day; the day zero for those that every city has.
    pub from: Day,
    /// Last day, if it ends.
    pub until: Option<Day>,
}

impl RoleRow {
    /// Whether there is such a role on that day.
    pub fn stands(&self, on: Day) -> bool {
        self.from <= on && self.until.is_none_or(|until| on <= until)
    }
}

impl FromRow for RoleRow {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        Ok(Self {
            name: row.get("name")?,
            title: row.get("title")?,
            side: Side::parse(&row.get::<String>("side")?),
            from: row.get("from_day")?,
            until: row.get("until_day")?,
        })
    }
}

/// What a role may do, from a day until a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Right {
    /// The role.
    pub role: String,
    /// The permission's name.
    pub permission: String,
    /// How far it reaches.
    pub reach: Reach,
    /// First day.
    pub from: Day,
    /// Last day, if it ends. One before the first: it was taken away before it began.
    pub until: Option<Day>,
}

impl Right {
    /// Whether it was in force on that day.
    pub fn stands(&self, on: Day) -> bool {
        self.from <= on && self.until.is_none_or(|until| on <= until)
    }
}

impl FromRow for Right {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        Ok(Self {
            role: row.get("role")?,
            permission: row.get("permission")?,
            reach: Reach::parse(&row.get::<String>("reach")?).unwrap_or(Reach::Own),
            from: row.get("from_day")?,
            until: row.get("until_day")?,
        })
    }
}

/// What shall become of a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// It is founded.
    Founded,
    /// It goes on, and may do other things.
    Goes,
    /// It ends, and the posts that carry it.
    Ends,
}

/// A change of a bundle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BundleChange {
    /// The role.
    pub role: String,
    /// Its title.
    pub title: String,
    /// What becomes of it.
    pub fate: Fate,
    /// Permissions that it gets, and how far; one that it has already takes the new reach.
    pub add: Vec<(String, Reach)>,
    /// Permissions that it loses.
    pub remove: Vec<String>,
}

impl BundleChange {
    /// Whether anybody can do more by it than before.
    pub fn grants(&self) -> bool {
        !self.add.is_empty()
    }
}

/// All roles, those that have ended too, in the order in which the city got them.
pub fn roles(reader: &Reader<'_>) -> Outcome<Vec<RoleRow>> {
    Ok(reader.all(
        "SELECT name, title, side, from_day, until_day FROM access_roles
         ORDER BY from_day, name LIMIT 1000",
        &[],
    )?)
}

/// The role with this name.
pub fn role_by_name(reader: &Reader<'_>, name: &str) -> Outcome<Option<RoleRow>> {
    Ok(reader.maybe(
        "SELECT name, title, side, from_day, until_day FROM access_roles WHERE name = $1",
        &[name.into()],
    )?)
}

/// What all roles may do on a day.
pub fn rights_on(reader: &Reader<'_>, on: Day) -> Outcome<Vec<Right>> {
    Ok(reader.all(
        "SELECT permission, role, reach, from_day, until_day FROM access_grants
         WHERE from_day <= $1 AND (until_day IS NULL OR until_day >= $1)
         ORDER BY role, permission LIMIT 10000",
        &[on.into()],
    )?)
}

/// What a role may do, could do, and will be able to do.
pub fn rights_of(reader: &Reader<'_>, role: &str) -> Outcome<Vec<Right>> {
    Ok(reader.all(
        "SELECT permission, role, reach, from_day, until_day FROM access_grants
         WHERE role = $1 ORDER BY permission, turn LIMIT 5000",
        &[role.into()],
    )?)
}

/// For which sides each permission is made.
pub fn sides(reader: &Reader<'_>) -> Outcome<Vec<(String, Side)>> {
    let rows: Vec<(String, String)> =
        reader.all("SELECT permission, side FROM access_sides ORDER BY permission, side", &[])?;
    Ok(rows.into_iter().map(|(permission, side)| (permission, Side::parse(&side))).collect())
}

/// Who can do one of these in the whole city on a day, by another role than the one beside it (none where it is
/// empty).
pub fn able(
    reader: &Reader<'_>,
    permissions: &[(&str, &str)],
    on: Day,
) -> Outcome<Vec<Id<Account>>> {
    let mut able = Vec::new();
    for (permission, but) in permissions {
        let found: Vec<Id<Account>> = reader.all(
            "SELECT h.account FROM access_grants g
             JOIN access_holdings h ON h.role = g.role
             JOIN access_accounts a ON a.id = h.account
             WHERE g.permission = $1 AND g.reach = 'city' AND g.role <> $3
               AND g.from_day <= $2 AND (g.until_day IS NULL OR g.until_day >= $2)
               AND a.state = 'active' AND h.from_day <= $2
               AND (h.until_day IS NULL OR h.until_day >= $2) AND h.ended_at IS NULL
             LIMIT 200",
            &[(*permission).into(), on.into(), (*but).into()],
        )?;
        able.extend(found);
    }
    Ok(able)
}

/// Changes a bundle from a day on, if it can be: the role stands, nothing of it is decided for a later day
/// already, what it loses it has, and what it gets is made for its side.
pub fn change_bundle(
    tx: &Tx<'_>,
    permit: &Permit,
    change: &BundleChange,
    from: Day,
) -> Outcome<()> {
    if change.fate == Fate::Founded {
        tx.run(
            "INSERT INTO access_roles (name, title, side, from_day) VALUES ($1, $2, $3, $4)",
            &[
                change.role.as_str().into(),
                change.title.as_str().into(),
                Side::Staff.as_str().into(),
                from.into(),
            ],
        )?;
    }
    may_change(tx, change, from)?;
    let standing = rights_of(tx, &change.role)?;
    let last = from.plus(-1);
    let given = |name: &str| change.add.iter().any(|(added, _)| added == name);
    for right in standing.iter().filter(|right| right.stands(from)) {
        if change.fate == Fate::Ends
            || change.remove.contains(&right.permission)
            || given(&right.permission)
        {
            tx.run(
                "UPDATE access_grants SET until_day = $1
                 WHERE role = $2 AND permission = $3 AND from_day <= $4
                   AND (until_day IS NULL OR until_day >= $4)",
                &[
                    last.into(),
                    change.role.as_str().into(),
                    right.permission.as_str().into(),
                    from.into(),
                ],
            )?;
        }
    }
    for (permission, reach) in &change.add {
        tx.run(
            "INSERT INTO access_grants (permission, role, turn, reach, from_day)
             SELECT $1, $2, COUNT(*), $3, $4 FROM access_grants WHERE permission = $1 AND role = $2",
            &[
                permission.as_str().into(),
                change.role.as_str().into(),
                reach.as_str().into(),
                from.into(),
            ],
        )?;
    }
    if change.fate == Fate::Ends {
        end_role(tx, permit, &change.role, last)?;
    }
    Ok(())
}

/// Ends a role with the posts that carry it: `last` is the last day of both.
fn end_role(tx: &Tx<'_>, permit: &Permit, role: &str, last: Day) -> Outcome<()> {
    tx.run("UPDATE access_roles SET until_day = $1 WHERE name = $2", &[last.into(), role.into()])?;
    let posts: Vec<Id<Holding>> = tx.all(
        "SELECT id FROM access_holdings
         WHERE role = $1 AND for_holding IS NULL AND ended_at IS NULL
           AND (until_day IS NULL OR until_day > $2)",
        &[role.into(), last.into()],
    )?;
    for post in posts {
        end_holding(tx, permit, post, last)?;
    }
    Ok(())
}

/// Whether a bundle can be changed so from a day on.
pub fn may_change(reader: &Reader<'_>, change: &BundleChange, from: Day) -> Outcome<()> {
    let sides = sides(reader)?;
    let role = match role_by_name(reader, &change.role)? {
        Some(role) => role,
        None if change.fate == Fate::Founded => RoleRow {
            name: change.role.clone(),
            title: change.title.clone(),
            side: Side::Staff,
            from,
            until: None,
        },
        None => return Err(refused("access.no_role", "没有这个角色").into()),
    };
    if !role.stands(from) {
        let words = format!("{}到那一天已经没有了", role.title);
        return Err(refused("access.role_over", &words).into());
    }
    if change.fate == Fate::Ends && !may_end(&role) {
        let words = format!("{}是每个城市都有的，不能停用", role.title);
        return Err(refused("access.role_stays", &words).into());
    }
    if let Err(refusal) = fits(&role, change, &sides) {
        return Err(concerning(reader, &role, refusal, from)?.into());
    }
    // Whoever could take the record from those who read it would be watched by nobody.
    let narrows = !change.remove.is_empty() || change.add.iter().any(|(_, r)| *r != Reach::City);
    if role.side == Side::Audit && narrows {
        let words = format!("{}的权限不能减少，也不能缩小范围", role.title);
        return Err(refused("access.audit_stays", &words).into());
    }
    let standing = rights_of(reader, &change.role)?;
    let planned =
        |right: &&Right| right.from > from || right.until.is_some_and(|last| last >= from);
    if let Some(later) =
        standing.iter().filter(|right| right.until != Some(right.from.plus(-1))).find(planned)
    {
        let day =
            if later.from > from { Some(later.from) } else { later.until.map(|day| day.plus(1)) };
        let words = format!(
            "{}从{}起已经定了另一项变更，新的变更不能早于那一天",
            role.title,
            day.unwrap_or(from).chinese()
        );
        return Err(refused("access.changed_later", &words).field("from", words).into());
    }
    let has =
        |name: &str| standing.iter().find(|right| right.permission == name && right.stands(from));
    let gone = change.remove.iter().find(|name| has(name).is_none());
    let there =
        change.add.iter().find(|(name, reach)| has(name).is_some_and(|r| r.reach == *reach));
    if gone.is_some() || there.is_some() {
        let words = format!("{}的权限后来已经变了，这项变更对不上", role.title);
        return Err(refused("access.bundle_moved", &words).remedy("请按现在的权限重新提出").into());
    }
    Ok(())
}

/// Whether a role may end: one on which nothing of the house stands.
pub fn may_end(role: &RoleRow) -> bool {
    role.side == Side::Staff
}

/// Whether all that a role gets is made for its side, and reaches no farther than such a role can.
fn fits(role: &RoleRow, change: &BundleChange, sides: &[(String, Side)]) -> Result<(), Refusal> {
    for (permission, reach) in &change.add {
        let made: Vec<Side> =
            sides.iter().filter(|(name, _)| name == permission).map(|(_, side)| *side).collect();
        if made.contains(&role.side) {
            let public = matches!(role.side, Side::Anyone | Side::Citizen);
            if public && *reach != Reach::Own {
                let words = format!("{}只能有对本人的权限", role.title);
                return Err(
                    refused("access.too_far", &words).field(format!("right.{permission}"), words)
                );
            }
            continue;
        }
        let words = if made.is_empty() {
            format!("本系统没有权限 {permission}")
        } else {
            let whose: Vec<&str> = made.iter().map(|side| side.title()).collect();
            format!("权限 {permission} 只给{}，不能给{}", whose.join("、"), role.title)
        };
        return Err(refused("access.not_made_for", &words)
            .field(format!("right.{permission}"), words)
            .ground("GB/T 22239-2019 8.1.5 安全管理中心（系统管理、安全管理、审计管理分开）"));
    }
    Ok(())
}

/// The refusal with the names of those who would have had it by this role.
fn concerning(
    reader: &Reader<'_>,
    role: &RoleRow,
    refusal: Refusal,
    from: Day,
) -> Outcome<Refusal> {
    if matches!(role.side, Side::Anyone | Side::Citizen) {
        return Ok(refusal);
    }
    let mut names: Vec<String> = crate::holdings::holders_of_role(reader, &role.name, from)?
        .into_iter()
        .map(|holder| holder.name)
        .collect();
    names.sort_unstable();
    names.dedup();
    if names.is_empty() {
        return Ok(refusal);
    }
    let more = if names.len() > 5 { "等" } else { "" };
    names.truncate(5);
    let words =
        format!("{}由{}{more}担任，他们不能同时有两方面的权限", role.title, names.join("、"));
    Ok(refusal.remedy(words))
}

fn refused(code: &'static str, words: &str) -> Refusal {
    Refusal::new(RefusalKind::Conflict, code, words)
}

/// Makes the roles and the permissions of this program known: call it once, with the permissions of all offices.
/// A city that is new gives each permission to the roles it names. In one that stands already a new permission
/// belongs to no role, until two people of the city give it to one.
pub fn grant_defaults(tx: &Tx<'_>, permissions: &[Permission]) -> Outcome<()> {
    for role in ROLES {
        tx.run(
            "INSERT INTO access_roles (name, title, side, from_day) VALUES ($1, $2, $3, 0)
             ON CONFLICT (name) DO NOTHING",
            &[role.name.into(), role.title.into(), Side::of(role.name).as_str().into()],
        )?;
    }
    let known = sides(tx)?;
    for permission in permissions {
        if known.iter().any(|(name, _)| name == permission.name) {
            continue;
        }
        let mut made: Vec<Side> = permission.roles.iter().map(|(role, _)| Side::of(role)).collect();
        made.sort_unstable();
        made.dedup();
        for side in made {
            tx.run(
                "INSERT INTO access_sides (permission, side) VALUES ($1, $2)",
                &[permission.name.into(), side.as_str().into()],
            )?;
        }
    }
    let standing: Option<String> = tx.maybe("SELECT role FROM access_grants LIMIT 1", &[])?;
    if standing.is_some() {
        return Ok(());
    }
    for permission in permissions {
        for (role, reach) in permission.roles {
            tx.run(
                "INSERT INTO access_grants (permission, role, turn, reach, from_day)
                 VALUES ($1, $2, 0, $3, 0)",
                &[permission.name.into(), (*role).into(), reach.as_str().into()],
            )?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
