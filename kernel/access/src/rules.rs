//! What signing in demands, by the day (GB/T 22239-2019 8.1.4.1): how strong a password is and how long it
//! lasts, when wrong ones lock, how long a session may rest and last, by what staff sign in beside the
//! password. Data with a date: the house's own, and after them those that a city writes down.

use base::{Day, Fault, Moment};
use serde::{Deserialize, Serialize};

use crate::factors::FactorKind;
use crate::terms::Kind;

/// The rules that come with the program.
const HOUSE: &str = include_str!("../data/sign-in.json");
const DAY_SECONDS: i64 = 86_400;

/// A rule of signing in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignInRule {
    /// `L01`.
    pub id: String,
    /// The first day on which it holds; it holds until a later one begins.
    pub from_day: Day,
    /// What it rests on.
    pub basis: String,
    /// The rule in words.
    pub text: String,
    /// What a password must be.
    pub password: PasswordRule,
    /// When wrong ones lock.
    pub lock: Lock,
    /// So long may a session rest.
    pub idle_seconds: OfBoth,
    /// So long may it last.
    pub longest_seconds: OfBoth,
    /// By what staff sign in beside the password.
    pub staff_second: StaffSecond,
    /// So long is a browser known in which somebody has signed in; 0 where none is.
    #[serde(default = "known_browser_days")]
    pub known_browser_days: i64,
}

/// What a password must be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PasswordRule {
    /// The fewest characters.
    pub length_min: usize,
    /// Of capitals, small letters, digits and signs so many kinds.
    pub kinds_min: usize,
    /// Who guesses cleverly (common passwords first, then words, keyboard rows, dates) needs at least ten to
    /// this power guesses.
    #[serde(default = "guesses_log10_min")]
    pub guesses_log10_min: u8,
    /// After so many days a member of staff changes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub staff_days_max: Option<i64>,
    /// After so many days a citizen does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub citizen_days_max: Option<i64>,
}

/// Where a city's own rule says nothing of it.
fn known_browser_days() -> i64 {
    180
}

fn guesses_log10_min() -> u8 {
    7
}

impl PasswordRule {
    /// The rule as a hint beside the field.
    pub fn hint(&self) -> String {
        let kinds = match self.kinds_min {
            0 | 1 => String::new(),
            2 => "，大写字母、小写字母、数字、符号中至少两种".to_owned(),
            3 => "，大写字母、小写字母、数字、符号中至少三种".to_owned(),
            _ => "，大写字母、小写字母、数字、符号都要有".to_owned(),
        };
        let length = self.length_min;
        format!("至少 {length} 个字符{kinds}，不能包含用户名，不能是容易猜中的")
    }
}

/// When wrong passwords lock an account, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lock {
    /// The last of so many in a row locks.
    pub failures_max: i64,
    /// So long.
    pub seconds: i64,
}

impl Lock {
    /// The rule as a warning.
    pub fn warning(self) -> String {
        format!("连续输错 {} 次，账户会锁定 {} 分钟", self.failures_max, self.seconds / 60)
    }
}

/// A span in seconds for each kind of account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfBoth {
    /// Those who work for the city.
    pub staff: i64,
    /// Members of the public.
    pub citizen: i64,
}

impl OfBoth {
    /// The span of one kind.
    pub fn of(self, kind: Kind) -> i64 {
        match kind {
            Kind::Staff => self.staff,
            Kind::Citizen => self.citizen,
        }
    }
}

/// By what staff sign in beside the password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StaffSecond {
    /// Of whom it is demanded.
    pub demand: Demand,
    /// The kinds that count.
    pub kinds: Vec<FactorKind>,
    /// What counts besides until those can be had.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meanwhile: Option<Meanwhile>,
}

/// Of whom a second factor is demanded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Demand {
    /// Of all staff.
    Always,
    /// Only of those who have one: for demonstrations and tests.
    WhereHeld,
}

/// What counts until a certificate can be had: while the city trusts no authority, and in an account's
/// first days. Else the first administrators of a city, and everybody new, could not come in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Meanwhile {
    /// The kinds.
    pub kinds: Vec<FactorKind>,
    /// So many days from the account's opening.
    pub account_days: i64,
}

/// What somebody must do before anything else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owed {
    /// Change the password: it is too old.
    Password,
    /// Set up a second factor that counts, or sign in with it.
    SecondFactor,
}

/// What is known of somebody who has signed in, and of the city, for saying what is owed.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    /// Citizen or staff.
    pub kind: Kind,
    /// When the account was opened.
    pub opened_at: Moment,
    /// When the password was set.
    pub password_at: Option<Moment>,
    /// By what the session was opened beside the password.
    pub second: Option<FactorKind>,
    /// Whether the city trusts an authority of certificates.
    pub trusts: bool,
}

impl SignInRule {
    /// GB/T 22239-2019 8.1.4.1 a: "定期更换"; d: two kinds of proof or more. What somebody must do first.
    pub fn owed(&self, known: &Known, now: Moment) -> Option<Owed> {
        let days = match known.kind {
            Kind::Staff => self.password.staff_days_max,
            Kind::Citizen => self.password.citizen_days_max,
        };
        let is_old = days
            .zip(known.password_at)
            .is_some_and(|(days, set)| set.plus_seconds(days.saturating_mul(DAY_SECONDS)) < now);
        if is_old {
            return Some(Owed::Password);
        }
        let demanded = known.kind == Kind::Staff && self.staff_second.demand == Demand::Always;
        let shown = known.second.is_some_and(|kind| self.counts(kind, known, now));
        (demanded && !shown).then_some(Owed::SecondFactor)
    }

    /// The kinds of second factors that count for this person now, the strongest first.
    pub fn counting(&self, known: &Known, now: Moment) -> Vec<FactorKind> {
        FactorKind::ALL.into_iter().filter(|kind| self.counts(*kind, known, now)).collect()
    }

    fn counts(&self, kind: FactorKind, known: &Known, now: Moment) -> bool {
        if known.kind == Kind::Citizen || self.staff_second.kinds.contains(&kind) {
            return true;
        }
        self.staff_second.meanwhile.as_ref().is_some_and(|meanwhile| {
            let first = meanwhile.account_days.saturating_mul(DAY_SECONDS);
            let early = !known.trusts || now < known.opened_at.plus_seconds(first);
            early && meanwhile.kinds.contains(&kind)
        })
    }

    /// What is wrong with a rule that a city has written down, if anything.
    fn trouble(&self) -> Option<&'static str> {
        let second = &self.staff_second;
        let spans = [self.idle_seconds.staff, self.idle_seconds.citizen, self.lock.seconds];
        if !(8..=64).contains(&self.password.length_min) {
            return Some("password.length_min 要在 8 到 64 之间");
        }
        if !(1..=4).contains(&self.password.kinds_min) {
            return Some("password.kinds_min 要在 1 到 4 之间");
        }
        let days = [self.password.staff_days_max, self.password.citizen_days_max];
        if days.into_iter().flatten().any(|days| !(1..=3_650).contains(&days)) {
            return Some("密码的更换期限要在 1 到 3650 天之间");
        }
        if !(3..=20).contains(&self.lock.failures_max) {
            return Some("lock.failures_max 要在 3 到 20 之间");
        }
        if spans.into_iter().any(|seconds| !(60..=DAY_SECONDS).contains(&seconds)) {
            return Some("锁定和没有操作的时间要在 60 秒到 1 天之间");
        }
        let fits = |idle: i64, longest: i64| (idle..=7 * DAY_SECONDS).contains(&longest);
        if !fits(self.idle_seconds.staff, self.longest_seconds.staff)
            || !fits(self.idle_seconds.citizen, self.longest_seconds.citizen)
        {
            return Some("登录的最长时间不能短于没有操作的时间，也不能超过 7 天");
        }
        if second.demand == Demand::Always && second.kinds.is_empty() {
            return Some("要求工作人员用第二种登录方式的，staff_second.kinds 至少要有一种");
        }
        None
    }
}

/// The rules of a city, in the order of their days. There is always one in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignInRules {
    first: SignInRule,
    later: Vec<SignInRule>,
}

impl SignInRules {
    /// The rules that come with the program.
    pub fn of_the_house() -> Result<Self, Fault> {
        Self::read(HOUSE)
    }

    /// Rules as a JSON file writes them. The first of them holds before its day too.
    pub fn read(text: &str) -> Result<Self, Fault> {
        let rules: Vec<SignInRule> = serde_json::from_str(text)
            .map_err(|error| Fault::while_doing("reading the rules of signing in", error))?;
        let mut rules = rules.into_iter();
        let first = rules.next().ok_or_else(|| Fault::said("there is no rule of signing in"))?;
        Self { first, later: Vec::new() }.with(rules.collect()).map_err(Fault::said)
    }

    /// These rules and a city's own after them: of the same day, the city's holds. Says in words what is
    /// wrong with one.
    pub fn with(mut self, own: Vec<SignInRule>) -> Result<Self, String> {
        self.later.extend(own);
        self.later.sort_by_key(|rule| rule.from_day);
        for rule in std::iter::once(&self.first).chain(&self.later) {
            if let Some(trouble) = rule.trouble() {
                return Err(format!("登录规则 {}：{trouble}", rule.id));
            }
        }
        Ok(self)
    }

    /// The rule in force on a day.
    pub fn on(&self, day: Day) -> &SignInRule {
        self.later.iter().rev().find(|rule| rule.from_day <= day).unwrap_or(&self.first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    fn house() -> SignInRules {
        SignInRules::of_the_house().unwrap()
    }

    fn staff(second: Option<FactorKind>) -> Known {
        let opened_at = day("2026-01-01").start();
        Known { kind: Kind::Staff, opened_at, password_at: Some(opened_at), second, trusts: true }
    }

    #[test]
    fn a_new_city_demands_a_certificate_of_its_staff() {
        let (rules, now) = (house(), day("2026-03-02").start());
        let owed = |second| rules.on(now.day()).owed(&staff(second), now);
        assert_eq!(owed(None), Some(Owed::SecondFactor));
        assert_eq!(owed(Some(FactorKind::Code)), Some(Owed::SecondFactor));
        assert_eq!(owed(Some(FactorKind::Certificate)), None);
        let citizen = Known { kind: Kind::Citizen, ..staff(None) };
        assert_eq!(rules.on(now.day()).owed(&citizen, now), None);
    }

    #[test]
    fn codes_do_until_a_certificate_can_be_had() {
        let (rules, now) = (house(), day("2026-03-02").start());
        let rule = rules.on(now.day());
        let coded = staff(Some(FactorKind::Code));
        assert_eq!(rule.owed(&Known { trusts: false, ..coded }, now), None);
        let new = Known { opened_at: day("2026-02-20").start(), ..coded };
        assert_eq!(rule.owed(&new, now), None);
        assert_eq!(rule.counting(&new, now), [FactorKind::Certificate, FactorKind::Code]);
        assert_eq!(rule.counting(&coded, now), [FactorKind::Certificate]);
    }

    #[test]
    fn a_staff_password_is_changed_after_ninety_days_and_a_citizens_is_not() {
        let rules = house();
        let known = staff(Some(FactorKind::Certificate));
        let (last, next) = (day("2026-04-01").start(), day("2026-04-01").start().plus_seconds(1));
        assert_eq!(rules.on(last.day()).owed(&known, last), None);
        assert_eq!(rules.on(next.day()).owed(&known, next), Some(Owed::Password));
        let citizen = Known { kind: Kind::Citizen, ..known };
        assert_eq!(rules.on(next.day()).owed(&citizen, next), None);
    }

    #[test]
    fn a_citys_own_rule_holds_from_its_day_on() {
        let mut own = house().first;
        own.id = "CITY".into();
        own.from_day = day("2026-06-01");
        own.staff_second.kinds = vec![FactorKind::Code];
        let rules = house().with(vec![own.clone()]).unwrap();
        assert_eq!(rules.on(day("2026-05-31")).id, "L01");
        assert_eq!(rules.on(day("2026-06-01")).id, "CITY");
        own.lock.failures_max = 1_000;
        assert!(house().with(vec![own]).unwrap_err().contains("lock.failures_max"));
    }
}
