//! What a gateway hears that counts otherwise or lost an answer; how often may be asked; what is given unasked.

use ask::{Rate, Share};
use delivery::evidence::{Known, verify};
use ledger::Verdict;
use testkit::city::{City, each_city};

use super::*;

/// Housing gives permits to the health commission.
async fn giving(city: &City, fields: &'static [&'static str]) -> (Player, Player) {
    let (housing, _) = connected(city).await;
    let health = Player::new("health", "ezhou-wjw", day(2030));
    registered(city, &health, "health.births").await;
    registered(city, &housing, "housing.permits").await;
    let permits = Terms { asker: "organ:ezhou-wjw", kind: "housing.permits", fields, ..SUBSIDY };
    agree_on(city, permits).await;
    (housing, health)
}

fn permit(city: &City, housing: &Player) -> Draft {
    Draft {
        resource: "housing.permits".into(),
        ..housing.draft(city, Kind::Publish, ("health", "ezhou-wjw"))
    }
}

async fn proved(city: &City, id: Id<Message>) -> Verdict {
    let place = format!("/desk/exchange/messages/{id}/evidence");
    let file = city.client("watcher").await.get(&place).await.expect(200).text;
    let key = city.hall.keys.log_key().public();
    verify(&file, &Known { log: Some(&key), authority: Some(AUTHORITY.certificate()) })
}

#[test]
fn a_clock_that_leapt_stops_traffic_until_it_has_gone_right_for_a_while() {
    each_city(OFFICES, async |city: City| {
        let (housing, centre) = connected(&city).await;
        let watch = async || {
            city.settle().await;
            city.job("exchange.watch").await;
            city.settle().await;
        };
        watch().await;
        city.clock.pass_seconds(3 * 3_600);
        watch().await;
        city.clock.pass_seconds(61);
        let ask = housing.sign(vec![(housing.ask(&city), json!({ "number": NUMBER }))], &centre);
        let (token, packet) = (housing.token(&city).await, Player::packet(city.now(), &ask));
        let refused = housing.post(&city, "/exchange/v1/messages", &token, packet).await;
        let refused = refused.expect(503);
        assert_eq!(refused.json()["code"], "exchange.stalled");
        refused.says("时钟跳动了").says("自动恢复");
        for _ in 0..6 {
            watch().await;
        }
        assert_eq!(became(&housing.send(&city, &ask).await, 0), ("stored", ""));
    });
}
