//! A case that a window has taken in is among the cases of who applied, as soon as they have shown that the number is theirs.

use serde_json::{Value, json};
use testkit::city::PASSWORD;
use testkit::{City, Client, each_city};

use crate::applying::fill;
use crate::counter::{
    PDF, agent_came, brought, city_with_a_principal, no_in, record, taken_in, with,
};
use crate::journey::step;

const ZHOU: (&str, &str) = ("周小满", "420703199502280003");
const CHEN: (&str, &str) = ("陈晓敏", "420702199003076634");

/// What who registers chooses as a password.
const CHOSEN: &str = "Lake-2026-east";

/// An application that somebody brings to a window themselves: its number.
async fn comes(clerk: &Client, who: (&str, &str)) -> String {
    let fields = [("item", "housing-fund"), ("name", who.0), ("number", who.1), ("came", "self")];
    let draft = clerk.post("/desk/counter", &fields).await.expect(303).leads_to().to_owned();
    fill(clerk, &draft).await;
    let sent = clerk.post(&format!("{draft}/submit"), &[]).await.expect(303);
    clerk.get(sent.leads_to()).await.expect(200).says("查询码");
    no_in(sent.leads_to())
}

/// Somebody registers under this name and number; the phone decides whether the register agrees.
async fn registers(city: &City, who: (&str, &str), login: &str, phone: &str) -> Client {
    let visitor = city.visitor();
    registering(&visitor, who, login, phone).await.expect(303);
    city.settle().await;
    visitor
}

/// The answer to who registers so.
pub async fn registering(
    visitor: &Client,
    who: (&str, &str),
    login: &str,
    phone: &str,
) -> testkit::Answer {
    let entered = [
        ("name", who.0),
        ("number", who.1),
        ("phone", phone),
        ("email", ""),
        ("account", login),
        ("password", CHOSEN),
        ("again", CHOSEN),
    ];
    visitor.post("/register", &entered).await
}

async fn joined(city: &City) -> Vec<Value> {
    let read = record(city).await;
    read.iter()
        .filter(|act| act.kind == "approvals.joined")
        .map(ledger::Recorded::content)
        .collect()
}

/// Applications of nobody's case, as many as a city may have from before: copies of the first.
async fn left_from_before(city: &City, count: u128) {
    let fill = move |tx: &store::Tx<'_>| {
        for n in 1..=count {
            let id = base::Id::<()>::from_bits(n).to_string();
            tx.run(
                "INSERT INTO approvals_applications (case_id, no, item_code, item_version, form_sealed,
                     sources_sealed, code_mac, code_sealed, result, remedies, submitted_act, to_join)
                 SELECT $1, $1, item_code, item_version, form_sealed, sources_sealed, code_mac,
                     code_sealed, result, remedies, submitted_act, 1
                 FROM approvals_applications ORDER BY case_id DESC LIMIT 1",
                &[id.into()],
            )?;
        }
        Ok(())
    };
    city.hall.write(fill).await.expect("as before");
}

#[test]
fn what_was_filed_before_is_looked_at_a_turn_at_a_time_and_by_one_walk() {
    each_city(hall::OFFICES, async |city| {
        let clerk = city_with_a_principal(&city).await;
        comes(&clerk, CHEN).await;
        city.settle().await;
        left_from_before(&city, 1_100).await;
        let count = async |sql: &'static str| {
            let read = city.hall.store.read(move |r| Ok(r.one::<i64>(sql, &[])?));
            read.await.expect("counted")
        };
        let left = "SELECT COUNT(*) FROM approvals_applications WHERE to_join = 1";
        let waiting = "SELECT COUNT(*) FROM ledger_jobs WHERE once LIKE 'approvals.join_earlier _'";
        let turn = city.hall.job("approvals.join_earlier").expect("the job");
        let work = || (turn.work)(city.hall.clone(), Value::Null, city.now());
        work().await.expect("a turn");
        assert_eq!((count(left).await, count(waiting).await), (100, 1));
        // The one of the next hour finds the walk under way.
        let again =
            |tx: &store::Tx<'_>| Ok(tx.run("UPDATE approvals_applications SET to_join = 1", &[])?);
        city.hall.write(again).await.expect("as before");
        work().await.expect("a turn");
        assert_eq!(count(waiting).await, 1, "no second walk");
        city.settle().await;
        assert_eq!((count(left).await, count(waiting).await), (0, 0));
    });
}

#[test]
fn what_a_window_takes_in_for_who_has_an_account_is_theirs_at_once() {
    each_city(hall::OFFICES, async |city| {
        let clerk = city_with_a_principal(&city).await;
        let no = comes(&clerk, CHEN).await;
        city.settle().await;
        let acts = joined(&city).await;
        assert_eq!(
            (acts.len(), &acts[0]["no"], &acts[0]["when"]),
            (1, &json!(no), &json!("filed"))
        );
        let letters = city.letters();
        let told = letters.iter().find(|one| one.to == "citizen@example.com").expect("a letter");
        assert!(told.text.contains("查询码："), "{}", told.text);

        let own = city.client("citizen").await;
        own.get("/my/cases").await.expect(200).says(&no).says("窗口收件");
        own.get(&format!("/my/cases/{no}")).await.expect(200).says("申请填写的内容");
        own.get(&format!("/my/cases/{no}/slip")).await.expect(200).says("查询码");
        city.client("other").await.get(&format!("/my/cases/{no}")).await.expect(404);
        let body = json!({ "password": PASSWORD });
        let copy = own.post_json("/api/v1/me/data", &body).await.expect(200).json();
        assert_eq!(copy["offices"]["approvals"]["cases"][0]["no"], json!(no));

        // They supplement online, and the window still puts down what they bring there.
        step(&clerk, &no, "correct", json!({ "items": ["缺缴存证明"] })).await.expect(200);
        let note = [("note", "补交缴存证明")];
        own.get(&format!("/my/cases/{no}")).await.expect(200).says("需要您补正");
        let path = format!("/my/cases/{no}/supplement");
        own.upload(&path, &note, ("files", "证明.pdf", PDF)).await.expect(303);
        let withdrawn = clerk
            .post(&format!("/desk/cases/{no}/withdraw"), &[("reason", "本人到窗口书面提出")])
            .await;
        withdrawn.expect(303);
        own.get(&format!("/my/cases/{no}")).await.expect(200).says("已撤回");
    });
}

#[test]
fn who_shows_later_that_the_number_is_theirs_finds_what_windows_took_in_and_a_stranger_does_not() {
    each_city(hall::OFFICES, async |city| {
        let clerk = city_with_a_principal(&city).await;
        let no = comes(&clerk, ZHOU).await;
        let agents = taken_in(&clerk, &with(brought(ZHOU, "2026-04-30"), "scope", "all")).await;
        city.settle().await;
        assert!(joined(&city).await.is_empty(), "nobody has shown that the number is theirs");

        // Whoever knows name and number and no more has stated them, and gets nothing.
        let stranger = registers(&city, ZHOU, "stranger2", "13999999999").await;
        let list = stranger.get("/my/cases").await.expect(200);
        assert!(!list.text.contains(&no), "{}", list.text);
        stranger.get(&format!("/my/cases/{no}")).await.expect(404);
        assert!(joined(&city).await.is_empty());

        let own = registers(&city, ZHOU, "zhou", "13712345678").await;
        own.get("/my/cases").await.expect(200).says(&no).says(&agents);
        own.get(&format!("/my/cases/{agents}")).await.expect(200).says("王建国");
        stranger.get(&format!("/my/cases/{no}")).await.expect(404);
        let acts = joined(&city).await;
        assert_eq!(acts.len(), 2);
        assert!(acts.iter().all(|act| act["when"] == "shown" && act["level"] == "checked"));
        // The agent comes to the window as before.
        step(&clerk, &agents, "correct", json!({ "items": ["缺缴存证明"] })).await.expect(200);
        let mut fields = vec![("note", "补交")];
        fields.extend(agent_came("42070419851231001X"));
        let path = format!("/desk/cases/{agents}/supplement");
        clerk.upload(&path, &fields, ("files", "证明.pdf", PDF)).await.expect(303);
    });
}

#[test]
fn who_is_vouched_for_at_a_counter_finds_them_too_and_another_name_on_the_number_does_not() {
    each_city(hall::OFFICES, async |city| {
        let clerk = city_with_a_principal(&city).await;
        let no = comes(&clerk, ZHOU).await;
        registers(&city, ("周小曼", ZHOU.1), "misspelt", "13800000000").await;
        let right = registers(&city, ZHOU, "zhou", "13800000000").await;
        let list = right.get("/my/cases").await.expect(200);
        assert!(!list.text.contains(&no), "the phone differs: nothing is shown yet");
        let card = |login: &'static str, name: &'static str| {
            [("name", name), ("number", ZHOU.1), ("seen", "true"), ("login", login)]
        };
        clerk.post("/desk/holders/prove", &card("zhou", ZHOU.0)).await.expect(303);
        city.settle().await;
        right.get("/my/cases").await.expect(200).says(&no);
        assert_eq!(joined(&city).await[0]["level"], "proven");
    });
}

#[test]
fn a_case_comes_to_a_new_account_once_the_one_it_had_is_closed() {
    each_city(hall::OFFICES, async |city| {
        let clerk = city_with_a_principal(&city).await;
        let first = registers(&city, ZHOU, "zhou", "13712345678").await;
        let no = comes(&clerk, ZHOU).await;
        first.get(&format!("/my/cases/{no}")).await.expect(200);
        first.post("/me/close", &[("password", CHOSEN), ("sure", "true")]).await.expect(303);
        let second = registers(&city, ZHOU, "zhou2", "13712345678").await;
        second.get(&format!("/my/cases/{no}")).await.expect(200);
    });
}

#[test]
fn looks_at_what_a_window_took_in_stand_among_the_looks_at_the_persons_data() {
    each_city(hall::OFFICES, async |city| {
        let clerk = city_with_a_principal(&city).await;
        let no = comes(&clerk, ZHOU).await;
        let purpose = [("purpose", "电话联系申请人")];
        clerk.post(&format!("/desk/cases/{no}/entries"), &purpose).await.expect(200);
        let own = registers(&city, ZHOU, "zhou", "13712345678").await;
        own.get("/me/looks").await.expect(200).says("电话联系申请人");
        own.get(&format!("/my/cases/{no}")).await.expect(200).says("电话联系申请人");
    });
}

/// Their mail address, confirmed by the code in the letter.
async fn writes_down(city: &City, own: &Client, email: &str) {
    own.post("/me/email", &[("email", email), ("password", CHOSEN)]).await.expect(303);
    city.settle().await;
    let letters = city.letters();
    let letter = letters.iter().find(|one| one.to == email).expect("a letter with a code");
    let (_, rest) = letter.text.split_once("确认码：").expect("a code");
    let code = rest.lines().next().expect("a code");
    own.post("/me/email/confirm", &[("code", code)]).await.expect(303);
}

#[test]
fn what_was_filed_before_comes_to_its_owner_once_with_one_letter() {
    each_city(hall::OFFICES, async |city| {
        let clerk = city_with_a_principal(&city).await;
        let (no, second) = (comes(&clerk, ZHOU).await, comes(&clerk, ZHOU).await);
        // As a city stands that was there before cases came to accounts so.
        let marks = |sql: &'static str, mark: Option<Vec<u8>>| {
            city.hall.write(move |tx| Ok(tx.run(sql, &[mark.clone().into()])?))
        };
        let before = "UPDATE approvals_applications SET person_mark = $1";
        marks(before, None).await.expect("as before");
        let own = registers(&city, ZHOU, "zhou", "13712345678").await;
        own.get(&format!("/my/cases/{no}")).await.expect(404);
        writes_down(&city, &own, "zhou@example.com").await;
        let mark = city.hall.keys.blind(access::NUMBER, ZHOU.1.as_bytes()).to_vec();
        let now = "UPDATE approvals_applications SET person_mark = $1, to_join = 1";
        marks(now, Some(mark)).await.expect("as it is taken over");

        city.job("approvals.join_earlier").await;
        city.settle().await;
        assert_eq!(joined(&city).await.len(), 2);
        let letters = city.letters();
        let told: Vec<_> = letters.iter().filter(|one| one.to == "zhou@example.com").collect();
        assert!(told.len() == 1 && told[0].text.contains("2 件"), "one letter: {told:?}");
        own.get(&format!("/my/cases/{no}")).await.expect(200);
        own.get(&format!("/my/cases/{second}")).await.expect(200);
        let left = city.hall.store.read(|r| {
            let sql =
                "SELECT CAST(COUNT(*) AS BIGINT) FROM approvals_applications WHERE to_join = 1";
            Ok(r.one::<i64>(sql, &[])?)
        });
        assert_eq!(left.await.expect("counted"), 0);
        city.job("approvals.join_earlier").await;
        assert_eq!(joined(&city).await.len(), 2, "once");
    });
}
