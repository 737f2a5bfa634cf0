//! How a permit stands on a day.

use approvals_contract::PermitState;
use base::Day;

/// Nothing before it was issued. Declared void, it is none from that day on, whatever its term; its last day counts.
pub fn state_on(
    (issued, until): (Day, Option<Day>),
    void_since: Option<Day>,
    on: Day,
) -> Option<PermitState> {
    if on < issued {
        return None;
    }
    Some(match (void_since, until) {
        (Some(since), _) if since <= on => PermitState::Void,
        (_, Some(until)) if until < on => PermitState::Expired,
        _ => PermitState::InForce,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_permit_is_in_force_from_its_issue_through_its_last_day_unless_it_is_void(
            issued in 0i64..400, term in proptest::option::of(0i64..400),
            void in proptest::option::of(0i64..400), on in 0i64..900,
        ) {
            let day = Day::from_number;
            let until = term.map(|term| day(issued + term));
            let state = state_on((day(issued), until), void.map(|after| day(issued + after)), day(on));
            let runs = on >= issued && term.is_none_or(|term| on <= issued + term);
            let stands = void.is_none_or(|after| on < issued + after);
            prop_assert_eq!(state == Some(PermitState::InForce), runs && stands);
            prop_assert_eq!(state.is_none(), on < issued);
        }
    }
}
