//! Scenarios of the day on which a change of an organ holds: what moves under it, what faults, what counts on what.

use serde_json::Value;
use testkit::City;
use testkit::city::each_city;

use super::organs::{WHY, bureaus, coming, reformed};
use super::posts::first;
use super::{OFFICES, record};

const DAY_SECONDS: i64 = 24 * 3_600;

const FOUND: [(&str, &str); 8] = [
    ("name", "数据局"),
    ("short_name", "数据局"),
    ("id", "shuju"),
    ("parent", "city"),
    ("kind", "department"),
    ("code", "088"),
    ("division", "420700"),
    ("from", "2026-03-05"),
];

async fn run(city: &City, statements: &'static [&'static str]) {
    let done = city.hall.write(move |tx| {
        for statement in statements {
            tx.run(statement, &[])?;
        }
        Ok(())
    });
    done.await.expect("the statements run");
}

/// From now on the posts of the 城关所 move whenever a change of an organ is made.
async fn posts_move(city: &City) {
    run(city, match city.hall.store.dialect() {
        store::Dialect::Sqlite => &[
            "CREATE TRIGGER posts_move AFTER UPDATE ON access_organ_changes
             BEGIN UPDATE access_holdings SET ended_at = 1 WHERE organ = 'suo'; END",
        ],
        store::Dialect::Postgres => &[
            "CREATE FUNCTION posts_move() RETURNS trigger LANGUAGE plpgsql AS
             'BEGIN UPDATE access_holdings SET ended_at = 1 WHERE organ = ''suo''; RETURN NEW; END'",
            "CREATE TRIGGER posts_move AFTER UPDATE ON access_organ_changes
             FOR EACH ROW EXECUTE FUNCTION posts_move()",
        ],
    })
    .await;
}

async fn posts_rest(city: &City) {
    run(
        city,
        match city.hall.store.dialect() {
            store::Dialect::Sqlite => &["DROP TRIGGER posts_move"],
            store::Dialect::Postgres => &["DROP TRIGGER posts_move ON access_organ_changes"],
        },
    )
    .await;
}

#[test]
fn a_change_under_which_posts_keep_moving_waits_for_the_next_round() {
    each_city(OFFICES, async |city: City| {
        bureaus(&city).await;
        city.account("suozhang", "所长", "clerk", "suo").await;
        let end = [("successor", "zhi"), ("from", "2026-03-05")];
        reformed(&city, "/desk/organs/suo/end", &end).await;
        posts_move(&city).await;
        city.clock.pass_seconds(3 * DAY_SECONDS);
        city.job("identity.organs").await;
        let keeper = city.client("keeper").await;
        let list = keeper.get("/desk/organs").await.expect(200);
        list.says("撤销城关所").says("到了日子，还没有生效").says("平台每分钟再试一次");
        assert!(record(&city).await.iter().all(|act| act.kind != "identity.organ_stuck"));

        // At the next round nothing moves any more.
        posts_rest(&city).await;
        city.clock.pass_seconds(60);
        city.job("identity.organs").await;
        let page = keeper.get("/desk/organs/suo").await.expect(200);
        page.says("已撤销").says("已经生效");
        let day = "2026-03-05".parse().unwrap();
        let posts =
            city.hall.store.read(move |r| access::posts_in(r, "zhi", day, 10)).await.unwrap();
        assert!(posts.iter().any(|post| post.name == "所长"), "the post goes along");
    });
}

#[test]
fn a_change_that_faults_holds_up_no_other_and_can_be_cancelled() {
    each_city(OFFICES, async |city: City| {
        bureaus(&city).await;
        let rename = [("name", "市场监督管理局"), ("short_name", "市监局"), ("from", "2026-03-04")];
        reformed(&city, "/desk/organs/ju/rename", &rename).await;
        let later = [("name", "城关市监所"), ("short_name", "城关所"), ("from", "2026-03-05")];
        reformed(&city, "/desk/organs/suo/rename", &later).await;
        // What its next name would be kept as is taken: a mistake in the data.
        run(&city, &[
            "INSERT INTO access_organ_states (organ, turn, from_day, until_day, parent, name, short_name)
             VALUES ('ju', 2, 0, 0, 'city', '旧名', '旧名')",
        ])
        .await;
        city.clock.pass_seconds(3 * DAY_SECONDS);
        let job = city.hall.job("identity.organs").expect("the job");
        let told = (job.work)(city.hall.clone(), Value::Null, city.now()).await;
        assert!(matches!(told, Err(base::Stop::Failed(_))), "the fault is told: {told:?}");
        let keeper = city.client("keeper").await;
        let list = keeper.get("/desk/organs").await.expect(200);
        list.says("城关市监所").says("到了日子，还没有生效").says("工商行政管理局");

        // Two people take it back, and the rounds are whole again.
        let page = coming(&keeper, "/desk/organs").await;
        reformed(&city, &format!("{page}/cancel"), &[]).await;
        city.job("identity.organs").await;
        keeper.get(&page).await.expect(200).says("已经取消");
    });
}

#[test]
fn who_has_proposed_a_cancelling_does_not_settle_it_and_it_can_be_declined() {
    each_city(OFFICES, async |city: City| {
        bureaus(&city).await;
        let end = [("successor", "zhi"), ("from", "2026-03-05")];
        reformed(&city, "/desk/organs/suo/end", &end).await;
        let (keeper, second) = (city.client("keeper").await, city.client("second").await);
        let page = coming(&keeper, "/desk/organs").await;
        second.post(&format!("{page}/cancel"), &[WHY]).await.expect(403);
        keeper.post(&format!("{page}/cancel"), &[WHY]).await.expect(303);
        let proposal = first(&second).await;
        keeper.post(&format!("{proposal}/agree"), &[]).await.expect(422);
        keeper.get(&page).await.expect(200).says("等那一天");
        let why = [("reason", "按原方案办")];
        second.post(&format!("{proposal}/decline"), &why).await.expect(303);
        city.clock.pass_seconds(3 * DAY_SECONDS);
        city.job("identity.organs").await;
        let keeper = city.client("keeper").await;
        keeper.get(&page).await.expect(200).says("已经生效");
    });
}

#[test]
fn an_organ_ends_in_favour_of_one_that_is_founded_on_the_same_day() {
    each_city(OFFICES, async |city: City| {
        bureaus(&city).await;
        city.account("suozhang", "所长", "clerk", "suo").await;
        let keeper = city.client("keeper").await;
        let end = "/desk/organs/suo/end";
        let same_day = [("successor", "shuju"), ("from", "2026-03-05")];
        keeper.post(end, &[&same_day[..], &[WHY]].concat()).await.expect(422).says("没有这个机构");
        reformed(&city, "/desk/organs", &FOUND).await;
        let founding = coming(&keeper, "/desk/organs").await;
        // It has no page of its own before: its address leads to what was agreed to.
        let there = keeper.get("/desk/organs/shuju").await.expect(303);
        assert_eq!(there.header("location"), Some(founding.as_str()));
        keeper.get("/desk/organs/suo").await.expect(200).says("数据局（从2026年3月5日起设立）");
        let early = [("successor", "shuju"), ("from", "2026-03-04"), WHY];
        keeper.post(end, &early).await.expect(422).says("数据局从2026年3月5日起才设立");
        reformed(&city, end, &same_day).await;
        keeper.get("/desk/organs").await.expect(200).says("撤销城关所，由数据局承接");
        // What something counts on is not cancelled alone.
        let alone = keeper.post(&format!("{founding}/cancel"), &[WHY]).await.expect(422);
        alone.says("城关所从2026年3月5日起的变更要靠数据局").says("请先提出取消那一项变更");

        city.clock.pass_seconds(3 * DAY_SECONDS);
        city.job("identity.organs").await;
        let keeper = city.client("keeper").await;
        keeper.get("/desk/organs/suo").await.expect(200).says("已撤销").says("数据局");
        keeper.get("/desk/organs/shuju").await.expect(200).says("所长");
    });
}
