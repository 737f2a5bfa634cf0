//! A request that must be authorised, against the same request that must not: the guide of an item, mounted
//! twice, asked by the same clerk over the same session.

use std::time::Duration;

use frame::{Need, Office, Route};
use testkit::Client;
use tokio::time::Instant;

use crate::place::city_of;
use crate::table::{Line, Reach, median};

const ROUNDS: usize = 2_000;

/// The line of the table.
pub(crate) async fn run() -> Vec<Line> {
    let city = city_of(offices()).await;
    let clerk = city.client("clerk").await;
    let (with, without) = ("/with/food-business", "/without/food-business");
    for _ in 0..100 {
        time(&clerk, with).await;
        time(&clerk, without).await;
    }
    let (mut authorised, mut not) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        authorised.push(time(&clerk, with).await);
        not.push(time(&clerk, without).await);
    }
    let name = "a request with authorisation, against without";
    vec![Line::times(name, median(authorised), median(not), Reach::AtMost(1.05))]
}

/// The city's offices, and one that mounts the guide for who holds a permission and for who is signed in.
fn offices() -> &'static [&'static Office] {
    let all = || hall::OFFICES.iter();
    let guide =
        all().flat_map(|office| office.routes).find(|route| route.path == "/services/{slug}");
    let guide = guide.expect("the guide");
    let permission =
        all().flat_map(|office| office.permissions).find(|one| one.name == "approvals.see");
    let permission = permission.expect("the permission");
    let routes = vec![
        Route { path: "/with/{slug}", need: Need::May(permission), ..*guide },
        Route { path: "/without/{slug}", need: Need::SignedIn, ..*guide },
    ];
    let mut own = Office::named("bench", "测量", "测量权限检查的开销");
    own.routes = routes.leak();
    let own: &'static Office = Box::leak(Box::new(own));
    all().copied().chain([own]).collect::<Vec<_>>().leak()
}

async fn time(client: &Client, path: &str) -> Duration {
    let began = Instant::now();
    client.get(path).await.expect(200);
    began.elapsed()
}
