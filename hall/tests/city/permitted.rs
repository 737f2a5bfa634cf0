//! A firm that ends and holds a permit: from the register of legal entities over approvals to the organ that issued it.

use approvals_contract::{HoldersAmong, PermitState, Permits, PermitsOf};
use base::{Day, Outcome};
use flow::CaseHead;
use ledger::Who;
use serde_json::json;
use testkit::{City, each_city};

use crate::firms::{FOOD, FOOD_CODE, SHOP, SHOP_CODE, registered, sent, with_firms};
use crate::journey::{no_of, step};

fn cancelled(row: &str) -> String {
    format!("{}2026-03-01", row.replacen("存续", "注销", 1))
}

async fn watched(city: &City) {
    for (login, name, role, organ) in [
        ("jt-clerk", "胡路", "clerk", "ezhou-jtj"),
        ("jt-examiner", "向前", "examiner", "ezhou-jtj"),
        ("jt-approver", "毛远", "approver", "ezhou-jtj"),
        ("steward", "方宁", "datasteward", "ezhou-jtj"),
        ("elsewhere", "姜敏", "datasteward", "ezhou-scj"),
        ("keeper", "韩雪", "datamanager", "ezhou"),
        ("registrar", "孙慧", "registrar", "ezhou-gjj"),
    ] {
        city.account(login, name, role, organ).await;
    }
    let watch = [
        ("name", "注销的单位持有许可"),
        ("kind", "ended_firm"),
        ("list", ""),
        ("organ", ""),
        ("ground", "《中华人民共和国行政许可法》第七十条第三项"),
        ("days", "10"),
        ("reason", "及时注销许可"),
    ];
    city.client("keeper").await.post("/desk/watches", &watch).await.expect(303);
    city.settle().await;
}

/// Applies for a firm. Gives the number.
async fn filed(city: &City, code: &str) -> String {
    let filed = sent(&city.client("citizen").await, Some(code)).await.expect(201).json();
    no_of(&filed).to_owned()
}

/// The organ handles it until the permit is made.
async fn issued(city: &City, no: &str) {
    let grant = json!({ "verdict": "grant", "reason": "符合法定条件", "ground": "第三十八条" });
    let paper = json!({
        "certificate_name": "道路运输经营许可证", "certificate_no": "鄂交运管许可420704001号",
        "valid_until": "2030-03-01",
    });
    for (login, verb, body) in [
        ("jt-clerk", "accept", json!({})),
        ("jt-examiner", "examine", json!({ "finding": "approve", "opinion": "符合条件" })),
        ("jt-approver", "decide", grant),
        ("jt-clerk", "issue", paper),
    ] {
        step(&city.client(login).await, no, verb, body).await.expect(200);
    }
    city.settle().await;
}

/// The holder gets it at the counter, and the case is over.
async fn handed_over(city: &City, no: &str) {
    let handed = json!({ "manner": "counter", "receipt": "本人签收" });
    step(&city.client("jt-clerk").await, no, "deliver", handed).await.expect(200);
}

async fn open(city: &City) -> Vec<CaseHead> {
    let scope = flow::Scope { office: Some("watches".into()), ..flow::Scope::city() };
    city.hall.store.read(move |r| flow::queue(r, &scope, None, 100)).await.expect("cases").rows
}

#[test]
fn a_firm_that_is_cancelled_and_holds_a_permit_is_found_for_the_organ_that_issued_it() {
    each_city(hall::OFFICES, async |city| {
        with_firms(&city, &[FOOD, SHOP]).await;
        watched(&city).await;
        let (held, running) = (filed(&city, FOOD_CODE).await, filed(&city, SHOP_CODE).await);
        issued(&city, &held).await;
        assert!(open(&city).await.is_empty());
        registered(&city, &[cancelled(FOOD), cancelled(SHOP)]).await;
        let found = open(&city).await;
        assert_eq!(found.len(), 1, "what runs is no permit yet");
        assert_eq!(found[0].organ, "ezhou-jtj");
        let hit = format!("/desk/watches/hits/{}", found[0].no);
        let page = city.client("steward").await.get(&hit).await.expect(200);
        page.says("鄂交运管许可420704001号").says("鄂州市江边餐饮有限公司").says("2026年3月1日");
        page.says("2030年3月1日").says("法人基础信息").says("行政审批");
        city.client("elsewhere").await.get(&hit).await.expect(404);
        // The other firm had ended when its permit was made.
        issued(&city, &running).await;
        assert_eq!(open(&city).await.len(), 2);
        // A case that is declared void is no permit any more.
        let void = json!({ "reason": "发证以前单位已经注销" });
        step(&city.client("supervisor").await, &running, "void", void).await.expect(200);
        city.settle().await;
        assert_eq!(open(&city).await.len(), 1);
        // The register takes its word back.
        let registrar = city.client("registrar").await;
        let loads = registrar.get("/desk/entities/loads").await.expect(200).text;
        let load = loads.split("/desk/entities/loads/").nth(1).expect("a load");
        let load = load.split('"').next().expect("its id");
        let undo = format!("/desk/entities/loads/{load}/undo");
        registrar.post(&undo, &[("reason", "注销登记办错了")]).await.expect(303);
        city.settle().await;
        assert!(open(&city).await.is_empty());
        let page = city.client("steward").await.get(&hit).await.expect(200);
        page.says("法人登记已经更正");
    });
}

#[test]
fn a_permit_is_cancelled_by_the_organ_that_issued_it_and_what_was_found_of_it_is_closed() {
    each_city(hall::OFFICES, async |city| {
        with_firms(&city, &[FOOD, SHOP]).await;
        watched(&city).await;
        let no = filed(&city, FOOD_CODE).await;
        let approver = city.client("jt-approver").await;
        let path = format!("/desk/cases/{no}/cancel");
        let ended = [("cause", "ended"), ("rule", ""), ("reason", "单位已经办理注销登记")];
        approver.post(&path, &ended).await.expect(409);
        issued(&city, &no).await;
        // It has not been handed over yet: that comes first, or the case would go on for a permit that is none.
        approver.post(&path, &ended).await.expect(409).says("没有已经送达的行政许可");
        handed_over(&city, &no).await;
        registered(&city, &[cancelled(FOOD), SHOP.to_owned()]).await;
        let hit = format!("/desk/watches/hits/{}", open(&city).await[0].no);

        // Whose step it is not sees no form, and may not; a ground that does not fit is told beside its field.
        let clerk = city.client("jt-clerk").await;
        assert!(
            !clerk.get(&format!("/desk/cases/{no}")).await.expect(200).text.contains("注销许可")
        );
        clerk.post(&path, &ended).await.expect(403);
        approver.get(&format!("/desk/cases/{no}")).await.expect(200).says("这项许可应当注销");
        let early = [("cause", "expired"), ("rule", ""), ("reason", "")];
        let refused = approver.post(&path, &early).await.expect(422);
        refused.says("有效期到2030年3月1日，还没有届满").says("请写明注销的理由");
        let other = [("cause", "other"), ("rule", ""), ("reason", "主动申请")];
        approver.post(&path, &other).await.expect(422).says("请写明按照哪部法律");
        assert_eq!(open(&city).await.len(), 1);

        approver.post(&path, &ended).await.expect(303);
        city.settle().await;
        assert!(open(&city).await.is_empty(), "nobody needs to look any more");
        let page = city.client("steward").await.get(&hit).await.expect(200);
        page.says("颁发许可的机关已经依法注销这项许可").says("原因消失，已撤销");
        city.client("citizen").await.get("/my/cases").await.expect(200).says("许可已注销");
        // The holder, the desk and everybody read it; the reason is for the holder and the desk.
        let ground = "《中华人民共和国行政许可法》第七十条第三项";
        for (login, here) in [("citizen", "my"), ("jt-approver", "desk")] {
            let client = city.client(login).await;
            let page = client.get(&format!("/{here}/cases/{no}")).await.expect(200);
            page.says("许可已注销").says(ground).says("单位已经办理注销登记");
            let paper =
                client.get(&format!("/{here}/cases/{no}/papers/cancelled")).await.expect(200);
            paper.says("行政许可注销决定书").says("鄂交运管许可420704001号").says(ground);
        }
        let list = city.visitor().get("/permits/cancelled").await.expect(200);
        list.says("鄂州市江边餐饮有限公司").says("鄂交运管许可420704001号").says("第三项");
        assert!(!list.text.contains("单位已经办理注销登记"));
        // Whoever has the id of an act about a case reads all of it: none is given out here.
        assert!(!list.text.contains("/receipts/"), "{}", list.text);
        city.client("other")
            .await
            .get(&format!("/my/cases/{no}/papers/cancelled"))
            .await
            .expect(404);
        // Once is enough, and nobody is told any more that it is in force.
        approver.post(&path, &ended).await.expect(409);
        let permits = told(&city, "ended", &PermitsOf::now(FOOD_CODE)).await.expect("an answer");
        let states: Vec<_> = permits.permits.unwrap().iter().map(|one| one.state).collect();
        assert_eq!(states, [PermitState::Cancelled]);
    });
}

#[test]
fn a_program_of_the_organ_cancels_a_permit_on_the_same_grounds_as_its_page() {
    each_city(hall::OFFICES, async |city| {
        with_firms(&city, &[FOOD, SHOP]).await;
        watched(&city).await;
        let no = filed(&city, FOOD_CODE).await;
        let path = format!("/api/v1/cases/{no}/cancel");
        let ended = json!({ "cause": "ended", "reason": "单位已经办理注销登记" });
        let approver = city.client("jt-approver").await;
        let early = approver.post_json(&path, &ended).await.expect(409).json();
        assert_eq!(early["error"]["code"], "approvals.no_permit");
        issued(&city, &no).await;
        approver.post_json(&path, &ended).await.expect(409);
        handed_over(&city, &no).await;
        city.client("jt-clerk").await.post_json(&path, &ended).await.expect(403);
        let strange = json!({ "cause": "ended", "reason": "注销", "until": "2026-04-01" });
        approver.post_json(&path, &strange).await.expect(422);
        let wrong = json!({ "cause": "other", "reason": "" });
        let refused = approver.post_json(&path, &wrong).await.expect(422).json();
        let fields: Vec<&str> = refused["error"]["fields"]
            .as_array()
            .expect("fields")
            .iter()
            .filter_map(|field| field["field"].as_str())
            .collect();
        assert_eq!(fields, ["rule", "reason"]);

        let done = approver.post_json(&path, &ended).await.expect(200).json();
        assert_eq!(done["ground"], "《中华人民共和国行政许可法》第七十条第三项");
        assert_eq!(done["certificate_no"], "鄂交运管许可420704001号");
        let act = done["act"].as_str().expect("an act");
        city.settle().await;
        let receipt = approver.get(&format!("/api/v1/receipts/{act}")).await.expect(200);
        receipt.says("approvals.cancelled");
        approver.post_json(&path, &ended).await.expect(409);
        let own = city.client("citizen").await;
        let case = own.get(&format!("/api/v1/applications/{no}")).await.expect(200).json();
        assert_eq!(case["cancelled"]["act"], done["act"]);
        assert!(case["cancelled"].get("reason").is_none());
        let list = city.visitor().get("/permits/cancelled").await.expect(200);
        list.says("鄂交运管许可420704001号");
    });
}

/// What approvals answer to one office, for a purpose.
async fn told(city: &City, purpose: &'static str, question: &PermitsOf) -> Outcome<Permits> {
    let (who, now) = (Who::clockwork(), city.now());
    let answer = city.hall.desk.ask("watches", purpose, &who, question, now).await?;
    Ok(answer.value.expect("a firm"))
}

#[test]
fn what_a_firm_holds_is_told_as_it_stood_on_a_day_to_who_may_ask_and_on_record() {
    each_city(hall::OFFICES, async |city| {
        with_firms(&city, &[FOOD, SHOP]).await;
        watched(&city).await;
        let first = filed(&city, FOOD_CODE).await;
        city.clock.pass_seconds(1);
        let second = filed(&city, FOOD_CODE).await;
        filed(&city, SHOP_CODE).await;
        issued(&city, &first).await;
        issued(&city, &second).await;
        let question = PermitsOf::now(FOOD_CODE);
        let page = told(&city, "ended", &question).await.expect("an answer");
        let permits = page.permits.expect("permits");
        let nos: Vec<&str> = permits.iter().map(|one| one.no.as_str()).collect();
        assert_eq!((nos, page.next), (vec![first.as_str(), second.as_str()], None));
        let one = &permits[0];
        assert_eq!((one.organ.as_str(), one.state), ("ezhou-jtj", PermitState::InForce));
        assert_eq!(one.holder, "鄂州市江边餐饮有限公司");
        assert_eq!(one.until.map(|day| day.to_string()).as_deref(), Some("2030-03-01"));
        let behind = PermitsOf { after: one.case.clone(), ..question.clone() };
        let rest = told(&city, "ended", &behind).await.expect("an answer").permits.unwrap();
        assert_eq!(rest.len(), 1);
        for (on, stands) in [("2026-03-01", None), ("2030-03-02", Some(PermitState::Expired))] {
            let on: Option<Day> = on.parse().ok();
            let then = PermitsOf { on, ..question.clone() };
            let then = told(&city, "ended", &then).await.expect("an answer").permits.unwrap();
            assert_eq!(then.first().map(|one| one.state), stands, "{on:?}");
        }
        let firms = vec![FOOD_CODE.to_owned(), SHOP_CODE.to_owned()];
        let (among, who) = (HoldersAmong { firms, on: None }, Who::clockwork());
        let holders = city.hall.desk.ask("watches", "ended", &who, &among, city.now()).await;
        let held = holders.expect("an answer").value.unwrap().held.unwrap();
        assert_eq!(held.len(), 1, "what runs is no permit yet");
        assert_eq!((held[0].firm.as_str(), held[0].cases.len()), (FOOD_CODE, 2));

        told(&city, "curiosity", &question).await.expect_err("nobody agreed to that");
        let told_of = |act: &&ledger::Recorded| {
            act.kind == "ask.answered" && act.content()["kind"] == "approvals.permits_of"
        };
        city.settle().await;
        let acts = city.hall.store.read(|r| ledger::acts_after(r, -1, 10_000)).await.unwrap();
        assert_eq!(acts.iter().filter(told_of).count(), 4, "each look at the firm, and no more");
    });
}
