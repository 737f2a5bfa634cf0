//! The verdicts on a mandate that somebody writes (授权委托书): whether it says all that the law wants in it.

use access::{Account, Mandate, MandateRule, MandateState, NamedItem, Power};
use base::{CitizenNumber, Day, PersonName, Refusal, RefusalKind};

use super::posts::term_of;
use crate::terms::mandates::{Complete, MandateWish, Reach};

/// 民法典 art. 165: a mandate names the agent, the matters, the powers and the term. All that is wrong is told at
/// once; nothing is said of whether the agent has an account.
/// `known` are the items whose names are understood.
pub fn complete(
    wish: &MandateWish,
    known: &[NamedItem],
    today: Day,
    rule: &MandateRule,
) -> Result<Complete, Refusal> {
    let mut refusal =
        Refusal::new(RefusalKind::Invalid, "identity.bad_mandate", "委托书有几处需要修改");
    let mut note = |field: &str, words: String| {
        refusal.fields.push(base::FieldError { field: field.into(), message: words });
    };
    let name = wish.agent_name.trim().parse::<PersonName>();
    if let Err(error) = &name {
        note("agent_name", error.to_string());
    }
    let number = wish.agent_number.trim().parse::<CitizenNumber>();
    if let Err(error) = &number {
        note("agent_number", error.to_string());
    }
    let reach = reach_of(wish, known).map_err(|(field, words)| note(field, words.into())).ok();
    let powers: Vec<Power> = Power::ALL
        .into_iter()
        .filter(|one| wish.powers.iter().any(|p| p == one.as_str()))
        .collect();
    if powers.is_empty() {
        note("powers", "请至少选择一项权限".into());
    } else if powers == [Power::Apply] && matches!(reach, Some(Reach::Case(_))) {
        note("powers", "只委托一个已经提交的办件的，请选择补正、撤回、领取文书或者查询".into());
    }
    let firm = access::stated_firm(&wish.firm_name, &wish.firm_code);
    let firm = firm.map_err(|(field, words)| note(field, words)).unwrap_or_default();
    let term = term(&wish.from, &wish.until, today, rule);
    if let Err(wrong) = &term {
        wrong.fields.iter().for_each(|error| note(&error.field, error.message.clone()));
    }
    match (name, number, reach, term) {
        (Ok(name), Ok(number), Some(reach), Ok((from, until))) if refusal.fields.is_empty() => {
            let agent = (name.to_string(), number.as_str().to_owned());
            Ok(Complete { agent, firm, reach, powers, from, until })
        }
        _ => Err(refusal.ground("《中华人民共和国民法典》第一百六十五条")),
    }
}

fn reach_of(
    wish: &MandateWish,
    known: &[NamedItem],
) -> Result<Reach, (&'static str, &'static str)> {
    match wish.scope.as_str() {
        "all" => Ok(Reach::All),
        "items" => match access::stated_items(&wish.items, known) {
            Ok(codes) => Ok(Reach::Items(codes)),
            Err(words) => Err(("items", words)),
        },
        "case" if wish.case.trim().is_empty() => Err(("case", "请写委托办理哪一件的办件编号")),
        "case" => Ok(Reach::Case(wish.case.trim().to_owned())),
        _ => Err(("scope", "请选择委托办理哪些事")),
    }
}

/// First and last day: from today on where nothing is said, and no longer than the rule in force allows.
fn term(from: &str, until: &str, today: Day, rule: &MandateRule) -> Result<(Day, Day), Refusal> {
    let refused = |words: String| {
        let refusal = Refusal::new(RefusalKind::Invalid, "identity.bad_term", words.clone());
        refusal.field("until", words)
    };
    let (first, last) = term_of(from, until, today)?;
    let last = last.ok_or_else(|| refused("请写委托的最后一天".into()))?;
    if first.plus(rule.longest_days - 1) < last {
        return Err(refused(format!("委托一次最多 {} 天，仍需要的到期再写", rule.longest_days)));
    }
    Ok((first, last))
}

/// Whether somebody may write a mandate: a person who has shown who they are as far as the rule demands, and not
/// for oneself.
pub fn may_give(
    account: &Account,
    own: &str,
    agent: &str,
    rule: &MandateRule,
) -> Result<(), Refusal> {
    if account.level() < rule.principal {
        let words = format!("写委托书的账户要先达到「{}」", rule.principal.title());
        return Err(Refusal::new(RefusalKind::Forbidden, "identity.level_too_low", words)
            .ground(rule.ground.clone())
            .remedy("请在「我的账户」里核实账户是您本人的"));
    }
    if own == agent {
        let words = "代理人不能是您自己";
        return Err(Refusal::new(RefusalKind::Invalid, "identity.own_agent", words)
            .field("agent_number", words));
    }
    Ok(())
}

/// Whether somebody may take a mandate on.
pub fn may_accept(account: &Account, rule: &MandateRule) -> Result<(), Refusal> {
    if account.level() >= rule.agent {
        return Ok(());
    }
    let words = format!("接受委托的账户要先达到「{}」", rule.agent.title());
    Err(Refusal::new(RefusalKind::Forbidden, "identity.level_too_low", words)
        .ground(rule.ground.clone())
        .remedy("请在「我的账户」里核实账户是您本人的"))
}

/// Whether an answer, or an end, comes in time; `said` is how it stands.
pub fn still(state: MandateState, wanted: &[MandateState], said: &str) -> Result<(), Refusal> {
    if wanted.contains(&state) {
        return Ok(());
    }
    let words = format!("这份委托现在是“{said}”，没有办理");
    Err(Refusal::new(RefusalKind::Conflict, "identity.mandate_settled", words)
        .remedy("请刷新页面，看它现在的状态"))
}

/// Nobody takes on what has ended.
pub fn in_time(mandate: &Mandate, today: Day) -> Result<(), Refusal> {
    if mandate.lasts(today) {
        return Ok(());
    }
    let words = format!("这份委托在{}已经到期", mandate.until.chinese());
    Err(Refusal::new(RefusalKind::Conflict, "identity.mandate_expired", words)
        .remedy("需要继续代办的，请委托人重新写一份"))
}

#[cfg(test)]
mod tests {
    use access::Level;

    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    fn rule() -> MandateRule {
        MandateRule {
            from: day("2020-01-01"),
            longest_days: 365,
            principal: Level::Checked,
            agent: Level::Checked,
            ground: "g".into(),
        }
    }

    fn wish() -> MandateWish {
        MandateWish {
            agent_name: "张明".into(),
            agent_number: "420702199003076634".into(),
            scope: "all".into(),
            powers: vec!["supplement".into(), "apply".into(), "fly".into()],
            until: "2026-12-31".into(),
            ..MandateWish::default()
        }
    }

    #[test]
    fn a_mandate_that_says_too_little_is_told_all_of_it_at_once() {
        let today = day("2026-03-02");
        let refused = complete(&MandateWish::default(), &[], today, &rule()).unwrap_err();
        let fields: Vec<&str> = refused.fields.iter().map(|one| one.field.as_str()).collect();
        assert_eq!(fields, ["agent_name", "agent_number", "scope", "powers", "until"]);
        let whole = complete(&wish(), &[], today, &rule()).unwrap();
        assert_eq!(whole.powers, [Power::Apply, Power::Supplement], "an unknown power is none");
        assert_eq!((whole.from, whole.until), (today, day("2026-12-31")));
    }

    #[test]
    fn the_term_has_an_end_and_is_no_longer_than_the_rule() {
        let term = |until: &str| term("", until, day("2026-03-02"), &rule());
        assert!(term("").is_err());
        assert!(term("2027-03-01").is_ok(), "day 365");
        assert!(term("2027-03-02").is_err());
        assert!(term("2026-03-01").is_err());
    }

    #[test]
    fn a_firm_is_named_whole_or_not_at_all() {
        let with = |name: &str, code: &str| {
            let wish = MandateWish { firm_name: name.into(), firm_code: code.into(), ..wish() };
            complete(&wish, &[], day("2026-03-02"), &rule())
        };
        assert!(with("", "").unwrap().firm.is_none());
        assert!(with("江边面馆", "91330100799655058B").unwrap().firm.is_some());
        assert!(with("江边面馆", "").is_err() && with("", "91330100799655058B").is_err());
        assert!(with("江边面馆", "91330100799655058C").is_err());
    }

    #[test]
    fn items_are_read_line_by_line_and_one_filed_case_is_no_new_application() {
        let items = MandateWish { scope: "items".into(), items: "a\r\nb、c".into(), ..wish() };
        let whole = complete(&items, &[], day("2026-03-02"), &rule()).unwrap();
        assert_eq!(whole.reach, Reach::Items(vec!["a".into(), "b".into(), "c".into()]));
        let case = MandateWish {
            scope: "case".into(),
            case: "1".into(),
            powers: vec!["apply".into()],
            ..wish()
        };
        let refused = complete(&case, &[], day("2026-03-02"), &rule()).unwrap_err();
        assert_eq!(refused.fields[0].field, "powers");
    }
}
