//! The verdicts on mandates (授权委托书): whether one gives a right over this today.

use base::{Day, Refusal, RefusalKind};

use super::terms::{Mandate, MandateRule, MandateState, Power, Scope};

/// Over what an agent wants to do something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Matter<'a> {
    /// The item's local code.
    pub item: &'a str,
    /// The item's name.
    pub item_name: &'a str,
    /// The case's number; none while it is an application to be.
    pub case: Option<&'a str>,
    /// The credit code of the firm that it is for, empty if for none; none while that is not said yet.
    pub firm: Option<&'a str>,
}

impl Matter<'_> {
    fn said(&self) -> String {
        match self.case {
            None => format!("申请「{}」", self.item_name),
            Some(no) => format!("办件 {no}（{}）", self.item_name),
        }
    }

    fn is_within(&self, scope: &Scope) -> bool {
        match scope {
            Scope::All => true,
            Scope::Items(items) => items.iter().any(|item| item.code == self.item),
            Scope::Case(no) => self.case == Some(no),
        }
    }
}

/// The rule in force on a day: the latest that has begun.
pub fn rule_on(rules: &[MandateRule], day: Day) -> Option<&MandateRule> {
    rules.iter().filter(|rule| rule.from <= day).max_by_key(|rule| rule.from)
}

/// 民法典 art. 173: a mandate ends with its term, when it is taken back, and when it is given up.
pub fn in_force(mandate: &Mandate, today: Day) -> Result<(), Refusal> {
    let whose = mandate.whose();
    let words = match mandate.state {
        MandateState::Standing if mandate.stands(today) => return Ok(()),
        MandateState::Standing if today < mandate.from => {
            format!("{whose}的委托从{}起才有效", mandate.from.chinese())
        }
        MandateState::Standing => {
            format!("{whose}的委托已经在{}到期", mandate.until.chinese())
        }
        MandateState::Offered => format!("{whose}的委托，您还没有接受"),
        MandateState::Refused => format!("{whose}的委托，您没有接受"),
        MandateState::Revoked => format!("{whose}的委托已经收回"),
        MandateState::GivenUp => format!("{whose}的委托，您已经辞去"),
        MandateState::Closed => format!("{whose}的委托已经终止：{}", mandate.why.title()),
    };
    Err(over(words))
}

/// A mandate that gives no right any more.
pub fn over(words: String) -> Refusal {
    Refusal::new(RefusalKind::Forbidden, "access.mandate_over", words + "，没有办理")
        .ground("《中华人民共和国民法典》第一百七十三条")
        .remedy("已经保存的内容都在委托人的草稿和办件里；需要继续代办的，请委托人重新写一份委托")
}

/// 民法典 arts. 162, 171: only what is done within the mandate is done for the principal.
pub fn covers(mandate: &Mandate, power: Power, matter: Matter<'_>) -> Result<(), Refusal> {
    let (whose, scope) = (mandate.whose(), mandate.scope.said());
    if !matter.is_within(&mandate.scope) {
        let words = format!("{whose}的委托只包括：{scope}；不包括{}", matter.said());
        return Err(outside(words));
    }
    of_this_firm(mandate, matter)?;
    let has = |wanted: &Power| match wanted {
        // Who hands something in or takes it back must be able to see it.
        Power::LookUp => mandate
            .powers
            .iter()
            .any(|held| matches!(held, Power::LookUp | Power::Supplement | Power::Withdraw)),
        wanted => mandate.powers.contains(wanted),
    };
    if !has(&power) {
        let held = mandate.powers_said();
        let words = format!("{whose}委托您办理的是：{held}；不包括{}", power.title());
        return Err(outside(words));
    }
    Ok(())
}

/// What is written for a firm reaches that firm's matters alone, and what is written by a person for themselves
/// reaches no firm's: who speaks for a firm is another question (民法典 arts. 61, 170).
fn of_this_firm(mandate: &Mandate, matter: Matter<'_>) -> Result<(), Refusal> {
    let said = matter.said();
    match (&mandate.firm, matter.firm) {
        (Some(firm), Some(named)) if firm.code != named => Err(outside(format!(
            "委托是为{}（{}）写的，不包括为别人办理的{said}",
            firm.name, firm.code
        ))),
        (None, Some(named)) if !named.is_empty() => Err(outside(format!(
            "委托是{}以个人名义写的，不包括为单位（{named}）办理的{said}",
            mandate.principal_name
        ))),
        _ => Ok(()),
    }
}

/// Whether by this mandate an agent may have this done on this day: what [`in_force`] and [`covers`] say together.
pub fn may(mandate: &Mandate, power: Power, matter: Matter<'_>, day: Day) -> Result<(), Refusal> {
    in_force(mandate, day)?;
    covers(mandate, power, matter)
}

/// The same at a window, in words to the clerk.
pub fn may_at_window(
    mandate: &Mandate,
    power: Power,
    matter: Matter<'_>,
    day: Day,
) -> Result<(), Refusal> {
    let Err(refused) = may(mandate, power, matter, day) else { return Ok(()) };
    let words = match in_force(mandate, day) {
        Err(_) => format!("委托书现在是“{}”，不能凭它办理", mandate.said(day)),
        Ok(()) => format!(
            "委托书写的是：{}（{}）；不包括这一件的“{}”",
            mandate.scope.said(),
            mandate.powers_said(),
            power.title()
        ),
    };
    let ground = refused.ground.unwrap_or_default();
    Err(Refusal::new(RefusalKind::Forbidden, refused.code, words.clone())
        .ground(ground)
        .field("came", words)
        .remedy("请申请人本人来办，或者另写一份写明这一项的委托书"))
}

/// Whether who acts by this mandate may know that this is there.
pub fn sees(mandate: &Mandate, matter: Matter<'_>) -> bool {
    covers(mandate, Power::LookUp, matter).is_ok()
}

fn outside(words: String) -> Refusal {
    Refusal::new(RefusalKind::Forbidden, "access.outside_mandate", words)
        .ground("《中华人民共和国民法典》第一百六十二条、第一百七十一条")
        .remedy("确需代办的，请委托人另写一份委托，写明这一项")
}

#[cfg(test)]
mod tests {
    use base::{Id, Moment};

    use super::*;
    use crate::mandates::terms::{EndedWhy, Firm, MandateKind, NamedItem};
    use crate::terms::Level;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    fn mandate() -> Mandate {
        Mandate {
            id: Id::from_bits(1),
            kind: MandateKind::Online,
            principal: Some(Id::from_bits(2)),
            principal_name: "李老".into(),
            principal_sealed: Vec::new(),
            firm: None,
            agent: Some(Id::from_bits(3)),
            agent_name: "张明".into(),
            agent_sealed: Vec::new(),
            scope: Scope::Items(vec![NamedItem {
                code: "a".into(), name: "提取公积金".into()
            }]),
            powers: vec![Power::Apply, Power::Supplement],
            from: day("2026-03-02"),
            until: day("2026-03-31"),
            state: MandateState::Standing,
            given_at: Moment::from_millis(0),
            settled_at: None,
            ended_at: None,
            ended_by: String::new(),
            why: EndedWhy::Closed,
            organ: String::new(),
            organ_name: String::new(),
            act: Id::from_bits(4),
        }
    }

    #[test]
    fn a_mandate_gives_a_right_from_its_first_to_its_last_day_and_not_once_taken_back() {
        let standing = mandate();
        let on = |text: &str| in_force(&standing, day(text));
        assert!(on("2026-03-01").unwrap_err().message.contains("起才有效"));
        assert!(on("2026-03-02").is_ok() && on("2026-03-31").is_ok());
        assert!(on("2026-04-01").unwrap_err().message.contains("到期"));
        for state in [
            MandateState::Offered,
            MandateState::Refused,
            MandateState::Revoked,
            MandateState::GivenUp,
            MandateState::Closed,
        ] {
            let ended = Mandate { state, ..mandate() };
            assert_eq!(
                in_force(&ended, day("2026-03-10")).unwrap_err().code,
                "access.mandate_over"
            );
        }
    }

    #[test]
    fn what_a_mandate_does_not_name_is_refused_by_the_name_of_what_it_does() {
        let item = Matter { item: "a", item_name: "提取公积金", case: None, firm: None };
        let other = Matter { item: "b", item_name: "开书店", ..item };
        assert!(covers(&mandate(), Power::Apply, item).is_ok());
        let refused = covers(&mandate(), Power::Apply, other).unwrap_err();
        assert!(
            refused.message.contains("只包括：提取公积金；不包括申请「开书店」"),
            "{refused:?}"
        );
        let case = Matter { case: Some("1"), ..item };
        assert!(covers(&mandate(), Power::Supplement, case).is_ok());
        assert!(covers(&mandate(), Power::LookUp, case).is_ok(), "who supplements must see");
        let refused = covers(&mandate(), Power::Withdraw, case).unwrap_err();
        assert!(refused.message.contains("提出申请、补正材料；不包括撤回申请"), "{refused:?}");
        let apply_only = Mandate { powers: vec![Power::Apply], ..mandate() };
        assert!(covers(&apply_only, Power::LookUp, case).is_err());
        let one = Mandate { scope: Scope::Case("1".into()), ..mandate() };
        assert!(covers(&one, Power::Supplement, case).is_ok());
        assert!(covers(&one, Power::Supplement, Matter { case: Some("2"), ..item }).is_err());
        assert!(covers(&one, Power::Apply, item).is_err(), "one case is no new application");
    }

    #[test]
    fn what_is_written_for_a_firm_is_used_for_that_firm_alone() {
        let firm = Firm { name: "江边面馆".into(), code: "91420700MA0000000X".into() };
        let for_firm = Mandate { firm: Some(firm), ..mandate() };
        let named =
            |firm| Matter { item: "a", item_name: "提取公积金", case: Some("1"), firm };
        let may = |firm| covers(&for_firm, Power::Supplement, named(firm));
        assert!(may(Some("91420700MA0000000X")).is_ok());
        assert!(may(None).is_ok(), "a draft does not say yet for whom it is");
        assert!(may(Some("")).unwrap_err().message.contains("江边面馆"));
        assert!(may(Some("91330100799655058B")).is_err());
    }

    #[test]
    fn what_a_person_writes_for_themselves_reaches_nothing_of_a_firm() {
        let named =
            |firm| Matter { item: "a", item_name: "提取公积金", case: Some("1"), firm };
        let may = |firm| covers(&mandate(), Power::Supplement, named(firm));
        assert!(may(Some("")).is_ok() && may(None).is_ok());
        let refused = may(Some("91330100799655058B")).unwrap_err();
        assert!(refused.message.contains("以个人名义写的，不包括为单位"), "{refused:?}");
        assert!(!sees(&mandate(), named(Some("91330100799655058B"))), "nor is it told of");
    }

    #[test]
    fn at_a_window_the_clerk_is_told_what_the_paper_says() {
        let matter =
            Matter { item: "a", item_name: "提取公积金", case: Some("1"), firm: None };
        let at = |power, text: &str| may_at_window(&mandate(), power, matter, day(text));
        assert!(at(Power::Supplement, "2026-03-31").is_ok());
        let outside = at(Power::Papers, "2026-03-31").unwrap_err();
        assert!(outside.message.contains("不包括这一件的“领取文书”"), "{outside:?}");
        assert_eq!(outside.fields[0].field, "came");
        let over = at(Power::Supplement, "2026-04-01").unwrap_err();
        assert!(over.message.contains("现在是“已经到期”"), "{over:?}");
    }

    proptest::proptest! {
        /// A power is had on a day exactly if the mandate stands, the day is within its term, and the power is
        /// one that it names; who may hand in or take back may look.
        #[test]
        fn a_power_is_had_on_a_day_if_it_is_named_and_the_day_is_within_the_term(
            first in 0i64..400, length in 0i64..400, today in 0i64..900,
            named in proptest::collection::btree_set(0usize..5, 1..5), asked in 0usize..5,
            ended in proptest::bool::ANY,
        ) {
            let at = |days: i64| day("2026-01-01").plus(days);
            let powers: Vec<Power> = named.iter().map(|one| Power::ALL[*one]).collect();
            let state = if ended { MandateState::Revoked } else { MandateState::Standing };
            let one = Mandate {
                from: at(first), until: at(first + length), powers: powers.clone(), state,
                ..mandate()
            };
            let matter = Matter { item: "a", item_name: "n", case: Some("1"), firm: Some("") };
            let power = Power::ALL[asked];
            let implied = power == Power::LookUp
                && powers.iter().any(|one| matches!(one, Power::Supplement | Power::Withdraw));
            let within = first <= today && today <= first + length;
            let expected = !ended && within && (powers.contains(&power) || implied);
            let had = may(&one, power, matter, at(today)).is_ok();
            proptest::prop_assert_eq!(had, expected);
            proptest::prop_assert_eq!(may_at_window(&one, power, matter, at(today)).is_ok(), had);
        }
    }

    #[test]
    fn the_rule_of_a_day_is_the_latest_that_has_begun() {
        let rule = |from: &str, longest_days| MandateRule {
            from: day(from),
            longest_days,
            principal: Level::Checked,
            agent: Level::Checked,
            ground: String::new(),
        };
        let rules = [rule("2020-01-01", 365), rule("2027-01-01", 730)];
        assert_eq!(rule_on(&rules, day("2026-12-31")).map(|rule| rule.longest_days), Some(365));
        assert_eq!(rule_on(&rules, day("2027-01-01")).map(|rule| rule.longest_days), Some(730));
        assert_eq!(rule_on(&rules, day("2019-12-31")), None);
    }
}
