//! The verdicts on posts: who may propose one, who may agree, for which days.

use access::{Account, Proposals, Proposed, Reach, is_administrator, role_title};
use base::{Day, Id, Refusal, RefusalKind};

use super::refuse;
use crate::terms::Waiting;

/// The ground of two people for one right.
const SEPARATED: &str = "GB/T 22239-2019 8.1.4.2 访问控制（管理用户的权限分离）";

/// Whether `proposer`, who reaches so far, may propose this role for `receiver`. A department's own
/// administrator never names those who govern the platform, nor others of its own kind.
pub fn may_propose(
    reach: Reach,
    proposer: &str,
    receiver: &str,
    role: &str,
) -> Result<(), Refusal> {
    if proposer == receiver {
        let words = "不能给自己授予岗位";
        return Err(Refusal::new(RefusalKind::Forbidden, "identity.own_post", words));
    }
    within_the_department(reach, role, "授予")
}

/// Whether somebody who reaches so far may take a post of this role back.
pub fn may_take_back(reach: Reach, role: &str) -> Result<(), Refusal> {
    within_the_department(reach, role, "收回")
}

fn within_the_department(reach: Reach, role: &str, verb: &str) -> Result<(), Refusal> {
    if reach == Reach::City || !(is_administrator(role) || role == "orgadmin") {
        return Ok(());
    }
    let words = format!("{}的岗位只由安全管理员{verb}", role_title(role));
    let refusal = Refusal::new(RefusalKind::Forbidden, "identity.city_post", words.clone());
    Err(refusal.field("role", words).remedy("请联系安全管理员"))
}

/// Who decides on a proposal.
#[derive(Clone, Copy, Debug)]
pub enum Decider<'a> {
    /// A security administrator.
    Warden,
    /// The system administrator, who may while none of these security administrators can.
    StandIn(&'a [String]),
}

/// Something that one proposes and another decides on.
#[derive(Clone, Debug)]
pub struct Matter<'a> {
    /// Among what it stands.
    pub of: Proposals,
    /// The two people.
    pub one: &'a Proposed,
    /// Who never decides on it beside who proposed it, by account, each with the words for it.
    pub barred: Vec<(String, &'static str)>,
}

/// Whether `account` may agree to what is proposed, or decline it.
pub fn may_decide(
    matter: &Matter<'_>,
    account: &str,
    decider: Decider<'_>,
    today: Day,
) -> Result<(), Refusal> {
    let Matter { of, one, barred } = matter;
    of.may_settle(one, &[account], today)?;
    if let Some((_, words)) = barred.iter().find(|(barred, _)| barred == account) {
        return Err(refuse("identity.own_post", words).ground(SEPARATED));
    }
    let other =
        |warden: &&String| **warden != one.by && barred.iter().all(|(barred, _)| barred != *warden);
    if let Decider::StandIn(wardens) = decider
        && wardens.iter().any(|warden| other(&warden))
    {
        let words = "还有别的安全管理员，这项提议由安全管理员同意";
        return Err(refuse("identity.wardens_decide", words));
    }
    Ok(())
}

/// Whether somebody is left who can propose what two people decide, and somebody else who can agree.
pub fn goes_on(proposers: &[Id<Account>], agreers: &[Id<Account>]) -> Result<(), Refusal> {
    let other = |proposer: &Id<Account>| agreers.iter().any(|agreer| agreer != proposer);
    if proposers.iter().any(other) {
        return Ok(());
    }
    Err(nobody_left())
}

/// After this nobody would be left to propose and another to agree.
pub fn nobody_left() -> Refusal {
    let words = "这样以后，没有一个人能提出、另一个人能同意授予岗位和变更权限了";
    refuse("identity.nobody_left", words)
        .ground(SEPARATED)
        .remedy("请先让别的人担任安全管理员，再办理")
}

/// How long a proposal of this day waits: of the rules with their dates the one in force.
pub fn rule_of(rules: &[Waiting], day: Day) -> Option<&Waiting> {
    let in_force = rules.iter().filter_map(|rule| Some((rule.from.parse::<Day>().ok()?, rule)));
    let latest = in_force.filter(|(from, _)| *from <= day).max_by_key(|(from, _)| *from);
    latest.map(|(_, rule)| rule)
}

/// First and last day of a post as typed: from today on where nothing is said, without an end where
/// none is. All mistakes are told at once.
pub fn term_of(from: &str, until: &str, today: Day) -> Result<(Day, Option<Day>), Refusal> {
    let mut refusal = Refusal::new(RefusalKind::Invalid, "identity.bad_term", "岗位的期间需要修改");
    let day = |typed: &str| match typed.trim() {
        "" => Ok(None),
        typed => Day::typed(typed).map(Some).map_err(|why| why.words(typed)),
    };
    let first = match day(from) {
        Ok(None) => today,
        Ok(Some(first)) if first >= today => first,
        Ok(Some(_)) => {
            refusal = refusal.field("from", "开始的日期是今天或者以后");
            today
        }
        Err(words) => {
            refusal = refusal.field("from", words);
            today
        }
    };
    let last = match day(until) {
        Ok(Some(last)) if last < first => {
            refusal = refusal.field("until", "最后一天不能早于开始的日期");
            None
        }
        Ok(last) => last,
        Err(words) => {
            refusal = refusal.field("until", words);
            None
        }
    };
    if refusal.fields.is_empty() { Ok((first, last)) } else { Err(refusal) }
}

/// First and last day for which a post is delegated, as typed: it has a last day, and lasts no longer than
/// the rule of that day says.
pub fn delegation_of(
    from: &str,
    until: &str,
    today: Day,
    rule: &Waiting,
) -> Result<(Day, Day), Refusal> {
    let refused = |words: String| {
        let refusal = Refusal::new(RefusalKind::Invalid, "identity.bad_term", words.clone());
        refusal.field("until", words)
    };
    let (first, last) = term_of(from, until, today)?;
    let last = last.ok_or_else(|| refused("请写委托的最后一天".into()))?;
    if first.plus(rule.days - 1) < last {
        let words = format!("委托一次最多 {} 天", rule.days);
        return Err(refused(words).ground(rule.ground.clone()));
    }
    Ok((first, last))
}

#[cfg(test)]
mod tests {
    use base::Moment;

    use super::*;
    use crate::terms::Proposal;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    fn proposal() -> Proposal {
        Proposal {
            id: Id::from_bits(1),
            account: Id::from_bits(2),
            login: "limin".into(),
            name: "李敏".into(),
            role: "clerk".into(),
            organ: "city".into(),
            organ_name: "市政府".into(),
            post: "受理岗".into(),
            from: day("2026-03-02"),
            until: None,
            reason: "新到岗".into(),
            proposed: Proposed {
                by: "warden".into(),
                ..Proposed::unsigned(Moment::from_millis(0), day("2026-03-17"))
            },
            delegated: None,
        }
    }

    fn refused(account: &str, decider: Decider<'_>, today: &str) -> Option<&'static str> {
        may_decide(&proposal().matter(), account, decider, day(today))
            .err()
            .map(|refusal| refusal.code)
    }

    #[test]
    fn who_proposed_or_receives_a_post_never_agrees() {
        let warden = Decider::Warden;
        assert_eq!(refused("other", warden, "2026-03-17"), None);
        assert_eq!(refused("warden", warden, "2026-03-02"), Some("access.same_person"));
        let receiver = proposal().account.to_string();
        assert_eq!(refused(&receiver, warden, "2026-03-02"), Some("identity.own_post"));
        assert_eq!(refused("other", warden, "2026-03-18"), Some("access.proposal_lapsed"));
    }

    #[test]
    fn the_system_administrator_agrees_only_where_no_security_administrator_can() {
        let alone = ["warden".to_owned()];
        assert_eq!(refused("keeper", Decider::StandIn(&alone), "2026-03-02"), None);
        let two = ["warden".to_owned(), "second".to_owned()];
        let stands_in = Decider::StandIn(&two);
        assert_eq!(refused("keeper", stands_in, "2026-03-02"), Some("identity.wardens_decide"));
    }

    #[test]
    fn a_term_begins_today_or_later_and_ends_after_it_begins() {
        let today = day("2026-03-02");
        assert_eq!(term_of("", "", today), Ok((today, None)));
        let term = term_of("2026-03-05", "2026-03-05", today);
        assert_eq!(term, Ok((day("2026-03-05"), Some(day("2026-03-05")))));
        assert!(term_of("2026-03-01", "", today).is_err());
        assert!(term_of("2026-03-05", "2026-03-04", today).is_err());
        assert_eq!(term_of("morgen", "gestern", today).unwrap_err().fields.len(), 2);
    }

    #[test]
    fn a_delegation_has_a_last_day_and_is_no_longer_than_the_rule_says() {
        let rule = Waiting { from: "2026-01-01".into(), days: 90, ground: "规定".into() };
        let today = day("2026-03-02");
        let term = |until: &str| delegation_of("", until, today, &rule);
        assert!(term("").is_err());
        assert_eq!(term("2026-05-30"), Ok((today, day("2026-05-30"))), "the ninetieth day");
        assert!(term("2026-05-31").is_err());
        assert!(term("2026-03-01").is_err());
        assert_eq!(term("2026-03-02"), Ok((today, today)));
    }

    #[test]
    fn whose_post_it_is_never_agrees_that_it_is_delegated() {
        let holder = Id::from_bits(9);
        let delegated =
            access::Delegated { holding: Id::from_bits(8), account: holder, name: "王".into() };
        let proposal = Proposal { delegated: Some(delegated), ..proposal() };
        let verdict =
            may_decide(&proposal.matter(), &holder.to_string(), Decider::Warden, day("2026-03-02"));
        assert_eq!(verdict.unwrap_err().code, "identity.own_post");
    }

    #[test]
    fn a_rule_holds_from_its_day_on() {
        let rule = |from: &str, days| Waiting { from: from.into(), days, ground: String::new() };
        let rules = [rule("2026-01-01", 15), rule("2026-07-01", 10)];
        let days = |on: &str| rule_of(&rules, day(on)).map(|rule| rule.days);
        assert_eq!(days("2026-06-30"), Some(15));
        assert_eq!(days("2026-07-01"), Some(10));
        assert_eq!(days("2025-12-31"), None);
    }
}
