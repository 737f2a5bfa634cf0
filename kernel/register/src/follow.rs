//! What others are told of a load, after it has come to count or was undone: of each subject of which something that they
//! are told of has changed, once.

use ::store::{Reader, Tx};
use base::{Day, Fault, Id, Outcome};
use seal::Keys;

use crate::rules::{Standing, by_subject};
use crate::store::{self, Untold};
use crate::terms::{Body, Change, Ground, Load, Register};

/// So many are told in one transaction: an act each.
const AT_ONCE: i64 = 50;

/// Something has changed of which others are told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct News {
    /// What the row says that brought it, or brought what was taken back.
    pub row: Body,
    /// The row: its load, and its place there.
    pub at: (Id<Load>, i64),
    /// The load's place among those that came to count.
    pub place: i64,
    /// The organ of who brought the load; blank where nobody's did.
    pub organ: String,
    /// What was known before, if anything was.
    pub before: Option<Body>,
    /// What is known now; nothing where the load was undone that brought the subject.
    pub now: Option<Body>,
    /// The load was undone: what the row says is what was known before.
    pub undone: bool,
    /// What was known before the load, one after another as it came to count: the place of its load, and what it said.
    pub came: Vec<(i64, Body)>,
}

/// Tells what a load has brought, or took back, unless a later one says otherwise: it may be tried again long after. Of a
/// load that was undone, what it said is corrected. Done twice, it tells nothing twice.
pub async fn announce(ground: &Ground, register: &'static Register, load: Id<Load>) -> Outcome<()> {
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
                for (news, change) in news(tx, &keys, follow.changes, (load, row), now.day())? {
                    if let Some(act) = (change.act)(&keys, &news, now)? {
                        ledger::record(tx, permit.who(), &act)?;
                    }
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
    changes: &'static [Change],
    (load, row): (Id<Load>, &Untold),
    today: Day,
) -> Outcome<Vec<(News, Change)>> {
    let mark = keys.uncover(&row.blind).map_err(Fault::from)?;
    let mut subjects = by_subject(store::standing(reader, keys, &[mark])?);
    let subject = subjects.remove(&mark).unwrap_or_default();
    let (_, place) = row.load;
    let without = subject.on_by(today, place - 1);
    if row.from > today || without.is_some_and(|without| without.from > row.from) {
        return Ok(Vec::new());
    }
    let open = |one: &Standing| store::opened(keys, &one.body);
    let body = store::opened(keys, &row.body)?;
    let later = subject.after(place).filter(|later| (row.from..=today).contains(&later.from));
    let (before, now, later) = match row.undone {
        true => (Some(body.clone()), subject.on(today).map(open).transpose()?, Vec::new()),
        false => {
            let later = later.map(open).collect::<Outcome<Vec<Body>>>()?;
            (without.map(open).transpose()?, Some(body.clone()), later)
        }
    };
    let is_told = |change: &&Change| {
        let otherwise = |later: &Body| (change.differs)(Some(&body), Some(later));
        (change.differs)(before.as_ref(), now.as_ref()) && !later.iter().any(otherwise)
    };
    let told: Vec<&Change> = changes.iter().filter(is_told).collect();
    if told.is_empty() {
        return Ok(Vec::new());
    }
    let came = subject.came(today, place).into_iter().map(|one| Ok((one.place, open(one)?)));
    let (organ, undone, came) = (row.organ.clone(), row.undone, came.collect::<Outcome<_>>()?);
    let at = (load, row.at);
    let news = News { row: body.clone(), at, place, organ, before, now, undone, came };
    Ok(told.into_iter().map(|change| (news.clone(), *change)).collect())
}
