//! Durable submissions through the whole act, from 64 callers at once, against plain rusqlite that
//! inserts the rows they wrote: into the same tables with the same indexes, WAL, synchronous FULL.

use std::collections::HashSet;

use crate::place::{CALLERS, citizens, city, submit};
use crate::rows::{Rows, copy};
use crate::table::{Line, Reach, median};

const ROUNDS: usize = 3;
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
    let (mut ours, mut grouped, mut single) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        copy(&database, &before);
        let (took, created) = submit(&clients, COUNT).await;
        ours.push(COUNT as f64 / took.as_secs_f64());
        let rows = Rows::between(&before, &database);
        let signatures: HashSet<&str> = created
            .iter()
            .map(|one| one["receipt"]["group"]["signature"].as_str().expect("a signed receipt"))
            .collect();
        eprintln!(
            "submissions: {:.0}/s, {:.1} rows and {} bytes each, {} signatures over {COUNT}",
            COUNT as f64 / took.as_secs_f64(),
            rows.count() as f64 / COUNT as f64,
            rows.bytes() / COUNT,
            signatures.len(),
        );
        copy(&before, &plain);
        let took = rows.write(&plain, (COUNT, CALLERS, COUNT));
        grouped.push(COUNT as f64 / took.as_secs_f64());
        copy(&before, &plain);
        let took = rows.write(&plain, (COUNT, 1, SINGLE));
        single.push(SINGLE as f64 / took.as_secs_f64());
    }
    let ours = median(ours);
    vec![
        Line::rates("durable submissions", ours, median(grouped), Reach::AtLeast(0.3)),
        Line::rates("  beside it, one commit each", ours, median(single), Reach::None),
    ]
}
