//! What others are told of a load, after it has come to count or was undone: of each subject of which the fact that they
//! are told has changed, once.

use ::store::Tx;
use base::{Fault, Id, Moment, Outcome};
use ledger::Act;
use seal::Keys;

use crate::store::{self, Untold};
use crate::terms::{Body, Follow, Ground, Load, Register, Version};

/// So many are told in one transaction: an act each.
const AT_ONCE: i64 = 50;
/// So far back is looked for what was known before.
const HISTORY: i64 = 100;

/// A fact that has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct News {
    /// What the row says that brought it, or brought what was taken back.
    pub row: Body,
    /// The row: its load, and its place there.
    pub at: (Id<Load>, i64),
    /// What was known before, if anything was.
    pub before: Option<Body>,
    /// What is known now; nothing where the load was undone that brought the subject.
    pub now: Option<Body>,
}

/// Tells what a load has brought, or took back, unless a later one says otherwise: it may be tried again long after. Of a
/// load that was undone, what it said is corrected. Done twice, it tells nothing twice. `act` says how a change is told.
pub async fn announce(
    ground: &Ground,
    register: &'static Register,
    load: Id<Load>,
    act: fn(&Keys, &News, Moment) -> Outcome<Option<Act>>,
) -> Outcome<()> {
    let follow = register.follow.ok_or_else(|| Fault::said("nobody is told of this register"))?;
    loop {
        let (keys, now) = (ground.keys.clone(), ground.now());
        let some = move |tx: &Tx<'_>| {
            let permit = access::clockwork(register.right.name);
            let rows = store::untold(tx, load, AT_ONCE)?;
            for row in &rows {
                if !store::told(tx, &permit, load, row)? {
                    continue;
                }
                let versions = store::history_of(tx, &keys, &row.blind, HISTORY)?;
                let body = store::opened(&keys, &row.body)?;
                let Some(news) = news(follow, &versions, body, (load, row)) else { continue };
                if let Some(act) = act(&keys, &news, now)? {
                    ledger::record(tx, permit.who(), &act)?;
                }
            }
            Ok(!rows.is_empty())
        };
        if !ground.ledger.write(some).await? {
            return Ok(());
        }
    }
}

/// What is told of a row: nothing where a later load says otherwise, or what was known before says the same.
fn news(
    follow: Follow,
    versions: &[Version],
    body: Body,
    (load, row): (Id<Load>, &Untold),
) -> Option<News> {
    let fact = |body: Option<&Body>| body.and_then(follow.fact);
    let counted = |versions: &[Version]| {
        let first = versions.iter().find(|version| version.undone_at.is_none());
        first.map(|version| version.body.clone())
    };
    let said = fact(Some(&body));
    let (before, now) = if row.undone {
        (Some(body.clone()), counted(versions))
    } else {
        let at = versions.iter().position(|version| version.load == load)?;
        let (later, from) = versions.split_at(at);
        let counting = later.iter().filter(|version| version.undone_at.is_none());
        if counting.clone().any(|version| fact(Some(&version.body)) != said) {
            return None;
        }
        (counted(from.get(1..).unwrap_or_default()), Some(body.clone()))
    };
    let changed = fact(before.as_ref()) != fact(now.as_ref());
    changed.then_some(News { row: body, at: (load, row.at), before, now })
}
