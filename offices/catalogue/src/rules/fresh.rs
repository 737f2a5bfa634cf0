//! How fresh data is: what was declared beside what was observed.

use base::Day;

use crate::terms::Cycle;

/// What is observed of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// 按时.
    OnTime,
    /// 迟到: so many days.
    Late(i64),
    /// 从未到达.
    Never,
    /// It came, and no time was declared by which it could be late.
    Noted,
    /// Nothing can be said: nothing is observed, or no time was declared.
    Unknown,
}

impl Freshness {
    /// As people read it.
    pub fn words(self) -> String {
        match self {
            Freshness::OnTime => "按时".into(),
            Freshness::Late(days) => format!("迟到 {days} 天"),
            Freshness::Never => "从未到达".into(),
            Freshness::Noted => "不判断".into(),
            Freshness::Unknown => "没有监测".into(),
        }
    }
}

/// So many days after an arrival the next one should have come, with a day of grace for what is daily or faster and a
/// tenth of the cycle for what is slower.
const fn days_of(cycle: Cycle) -> Option<i64> {
    match cycle {
        Cycle::Live => Some(1),
        Cycle::Daily => Some(2),
        Cycle::Weekly => Some(8),
        Cycle::Monthly => Some(34),
        Cycle::Quarterly => Some(101),
        Cycle::HalfYearly => Some(202),
        Cycle::Yearly => Some(402),
        Cycle::Irregular | Cycle::Own => None,
    }
}

/// What is to be said of a resource on a day: `published` is the day on which it was promised first, `last` that of the
/// last arrival.
pub fn freshness(cycle: Cycle, published: Option<Day>, last: Option<Day>, today: Day) -> Freshness {
    let Some(days) = days_of(cycle) else {
        return if last.is_some() { Freshness::Noted } else { Freshness::Unknown };
    };
    match (last, published) {
        (Some(last), _) => match today.number() - last.plus(days).number() {
            late @ 1.. => Freshness::Late(late),
            _ => Freshness::OnTime,
        },
        (None, Some(published)) if published.plus(days) < today => Freshness::Never,
        (None, _) => Freshness::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_comes_each_month_is_late_after_a_month_and_some_days() {
        let day = |number: i64| Day::from_number(20_000 + number);
        let fresh = |last, today| freshness(Cycle::Monthly, Some(day(0)), last, day(today));
        assert_eq!(fresh(Some(day(0)), 31), Freshness::OnTime);
        assert_eq!(fresh(Some(day(0)), 40), Freshness::Late(6));
        assert_eq!(fresh(None, 20), Freshness::Unknown);
        assert_eq!(fresh(None, 40), Freshness::Never);
        let at_no_time = freshness(Cycle::Irregular, Some(day(0)), Some(day(0)), day(900));
        assert_eq!(at_no_time, Freshness::Noted, "nobody said when it is late");
    }

    proptest! {
        /// Time alone never makes data fresher, and an arrival never makes it later.
        #[test]
        fn data_grows_old_and_an_arrival_renews_it(
            cycle in prop::sample::select(Cycle::ALL.to_vec()),
            (last, later, today) in (0i64..500, 0i64..100, 0i64..900),
        ) {
            let day = |number: i64| Day::from_number(20_000 + number);
            let late = |last: i64, today: i64| match freshness(cycle, None, Some(day(last)), day(today)) {
                Freshness::Late(days) => days,
                _ => 0,
            };
            prop_assert!(late(last, today) <= late(last, today + later));
            prop_assert!(late(last + later, today) <= late(last, today));
        }
    }
}
