//! How it stands with each subscription, in the gateway's own store.

use base::{Fault, Outcome};
use exchange::Reached;
use serde_json::{Value, json};
use store::{FromRow, Reader, Row, Tx};

use super::SubscribeTo;

/// How it stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct State {
    /// Whose.
    pub(super) name: String,
    /// The code of the resource.
    pub(super) resource: String,
    /// Under which purpose.
    pub(super) purpose: String,
    /// In the name of which organ.
    pub(super) organ: String,
    /// The fields that were asked for.
    pub(super) fields: Vec<String>,
    /// `new`, `asked`, `active`, `stopped` or `ended`.
    pub(super) state: String,
    /// The message by which it was begun or ended last.
    pub(super) ask: String,
    /// How far the parts have come.
    pub(super) reached: Reached,
    /// So many rows have come in all.
    pub(super) rows: i64,
    /// When the last part came.
    pub(super) came: i64,
    /// What went wrong.
    pub(super) words: String,
}

impl FromRow for State {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        let fields: String = row.get("fields")?;
        Ok(Self {
            name: row.get("name")?,
            resource: row.get("resource")?,
            purpose: row.get("purpose")?,
            organ: row.get("organ")?,
            fields: serde_json::from_str(&fields).map_err(|_| store::Error::Missing)?,
            state: row.get("state")?,
            ask: row.get("ask")?,
            reached: Reached {
                whole: row.get("whole")?,
                sequence: row.get("sequence")?,
                run: row.get("run")?,
                part: row.get("part")?,
                chain: row.get("chain")?,
            },
            rows: row.get("rows")?,
            came: row.get("came_at")?,
            words: row.get("words")?,
        })
    }
}

const COLUMNS: &str = "name, resource, purpose, organ, fields, state, ask, whole, sequence, run, part, \
                       chain, rows, came_at, words";

/// How it stands with one.
pub(super) fn of(reader: &Reader<'_>, name: &str) -> Outcome<Option<State>> {
    let sql = format!("SELECT {COLUMNS} FROM gateway_subscribes WHERE name = $1");
    Ok(reader.maybe(&sql, &[name.into()])?)
}

/// How it stands with all of them.
pub(super) fn all(reader: &Reader<'_>) -> Outcome<Vec<State>> {
    let sql = format!("SELECT {COLUMNS} FROM gateway_subscribes ORDER BY name LIMIT 1000");
    Ok(reader.all(&sql, &[])?)
}

/// Keeps it.
pub(super) fn put(tx: &Tx<'_>, state: &State) -> Outcome<()> {
    let fields = serde_json::to_string(&state.fields).map_err(Fault::from)?;
    tx.run(
        &format!(
            "INSERT INTO gateway_subscribes ({COLUMNS})
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
             ON CONFLICT (name) DO UPDATE SET fields = $5, state = $6, ask = $7, whole = $8, sequence = $9,
                 run = $10, part = $11, chain = $12, rows = $13, came_at = $14, words = $15"
        ),
        &[
            state.name.as_str().into(),
            state.resource.as_str().into(),
            state.purpose.as_str().into(),
            state.organ.as_str().into(),
            fields.into(),
            state.state.as_str().into(),
            state.ask.as_str().into(),
            state.reached.whole.into(),
            state.reached.sequence.into(),
            state.reached.run.as_str().into(),
            state.reached.part.into(),
            state.reached.chain.as_str().into(),
            state.rows.into(),
            state.came.into(),
            state.words.as_str().into(),
        ],
    )?;
    Ok(())
}

/// What was stopped is begun anew.
pub(super) fn begin_stopped(tx: &Tx<'_>) -> Outcome<()> {
    tx.run("UPDATE gateway_subscribes SET state = 'new' WHERE state = 'stopped'", &[])?;
    Ok(())
}

/// All of it is wanted again, of those that were begun before; the others are on their way.
pub(in crate::gateway) fn want_again(tx: &Tx<'_>, names: &[String]) -> Outcome<()> {
    for name in names {
        if let Some(state) = of(tx, name)? {
            put(tx, &State { state: "new".into(), ..state })?;
        }
    }
    Ok(())
}

/// How it stands with all of them, for the status.
pub(in crate::gateway) fn standing(reader: &Reader<'_>) -> Outcome<Vec<Value>> {
    let told = |one: State| {
        json!({
            "resource": one.resource, "purpose": one.purpose, "organ": one.organ,
            "state": one.state, "sequence": one.reached.sequence, "rows": one.rows, "run": one.reached.run,
            "part": one.reached.part, "came": (one.came > 0).then_some(one.came), "words": one.words,
        })
    };
    Ok(all(reader)?.into_iter().filter(|one| one.state != "ended").map(told).collect())
}

/// What whoever runs the gateway should know of the subscriptions.
pub(in crate::gateway) fn said(reader: &Reader<'_>) -> Outcome<Vec<String>> {
    let told = |one: State| {
        (!one.words.is_empty() && one.state != "ended")
            .then(|| format!("订阅“{}”：{}", one.resource, one.words))
    };
    Ok(all(reader)?.into_iter().filter_map(told).collect())
}

impl State {
    /// One that was never begun.
    pub(super) fn fresh(name: &str, one: &SubscribeTo, organ: &str) -> Self {
        Self {
            name: name.to_owned(),
            resource: one.resource.clone(),
            purpose: one.purpose.clone(),
            organ: organ.to_owned(),
            fields: one.fields.clone(),
            state: "new".into(),
            ..Self::default()
        }
    }

    /// Nothing but a whole is taken from now on.
    pub(super) fn waiting_for_a_whole(mut self) -> Self {
        self.reached.whole = true;
        self
    }
}
