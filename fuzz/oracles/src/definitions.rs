//! The law as data: definitions of flows and calendars. What is read can be checked; what passes
//! reads back the same and can be reckoned with.

use base::Day;
use clock::{Calendar, Year};
use flow::Definition;

/// Takes the bytes for a definition, and for a calendar.
pub fn check(bytes: &[u8]) {
    let text = crate::text(bytes);
    if let Ok(definition) = Definition::from_json(&text) {
        let _ = definition.check();
        let written = serde_json::to_string(&definition).expect("JSON");
        assert_eq!(Definition::from_json(&written).ok().as_ref(), Some(&definition));
    }
    if let Ok(calendar) = Calendar::from_json(&text) {
        reckoned(&calendar);
    }
}

fn reckoned(calendar: &Calendar) {
    let years: Vec<&Year> = calendar.years().collect();
    let written = serde_json::to_string(&years).expect("JSON");
    let again = Calendar::from_json(&written).expect("it reads back");
    assert_eq!(again.years().collect::<Vec<_>>(), years);
    for year in years {
        let edges = [1, 12].map(|month| Day::new(year.year, month, 31).expect("a day"));
        let holidays = year.holidays.iter().flat_map(|holiday| [holiday.from, holiday.through]);
        for day in edges.into_iter().chain(holidays).chain(year.makeup.iter().copied()) {
            let due = calendar.add_working_days(day, 5);
            assert!(calendar.is_working(due), "a limit ends on a working day");
            assert_eq!(calendar.working_days(day, due), 5, "five working days after {day}");
            assert!(calendar.next_working(day) >= day);
        }
    }
}
