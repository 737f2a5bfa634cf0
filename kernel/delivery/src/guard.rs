//! What was seen before: names, and the order of each key.

use base::{Moment, Outcome};
use message::Order;
use store::{Reader, Tx};

/// Notes a name until then. Says whether it is new.
pub fn see(tx: &Tx<'_>, guard: &str, name: &str, until: Moment) -> Outcome<bool> {
    let new = tx.run(
        "INSERT INTO delivery_seen (guard, name, until) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        &[guard.into(), name.into(), until.into()],
    )?;
    Ok(new > 0)
}

/// Whether a name was seen.
pub fn seen(reader: &Reader<'_>, guard: &str, name: &str) -> Outcome<bool> {
    let found: Option<i64> = reader.maybe(
        "SELECT 1 FROM delivery_seen WHERE guard = $1 AND name = $2",
        &[guard.into(), name.into()],
    )?;
    Ok(found.is_some())
}

/// Forgets names whose time is over; so many at once.
pub fn forget(tx: &Tx<'_>, now: Moment, limit: i64) -> Outcome<u64> {
    let old: Vec<(String, String)> = tx.all(
        "SELECT guard, name FROM delivery_seen WHERE until < $1 ORDER BY until LIMIT $2",
        &[now.into(), limit.into()],
    )?;
    let mut gone = 0;
    for (guard, name) in old {
        gone += tx.run(
            "DELETE FROM delivery_seen WHERE guard = $1 AND name = $2",
            &[guard.into(), name.into()],
        )?;
    }
    Ok(gone)
}

/// What a message is to those of its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// It is its turn, which is taken now.
    Taken,
    /// Others before it have not come yet.
    Early,
    /// Its number was taken before.
    Past,
}

/// The highest number of a key; 0 before the first.
pub fn highest(reader: &Reader<'_>, guard: &str, key: &str) -> Outcome<i64> {
    let highest: Option<i64> = reader.maybe(
        "SELECT highest FROM delivery_orders WHERE guard = $1 AND name = $2",
        &[guard.into(), key.into()],
    )?;
    Ok(highest.unwrap_or(0))
}

/// Moves the number of a key, up or down: for who counts apart from whom it sends to, and has heard where that one is.
pub fn move_by(tx: &Tx<'_>, guard: &str, key: &str, by: i64) -> Outcome<()> {
    tx.run(
        "INSERT INTO delivery_orders (guard, name, highest) VALUES ($1, $2, $3)
         ON CONFLICT (guard, name) DO UPDATE SET highest = delivery_orders.highest + $3",
        &[guard.into(), key.into(), by.into()],
    )?;
    Ok(())
}

/// Takes the turn of a message among those of its key.
pub fn take_turn(tx: &Tx<'_>, guard: &str, order: &Order) -> Outcome<Turn> {
    let highest = highest(tx, guard, &order.key)?;
    let number = i64::try_from(order.sequence).unwrap_or(0);
    if number != highest + 1 {
        return Ok(if number <= highest { Turn::Past } else { Turn::Early });
    }
    tx.run(
        "INSERT INTO delivery_orders (guard, name, highest) VALUES ($1, $2, $3)
         ON CONFLICT (guard, name) DO UPDATE SET highest = $3",
        &[guard.into(), order.key.as_str().into(), number.into()],
    )?;
    Ok(Turn::Taken)
}

/// Gives the next number of a key: for who sends.
pub fn next_turn(tx: &Tx<'_>, guard: &str, key: &str) -> Outcome<Order> {
    let number: i64 = tx.one(
        "INSERT INTO delivery_orders (guard, name, highest) VALUES ($1, $2, 1)
         ON CONFLICT (guard, name) DO UPDATE SET highest = delivery_orders.highest + 1
         RETURNING highest",
        &[guard.into(), key.into()],
    )?;
    Ok(Order { key: key.to_owned(), sequence: u64::try_from(number).unwrap_or(0) })
}
