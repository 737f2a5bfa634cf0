//! What a bus carries: it brings letters late, twice, out of their order, or not at all, and none of it shows.

use base::Id;
use kernel_delivery::{
    Bound, Carried, Put, Transport, again, arrive, arrive_all, depth, depths, open_letter,
    outboxes, take_out, waiting,
};
use message::Message;
use store::Store;

use crate::{ALL, BOUND, at, each, letter, numbers, settle, take};

fn put(store: &Store, letters: &[(u32, &str)], bound: Bound) -> Put {
    let letters: Vec<_> = letters.iter().map(|(n, key)| letter(*n, key)).collect();
    store.write_now(move |tx| Carried.put(tx, "q", &letters, &bound, at(0))).expect("put")
}

fn out(store: &Store, now: i64) -> Vec<u128> {
    let taken = store.write_now(move |tx| take_out(tx, "q", ALL, at(now + 30), at(now)));
    numbers(&taken.expect("taken"))
}

/// The bus brings these; gives what moved and what was early.
fn bring(store: &Store, ids: &[u128]) -> (Vec<u128>, Vec<u128>) {
    let ids: Vec<Id<Message>> = ids.iter().map(|bits| Id::from_bits(*bits)).collect();
    let arrival = store.write_now(move |tx| arrive(tx, "q", &ids, at(1))).expect("they arrive");
    let bits = |ids: Vec<Id<Message>>| ids.iter().map(|id| id.bits()).collect();
    (bits(arrival.moved), bits(arrival.early))
}

#[test]
fn what_waits_for_the_bus_waits_for_its_queue_and_is_taken_once_it_has_arrived() {
    each(|store| {
        assert_eq!(put(store, &[(1, ""), (2, "a"), (3, "")], BOUND), Put::Held);
        assert!(take(store, ALL, at(0)).is_empty(), "nothing has arrived");
        let depth = store.read_now(|r| depth(r, "q")).expect("read");
        assert_eq!((depth.queue.as_str(), depth.held, depth.bytes), ("q", 3, 30));
        let told = store.read_now(|r| Ok((depths(r)?, waiting(r)?, outboxes(r)?))).expect("read");
        assert_eq!(told.0, std::slice::from_ref(&depth));
        assert_eq!((&told.1[0].depth, told.1[0].oldest), (&depth, Some(at(0))));
        assert_eq!(told.2, [("q".to_owned(), 3)]);
        let lies = store.read_now(|r| open_letter(r, "q", Id::from_bits(2))).expect("read");
        assert_eq!(lies, Some(vec![2; 10]), "it can be proved already");
        assert_eq!(out(store, 0), [1, 2, 3]);
        assert!(out(store, 1).is_empty(), "they are on their way");
        assert_eq!(bring(store, &[3, 1]), (vec![1, 3], vec![]));
        assert_eq!(bring(store, &[1, 3, 77]), (vec![], vec![]), "known, or nobody's");
        assert_eq!(numbers(&take(store, ALL, at(1))), [1, 3]);
        assert_eq!(settle(store, &[1, 3]), 2);
        assert_eq!(out(store, 31), [2], "the bus lost it");
        store.write_now(|tx| again(tx, "q", &[Id::from_bits(2)], at(32))).expect("again");
        assert_eq!(out(store, 32), [2], "the bus would not have it");
        assert_eq!(bring(store, &[2]).0, [2]);
        assert_eq!(numbers(&take(store, ALL, at(32))), [2]);
        assert!(store.read_now(outboxes).expect("read").is_empty());
    });
}

#[test]
fn of_one_key_what_comes_early_waits_for_what_comes_before_it() {
    each(|store| {
        assert_eq!(
            put(store, &[(1, "a"), (2, "b"), (3, "a"), (4, ""), (5, "a")], BOUND),
            Put::Held
        );
        assert_eq!(bring(store, &[5, 4, 3, 2]), (vec![2, 4], vec![3, 5]));
        assert_eq!(bring(store, &[5, 1]), (vec![1], vec![5]));
        assert_eq!(bring(store, &[3, 5]), (vec![3, 5], vec![]));
        assert_eq!(numbers(&take(store, ALL, at(1))), [2, 4, 1, 3, 5]);
    });
}

#[test]
fn without_the_bus_everything_moves_in_its_order_and_what_the_bus_brings_later_is_known() {
    each(|store| {
        assert_eq!(put(store, &[(1, "a"), (2, "b"), (3, "a"), (4, "")], BOUND), Put::Held);
        assert_eq!(out(store, 0), [1, 2, 3, 4]);
        assert_eq!(bring(store, &[2]).0, [2]);
        let moved = |limit| store.write_now(move |tx| arrive_all(tx, "q", limit, at(1))).unwrap();
        assert_eq!((moved(2), moved(2), moved(2)), (2, 1, 0));
        assert_eq!(bring(store, &[1, 2, 3, 4]), (vec![], vec![]));
        assert_eq!(numbers(&take(store, ALL, at(1))), [2, 1, 3, 4]);
    });
}

#[test]
fn a_queue_and_its_outbox_are_full_together_and_a_name_is_in_one_of_them_once() {
    each(|store| {
        assert_eq!(put(store, &[(1, ""), (2, ""), (3, ""), (4, ""), (5, "")], BOUND), Put::Held);
        bring(store, &[1, 2]);
        assert_eq!(put(store, &[(1, ""), (6, ""), (7, "")], BOUND), Put::Held);
        let held = store.read_now(|r| depth(r, "q")).expect("read").held;
        assert_eq!(held, 7, "1 has arrived already");
        let full = put(store, &[(8, ""), (9, ""), (10, ""), (11, "")], BOUND);
        assert!(matches!(full, Put::Full(_)), "{full:?}");
        assert_eq!(put(store, &[(8, ""), (9, ""), (10, "")], BOUND), Put::Held);
    });
}
