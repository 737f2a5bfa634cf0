//! The verdicts of a gateway.

mod site;

use base::Moment;
use serde_json::json;

use message::Kind;

use super::answers::fitting;
use super::rules::{
    Standing, answers, cut, fields_of, life, may_be_asked, may_send, unsent, warnings,
};

fn at(days: i64) -> Moment {
    Moment::from_millis(1_772_380_800_000).plus_seconds(days * 86_400)
}

fn standing() -> Standing {
    Standing {
        offset_ms: Some(20),
        clock: None,
        ends: Some(at(100)),
        heard: Some(at(0)),
        refused: None,
        publishing: Vec::new(),
        subscribing: Vec::new(),
        answering: None,
        uncertified: None,
        registered: None,
        unopened: None,
        knows_centre: true,
    }
}

#[test]
fn nothing_is_taken_by_a_clock_hours_off_with_an_old_certificate_or_for_an_unknown_centre() {
    assert!(may_send(&standing(), at(0)).is_ok());
    let code = |standing: Standing, now| may_send(&standing, now).unwrap_err();
    let off = code(Standing { offset_ms: Some(3 * 3_600_000), ..standing() }, at(0));
    assert_eq!(off.code, "gateway.clock");
    assert!(off.message.contains("快 3 小时 0 分"), "{}", off.message);
    let off = code(Standing { offset_ms: Some(-3 * 3_600_000), ..standing() }, at(0));
    assert!(off.message.contains("慢 3 小时 0 分"), "{}", off.message);
    let told =
        Standing { clock: Some("发送方的时钟比中心快 3 小时".into()), ..standing() };
    assert_eq!(code(told, at(0)).code, "gateway.clock");
    let over = code(standing(), at(101));
    assert_eq!(over.code, "gateway.certificate_expired");
    let unknown = code(Standing { knows_centre: false, ..standing() }, at(0));
    assert_eq!(unknown.code, "gateway.no_centre");
}

#[test]
fn the_end_of_a_certificate_is_said_thirty_days_before() {
    let said = |now| {
        let standing = Standing { heard: Some(now), ..standing() };
        warnings(&standing, now).join(" ")
    };
    assert_eq!(said(at(69)), "");
    assert!(said(at(70)).contains("还有 30 天到期"), "{}", said(at(70)));
    assert!(said(at(101)).contains("已经在"), "{}", said(at(101)));
    let silent = Standing { heard: Some(at(-1)), ..standing() };
    assert!(warnings(&silent, at(0)).join(" ").contains("没有听到中心的回应"));
}

#[test]
fn no_field_leaves_the_house_that_was_not_agreed_or_not_asked_for() {
    let row = json!({ "name": "张三", "born": 2, "diagnosis": "x" });
    let names =
        |names: &[&str]| -> Vec<String> { names.iter().map(|name| (*name).to_owned()).collect() };
    let agreed = names(&["name", "born"]);
    assert_eq!(cut(row.clone(), &agreed, &[]), json!({ "name": "张三", "born": 2 }));
    assert_eq!(cut(row.clone(), &agreed, &names(&["born", "diagnosis"])), json!({ "born": 2 }));
    assert_eq!(cut(json!([row]), &agreed, &names(&["born"])), json!([{ "born": 2 }]));
    assert_eq!(cut(json!("all of it"), &agreed, &[]), json!(null));
}

#[test]
fn what_is_given_unasked_names_its_fields() {
    assert_eq!(fields_of(&json!({ "b": 1, "a": { "c": 2 } })), ["a", "b"]);
    assert_eq!(fields_of(&json!([{ "a": 1 }, { "b": 2 }, 3])), ["a", "b"]);
    assert!(fields_of(&json!("words")).is_empty());
}

#[test]
fn a_line_answers_what_it_holds_and_an_empty_question_is_answered_by_none() {
    let line = json!({ "mother": "1", "born": 2 });
    assert!(answers(&line, &json!({ "mother": "1" })));
    assert!(!answers(&line, &json!({ "mother": "2" })));
    assert!(!answers(&line, &json!({ "mother": "1", "father": "3" })));
    assert!(!answers(&line, &json!({})), "nobody asks for everything");
    assert_eq!((life(None, 60), life(Some(1), 9_000), life(Some(i64::MAX), 1)), (60, 60, 604_800));
}

#[test]
fn a_file_is_asked_by_what_it_may_be_asked_by_and_by_nothing_else() {
    let by = ["mother".to_owned()];
    assert!(may_be_asked(&json!({ "mother": "1" }), &by).is_ok());
    let words = may_be_asked(&json!({ "mother": "1", "diagnosis": "x" }), &by).unwrap_err();
    assert!(words.contains("diagnosis") && words.contains("mother"), "{words}");
    assert!(may_be_asked(&json!({}), &by).is_err());
    assert!(may_be_asked(&json!("1"), &by).is_err());
}

#[test]
fn an_answer_that_is_too_long_becomes_a_word_and_what_was_tried_is_not_called_unsent() {
    let (kind, body) = fitting(Kind::Answer, "x".repeat(10 * 1024 * 1024));
    assert!(kind == Kind::Refusal && body.contains("gateway.answer_too_large"), "{body}");
    assert_eq!(fitting(Kind::Answer, "{}".into()), (Kind::Answer, "{}".into()));
    assert!(unsent(0).1.contains("没有送到"));
    assert!(unsent(1).1.contains("不知道是否送到"));
}

#[test]
fn what_is_subscribed_to_names_a_resource_and_an_agreement() {
    let config = |more: &str| {
        let text = format!(
            "name = \"wjw\"\norgans = [\"ezhou-wjw\"]\ncentre = \"https://centre\"\nauthority = \"a\"\n{more}"
        );
        toml::from_str::<super::config::Config>(&text).map_err(|why| why.to_string())
    };
    let one = |rest: &str| format!("[[subscribes]]\nresource = \"209002/000001\"\n{rest}\n");
    let fits = |text: &str| config(text)?.fits().map_err(|refusal| refusal.message);
    assert_eq!(fits(&one("purpose = \"1\"\nto = { folder = \"permits\" }")), Ok(()));
    assert!(fits(&one("")).is_err(), "nothing agreed is named");
    assert!(fits(&one("purpose = \" \"")).unwrap_err().contains("purpose"));
    let twice = one("purpose = \"1\"").repeat(2);
    assert!(fits(&twice).unwrap_err().contains("两次"));
    let folder = |no: u8| one(&format!("purpose = \"{no}\"\nto = {{ folder = \"f\" }}"));
    assert!(fits(&(folder(1) + &folder(2))).unwrap_err().contains("同一个文件夹"));
    let strange = "[[subscribes]]\nresource = \"population.person\"\npurpose = \"1\"\n";
    assert!(fits(strange).unwrap_err().contains("资源的代码"));
    assert!(fits(&one("purpose = \"1\"\nfrom = \"ezhou-zjj\"")).is_err());
}
