//! The verdicts on deferrals: what must be written, for how long one may last, who may order it.

use base::{Day, Refusal, RefusalKind};

use super::{LENGTH_MAX, SEPARATED, bad_article, document_number, refuse};
use crate::terms::{DeferralGround, Rule, TypedDeferral, Whom, Worded};

const BAD: &str = "privacy.bad_deferral";
const BAD_WORDS: &str = "暂不告知需要修改";
/// The most letters of what a deferral is for.
pub const PURPOSE_MAX: usize = 500;

/// 民法典 arts. 200–202: the last day of a time of so many months that begins on a day: the same day of the month, or
/// the month's last.
pub fn months_after(day: Day, months: u8) -> Day {
    let (year, month, of_month) = day.ymd();
    let ahead = i32::from(month) - 1 + i32::from(months);
    let year = i32::from(year) + ahead.div_euclid(12);
    let month = i8::try_from(ahead.rem_euclid(12) + 1).unwrap_or(12);
    let year = i16::try_from(year).unwrap_or(i16::MAX);
    let fits = (0..4).find_map(|less| Day::new(year, month, of_month - less));
    fits.unwrap_or(day)
}

/// The ground of this name, or of this wording.
pub fn ground_of<'r>(rule: &'r Rule, said: &str) -> Option<&'r DeferralGround> {
    let known = |ground: &&DeferralGround| ground.key == said || said.starts_with(&ground.article);
    // Of two articles that begin alike the longer one is meant.
    rule.deferral_grounds.iter().filter(known).max_by_key(|ground| ground.article.len())
}

/// A new deferral whose words are in order. Everything that is wrong is told at once.
pub fn well_typed(typed: &TypedDeferral, rule: &Rule, today: Day) -> Result<Worded, Refusal> {
    let mut refusal = worded(typed);
    if Whom::parse(&typed.whom).is_none() {
        refusal = refusal.field("whom", "请选择关于谁");
    }
    let ground = rule.deferral_grounds.iter().find(|ground| ground.key == typed.ground);
    if ground.is_none() {
        refusal = refusal.field("ground", "请选择依据");
    }
    for (field, text, words) in [
        ("shown", &typed.shown, "请写公民身份号码或者办件编号"),
        ("organ", &typed.organ, "请选择哪个机关的查看"),
    ] {
        refusal = written(refusal, field, text, words);
    }
    if let Some(wrong) = bad_article("请写法律、行政法规的名称和条款", &typed.law) {
        refusal = refusal.field("law", wrong);
    }
    let from = match typed.from.trim() {
        "" => Some(today),
        typed => Day::typed(typed).ok(),
    };
    let latest = today.plus(rule.waiting_days);
    match from {
        None => refusal = refusal.field("from", "请写开始的日期，例如 2026年3月2日"),
        Some(from) if from < today => {
            refusal = refusal.field("from", "不能从过去的日子开始：同意以前的查看照常告知");
        }
        Some(from) if from > latest => {
            let words = format!("最迟从{}开始，更晚的到时候再录入", latest.chinese());
            refusal = refusal.field("from", words);
        }
        Some(_) => {}
    }
    let until = Day::typed(&typed.until).ok();
    if let Some(from) = from {
        refusal = lasting(refusal, until, from, ground);
    }
    let document = document_number(&typed.document);
    match (ground, from, until, document) {
        (Some(ground), Some(from), Some(until), Some(document)) if refusal.fields.is_empty() => {
            let ground = format!("{}和{}", ground.article, typed.law.trim());
            Ok(Worded { ground, document, from, until })
        }
        _ => Err(in_order(refusal)),
    }
}

/// Everything that is wrong with one deferral, from its words and from what stands in the city, at once. What is wrong in
/// one way alone keeps its own words and ground.
pub fn all_at_once(words: Option<Refusal>, facts: Vec<Refusal>) -> Option<Refusal> {
    let mut all = words.into_iter().chain(facts);
    let first = all.next()?;
    let fields: Vec<_> = all.flat_map(|refusal| refusal.fields).collect();
    if fields.is_empty() {
        return Some(first);
    }
    let mut whole = Refusal::new(RefusalKind::Invalid, BAD, BAD_WORDS);
    whole.fields = first.fields.into_iter().chain(fields).collect();
    Some(in_order(whole))
}

/// What is wrong is told in the order of the form.
fn in_order(mut refusal: Refusal) -> Refusal {
    const FORM: [&str; 11] = [
        "whom",
        "shown",
        "organ",
        "below",
        "ground",
        "law",
        "from",
        "until",
        "approver",
        "document",
        "approved_by",
    ];
    refusal
        .fields
        .sort_by_key(|one| FORM.iter().position(|field| *field == one.field).unwrap_or(FORM.len()));
    refusal
}

/// A prolongation whose words are in order: of what rests on this ground and ends after `last`.
pub fn well_prolonged(
    typed: &TypedDeferral,
    rule: &Rule,
    (ground, last): (&str, Day),
) -> Result<Worded, Refusal> {
    let mut refusal = worded(typed);
    let until = Day::typed(&typed.until).ok();
    refusal = match (ground_of(rule, ground), until) {
        (None, _) => refusal.field("until", "现在的规定里没有这个依据，不能延长"),
        (_, Some(until)) if until <= last => {
            refusal.field("until", format!("要比现在的最后一天{}更晚", last.chinese()))
        }
        (ground, until) => lasting(refusal, until, last, ground),
    };
    match (until, document_number(&typed.document)) {
        (Some(until), Some(document)) if refusal.fields.is_empty() => {
            Ok(Worded { ground: ground.to_owned(), document, from: last.plus(1), until })
        }
        _ => Err(in_order(refusal)),
    }
}

/// What every deferral says: who approved it, by which document, and what for.
fn worded(typed: &TypedDeferral) -> Refusal {
    let mut refusal = Refusal::new(RefusalKind::Invalid, BAD, BAD_WORDS);
    for (field, text, words) in [
        ("approver", &typed.approver, "请写批准的机关"),
        ("approved_by", &typed.approved_by, "请写批准的人"),
    ] {
        refusal = written(refusal, field, text, words);
    }
    if document_number(&typed.document).is_none() {
        refusal = refusal.field("document", "请写文号，例如 鄂州公〔2026〕3号");
    }
    match typed.purpose.trim().chars().count() {
        0 => refusal.field("purpose", "请写为什么要暂不告知"),
        signs if signs > PURPOSE_MAX => {
            refusal.field("purpose", format!("最多写 {PURPOSE_MAX} 个字，现在是 {signs} 个字"))
        }
        _ => refusal,
    }
}

fn written(refusal: Refusal, field: &str, text: &str, words: &str) -> Refusal {
    match text.trim().chars().count() {
        0 => refusal.field(field, words),
        signs if signs > LENGTH_MAX => refusal.field(field, format!("最多 {LENGTH_MAX} 个字")),
        _ => refusal,
    }
}

/// 个人信息保护法 art. 18: no longer than the ground lets it.
fn lasting(
    refusal: Refusal,
    until: Option<Day>,
    from: Day,
    ground: Option<&DeferralGround>,
) -> Refusal {
    let Some(until) = until else {
        return refusal.field("until", "请写最后一天，例如 2026年9月1日");
    };
    if until < from {
        return refusal.field("until", "最后一天比开始的日子还早");
    }
    let Some(ground) = ground else { return refusal };
    let last = months_after(from, ground.months);
    if until <= last {
        return refusal;
    }
    let (months, last) = (ground.months, last.chinese());
    let words =
        format!("依这一依据，最长 {months} 个月，最晚到{last}；到时候仍然需要的，在结束以前延长");
    refusal.field("until", words)
}

/// Nobody orders it for the looks of an organ in which they hold a post themselves, nor what is about them
/// (公务员法 art. 76).
pub fn may_order(in_organ: bool, is_about: bool) -> Result<(), Refusal> {
    let words = match (in_organ, is_about) {
        (true, _) => "您在这个机关有岗位，这项暂不告知就是它的查看，要由别的机关的人办理",
        (_, true) => "这件事和您本人有关，要由别人办理",
        (false, false) => return Ok(()),
    };
    let ground = "《中华人民共和国公务员法》第七十六条";
    Err(refuse("privacy.own_looks", words).field("organ", words).ground(ground))
}

/// A deferral is for the looks of an organ, not for those of the whole city.
pub fn not_everywhere(topmost: bool, below: bool) -> Result<(), Refusal> {
    if !(topmost && below) {
        return Ok(());
    }
    let words = "不能对全市所有机关的查看暂不告知，请指明机关";
    let refusal = Refusal::new(RefusalKind::Invalid, "privacy.everywhere", words);
    Err(refusal.field("organ", words).ground("《中华人民共和国个人信息保护法》第六条"))
}

/// Whether it may still begin, or go on, when the second person agrees.
pub fn still_ahead(until: Day, today: Day) -> Result<(), Refusal> {
    if until >= today {
        return Ok(());
    }
    let words = "这项暂不告知的最后一天已经过去，不能再同意";
    Err(refuse("privacy.too_late", words).remedy("仍然需要的，请重新录入"))
}

/// What no longer stands is neither prolonged nor ended: its looks are told, and stay so.
pub fn over() -> Refusal {
    refuse("privacy.deferral_over", "这项暂不告知已经结束，它的查看已经告知，不能再办理")
        .remedy("仍然需要的，请重新录入；只对以后的查看有效")
}

/// The same of whom somebody has entered it already.
pub fn entered_already() -> Refusal {
    let words = "对这个人（或者办件），这个机关的暂不告知已经有了，或者正在等人同意";
    refuse("privacy.deferred_already", words).field("shown", words).ground(SEPARATED)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::acts::rule_on;

    fn today() -> Day {
        Day::new(2026, 3, 2).unwrap()
    }

    fn typed(ground: &str, from: Day, until: Day) -> TypedDeferral {
        TypedDeferral {
            whom: "person".into(),
            shown: "420702199003076634".into(),
            organ: "ga".into(),
            below: String::new(),
            ground: ground.into(),
            law: "《某法》第三条".into(),
            approver: "鄂州市公安局".into(),
            document: "鄂州公〔2026〕3号".into(),
            approved_by: "赵局".into(),
            purpose: "调查".into(),
            from: from.to_string(),
            until: until.to_string(),
            ..TypedDeferral::default()
        }
    }

    #[test]
    fn a_month_has_no_more_days_than_it_has() {
        let day = |year, month, day| Day::new(year, month, day).unwrap();
        assert_eq!(months_after(day(2026, 3, 2), 6), day(2026, 9, 2));
        assert_eq!(months_after(day(2026, 8, 31), 6), day(2027, 2, 28));
        assert_eq!(months_after(day(2027, 8, 31), 6), day(2028, 2, 29));
        assert_eq!(months_after(day(2026, 12, 31), 1), day(2027, 1, 31));
    }

    #[test]
    fn the_ground_of_an_order_is_found_by_its_words() {
        let rule = rule_on(today()).unwrap();
        for ground in &rule.deferral_grounds {
            let words = format!("{}和《某法》第三条", ground.article);
            assert_eq!(ground_of(&rule, &words).map(|one| &one.key), Some(&ground.key));
        }
    }

    proptest! {
        /// Whatever is typed: what is ordered never begins in the past, and never lasts longer than its ground lets it.
        #[test]
        fn no_order_reaches_back_or_lasts_longer_than_its_ground(
            (from, length) in (-40i64..60, -5i64..400),
            ground in prop::sample::select(vec!["secret", "duty", "emergency", "none"]),
        ) {
            let (from, rule) = (today().plus(from), rule_on(today()).unwrap());
            let until = from.plus(length);
            let verdict = well_typed(&typed(ground, from, until), &rule, today());
            let months = ground_of(&rule, ground).map(|ground| ground.months);
            let fits = from >= today() && from <= today().plus(rule.waiting_days) && until >= from
                && months.is_some_and(|months| until <= months_after(from, months));
            prop_assert_eq!(verdict.is_ok(), fits);
            if let Ok(worded) = verdict {
                prop_assert_eq!((worded.from, worded.until), (from, until));
            }
        }

        /// A prolongation ends later than what it prolongs, and no later than its ground lets it from there.
        #[test]
        fn a_prolongation_adds_at_most_what_its_ground_lets(length in -300i64..400) {
            let (last, rule) = (today().plus(30), rule_on(today()).unwrap());
            let ground = &rule.deferral_grounds[0];
            let until = last.plus(length);
            let verdict = well_prolonged(&typed("", last, until), &rule, (&ground.article, last));
            let fits = until > last && until <= months_after(last, ground.months);
            prop_assert_eq!(verdict.is_ok(), fits);
        }
    }
}
