//! Organs in time: founded, renamed, moved, ended; and the tree as it was on any day.

use base::{Day, Outcome, Refusal, RefusalKind};
use serde::{Deserialize, Serialize};
use store::{FromRow, Reader, Row, Tx};

use super::coming::{
    ComingState, as_they_will_be, coming_by_id, coming_changes, founding_of, settle_coming,
};
use super::{NewOrgan, Organ, organ_by_id, organs, path_of, put_organ_from};
use crate::holdings::{COLUMNS, Held};
use crate::terms::Permit;

/// A change of an organ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum OrganChange {
    /// It is founded.
    Founded {
        /// All that is said of it.
        organ: Box<NewOrgan>,
    },
    /// It gets another name.
    Renamed {
        /// Its id.
        organ: String,
        /// The new full name.
        name: String,
        /// The new short name.
        short_name: String,
    },
    /// It moves below another organ.
    Moved {
        /// Its id.
        organ: String,
        /// The organ above it from now on.
        parent: String,
    },
    /// It ends; what it did, its successor does, if it has one.
    Ended {
        /// Its id.
        organ: String,
        /// The organ that takes its place.
        successor: Option<String>,
    },
    /// What was agreed to for a day to come is not made.
    Cancelled {
        /// By which proposal it was agreed to.
        coming: String,
        /// Its day.
        from: Day,
        /// What it would have been.
        planned: Box<OrganChange>,
    },
}

impl OrganChange {
    /// The organ that changes.
    pub fn organ(&self) -> &str {
        match self {
            OrganChange::Founded { organ } => &organ.id,
            OrganChange::Renamed { organ, .. }
            | OrganChange::Moved { organ, .. }
            | OrganChange::Ended { organ, .. } => organ,
            OrganChange::Cancelled { planned, .. } => planned.organ(),
        }
    }
}

/// What an organ was called and below which it stood, from a day until a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrganState {
    /// The organ.
    pub organ: String,
    /// The organ above it.
    pub parent: Option<String>,
    /// Full name.
    pub name: String,
    /// First day; the day zero for what was there from the start.
    pub from: Day,
    /// Last day, if it is over.
    pub until: Option<Day>,
    /// Three digits.
    pub code: String,
    /// `government`, `department`, `district` or `street`.
    pub kind: String,
    /// Telephone.
    pub phone: String,
}

impl FromRow for OrganState {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        Ok(Self {
            organ: row.get("organ")?,
            parent: row.get("parent")?,
            name: row.get("name")?,
            from: row.get("from_day")?,
            until: row.get("until_day")?,
            code: row.get("code")?,
            kind: row.get("kind")?,
            phone: row.get("phone")?,
        })
    }
}

const STATES: &str = "s.organ, s.parent, s.name, s.from_day, s.until_day, o.code, o.kind, o.phone
                      FROM access_organ_states s JOIN access_organs o ON o.id = s.organ";

/// The organs as they were on a day, each after the one above it and with how deep it stands below the topmost. Of a day to
/// come, as they will be by what was agreed to.
pub fn organs_on(reader: &Reader<'_>, on: Day) -> Outcome<Vec<(usize, OrganState)>> {
    let mut states: Vec<OrganState> = reader.all(
        &format!(
            "SELECT {STATES} WHERE s.from_day <= $1 AND (s.until_day IS NULL OR s.until_day >= $1)
             ORDER BY o.place, s.organ LIMIT 5000"
        ),
        &[on.into()],
    )?;
    as_they_will_be(&mut states, coming_changes(reader, on)?);
    let stands = |id: &str| states.iter().any(|state| state.organ == id);
    let top = states.iter().filter(|state| state.parent.as_deref().is_none_or(|id| !stands(id)));
    let (mut tree, mut waiting) = (Vec::new(), Vec::new());
    waiting.extend(top.map(|state| (0, state)));
    waiting.reverse();
    while let Some((depth, state)) = waiting.pop() {
        tree.push((depth, state.clone()));
        let below = states.iter().filter(|one| one.parent.as_ref() == Some(&state.organ));
        let mut below: Vec<_> = below.map(|one| (depth + 1, one)).collect();
        below.reverse();
        waiting.extend(below);
    }
    Ok(tree)
}

/// What an organ was, the last first.
pub fn states_of(reader: &Reader<'_>, organ: &str) -> Outcome<Vec<OrganState>> {
    Ok(reader.all(
        &format!("SELECT {STATES} WHERE s.organ = $1 ORDER BY s.turn DESC LIMIT 200"),
        &[organ.into()],
    )?)
}

/// A post in an organ that stands or will, and its holder's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostIn {
    /// The post.
    pub held: Held,
    /// The holder's name.
    pub name: String,
}

impl FromRow for PostIn {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        Ok(Self { held: Held::from_row(row)?, name: row.get("by_name")? })
    }
}

/// The posts in an organ that stand or will, those that are exercised for somebody too, person by person; at most
/// `limit`.
pub fn posts_in(reader: &Reader<'_>, organ: &str, today: Day, limit: i64) -> Outcome<Vec<PostIn>> {
    Ok(reader.all(
        &format!(
            "SELECT (SELECT a.name FROM access_accounts a WHERE a.id = h.account) AS by_name,
                    {COLUMNS}
             WHERE h.organ = $1 AND h.ended_at IS NULL
               AND (h.until_day IS NULL OR h.until_day >= $2)
             ORDER BY h.account LIMIT $3"
        ),
        &[organ.into(), today.into(), limit.into()],
    )?)
}

/// Whether an organ can change so from a day on, today or later. What takes its place or stands above it may be an
/// organ that is founded by then.
pub fn may_change_organ(
    reader: &Reader<'_>,
    change: &OrganChange,
    (today, from): (Day, Day),
) -> Outcome<()> {
    match change {
        OrganChange::Founded { organ } => {
            let parent = organ.parent.as_deref().unwrap_or_default();
            return standing(reader, parent, "parent", today).map(|_| ());
        }
        OrganChange::Cancelled { coming, .. } => return still_waits(reader, coming),
        _ => {}
    }
    let organ = standing(reader, change.organ(), "organ", today)?;
    match change {
        OrganChange::Moved { parent, .. } => {
            let above = standing_by(reader, parent, "parent", (today, from))?;
            topmost(&organ)?;
            if above.path.starts_with(&organ.path) {
                return Err(refused("parent", "不能移到自己或者自己的下属机构下面").into());
            }
            if organ.parent.as_ref() == Some(parent) {
                return Err(refused("parent", "现在的上级机构就是它").into());
            }
        }
        OrganChange::Ended { successor, .. } => {
            topmost(&organ)?;
            let below = organs(reader)?;
            let mut below = below.iter().filter(|one| one.parent.as_ref() == Some(&organ.id));
            if let Some(child) = below.find(|child| child.stands(today)) {
                let words = format!("还有下属机构，例如{}，请先把它们移走或者撤销", child.name);
                return Err(refused("organ", &words).into());
            }
            if successor.as_ref() == Some(&organ.id) {
                return Err(refused("successor", "承接的机构不能是它自己").into());
            }
            if let Some(successor) = successor {
                standing_by(reader, successor, "successor", (today, from))?;
            }
        }
        OrganChange::Renamed { name, .. } => {
            let all = organs(reader)?;
            let taken =
                all.iter().find(|one| one.id != organ.id && one.stands(today) && one.name == *name);
            if taken.is_some() {
                return Err(refused("name", "已经有机构叫这个名称").into());
            }
        }
        OrganChange::Founded { .. } | OrganChange::Cancelled { .. } => {}
    }
    Ok(())
}

/// Whether what was agreed to for a day to come still waits for it.
fn still_waits(reader: &Reader<'_>, coming: &str) -> Outcome<()> {
    let words = match coming_by_id(reader, coming)?.map(|one| one.state) {
        Some(ComingState::Waits) => return Ok(()),
        Some(ComingState::Made) => "这项变更已经生效，不能取消；需要的，请提出新的变更",
        Some(ComingState::Stuck(_)) => "这项变更没有能够生效，不用取消",
        Some(ComingState::Cancelled) => "这项变更已经取消",
        None => "没有这项变更",
    };
    Err(Refusal::new(RefusalKind::Conflict, "access.not_coming", words).into())
}

fn topmost(organ: &Organ) -> Result<(), Refusal> {
    match organ.parent {
        Some(_) => Ok(()),
        None => Err(refused("organ", "最上级的机构不能移动，也不能撤销")),
    }
}

fn standing(reader: &Reader<'_>, id: &str, field: &'static str, today: Day) -> Outcome<Organ> {
    let organ = organ_by_id(reader, id)?.ok_or_else(|| refused(field, "没有这个机构"))?;
    if organ.stands(today) {
        return Ok(organ);
    }
    Err(refused(field, &format!("{}已经撤销", organ.name)).into())
}

/// The same by a day to come: of an organ that is founded by then, the one above it.
fn standing_by(
    reader: &Reader<'_>,
    id: &str,
    field: &'static str,
    (today, by): (Day, Day),
) -> Outcome<Organ> {
    if today < by
        && organ_by_id(reader, id)?.is_none()
        && let Some((organ, from)) = founding_of(reader, id)?
    {
        if by < from {
            let words =
                format!("{}从{}起才设立，请写那天或者以后的日子", organ.name, from.chinese());
            return Err(refused(field, &words).into());
        }
        return standing(reader, organ.parent.as_deref().unwrap_or_default(), field, today);
    }
    standing(reader, id, field, today)
}

fn refused(field: &'static str, words: &str) -> Refusal {
    Refusal::new(RefusalKind::Conflict, "access.organ_stays", words).field(field, words)
}

/// Changes an organ from today on, if it can be. Its posts and what belongs to its path elsewhere are the caller's.
pub fn change_organ(tx: &Tx<'_>, permit: &Permit, change: &OrganChange, today: Day) -> Outcome<()> {
    may_change_organ(tx, change, (today, today))?;
    match change {
        OrganChange::Founded { organ } => put_organ_from(tx, permit, organ, today),
        OrganChange::Renamed { organ, name, short_name } => {
            tx.run(
                "UPDATE access_organs SET name = $1, short_name = $2 WHERE id = $3",
                &[name.as_str().into(), short_name.as_str().into(), organ.as_str().into()],
            )?;
            next_state(tx, organ, today)
        }
        OrganChange::Moved { organ, parent } => {
            tx.run(
                "UPDATE access_organs SET parent = $1 WHERE id = $2",
                &[parent.as_str().into(), organ.as_str().into()],
            )?;
            repath(tx, organ, parent)?;
            next_state(tx, organ, today)
        }
        OrganChange::Ended { organ, successor } => {
            tx.run(
                "UPDATE access_organs SET until_day = $1, successor = $2 WHERE id = $3",
                &[today.plus(-1).into(), successor.clone().into(), organ.as_str().into()],
            )?;
            end_state(tx, organ, today)
        }
        OrganChange::Cancelled { coming, .. } => {
            settle_coming(tx, permit, coming, &ComingState::Cancelled).map(|_| ())
        }
    }
}

fn end_state(tx: &Tx<'_>, organ: &str, today: Day) -> Outcome<()> {
    tx.run(
        "UPDATE access_organ_states SET until_day = $1 WHERE organ = $2 AND until_day IS NULL",
        &[today.plus(-1).into(), organ.into()],
    )?;
    Ok(())
}

/// From today on it is what its row says.
fn next_state(tx: &Tx<'_>, organ: &str, today: Day) -> Outcome<()> {
    end_state(tx, organ, today)?;
    tx.run(
        "INSERT INTO access_organ_states (organ, turn, from_day, parent, name, short_name)
         SELECT o.id, (SELECT COUNT(*) FROM access_organ_states s WHERE s.organ = o.id), $1, o.parent,
                o.name, o.short_name
         FROM access_organs o WHERE o.id = $2",
        &[today.into(), organ.into()],
    )?;
    Ok(())
}

/// Gives an organ and all below it the paths that follow from the new parent.
fn repath(tx: &Tx<'_>, organ: &str, parent: &str) -> Outcome<()> {
    let old = path_of(tx, organ)?.ok_or(store::Error::Missing)?;
    let (above, district): (String, String) =
        tx.one("SELECT path, district_path FROM access_organs WHERE id = $1", &[parent.into()])?;
    let new = format!("{above}{organ}/");
    for below in super::subtree_of(tx, organ)? {
        let one = organ_by_id(tx, &below)?.ok_or(store::Error::Missing)?;
        let rest = one.path.strip_prefix(&old).unwrap_or_default();
        tx.run(
            "UPDATE access_organs SET path = $1 WHERE id = $2",
            &[format!("{new}{rest}").into(), below.as_str().into()],
        )?;
    }
    tx.run(
        "UPDATE access_organs SET district_path = CASE WHEN $1 <> '' THEN $1 ELSE COALESCE((
             SELECT MIN(d.path) FROM access_organs d
             WHERE d.kind = 'district'
               AND substr(access_organs.path, 1, length(d.path)) = d.path), '') END
         WHERE substr(path, 1, length($2)) = $2",
        &[district.into(), new.into()],
    )?;
    Ok(())
}
