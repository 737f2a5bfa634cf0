//! What others are told of a load, after it has come to count or was undone: of each subject of which the fact that they
//! are told has changed, once.

use ::store::{Reader, Tx};
use base::{Day, Fault, Id, Moment, Outcome};
use ledger::Act;
use seal::Keys;

use crate::rules::{Standing, by_subject};
use crate::store::{self, Untold};
use crate::terms::{Body, Follow, Ground, Load, Register};

/// So many are told in one transaction: an act each.
const AT_ONCE: i64 = 50;

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
                if !store::told(tx, &permit, row)? {
                    continue;
                }
                let Some(news) = news(tx, &keys, follow, (load, row), now.day())? else { continue };
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

/// What is told of a row: nothing where it says how its subject was before and not how it stands today, where a later load
/// says otherwise, or where what was known before says the same.
fn news(
    reader: &Reader<'_>,
    keys: &Keys,
    follow: Follow,
    (load, row): (Id<Load>, &Untold),
    today: Day,
) -> Outcome<Option<News>> {
    let mark = keys.uncover(&row.blind).map_err(Fault::from)?;
    let mut subjects = by_subject(store::standing(reader, keys, &[mark])?);
    let subject = subjects.remove(&mark).unwrap_or_default();
    let (_, place) = row.load;
    let without = subject.on_by(today, place - 1);
    if row.from > today || without.is_some_and(|without| without.from > row.from) {
        return Ok(None);
    }
    let fact = |body: Option<&Body>| body.and_then(follow.fact);
    let open = |one: Option<&Standing>| one.map(|one| store::opened(keys, &one.body)).transpose();
    let body = store::opened(keys, &row.body)?;
    let (before, now) = if row.undone {
        (Some(body.clone()), open(subject.on(today))?)
    } else {
        for later in subject.after(place).filter(|later| (row.from..=today).contains(&later.from)) {
            if fact(open(Some(later))?.as_ref()) != fact(Some(&body)) {
                return Ok(None);
            }
        }
        (open(without)?, Some(body.clone()))
    };
    let changed = fact(before.as_ref()) != fact(now.as_ref());
    Ok(changed.then_some(News { row: body, at: (load, row.at), before, now }))
}
