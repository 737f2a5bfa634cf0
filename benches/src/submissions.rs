//! Durable submissions through the whole act, from 64 callers at once, against plain rusqlite that
//! inserts the rows they wrote: into the same tables with the same indexes, WAL, synchronous FULL.

use std::collections::HashSet;

use serde_json::Value;

use crate::place::{CALLERS, citizens, city, submit};
use crate::rows::{Rows, copy};
use crate::table::{Line, Reach, median};

const ROUNDS: usize = 5;
/// Submissions of one round.
const COUNT: usize = 2_048;
/// Submissions of a round with a commit each.
const SINGLE: usize = 256;

/// The lines of the table.
pub(crate) async fn run() -> Vec<Line> {
    let city = city().await;
    let clients = citizens(&city).await;
    let database = city.folder().join("city.db");
    let (before, plain) = (city.folder().join("before.db"), city.folder().join("plain.db"));
    submit(&clients, CALLERS * 4).await;
    // Both sides grow slower as the tables grow: each round is compared with its own reference, and
    // the round in the middle is told.
    let (mut against_groups, mut against_single) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        copy(&database, &before);
        let (took, created) = submit(&clients, COUNT).await;
        let ours = COUNT as f64 / took.as_secs_f64();
        let rows = Rows::between(&before, &database);
        copy(&before, &plain);
        let grouped = COUNT as f64 / rows.write(&plain, (COUNT, CALLERS, COUNT)).as_secs_f64();
        copy(&before, &plain);
        let single = SINGLE as f64 / rows.write(&plain, (COUNT, 1, SINGLE)).as_secs_f64();
        eprintln!(
            "submissions: {ours:.0}/s, {:.1} rows and {} bytes each, {} signatures over {COUNT}; \
             plain {grouped:.0}/s, one commit each {single:.0}/s",
            rows.count() as f64 / COUNT as f64,
            rows.bytes() / COUNT,
            signatures(&created),
        );
        against_groups.push((ours / grouped, ours, grouped));
        against_single.push((ours / single, ours, single));
    }
    let (_, ours, grouped) = median(against_groups);
    let (_, beside, single) = median(against_single);
    vec![
        Line::rates("durable submissions", ours, grouped, Reach::AtLeast(0.3)),
        Line::rates("  beside it, one commit each", beside, single, Reach::None),
    ]
}

/// How many group signatures the receipts carry.
fn signatures(created: &[Value]) -> usize {
    let signature =
        |one: &Value| one["receipt"]["group"]["signature"].as_str().expect("signed").to_owned();
    created.iter().map(signature).collect::<HashSet<String>>().len()
}
