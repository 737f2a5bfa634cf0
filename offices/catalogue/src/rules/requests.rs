//! What a request may be about, what may be agreed to, and what the dispute of a value must say.

use ask::Question;
use base::{Day, Refusal, RefusalKind};
use catalogue_contract::{RowChanges, Rows};

use super::refuse;
use crate::terms::{Agreed, Disputed, Manner, Resource, Rule, Share, State, Wish};

/// The longest text.
const TEXT_MAX: usize = 1_000;

/// What is wrong with a legal ground: it names a law, regulation or rule in 《》, and its article after it.
pub fn bad_article(ask: &str, typed: &str) -> Option<String> {
    let text = typed.trim();
    if text.chars().count() > TEXT_MAX {
        return Some(format!("最多 {TEXT_MAX} 个字"));
    }
    let has_article = |rest: &str| {
        rest.split('第').skip(1).any(|after| {
            let number = after.split('条').next().filter(|number| number.len() < after.len());
            let counts = |sign: char| {
                sign.is_ascii_digit() || "〇零一二两三四五六七八九十百千".contains(sign)
            };
            number.is_some_and(|number| !number.is_empty() && number.chars().all(counts))
        })
    };
    let mut laws = text.split('《').skip(1).filter_map(|law| law.split_once('》'));
    if laws.any(|(name, rest)| name.trim().chars().count() >= 2 && has_article(rest)) {
        return None;
    }
    Some(format!("{ask}，写全名和第几条，例如《中华人民共和国社会保险法》第七十四条"))
}

/// Decree 809: whether this organ can ask for this resource at all.
pub fn may_ask(
    (state, resource): (State, &Resource),
    provider: &str,
    consumer: &str,
) -> Result<(), Refusal> {
    if state != State::Published {
        return Err(refuse("catalogue.not_published", "这个资源现在没有发布，不能申请"));
    }
    if resource.share == Share::Refused {
        let words = format!("“{}”不予共享", resource.name);
        return Err(refuse("catalogue.not_shared", words).ground(resource.share_ground.as_str()));
    }
    if provider == consumer {
        return Err(refuse("catalogue.own_resource", "这是本部门自己的资源，不用申请"));
    }
    Ok(())
}

fn invalid(code: &'static str, words: &str) -> Refusal {
    Refusal::new(RefusalKind::Invalid, code, words)
}

/// Whether a wish says everything: which items, what for, on which article, until when. All that is wrong is told.
pub fn well_wished(wish: &Wish, resource: &Resource, today: Day) -> Result<(), Refusal> {
    let mut wrong = invalid("catalogue.bad_request", "申请需要修改");
    if wish.items.is_empty() {
        wrong = wrong.field("items", "请选择需要的信息项");
    } else if wish.items.iter().any(|code| resource.item(code).is_none()) {
        wrong = wrong.field("items", "有的信息项不在这个资源里，请重新选择");
    }
    match wish.purpose.trim().chars().count() {
        0 => wrong = wrong.field("purpose", "请写用来做什么，有关的人会看到"),
        1..=4 => wrong = wrong.field("purpose", "请写具体一些，有关的人会看到"),
        signs if signs > TEXT_MAX => {
            wrong = wrong.field("purpose", format!("最多 {TEXT_MAX} 个字"));
        }
        _ => {}
    }
    if let Some(words) = bad_article("请写职责的依据", &wish.ground) {
        wrong = wrong.field("ground", words);
    }
    match wish.until {
        None => wrong = wrong.field("until", "请写用到哪一天"),
        Some(until) if until <= today => wrong = wrong.field("until", "应当在今天以后"),
        Some(until) if until > today.plus(3 * 366) => {
            wrong = wrong.field("until", "最长三年，到期可以再申请");
        }
        _ => {}
    }
    wrong = rate(wrong, wish.rate);
    if wrong.fields.is_empty() { Ok(()) } else { Err(wrong) }
}

fn rate(mut wrong: Refusal, rate: ask::Rate) -> Refusal {
    for (field, most) in [("per_minute", rate.per_minute), ("per_day", rate.per_day)] {
        if most.is_some_and(|most| !(1..=10_000_000).contains(&most)) {
            wrong = wrong.field(field, "请写大于 0 的数");
        }
    }
    wrong
}

/// Whether what is agreed to lies within what was wished for: no more items, no longer, not more often. Who agrees to
/// less says why.
pub fn well_agreed(agreed: &Agreed, wish: &Wish, today: Day) -> Result<(), Refusal> {
    let mut wrong = invalid("catalogue.bad_answer", "答复需要修改");
    if agreed.items.is_empty() {
        wrong = wrong.field("items", "请选择同意提供的信息项；都不同意的，请答复不同意");
    } else if agreed.items.iter().any(|code| !wish.items.contains(code)) {
        wrong = wrong.field("items", "只能同意申请了的信息项");
    }
    // Each counts once, however often it is named.
    let all = wish.items.iter().all(|code| agreed.items.contains(code));
    if !all && agreed.reason.trim().is_empty() {
        wrong = wrong.field("reason", "只同意一部分的，请写明理由");
    }
    if let Some(words) = bad_article("请写答复的依据", &agreed.ground) {
        wrong = wrong.field("ground", words);
    }
    match (agreed.until, wish.until) {
        (None, _) => wrong = wrong.field("until", "请写用到哪一天"),
        (Some(until), _) if until <= today => wrong = wrong.field("until", "应当在今天以后"),
        (Some(until), Some(wished)) if until > wished => {
            wrong = wrong.field("until", format!("不晚于申请的{}", wished.chinese()));
        }
        _ => {}
    }
    let more = |agreed: Option<i64>, wished: Option<i64>| match (agreed, wished) {
        (_, None) => false,
        (None, Some(_)) => true,
        (Some(agreed), Some(wished)) => agreed > wished,
    };
    for (field, agreed, wished) in [
        ("per_minute", agreed.rate.per_minute, wish.rate.per_minute),
        ("per_day", agreed.rate.per_day, wish.rate.per_day),
    ] {
        if more(agreed, wished) {
            wrong = wrong.field(field, "不超过申请的次数");
        }
    }
    wrong = rate(wrong, agreed.rate);
    if wrong.fields.is_empty() { Ok(()) } else { Err(wrong) }
}

/// Whether items that are agreed to are those that were asked for, though the resource has a newer version: their names stand
/// for the same fields.
pub fn stand_as_asked(
    asked: &Resource,
    standing: &Resource,
    codes: &[String],
) -> Result<(), Refusal> {
    let same = codes.iter().all(|code| is_same(asked, standing, code));
    if same { Ok(()) } else { Err(newer_version()) }
}

/// What was answered by is not in force any more.
pub fn newer_version() -> Refusal {
    refuse("catalogue.newer_version", "资源已经有新的一版，请按新的一版答复")
        .remedy("这一页已经改为新的一版，请看过以后再答复")
}

/// Whether the organ that asks may still be asked to complete its request: at once, and once. Later the days of the answer
/// would stand still by the hand of whom they bind.
pub fn may_correct(last: Day, rule: &Rule, today: Day) -> Result<(), Refusal> {
    if today <= last {
        return Ok(());
    }
    let words = format!(
        "请对方补充，要在收到申请以后 {} 个工作日内（{}以前，含当日）一次提出",
        rule.complete_days,
        last.chinese()
    );
    Err(refuse("catalogue.too_late_to_complete", words)
        .ground(rule.complete_ground.as_str())
        .remedy("请按申请现有的内容答复"))
}

/// Whether an item is the same in two versions.
pub fn is_same(one: &Resource, other: &Resource, code: &str) -> bool {
    let both = one.item(code).zip(other.item(code));
    both.is_some_and(|(one, other)| one.name == other.name && one.field() == other.field())
}

/// Whether what is agreed to can be had in the way that was asked for. `ours` says whether the program answers the kind of
/// question; else a department's gateway does.
pub fn can_be_had(
    agreed: &Agreed,
    manner: Manner,
    (resource, ours): (&Resource, bool),
) -> Result<(), Refusal> {
    let wrong = |field: &str, words: &str| {
        Err(invalid("catalogue.cannot_be_had", "这样同意，对方取不到数据").field(field, words))
    };
    let keys = || resource.items.iter().filter(|item| item.key);
    let yes_no = agreed.yes_no || manner == Manner::Verify;
    match (manner, resource.question.as_str()) {
        (Manner::File, _) => Ok(()),
        (Manner::Dataset, _) if yes_no => {
            wrong("yes_no", "推送整张表的，不能只回答是或者否；请改为接口查询或者数据核验")
        }
        (Manner::Dataset, _) | (_, "") if keys().next().is_none() => {
            wrong("items", "这个资源没有主键，说不明是哪一行；请先在目录里标明主键，发布新的一版")
        }
        (Manner::Dataset, _) if keys().any(|item| !agreed.items.contains(&item.code)) => {
            wrong("items", "推送要按主键说明增加、更改和减少的是哪一行，请把主键也同意进来")
        }
        (Manner::Ask | Manner::Verify, kind) if !kind.is_empty() && !ours && yes_no => {
            wrong("yes_no", "这种查询由部门的网关直接答复，不能只回答是或者否")
        }
        (Manner::Ask | Manner::Verify, kind)
            if !kind.is_empty() && !ours && !agreed.filter.is_empty() =>
        {
            wrong("filter", "这种查询由部门的网关直接答复，不能只限一部分行")
        }
        _ => Ok(()),
    }
}

/// Whether what was agreed on the version before is to be had by the new one, under the same names; why not otherwise.
pub fn still_fits(
    (kind, fields): (&str, &[String]),
    before: &Resource,
    after: &Resource,
) -> Result<(), String> {
    let name = &after.name;
    if after.share == Share::Refused {
        return Err(format!("“{name}”改为不予共享"));
    }
    if after.provider != before.provider {
        return Err(format!("“{name}”改由别的部门提供，请重新申请"));
    }
    let asked = match after.question.as_str() {
        "" => <Rows as Question>::KIND,
        question => question,
    };
    if kind != asked && kind != <RowChanges as Question>::KIND {
        return Err(format!("“{name}”改了查询的种类，请重新申请"));
    }
    let code = |resource: &Resource, field: &String| {
        let item = resource.items.iter().find(|item| item.field() == field);
        item.map(|item| item.code.clone())
    };
    let fits =
        |field: &&String| code(after, field).is_some_and(|to| code(before, field) == Some(to));
    match fields.iter().find(|field| !fits(field)) {
        None => Ok(()),
        Some(field) => {
            let item = before.items.iter().find(|item| item.field() == field);
            let item = item.map_or(field.as_str(), |item| &item.name);
            Err(format!("“{name}”新的一版里不再有原来的“{item}”，请重新申请"))
        }
    }
}

/// Whether a dispute says which row it is, what stands there, what should, and why.
pub fn well_disputed(said: &Disputed) -> Result<(), Refusal> {
    let mut wrong = invalid("catalogue.bad_dispute", "异议没有写好");
    for (field, text, words) in [
        ("row", &said.row, "请写是谁的、哪一条的，例如姓名或者编号"),
        ("right", &said.right, "请写应当是什么"),
        ("why", &said.why, "请写为什么，有什么可以证明"),
    ] {
        match text.trim().chars().count() {
            0 => wrong = wrong.field(field, words),
            signs if signs > TEXT_MAX => {
                wrong = wrong.field(field, format!("最多 {TEXT_MAX} 个字"));
            }
            _ => {}
        }
    }
    if said.shown.chars().count() > TEXT_MAX {
        wrong = wrong.field("shown", format!("最多 {TEXT_MAX} 个字"));
    }
    if wrong.fields.is_empty() { Ok(()) } else { Err(wrong) }
}

#[cfg(test)]
mod tests {
    use ask::Rate;
    use proptest::prelude::*;

    use super::*;

    fn resource(items: &[(&str, &str)]) -> Resource {
        let item = |(code, field): &(&str, &str)| crate::terms::Item {
            code: (*code).into(),
            name: format!("“{code}”"),
            field: (*field).into(),
            key: *code == "no",
            ..crate::terms::Item::default()
        };
        Resource { items: items.iter().map(item).collect(), ..Resource::default() }
    }

    #[test]
    fn what_was_agreed_ends_when_its_field_is_gone_or_is_another_items() {
        let before = resource(&[("no", ""), ("name", ""), ("home", "address")]);
        let rows = <Rows as Question>::KIND;
        let fits = |fields: &[&str], after: &Resource| {
            let fields: Vec<String> = fields.iter().map(|one| (*one).to_owned()).collect();
            still_fits((rows, &fields), &before, after).is_ok()
        };
        assert!(fits(&["name", "address"], &before));
        let without = resource(&[("no", ""), ("name", "")]);
        assert!(fits(&["name"], &without) && !fits(&["name", "address"], &without));
        let moved = resource(&[("no", ""), ("name", "address"), ("home", "name")]);
        assert!(!fits(&["name"], &moved));
        assert!(!fits(&["name"], &Resource { provider: "other".into(), ..before.clone() }));
        assert!(!fits(&["name"], &Resource { question: "a.b".into(), ..before.clone() }));
        assert!(!fits(&["name"], &Resource { share: Share::Refused, ..before.clone() }));
    }

    #[test]
    fn what_could_never_be_had_is_not_agreed_to() {
        let agreed = |items: &[&str]| Agreed {
            items: items.iter().map(|one| (*one).to_owned()).collect(),
            ..Agreed::default()
        };
        let keyed = resource(&[("no", ""), ("name", "")]);
        let bare = resource(&[("name", "")]);
        let had = |agreed: &Agreed, manner, resource: &Resource, ours| {
            can_be_had(agreed, manner, (resource, ours)).is_ok()
        };
        assert!(had(&agreed(&["no", "name"]), Manner::Dataset, &keyed, false));
        assert!(!had(&agreed(&["name"]), Manner::Dataset, &keyed, false), "without its key");
        assert!(!had(&agreed(&["name"]), Manner::Ask, &bare, false), "which row?");
        assert!(had(&agreed(&["name"]), Manner::Ask, &keyed, false));
        let yes = Agreed { yes_no: true, ..agreed(&["no", "name"]) };
        assert!(!had(&yes, Manner::Dataset, &keyed, false));
        let asked = Resource { question: "health.births".into(), ..bare.clone() };
        assert!(had(&agreed(&["name"]), Manner::Ask, &asked, false));
        assert!(!had(&agreed(&["name"]), Manner::Verify, &asked, false));
        assert!(had(&agreed(&["name"]), Manner::Verify, &asked, true));
    }

    proptest! {
        /// Whatever is wished for and agreed to: what passes is never more than what was wished for.
        #[test]
        fn what_is_agreed_to_lies_within_the_wish(
            wished in prop::collection::vec("[a-d]", 1..4),
            given in prop::collection::vec("[a-d]", 0..4),
            (until, wish_until) in (0i64..40, 1i64..40),
            (rate, wish_rate) in (prop::option::of(0i64..5), prop::option::of(1i64..5)),
            says_why: bool,
        ) {
            let today = Day::from_number(20_000);
            let wish = Wish {
                items: wished.clone(),
                rate: Rate { per_minute: wish_rate, per_day: None },
                until: Some(today.plus(wish_until)),
                ..Wish::default()
            };
            let agreed = Agreed {
                items: given.clone(),
                rate: Rate { per_minute: rate, per_day: None },
                until: Some(today.plus(until)),
                reason: if says_why { "只需要这些".into() } else { String::new() },
                ground: "《政务数据共享条例》第二十条".into(),
                ..Agreed::default()
            };
            let fits = well_agreed(&agreed, &wish, today).is_ok();
            let within = !given.is_empty()
                && given.iter().all(|item| wished.contains(item))
                && (wished.iter().all(|item| given.contains(item)) || says_why)
                && until > 0 && until <= wish_until
                && match (rate, wish_rate) {
                    (Some(0), _) => false,
                    (Some(rate), Some(most)) => rate <= most,
                    (None, Some(_)) => false,
                    (_, None) => true,
                };
            prop_assert_eq!(fits, within);
        }
    }
}
