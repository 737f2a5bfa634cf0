//! The verdicts: what may be proposed, who may agree, what is issued for how long.

use base::{Day, FieldError, Moment, Refusal, RefusalKind};
use seal::cert::Reason;

use crate::terms::{Issued, Kind, Purpose, Root, Rule};

/// Why the built-in authority issues to machines alone.
pub const LICENSED: &str = "《电子政务电子认证服务管理办法》（国家密码管理局令第 4 号）：机关和工作人员的证书，由依法取得资质的电子认证服务机构签发";
/// The organ's reasons that a person may give for a revocation.
pub const REASONS: [Reason; 5] = [
    Reason::KeyCompromise,
    Reason::Superseded,
    Reason::Ceased,
    Reason::AffiliationChanged,
    Reason::Withdrawn,
];
const DAY_SECONDS: i64 = 86_400;
/// A name in a certificate has at most so many characters (RFC 5280, upper bounds).
pub const NAME_MAX: usize = 64;
/// A reason has at most so many characters.
pub const WORDS_MAX: usize = 500;

/// The rule of a day: of the rules with their dates the one in force.
pub fn rule_of(rules: Vec<Rule>, day: Day) -> Option<Rule> {
    let in_force =
        rules.into_iter().filter_map(|rule| Some((rule.from.parse::<Day>().ok()?, rule)));
    let latest = in_force.filter(|(from, _)| *from <= day).max_by_key(|(from, _)| *from);
    latest.map(|(_, rule)| rule)
}

fn conflict(code: &'static str, words: &str) -> Refusal {
    Refusal::new(RefusalKind::Conflict, code, words)
}

/// A form in which these fields need a change; fine if none does.
pub fn mended(errors: Vec<FieldError>) -> Result<(), Refusal> {
    if errors.is_empty() {
        return Ok(());
    }
    let fresh = Refusal::new(RefusalKind::Invalid, "certificates.bad_form", "有几处需要修改");
    Err(errors.into_iter().fold(fresh, |refusal, one| refusal.field(one.field, one.message)))
}

/// One wrong field.
pub fn wrong(field: &str, message: impl Into<String>) -> FieldError {
    FieldError { field: field.to_owned(), message: message.into() }
}

/// What is wrong with a name that a certificate shall carry.
pub fn check_name(field: &str, name: &str) -> Option<FieldError> {
    let words = match name.trim() {
        "" => "请填写名称".to_owned(),
        name if name.chars().count() > NAME_MAX => format!("名称最多 {NAME_MAX} 个字"),
        name if name.chars().any(char::is_control) => "名称里有不能显示的字符".to_owned(),
        _ => return None,
    };
    Some(wrong(field, words))
}

/// What is wrong with the reason of a proposal.
pub fn check_reason(reason: &str) -> Option<FieldError> {
    let words = match reason.trim() {
        "" => "请写依据或者理由".to_owned(),
        reason if reason.chars().count() > WORDS_MAX => format!("最多 {WORDS_MAX} 个字"),
        _ => return None,
    };
    Some(wrong("reason", words))
}

/// A count as typed, between one and `most`.
pub fn check_count(field: &str, typed: &str, most: i64) -> Result<i64, FieldError> {
    let count = typed.trim().parse::<i64>().ok().filter(|count| (1..=most).contains(count));
    count.ok_or_else(|| wrong(field, format!("请填写 1 到 {most} 之间的整数")))
}

/// 《电子政务电子认证服务管理办法》: organs and their staff have certificates of a licensed service, so
/// nothing in their names comes from here.
pub fn check_not_of_people(name: &str, organs: &[String], people: &[&str]) -> Option<FieldError> {
    let bare = |name: &str| name.split_whitespace().collect::<String>();
    let name = bare(name);
    let mut known = organs.iter().map(String::as_str).chain(people.iter().copied());
    let taken = known.any(|known| !known.is_empty() && bare(known) == name);
    taken.then(|| wrong("name", "内置机构只给设备签发，不能用机关或者人员的名称"))
}

/// The name was free when it was proposed, and is an organ's or a person's now.
pub fn taken_meanwhile(words: &str) -> Refusal {
    conflict("certificates.name_taken", words)
        .remedy("请不同意这项提议，让提出的人换一个名称重新提出")
}

/// So many roots are trusted at a time: the one that issues, and the one before it.
pub const ROOTS_MAX: usize = 2;
/// Why a root may be ended before its time.
pub const ENDS: [Reason; 2] = [Reason::AuthorityCompromise, Reason::Ceased];

/// Whether a root of this name may be founded beside those whose time is not over: certificates name who issued
/// them, so that no two have one name.
pub fn may_found(name: &str, roots: &[Root], now: Moment) -> Result<(), Refusal> {
    if roots.iter().any(|root| root.name == name) {
        let words = "已经有这个名称的内置证书机构，请换一个名称，例如加上年份";
        return Err(conflict("certificates.name_taken", words).field("name", words));
    }
    if roots.iter().filter(|root| !root.is_ended(now)).count() >= ROOTS_MAX {
        let words = format!("已经有 {ROOTS_MAX} 个内置证书机构的根，不再开设");
        return Err(conflict("certificates.founded_already", &words)
            .remedy("请先停用原来的一个，由另一位管理员同意"));
    }
    Ok(())
}

/// From when on a root ends, as typed: nothing is at once. One whose key may be lost does not wait.
pub fn check_end(
    root: &Root,
    (typed, why): (&str, Option<Reason>),
    today: Day,
) -> Result<Option<Day>, FieldError> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Ok(None);
    }
    if why == Some(Reason::AuthorityCompromise) {
        return Err(wrong("from", "私钥可能泄露的，同意以后马上停用，请不要填日期"));
    }
    let day = Day::typed(typed).map_err(|why| wrong("from", why.words(typed)))?;
    let last = root.trusted_until().day();
    if day <= today || day > last {
        let words = format!("请填明天到 {last} 之间的日期；马上停用的不用填");
        return Err(wrong("from", words));
    }
    Ok(Some(day))
}

/// Whether a root may be ended, from this moment on.
pub fn may_end(root: &Root, at: Moment, now: Moment) -> Result<(), Refusal> {
    if root.is_ended(now) || root.until <= now {
        return Err(conflict("certificates.root_over", "这个根已经停用"));
    }
    match root.ends {
        Some((before, _)) if before <= at => {
            let words = format!("已经决定从{}起停用，停用只能提前", before.day().chinese());
            Err(conflict("certificates.root_ends", &words))
        }
        _ => Ok(()),
    }
}

/// So many years after a moment: the same day of the year, or the day before where there is none.
pub fn years_on(now: Moment, years: i64) -> Moment {
    let (year, month, day) = now.day().ymd();
    let year = i16::try_from(i64::from(year) + years).unwrap_or(i16::MAX);
    let same = Day::new(year, month, day).or_else(|| Day::new(year, month, day - 1));
    same.map_or(now, Day::start)
}

/// From when until when a certificate holds that is issued now: never beyond the authority's own end.
pub fn span(root: &Root, days: i64, now: Moment) -> Result<(Moment, Moment), Refusal> {
    let until = now.plus_seconds(days * DAY_SECONDS);
    if until > root.until {
        let words = format!("有效期超过了内置证书机构自己的期限（{}）", root.until.day().chinese());
        return Err(conflict("certificates.too_long", &words)
            .field("days", words)
            .remedy("请改短有效期，重新提出"));
    }
    Ok((now, until))
}

/// Whether a certificate may be issued over a key that these certificates carry. A key speaks for one name.
pub fn may_carry(known: &[Issued], name: &str, renews: Option<&str>) -> Result<(), Refusal> {
    let other = known.iter().any(|one| {
        one.name != name || (renews != Some(one.serial.as_str()) && one.renewed_by.is_none())
    });
    if other {
        let words = "这把公钥已经签发过证书；换名称或者用途的，请生成新的密钥";
        return Err(conflict("certificates.key_taken", words).field("request", words));
    }
    if known.iter().any(|one| matches!(one.revoked, Some((_, Reason::KeyCompromise)))) {
        let words = "这把密钥的证书因为私钥可能泄露被吊销，不能再用";
        return Err(conflict("certificates.key_compromised", words).field("request", words));
    }
    Ok(())
}

/// Whether this certificate may be revoked, or renewed.
pub fn may_change(issued: &Issued, now: Moment) -> Result<(), Refusal> {
    if issued.revoked.is_some() {
        return Err(conflict("certificates.revoked_already", "这张证书已经吊销"));
    }
    if issued.until < now {
        return Err(conflict("certificates.expired", "这张证书已经过期"));
    }
    Ok(())
}

/// Whether a certificate may be renewed: it stands, and no other has come in its place.
pub fn may_renew(issued: &Issued, now: Moment) -> Result<(), Refusal> {
    may_change(issued, now)?;
    match &issued.renewed_by {
        Some(_) => Err(conflict("certificates.renewed_already", "这张证书已经换发")),
        None => Ok(()),
    }
}

/// Whether a new revocation list is due: there is none, or the last one has its age.
pub fn list_is_due(root: &Root, rule: &Rule, now: Moment) -> bool {
    root.listed.is_none_or(|(made, _)| made.plus_seconds(rule.list_again_days * DAY_SECONDS) <= now)
}

/// Until when a revocation list is good that is made now.
pub fn list_until(rule: &Rule, now: Moment) -> Moment {
    now.plus_seconds(rule.list_days * DAY_SECONDS)
}

/// How many days are left of a certificate, by the calendar.
pub fn days_left(until: Moment, now: Moment) -> i64 {
    until.day().number() - now.day().number()
}

/// The threshold that a certificate has come to: the smallest of the rule's days that are left or more.
pub fn threshold(rule: &Rule, until: Moment, now: Moment) -> Option<i64> {
    let left = days_left(until, now);
    rule.warn_days.iter().copied().filter(|days| left <= *days).min()
}

/// Up to when an end is soon.
pub fn soon(rule: &Rule, now: Moment) -> Moment {
    let most = rule.warn_days.iter().copied().max().unwrap_or(0);
    now.day().plus(most + 1).start()
}

/// What a proposal to issue says of itself.
pub fn issue_title(name: &str, of: Kind, purpose: Purpose, renews: bool) -> String {
    let verb = if renews { "换发" } else { "签发" };
    format!("{verb}{}的{}证书（{}）", name.trim(), purpose.title(), of.title())
}

#[cfg(test)]
mod tests {
    use base::Id;

    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    fn issued(name: &str, serial: &str) -> Issued {
        Issued {
            id: Id::from_bits(1),
            authority: Id::from_bits(2),
            serial: serial.into(),
            name: name.into(),
            kind: Kind::Gateway,
            purpose: Purpose::Signature,
            certificate: vec![],
            key_mark: String::new(),
            from: Moment::from_millis(0),
            until: Moment::from_millis(1_000),
            keeper: String::new(),
            keeper_name: String::new(),
            renews: None,
            renewed_by: None,
            revoked: None,
            issued_at: Moment::from_millis(0),
        }
    }

    #[test]
    fn one_key_speaks_for_one_name_and_a_lost_one_for_none() {
        let known = [issued("网关一", "4a")];
        assert!(may_carry(&[], "网关一", None).is_ok());
        assert!(may_carry(&known, "网关一", None).is_err());
        assert!(may_carry(&known, "网关一", Some("4a")).is_ok());
        assert!(may_carry(&known, "网关二", Some("4a")).is_err());
        let lost = Issued {
            revoked: Some((Moment::from_millis(5), Reason::KeyCompromise)),
            ..issued("网关一", "4a")
        };
        assert!(may_carry(&[lost], "网关一", Some("4a")).is_err());
    }

    #[test]
    fn the_name_of_an_organ_or_a_person_is_not_a_machines() {
        let organs = ["市公安局".to_owned()];
        assert!(check_not_of_people(" 市公安局", &organs, &[]).is_some());
        assert!(check_not_of_people("市 公安 局", &organs, &[]).is_some());
        assert!(check_not_of_people("李敏", &organs, &["李敏"]).is_some());
        assert!(check_not_of_people("市公安局网关", &organs, &["李敏"]).is_none());
        assert!(check_name("name", &"长".repeat(65)).is_some());
        assert!(check_name("name", "甲\u{7}").is_some());
    }

    #[test]
    fn each_threshold_is_come_to_once() {
        let rule: Rule = serde_json::from_str::<Vec<Rule>>(include_str!("../data/rules.json"))
            .unwrap()
            .remove(0);
        let until = day("2026-04-30").start().plus_seconds(3_600);
        let on = |text: &str| threshold(&rule, until, day(text).start());
        assert_eq!(on("2026-03-30"), None);
        assert_eq!(on("2026-03-31"), Some(30));
        assert_eq!(on("2026-04-22"), Some(30));
        assert_eq!(on("2026-04-23"), Some(7));
        assert_eq!(on("2026-04-29"), Some(1));
        assert_eq!(on("2026-04-30"), Some(1));
        assert!(until < soon(&rule, day("2026-03-31").start()));
        assert!(until >= soon(&rule, day("2026-03-30").start()));
    }

    #[test]
    fn a_count_is_whole_and_within_the_rule() {
        assert_eq!(check_count("days", " 730 ", 730), Ok(730));
        for typed in ["", "0", "-1", "731", "1.5", "七"] {
            assert!(check_count("days", typed, 730).is_err(), "{typed}");
        }
    }
}
