//! The work queue and a case page with ten times the cases, against themselves.

use std::time::Duration;

use testkit::Client;
use tokio::time::Instant;

use crate::place::{citizens, city, submit};
use crate::table::{Line, Reach, median};

const FEW: usize = 500;
const MANY: usize = 5_000;
const ROUNDS: usize = 200;

/// A clerk at a desk with so many open cases.
async fn desk(cases: usize) -> (testkit::City, Client, String) {
    let city = city().await;
    let clients = citizens(&city).await;
    let (_, created) = submit(&clients, cases).await;
    city.settle().await;
    let clerk = city.client("clerk").await;
    let no = created[created.len() / 2]["no"].as_str().expect("a number").to_owned();
    (city, clerk, no)
}

async fn time(client: &Client, path: &str) -> Duration {
    let began = Instant::now();
    client.get(path).await.expect(200);
    began.elapsed()
}

/// Medians of both, asked in turn.
async fn compare(
    name: &str,
    (few, few_path): (&Client, &str),
    (many, many_path): (&Client, &str),
) -> Line {
    let (mut with_few, mut with_many) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        with_few.push(time(few, few_path).await);
        with_many.push(time(many, many_path).await);
    }
    Line::times(name, median(with_many), median(with_few), Reach::AtMost(1.2))
}

/// The lines of the table.
pub(crate) async fn run() -> Vec<Line> {
    let (_small, few, few_no) = desk(FEW).await;
    let (_large, many, many_no) = desk(MANY).await;
    let queue = "/desk/cases";
    let page = |no: &str| format!("/desk/cases/{no}");
    // What both compile and cache at first is not what is asked.
    for _ in 0..10 {
        time(&few, queue).await;
        time(&many, queue).await;
    }
    vec![
        compare("work queue with 10 × the cases", (&few, queue), (&many, queue)).await,
        compare("case page with 10 × the cases", (&few, &page(&few_no)), (&many, &page(&many_no)))
            .await,
    ]
}
