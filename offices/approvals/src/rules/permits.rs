//! How a permit stands on a day.

use approvals_contract::PermitState;
use base::Day;

/// Nothing before it was issued. Declared void or cancelled, it is none from that day on, whatever its term; its last day
/// counts.
pub fn state_on(
    (issued, until): (Day, Option<Day>),
    (void_since, cancelled): (Option<Day>, Option<Day>),
    on: Day,
) -> Option<PermitState> {
    if on < issued {
        return None;
    }
    let since = |day: Option<Day>| day.is_some_and(|day| day <= on);
    Some(match until {
        _ if since(void_since) => PermitState::Void,
        _ if since(cancelled) => PermitState::Cancelled,
        Some(until) if until < on => PermitState::Expired,
        _ => PermitState::InForce,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_permit_is_in_force_from_its_issue_through_its_last_day_unless_it_is_void_or_cancelled(
            issued in 0i64..400, term in proptest::option::of(0i64..400),
            void in proptest::option::of(0i64..400), gone in proptest::option::of(0i64..400),
            on in 0i64..900,
        ) {
            let day = Day::from_number;
            let until = term.map(|term| day(issued + term));
            let after = |days: Option<i64>| days.map(|days| day(issued + days));
            let state = state_on((day(issued), until), (after(void), after(gone)), day(on));
            let runs = on >= issued && term.is_none_or(|term| on <= issued + term);
            let not_yet = |days: Option<i64>| days.is_none_or(|days| on < issued + days);
            let stands = not_yet(void) && not_yet(gone);
            prop_assert_eq!(state == Some(PermitState::InForce), runs && stands);
            prop_assert_eq!(state.is_none(), on < issued);
        }
    }
}
