//! The pages and the API as people and programs meet them, in a whole city with one flow of cases.

use clock::{Limit, Limits};
use flow::{CaseHead, Command, NewCase, Order};
use frame::Office;
use testkit::City;
use testkit::each_city;

use super::{EXAMINE, RECEIVE, calendar};

/// An office that files cases, so that there is something to watch.
static SAMPLE: Office = Office {
    permissions: &[&RECEIVE, &EXAMINE],
    install: Some(|tx, _, now| {
        let sample = include_str!("../../../../kernel/flow/tests/sample.json");
        let sample = flow::Definition::from_json(sample).map_err(base::Fault::from)?;
        flow::install(tx, &sample, now)
    }),
    cases: Some("/desk/cases"),
    ..Office::named("sample", "样例", "为监察提供办件")
};
static OFFICES: &[&Office] = &[&SAMPLE, &crate::OFFICE];

async fn peopled(city: &City) {
    city.organ("city", None, "鄂州市人民政府", "001").await;
    city.organ("bureau", Some("city"), "鄂州市某局", "101").await;
    city.organ("other", Some("city"), "鄂州市另一局", "102").await;
    city.account("clerk", "李窗口", "clerk", "bureau").await;
    city.account("examiner", "孙审查", "examiner", "bureau").await;
    city.account("neighbour", "吴窗口", "clerk", "other").await;
    city.account("supervisor", "郑监察", "supervisor", "city").await;
    city.account("citizen", "王小明", "citizen", "").await;
}

/// A case accepted today: promised in ten working days, due by law in twenty.
async fn accepted(city: &City) -> CaseHead {
    let (actor, now) = (city.actor("clerk").await, city.now());
    let new = NewCase {
        item_code: "000125002000".into(),
        item_name: "测试事项".into(),
        title: "测试事项的申请".into(),
        organ: "bureau".into(),
        applicant_name: "欧阳小明".into(),
        limits: Limits {
            legal: Some(Limit::working(20)),
            promised: Some(Limit::working(10)),
            basis: "行政许可法第四十二条".into(),
        },
        ..NewCase::new(now, "sample", "sample", "counter")
    };
    let accept = Order::new(now, "sample", new.id, Command::Accept);
    let applied = city.hall.write(move |tx| {
        let over = access::Over::Organ("bureau".into());
        let permit = access::authorise(tx, &actor, &RECEIVE, over)?;
        flow::open_case(tx, &permit, &new, calendar())?;
        flow::apply(tx, &permit, &accept, calendar())
    });
    applied.await.expect("accepted").case
}

async fn signal_of(city: &City, case: &CaseHead) -> flow::Signal {
    let id = case.id;
    let found = city.hall.store.read(move |reader| flow::signals_of(reader, id)).await;
    found.expect("read").pop().expect("a signal")
}

#[test]
fn a_reminder_reaches_the_inbox_and_the_board_and_is_received() {
    each_city(OFFICES, async |city| {
        peopled(&city).await;
        let case = accepted(&city).await;
        city.pass_working_days(9);
        city.job("supervision.watch").await;
        let signal = signal_of(&city, &case).await;
        let clerk = city.client("clerk").await;
        let here = format!("/desk/signals/{}", signal.id);
        clerk.get("/desk/signals").await.expect(200).says("提示").says(&case.no).says(&here);
        clerk.get(&here).await.expect(200).says("签收").says("还有 1 个工作日");
        assert_eq!(clerk.post(&format!("{here}/seen"), &[]).await.expect(303).leads_to(), here);
        clerk.get(&here).await.expect(200).says("已签收").says("签收监察信号");
        // A second press finds it received already.
        clerk.post(&format!("{here}/seen"), &[]).await.expect(409);
        let neighbour = city.client("neighbour").await;
        neighbour.get(&here).await.expect(403);
        assert!(!neighbour.get("/desk/signals").await.expect(200).text.contains(&case.no));
        city.client("citizen").await.get("/desk/signals").await.expect(403);
        assert!(city.visitor().get(&here).await.expect(303).leads_to().starts_with("/sign-in"));
    });
}

#[test]
fn an_appeal_is_decided_by_supervision_and_every_word_is_kept() {
    each_city(OFFICES, async |city| {
        peopled(&city).await;
        let case = accepted(&city).await;
        city.pass_working_days(11);
        city.job("supervision.watch").await;
        let signal = signal_of(&city, &case).await;
        assert_eq!(signal.level, flow::Level::Yellow);
        let (clerk, desk) = (city.client("clerk").await, city.client("supervisor").await);
        let appeal = format!("/desk/signals/{}/appeal", signal.id);
        clerk.post(&appeal, &[("words", " ")]).await.expect(422).says("请写明理由或者情况");
        let long = "长".repeat(1_001);
        clerk.post(&appeal, &[("words", &long)]).await.expect(422).says(&long);
        clerk.post(&appeal, &[("words", "等待省厅批复")]).await.expect(303);
        let here = format!("/desk/supervision/signals/{}", signal.id);
        desk.get("/desk/supervision/signals").await.expect(200).says("申辩中");
        desk.get(&here).await.expect(200).says("等待省厅批复").says("维持黄牌");
        clerk.post(&format!("{here}/uphold"), &[("words", "我自己维持")]).await.expect(403);
        let uphold = format!("{here}/uphold");
        desk.post(&uphold, &[("words", "批复不计入期限的理由不成立")]).await.expect(303);
        desk.post(&format!("{here}/close"), &[("words", "")]).await.expect(422);
        desk.post(&format!("{here}/close"), &[("words", "已办结并整改")]).await.expect(303);
        let page = desk.get(&here).await.expect(200);
        for words in ["等待省厅批复", "理由不成立", "已办结并整改", "不能删除"]
        {
            page.says(words);
        }
        desk.post(&format!("{here}/cancel"), &[("words", "迟了")]).await.expect(409);
    });
}

/// Gives a person one more post.
async fn also(city: &City, login: &str, role: &'static str, organ: &'static str) {
    let (login, now) = (login.to_owned(), city.now());
    let give = move |tx: &store::Tx<'_>| {
        let account = access::account_by_login(tx, &login)?.expect("the account");
        let holding = access::Holding {
            id: base::Id::mint(now),
            account: account.id,
            role: role.into(),
            organ: organ.into(),
            post: access::role_title(role).into(),
            from: now.day(),
            until: None,
        };
        access::give_holding(tx, &access::clockwork("test"), &holding)
    };
    city.hall.write(give).await.expect("the post is given");
}

#[test]
fn a_supervisor_leaves_the_signals_that_are_their_own_to_another() {
    each_city(OFFICES, async |city| {
        peopled(&city).await;
        city.account("second", "钱监察", "supervisor", "city").await;
        let case = accepted(&city).await;
        city.pass_working_days(11);
        city.job("supervision.watch").await;
        let signal = signal_of(&city, &case).await;
        // The case lay on no desk: the card is everyone's in the bureau, theirs too.
        also(&city, "supervisor", "clerk", "bureau").await;
        let (own, other) = (city.client("supervisor").await, city.client("second").await);
        let here = format!("/desk/supervision/signals/{}", signal.id);
        let page = own.get(&here).await.expect(200);
        page.says("不能由您维持、撤销或者办结").says("第七十六条");
        assert!(!page.text.contains("确认整改办结"), "{}", page.text);
        for act in ["close", "cancel", "uphold"] {
            let refused = own.post(&format!("{here}/{act}"), &[("words", "自己办结")]).await;
            refused.expect(403).says("不能由您维持、撤销或者办结");
        }
        own.get(&format!("/desk/signals/{}", signal.id)).await.expect(200).says("提出申辩");
        other.get(&here).await.expect(200).says("确认整改办结");
        other.post(&format!("{here}/close"), &[("words", "已整改")]).await.expect(303);
        // A signal that is settled is everyone's to read.
        own.get(&here).await.expect(200).says("记录长期保存");
    });
}

#[test]
fn supervision_sees_every_department_and_its_cases_by_their_clock() {
    each_city(OFFICES, async |city| {
        peopled(&city).await;
        let late = accepted(&city).await;
        city.pass_working_days(21);
        let fresh = accepted(&city).await;
        city.job("supervision.watch").await;
        let desk = city.client("supervisor").await;
        desk.get("/desk/supervision").await.expect(200).says("鄂州市某局").says("超过法定期限");
        let page = desk.get("/desk/supervision/bureau").await.expect(200);
        assert!(page.text.find(&late.no) < page.text.find(&fresh.no));
        page.says("已超").says("还剩").says(&format!("/desk/cases/{}", late.no));
        let only = desk.get("/desk/supervision/bureau?show=late").await.expect(200);
        assert!(only.text.contains(&late.no) && !only.text.contains(&fresh.no));
        desk.get("/desk/supervision/nowhere").await.expect(404);
        desk.get("/desk/supervision/bureau?after=nonsense").await.expect(422);
        desk.get("/desk/supervision/rules").await.expect(200).says("R01").says("R03").says("R04");
        city.client("clerk").await.get("/desk/supervision").await.expect(403);
    });
}

#[test]
fn the_wall_screen_counts_and_names_nobody() {
    each_city(OFFICES, async |city| {
        peopled(&city).await;
        let late = accepted(&city).await;
        city.pass_working_days(21);
        city.job("supervision.watch").await;
        let page = city.client("supervisor").await.get("/board/supervision").await.expect(200);
        page.says("1 件超期").says("红牌 1 张").says("测试事项");
        assert!(!page.text.contains("欧阳小明") && !page.text.contains(&late.no));
        city.client("clerk").await.get("/board/supervision").await.expect(403);
    });
}

#[test]
fn programs_of_supervision_read_signals_and_counts() {
    each_city(OFFICES, async |city| {
        peopled(&city).await;
        let case = accepted(&city).await;
        city.pass_working_days(21);
        city.job("supervision.watch").await;
        let desk = city.client("supervisor").await;
        let page = desk.get("/api/v1/signals").await.expect(200).json();
        let rules: Vec<_> = page["signals"].as_array().expect("a list").iter().collect();
        assert_eq!(rules.len(), 2);
        assert!(rules.iter().all(|one| one["case"] == case.no.as_str()));
        assert!(rules.iter().any(|one| one["level"] == "red" && one["level_title"] == "红牌"));
        assert!(page["next"].is_null());
        let organs = desk.get("/api/v1/supervision/organs").await.expect(200).json();
        assert_eq!(organs["organs"][0]["over_law"], 1);
        assert_eq!(organs["day"], city.now().day().to_string());
        let bad = desk.get("/api/v1/signals?after=nonsense").await.expect(422).json();
        assert_eq!(bad["error"]["code"], "supervision.after");
        city.client("clerk").await.get("/api/v1/signals").await.expect(403);
        city.visitor().get("/api/v1/signals").await.expect(401);
    });
}

#[test]
fn the_watch_runs_by_itself_and_twice_without_harm() {
    each_city(OFFICES, async |city| {
        peopled(&city).await;
        for _ in 0..60 {
            accepted(&city).await;
        }
        city.pass_working_days(21);
        city.job("supervision.watch").await;
        city.job("supervision.watch").await;
        let scope = flow::Scope::city();
        let counts = city.hall.store.read(move |reader| flow::signal_counts(reader, &scope)).await;
        let counts = counts.expect("read");
        assert_eq!((counts.yellow, counts.red), (60, 60));
        // The act of a signal is in the log like any other.
        let act = city.hall.store.read(|reader| ledger::acts_after(reader, 0, 500)).await;
        let raised = act.expect("read");
        let raised = raised.iter().filter(|act| act.kind == "supervision.signal_raised").count();
        assert_eq!(raised, 120);
    });
}

#[test]
fn a_cancelled_card_stays_cancelled_and_stays_in_the_table() {
    each_city(OFFICES, async |city| {
        peopled(&city).await;
        let case = accepted(&city).await;
        city.pass_working_days(11);
        city.job("supervision.watch").await;
        let signal = signal_of(&city, &case).await;
        let desk = city.client("supervisor").await;
        let cancel = format!("/desk/supervision/signals/{}/cancel", signal.id);
        desk.post(&cancel, &[("words", "放假安排公布后期限顺延")]).await.expect(303);
        city.job("supervision.watch").await;
        let one = signal.id;
        let again = city.hall.store.read(move |reader| flow::signal_by_id(reader, one)).await;
        let state = again.expect("read").map(|signal| signal.state);
        assert_eq!(state, Some(flow::SignalState::Cancelled));
        let deleted = city
            .hall
            .write(move |tx| Ok(tx.run("DELETE FROM flow_signals WHERE id = $1", &[one.into()])?));
        assert!(deleted.await.is_err());
    });
}
