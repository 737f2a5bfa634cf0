//! Cancelling a permit: 行政许可法 art. 70.

use base::{Day, Refusal, RefusalKind};
use flow::{CaseHead, Event, state};
use ledger::Who;
use serde_json::Value;

use crate::terms::cancelled::{Cancelling, Cause, Ground, Grounds};

/// No reason is longer, in characters.
const REASON_MAX: usize = 1_000;
/// No name of a law is longer.
const RULE_MAX: usize = 200;

/// The permit that a case has led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issued {
    /// What was made.
    pub certificate: String,
    /// Its number.
    pub number: String,
    /// The last day of its validity; none where it has no end.
    pub until: Option<Day>,
}

/// What was issued by a case that is over: an administrative permit that was not declared void. One whose content was erased
/// tells no more whom it was issued to.
pub fn issued(case: &CaseHead, events: &[Event]) -> Option<Issued> {
    let step = events.iter().rev().find(|event| event.command == "issue")?;
    let is_over = !case.open && case.state != state::VOID;
    let stands = case.procedure.is_permit() && is_over && case.erased.is_none();
    let said = |name: &str| step.said.get(name).and_then(Value::as_str).unwrap_or_default();
    stands.then(|| Issued {
        certificate: said("certificate_name").to_owned(),
        number: said("certificate_no").to_owned(),
        until: said("valid_until").parse().ok(),
    })
}

/// The grounds in force on a day.
pub fn grounds_on(all: &[Grounds], day: Day) -> Option<&Grounds> {
    all.iter().filter(|one| one.from <= day).max_by_key(|one| one.from)
}

/// Who holds a permit, as far as the grounds turn on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// A firm or another organisation.
    Firm,
    /// A person.
    Person,
}

/// The ground on which a permit is cancelled, and what it rests on. All that is wrong is told at once.
pub fn ground<'g>(
    grounds: &'g Grounds,
    entered: &Cancelling,
    (issued, holder): (&Issued, Holder),
    today: Day,
) -> Result<(&'g Ground, String), Refusal> {
    let mut wrong = Refusal::new(RefusalKind::Invalid, "approvals.cancelling", "请改正下面的内容");
    let cause = Cause::parse(entered.cause.trim());
    let found = grounds.causes.iter().find(|one| Some(one.cause) == cause);
    match found {
        None => wrong = wrong.field("cause", "请选择属于哪一种情形"),
        Some(found) => {
            if let Some(words) = misfit(found.cause, (issued, holder), today) {
                wrong = wrong.field("cause", words);
            }
        }
    }
    let (rule, reason) = (entered.rule.trim(), entered.reason.trim());
    if cause == Some(Cause::Other) && rule.is_empty() {
        wrong = wrong.field("rule", "请写明按照哪部法律、法规的哪一条");
    }
    if rule.chars().count() > RULE_MAX {
        wrong = wrong.field("rule", format!("依据最多 {RULE_MAX} 个字"));
    }
    if reason.is_empty() {
        wrong = wrong.field("reason", "请写明注销的理由");
    }
    if reason.chars().count() > REASON_MAX {
        wrong = wrong.field("reason", format!("理由最多 {REASON_MAX} 个字"));
    }
    match found {
        Some(found) if wrong.fields.is_empty() => {
            let of_other = found.cause == Cause::Other;
            let other = if of_other { format!("，{rule}") } else { String::new() };
            Ok((found, format!("{}{}{other}", grounds.law, found.item)))
        }
        _ => Err(wrong),
    }
}

/// Why a ground cannot be that of this permit.
fn misfit(cause: Cause, (issued, holder): (&Issued, Holder), today: Day) -> Option<String> {
    match (cause, issued.until, holder) {
        (Cause::Expired, None, _) => Some("这项许可没有写明有效期，不会届满".into()),
        (Cause::Expired, Some(until), _) if until >= today => {
            Some(format!("有效期到{}，还没有届满", until.chinese()))
        }
        (Cause::Unable, _, Holder::Firm) => Some("这项许可是发给单位的，不是赋予公民的资格".into()),
        (Cause::Ended, _, Holder::Person) => Some("这项许可是发给个人的，不是发给单位的".into()),
        _ => None,
    }
}

/// Nobody decides on what they have applied for themselves, nor for whom they stand in.
pub fn not_ones_own(case: &CaseHead, who: &Who) -> Result<(), Refusal> {
    let behalf = who.on_behalf.as_ref().map(|one| one.account.as_str());
    let applicant = case.applicant_account.as_deref();
    if applicant.is_none() || ![who.account.as_deref(), behalf].contains(&applicant) {
        return Ok(());
    }
    let words = "这一件是本人提出的申请，应当回避";
    Err(Refusal::new(RefusalKind::Forbidden, "approvals.own_case", words)
        .ground("公务员法关于回避的规定")
        .remedy("请由本机关其他负责人办理"))
}

/// The refusal for what is no permit, or none any more.
pub fn nothing_to_cancel() -> Refusal {
    let words = "这一件没有已经送达的行政许可，或者许可已经作废、注销，或者内容已经按要求删除";
    Refusal::new(RefusalKind::Conflict, "approvals.no_permit", words).remedy("请看现在的情况")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn grounds() -> Vec<Grounds> {
        serde_json::from_str(include_str!("../../data/cancelling.json")).expect("grounds")
    }

    fn issued(until: Option<Day>) -> Issued {
        Issued { certificate: "食品经营许可证".into(), number: "JY1".into(), until }
    }

    fn entered(cause: &str, rule: &str, reason: &str) -> Cancelling {
        Cancelling { cause: cause.into(), rule: rule.into(), reason: reason.into() }
    }

    #[test]
    fn the_law_has_six_grounds_each_with_its_item() {
        let all = grounds();
        assert!(grounds_on(&all, Day::new(2004, 6, 30).unwrap()).is_none());
        let found = grounds_on(&all, Day::new(2026, 3, 1).unwrap()).unwrap();
        let items: Vec<&str> = found.causes.iter().map(|one| one.item.as_str()).collect();
        assert_eq!(items, ["第一项", "第二项", "第三项", "第四项", "第五项", "第六项"]);
    }

    #[test]
    fn another_ground_names_the_law_that_says_so_and_everything_missing_is_told_at_once() {
        let (all, today) = (grounds(), Day::new(2026, 3, 1).unwrap());
        let permit = issued(None);
        let of = (&permit, Holder::Firm);
        let refused = ground(&all[0], &entered("other", " ", ""), of, today).unwrap_err();
        let fields: Vec<&str> = refused.fields.iter().map(|one| one.field.as_str()).collect();
        assert_eq!(fields, ["rule", "reason"]);
        let other = entered("other", "《食品经营许可和备案管理办法》第四十二条", "主动申请注销");
        let (_, rests) = ground(&all[0], &other, of, today).unwrap();
        assert_eq!(
            rests,
            "《中华人民共和国行政许可法》第七十条第六项，《食品经营许可和备案管理办法》第四十二条"
        );
        assert!(ground(&all[0], &entered("", "", "因为"), of, today).is_err());
    }

    proptest! {
        /// A term that runs has not ended, a firm does not die, and a person does not end.
        #[test]
        fn a_ground_fits_the_permit_and_who_holds_it(
            cause in prop::sample::select(vec!["expired", "unable", "ended", "revoked", "impossible"]),
            until in prop::option::of(0i64..100), today in 0i64..100, firm: bool,
        ) {
            let (all, day) = (grounds(), Day::from_number);
            let permit = issued(until.map(day));
            let holder = if firm { Holder::Firm } else { Holder::Person };
            let fits = ground(&all[0], &entered(cause, "", "因为"), (&permit, holder), day(today)).is_ok();
            let wanted = match cause {
                "expired" => until.is_some_and(|until| until < today),
                "unable" => !firm,
                "ended" => firm,
                _ => true,
            };
            prop_assert_eq!(fits, wanted);
        }
    }
}
