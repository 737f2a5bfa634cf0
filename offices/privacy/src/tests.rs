//! Scenarios of erasing by law, and of complaints, on both databases.

mod exports;

mod deferrals;

use base::Id;
use frame::Office;
use ledger::{Act, Who};
use serde_json::json;
use testkit::Client;
use testkit::city::{City, each_city};

const OFFICES: &[&Office] = &[&crate::OFFICE];
const DOCUMENT: &str = "鄂州网信罚〔2026〕3号";
const GROUND: &str = "《中华人民共和国个人信息保护法》第四十七条第一款第四项";

async fn staffed(city: &City) {
    city.organ("city", None, "鄂州市人民政府办公室", "001").await;
    city.account("first", "许静", "privacy", "city").await;
    city.account("second", "田文涛", "privacy", "city").await;
    for (login, role) in [
        ("system", "sysadmin"),
        ("warden", "secadmin"),
        ("watcher", "auditor"),
        ("window", "clerk"),
    ] {
        city.account(login, login, role, "city").await;
    }
}

/// Somebody writes what they should not have written.
async fn wrote(city: &City, login: &str) -> Id<Act> {
    let account = city.actor(login).await.person().unwrap().account.to_string();
    let who = Who { account: Some(account), ..Who::clockwork() };
    let act = Act::new(city.now(), "portal.drafted", "document", "甲")
        .content(json!({ "reason": "张三住在朝霞岭路七巷" }));
    let id = act.id;
    city.hall.write(move |tx| ledger::record(tx, &who, &act)).await.unwrap();
    city.settle().await;
    id
}

fn order<'a>(scope: &'a str, shown: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("scope", scope),
        ("shown", shown),
        ("organ", "鄂州市互联网信息办公室"),
        ("document", " 鄂州网信罚[2026]3号"),
        ("ground", GROUND),
    ]
}

async fn entered(client: &Client, scope: &str, shown: &str) -> String {
    let answer = client.post("/desk/erasures", &order(scope, shown)).await.expect(303);
    answer.leads_to().split('?').next().unwrap().to_owned()
}

#[test]
fn an_order_takes_effect_when_another_person_agrees_and_never_by_the_same() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let id = wrote(&city, "window").await;
        let key = city.hall.keys.log_key().public();
        let before = city.hall.ledger.receipt(id).await.unwrap().unwrap().to_file().unwrap();
        let (first, second) = (city.client("first").await, city.client("second").await);
        let page = entered(&first, "act", &id.to_string()).await;
        first.get(&page).await.expect(200).says("等待另一个人同意").says("撤回这项命令");
        second.get("/desk/erasures").await.expect(200).says(DOCUMENT);
        let refused = first.post(&format!("{page}/agree"), &[("reason", "")]).await.expect(422);
        refused.says("录入的人不能自己同意");
        city.settle().await;
        assert!(city.hall.ledger.receipt(id).await.unwrap().is_some(), "nothing is erased yet");

        second.post(&format!("{page}/agree"), &[("reason", "")]).await.expect(303);
        second.get(&page).await.expect(200).says("正在删除").says("进度");
        city.settle().await;
        let done = first.get(&page).await.expect(200);
        done.says("已删除").says("办理记录的内容 1 条").says("许静").says("田文涛").says("备份");
        let act = city.hall.store.read(move |r| ledger::act_by_id(r, id)).await.unwrap().unwrap();
        assert_eq!(act.erased_words(), format!("内容已依{DOCUMENT}删除"));
        let audit = ledger::audit(&city.hall.ledger, &key).await.unwrap();
        assert_eq!((audit.erased, audit.wrong.as_slice()), (1, [].as_slice()));
        assert!(ledger::verify(&before, &key).holds(), "the old receipt still proves");
        let left = city.hall.ledger.erased_receipt(id).await.unwrap().unwrap();
        assert!(ledger::verify(&left.to_file().unwrap(), &key).holds());
        second.post(&format!("{page}/agree"), &[("reason", "")]).await.expect(422).says("已经办结");
        first
            .post("/desk/erasures", &order("act", &id.to_string()))
            .await
            .expect(422)
            .says("内容已依");
    });
}

#[test]
fn what_is_wrong_with_an_order_is_said_beside_its_field_and_nothing_typed_is_lost() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let first = city.client("first").await;
        let typed = [
            ("scope", ""),
            ("shown", ""),
            ("organ", "某机关"),
            ("document", "3号"),
            ("ground", ""),
        ];
        let page = first.post("/desk/erasures", &typed).await.expect(422);
        page.says("请选择删除什么").says("请写文号，例如").says("请写依据的条款").says("某机关");
        for (scope, shown, words) in [
            ("case", "4207001012026030200001", "没有找到这个办件"),
            ("person", "nobody", "没有找到这个用户名"),
            ("person", "window", "工作人员的账户关系到他们办理的事项"),
            ("act", "x", "没有找到这条办理记录"),
        ] {
            first.post("/desk/erasures", &order(scope, shown)).await.expect(422).says(words);
        }
    });
}

#[test]
fn the_three_administrators_erase_nothing_and_the_auditor_sees_all_of_it() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let id = wrote(&city, "window").await.to_string();
        let page = entered(&city.client("first").await, "act", &id).await;
        for login in ["system", "warden", "watcher", "window"] {
            let client = city.client(login).await;
            client.post("/desk/erasures", &order("act", &id)).await.expect(403);
            client.post(&format!("{page}/agree"), &[("reason", "")]).await.expect(403);
            let sees = if login == "watcher" { 200 } else { 403 };
            client.get(&page).await.expect(sees);
            client.get("/desk/erasures/new").await.expect(403);
        }
    });
}

#[test]
fn who_did_what_is_erased_does_not_decide_on_it() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let id = wrote(&city, "second").await.to_string();
        let (first, second) = (city.client("first").await, city.client("second").await);
        second.post("/desk/erasures", &order("act", &id)).await.expect(422).says("您自己办理过");
        let page = entered(&first, "act", &id).await;
        second
            .post(&format!("{page}/agree"), &[("reason", "")])
            .await
            .expect(422)
            .says("您自己办理过");
    });
}

#[test]
fn one_thing_has_one_order_at_a_time_and_one_that_nobody_answers_lapses() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let id = wrote(&city, "window").await.to_string();
        let (first, second) = (city.client("first").await, city.client("second").await);
        let page = entered(&first, "act", &id).await;
        second.post("/desk/erasures", &order("act", &id)).await.expect(422).says("已经有人依");
        second.post(&format!("{page}/withdraw"), &[]).await.expect(422).says("只能撤回自己录入");
        second
            .post(&format!("{page}/decline"), &[("reason", " ")])
            .await
            .expect(422)
            .says("请写理由");
        second.post(&format!("{page}/decline"), &[("reason", "文号不对")]).await.expect(303);
        first.get(&page).await.expect(200).says("不同意").says("文号不对");
        let page = entered(&first, "act", &id).await;
        first.post(&format!("{page}/withdraw"), &[]).await.expect(303);
        first.get("/desk/erasures").await.expect(200).says("已撤回");
        let page = entered(&first, "act", &id).await;
        drop((first, second));
        city.pass_working_days(20);
        let (first, second) = (city.client("first").await, city.client("second").await);
        second.post(&format!("{page}/agree"), &[("reason", "")]).await.expect(422).says("已经失效");
        first.get(&page).await.expect(200).says("已失效");
        entered(&first, "act", &id).await;
    });
}

#[test]
fn what_tells_of_an_erasure_is_never_erased() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let id = wrote(&city, "window").await;
        let (first, second) = (city.client("first").await, city.client("second").await);
        let page = entered(&first, "act", &id.to_string()).await;
        second.post(&format!("{page}/agree"), &[("reason", "")]).await.expect(303);
        city.settle().await;
        let order = page.rsplit('/').next().unwrap().to_owned();
        let acts =
            city.hall.store.read(move |r| ledger::acts_of(r, "erasure", &order)).await.unwrap();
        let kinds: Vec<&str> = acts.iter().map(|act| act.kind.as_str()).collect();
        assert_eq!(
            kinds,
            [
                "privacy.erasure_entered",
                "privacy.erasure_agreed",
                "privacy.erasure_ordered",
                "privacy.steps_erased",
                "privacy.contents_erased",
                "privacy.erasure_done"
            ]
        );
        for act in acts {
            let id = act.id.to_string();
            first.post("/desk/erasures", &order_of(&id)).await.expect(422).says("不能删除");
            assert!(!act.json().to_string().contains("朝霞岭"), "no content in {}", act.kind);
        }
    });
}

#[test]
fn what_tells_of_rights_and_of_reading_is_kept_and_an_act_on_an_account_is_not_judged_by_its_holder()
 {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let second = city.actor("second").await.person().unwrap().account;
        let window = city.actor("window").await.person().unwrap().account.to_string();
        let acts: Vec<Act> = ["access.bundle_changed", "audit.read", "approvals.erased"]
            .into_iter()
            .chain(["identity.post_given"])
            .map(|kind| Act::new(city.now(), kind, "account", second).content(json!({})))
            .collect();
        let ids: Vec<String> = acts.iter().map(|act| act.id.to_string()).collect();
        let who = Who { account: Some(window), ..Who::clockwork() };
        city.hall
            .write(move |tx| acts.iter().try_for_each(|act| ledger::record(tx, &who, act)))
            .await
            .unwrap();
        let first = city.client("first").await;
        for id in &ids[..3] {
            first.post("/desk/erasures", &order_of(id)).await.expect(422).says("不能删除");
        }
        let holder = city.client("second").await;
        let refused = holder.post("/desk/erasures", &order_of(&ids[3])).await.expect(422);
        refused.says("您自己办理过");
        entered(&first, "act", &ids[3]).await;
    });
}

#[test]
fn who_looked_decides_neither_on_the_complaint_nor_on_erasing_it_nor_on_the_person() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let look = looked_at(&city, "second").await;
        let no = complained(&city.client("wangfang").await, &look).await;
        let second = city.client("second").await;
        for (scope, shown) in [("case", no.as_str()), ("person", "wangfang")] {
            let mut form = order(scope, shown);
            form.extend([("running", "true"), ("retained", "true")]);
            second.post("/desk/erasures", &form).await.expect(422).says("您自己办理过");
            let first = city.client("first").await;
            let answer = first.post("/desk/erasures", &form).await.expect(303);
            let page = answer.leads_to().split('?').next().unwrap().to_owned();
            let agree = format!("{page}/agree");
            second.post(&agree, &[("reason", "")]).await.expect(422).says("您自己办理过");
        }
    });
}

#[test]
fn who_opened_a_case_for_a_colleague_is_concerned_and_so_is_the_colleague() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let look = looked_at(&city, "window").await;
        let no = complained(&city.client("wangfang").await, &look).await;
        let number = no.clone();
        let case = city.hall.store.read(move |r| flow::case_by_no(r, &number)).await.unwrap();
        let window = city.actor("window").await.person().unwrap().account.to_string();
        let second = city.actor("second").await.person().unwrap().account.to_string();
        let on_behalf =
            ledger::OnBehalf { account: second, name: "田文涛".into(), mandate: None };
        let who = Who { account: Some(window), on_behalf: Some(on_behalf), ..Who::clockwork() };
        let act = Act::new(city.now(), "approvals.looked", "case", case.unwrap().id);
        city.hall.write(move |tx| ledger::record(tx, &who, &act)).await.unwrap();
        let mut form = order("case", &no);
        form.extend([("running", "true"), ("retained", "true")]);
        let refused = city.client("second").await.post("/desk/erasures", &form).await.expect(422);
        refused.says("您自己办理过");
        city.client("first").await.post("/desk/erasures", &form).await.expect(303);
    });
}

#[test]
fn cases_that_were_erased_before_do_not_count_among_those_of_one_order() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        city.person("wangfang", "王芳", "citizen", "", Some("420702199003076634")).await;
        let account = city.actor("wangfang").await.person().unwrap().account.to_string();
        let cases: Vec<flow::NewCase> = (0..405)
            .map(|_| flow::NewCase {
                item_code: "privacy".into(),
                title: "投诉".into(),
                applicant_name: "王芳".into(),
                organ: "city".into(),
                applicant_account: Some(account.clone()),
                ..flow::NewCase::new(city.now(), "privacy", "complaint", "online")
            })
            .collect();
        let oldest: Vec<flow::CaseId> = cases.iter().map(|case| case.id).collect();
        let (calendar, actor) = (city.hall.calendar.clone(), city.actor("wangfang").await);
        city.hall
            .write(move |tx| {
                let permit = access::authorise(
                    tx,
                    &actor,
                    &crate::terms::COMPLAIN,
                    access::Over::Account(account.clone()),
                )?;
                cases
                    .iter()
                    .try_for_each(|case| flow::open_case(tx, &permit, case, &calendar).map(|_| ()))
            })
            .await
            .unwrap();
        let first = city.client("first").await;
        let mut form = order("person", "wangfang");
        form.extend([("running", "true"), ("retained", "true")]);
        first.post("/desk/erasures", &form).await.expect(422).says("超过 200 件");
        city.hall
            .write(move |tx| {
                let permit = access::clockwork("test");
                let erased = |id: &flow::CaseId| flow::erase_case(tx, &permit, *id, DOCUMENT);
                oldest.iter().skip(2).try_for_each(|id| erased(id).map(|_| ()))
            })
            .await
            .unwrap();
        first.post("/desk/erasures", &form).await.expect(303);
    });
}

fn order_of(id: &str) -> Vec<(&str, &str)> {
    order("act", id)
}

#[test]
fn a_person_is_forgotten_while_the_names_of_the_staff_stay() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        city.person("wangfang", "王芳", "citizen", "", Some("420702199003076634")).await;
        let account = city.actor("wangfang").await.person().unwrap().account;
        let who =
            Who { account: Some(account.to_string()), name: "王芳".into(), ..Who::clockwork() };
        let acts: Vec<Act> = (0..450)
            .map(|n| {
                Act::new(city.now(), "identity.signed_in", "account", account)
                    .content(json!({ "n": n }))
            })
            .collect();
        let many = acts.clone();
        city.hall
            .write(move |tx| many.iter().try_for_each(|act| ledger::record(tx, &who, act)))
            .await
            .unwrap();
        city.settle().await;
        let (first, second) = (city.client("first").await, city.client("second").await);
        let page = entered(&first, "person", "WangFang").await;
        second.post(&format!("{page}/agree"), &[("reason", "核对无误")]).await.expect(303);
        city.settle().await;
        let done = first.get(&page).await.expect(200);
        done.says("已删除");
        assert!(!done.text.contains("WangFang"), "what the order was typed with is gone too");
        let key = city.hall.keys.log_key().public();
        let audit = ledger::audit(&city.hall.ledger, &key).await.unwrap();
        assert_eq!((audit.erased, audit.wrong.as_slice()), (450, [].as_slice()));
    });
}

/// A registered citizen whose data a clerk has looked at; gives the look's id.
async fn looked_at(city: &City, by: &str) -> String {
    const NUMBER: &str = "420702199003076634";
    city.person("wangfang", "王芳", "citizen", "", Some(NUMBER)).await;
    let account = city.actor(by).await.person().unwrap().account.to_string();
    let who = Who {
        account: Some(account),
        name: "李敏".into(),
        post: "窗口工作人员".into(),
        organ: "city".into(),
        organ_name: "鄂州市人民政府办公室".into(),
        on_behalf: None,
    };
    let act = Act::new(city.now(), "ask.answered", "subject", "x");
    let (id, keys, now) = (act.id.cast(), city.hall.keys.clone(), city.now());
    city.hall
        .write(move |tx| {
            let look = ask::Look {
                id,
                at: now,
                asker: "approvals",
                kind: "population.person",
                purpose: "填写办事申请",
                who: &who,
                fields: &["name".to_owned()],
                found: true,
                act: act.id,
                case: None,
            };
            ask::note_look(tx, &keys, &ask::About::Person(NUMBER.into()), &look)?;
            ledger::record(tx, &who, &act)
        })
        .await
        .unwrap();
    id.to_string()
}

async fn complained(citizen: &Client, look: &str) -> String {
    let form = [("look", look), ("words", "我没有办过这件事。")];
    let answer = citizen.post("/me/complaints", &form).await.expect(303);
    let path = answer.leads_to().split('?').next().unwrap().to_owned();
    path.rsplit('/').next().unwrap().to_owned()
}

#[test]
fn a_complaint_about_a_look_is_looked_into_and_answered_in_fifteen_working_days() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let look = looked_at(&city, "window").await;
        let citizen = city.client("wangfang").await;
        let asked = citizen.get(&format!("/me/complaints/new?look={look}")).await.expect(200);
        asked.says("填写办事申请").says("窗口工作人员");
        let blank = [("look", look.as_str()), ("words", " ")];
        citizen.post("/me/complaints", &blank).await.expect(422).says("请写明哪里没有道理");
        let no = complained(&citizen, &look).await;
        assert_eq!(complained(&citizen, &look).await, no, "the same look has the same complaint");
        let own = format!("/me/complaints/{no}");
        citizen
            .get(&own)
            .await
            .expect(200)
            .says("最迟在")
            .says("datetime=\"2026-03-23\"")
            .says("第六十五条");
        citizen.get("/me/complaints").await.expect(200).says(&no).says("正在核查");

        let first = city.client("first").await;
        let desk = format!("/desk/complaints/{no}");
        first.get("/desk/complaints").await.expect(200).says(&no).says("王芳");
        first.get(&desk).await.expect(200).says("我没有办过这件事").says("李敏").says("/receipts/");
        let unsaid = [("finding", ""), ("opinion", "看过")];
        first.post(&format!("{desk}/examine"), &unsaid).await.expect(422).says("请选择核查结果");
        let early = [("receipt", "答复")];
        first.post(&format!("{desk}/deliver"), &early).await.expect(422);
        let found = [("finding", "approve"), ("opinion", "没有对应的申请")];
        first.post(&format!("{desk}/examine"), &found).await.expect(303);
        citizen.get(&own).await.expect(200).says("已核查，正在答复");
        let answer = [("receipt", "这次查看不当，已经责令改正。")];
        first.post(&format!("{desk}/deliver"), &answer).await.expect(303);
        citizen.get(&own).await.expect(200).says("投诉成立").says("已经责令改正");
        first.get("/desk/complaints?view=closed").await.expect(200).says(&no);
    });
}

#[test]
fn who_looked_does_not_judge_the_look_and_nobody_complains_of_anothers() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let look = looked_at(&city, "second").await;
        city.person("other", "钱外", "citizen", "", Some("42070419851231001X")).await;
        let other = city.client("other").await;
        other.get(&format!("/me/complaints/new?look={look}")).await.expect(404);
        other.post("/me/complaints", &[("look", &look), ("words", "x")]).await.expect(404);
        let no = complained(&city.client("wangfang").await, &look).await;
        other.get(&format!("/me/complaints/{no}")).await.expect(404);
        let desk = format!("/desk/complaints/{no}");
        let second = city.client("second").await;
        second.get(&desk).await.expect(200).says("要由别人核查和答复");
        let found = [("finding", "decline"), ("opinion", "没有问题")];
        second.post(&format!("{desk}/examine"), &found).await.expect(422).says("要由别人核查");
        city.client("watcher").await.get(&desk).await.expect(200);
        city.client("watcher").await.post(&format!("{desk}/examine"), &found).await.expect(403);
        city.client("window").await.get(&desk).await.expect(403);
        city.client("first").await.post(&format!("{desk}/examine"), &found).await.expect(303);
    });
}
