//! The limits of a case: the item's own, and the law's where the item has none or a longer one.

use clock::words::limit as said;
use clock::{Limits, OwnLimits, TimeLimit, Unit};

use crate::terms::{ProcedureLimits, TimeLimits};

/// The limits beside those of the decision, for a case that is filed now.
///
/// 行政许可法 art. 32 and 44 set the longest time that a permit may take to be accepted and to be
/// delivered; art. 42 (1) leaves the extension to the special law. What is no permit has its own rules.
pub(super) fn procedure(law: &TimeLimits, own: Option<&OwnLimits>) -> ProcedureLimits {
    let supplement = law.supplement.clone();
    let Some(own) = own else {
        return ProcedureLimits {
            acceptance: law.completeness.alone(),
            permit: Some(true),
            silence_accepts: true,
            supplement,
            extension: Some(law.extension.clone()),
            delivery: law.delivery.alone(),
        };
    };
    let of = |law: &TimeLimit, own: &TimeLimit, permit| match permit {
        true => within(law, own),
        false => own.alone(),
    };
    ProcedureLimits {
        acceptance: of(&law.completeness, &own.acceptance, own.permit),
        permit: Some(own.permit),
        silence_accepts: own.permit || own.silence_accepts,
        supplement,
        extension: own.extension.clone(),
        delivery: of(&law.delivery, &own.delivery, own.permit),
    }
}

/// The law's limit; a shorter one of the item is a promise beside it, and says what it rests on.
fn within(law: &TimeLimit, own: &TimeLimit) -> Limits {
    // So many calendar days are never more than as many working days.
    let comparable = own.unit == law.unit || law.unit == Unit::WorkingDays;
    if !comparable || own.days >= law.days {
        return law.alone();
    }
    let basis = format!("{}；本事项承诺{}，依据{}", law.basis, said(own.limit()), own.basis);
    Limits { legal: Some(law.limit()), promised: Some(own.limit()), basis }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::sample;

    fn limit(days: u32, unit: Unit) -> TimeLimit {
        TimeLimit { days, unit, basis: "某条例第三条".into() }
    }

    fn own(permit: bool, acceptance: TimeLimit) -> OwnLimits {
        let delivery = limit(20, Unit::WorkingDays);
        OwnLimits { permit, acceptance, silence_accepts: false, extension: None, delivery }
    }

    #[test]
    fn a_permit_takes_no_longer_than_the_law_and_a_shorter_limit_is_a_promise() {
        let law = sample().limits;
        let shorter = procedure(&law, Some(&own(true, limit(2, Unit::WorkingDays))));
        assert_eq!(shorter.acceptance.promised, Some(clock::Limit::working(2)));
        assert_eq!(shorter.acceptance.legal, Some(clock::Limit::working(5)));
        assert!(shorter.acceptance.basis.contains("第三十二条"), "{:?}", shorter.acceptance);
        assert!(shorter.acceptance.basis.contains("某条例第三条"), "{:?}", shorter.acceptance);
        assert!(shorter.silence_accepts && shorter.extension.is_none());
        assert_eq!(shorter.delivery, law.delivery.alone(), "twenty days are too many");
        for longer in [limit(9, Unit::WorkingDays), limit(6, Unit::CalendarDays)] {
            assert_eq!(
                procedure(&law, Some(&own(true, longer))).acceptance,
                law.completeness.alone()
            );
        }
    }

    #[test]
    fn what_is_no_permit_has_its_own_limits_and_its_silence_says_nothing() {
        let days = limit(15, Unit::CalendarDays);
        let limits = procedure(&sample().limits, Some(&own(false, days.clone())));
        assert_eq!((limits.acceptance, limits.silence_accepts), (days.alone(), false));
        assert_eq!(limits.delivery.legal, Some(clock::Limit::working(20)));
    }

    #[test]
    fn silence_that_accepts_makes_no_permit() {
        let own = own(false, limit(3, Unit::WorkingDays));
        let own = OwnLimits { silence_accepts: true, ..own };
        let limits = procedure(&sample().limits, Some(&own));
        assert!(limits.silence_accepts && !limits.is_permit());
    }

    #[test]
    fn cases_of_old_databases_keep_the_limits_they_ran_on() {
        let sql = include_str!("../../migrations/0004_limits.sql");
        let kept = sql.split('\'').nth(1).expect("a default");
        let kept: ProcedureLimits = serde_json::from_str(kept).expect("the default reads");
        assert!(kept.is_permit());
        let now = procedure(&sample().limits, None);
        assert_eq!(kept, ProcedureLimits { permit: None, ..now });
    }
}
