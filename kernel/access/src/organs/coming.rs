//! Changes of organs that hold from a day to come: kept from the day of agreement until they are made.

use base::{Day, Fault, Outcome};
use store::{FromRow, Reader, Row, Tx};

use super::NewOrgan;
use super::changes::{OrganChange, OrganState};
use crate::terms::Permit;

/// So many wait at most; a reform is a handful.
const WAITING_MAX: i64 = 200;

/// A change that two people have agreed to for a day to come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComingChange {
    /// The id of the proposal.
    pub id: String,
    /// The change.
    pub change: OrganChange,
    /// The day from which it holds.
    pub from: Day,
    /// Why, and by which paper.
    pub ground: String,
    /// How it stands.
    pub state: ComingState,
}

/// How a change for a day to come stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ComingState {
    /// Its day has not come.
    Waits,
    /// It was made.
    Made,
    /// It could not be made on its day, with the words why: it has to be proposed again.
    Stuck(String),
    /// Two people have taken it back before its day.
    Cancelled,
}

impl ComingState {
    fn as_str(&self) -> &'static str {
        match self {
            ComingState::Waits => "waits",
            ComingState::Made => "made",
            ComingState::Stuck(_) => "stuck",
            ComingState::Cancelled => "cancelled",
        }
    }

    fn words(&self) -> &str {
        if let ComingState::Stuck(words) = self { words } else { "" }
    }
}

impl FromRow for ComingChange {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        let content: String = row.get("content")?;
        let broken = |_| store::Error::Type { column: "content".into(), wanted: "json" };
        let state = match row.get::<String>("state")?.as_str() {
            "waits" => ComingState::Waits,
            "made" => ComingState::Made,
            "cancelled" => ComingState::Cancelled,
            _ => ComingState::Stuck(row.get("words")?),
        };
        Ok(Self {
            id: row.get("id")?,
            change: serde_json::from_str(&content).map_err(broken)?,
            from: row.get("from_day")?,
            ground: row.get("ground")?,
            state,
        })
    }
}

const COLUMNS: &str = "id, from_day, content, ground, state, words FROM access_organ_changes";

/// Keeps a change until its day.
pub fn put_coming(tx: &Tx<'_>, _permit: &Permit, coming: &ComingChange) -> Outcome<()> {
    tx.run(
        "INSERT INTO access_organ_changes (id, organ, from_day, content, ground, state, words)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        &[
            coming.id.as_str().into(),
            coming.change.organ().into(),
            coming.from.into(),
            serde_json::to_string(&coming.change).map_err(Fault::from)?.into(),
            coming.ground.as_str().into(),
            coming.state.as_str().into(),
            coming.state.words().into(),
        ],
    )?;
    Ok(())
}

/// The changes that wait for a day until `through`, in the order of their days.
pub fn coming_changes(reader: &Reader<'_>, through: Day) -> Outcome<Vec<ComingChange>> {
    Ok(reader.all(
        &format!(
            "SELECT {COLUMNS} WHERE state = 'waits' AND from_day <= $1
             ORDER BY from_day, id LIMIT $2"
        ),
        &[through.into(), WAITING_MAX.into()],
    )?)
}

/// The changes of an organ that were agreed to for a day to come, the last first; at most 50.
pub fn coming_of(reader: &Reader<'_>, organ: &str) -> Outcome<Vec<ComingChange>> {
    Ok(reader.all(
        &format!("SELECT {COLUMNS} WHERE organ = $1 ORDER BY from_day DESC LIMIT 50"),
        &[organ.into()],
    )?)
}

/// A change that was agreed to for a day to come, by the id of its proposal.
pub fn coming_by_id(reader: &Reader<'_>, id: &str) -> Outcome<Option<ComingChange>> {
    Ok(reader.maybe(&format!("SELECT {COLUMNS} WHERE id = $1"), &[id.into()])?)
}

/// The organ of this id that was agreed to for a day to come, with that day, while it waits for it.
pub fn founding_of(reader: &Reader<'_>, organ: &str) -> Outcome<Option<(NewOrgan, Day)>> {
    let known = coming_of(reader, organ)?.into_iter();
    let mut waits = known.filter(|one| one.state == ComingState::Waits);
    Ok(waits.find_map(|one| match one.change {
        OrganChange::Founded { organ } => Some((*organ, one.from)),
        _ => None,
    }))
}

/// What could not be made on its day since `since`, the last first.
pub fn stuck_changes(reader: &Reader<'_>, since: Day) -> Outcome<Vec<ComingChange>> {
    Ok(reader.all(
        &format!(
            "SELECT {COLUMNS} WHERE state = 'stuck' AND from_day >= $1
             ORDER BY from_day DESC, id DESC LIMIT $2"
        ),
        &[since.into(), WAITING_MAX.into()],
    )?)
}

/// Notes what became of a change on its day; false if it waits no more.
pub fn settle_coming(
    tx: &Tx<'_>,
    _permit: &Permit,
    id: &str,
    state: &ComingState,
) -> Outcome<bool> {
    let rows = tx.run(
        "UPDATE access_organ_changes SET state = $1, words = $2 WHERE id = $3 AND state = 'waits'",
        &[state.as_str().into(), state.words().into(), id.into()],
    )?;
    Ok(rows == 1)
}

/// What the organs will be once these changes have been made, which are in the order of their days.
pub(super) fn as_they_will_be(states: &mut Vec<OrganState>, coming: Vec<ComingChange>) {
    for ComingChange { change, from, .. } in coming {
        let of = |states: &[OrganState], id: &str| states.iter().position(|one| one.organ == id);
        match change {
            OrganChange::Founded { organ } => states.push(OrganState {
                organ: organ.id,
                parent: organ.parent,
                name: organ.name,
                from,
                until: None,
                code: organ.code,
                kind: organ.kind,
                phone: organ.phone,
            }),
            OrganChange::Renamed { organ, name, .. } => {
                if let Some(one) = of(states, &organ).and_then(|at| states.get_mut(at)) {
                    (one.name, one.from) = (name, from);
                }
            }
            OrganChange::Moved { organ, parent } => {
                if let Some(one) = of(states, &organ).and_then(|at| states.get_mut(at)) {
                    (one.parent, one.from) = (Some(parent), from);
                }
            }
            OrganChange::Ended { organ, .. } => states.retain(|one| one.organ != organ),
            OrganChange::Cancelled { .. } => {}
        }
    }
}
