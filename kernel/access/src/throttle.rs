//! How often something may be tried: sign-ins from one address, look-ups of one case. Counted in
//! the database, so that all processes count together.

use base::{Moment, Outcome};
use store::{Reader, Tx};

/// What a throttle says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allowed {
    /// Go on; so many hits in this window, this one included.
    Yes(i64),
    /// Too often; again from then on.
    NotUntil(Moment),
}

/// Counts one hit on `name` in a window of `seconds` that begins with its first hit. Past `max`
/// hits the answer is no until the window ends. Let the transaction commit even when the answer is
/// no: a count that is rolled back counts nothing.
pub fn hit(tx: &Tx<'_>, name: &str, max: i64, seconds: i64, now: Moment) -> Outcome<Allowed> {
    let (hits, ends): (i64, Moment) = tx.one(
        "INSERT INTO access_throttles (name, hits, ends_at) VALUES ($1, 1, $2)
         ON CONFLICT (name) DO UPDATE SET
             hits = CASE WHEN access_throttles.ends_at <= $3 THEN 1
                         ELSE access_throttles.hits + 1 END,
             ends_at = CASE WHEN access_throttles.ends_at <= $3 THEN excluded.ends_at
                            ELSE access_throttles.ends_at END
         RETURNING hits, ends_at",
        &[name.into(), now.plus_seconds(seconds).into(), now.into()],
    )?;
    Ok(if hits > max { Allowed::NotUntil(ends) } else { Allowed::Yes(hits) })
}

/// What the throttle would say, without a hit: whether `max` hits have been used up.
pub fn peek(reader: &Reader<'_>, name: &str, max: i64, now: Moment) -> Outcome<Allowed> {
    let found: Option<(i64, Moment)> = reader.maybe(
        "SELECT hits, ends_at FROM access_throttles WHERE name = $1 AND ends_at > $2",
        &[name.into(), now.into()],
    )?;
    Ok(match found {
        Some((hits, ends)) if hits >= max => Allowed::NotUntil(ends),
        Some((hits, _)) => Allowed::Yes(hits),
        None => Allowed::Yes(0),
    })
}

/// Takes one hit on `name` back: what was counted beforehand has turned out well. The others stay,
/// so that nobody wipes out wrong attempts by a right one in between.
pub fn give_back(tx: &Tx<'_>, name: &str, now: Moment) -> Outcome<()> {
    tx.run(
        "UPDATE access_throttles SET hits = hits - 1
         WHERE name = $1 AND hits > 0 AND ends_at > $2",
        &[name.into(), now.into()],
    )?;
    Ok(())
}

/// So many ended windows are dropped at a time, so that no sweep holds other writes up.
const SWEPT_MAX: i64 = 20_000;

/// Drops windows that have ended. Says how many: call again while it is not zero.
pub fn sweep(tx: &Tx<'_>, now: Moment) -> Outcome<u64> {
    Ok(tx.run(
        "DELETE FROM access_throttles WHERE name IN
             (SELECT name FROM access_throttles WHERE ends_at <= $1 ORDER BY ends_at LIMIT $2)",
        &[now.into(), SWEPT_MAX.into()],
    )?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use testkit::database::each_database;

    #[test]
    fn a_count_holds_until_its_window_ends_and_is_dropped_after_it() {
        let now = Moment::from_millis(1_795_000_000_000);
        each_database(|store| {
            store.migrate(&[ledger::MIGRATIONS, crate::MIGRATIONS]).expect("migrated");
            let hits = |name: &'static str, at: Moment| {
                store.write_now(move |tx| hit(tx, name, 2, 600, at)).expect("counted")
            };
            assert_eq!(hits("a", now), Allowed::Yes(1));
            assert_eq!(hits("a", now), Allowed::Yes(2));
            assert_eq!(hits("a", now), Allowed::NotUntil(now.plus_seconds(600)));
            let later = now.plus_seconds(300);
            assert_eq!(hits("b", later), Allowed::Yes(1));
            let swept = |at: Moment| store.write_now(move |tx| sweep(tx, at)).expect("swept");
            assert_eq!(swept(now.plus_seconds(599)), 0);
            assert_eq!(swept(now.plus_seconds(600)), 1, "the window of a has ended, not that of b");
            assert_eq!(hits("a", later), Allowed::Yes(1));
        });
    }
}
