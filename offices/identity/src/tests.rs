//! Scenarios of identity on both databases: citizens who register, staff with their posts, the
//! three administrators.

mod accounts;
mod attempts;
mod contact;
mod delegations;
mod devices;
mod door;
mod factors;
mod holder;
mod known;
mod levels;
mod mandates;
mod openid;
mod organs;
mod organs_due;
mod passkeys;
mod posts;
mod providers;
mod readmit;
mod revocation;
mod roles;
mod signing;
mod strict;

use std::sync::Arc;

use ::store::Reader;
use ask::Answerer;
use base::{Moment, Outcome};
use frame::Office;
use seal::Keys;
use serde_json::{Value, json};
use testkit::city::{City, PASSWORD, each_city, each_city_at};

const NUMBER: &str = "420702199003076634";

/// Stands in for the register of residents: knows one person.
static REGISTER: Office = Office {
    answers: &[
        Answerer { kind: "population.name_matches", source: "人口基础信息", answer: matches },
        Answerer {
            kind: "population.phone_matches",
            source: "人口基础信息",
            answer: phone_matches,
        },
        Answerer { kind: "population.person", source: "人口基础信息", answer: person },
    ],
    ..Office::named("population", "人口基础信息", "测试")
};

fn matches(_: &Reader<'_>, _: &Keys, question: &Value, _: Moment) -> Outcome<Option<Arc<Value>>> {
    if question["number"] != NUMBER {
        return Ok(None);
    }
    Ok(Some(Arc::new(json!(question["name"] == "张明"))))
}

/// Of whom the register says that they died.
const DEAD: &str = "420702194801010012";

fn person(_: &Reader<'_>, _: &Keys, question: &Value, _: Moment) -> Outcome<Option<Arc<Value>>> {
    if question["number"] == DEAD {
        return Ok(Some(Arc::new(json!({ "name": "张明", "died": "2026-02-01" }))));
    }
    Ok((question["number"] == NUMBER).then(|| Arc::new(json!({ "name": "张明" }))))
}

fn phone_matches(
    _: &Reader<'_>,
    _: &Keys,
    question: &Value,
    _: Moment,
) -> Outcome<Option<Arc<Value>>> {
    Ok(Some(Arc::new(json!(question["phone"] == "13812345678"))))
}

/// Stands in for the library of powers: knows one item.
static POWERS: Office = Office {
    answers: &[
        Answerer { kind: "powers.item", source: "政务服务事项", answer: item },
        Answerer { kind: "powers.item_names", source: "政务服务事项", answer: item_names },
    ],
    ..Office::named("powers", "政务服务事项", "测试")
};

fn item_names(
    _: &Reader<'_>,
    _: &Keys,
    question: &Value,
    _: Moment,
) -> Outcome<Option<Arc<Value>>> {
    let words = question["words"].as_str().unwrap_or_default();
    let held = "提取住房公积金".contains(words);
    let known = json!({ "code": "4207000260100100", "name": "提取住房公积金" });
    let items: Vec<Value> = held.then_some(known).into_iter().collect();
    Ok(Some(Arc::new(json!({ "items": items }))))
}

fn item(_: &Reader<'_>, _: &Keys, question: &Value, _: Moment) -> Outcome<Option<Arc<Value>>> {
    let known = json!({ "code": "4207000260100100", "name": "提取住房公积金" });
    Ok((question["code"] == "housing-fund").then(|| Arc::new(known)))
}

const OFFICES: &[&Office] = &[&crate::OFFICE, &REGISTER, &POWERS];

async fn staffed(city: &City) {
    city.organ("city", None, "鄂州市人民政府办公室", "001").await;
    city.account("keeper", "吴涛", "sysadmin", "city").await;
    city.account("warden", "郑洁", "secadmin", "city").await;
    city.account("watcher", "冯岩", "auditor", "city").await;
}

/// The last acts, the newest first.
async fn record(city: &City) -> Vec<ledger::Recorded> {
    let until = city.now().plus_seconds(1);
    let all = ledger::Sought::between(Moment::from_millis(0), until);
    city.hall.store.read(move |r| Ok(ledger::search(r, &all, None, 50)?.rows)).await.unwrap()
}

/// How many acts of a kind are among the last.
async fn counted(city: &City, kind: &str) -> usize {
    record(city).await.iter().filter(|act| act.kind == kind).count()
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let from = text.find(before).unwrap() + before.len();
    let to = text[from..].find(after).unwrap() + from;
    &text[from..to]
}

const REGISTRATION: [(&str, &str); 7] = [
    ("name", "张明"),
    ("number", NUMBER),
    ("phone", "13812345678"),
    ("email", ""),
    ("account", "zhangming"),
    ("password", "Lake-2026-east"),
    ("again", "Lake-2026-east"),
];

#[test]
fn a_citizen_registers_and_sees_who_compared_their_name() {
    each_city(OFFICES, async |city: City| {
        let citizen = city.visitor();
        citizen.get("/register").await.expect(200).says("您的信息怎样使用");
        let done = citizen.post("/register", &REGISTRATION).await.expect(303);
        assert_eq!(done.leads_to(), "/me?done=registered");
        let me = citizen.get("/me").await.expect(200);
        me.says("已经核实是本人").says("138****5678");
        assert!(!me.text.contains(NUMBER));
        citizen.get("/me/looks").await.expect(200).says("注册账户时核对姓名和身份证号码");
        // The same number has one proven account.
        let mut again = REGISTRATION;
        again[4].1 = "zhangming2";
        let refused = city.visitor().post("/register", &again).await.expect(422);
        refused.says("这个身份证号码已经有核实过的账户").says("zhangming2");
        refused.says("请带身份证到政务服务大厅的窗口");
    });
}

#[test]
fn what_is_typed_into_a_failed_sign_in_is_not_put_on_record() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        city.account("zhang", "张明", "citizen", "").await;
        for login in [NUMBER, "Lake-2026-east", "zhang"] {
            let fields = [("account", login), ("password", "wrong"), ("next", "")];
            city.visitor().post("/sign-in", &fields).await.expect(422);
        }
        let acts = record(&city).await;
        let failed: Vec<_> =
            acts.iter().filter(|act| act.kind == "identity.sign_in_failed").collect();
        assert_eq!(failed.len(), 3);
        assert_eq!(failed[0].subject_kind, "account", "a known account is named");
        for act in failed {
            let told = format!("{} {}", act.subject_id, act.json());
            assert!(!told.contains(NUMBER) && !told.to_lowercase().contains("lake-2026"), "{told}");
        }
    });
}

#[test]
fn a_registration_tells_all_that_is_wrong_at_once_and_keeps_what_was_entered() {
    each_city(OFFICES, async |city: City| {
        let mut wrong = REGISTRATION;
        wrong[1].1 = "420702199003076635";
        wrong[5].1 = "short";
        let page = city.visitor().post("/register", &wrong).await.expect(422);
        page.says("id=\"error-summary-title\"").says("两次输入的密码不一样").says("zhangming");
        assert!(!page.text.contains("short"));
    });
}

#[test]
fn signing_in_leads_on_and_out_again() {
    each_city(OFFICES, async |city: City| {
        city.account("zhang", "张明", "citizen", "").await;
        let browser = city.visitor();
        let first = browser.get("/me").await.expect(303);
        assert_eq!(first.leads_to(), "/sign-in?next=%2Fme");
        browser.get(first.leads_to()).await.expect(200).says("value=\"/me\"");
        let fields = [("account", "Zhang"), ("password", PASSWORD), ("next", "/me")];
        assert_eq!(browser.post("/sign-in", &fields).await.expect(303).leads_to(), "/me");
        browser.get("/me").await.expect(200).says("zhang");
        browser.post("/sign-out", &[]).await.expect(303);
        browser.get("/me").await.expect(303);
        // Nobody is led to another site.
        let away = [("account", "zhang"), ("password", PASSWORD), ("next", "//elsewhere.example/")];
        assert_eq!(city.visitor().post("/sign-in", &away).await.expect(303).leads_to(), "/me");
    });
}

/// In the city of this address the cookie of the one name opens a session, and that of the other does not.
fn opens_only(url: &str, own: &str, other: &str) {
    each_city_at(url, OFFICES, async |city: City| {
        let account = city.account("zhang", "张明", "citizen", "").await;
        let browser = city.visitor();
        let fields = [("account", "zhang"), ("password", PASSWORD), ("next", "/me")];
        browser.post("/sign-in", &fields).await.expect(303);
        assert_eq!(browser.cookies(), [own]);
        browser.get("/me").await.expect(200);
        browser.post("/sign-out", &[]).await.expect(303);
        assert!(browser.cookies().is_empty());
        let token = access::Token::mint().unwrap();
        let (keys, now, opened) = (city.hall.keys.clone(), city.now(), token.clone());
        let open = move |tx: &::store::Tx<'_>| {
            let new = access::NewSession {
                replaces: None,
                account,
                kind: access::SessionKind::Web,
                second: None,
                device: access::Device::default(),
                ends: now.plus_seconds(60),
            };
            access::open_session(tx, &keys, &opened, &new, now)
        };
        city.hall.write(open).await.unwrap();
        let browser = city.visitor();
        browser.carry(other, token.as_str());
        browser.get("/me").await.expect(303);
        browser.carry(own, token.as_str());
        browser.get("/me").await.expect(200);
    });
}

#[test]
fn only_the_cookie_of_the_citys_own_address_opens_a_session() {
    opens_only("https://city.test", "__Host-cityhall", "cityhall");
    opens_only("http://city.test", "cityhall", "__Host-cityhall");
}

#[test]
fn a_wrong_name_and_a_wrong_password_get_the_same_answer_and_five_lock() {
    each_city(OFFICES, async |city: City| {
        city.account("zhang", "张明", "citizen", "").await;
        let wrong = async |name: &str| {
            let fields = [("account", name), ("password", "not-the-one-1")];
            let page = city.visitor().post("/sign-in", &fields).await.expect(422).text;
            page.replace(name, "…")
        };
        assert_eq!(wrong("zhang").await, wrong("nobody").await);
        for _ in 0..4 {
            wrong("zhang").await;
        }
        let right = [("account", "zhang"), ("password", PASSWORD)];
        city.visitor().post("/sign-in", &right).await.expect(429).says("已锁定");
        city.clock.pass_seconds(31 * 60);
        city.visitor().post("/sign-in", &right).await.expect(303);
    });
}

#[test]
fn what_was_typed_when_the_session_ended_is_offered_again() {
    each_city(OFFICES, async |city: City| {
        city.account("zhang", "张明", "citizen", "").await;
        let browser = city.client("zhang").await;
        browser.get("/me").await.expect(200);
        city.clock.pass_seconds(3 * 3_600);
        let typed = [("phone", "13900001111"), ("password", "not-the-one-1")];
        let page = browser.post("/me/phone", &typed).await.expect(401);
        let held = between(&page.text, "name=\"held\" value=\"", "\"").to_owned();
        let fields = [("account", "zhang"), ("password", PASSWORD), ("held", held.as_str())];
        let page = browser.post("/sign-in", &fields).await.expect(200);
        page.says("继续提交").says("action=\"/me/phone\"").says("value=\"13900001111\"");
        assert!(!page.text.contains("not-the-one-1"), "a password is never carried in the open");
    });
}

#[test]
fn a_forgotten_password_takes_two_administrators() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        city.account("zhang", "张明", "citizen", "").await;
        let citizen = city.visitor();
        citizen.post("/forgot", &[("account", "zhang")]).await.expect(303);
        // An account that does not exist gets the same words.
        citizen.post("/forgot", &[("account", "nobody")]).await.expect(303);
        citizen.get("/forgot?done=asked").await.expect(200).says("两位管理员");
        let (keeper, warden) = (city.client("keeper").await, city.client("warden").await);
        let list = keeper.get("/desk/resets").await.expect(200);
        let agree =
            format!("/desk/resets/{}/agree", between(&list.text, "/desk/resets/", "/agree"));
        keeper.post(&agree, &[]).await.expect(303);
        keeper.post(&agree, &[]).await.expect(422).says("还需要另一位管理员");
        let granted = warden.post(&agree, &[]).await.expect(200);
        let code = between(&granted.text, "class=\"code-once\">", "<").to_owned();
        let password = "East-lake-2026";
        let mut fields = [
            ("account", "zhang"),
            ("code", "aaaaaaaaaa"),
            ("password", password),
            ("again", password),
        ];
        citizen.post("/code", &fields).await.expect(422).says("一次性代码不对");
        // What is wrong with the form is told at once, and costs the code no try.
        let hasty = [("account", ""), ("code", code.as_str()), ("password", "a"), ("again", "b")];
        for _ in 0..5 {
            let told = citizen.post("/code", &hasty).await.expect(422);
            told.says("请写用户名").says("两次输入的密码不一样").says("密码至少");
        }
        fields[1].1 = code.as_str();
        citizen.post("/code", &fields).await.expect(303);
        let sign_in = [("account", "zhang"), ("password", password)];
        citizen.post("/sign-in", &sign_in).await.expect(303);
        // A code is good for once.
        citizen.post("/code", &fields).await.expect(422).says("一次性代码不对");
        assert_eq!(counted(&city, "identity.code_failed").await, 2);
    });
}

#[test]
fn an_organ_is_entered_with_all_its_codes() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let keeper = city.client("keeper").await;
        let mut organ = [
            ("name", "鄂州市民政局"),
            ("short_name", "市民政局"),
            ("id", "ezhou-mzj"),
            ("parent", "city"),
            ("kind", "department"),
            ("code", "001"),
            ("division", "420700"),
        ];
        let page = keeper.post("/desk/organs", &organ).await.expect(422);
        page.says("这个代码已经有机构用了").says("ezhou-mzj");
        organ[5].1 = "012";
        keeper.post("/desk/organs", &organ).await.expect(422).says("请写理由和文件的文号");
        let organ = [&organ[..], &[("reason", "鄂政发〔2026〕3号")]].concat();
        keeper.post("/desk/organs", &organ).await.expect(303);
        let warden = city.client("warden").await;
        let proposal = posts::first(&warden).await;
        warden.get(&proposal).await.expect(200).says("鄂州市民政局").says("ezhou-mzj，012");
        warden.post(&format!("{proposal}/agree"), &[]).await.expect(303);
        let page = keeper.get("/desk/organs").await.expect(200);
        // Files of items name an organ by either of them.
        page.says("鄂州市民政局").says(">ezhou-mzj</td>").says(">012</td>");
    });
}

#[test]
fn who_did_something_sees_it_on_their_first_page() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let keeper = city.client("keeper").await;
        let new = [("name", "李敏"), ("account", "person-1")];
        keeper.post("/desk/accounts", &new).await.expect(200);
        keeper.get("/desk").await.expect(200).says("我最近办的").says("person-1");
        // The workbench is for staff; a citizen is led to their own pages.
        city.account("zhang", "张明", "citizen", "").await;
        let lost = city.client("zhang").await.get("/desk/accounts").await.expect(403);
        lost.says("个人账户不能进入").says("href=\"/my/cases\"");
        assert!(!lost.text.contains("电子政务管理员"));
    });
}

#[test]
fn a_program_signs_in_for_a_token() {
    each_city(OFFICES, async |city: City| {
        city.account("zhang", "张明", "citizen", "").await;
        let program = city.visitor();
        let given = json!({ "account": "zhang", "password": PASSWORD });
        let opened = program.post_json("/api/v1/session", &given).await.expect(201).json();
        assert_eq!(opened["token"].as_str().map(str::len), Some(43));
        let wrong = json!({ "account": "zhang", "password": "no" });
        let refused = program.post_json("/api/v1/session", &wrong).await.expect(401).json();
        assert_eq!(refused["error"]["code"], "identity.wrong");
        let unknown = json!({ "account": "zhang", "password": PASSWORD, "more": 1 });
        program.post_json("/api/v1/session", &unknown).await.expect(422);
    });
}

#[test]
fn a_changed_password_ends_every_session() {
    each_city(OFFICES, async |city: City| {
        city.account("zhang", "张明", "citizen", "").await;
        let (here, there) = (city.client("zhang").await, city.client("zhang").await);
        let fields =
            [("old", PASSWORD), ("password", "East-lake-2026"), ("again", "East-lake-2026")];
        let wrong = [("old", "no"), ("password", "East-lake-2026"), ("again", "East-lake-2026")];
        here.post("/me/password", &wrong).await.expect(422).says("现在的密码不对");
        here.post("/me/password", &fields).await.expect(303);
        here.get("/me").await.expect(303);
        there.get("/me").await.expect(303);
    });
}

#[test]
fn no_form_that_leads_on_leads_to_another_site() {
    each_city(OFFICES, async |city: City| {
        for away in ["//e.example/", "/\\e.example/", "https://e.example/", "/\t/e.example/"] {
            let asked = format!("?next={}", frame::held::query_escape(away));
            for path in ["/sign-in", "/register"] {
                let page = city.visitor().get(&format!("{path}{asked}")).await.expect(200);
                for on in ["name=\"next\"", "action=\"/register?", "href=\"/register?"] {
                    assert!(!page.text.contains(on), "{path}: {on} in {}", page.text);
                }
            }
        }
        let path = "/register?next=%2F%09%2Fe.example%2F";
        let done = city.visitor().post(path, &REGISTRATION).await.expect(303);
        assert_eq!(done.leads_to(), "/me?done=registered");
        city.account("li", "李四", "citizen", "").await;
        let (_, secret, _) = factors::confirmed(&city, "li").await;
        for away in ["//e.example/", "/\\e.example/", "https://e.example/", "/\t/e.example/"] {
            let done = factors::goes_on(&city, "li", &secret, away).await.expect(303);
            assert_eq!(done.leads_to(), "/me", "{away}");
            city.clock.pass_seconds(30);
        }
    });
}

#[test]
fn the_look_of_pages_is_kept_in_a_cookie() {
    each_city(OFFICES, async |city: City| {
        let browser = city.visitor();
        let back = browser.post("/look", &[("elder", "1"), ("back", "/sign-in")]).await.expect(303);
        assert_eq!(back.leads_to(), "/sign-in");
        let away = [("larger", "2"), ("back", "//elsewhere")];
        assert_eq!(browser.post("/look", &away).await.expect(303).leads_to(), "/");
        let page = browser.get("/sign-in").await.expect(200);
        page.says("elder").says("larger-2");
    });
}

#[test]
fn the_demo_people_can_sign_in_and_are_made_once() {
    each_city(OFFICES, async |city: City| {
        let since = city.now();
        for _ in 0..2 {
            crate::demo(
                &city.hall,
                since,
                ("张明", NUMBER, "13812345678"),
                ("王建国", "42070419851231001X", "13812345679"),
            )
            .await
            .unwrap();
        }
        let organs = city.hall.store.read(access::organs).await.unwrap();
        assert_eq!(organs.len(), 72);
        for login in ["citizen", "clerk2", "auditor", "registrar"] {
            let fields = [("account", login), ("password", crate::PASSWORD)];
            city.visitor().post("/sign-in", &fields).await.expect(303);
        }
    });
}
