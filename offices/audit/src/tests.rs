//! Scenarios of the audit desk on both databases.

use base::Id;
use frame::Office;
use ledger::{Act, Recorded, Sought, Who};
use serde_json::json;
use testkit::city::{City, each_city};

use crate::rules;
use crate::terms::{RAISED, SEARCHED};

const OFFICES: &[&Office] = &[&crate::OFFICE];

async fn staffed(city: &City) {
    city.organ("city", None, "鄂州市人民政府办公室", "001").await;
    city.organ("market", Some("city"), "鄂州市市场监督管理局", "012").await;
    city.account("watcher", "冯岩", "auditor", "city").await;
    city.account("warden", "郑洁", "secadmin", "city").await;
    city.account("limin", "李敏", "clerk", "market").await;
    city.account("limin2", "李敏", "clerk", "city").await;
    city.account("wangwu", "王武", "clerk", "market").await;
}

/// Somebody in a post of the market's organ does this to a thing, now.
async fn did(city: &City, login: &str, kind: &str, subject: (&str, &str)) -> Id<Act> {
    let sought = login.to_owned();
    let account = city.hall.store.read(move |r| access::account_by_login(r, &sought)).await;
    let account = account.unwrap().unwrap();
    let who = Who {
        account: Some(account.id.to_string()),
        name: account.name,
        post: "窗口工作人员".into(),
        organ: "market".into(),
        organ_name: "鄂州市市场监督管理局".into(),
        on_behalf: None,
    };
    let act = Act::new(city.now(), kind, subject.0, subject.1)
        .authority("行政许可法第三十二条")
        .content(json!({ "title": subject.1 }));
    let id = act.id;
    city.hall.write(move |tx| ledger::record(tx, &who, &act)).await.unwrap();
    id
}

async fn found(city: &City, sought: Sought) -> Vec<Recorded> {
    city.hall.store.read(move |r| Ok(ledger::search(r, &sought, None, 50)?.rows)).await.unwrap()
}

#[test]
fn the_record_is_searched_by_person_organ_act_subject_and_day() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        did(&city, "limin", "portal.drafted", ("document", "甲号通知")).await;
        did(&city, "wangwu", "portal.checked", ("document", "乙号通知")).await;
        city.pass_working_days(1);
        did(&city, "limin", "portal.checked", ("document", "丙号通知")).await;
        let watcher = city.client("watcher").await;
        let all = watcher.get("/desk/audit").await.expect(200);
        all.says("甲号通知").says("乙号通知").says("丙号通知").says("行政许可法第三十二条");
        let of = async |query: &str| {
            let page = watcher.get(&format!("/desk/audit?{query}")).await.expect(200);
            ["甲", "乙", "丙"].map(|one| page.text.contains(&format!("{one}号通知")))
        };
        assert_eq!(of("who=limin").await, [true, false, true]);
        assert_eq!(of("who=%E7%8E%8B%E6%AD%A6").await, [false, true, false], "by name");
        assert_eq!(of("act=portal.checked").await, [false, true, true]);
        assert_eq!(of("who=limin&act=portal.checked").await, [false, false, true]);
        assert_eq!(of("organ=market").await, [true, true, true]);
        assert_eq!(of("organ=city").await, [false, false, false]);
        assert_eq!(of("until=2026-03-02").await, [true, true, false]);
        assert_eq!(of("from=2026-03-03&until=2026-03-03").await, [false, false, true]);
        assert_eq!(
            of("kind=document&id=%E4%B9%99%E5%8F%B7%E9%80%9A%E7%9F%A5").await,
            [false, true, false]
        );
    });
}

#[test]
fn a_name_that_several_have_asks_which_of_them_is_meant() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let watcher = city.client("watcher").await;
        let page = watcher.get("/desk/audit?who=%E6%9D%8E%E6%95%8F").await.expect(200);
        page.says("叫这个名字的不止一人").says("who=limin2");
        let page = watcher.get("/desk/audit?who=nobody&from=x").await.expect(422);
        page.says("请写日期，例如 2026-03-01");
        watcher.get("/desk/audit?who=nobody").await.expect(422).says("没有找到这个人");
        let page = watcher.get("/desk/audit/people/limin?day=2026-02-30").await.expect(422);
        page.says("没有“2026-02-30”这一天").says("value=\"2026-02-30\"");
        watcher.get("/desk/audit?no=1").await.expect(422).says("没有找到这个办件");
    });
}

#[test]
fn the_record_is_leafed_through_page_by_page_and_nothing_is_shown_twice() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        for n in 0..120 {
            did(&city, "limin", "portal.drafted", ("document", &format!("第{n}号通知"))).await;
        }
        let watcher = city.client("watcher").await;
        let mut path = "/desk/audit?act=portal.drafted".to_owned();
        let mut seen = Vec::new();
        loop {
            let page = watcher.get(&path).await.expect(200);
            let told = (0..120).filter(|n| page.text.contains(&format!("第{n}号通知")));
            seen.extend(told);
            let Some((_, next)) = page.text.split_once("pager-next\" href=\"") else { break };
            path = next.split('"').next().unwrap().replace("&amp;", "&");
        }
        assert_eq!(seen.len(), 120);
        seen.dedup();
        assert_eq!(seen.len(), 120);
    });
}

#[test]
fn a_page_that_compared_enough_says_so_and_the_next_one_goes_on() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        did(&city, "limin", "portal.checked", ("document", "甲号通知")).await;
        let limin = city.actor("limin").await.person().unwrap().account.to_string();
        let who = Who { account: Some(limin), ..Who::clockwork() };
        let now = city.now();
        let many = usize::try_from(ledger::LOOKED_MAX).unwrap();
        let acts: Vec<Act> =
            (0..many).map(|n| Act::new(now, "portal.drafted", "document", n)).collect();
        let drafted =
            move |tx: &store::Tx<'_>| acts.iter().try_for_each(|act| ledger::record(tx, &who, act));
        city.hall.write(drafted).await.unwrap();
        let watcher = city.client("watcher").await;
        let path = "/desk/audit?who=limin&act=portal.checked";
        let first = watcher.get(path).await.expect(200);
        first.says("比较了 5000 条记录").says("没有这样的记录");
        let (_, next) = first.text.split_once("pager-next\" href=\"").unwrap();
        let next = next.split('"').next().unwrap().replace("&amp;", "&");
        watcher.get(&next).await.expect(200).says("甲号通知");
    });
}

#[test]
fn what_an_auditor_looked_up_is_on_record_before_it_is_shown() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        did(&city, "limin", "portal.drafted", ("document", "甲号通知")).await;
        let watcher = city.client("watcher").await;
        watcher.get("/desk/audit?who=limin&act=portal.drafted").await.expect(200);
        watcher.get("/desk/audit/people/limin?day=2026-03-02").await.expect(200).says("甲号通知");
        let looks = Sought { kind: Some(SEARCHED.into()), ..rules::always() };
        let looks = found(&city, looks).await;
        assert_eq!(looks.len(), 2);
        assert_eq!(looks[1].content()["query"]["who"], "limin");
        assert_eq!(looks[0].content()["day"], "2026-03-02");
        assert_eq!(looks[0].subject_kind, "account");
        // The auditor cannot leave their own looks out.
        watcher.get("/desk/audit").await.expect(200).says("查阅审计记录").says("冯岩");
    });
}

#[test]
fn the_security_administrator_sees_what_auditors_did_and_nothing_else() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        did(&city, "limin", "portal.drafted", ("document", "甲号通知")).await;
        did(&city, "watcher", "portal.withdrawn", ("document", "乙号通知")).await;
        city.client("watcher").await.get("/desk/audit?who=limin").await.expect(200);
        let warden = city.client("warden").await;
        warden.get("/desk/audit").await.expect(403);
        warden.get("/desk/audit/people/watcher").await.expect(403);
        let looks = warden.get("/desk/audit/auditors").await.expect(200);
        looks.says("冯岩").says("查阅审计记录");
        let all = warden.get("/desk/audit/auditors?who=watcher").await.expect(200);
        all.says("乙号通知");
        assert!(!all.text.contains("甲号通知"));
        let other = warden.get("/desk/audit/auditors?who=limin").await.expect(422);
        other.says("没有用户名是这个的审计管理员");
        city.client("watcher").await.get("/desk/audit/auditors").await.expect(403);
        city.client("limin").await.get("/desk/audit").await.expect(403);
    });
}

#[test]
fn an_act_keeps_from_where_it_was_asked_for_until_that_is_forgotten() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        // What nobody asked for has no address.
        did(&city, "limin", "portal.drafted", ("document", "甲号通知")).await;
        let watcher = city.client("watcher").await;
        watcher.get("/desk/audit?who=limin").await.expect(200);
        let here = || Sought { address: Some("127.0.0.1".into()), ..rules::always() };
        let asked = found(&city, here()).await;
        assert_eq!(asked.len(), 1);
        assert_eq!(asked[0].kind, SEARCHED);
        let page = watcher.get("/desk/audit?address=127.0.0.1").await.expect(200);
        page.says("127.0.0.1").says("查阅审计记录");
        assert!(!page.text.contains("甲号通知"));
        let (from, until) = (rules::always().from, city.now().plus_seconds(1));
        let forgotten = city.hall.write(move |tx| ledger::forget_addresses(tx, from, until)).await;
        assert_eq!(forgotten.unwrap(), 2);
        assert!(found(&city, here()).await.is_empty());
        // What was proven is proven still.
        city.settle().await;
        let key = city.hall.keys.log_key().public();
        let audit = ledger::audit(&city.hall.ledger, &key).await.unwrap();
        assert_eq!(audit.wrong, Vec::<String>::new());
    });
}

#[test]
fn many_looks_in_an_hour_are_a_security_event_once() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        for n in 0..61 {
            did(&city, "limin", "ask.answered", ("subject", &format!("{n}"))).await;
            // Again and again at the same person is no bulk look-up.
            did(&city, "wangwu", "ask.answered", ("subject", "1")).await;
        }
        city.job("audit.watch").await;
        city.job("audit.watch").await;
        let watcher = city.client("watcher").await;
        let list = watcher.get("/desk/audit/events").await.expect(200);
        list.says("李敏（limin）").says("查看了 61 个不同对象的信息").says("A01");
        assert!(!list.text.contains("王武"), "{}", list.text);
        let raised = Sought { kind: Some(RAISED.into()), ..rules::always() };
        assert_eq!(found(&city, raised).await.len(), 1);
        // It is closed with words, by an act, and stays.
        let (_, id) = list.text.split_once("/desk/audit/events/").unwrap();
        let path = format!("/desk/audit/events/{}", id.split('"').next().unwrap());
        let explain = format!("{path}/explain");
        watcher.post(&explain, &[("words", " ")]).await.expect(422).says("请写明核查了什么");
        watcher.post(&explain, &[("words", "窗口集中核验，有任务单")]).await.expect(303);
        watcher.get(&path).await.expect(200).says("窗口集中核验，有任务单").says("冯岩");
        watcher.post(&explain, &[("words", "再说一次")]).await.expect(409);
        watcher.get("/desk/audit/events").await.expect(200).says("没有这样的安全事件");
        watcher.get("/desk/audit/events?tab=explained").await.expect(200).says("李敏");
        city.client("limin").await.get("/desk/audit/events").await.expect(403);
        let deleted = city.hall.store.write(|tx| Ok(tx.run("DELETE FROM audit_events", &[])?));
        assert!(deleted.await.is_err(), "an event is never deleted");
    });
}

#[test]
fn nobody_explains_an_event_that_concerns_them() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        for n in 0..61 {
            did(&city, "watcher", "ask.answered", ("subject", &format!("{n}"))).await;
        }
        city.job("audit.watch").await;
        let watcher = city.client("watcher").await;
        let list = watcher.get("/desk/audit/events").await.expect(200);
        let (_, id) = list.text.split_once("/desk/audit/events/").unwrap();
        let path = format!("/desk/audit/events/{}", id.split('"').next().unwrap());
        watcher.get(&path).await.expect(200).says("涉及您本人");
        let words = [("words", "没有问题")];
        watcher.post(&format!("{path}/explain"), &words).await.expect(403).says("第七十六条");
        let warden = city.client("warden").await;
        warden.post(&format!("{path}/explain"), &words).await.expect(303);
    });
}

#[test]
fn work_at_night_and_failed_sign_ins_are_seen_and_an_ordinary_morning_is_not() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let lists = async || {
            city.job("audit.watch").await;
            city.client("watcher").await.get("/desk/audit/events").await.expect(200).text
        };
        for n in 0..31 {
            did(&city, "limin", "portal.drafted", ("document", &format!("第{n}号通知"))).await;
        }
        assert!(lists().await.contains("没有这样的安全事件"));
        city.clock.pass_seconds(14 * 3_600);
        for n in 0..31 {
            did(&city, "limin", "portal.drafted", ("document", &format!("第{n}号公告"))).await;
        }
        assert!(lists().await.contains("在非工作时间办理了 31 次"));
        let id = did(&city, "limin", "portal.drafted", ("document", "x")).await.to_string();
        for _ in 0..10 {
            did(&city, "watcher", "identity.sign_in_failed", ("login", &id)).await;
        }
        assert!(lists().await.contains("没有通过身份验证 10 次"));
    });
}

#[test]
fn who_tries_doors_again_and_again_is_a_security_event() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let (limin, watcher) = (city.client("limin").await, city.client("watcher").await);
        for n in 0..9 {
            limin.get(&format!("/desk/audit/people/person-{n}?day=2026-03-02")).await.expect(403);
        }
        city.job("audit.watch").await;
        watcher.get("/desk/audit/events").await.expect(200).says("没有这样的安全事件");
        limin.post("/desk/audit/events/x/explain", &[("words", "x")]).await.expect(403);
        city.job("audit.watch").await;
        let list = watcher.get("/desk/audit/events").await.expect(200);
        list.says("李敏（limin）").says("因没有权限或者应当回避被拒绝 10 次").says("A05");
        let refused = Sought { kind: Some("access.refused".into()), ..rules::always() };
        let acts = found(&city, refused.clone()).await;
        let paths: Vec<_> = acts.iter().map(|act| act.content()["path"].to_string()).collect();
        assert_eq!(paths[0], "\"/desk/audit/events/x/explain\"");
        assert_eq!(paths[1], "\"/desk/audit/people/person-8\"");
        assert_eq!(acts[0].who().unwrap().name, "李敏");
        // Who goes on for an hour fills no disk.
        for _ in 0..70 {
            limin.get("/desk/audit").await.expect(403);
        }

        let kept = city.hall.store.read(|r| {
            let words =
                "SELECT CAST(COUNT(*) AS BIGINT) FROM ledger_acts WHERE kind = 'access.refused'";
            Ok(r.one::<i64>(words, &[])?)
        });
        assert_eq!(kept.await.unwrap(), 60);
        // Whom nobody knows leaves no line here: the page asks them to sign in.
        city.visitor().get("/desk/audit").await.expect(303);
    });
}

#[test]
fn addresses_are_erased_after_their_time_and_not_before() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        city.client("watcher").await.get("/desk/audit?who=limin").await.expect(200);
        let here = || Sought { address: Some("127.0.0.1".into()), ..rules::always() };
        city.clock.pass_seconds(366 * 86_400);
        city.job("audit.forget").await;
        assert_eq!(found(&city, here()).await.len(), 1, "twelve months are kept");
        city.clock.pass_seconds(40 * 86_400);
        city.job("audit.forget").await;
        assert!(found(&city, here()).await.is_empty());
    });
}

#[test]
fn the_record_is_held_against_itself_and_who_watches_over_it_is_told() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        did(&city, "limin", "portal.drafted", ("document", "甲号通知")).await;
        city.settle().await;
        crate::acts::check::check(&city.hall, city.now()).await.unwrap();
        let told = async || {
            let now = city.now();
            let amiss = move |r: &::store::Reader<'_>| crate::acts::check::amiss(r, now);
            city.hall.store.read(amiss).await.unwrap().unwrap_or_default()
        };
        assert_eq!(told().await, "", "all is well, and nobody is bothered");
        let of = |kind: &str| Sought {
            kind: Some(kind.into()),
            ..Sought::between(city.now().plus_seconds(-86_400), city.now().plus_seconds(1))
        };
        let whole = found(&city, of(crate::terms::CHECKED)).await;
        assert_eq!(whole[0].content()["acts"], 1);
        // Somebody who owns the database makes the act another's.
        city.clock.pass_seconds(3_600);
        let forge = |tx: &::store::Tx<'_>| {
            testkit::database::unguard(tx)?;
            let sql = "UPDATE ledger_acts SET organ = 'city' WHERE kind = 'portal.drafted'";
            Ok(tx.run(sql, &[])?)
        };
        city.hall.write(forge).await.unwrap();
        crate::acts::check::check(&city.hall, city.now()).await.unwrap();
        let broken = found(&city, of(crate::terms::BROKEN)).await;
        assert!(broken[0].content()["wrong"][0].as_str().unwrap().contains("索引与它的内容不符"));
        assert!(told().await.contains("办理记录和登记簿的承诺不符"));
        // Mended, it is told no more; and a city in which nobody looks says so.
        let mend = "UPDATE ledger_acts SET organ = 'market' WHERE kind = 'portal.drafted'";
        city.hall.write(move |tx| Ok(tx.run(mend, &[])?)).await.unwrap();
        city.clock.pass_seconds(3_600);
        crate::acts::check::check(&city.hall, city.now()).await.unwrap();
        assert_eq!(told().await, "");
        city.clock.pass_seconds(4 * 86_400);
        assert!(told().await.contains("没有自查过"));
    });
}

/// The city's own rule of looks, so many and from a day on.
fn own_rule(version: i64, more_than: u32, from: base::Day, until: Option<base::Day>) -> String {
    json!([{
        "id": "A01", "version": version, "name": "本市：一小时内查看很多人的信息",
        "measure": { "kind": "looks", "acts": ["portal.drafted"] }, "more_than": more_than,
        "basis": "本市网络安全管理办法第八条", "text": "超过规定的人数，作为安全事件核查。",
        "from_day": from.to_string(), "until_day": until.map(|day| day.to_string()),
    }])
    .to_string()
}

/// Three looks of one official, and the events after the hour's watch.
async fn three_looks(city: &City) -> usize {
    for n in 0..3 {
        did(city, "limin", "portal.drafted", ("document", &format!("{n}"))).await;
    }
    city.job("audit.watch").await;
    let raised = Sought { kind: Some(RAISED.into()), ..rules::always() };
    found(city, raised).await.len()
}

#[test]
fn a_city_enters_its_own_rule_and_it_holds_from_its_day_until_its_day() {
    // The kinds that a rule counts are those of the city's offices.
    static PORTAL: Office = Office {
        acts: &[ledger::ActKind { name: "portal.drafted", title: "起草" }],
        ..Office::named("portal", "门户", "测试")
    };
    static WITH_PORTAL: [&Office; 2] = [&crate::OFFICE, &PORTAL];
    each_city(&WITH_PORTAL, async |city: City| {
        staffed(&city).await;
        let today = city.now().day();
        let enter = async |text: String| {
            let entered = crate::enter_rules(&city.hall, &text).await;
            entered.map_err(|stop| stop.refusal().expect("a refusal").message.clone())
        };
        assert_eq!(three_looks(&city).await, 0, "the program's rule counts no drafts");
        // From tomorrow on; today's hours are judged by what holds today.
        assert_eq!(enter(own_rule(1, 2, today.plus(1), None)).await, Ok(1));
        city.clock.pass_seconds(3_600);
        assert_eq!(three_looks(&city).await, 0);
        city.clock.pass_seconds(24 * 3_600);
        assert_eq!(three_looks(&city).await, 1);
        let warden = city.client("warden").await;
        let page = warden.get("/desk/audit/events").await.expect(200);
        page.says("本市：一小时内查看很多人的信息").says("本市网络安全管理办法第八条").says("A02");
        assert!(!page.text.contains("超过 60 个不同的人"), "the program's own stands back");
        // What stands is not changed, only ended; a new version says something else.
        let today = city.now().day();
        let first = today;
        assert_eq!(
            enter(own_rule(1, 2, first, None)).await,
            Ok(1),
            "as it stands, nothing changes"
        );
        let words = enter(own_rule(1, 9, first, None)).await.unwrap_err();
        assert!(words.contains("写成第 2 版"), "{words}");
        assert_eq!(enter(own_rule(2, 9, today.plus(1), None)).await, Ok(1));
        assert_eq!(enter(own_rule(1, 2, first, Some(today))).await, Ok(1));
        city.clock.pass_seconds(24 * 3_600);
        assert_eq!(three_looks(&city).await, 1, "the second version counts more");
        let unknown = own_rule(3, 1, city.now().day(), None).replace("portal.drafted", "no.such");
        assert!(enter(unknown).await.unwrap_err().contains("没有“no.such”这种行为"));
        assert!(enter("[]".into()).await.unwrap_err().contains("1 到"));
        assert!(enter("{".into()).await.unwrap_err().contains("第 1 行"));
        let entered = Sought { kind: Some("audit.rule_entered".into()), ..rules::always() };
        assert_eq!(found(&city, entered).await.len(), 3, "each is an act, and no refusal is");
    });
}
