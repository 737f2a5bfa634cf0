//! The watch: once a minute the rules look at the cases that are near their limit or past it; now
//! and then reminders that nobody needs any more are put away. Both may run twice without harm.

use std::sync::Arc;

use base::{Moment, Outcome};
use flow::{Cursor, NewSignal, SignalOrder};
use frame::{Hall, JobKind};

use crate::acts::{self, Watched};
use crate::store;

/// So many signals are raised in one transaction, so that people need not wait behind the watch.
const A_WRITE: usize = 50;

/// The watch.
pub const WATCH: JobKind = JobKind {
    name: "supervision.watch",
    work: |hall, _, now| Box::pin(watch(hall, now)),
    every_seconds: Some(60),
};

/// The putting away of spent reminders.
pub const TIDY: JobKind = JobKind {
    name: "supervision.tidy",
    work: |hall, _, now| Box::pin(tidy(hall, now)),
    every_seconds: Some(600),
};

async fn watch(hall: Arc<Hall>, now: Moment) -> Outcome<()> {
    let today = now.day();
    let rules = Arc::new(hall.store.read(move |reader| store::rules_on(reader, today)).await?);
    let mut after: Option<Cursor> = None;
    loop {
        let (calendar, known, from) = (hall.calendar.clone(), rules.clone(), after.clone());
        let page = hall
            .store
            .read(move |reader| {
                let watched = Watched { rules: &known, today, calendar: &calendar };
                acts::unsaid(reader, &watched, from.as_ref())
            })
            .await?;
        let minted: Vec<NewSignal> =
            page.rows.into_iter().map(|(case, raised)| acts::minted(now, case, raised)).collect();
        for some in minted.chunks(A_WRITE) {
            let (calendar, known, some) = (hall.calendar.clone(), rules.clone(), some.to_vec());
            hall.write(move |tx| {
                let permit = access::clockwork("supervision.watch");
                let watched = Watched { rules: &known, today, calendar: &calendar };
                acts::raise(tx, &permit, &some, &watched)
            })
            .await?;
        }
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(()),
        }
    }
}

async fn tidy(hall: Arc<Hall>, now: Moment) -> Outcome<()> {
    let mut after: Option<Cursor> = None;
    loop {
        let from = after.clone();
        let page = hall.store.read(move |reader| acts::spent(reader, from.as_ref())).await?;
        let orders: Vec<SignalOrder> =
            page.rows.iter().map(|signal| acts::putting_away(now, signal)).collect();
        for some in orders.chunks(A_WRITE) {
            let some = some.to_vec();
            hall.write(move |tx| {
                acts::put_away(tx, &access::clockwork("supervision.watch"), &some)
            })
            .await?;
        }
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(()),
        }
    }
}
