//! The clockwork goes on, whatever one job, one act or one lost database does to it.

use base::{Fault, Outcome};
use frame::{JobKind, Offer, Office};
use ledger::jobs::{self, Lane};
use ledger::{Act, Recorded, Who, record};
use search::{Change, Doc};
use serde_json::Value;
use store::Reader;
use testkit::{City, each_city};

/// A job with a defect.
const BREAK: JobKind = JobKind {
    name: "yard.break",
    work: |_, _, _| Box::pin(async { panic!("a job with a defect") }),
    every_seconds: None,
};
const SWEEP: JobKind =
    JobKind { name: "yard.sweep", work: |_, _, _| Box::pin(async { Ok(()) }), every_seconds: None };
const OFFER: Offer = Offer { kinds: &["yard.told"], changes: found };
static YARD: Office = Office {
    jobs: &[BREAK, SWEEP],
    offers: &[OFFER],
    ..Office::named("yard", "院子", "试各种故障。")
};
static OFFICES: &[&Office] = &[&YARD];

/// What an act changes in the index; that of the act on subject `3` cannot be read.
fn found(_: &Reader<'_>, act: &Recorded) -> Outcome<Vec<Change>> {
    if act.subject_id == "3" {
        return Err(Fault::said("a row that nobody can read").into());
    }
    let key = format!("yard:{}", act.subject_id);
    Ok(vec![Change::Put(Doc { key, title: "院子".into(), ..Doc::default() })])
}

async fn tell(city: &City, count: usize) {
    let now = city.now();
    let told = move |tx: &store::Tx<'_>| {
        (0..count)
            .try_for_each(|n| record(tx, &Who::clockwork(), &Act::new(now, "yard.told", "yard", n)))
    };
    city.hall.ledger.write(told).await.expect("recorded");
    city.settle().await;
}

async fn counts(city: &City) -> (i64, i64) {
    city.hall.store.read(jobs::counts).await.expect("read")
}

#[test]
fn a_job_that_panics_has_failed_like_any_other() {
    each_city(OFFICES, async |city: City| {
        let now = city.now();
        let waiting = move |tx: &store::Tx<'_>| {
            jobs::enqueue(tx, Lane::Work, BREAK.name, &Value::Null, now)?;
            jobs::enqueue(tx, Lane::Work, SWEEP.name, &Value::Null, now)
        };
        city.hall.store.write(waiting).await.expect("two jobs wait");
        city.settle().await;
        assert_eq!(counts(&city).await, (1, 0), "the other one is done");
    });
}

#[test]
fn a_job_that_comes_round_is_taken_up_again_after_it_was_given_up() {
    each_city(OFFICES, async |city: City| {
        let enqueue = async |name: &'static str| {
            let now = city.now();
            let write =
                move |tx: &store::Tx<'_>| jobs::enqueue_once(tx, name, "yard", &Value::Null, now);
            city.hall.store.write(write).await.expect("it waits");
        };
        enqueue(BREAK.name).await;
        for _ in 0..jobs::TRIES_MAX {
            city.settle().await;
            city.clock.set(city.now().plus_seconds(2 * 3_600));
        }
        assert_eq!(counts(&city).await, (1, 1));
        // The defect is mended: the next round does it.
        let mend = |tx: &store::Tx<'_>| {
            tx.run("UPDATE ledger_jobs SET kind = 'yard.sweep'", &[])?;
            Ok(())
        };
        city.hall.store.write(mend).await.expect("mended");
        enqueue(SWEEP.name).await;
        city.settle().await;
        assert_eq!(counts(&city).await, (0, 0));
    });
}

#[test]
fn an_act_whose_change_cannot_be_read_keeps_no_later_one_from_being_found() {
    each_city(OFFICES, async |city: City| {
        tell(&city, 7).await;
        assert_eq!(city.hall.search.len(), 6);
    });
}

#[test]
fn an_index_that_has_seen_more_than_the_log_has_begins_anew() {
    each_city(OFFICES, async |city: City| {
        tell(&city, 3).await;
        let gone = Doc { key: "yard:gone".into(), ..Doc::default() };
        city.hall.search.apply(vec![Change::Put(gone)], 1_000).expect("of a log that was lost");
        assert_eq!((city.hall.search.len(), city.hall.search.position()), (4, 1_000));
        city.settle().await;
        assert_eq!(city.hall.search.len(), 3);
        let head = city.hall.ledger.head().await.expect("read").expect("a head");
        assert_eq!(city.hall.search.position(), head.size);
    });
}

#[test]
fn what_is_done_by_itself_is_done_the_short_and_the_long() {
    each_city(hall::OFFICES, async |city| {
        crate::journey::city_with_people(&city).await;
        frame::clockwork::enqueue_due(&city.hall).await.expect("enqueued");
        city.settle().await;
        let checked = |reader: &store::Reader<'_>| ledger::acts_of(reader, "record", "log");
        let acts = city.hall.store.read(checked).await.expect("acts");
        let kinds: Vec<&str> = acts.iter().map(|act| act.kind.as_str()).collect();
        assert_eq!(kinds, ["audit.record_checked"], "the record was held against itself");
        // Once a day, however many processes think of it.
        frame::clockwork::enqueue_due(&city.hall).await.expect("enqueued");
        city.settle().await;
        assert_eq!(city.hall.store.read(checked).await.expect("acts").len(), 1);
    });
}
