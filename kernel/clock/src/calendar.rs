//! The calendar of working days. A table from day to running number and back answers every
//! question in constant time, since queues ask it for each of their rows.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, LazyLock};

use base::Day;

use crate::year::{BadCalendar, Holiday, Knowledge, Year};

/// The years that come with the program; later ones are entered as data (`Calendar::with`).
const EMBEDDED: [&str; 4] = [
    include_str!("../data/2024.json"),
    include_str!("../data/2025.json"),
    include_str!("../data/2026.json"),
    include_str!("../data/2027.json"),
];

/// The calendar of working days in China. Cheap to clone.
///
/// Working days are Monday to Friday, less holidays, plus make-up days. A year that is not in the
/// data has weekends only, and [`Calendar::knowledge`] says so.
#[derive(Clone)]
pub struct Calendar(Arc<Table>);

struct Table {
    years: BTreeMap<i16, Year>,
    /// The number of the first day in the table.
    first: i64,
    /// For each day from `first` on: how many working days from `first` through it.
    count: Vec<u32>,
    /// The k-th working day, as days after `first`, at k − 1.
    working: Vec<u32>,
}

impl Calendar {
    /// The calendar that comes with the program: 2024 to 2027.
    pub fn china() -> Self {
        // A test reads the embedded data; were it ever broken, weekends alone would count and
        // every reading would say that it is uncertain.
        static CHINA: LazyLock<Calendar> = LazyLock::new(|| {
            let years = EMBEDDED.iter().filter_map(|text| serde_json::from_str(text).ok());
            Calendar::from_years(years).unwrap_or_else(|_| Calendar::weekends())
        });
        CHINA.clone()
    }

    /// A calendar of one year or of a list of years, in the shape of the files in `data/`.
    pub fn from_json(text: &str) -> Result<Self, BadCalendar> {
        if text.trim_start().starts_with('[') {
            Self::from_years(serde_json::from_str::<Vec<Year>>(text)?)
        } else {
            Self::from_years([serde_json::from_str::<Year>(text)?])
        }
    }

    /// A calendar of these years.
    pub fn from_years(years: impl IntoIterator<Item = Year>) -> Result<Self, BadCalendar> {
        let mut known = BTreeMap::new();
        for year in years {
            year.checked()?;
            if let Some(twice) = known.insert(year.year, year) {
                return Err(BadCalendar::Twice(twice.year));
            }
        }
        Table::new(known).map(|table| Self(Arc::new(table)))
    }

    /// This calendar with one year added, or replaced by what was announced since.
    pub fn with(&self, year: Year) -> Result<Self, BadCalendar> {
        let others = self.0.years.values().filter(|known| known.year != year.year).cloned();
        Self::from_years(others.chain([year.clone()]))
    }

    /// A calendar that knows of no holiday.
    fn weekends() -> Self {
        let (count, working) = (Vec::new(), Vec::new());
        Self(Arc::new(Table { years: BTreeMap::new(), first: 0, count, working }))
    }

    /// The years in the data, oldest first: for the page that shows and imports them.
    pub fn years(&self) -> impl Iterator<Item = &Year> {
        self.0.years.values()
    }

    /// How well the working days of `year` are known.
    pub fn knowledge(&self, year: i16) -> Knowledge {
        self.0.years.get(&year).map_or(Knowledge::WeekendsOnly, |known| known.standing)
    }

    /// The first year in `from..=through` whose working days are not announced.
    pub fn unannounced(&self, from: Day, through: Day) -> Option<i16> {
        (from.year()..=through.year()).find(|year| self.knowledge(*year) != Knowledge::Announced)
    }

    /// The holiday that `day` is part of.
    pub fn holiday(&self, day: Day) -> Option<&Holiday> {
        // A holiday may begin in December of the year before.
        [day.year(), day.year().saturating_add(1), day.year().saturating_sub(1)]
            .into_iter()
            .filter_map(|year| self.0.years.get(&year))
            .flat_map(|year| &year.holidays)
            .find(|holiday| holiday.holds(day))
    }

    /// Whether `day` is a working day.
    pub fn is_working(&self, day: Day) -> bool {
        let number = day.number();
        self.0.count(number) > self.0.count(number - 1)
    }

    /// The `n`-th working day after `from`, which is not counted (民法典 art. 201); for 0, `from`
    /// itself.
    pub fn add_working_days(&self, from: Day, n: u32) -> Day {
        if n == 0 {
            return from;
        }
        Day::from_number(self.0.nth(self.0.count(from.number()) + i64::from(n)))
    }

    /// The `n`-th working day before `to`, which is not counted; for 0, `to` itself. For what must
    /// be told so many working days ahead (行政许可法 art. 48).
    pub fn subtract_working_days(&self, to: Day, n: u32) -> Day {
        if n == 0 {
            return to;
        }
        Day::from_number(self.0.nth(self.0.count(to.number() - 1) - i64::from(n) + 1))
    }

    /// The working days in `(after, through]`; negative when `through` comes first.
    pub fn working_days(&self, after: Day, through: Day) -> i64 {
        self.0.count(through.number()) - self.0.count(after.number())
    }

    /// `day` if it is a working day, else the next that is.
    pub fn next_working(&self, day: Day) -> Day {
        if self.is_working(day) { day } else { self.add_working_days(day, 1) }
    }
}

impl Table {
    fn new(years: BTreeMap<i16, Year>) -> Result<Self, BadCalendar> {
        let mut turned: BTreeMap<i64, bool> = BTreeMap::new();
        for year in years.values() {
            let off = year.holidays.iter().flat_map(|h| h.from.number()..=h.through.number());
            let worked = year.makeup.iter().map(|day| day.number());
            for (number, works) in off.map(|n| (n, false)).chain(worked.map(|n| (n, true))) {
                // Two years' notices may both speak of a day around New Year, but only alike.
                if turned.insert(number, works).is_some_and(|before| before != works) {
                    return Err(BadCalendar::Both(Day::from_number(number)));
                }
            }
        }
        let bounds = |year: &Year| Some((Day::new(year.year, 1, 1)?, Day::new(year.year, 12, 31)?));
        let bounds: Vec<(Day, Day)> = years.values().filter_map(bounds).collect();
        let starts = bounds.iter().map(|(first, _)| first.number()).chain(turned.keys().copied());
        let ends = bounds.iter().map(|(_, last)| last.number()).chain(turned.keys().copied());
        let (first, last) = (starts.min().unwrap_or(0), ends.max().unwrap_or(-1));

        let (mut count, mut working, mut sum) = (Vec::new(), Vec::new(), 0);
        for (offset, number) in (0u32..).zip(first..=last) {
            let weekday = || !Day::from_number(number).is_weekend();
            if turned.get(&number).copied().unwrap_or_else(weekday) {
                sum += 1;
                working.push(offset);
            }
            count.push(sum);
        }
        Ok(Self { years, first, count, working })
    }

    /// How many working days there are from `first` through the day of this number; zero or less
    /// before `first`, so that differences are right everywhere.
    fn count(&self, number: i64) -> i64 {
        let offset = number - self.first;
        match usize::try_from(offset) {
            Err(_) => weekdays_through(number) - weekdays_through(self.first - 1),
            Ok(offset) => match self.count.get(offset) {
                Some(count) => i64::from(*count),
                None => self.total() + weekdays_through(number) - weekdays_through(self.last()),
            },
        }
    }

    /// The number of the day with which the count reaches `k`.
    fn nth(&self, k: i64) -> i64 {
        match usize::try_from(k - 1) {
            Err(_) => weekday_of_count(k + weekdays_through(self.first - 1)),
            Ok(place) => match self.working.get(place) {
                Some(offset) => self.first + i64::from(*offset),
                None => weekday_of_count(k - self.total() + weekdays_through(self.last())),
            },
        }
    }

    fn total(&self) -> i64 {
        i64::try_from(self.working.len()).unwrap_or_default()
    }

    fn last(&self) -> i64 {
        self.first - 1 + i64::try_from(self.count.len()).unwrap_or_default()
    }
}

/// 1969-12-29 was a Monday: three days before day 0.
const MONDAY: i64 = -3;

/// Mondays to Fridays from 1969-12-29 through the day of this number.
fn weekdays_through(number: i64) -> i64 {
    let since = number - MONDAY;
    since.div_euclid(7) * 5 + (since.rem_euclid(7) + 1).min(5)
}

/// The day with which `weekdays_through` reaches `count`.
fn weekday_of_count(count: i64) -> i64 {
    MONDAY + (count - 1).div_euclid(5) * 7 + (count - 1).rem_euclid(5)
}

impl fmt::Debug for Calendar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.years.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> Day {
        text.parse().expect("a day")
    }

    #[test]
    fn the_embedded_years_are_read() {
        let known: Vec<i16> = Calendar::china().years().map(|year| year.year).collect();
        assert_eq!(known, [2024, 2025, 2026, 2027]);
        assert_eq!(Calendar::china().knowledge(2026), Knowledge::Announced);
        assert_eq!(Calendar::china().knowledge(2027), Knowledge::Provisional);
        assert_eq!(Calendar::china().knowledge(2028), Knowledge::WeekendsOnly);
    }

    #[test]
    fn each_year_has_the_working_days_its_notice_gives_it() {
        // 2027 stands at 254 until moved rest days are announced.
        for (year, days) in [(2024, 251), (2025, 248), (2026, 248), (2027, 254)] {
            let (eve, last) = (Day::new(year - 1, 12, 31), Day::new(year, 12, 31));
            let counted = Calendar::china().working_days(eve.expect("a day"), last.expect("a day"));
            assert_eq!(counted, days, "{year}");
        }
    }

    #[test]
    fn limits_end_on_the_days_of_the_standard() {
        for (from, n, due) in [
            ("2025-01-20", 5, "2025-01-26"),
            ("2025-01-24", 20, "2025-02-27"),
            ("2025-09-22", 20, "2025-10-24"),
            ("2026-02-09", 5, "2026-02-14"),
            ("2026-02-13", 20, "2026-03-19"),
            ("2026-04-30", 1, "2026-05-06"),
            ("2026-09-18", 20, "2026-10-22"),
            ("2024-02-05", 7, "2024-02-20"),
            ("2024-09-27", 10, "2024-10-16"),
        ] {
            let calendar = Calendar::china();
            assert_eq!(calendar.add_working_days(day(from), n), day(due), "{from} + {n}");
            assert_eq!(calendar.working_days(day(from), day(due)), i64::from(n));
            assert!(calendar.is_working(day(due)));
        }
    }

    #[test]
    fn provisional_2027_has_the_thirteen_statutory_days_and_no_others() {
        let calendar = Calendar::china();
        let year = calendar.years().find(|year| year.year == 2027).expect("2027");
        let off: Vec<String> = year
            .holidays
            .iter()
            .flat_map(|holiday| holiday.from.number()..=holiday.through.number())
            .map(|number| Day::from_number(number).to_string())
            .collect();
        assert_eq!(
            off.join(" "),
            "2027-01-01 2027-02-05 2027-02-06 2027-02-07 2027-02-08 2027-04-05 2027-05-01 \
             2027-05-02 2027-06-09 2027-09-15 2027-10-01 2027-10-02 2027-10-03"
        );
        assert!(year.makeup.is_empty());
    }

    #[test]
    fn the_eve_of_2024_was_worked_and_a_holiday_has_a_name() {
        let calendar = Calendar::china();
        assert!(calendar.is_working(day("2024-02-09")));
        let name = |text| calendar.holiday(day(text)).map(|holiday| holiday.name.as_str());
        assert_eq!(name("2026-02-15"), Some("春节"));
        assert_eq!(name("2026-02-14"), None);
        assert_eq!(calendar.next_working(day("2026-10-01")), day("2026-10-08"));
        assert_eq!(calendar.next_working(day("2026-10-10")), day("2026-10-10"));
    }

    #[test]
    fn a_notice_replaces_what_was_provisional() {
        let json = r#"{"year": 2027, "standing": "announced", "basis": "通知",
            "published": "2026-11-25",
            "holidays": [{"name": "元旦", "from": "2026-12-31", "through": "2027-01-02"}],
            "makeup": ["2026-12-26"]}"#;
        let notice = serde_json::from_str(json).expect("a year");
        let before = Calendar::china();
        let after = before.with(notice).expect("a calendar");
        assert_eq!(before.knowledge(2027), Knowledge::Provisional);
        assert_eq!(after.knowledge(2027), Knowledge::Announced);
        assert!(before.is_working(day("2026-12-31")) && !after.is_working(day("2026-12-31")));
        assert!(after.is_working(day("2026-12-26")));
        assert_eq!(after.holiday(day("2026-12-31")).map(|h| h.name.as_str()), Some("元旦"));
    }

    #[test]
    fn no_span_is_too_long_to_reckon() {
        let calendar = Calendar::china();
        let far = calendar.add_working_days(day("2026-11-24"), u32::MAX);
        assert_eq!(far, Day::from_number(i64::MAX));
        let early = calendar.subtract_working_days(day("2026-11-24"), u32::MAX);
        assert_eq!(early, Day::from_number(i64::MIN));
    }

    /// Days around and far beyond the table, 1950 to 2060.
    fn any_day() -> impl Strategy<Value = Day> {
        (-7_300i64..32_900).prop_map(Day::from_number)
    }

    /// Days near the table, so that its edges are met often.
    fn near_day() -> impl Strategy<Value = Day> {
        (19_600i64..21_300).prop_map(Day::from_number)
    }

    proptest! {
        #[test]
        fn the_count_is_the_count_of_days_one_by_one(from in near_day(), days in 0i64..120) {
            let calendar = Calendar::china();
            let counted = (1..=days).filter(|ahead| calendar.is_working(from.plus(*ahead))).count();
            let through = from.plus(days);
            prop_assert_eq!(calendar.working_days(from, through), i64::try_from(counted).unwrap());
        }

        #[test]
        fn a_working_day_is_what_the_data_say(day in any_day()) {
            let calendar = Calendar::china();
            let made_up = calendar.years().any(|year| year.makeup.contains(&day));
            let works = made_up || (!day.is_weekend() && calendar.holiday(day).is_none());
            prop_assert_eq!(calendar.is_working(day), works);
        }

        #[test]
        fn adding_and_counting_undo_each_other(from in any_day(), n in 1u32..600) {
            let calendar = Calendar::china();
            let due = calendar.add_working_days(from, n);
            prop_assert!(calendar.is_working(due));
            prop_assert_eq!(calendar.working_days(from, due), i64::from(n));
            prop_assert_eq!(calendar.working_days(due, from), -i64::from(n));
            let back = calendar.subtract_working_days(due, n);
            prop_assert_eq!(calendar.working_days(back, from), 0);
            prop_assert!(!calendar.is_working(from) || back == from);
            prop_assert!(calendar.is_working(back) && back <= from);
        }

        #[test]
        fn working_days_are_additive(a in any_day(), b in any_day(), c in any_day()) {
            let calendar = Calendar::china();
            let through_b = calendar.working_days(a, b) + calendar.working_days(b, c);
            prop_assert_eq!(through_b, calendar.working_days(a, c));
        }

        #[test]
        fn adding_in_two_steps_is_adding_at_once(from in any_day(), a in 0u32..90, b in 0u32..90) {
            let calendar = Calendar::china();
            let two = calendar.add_working_days(calendar.add_working_days(from, a), b);
            prop_assert_eq!(two, calendar.add_working_days(from, a + b));
        }

        #[test]
        fn a_later_start_is_never_due_earlier(from in any_day(), later in 0i64..60, n in 0u32..90) {
            let calendar = Calendar::china();
            let (one, two) = (from, from.plus(later));
            prop_assert!(calendar.add_working_days(one, n) <= calendar.add_working_days(two, n));
        }
    }
}
