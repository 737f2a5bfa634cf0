//! The verdicts on the rules themselves: which hold on a day, and which a city may enter.

use std::collections::BTreeMap;

use base::Day;

use crate::terms::{Entered, Measure, Rule};

/// The most signs of a rule's name, and of its other words.
const NAME_MAX: usize = 40;
const WORDS_MAX: usize = 1_000;

/// Of rules whose days a day is among, those that hold: of each number the city's own before the program's, and
/// of these the one that began last.
pub fn holding(entered: Vec<Entered>) -> Vec<Rule> {
    let mut best: BTreeMap<String, Entered> = BTreeMap::new();
    for one in entered {
        let rank = |one: &Entered| (one.source, one.rule.from_day, one.rule.version);
        match best.get(&one.rule.id) {
            Some(known) if rank(known) >= rank(&one) => {}
            _ => _ = best.insert(one.rule.id.clone(), one),
        }
    }
    best.into_values().map(|one| one.rule).collect()
}

/// What entering a rule does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It stands as it is written.
    None,
    /// It is new, or its last day is another.
    Enter,
}

/// What entering a rule does today to what stands under its number and version, of which what a newer program wrote
/// cannot be read; else why it may not be done.
pub fn change_of(known: Option<&Option<Rule>>, rule: &Rule, today: Day) -> Result<Change, String> {
    let next = format!("请写成第 {} 版", rule.version + 1);
    if let Some(known) = known {
        let Some(known) = known.as_ref().filter(|known| known.has_words_of(rule)) else {
            let version = rule.version;
            return Err(format!("第 {version} 版已经是别的内容，只能改最后一天；要改内容，{next}"));
        };
        if known == rule {
            return Ok(Change::None);
        }
        if let Some(ended) = known.until_day.filter(|ended| *ended < today) {
            return Err(format!("这一版到{}为止已经停用；要再用，{next}", ended.chinese()));
        }
    }
    // The hours that are over have been judged by what held then.
    if known.is_none() && rule.from_day < today {
        return Err("规则不能管已经过去的日子：新规则从今天或以后起".into());
    }
    if rule.until_day.is_some_and(|until| until < today) {
        return Err("规则不能管已经过去的日子：旧规则停用，最后一天是今天或以后".into());
    }
    Ok(Change::Enter)
}

/// Whether a rule is written as one must be; else what is wrong with it. `is_kind` knows the kinds of act.
pub fn may_enter(rule: &Rule, is_kind: impl Fn(&str) -> bool) -> Result<(), String> {
    let mut letters = rule.id.chars();
    let number = letters.next().is_some_and(|c| c.is_ascii_uppercase())
        && letters.clone().count() == 2
        && letters.all(|c| c.is_ascii_digit());
    if !number {
        return Err("编号（id）是一个大写字母和两位数字，例如 A06".into());
    }
    if rule.version < 1 {
        return Err("版本（version）从 1 数起".into());
    }
    for (name, words, max) in [
        ("名称（name）", &rule.name, NAME_MAX),
        ("依据（basis）", &rule.basis, WORDS_MAX),
        ("规则的文字（text）", &rule.text, WORDS_MAX),
    ] {
        if words.trim().is_empty() || words.chars().count() > max {
            return Err(format!("{name}要写，最多 {max} 个字"));
        }
    }
    if rule.until_day.is_some_and(|until| until < rule.from_day) {
        return Err("最后一天（until_day）在第一天（from_day）以前".into());
    }
    match &rule.measure {
        Measure::OddHours { from_hour, until_hour, except } => {
            if !(0 <= *from_hour && from_hour < until_hour && *until_hour <= 24) {
                return Err("工作时间从 from_hour 时到 until_hour 时，在 0 和 24 之间".into());
            }
            unknown(except, is_kind)
        }
        Measure::Looks { acts }
        | Measure::FailuresOn { acts }
        | Measure::FailuresFrom { acts }
        | Measure::Refusals { acts } => {
            if acts.is_empty() {
                return Err("要写明数哪些行为（acts）".into());
            }
            unknown(acts, is_kind)
        }
    }
}

fn unknown(acts: &[String], is_kind: impl Fn(&str) -> bool) -> Result<(), String> {
    match acts.iter().find(|act| !is_kind(act)) {
        Some(act) => Err(format!("没有“{act}”这种行为，行为的种类见 docs/acts.md")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terms::Source;

    fn day(day: i8) -> Day {
        Day::new(2026, 3, day).unwrap()
    }

    fn rule(from: i8, until: Option<i8>) -> Rule {
        Rule {
            id: "A01".into(),
            version: 1,
            name: "看很多".into(),
            measure: Measure::Looks { acts: vec!["ask.answered".into()] },
            more_than: 60,
            basis: "依据".into(),
            text: "文字".into(),
            from_day: day(from),
            until_day: until.map(day),
        }
    }

    fn of(source: Source, rule: Rule) -> Entered {
        Entered { source, rule }
    }

    #[test]
    fn the_citys_own_rule_goes_before_the_programs_and_the_later_before_the_earlier() {
        let own = Rule { more_than: 10, ..rule(2, None) };
        let later = Rule { more_than: 5, version: 2, ..rule(4, None) };
        let other = Rule { id: "A02".into(), ..rule(1, None) };
        let house = rule(9, None);
        let held = holding(vec![
            of(Source::City, later.clone()),
            of(Source::House, house.clone()),
            of(Source::City, own),
            of(Source::House, other.clone()),
        ]);
        assert_eq!(held, [later, other]);
        assert_eq!(holding(vec![of(Source::House, house.clone())]), [house]);
    }

    #[test]
    fn what_stands_is_left_alone_or_ended_and_no_day_that_is_over_changes() {
        let on_third =
            |known: Option<Rule>, rule: &Rule| change_of(known.map(Some).as_ref(), rule, day(3));
        assert_eq!(on_third(None, &rule(3, None)), Ok(Change::Enter));
        assert!(on_third(None, &rule(1, None)).unwrap_err().contains("已经过去"));
        assert!(on_third(None, &rule(1, Some(3))).unwrap_err().contains("已经过去"));
        // One file holds all rules of a city, entered again on a later day.
        for same in [rule(1, None), rule(1, Some(2)), rule(3, None)] {
            assert_eq!(on_third(Some(same.clone()), &same), Ok(Change::None));
        }
        assert_eq!(on_third(Some(rule(1, None)), &rule(1, Some(3))), Ok(Change::Enter), "it ends");
        assert!(on_third(Some(rule(1, None)), &rule(1, Some(2))).is_err(), "not before today");
        let revived = on_third(Some(rule(1, Some(2))), &rule(1, Some(4))).unwrap_err();
        assert!(revived.contains("停用") && revived.contains("第 2 版"), "{revived}");
        let other = Rule { more_than: 9, ..rule(1, None) };
        assert!(on_third(Some(rule(1, None)), &other).unwrap_err().contains("第 2 版"));
        assert!(change_of(Some(&None), &rule(3, None), day(3)).is_err(), "of a newer program");
    }

    #[test]
    fn what_a_city_may_not_enter_is_told_as_what_it_is() {
        let told =
            |rule: Rule| may_enter(&rule, |kind| kind == "ask.answered").err().unwrap_or_default();
        assert_eq!(told(rule(3, None)), "");
        assert!(told(rule(5, Some(4))).contains("以前"));
        for id in ["", "a01", "A1", "A001", "A01 ", "甲01"] {
            assert!(told(Rule { id: id.into(), ..rule(3, None) }).contains("编号"), "{id}");
        }
        assert!(told(Rule { version: 0, ..rule(3, None) }).contains("版本"));
        assert!(told(Rule { basis: " ".into(), ..rule(3, None) }).contains("依据"));
        let of = |measure| told(Rule { measure, ..rule(3, None) });
        assert!(of(Measure::Refusals { acts: vec!["ask.anwsered".into()] }).contains("没有“ask."));
        assert!(of(Measure::Refusals { acts: Vec::new() }).contains("要写明数哪些"));
        for (from_hour, until_hour) in [(20, 7), (-1, 7), (7, 25), (7, 7)] {
            let odd = Measure::OddHours { from_hour, until_hour, except: Vec::new() };
            assert!(of(odd).contains("工作时间"), "{from_hour} {until_hour}");
        }
    }
}
