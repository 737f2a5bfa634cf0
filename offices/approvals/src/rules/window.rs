//! The verdicts of the window: whether a mandate on paper says all that the law wants, and who came.

use access::{Mandate, MandateRule, Power};
use base::{CitizenNumber, Day, FieldError, PersonName, Refusal, RefusalKind};
use flow::CaseHead;
use powers_contract::Item;

use super::by_agent;
use crate::terms::Application;
use crate::terms::window::{Brought, Came};

/// On which ground a mandate on paper is looked at so.
pub const GROUND: &str =
    "《中华人民共和国民法典》第一百六十五条，《中华人民共和国行政许可法》第二十九条";

/// Whether a form asks for a firm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OfFirms {
    /// It has no place for one.
    Never,
    /// It has a place for one.
    Perhaps,
    /// Firms alone apply by it.
    Always,
}

/// What was typed of a mandate on paper, read whole: all but what the items are, which the city must be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Typed {
    /// The agent's name.
    pub agent_name: String,
    /// The agent's number.
    pub agent_number: String,
    /// What the agent may do.
    pub powers: Vec<Power>,
    /// First and last day.
    pub term: (Day, Day),
    /// The firm.
    pub firm: Option<(String, String)>,
}

/// The firm as it was typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum StatedFirm {
    /// No firm.
    #[default]
    None,
    /// This one: name and credit code.
    One(String, String),
    /// One that is not named as it must be.
    Wrong,
}

/// What was typed of a mandate on paper, as far as it could be read, and all that is wrong with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Read {
    /// The mandate, if nothing is wrong.
    pub whole: Option<Typed>,
    /// The codes of the items, where it names some.
    pub items: Vec<String>,
    /// The firm.
    pub firm: StatedFirm,
    /// What is wrong, each beside its field.
    pub wrong: Vec<FieldError>,
}

/// What a mandate on paper is brought for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BroughtFor {
    /// To apply by it.
    Applying,
    /// To act in a case that runs.
    Running,
}

/// 民法典 art. 165: a mandate names the agent, the matters, the powers and the term; and the agent is another than who
/// gives it. All that is wrong is told at once, each beside its field. `principal` is the applicant's number, where it
/// is one; `known` are the items whose names are understood.
pub fn typed(
    brought: &Brought,
    (principal, known): (Option<&str>, &[access::NamedItem]),
    (today, rule): (Day, &MandateRule),
    to: BroughtFor,
) -> Read {
    let mut wrong: Vec<FieldError> = Vec::new();
    let mut note =
        |field: &str, message: String| wrong.push(FieldError { field: field.into(), message });
    let name = brought.agent_name.trim().parse::<PersonName>();
    if let Err(error) = &name {
        note("agent_name", error.to_string());
    }
    let number = brought.agent_number.trim().parse::<CitizenNumber>();
    match &number {
        Err(error) => note("agent_number", error.to_string()),
        Ok(number) if Some(number.as_str()) == principal => {
            note("agent_number", "代理人不能是申请人自己；申请人本人来的，请选“申请人本人”".into());
        }
        Ok(_) => {}
    }
    if brought.compared != "true" {
        note("compared", "请先看代理人的身份证原件，核对是本人，再勾选".into());
    }
    let items = match brought.scope.as_str() {
        "this" | "all" => Vec::new(),
        "items" => access::stated_items(&brought.items, known)
            .map_err(|words| note("items", words.into()))
            .unwrap_or_default(),
        _ => {
            note("scope", "请按委托书选择委托办理哪些事".into());
            Vec::new()
        }
    };
    let powers = powers_of(brought, to).map_err(|words| note("powers", words.into()));
    let firm = access::stated_firm(&brought.firm_name, &brought.firm_code);
    let firm = match firm.map_err(|(field, words)| note(field, words)) {
        Ok(Some(firm)) => StatedFirm::One(firm.name, firm.code),
        Ok(None) => StatedFirm::None,
        Err(()) => StatedFirm::Wrong,
    };
    let term = term(&brought.from, &brought.until, today, rule)
        .map_err(|errors| errors.into_iter().for_each(|(field, words)| note(field, words)));
    let whole = match (name, number, powers, term) {
        (Ok(name), Ok(number), Ok(powers), Ok(term)) if wrong.is_empty() => Some(Typed {
            agent_name: name.to_string(),
            agent_number: number.as_str().to_owned(),
            powers,
            term,
            firm: match &firm {
                StatedFirm::One(name, code) => Some((name.clone(), code.clone())),
                StatedFirm::None | StatedFirm::Wrong => None,
            },
        }),
        _ => None,
    };
    Read { whole, items, firm, wrong }
}

/// What the paper lets the agent do: to apply, where they apply by it; something that is still to be done, in a case
/// that runs.
fn powers_of(brought: &Brought, to: BroughtFor) -> Result<Vec<Power>, &'static str> {
    let named = |one: &Power| brought.powers.iter().any(|named| named == one.as_str());
    let powers: Vec<Power> = Power::ALL.into_iter().filter(named).collect();
    let applies = powers.contains(&Power::Apply);
    match to {
        _ if powers.is_empty() => Err("请按委托书选择权限"),
        BroughtFor::Applying if !applies => Err("委托书没有写“提出申请”，代理人不能凭它提出申请"),
        BroughtFor::Running if powers == [Power::Apply] => {
            Err("这一件已经提出，只写了“提出申请”的委托书在这一件里用不上")
        }
        _ => Ok(powers),
    }
}

/// Whether what a mandate that a window has taken in before lets do is all that this paper lets do: then the paper is
/// no news. Whether it reaches the same matters of the same firm, [`Mandate::covers`] says.
pub fn says_all(standing: &Mandate, powers: &[Power]) -> bool {
    powers.iter().all(|power| standing.powers.contains(power))
}

/// First and last day as the paper says them: begun, not over, and no longer than the rule in force allows.
fn term(
    from: &str,
    until: &str,
    today: Day,
    rule: &MandateRule,
) -> Result<(Day, Day), Vec<(&'static str, String)>> {
    let day = |typed: &str, missing: &str| match typed.trim() {
        "" => Err(missing.to_owned()),
        typed => Day::typed(typed).map_err(|why| why.words(typed)),
    };
    let (first, last) = (
        day(from, "请写委托书上的第一天；没有写的，写签署的那一天"),
        day(until, "请写委托书上的最后一天"),
    );
    let (first, last) = match (first, last) {
        (Ok(first), Ok(last)) => (first, last),
        (first, last) => {
            let last = match last {
                Ok(last) if last < today => Err(over(last)),
                last => last,
            };
            let wrong = [("from", first.err()), ("until", last.err())];
            let told = wrong.into_iter().filter_map(|(field, words)| Some((field, words?)));
            return Err(told.collect());
        }
    };
    in_time((first, last), today, rule).map_err(|wrong| vec![wrong])?;
    Ok((first, last))
}

/// Whether a term has begun, is not over, and is no longer than the rule in force allows; else the field, and why.
pub fn in_time(
    (first, last): (Day, Day),
    today: Day,
    rule: &MandateRule,
) -> Result<(), (&'static str, String)> {
    if last < first {
        return Err(("until", "最后一天不能早于第一天".into()));
    }
    if last < today {
        return Err(("until", over(last)));
    }
    if today < first {
        return Err(("from", format!("委托书从{}起才有效，今天不能凭它办理", first.chinese())));
    }
    if first.plus(rule.longest_days - 1) < last {
        let words = format!("委托书的期限最多 {} 天，含首尾", rule.longest_days);
        return Err(("until", words));
    }
    Ok(())
}

fn over(last: Day) -> String {
    format!("委托书在{}已经到期，不能凭它办理", last.chinese())
}

/// Whether this item is one for which an agent, in the name of a firm or of a person, can come at all: the field beside
/// which it is said, and the words.
pub fn fits(item: &Item, firms: OfFirms, firm: &StatedFirm) -> Result<(), Vec<FieldError>> {
    let mut wrong = Vec::new();
    let mut note =
        |field: &str, message: String| wrong.push(FieldError { field: field.into(), message });
    if let Err(refusal) = by_agent(item) {
        note("came", refusal.message);
    }
    match (firms, firm) {
        (OfFirms::Never, StatedFirm::One(name, _)) => {
            note("firm_name", format!("委托书是以{name}的名义写的，这个事项不由单位申请"))
        }
        (OfFirms::Always, StatedFirm::None) => note(
            "firm_name",
            "这个事项由单位申请，委托书要以单位的名义写，请填写单位；个人名义的委托书不能用".into(),
        ),
        _ => {}
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong) }
}

/// Whether a mandate on paper is of who has applied in a case: of the firm that the case is for, or of the person where it is
/// for none.
pub fn of_this_firm(case_firm: &str, firm: &StatedFirm) -> Result<(), FieldError> {
    let wrong = |field: &str, message: String| FieldError { field: field.into(), message };
    match firm {
        StatedFirm::None if !case_firm.is_empty() => Err(wrong(
            "firm_name",
            format!("这一件是为单位（{case_firm}）申请的，委托书要以这个单位的名义写"),
        )),
        StatedFirm::One(name, _) if case_firm.is_empty() => Err(wrong(
            "firm_name",
            format!("这一件不是为单位申请的，以{name}的名义写的委托书不能用"),
        )),
        StatedFirm::One(_, code) if code != case_firm => {
            Err(wrong("firm_code", format!("这一件是为单位（{case_firm}）申请的，代码不一致")))
        }
        _ => Ok(()),
    }
}

/// Whether anybody can come to act for the applicant of a case: it runs, its content was not erased, and the register does
/// not say that the applicant has died (民法典 art. 173(4)).
pub fn may_be_acted_for(case: &CaseHead, of: &Application) -> Result<(), Refusal> {
    let refused = |code: &'static str, words: String| {
        Err(Refusal::new(RefusalKind::Conflict, code, words).ground(GROUND))
    };
    if let Some(document) = &case.erased {
        return refused("approvals.erased", base::erased_words(document));
    }
    if !case.open {
        return refused("approvals.over", "这一件已经办结，不用再登记委托书".into());
    }
    match of.died_on {
        Some(day) => refused(
            "approvals.applicant_died",
            format!("人口登记显示申请人已在{}死亡，没有人能凭申请人的委托书办理", day.chinese()),
        ),
        None => Ok(()),
    }
}

/// Who came for a step that the applicant asks for: none if the applicant did; else the number on the agent's card.
pub fn who_came(came: &Came) -> Result<Option<CitizenNumber>, Refusal> {
    let mut refusal =
        Refusal::new(RefusalKind::Invalid, "approvals.who_came", "请写明来办的是谁").ground(GROUND);
    match came.who.as_str() {
        "self" => return Ok(None),
        "agent" => {}
        _ => return Err(refusal.field("came", "请选择来办的是申请人本人还是代理人")),
    }
    let number = came.agent_number.trim().parse::<CitizenNumber>();
    if let Err(error) = &number {
        refusal = refusal.field("agent_number", error.to_string());
    }
    if came.compared != "true" {
        refusal = refusal.field("agent_compared", "请先看代理人的身份证原件，核对是本人，再勾选");
    }
    match number {
        Ok(number) if refusal.fields.is_empty() => Ok(Some(number)),
        _ => Err(refusal),
    }
}

/// Whether a refusal speaks of who came, and of nothing that was handed in.
pub fn is_of_who_came(refusal: &Refusal) -> bool {
    let known = ["came", "agent_number", "agent_compared"];
    refusal.fields.iter().any(|error| known.contains(&error.field.as_str()))
}

#[cfg(test)]
mod tests {
    use access::Level;
    use proptest::prelude::*;

    use super::*;

    const AGENTS: &str = "42070419851231001X";

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

    fn brought() -> Brought {
        Brought {
            came: "agent".into(),
            agent_name: "王建国".into(),
            agent_number: AGENTS.into(),
            scope: "this".into(),
            powers: vec!["apply".into(), "papers".into()],
            from: "2026-03-01".into(),
            until: "2026-03-31".into(),
            compared: "true".into(),
            ..Brought::default()
        }
    }

    fn read(brought: &Brought) -> Result<Typed, Vec<String>> {
        let own = Some("420702199003076634");
        let (today, rule) = (day("2026-03-02"), rule());
        let read = typed(brought, (own, &[]), (today, &rule), BroughtFor::Applying);
        let wrong = || read.wrong.iter().map(|one| one.field.clone()).collect();
        read.whole.clone().ok_or_else(wrong)
    }

    #[test]
    fn a_paper_that_says_all_is_read_and_one_that_says_nothing_is_told_all_at_once() {
        assert_eq!(read(&brought()).unwrap().powers, [Power::Apply, Power::Papers]);
        let empty = read(&Brought { came: "agent".into(), ..Brought::default() }).unwrap_err();
        assert_eq!(
            empty,
            ["agent_name", "agent_number", "compared", "scope", "powers", "from", "until"]
        );
    }

    #[test]
    fn each_thing_that_is_wrong_is_told_beside_its_field() {
        let with = |change: fn(&mut Brought)| {
            let mut changed = brought();
            change(&mut changed);
            read(&changed).unwrap_err()
        };
        assert_eq!(with(|b| b.agent_number = "420704198512310011".into()), ["agent_number"]);
        assert_eq!(with(|b| b.agent_number = "420702199003076634".into()), ["agent_number"]);
        assert_eq!(with(|b| b.until = "2026-03-01".into()), ["until"], "over");
        assert_eq!(with(|b| b.from = "2026-03-03".into()), ["from"], "not begun");
        assert_eq!(with(|b| b.until = "2027-03-01".into()), ["until"], "too long");
        assert_eq!(with(|b| b.powers = vec!["papers".into()]), ["powers"]);
        assert_eq!(with(|b| b.scope = "items".into()), ["items"]);
        assert_eq!(with(|b| b.firm_name = "江边面馆".into()), ["firm_code"]);
        assert_eq!(with(|b| b.compared.clear()), ["compared"]);
    }

    #[test]
    fn a_firm_gives_a_mandate_for_what_firms_apply_for_and_a_person_for_the_rest() {
        let firm = StatedFirm::One("江边面馆".into(), "91330100799655058B".into());
        let (item, none) = (Item::default(), StatedFirm::None);
        let wrong = |item: &Item, firms, firm: &StatedFirm| -> Vec<String> {
            let errors = fits(item, firms, firm).unwrap_err();
            errors.into_iter().map(|one| one.field).collect()
        };
        assert!(fits(&item, OfFirms::Perhaps, &firm).is_ok());
        assert!(fits(&item, OfFirms::Perhaps, &none).is_ok());
        assert!(fits(&item, OfFirms::Always, &StatedFirm::Wrong).is_ok(), "told already");
        assert_eq!(wrong(&item, OfFirms::Never, &firm), ["firm_name"]);
        assert_eq!(wrong(&item, OfFirms::Always, &none), ["firm_name"]);
        let alone = Item { in_person: true, ..Item::default() };
        assert_eq!(wrong(&alone, OfFirms::Always, &none), ["came", "firm_name"]);
    }

    #[test]
    fn a_paper_for_a_case_that_runs_is_of_who_applied_in_it_and_lets_do_what_is_left() {
        let firm = StatedFirm::One("江边面馆".into(), "91330100799655058B".into());
        let field = |case: &str, firm: &StatedFirm| of_this_firm(case, firm).unwrap_err().field;
        assert!(of_this_firm("", &StatedFirm::None).is_ok());
        assert!(of_this_firm("91330100799655058B", &firm).is_ok());
        assert_eq!(field("91330100799655058B", &StatedFirm::None), "firm_name");
        assert_eq!(field("", &firm), "firm_name");
        assert_eq!(field("91420700MA4TESTX00", &firm), "firm_code");
        let of = |powers: &[&str]| Brought {
            powers: powers.iter().map(|one| (*one).to_owned()).collect(),
            ..brought()
        };
        assert!(powers_of(&of(&["apply"]), BroughtFor::Running).is_err());
        assert!(powers_of(&of(&["papers"]), BroughtFor::Running).is_ok());
        assert!(powers_of(&of(&["papers"]), BroughtFor::Applying).is_err());
    }

    #[test]
    fn who_comes_for_another_shows_a_card_that_was_compared() {
        let came = |who: &str, number: &str, compared: &str| {
            who_came(&Came {
                who: who.into(),
                agent_number: number.into(),
                compared: compared.into(),
            })
        };
        assert_eq!(came("self", "", "").unwrap(), None);
        assert!(came("agent", AGENTS, "true").unwrap().is_some());
        assert_eq!(came("", "", "").unwrap_err().fields[0].field, "came");
        let refused = came("agent", "1", "").unwrap_err();
        let fields: Vec<&str> = refused.fields.iter().map(|one| one.field.as_str()).collect();
        assert_eq!(fields, ["agent_number", "agent_compared"]);
    }

    proptest! {
        /// A paper is taken in on exactly the days of its term, and never if it is longer than the rule allows.
        #[test]
        fn a_paper_is_taken_in_on_the_days_of_its_term(
            first in 0i64..800, length in -5i64..800, today in 0i64..1700, longest in 1i64..500,
        ) {
            let at = |days: i64| day("2026-01-01").plus(days);
            let rule = MandateRule { longest_days: longest, ..rule() };
            let term = (at(first), at(first + length));
            let taken = in_time(term, at(today), &rule).is_ok();
            let within = first <= today && today <= first + length;
            prop_assert_eq!(taken, within && length < longest);
        }
    }
}
