//! Firms that have ended and hold permits: each organ that issued one has its own case, whatever came first.

use std::sync::Arc;

use approvals_contract::{
    Held, Holders, HoldersAmong, PERMITTED, Permit, PermitState, Permits, PermitsOf, VOIDED,
};
use entities_contract::{CORRECTED, ENDED, End};
use serde::Deserialize;
use testkit::city::each_city;

use super::*;

const SHOP: &str = "914403001922038216";
const FOOD: &str = "91330100799655058B";
const WATCH: &[(&str, &str)] = &[
    ("name", "注销的单位持有许可"),
    ("kind", "ended_firm"),
    ("ground", "《中华人民共和国行政许可法》第七十条第三项"),
];

/// What the sample tells is what it has announced before.
fn announced_on(reader: &Reader<'_>, firm: &str, kinds: &[&str]) -> Outcome<Vec<Value>> {
    let acts = ledger::acts_of(reader, "entity", firm)?;
    let acts = acts.iter().filter(|act| kinds.contains(&act.kind.as_str()));
    Ok(acts.map(ledger::Recorded::content).collect())
}

pub(super) fn entity(
    reader: &Reader<'_>,
    _keys: &seal::Keys,
    asked: &Value,
    _now: Moment,
) -> Outcome<Option<Arc<Value>>> {
    let code = asked["code"].as_str().expect("a code");
    let last = announced_on(reader, code, &[ENDED, CORRECTED])?.pop().unwrap_or_default();
    let answer = json!({ "name": "滨湖书店", "status": last["status"], "ended": last["ended"] });
    Ok(Some(Arc::new(answer)))
}

fn permits(reader: &Reader<'_>, firm: &str, on: Day) -> Outcome<Vec<Permit>> {
    let mut permits = Vec::new();
    for one in announced_on(reader, firm, &[PERMITTED])? {
        let case = one["case"].as_str().expect("a case").to_owned();
        let void = ledger::acts_of(reader, "case", &case)?.iter().any(|act| act.kind == VOIDED);
        let until: Option<Day> = one["until"].as_str().and_then(|day| day.parse().ok());
        permits.push(Permit {
            no: format!("42070000820260301{case}"),
            item: "出版物零售".into(),
            certificate: "出版物经营许可证".into(),
            number: "鄂新出发〔2025〕1号".into(),
            holder: "滨湖书店".into(),
            organ: one["organ"].as_str().expect("an organ").into(),
            organ_name: "颁发的局".into(),
            issued: "2025-03-01".parse().expect("a day"),
            until,
            state: match void {
                true => PermitState::Void,
                false if until.is_some_and(|until| until < on) => PermitState::Expired,
                false => PermitState::InForce,
            },
            case,
        });
    }
    Ok(permits)
}

/// One permit a page, so that pages are turned.
pub(super) fn permits_of(
    reader: &Reader<'_>,
    _keys: &seal::Keys,
    asked: &Value,
    now: Moment,
) -> Outcome<Option<Arc<Value>>> {
    let asked = PermitsOf::deserialize(asked).expect("a question");
    let mut found = permits(reader, &asked.firm, now.day())?;
    found.retain(|one| one.case > asked.after);
    let next = (found.len() > 1).then(|| found[0].case.clone());
    found.truncate(1);
    let answer = Permits { permits: Some(found), next };
    Ok(Some(Arc::new(serde_json::to_value(answer).expect("json"))))
}

pub(super) fn holders(
    reader: &Reader<'_>,
    _keys: &seal::Keys,
    asked: &Value,
    now: Moment,
) -> Outcome<Option<Arc<Value>>> {
    let asked = HoldersAmong::deserialize(asked).expect("a question");
    let mut held = Vec::new();
    for firm in asked.firms {
        let permits = permits(reader, &firm, now.day())?.into_iter();
        let cases: Vec<String> =
            permits.filter(|one| one.state == PermitState::InForce).map(|one| one.case).collect();
        if !cases.is_empty() {
            held.push(Held { firm, cases });
        }
    }
    let answer = Holders { held: Some(held) };
    Ok(Some(Arc::new(serde_json::to_value(answer).expect("json"))))
}

async fn recorded(city: &City, kind: &str, (subject, id): (&str, &str), content: Value) {
    let act = Act::new(city.now(), kind, subject, id).content(content);
    let who = ledger::Who::clockwork();
    city.hall.write(move |tx| ledger::record(tx, &who, &act)).await.expect("an act");
    city.clock.pass_seconds(60);
    city.settle().await;
}

async fn ended(city: &City, kind: &str, firm: &str, status: &str) {
    let end = End {
        code: firm.into(),
        status: Some(status.into()),
        ended: (status != "存续").then(|| "2026-02-20".parse().expect("a day")),
    };
    recorded(city, kind, ("entity", firm), serde_json::to_value(end).expect("json")).await;
}

/// An organ issues a permit to a firm.
async fn permitted(city: &City, firm: &str, (case, organ): (&str, &str)) {
    let content = json!({ "firm": firm, "case": case, "organ": organ });
    recorded(city, PERMITTED, ("entity", firm), content).await;
}

fn hit(no: &str) -> String {
    format!("/desk/watches/hits/{no}")
}

async fn acts(city: &City) -> Vec<ledger::Recorded> {
    city.hall.store.read(|r| ledger::acts_after(r, -1, 10_000)).await.expect("acts")
}

#[test]
fn each_organ_that_issued_a_permit_to_a_firm_that_ended_verifies_its_own() {
    each_city(OFFICES, async |city| {
        staffed(&city).await;
        let watch = watched(&city, WATCH).await;
        permitted(&city, SHOP, ("p1", "civil")).await;
        permitted(&city, SHOP, ("p2", "labour")).await;
        permitted(&city, FOOD, ("p3", "civil")).await;
        assert!(open(&city).await.is_empty());
        ended(&city, ENDED, SHOP, "注销").await;
        let found = open(&city).await;
        let mut organs: Vec<&str> = found.iter().map(|case| case.organ.as_str()).collect();
        organs.sort_unstable();
        assert_eq!(organs, ["civil", "labour"]);
        assert!(found.iter().all(|case| !case.title.contains("滨湖")), "the title names nobody");

        let own = found.iter().find(|case| case.organ == "civil").unwrap();
        let civil = city.client("jiang").await;
        let page = civil.get(&hit(&own.no)).await.expect(200);
        page.says(SHOP).says("出版物经营许可证").says("注销").says("2026年2月20日");
        page.says("样本单位库").says("样本审批").says("有效").says("已经留下查询记录");
        city.client("li").await.get(&hit(&own.no)).await.expect(404);
        let place = format!("{}/confirm", hit(&own.no));
        let stopped = [("deed", "stopped"), ("done", "没有这回事")];
        civil.post(&place, &stopped).await.expect(422).says("请选择做了什么");
        let done = [("deed", "cancelled"), ("done", "3 月 2 日注销，已经公告")];
        civil.post(&place, &done).await.expect(303);
        civil.get(&hit(&own.no)).await.expect(200).says("已经办理许可注销手续");
        // Looked at again it is found no second time, and nobody is asked about again.
        let looks = |acts: &[ledger::Recorded]| {
            acts.iter().filter(|act| act.kind == "ask.answered").count()
        };
        city.settle().await;
        let before = looks(&acts(&city).await);
        city.job("watches.round").await;
        assert_eq!(open(&city).await.len(), 1);
        assert_eq!(looks(&acts(&city).await), before);
        city.client("han").await.get(&watch).await.expect(200).says("颁发许可的部门");
    });
}

#[test]
fn the_permit_may_come_after_the_end_and_the_watch_after_both() {
    each_city(OFFICES, async |city| {
        staffed(&city).await;
        ended(&city, ENDED, SHOP, "注销").await;
        permitted(&city, SHOP, ("p1", "civil")).await;
        assert!(open(&city).await.is_empty(), "nothing watches yet");
        watched(&city, WATCH).await;
        assert_eq!(open(&city).await.len(), 1);
        permitted(&city, SHOP, ("p2", "labour")).await;
        assert_eq!(open(&city).await.len(), 2, "renewed for a firm that has ended");
        permitted(&city, FOOD, ("p3", "civil")).await;
        assert_eq!(open(&city).await.len(), 2, "this one goes on");
    });
}

#[test]
fn an_end_that_is_taken_back_withdraws_what_is_open_and_marks_what_was_decided() {
    each_city(OFFICES, async |city| {
        staffed(&city).await;
        watched(&city, WATCH).await;
        permitted(&city, SHOP, ("p1", "civil")).await;
        permitted(&city, FOOD, ("p2", "civil")).await;
        ended(&city, ENDED, SHOP, "注销").await;
        let decided = open(&city).await[0].no.clone();
        let civil = city.client("jiang").await;
        let done = [("deed", "cancelled"), ("done", "已经注销")];
        civil.post(&format!("{}/confirm", hit(&decided)), &done).await.expect(303);
        ended(&city, ENDED, FOOD, "吊销").await;
        let undecided = open(&city).await[0].no.clone();
        civil.get(&hit(&undecided)).await.expect(200).says("清算");
        ended(&city, CORRECTED, SHOP, "存续").await;
        ended(&city, CORRECTED, FOOD, "存续").await;
        assert_eq!(case(&city, &undecided).await.state, "70");
        let page = civil.get(&hit(&decided)).await.expect(200);
        page.says("单位登记已经更正").says("是否应当恢复许可");
        // It ends after all.
        ended(&city, ENDED, FOOD, "吊销").await;
        assert_eq!(open(&city).await.len(), 1);
    });
}

#[test]
fn revoked_first_and_cancelled_later_what_is_open_says_so_and_what_was_decided_is_looked_at_again()
{
    each_city(OFFICES, async |city| {
        staffed(&city).await;
        watched(&city, WATCH).await;
        for (firm, case) in [(SHOP, "p1"), (FOOD, "p2")] {
            permitted(&city, firm, (case, "civil")).await;
            ended(&city, ENDED, firm, "吊销").await;
        }
        let found = open(&city).await;
        assert_eq!(found.len(), 2);
        let civil = city.client("jiang").await;
        let first = &found[0];
        let why = [("why", "还在清算，许可项下的义务没有履行完")];
        civil.post(&format!("{}/not-so", hit(&first.no)), &why).await.expect(303);
        ended(&city, CORRECTED, SHOP, "注销").await;
        ended(&city, CORRECTED, FOOD, "注销").await;
        let after = open(&city).await;
        assert_eq!(after.len(), 2, "the open one stays one, the decided one is found anew");
        assert!(after.iter().all(|case| case.no != first.no));
        let kept = after.iter().find(|case| found.iter().any(|one| one.no == case.no)).unwrap();
        let page = civil.get(&hit(&kept.no)).await.expect(200);
        page.says("注销");
        assert!(!page.text.contains("清算"), "it is cancelled by now");
    });
}

#[test]
fn a_permit_that_is_over_or_void_is_no_hit_and_one_that_becomes_void_withdraws_it() {
    each_city(OFFICES, async |city| {
        staffed(&city).await;
        watched(&city, WATCH).await;
        let content =
            json!({ "firm": SHOP, "case": "p1", "organ": "civil", "until": "2026-01-31" });
        recorded(&city, PERMITTED, ("entity", SHOP), content).await;
        permitted(&city, SHOP, ("p2", "labour")).await;
        recorded(&city, VOIDED, ("case", "p2"), json!({})).await;
        ended(&city, ENDED, SHOP, "注销").await;
        assert!(open(&city).await.is_empty());
        permitted(&city, SHOP, ("p3", "civil")).await;
        let found = open(&city).await;
        assert_eq!(found.len(), 1);
        recorded(&city, VOIDED, ("case", "p3"), json!({})).await;
        assert_eq!(case(&city, &found[0].no).await.state, "70");
        let page = city.client("jiang").await.get(&hit(&found[0].no)).await.expect(200);
        page.says("发证的办件已经作废");
    });
}

#[test]
fn what_it_would_find_is_counted_without_writing_anything() {
    each_city(OFFICES, async |city| {
        staffed(&city).await;
        let watch = watched(&city, WATCH).await;
        let manager = city.client("han").await;
        let stop = [("reason", "先看看有多少")];
        manager.post(&format!("{watch}/stop"), &stop).await.expect(303);
        for (case, firm) in [("p1", SHOP), ("p2", SHOP), ("p3", FOOD)] {
            permitted(&city, firm, (case, "civil")).await;
        }
        ended(&city, ENDED, SHOP, "注销").await;
        let before = acts(&city).await.len();
        let page = manager.get(&format!("{watch}?preview=1")).await.expect(200);
        page.says("现在对得上 2 项许可").says("审批发出的许可证件");
        assert_eq!(acts(&city).await.len(), before);
        assert!(open(&city).await.is_empty());
        manager.post(&format!("{watch}/start"), &stop).await.expect(303);
        city.settle().await;
        assert_eq!(open(&city).await.len(), 2);
    });
}

#[test]
fn a_watch_over_permits_names_no_list_and_may_name_one_organ_for_all() {
    each_city(OFFICES, async |city| {
        staffed(&city).await;
        brings(&city, "jiang", ("高龄津贴", "whole"), &[&line(CHEN, "陈晓敏")]).await;
        let manager = city.client("han").await;
        let lists = manager.get("/desk/watches/new").await.expect(200);
        let choice = lists.text.split("高龄津贴（").next().unwrap();
        let id = choice.rsplit("value=\"").next().unwrap().split('"').next().unwrap();
        let mut fields = WATCH.to_vec();
        fields.push(("list", id));
        let refused = manager.post("/desk/watches", &form(&fields)).await.expect(422);
        refused.says("这一项比对许可证件，不对照名单");
        fields.pop();
        fields.push(("organ", "labour"));
        let watch = watched(&city, &fields).await;
        let edit = manager.get(&format!("{watch}/edit")).await.expect(200);
        assert!(!edit.text.contains("对照的名单"), "there is none to choose");
        permitted(&city, SHOP, ("p1", "civil")).await;
        ended(&city, ENDED, SHOP, "撤销").await;
        assert_eq!(open(&city).await[0].organ, "labour");
    });
}

#[test]
fn who_hears_late_of_an_end_that_was_taken_back_finds_nothing() {
    each_city(OFFICES, async |city| {
        staffed(&city).await;
        watched(&city, WATCH).await;
        permitted(&city, SHOP, ("p1", "civil")).await;
        for (kind, status) in [(ENDED, "注销"), (CORRECTED, "存续")] {
            let end = End { code: SHOP.into(), status: Some(status.into()), ended: None };
            let content = serde_json::to_value(end).unwrap();
            let act = Act::new(city.now(), kind, "entity", SHOP).content(content);
            let who = ledger::Who::clockwork();
            city.hall.write(move |tx| ledger::record(tx, &who, &act)).await.unwrap();
            city.clock.pass_seconds(60);
        }
        city.settle().await;
        assert!(open(&city).await.is_empty());
    });
}
