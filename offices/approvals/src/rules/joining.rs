//! The verdicts on whose account a case comes to that a window has taken in.

use access::{Account, Kind, Level};
use base::Day;
use flow::CaseHead;
use serde::Deserialize;

use crate::terms::Application;

/// How far an account must have shown whose it is, from a day on.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JoiningRule {
    /// In force from then on.
    pub from: Day,
    /// So far at least.
    pub level: Level,
    /// On which ground.
    pub ground: String,
}

/// The rule in force on a day: the latest that has begun.
pub fn rule_on(rules: &[JoiningRule], day: Day) -> Option<&JoiningRule> {
    rules.iter().filter(|rule| rule.from <= day).max_by_key(|rule| rule.from)
}

/// 个人信息保护法 art. 45: who applied may read and copy it. A case that a window has taken in is of who has shown that
/// the number in it is theirs, and bears the name in it: a number that is only stated gives nothing. Nothing comes to
/// the dead, to an account that is disabled, or of a case whose content was erased. That the number is the same, the
/// caller has found out by it.
pub fn is_theirs(
    account: &Account,
    (case, of): (&CaseHead, &Application),
    rule: &JoiningRule,
) -> bool {
    let living = account.died_on.is_none() && of.died_on.is_none();
    let active = account.kind == Kind::Citizen && account.state == "active";
    let from_window = case.is_from_counter() && case.erased.is_none();
    account.real_name
        && account.level() >= rule.level
        && account.name == case.applicant_name
        && (living && active && from_window)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rule_that_has_begun_last_is_in_force() {
        let rules: Vec<JoiningRule> =
            serde_json::from_str(include_str!("../../data/joining.json")).unwrap();
        let mut later = rules.clone();
        later.push(JoiningRule {
            from: "2027-01-01".parse().unwrap(),
            level: Level::Proven,
            ground: "g".into(),
        });
        let on = |day: &str| rule_on(&later, day.parse().unwrap()).map(|rule| rule.level);
        assert_eq!(on("2019-12-31"), None);
        assert_eq!(on("2026-12-31"), Some(Level::Checked));
        assert_eq!(on("2027-01-01"), Some(Level::Proven));
    }
}
