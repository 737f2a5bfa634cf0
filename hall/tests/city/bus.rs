//! The exchange by a bus of three nodes: any of them, the centre and the gateways killed while messages run; a bus that is
//! away from the beginning, or in the middle; an account that may not do what is needed.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use testkit::database::Kind;

use crate::gateways::{CENTRE, Exchange, HEALTH, HOUSING, births, counted, send, under_fire};
use crate::nats::{Cluster, NODES};

/// What is killed, in this order: the stream's leader first.
fn one_after_another(city: &Exchange, cluster: &Cluster) {
    let node = |node: usize| {
        cluster.end(node);
        wait(700);
        cluster.begin(node);
        wait(1_500);
    };
    node(cluster.leader().expect("a leader"));
    city.strike(CENTRE);
    wait(500);
    let leader = cluster.leader().unwrap_or_default();
    city.strike(HEALTH);
    node((leader + 1) % NODES);
    city.strike(HOUSING);
    city.strike(CENTRE);
    node(cluster.leader().unwrap_or_default());
}

#[allow(clippy::disallowed_methods, reason = "a test of running programs waits for them")]
fn wait(millis: u64) {
    std::thread::sleep(Duration::from_millis(millis));
}

fn under_fire_by_bus(kind: Kind) {
    let cluster = Arc::new(Cluster::up());
    let city = Arc::new(Exchange::open_by(kind, &cluster.told("")));
    city.until("the bus", || city.log(CENTRE).contains("交换总线已经连接"));
    let (struck, nodes) = (city.clone(), cluster.clone());
    let (asks, published) = under_fire(&city, 300, move |_| {
        one_after_another(&struck, &nodes);
        7
    });
    city.until("the stream is empty", || cluster.letters() == Some(0));
    counted(&city, &asks, &published);
}

#[test]
fn nothing_is_lost_by_the_bus_and_nothing_comes_twice_whichever_node_is_killed_on_sqlite() {
    under_fire_by_bus(Kind::Sqlite);
}

#[test]
fn nothing_is_lost_by_the_bus_and_nothing_comes_twice_whichever_node_is_killed_on_postgres() {
    under_fire_by_bus(Kind::Postgres);
}

/// An ask and what became of it, as soon as there is an answer.
fn asked(city: &Exchange, id: &str) {
    let mut ask = births(&json!({ "mother": "420704199001011234" }));
    (ask["id"], ask["life_seconds"]) = (json!(id), json!(86_400));
    send(city, HOUSING, "/ask", &ask);
}

fn answered(city: &Exchange, id: &str) -> bool {
    city.get(HOUSING, &format!("/ask/{id}")).0 == 200
}

/// Whether a gateway was told that the centre takes nothing in.
fn refused(city: &Exchange, part: usize) -> bool {
    city.log(part).contains("交换总线连接不上，中心暂停受理消息")
}

fn id() -> String {
    base::Id::<()>::mint(base::Moment::from_millis(1_790_000_000_000)).to_string()
}

fn comes_and_goes(kind: Kind) {
    let cluster = Cluster::at_rest("");
    let city = Exchange::open_by(kind, &cluster.told("away_seconds_max = 25"));
    let log = |words: &str| city.log(CENTRE).contains(words);
    city.until("words about the bus", || log("连接不上交换总线") && log("away_seconds_max"));
    let mut asks = Vec::new();
    let mut ask = || {
        let id = id();
        asked(&city, &id);
        asks.push(id.clone());
        id
    };
    let first = ask();
    city.until("the answer goes past the bus", || answered(&city, &first));
    // One after another, until the time without the bus is over.
    let mut last = ask();
    city.until("traffic is refused", || {
        if answered(&city, &last) {
            last = ask();
        }
        // The ask, or, if that was taken in just before, the answer to it.
        [HOUSING, HEALTH].iter().any(|part| refused(&city, *part))
    });
    let stays = ask();
    city.until("its sender hears of it", || refused(&city, HOUSING));
    assert!(!answered(&city, &stays), "it waits at its sender's");
    cluster.begin_all();
    city.until("the bus", || log("交换总线已经连接"));
    city.until("the answers by the bus", || answered(&city, &last) && answered(&city, &stays));
    (0..NODES).for_each(|node| cluster.end(node));
    let third = ask();
    city.until("the answer past the bus again", || answered(&city, &third));
    let fourth = ask();
    cluster.begin_all();
    city.until("the last answer", || answered(&city, &fourth));
    city.until("nothing stays on the bus", || cluster.letters() == Some(0));
    counted(&city, &asks, &[]);
}

#[test]
fn a_bus_that_is_away_at_the_start_or_in_the_middle_loses_nothing_on_sqlite() {
    comes_and_goes(Kind::Sqlite);
}

#[test]
fn a_bus_that_is_away_at_the_start_or_in_the_middle_loses_nothing_on_postgres() {
    comes_and_goes(Kind::Postgres);
}

#[test]
fn an_account_that_may_not_make_a_stream_is_told_so_at_the_start() {
    let cluster =
        Cluster::at_rest(", permissions: { publish: { deny: [\"$JS.API.STREAM.CREATE.>\"] } }");
    cluster.begin_all();
    let city = Exchange::open_by(Kind::Sqlite, &cluster.told(""));
    city.until("words about the account", || {
        city.log(CENTRE).contains("所配的账户在交换总线上不能建立或者查看流")
    });
}
