//! What the rules promise, of any input.

use base::{Day, Moment};
use proptest::prelude::*;

use super::*;

const GOOD: [&str; 5] = ["420704199003072468", "陈晓敏", "高龄津贴", "2026-01-01", "2026-12-31"];

fn with(place: usize, text: &str) -> Result<Line, Vec<crate::terms::Refused>> {
    let mut cells = GOOD;
    cells[place] = text;
    check(7, cells)
}

#[test]
fn a_line_in_order_is_read_and_each_wrong_field_is_named() {
    let line = check(7, GOOD).unwrap();
    assert_eq!((line.line, line.pays.as_str()), (7, "高龄津贴"));
    for (place, text, rule) in [
        (0, "420704199003072469", "校验码"),
        (0, "4.20704E+17", "位数"),
        (0, "", "必填"),
        (1, "", "写法"),
        (2, "  ", "必填"),
        (3, "2026-02-30", "日期"),
        (4, "2025-12-31", "先后"),
    ] {
        let wrong = with(place, text).unwrap_err();
        assert_eq!(wrong.len(), 1, "{text}");
        assert_eq!((wrong[0].field.as_str(), wrong[0].rule.as_str()), (HEADINGS[place], rule));
    }
    assert_eq!(check(7, ["", "", "", "x", ""]).unwrap_err().len(), 4);
}

proptest! {
    #[test]
    fn no_cell_stops_the_reading_and_what_is_refused_is_never_repeated(
        cells in prop::array::uniform5("[a-z0-9一-龥 E+'-]{0,40}"),
    ) {
        let [number, name, pays, since, until] = &cells;
        match check(3, [number, name, pays, since, until]) {
            Ok(line) => prop_assert!(line.pays.chars().count() <= 60),
            Err(refused) => {
                prop_assert!(!refused.is_empty());
                for one in refused {
                    let long = cells.iter().filter(|cell| cell.trim().len() > 12);
                    prop_assert!(long.clone().all(|cell| !one.words.contains(cell.trim())));
                }
            }
        }
    }

    #[test]
    fn what_ended_before_a_death_is_no_hit_and_what_has_no_end_always_is(
        died in 0i64..40_000, until in proptest::option::of(0i64..40_000),
    ) {
        let (died, until) = (Day::from_number(died), until.map(Day::from_number));
        let hit = is_paid_after(until, died);
        prop_assert_eq!(hit, until.is_none() || until >= Some(died));
        // A later death is a hit only where an earlier one is.
        prop_assert!(hit || !is_paid_after(until, died.plus(1)));
    }

    #[test]
    fn two_names_differ_alike_from_both_sides_and_no_name_from_itself(
        one in "[一-龥· ]{1,6}", other in "[一-龥· ]{1,6}",
    ) {
        prop_assert!(!are_other_names(&one, &one));
        let spaced = format!(" {one}·");
        prop_assert!(!are_other_names(&one, &spaced));
        prop_assert_eq!(are_other_names(&one, &other), are_other_names(&other, &one));
    }

    #[test]
    fn only_what_came_after_a_confirmation_is_found_again(
        confirmed in proptest::option::of(0i64..1_000), came in proptest::option::of(0i64..1_000),
    ) {
        let at = |millis: Option<i64>| millis.map(Moment::from_millis);
        let again = is_found_again(at(confirmed), at(came));
        prop_assert_eq!(again, matches!((confirmed, came), (Some(then), Some(later)) if later > then));
    }

    #[test]
    fn two_days_of_death_are_two_causes(one in 0i64..40_000, other in 0i64..40_000) {
        let cause = |day: i64| cause_of_death(Day::from_number(day));
        prop_assert_eq!(one == other, cause(one) == cause(other));
    }
}
