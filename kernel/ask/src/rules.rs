//! The verdicts: whether terms stand, which fields they give, what their filter lets through, how often may be asked;
//! whether a look is covered by a deferral, and whether it is told yet. Pure: time is an argument.

use std::cmp::Ordering;

use base::{Day, Moment, Refusal, RefusalKind};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::decimal::Decimal;
use crate::deferrals::Deferral;
use crate::terms::Standing;

/// How often may be asked; what is not said is not limited.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rate {
    /// So often in a minute of the clock.
    pub per_minute: Option<i64>,
    /// So often in a day of the city.
    pub per_day: Option<i64>,
}

/// How a field is held against a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operator {
    /// 等于.
    Is,
    /// 不等于.
    IsNot,
    /// 是其中之一: the value is a list.
    OneOf,
    /// 以此开头.
    BeginsWith,
    /// 不小于: numbers by what they say, days and other texts letter by letter.
    AtLeast,
    /// 不大于.
    AtMost,
}

impl Operator {
    /// All of them, with what people call them.
    pub const ALL: [(Self, &'static str, &'static str); 6] = [
        (Self::Is, "is", "等于"),
        (Self::IsNot, "is_not", "不等于"),
        (Self::OneOf, "one_of", "是其中之一"),
        (Self::BeginsWith, "begins_with", "以此开头"),
        (Self::AtLeast, "at_least", "不小于"),
        (Self::AtMost, "at_most", "不大于"),
    ];

    /// What people call it.
    pub fn title(self) -> &'static str {
        Self::ALL.into_iter().find(|(one, ..)| *one == self).map_or("", |(.., title)| title)
    }

    /// As it is sent.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(_, name, _)| *name == text).map(|(one, ..)| one)
    }
}

/// One condition of a row filter: data, never SQL.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// The field of the answer.
    pub field: String,
    /// How.
    pub op: Operator,
    /// Against what.
    pub value: Value,
}

impl Condition {
    /// Whether an answer meets it. What is not known meets nothing: a field that is not there, or that is of another kind
    /// than the value. Against a number stands what the field says as a number, also where it is written as a text.
    fn admits(&self, answer: &Map<String, Value>) -> bool {
        let Some(found) = answer.get(&self.field) else { return false };
        let order = || order(found, &self.value);
        match self.op {
            Operator::Is => order().is_some_and(Ordering::is_eq),
            Operator::IsNot => order().is_some_and(Ordering::is_ne),
            Operator::OneOf => self.value.as_array().is_some_and(|all| {
                all.iter().any(|one| self::order(found, one).is_some_and(Ordering::is_eq))
            }),
            Operator::BeginsWith => {
                let both = found.as_str().zip(self.value.as_str());
                both.is_some_and(|(text, start)| !start.is_empty() && text.starts_with(start))
            }
            Operator::AtLeast => order().is_some_and(Ordering::is_ge),
            Operator::AtMost => order().is_some_and(Ordering::is_le),
        }
    }
}

/// How what was found stands to a value: numbers by what they say, texts letter by letter. Of different kinds nothing is said.
fn order(found: &Value, value: &Value) -> Option<Ordering> {
    match (found, value) {
        (_, Value::Number(_)) => Some(Decimal::of(found)?.cmp(&Decimal::of(value)?)),
        (Value::String(one), Value::String(other)) => Some(one.cmp(other)),
        (Value::Bool(one), Value::Bool(other)) => Some(one.cmp(other)),
        _ => None,
    }
}

/// What of an answer meets all conditions: the whole of it or nothing, and of a list what meets them. An answer that has
/// no fields meets only terms without conditions.
pub fn admitted(answer: &Value, filter: &[Condition]) -> Option<Value> {
    if filter.is_empty() {
        return Some(answer.clone());
    }
    match answer {
        Value::Object(map) => filter.iter().all(|one| one.admits(map)).then(|| answer.clone()),
        Value::Array(all) => {
            let kept = all.iter().filter_map(|one| match one {
                Value::Object(_) => admitted(one, filter),
                _ => None,
            });
            Some(Value::Array(kept.collect()))
        }
        _ => None,
    }
}

/// 个人信息保护法 art. 6: where a yes or a no is enough, no record is given. Yes is that the register knows the subject
/// and that every value that is claimed of it is the one it has.
pub fn yes(answer: Option<&Value>, claims: &Map<String, Value>) -> bool {
    match answer {
        None | Some(Value::Null) => false,
        Some(Value::Bool(yes)) => *yes && claims.is_empty(),
        Some(Value::Array(all)) => all.iter().any(|one| yes(Some(one), claims)),
        Some(Value::Object(map)) => {
            claims.iter().all(|(field, claimed)| map.get(field) == Some(claimed))
        }
        Some(_) => claims.is_empty(),
    }
}

/// Whether terms stand on a day: begun, not past their last day, not ended.
pub fn stands(terms: &Standing, day: Day) -> Result<(), Refusal> {
    let over = |words: String| {
        Refusal::new(RefusalKind::Forbidden, "ask.terms_over", words)
            .remedy("仍然需要的，请在数据目录中重新申请")
    };
    if let Some((at, why)) = &terms.ended {
        let why = if why.is_empty() { String::new() } else { format!("：{why}") };
        return Err(over(format!("共享条件已于{}终止{why}", at.day().chinese())));
    }
    if let Some(until) = terms.until.filter(|until| *until < day) {
        return Err(over(format!("共享条件到{}为止，已经到期", until.chinese())));
    }
    if terms.from > day {
        return Err(over(format!("共享条件从{}起生效，还没有开始", terms.from.chinese())));
    }
    Ok(())
}

/// Whether a question is about the resource that its terms were agreed for, where it names one by its code: what was
/// agreed for one is no leave to ask another.
pub fn of_resource(question: &Value, agreed: &str) -> Result<(), Refusal> {
    match question.get("resource").and_then(Value::as_str) {
        Some(named) if named != agreed => {
            let words = "查询的资源不是约定共享的那一个";
            Err(Refusal::new(RefusalKind::Forbidden, "ask.resource_outside", words)
                .remedy("请用约定的资源代码查询；需要别的资源的，请在数据目录中申请"))
        }
        _ => Ok(()),
    }
}

/// Which fields are given of those that are wanted: the agreed ones where none is named, and a refusal that names what
/// was not agreed to.
pub fn given(wanted: &[String], agreed: &[String]) -> Result<Vec<String>, Refusal> {
    let all = agreed.iter().any(|field| field == "*");
    let outside: Vec<&str> =
        wanted.iter().filter(|field| !all && !agreed.contains(field)).map(String::as_str).collect();
    match (outside.is_empty(), wanted.is_empty()) {
        (false, _) => {
            let words = format!("“{}”不在约定的共享范围内", outside.join("”、“"));
            Err(Refusal::new(RefusalKind::Forbidden, "ask.field_outside", words)
                .remedy("请只查询约定的信息项；确实需要的，请在数据目录中申请"))
        }
        (true, true) => Ok(agreed.to_vec()),
        (true, false) => Ok(wanted.to_vec()),
    }
}

/// Whether this many asks, the present one among them, are within what was agreed.
pub fn within(rate: Rate, in_minute: i64, in_day: i64) -> Result<(), Refusal> {
    let over = |words: String, remedy: &str| {
        Refusal::new(RefusalKind::TooMany, "ask.too_often", words).remedy(remedy)
    };
    if let Some(most) = rate.per_minute.filter(|most| in_minute > *most) {
        return Err(over(format!("查询太快了，约定每分钟最多 {most} 次"), "请过一分钟再试"));
    }
    if let Some(most) = rate.per_day.filter(|most| in_day > *most) {
        return Err(over(
            format!("今天的查询次数已经用完，约定每天最多 {most} 次"),
            "请明天再试，或者申请提高约定的次数",
        ));
    }
    Ok(())
}

/// Who looks, as far as a deferral needs to know.
#[derive(Clone, Copy, Debug)]
pub struct Looker<'a> {
    /// The accounts: of who looks, and of the one whose post they exercise.
    pub accounts: &'a [&'a str],
    /// For which organ; empty for who looks as a private person.
    pub organ: &'a str,
    /// The organs from the topmost to that one: `/ezhou/ezhou-mzj/`.
    pub path: &'a str,
    /// Whether it is the person concerned who looks.
    pub is_subject: bool,
}

/// Whether an organ is covered by what was ordered of one organ, or of that and all below it.
pub(crate) fn is_within(path: &str, organ: &str, ordered: &str, below: bool) -> bool {
    organ == ordered || below && path.split('/').any(|above| above == ordered)
}

/// 个人信息保护法 arts. 18, 35: whether a look at this moment is told of afterwards by this deferral. It must stand at
/// that moment; the organ must be the one it was ordered for. Who ordered it never looks under it, and what people look
/// at of their own is no secret to them.
pub fn defers(deferral: &Deferral, looker: &Looker<'_>, at: Moment) -> bool {
    let stands = deferral.from <= at && at < deferral.ends;
    let ordered = |account: &&str| deferral.ordered_by.iter().any(|one| one == account);
    stands
        && !looker.organ.is_empty()
        && is_within(looker.path, looker.organ, &deferral.organ, deferral.below)
        && !looker.accounts.iter().any(ordered)
        && !looker.is_subject
}

/// Whether the person concerned is told of a look by now: at once where nothing defers it, else from the end on.
/// `CONDITION` in `reads.rs` says the same in SQL.
pub fn is_told(ends: Option<Moment>, now: Moment) -> bool {
    ends.is_none_or(|ends| ends <= now)
}

#[cfg(test)]
mod tests {
    use base::Id;
    use proptest::prelude::*;

    use super::*;

    fn deferral(from: i64, ends: i64, below: bool) -> Deferral {
        Deferral {
            id: Id::mint(Moment::from_millis(0)),
            organ: "b".into(),
            below,
            ground: String::new(),
            approved: String::new(),
            ordered_by: vec!["first".into(), "second".into()],
            from: Moment::from_millis(from),
            ends: Moment::from_millis(ends),
        }
    }

    fn condition(op: Operator, value: Value) -> Condition {
        Condition { field: "f".into(), op, value }
    }

    #[test]
    fn a_filter_lets_through_what_meets_all_of_it_and_nothing_that_lacks_the_field() {
        use serde_json::json;
        let holds = |op, value: Value, found: Value| {
            admitted(&json!({ "f": found }), &[condition(op, value)]).is_some()
        };
        assert!(holds(Operator::BeginsWith, json!("420702"), json!("420702001")));
        assert!(!holds(Operator::BeginsWith, json!(""), json!("420702001")));
        assert!(holds(Operator::OneOf, json!(["a", "b"]), json!("b")));
        assert!(!holds(Operator::OneOf, json!("b"), json!("b")));
        assert!(holds(Operator::AtLeast, json!("2026-01-01"), json!("2026-03-02")));
        assert!(!holds(Operator::AtLeast, json!(18), json!("9")), "numbers, also written as texts");
        assert!(holds(Operator::Is, json!(12.5), json!("12.50")));
        assert!(holds(Operator::OneOf, json!([1, 2]), json!("2")));
        for op in [Operator::IsNot, Operator::AtMost] {
            assert!(!holds(op, json!(18), json!("")), "what is no number is not below one");
            assert!(!holds(op, json!("x"), json!(7)), "of another kind nothing is said");
        }
        assert!(holds(Operator::AtMost, json!(18), json!(17.5)));
        assert!(
            !holds(Operator::IsNot, json!("x"), Value::Null),
            "what is not known meets nothing"
        );
        let only = [condition(Operator::Is, json!("x"))];
        assert!(admitted(&json!({ "g": "x" }), &only).is_none());
        assert!(admitted(&json!(true), &only).is_none());
        let kept = admitted(&json!([{ "f": "x" }, { "f": "y" }, "x"]), &only);
        assert_eq!(kept, Some(json!([{ "f": "x" }])));
    }

    #[test]
    fn a_yes_is_that_everything_claimed_is_what_the_register_has() {
        use serde_json::json;
        let claims = |value: Value| value.as_object().cloned().unwrap_or_default();
        let person = json!({ "name": "张三", "division": "420702" });
        assert!(yes(Some(&person), &claims(json!({}))));
        assert!(yes(Some(&person), &claims(json!({ "name": "张三" }))));
        assert!(!yes(Some(&person), &claims(json!({ "name": "李四" }))));
        assert!(!yes(Some(&person), &claims(json!({ "spouse": "李四" }))));
        assert!(!yes(None, &claims(json!({}))));
    }

    proptest! {
        /// Whatever is agreed and wanted: what is given was agreed to, and whatever was not is refused by name.
        #[test]
        fn no_field_is_given_that_was_not_agreed_to(
            wanted in prop::collection::vec("[a-d]", 0..4),
            agreed in prop::collection::vec("[a-d]", 1..4),
        ) {
            match given(&wanted, &agreed) {
                Ok(fields) => {
                    prop_assert!(fields.iter().all(|field| agreed.contains(field)));
                    prop_assert!(wanted.iter().all(|field| fields.contains(field)));
                }
                Err(refusal) => {
                    prop_assert_eq!(refusal.code, "ask.field_outside");
                    let outside = wanted.iter().find(|field| !agreed.contains(field));
                    prop_assert!(outside.is_some_and(|field| refusal.message.contains(field.as_str())));
                }
            }
        }

        /// Terms stand from their first day to their last, unless they were ended.
        #[test]
        fn terms_stand_between_their_days(
            (from, length, day) in (0i64..20, prop::option::of(0i64..20), 0i64..60),
            ended: bool,
        ) {
            let terms = Standing {
                about: String::new(), fields: vec![], ground: String::new(), valid_seconds: 0,
                filter: vec![], yes_no: false, rate: Rate::default(),
                from: Day::from_number(from), until: length.map(|l| Day::from_number(from + l)),
                ended: ended.then(|| (Moment::from_millis(0), String::new())),
                resource: String::new(),
            };
            let runs = from <= day && length.is_none_or(|l| day <= from + l);
            prop_assert_eq!(stands(&terms, Day::from_number(day)).is_ok(), runs && !ended);
        }

        /// Whatever is ordered: a look outside of its time, of another organ, by who ordered it, by the person
        /// concerned or by a private person is told at once; any other is told from the end on, and not before.
        #[test]
        fn a_look_is_deferred_by_what_covers_it_and_told_from_its_end_on(
            (from, length, at, now) in (0i64..50, 0i64..50, 0i64..120, 0i64..120),
            below: bool,
            organ in prop::sample::select(vec!["", "a", "b", "c", "bb"]),
            account in prop::sample::select(vec!["first", "second", "third"]),
            behalf in prop::sample::select(vec!["second", "fourth"]),
            is_subject: bool,
        ) {
            let one = deferral(from, from + length, below);
            let path = match organ {
                "" => String::new(),
                "a" => "/a/".to_owned(),
                "b" => "/a/b/".to_owned(),
                other => format!("/a/b/{other}/"),
            };
            let accounts = [account, behalf];
            let looker = Looker { accounts: &accounts, organ, path: &path, is_subject };
            let covered = match organ { "b" => true, "c" | "bb" => below, _ => false };
            let in_time = (from..from + length).contains(&at);
            let ordered = account != "third" || behalf == "second";
            let deferred = defers(&one, &looker, Moment::from_millis(at));
            prop_assert_eq!(deferred, covered && in_time && !ordered && !is_subject);
            let told = is_told(deferred.then_some(one.ends), Moment::from_millis(now));
            prop_assert_eq!(told, !deferred || now >= from + length);
        }
    }
}
