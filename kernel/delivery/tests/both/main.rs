//! Delivery on both kinds of database.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops where something is wrong"
)]

mod outbox;

use base::{Id, Moment};
use kernel_delivery::{
    Bound, Embedded, Letter, MIGRATIONS, Pace, Put, Taken, Transport, Turn, Verdict, Wanted,
    come_back, dead, depth, forget, purge, see, take_turn,
};
use message::{Message, Order};
use store::Store;

const PACE: Pace =
    Pace { lease_seconds: 30, pause_seconds: 2, pause_seconds_max: 300, tries_max: 3 };
const BOUND: Bound = Bound { letters_max: 10, bytes_max: 1_000 };
const ALL: Wanted = Wanted { letters_max: 100, bytes_max: 10_000 };

fn at(seconds: i64) -> Moment {
    Moment::from_millis(1_772_000_000_000).plus_seconds(seconds)
}

fn letter(n: u32, key: &str) -> Letter {
    Letter {
        id: Id::from_bits(n.into()),
        order: (!key.is_empty()).then(|| Order { key: key.into(), sequence: 1 }),
        expires: at(3_600),
        content: vec![n as u8; 10],
    }
}

fn each(test: impl Fn(&Store)) {
    testkit::database::each_database(|store| {
        store.migrate(&[MIGRATIONS]).expect("migrated");
        test(&store);
    });
}

fn put(store: &Store, letters: Vec<Letter>, now: Moment) -> Put {
    let put = move |tx: &store::Tx<'_>| Embedded.put(tx, "q", &letters, &BOUND, now);
    store.write_now(put).expect("put")
}

fn take(store: &Store, wanted: Wanted, now: Moment) -> Vec<Taken> {
    store.write_now(move |tx| Embedded.take(tx, "q", wanted, &PACE, now)).expect("taken")
}

fn numbers(taken: &[Taken]) -> Vec<u128> {
    taken.iter().map(|one| one.id.bits()).collect()
}

fn settle(store: &Store, ids: &[u128]) -> usize {
    let ids: Vec<Id<Message>> = ids.iter().map(|bits| Id::from_bits(*bits)).collect();
    store.write_now(move |tx| Embedded.settle(tx, "q", &ids)).expect("settled").len()
}

fn held(store: &Store) -> (i64, i64) {
    let depth = store.read_now(|r| depth(r, "q")).expect("read");
    (depth.held, depth.bytes)
}

#[test]
fn what_is_taken_and_not_settled_comes_again_and_what_is_settled_does_not() {
    each(|store| {
        assert_eq!(put(store, (1..=3).map(|n| letter(n, "")).collect(), at(0)), Put::Held);
        assert_eq!(put(store, vec![letter(2, "")], at(0)), Put::Held, "it is there already");
        assert_eq!(held(store), (3, 30));
        let first = take(store, ALL, at(0));
        assert_eq!(numbers(&first), [1, 2, 3]);
        assert_eq!(first[1].content, vec![2; 10]);
        assert!(take(store, ALL, at(10)).is_empty(), "they are out");
        assert_eq!(store.write_now(|tx| come_back(tx, "q", at(11))).expect("back"), 3);
        assert_eq!(numbers(&take(store, ALL, at(11))), [1, 2, 3], "whoever had them is gone");
        assert_eq!(settle(store, &[1, 3, 9]), 2);
        assert_eq!(settle(store, &[1]), 0, "once");
        assert_eq!(held(store), (1, 10));
        assert!(take(store, ALL, at(42)).is_empty(), "the second time it has longer");
        let again = take(store, ALL, at(43));
        assert_eq!((numbers(&again), again[0].tries), (vec![2], 3));
    });
}

#[test]
fn a_full_queue_takes_nothing_of_a_batch_and_says_when_to_come_again() {
    each(|store| {
        assert_eq!(put(store, (1..=8).map(|n| letter(n, "")).collect(), at(0)), Put::Held);
        let Put::Full(seconds) = put(store, (9..=11).map(|n| letter(n, "")).collect(), at(0))
        else {
            panic!("it is full");
        };
        assert!((1..=60).contains(&seconds));
        assert_eq!(held(store), (8, 80));
        take(store, ALL, at(0));
        settle(store, &[1, 2]);
        assert_eq!(put(store, (9..=11).map(|n| letter(n, "")).collect(), at(0)), Put::Held);
    });
}

#[test]
fn those_of_one_key_keep_their_order_and_hold_up_no_others() {
    each(|store| {
        let letters = vec![letter(1, "a"), letter(2, ""), letter(3, "a"), letter(4, "b")];
        assert_eq!(put(store, letters, at(0)), Put::Held);
        let one = Wanted { letters_max: 1, ..ALL };
        assert_eq!(numbers(&take(store, one, at(0))), [1]);
        assert_eq!(numbers(&take(store, ALL, at(1))), [2, 4], "3 waits for 1");
        settle(store, &[1]);
        assert_eq!(numbers(&take(store, ALL, at(2))), [3]);
    });
}

#[test]
fn who_cannot_be_reached_leaves_a_dead_letter_that_holds_its_key_until_it_is_decided() {
    each(|store| {
        assert_eq!(put(store, vec![letter(1, "a"), letter(2, "a")], at(0)), Put::Held);
        let one = Wanted { letters_max: 1, ..ALL };
        let fail = |now| {
            let failed = (Id::from_bits(1), "对方拒收");
            store.write_now(move |tx| Embedded.fail(tx, "q", failed, &PACE, now)).expect("failed")
        };
        let mut now = at(0);
        for _ in 0..2 {
            assert_eq!(numbers(&take(store, one, now)), [1]);
            let Verdict::Again(due) = fail(now) else { panic!("it is tried again") };
            assert!(take(store, ALL, due.plus_millis(-1)).is_empty());
            now = due;
        }
        take(store, one, now);
        assert_eq!(fail(now), Verdict::Dead);
        assert!(take(store, ALL, now.plus_seconds(1_000)).is_empty(), "2 stands behind 1");
        let found = store.read_now(|r| dead(r, (at(-1), ""), 10)).expect("read");
        assert_eq!((found.len(), found[0].note.as_str()), (1, "对方拒收"));
        let resend =
            move |tx: &store::Tx<'_>| Embedded.resend(tx, "q", Id::from_bits(1), at(9_000), now);
        assert!(store.write_now(resend).expect("sent"));
        assert_eq!(numbers(&take(store, ALL, now)), [1, 2]);
        let kill = |tx: &store::Tx<'_>| Embedded.kill(tx, "q", (Id::from_bits(1), "打不开"));
        assert!(store.write_now(kill).expect("killed"));
        let drop = |tx: &store::Tx<'_>| Embedded.give_up(tx, "q", Id::from_bits(1), "不再需要");
        assert!(store.write_now(drop).expect("dropped"));
        assert_eq!(settle(store, &[2]), 1);
        assert_eq!(held(store), (0, 0));
        let gone = move |tx: &store::Tx<'_>| purge(tx, at(1_000_000), 100);
        assert_eq!(store.write_now(gone).expect("purged"), 2);
    });
}

#[test]
fn a_message_whose_time_is_over_is_not_given_out() {
    each(|store| {
        assert_eq!(put(store, vec![letter(1, "")], at(0)), Put::Held);
        assert!(take(store, ALL, at(3_600)).is_empty());
        let found = store.read_now(|r| dead(r, (at(-1), ""), 10)).expect("read");
        assert!(found[0].note.contains("有效时间"));
    });
}

#[test]
fn a_name_counts_once_and_is_forgotten_after_its_time() {
    each(|store| {
        let see = |until| store.write_now(move |tx| see(tx, "g", "x", until)).expect("seen");
        assert!(see(at(10)));
        assert!(!see(at(10)));
        assert_eq!(store.write_now(|tx| forget(tx, at(5), 10)).expect("kept"), 0);
        assert_eq!(store.write_now(|tx| forget(tx, at(11), 10)).expect("forgotten"), 1);
        assert!(see(at(20)));
    });
}

#[test]
fn turns_are_taken_one_after_another() {
    each(|store| {
        let turn = |sequence| {
            let order = Order { key: "k".into(), sequence };
            store.write_now(move |tx| take_turn(tx, "g", &order)).expect("a turn")
        };
        assert_eq!(turn(2), Turn::Early);
        assert_eq!(turn(1), Turn::Taken);
        assert_eq!(turn(1), Turn::Past);
        assert_eq!(turn(2), Turn::Taken);
        assert_eq!(turn(0), Turn::Past);
    });
}

#[test]
fn a_key_is_moved_and_what_stood_for_a_letter_gives_way_to_it() {
    each(|store| {
        let highest = |key: &'static str| {
            store.read_now(move |r| kernel_delivery::highest(r, "moved>x", key)).expect("read")
        };
        assert_eq!(highest("k"), 0);
        for by in [7, -9] {
            let moved = move |tx: &store::Tx<'_>| kernel_delivery::move_by(tx, "moved>x", "k", by);
            store.write_now(moved).expect("moved");
        }
        assert_eq!((highest("k"), highest("other")), (-2, 0));
        assert_eq!(put(store, vec![letter(1, ""), letter(2, "")], at(0)), Put::Held);
        for _ in 0..2 {
            let removed = |tx: &store::Tx<'_>| kernel_delivery::remove(tx, "q", Id::from_bits(1));
            store.write_now(removed).expect("removed");
        }
        assert_eq!(held(store), (1, 10));
        let other = Letter { content: vec![9; 5], ..letter(1, "") };
        assert_eq!(put(store, vec![other], at(0)), Put::Held);
        assert_eq!(held(store), (2, 15));
    });
}
