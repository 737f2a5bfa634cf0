//! Definitions as the city keeps them: every version that ever was in force.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use base::{Day, Fault, Moment, Outcome, Refusal, RefusalKind, Stop};
use ledger::{Act, Who};
use store::{Reader, Tx};

use crate::terms::Definition;

/// So many are kept once they were read.
const KNOWN_MAX: usize = 100;

/// Puts a definition into force. Done at every start: does nothing when it stands already.
///
/// A definition with holes, and another body under a version that stands, are faults: the program
/// must not start with them.
pub fn install(tx: &Tx<'_>, definition: &Definition, now: Moment) -> Outcome<()> {
    let Definition { name, version, .. } = definition;
    let holes: Vec<String> = definition.check().iter().map(ToString::to_string).collect();
    if !holes.is_empty() {
        let holes = holes.join("；");
        return Err(Fault::said(format!("definition {name}/{version} has holes: {holes}")).into());
    }
    let standing: Option<String> = tx.maybe(
        "SELECT body FROM flow_definitions WHERE name = $1 AND version = $2",
        &[name.into(), (*version).into()],
    )?;
    if let Some(standing) = standing {
        let standing: Definition = serde_json::from_str(&standing).map_err(Fault::from)?;
        if standing == *definition {
            return Ok(());
        }
        let words = format!("definition {name}/{version} is in force with other words");
        return Err(Fault::said(words).into());
    }
    let body = serde_json::to_value(definition).map_err(Fault::from)?;
    tx.run(
        "INSERT INTO flow_definitions (name, version, from_day, body, installed_at)
         VALUES ($1, $2, $3, $4, $5)",
        &[
            name.into(),
            (*version).into(),
            definition.from.into(),
            body.to_string().into(),
            now.into(),
        ],
    )?;
    let subject = format!("{name}/{version}");
    let act = Act::new(now, "flow.definition_installed", "definition", subject)
        .authority(definition.basis.clone())
        .content(body);
    ledger::record(tx, &Who::clockwork(), &act)
}

/// The definition in this version.
pub fn definition(reader: &Reader<'_>, name: &str, version: i64) -> Outcome<Arc<Definition>> {
    let body: Option<String> = reader.maybe(
        "SELECT body FROM flow_definitions WHERE name = $1 AND version = $2",
        &[name.into(), version.into()],
    )?;
    read(body, name)
}

/// The definition that cases filed on this day follow: the newest that is in force.
pub fn definition_in_force(reader: &Reader<'_>, name: &str, day: Day) -> Outcome<Arc<Definition>> {
    let body: Option<String> = reader.maybe(
        "SELECT body FROM flow_definitions WHERE name = $1 AND from_day <= $2
         ORDER BY version DESC LIMIT 1",
        &[name.into(), day.into()],
    )?;
    read(body, name)
}

/// Definitions by their text: every step of every case reads one.
fn known() -> MutexGuard<'static, HashMap<String, Arc<Definition>>> {
    static KNOWN: LazyLock<Mutex<HashMap<String, Arc<Definition>>>> = LazyLock::new(Mutex::default);
    KNOWN.lock().unwrap_or_else(PoisonError::into_inner)
}

fn read(body: Option<String>, name: &str) -> Outcome<Arc<Definition>> {
    let Some(body) = body else {
        return Err(Stop::from(Refusal::new(
            RefusalKind::NotFound,
            "flow.no_such_definition",
            format!("没有正在生效的流程“{name}”"),
        )));
    };
    if let Some(known) = known().get(&body) {
        return Ok(known.clone());
    }
    let definition: Arc<Definition> = serde_json::from_str(&body)
        .map(Arc::new)
        .map_err(|error| Fault::while_doing("reading a flow's definition", error))?;
    let mut known = known();
    if known.len() >= KNOWN_MAX {
        known.clear();
    }
    known.insert(body, definition.clone());
    Ok(definition)
}
