//! Undoing a load: the newest that counts, since those after it were held against what it says.

use base::{Id, Outcome, Refusal, RefusalKind};
use ledger::Act;
use ledger::jobs::{self, Lane};
use serde_json::json;

use crate::store;
use crate::terms::{By, Ground, Load, Register};

/// What undoing a load came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Undone {
    /// It counts no more.
    Now,
    /// It was undone before.
    Before,
}

/// Undoes a load: the register knows again what it knew before. What it knew meanwhile stays to be asked for, since
/// decisions rest on it.
pub async fn undo(
    ground: &Ground,
    register: &'static Register,
    by: By,
    id: Id<Load>,
    reason: String,
) -> Outcome<Undone> {
    let clock = ground.clone();
    let act = Act::new(ground.now(), register.undone, "load", id)
        .authority(register.authority)
        .content(json!({ "reason": reason }));
    ground
        .ledger
        .write(move |tx| {
            let permit = by.permit(tx, register)?;
            let load = store::load(tx, register.name, id)?.ok_or_else(unknown)?;
            if load.undone_at.is_some() {
                return Ok(Undone::Before);
            }
            let newest = store::newest(tx, register.name)?;
            if let Some(later) = newest.filter(|newest| newest.id != id) {
                return Err(not_the_newest(&later).into());
            }
            let now = clock.now();
            let at = store::rising(tx, register.name, now)?;
            let act = act.clone().done_at(at);
            store::take_back(tx, &permit, (register.name, &load), &act.id.to_string(), at)?;
            if let Some(follow) = register.follow {
                let body = json!({ "load": id.to_string() });
                jobs::enqueue(tx, Lane::Long, follow.job, &body, now)?;
            }
            if let Some(after) = register.after {
                jobs::enqueue(tx, Lane::Long, after, &json!({}), now)?;
            }
            ledger::record(tx, permit.who(), &act)?;
            Ok(Undone::Now)
        })
        .await
}

fn unknown() -> Refusal {
    Refusal::new(RefusalKind::NotFound, "register.no_load", "没有这次导入")
}

fn not_the_newest(later: &Load) -> Refusal {
    let words = format!("后来又导入了“{}”，它是同这次导入的内容比对过的", later.name);
    Refusal::new(RefusalKind::Conflict, "register.not_the_newest", words)
        .remedy("请先撤销后来的导入，再撤销这一次")
}
