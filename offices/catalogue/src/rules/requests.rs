//! What a request may be about, what may be agreed to, and what the dispute of a value must say.

use base::{Day, Refusal, RefusalKind};

use super::refuse;
use crate::terms::{Agreed, Disputed, Resource, Share, State, Wish};

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
    if agreed.items.len() < wish.items.len() && agreed.reason.trim().is_empty() {
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
                && (given.len() >= wished.len() || says_why)
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
