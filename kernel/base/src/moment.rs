//! Moments and days. A moment is a millisecond in UTC; a day is a civil day in China (+08:00, no
//! daylight saving since 1991), because that is the day the law counts.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::civil::{Date, Weekday};

const CHINA_OFFSET_MS: i64 = 8 * 3_600_000;
const DAY_MS: i64 = 86_400_000;

/// The calendar repeats every 400 years.
const ERA_DAYS: i64 = 146_097;
/// From 0000-03-01 to 1970-01-01.
const DAYS_BEFORE_1970: i64 = 719_468;
/// The numbers of the first and the last day of the calendar: -9999-01-01 and 9999-12-31.
const NUMBER_MIN: i64 = -4_371_587;
const NUMBER_MAX: i64 = 2_932_896;

/// A point in time, to the millisecond, in UTC. Stored as BIGINT.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, serde::Serialize, serde::Deserialize,
)]
#[serde(transparent)]
pub struct Moment(i64);

impl Moment {
    /// The moment so many milliseconds after 1970-01-01T00:00Z.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since 1970-01-01T00:00Z.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// The civil day in China at this moment.
    pub fn day(self) -> Day {
        Day::from_number((self.0 + CHINA_OFFSET_MS).div_euclid(DAY_MS))
    }

    /// This moment, moved by so many milliseconds (negative: earlier).
    pub const fn plus_millis(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }

    /// This moment, moved by so many seconds.
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        self.plus_millis(seconds.saturating_mul(1_000))
    }

    /// Hour and minute on China's clocks.
    pub fn hour_minute(self) -> (i64, i64) {
        let minutes = (self.0 + CHINA_OFFSET_MS).rem_euclid(DAY_MS) / 60_000;
        (minutes / 60, minutes % 60)
    }

    /// ISO 8601 with China's offset: `2026-11-24T09:30:00+08:00`, for `<time datetime>` and JSON.
    pub fn iso(self) -> String {
        let seconds = (self.0 + CHINA_OFFSET_MS).rem_euclid(DAY_MS) / 1_000;
        format!(
            "{}T{:02}:{:02}:{:02}+08:00",
            self.day(),
            seconds / 3_600,
            seconds / 60 % 60,
            seconds % 60
        )
    }

    /// As people read it in a list: `2026-11-24 09:30`.
    pub fn to_minute(self) -> String {
        let (hour, minute) = self.hour_minute();
        format!("{} {hour:02}:{minute:02}", self.day())
    }
}

/// A civil day in China. Stored as BIGINT: days since 1970-01-01.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(Date);

impl Day {
    /// The day of this year, month (1–12) and day of month, if the calendar has it.
    pub fn new(year: i16, month: i8, day: i8) -> Option<Self> {
        Date::new(year, month, day).ok().map(Self)
    }

    /// The day so many days after 1970-01-01; days beyond years ±9999 are clamped.
    pub fn from_number(number: i64) -> Self {
        // Reckoned by hand, not by spans of jiff: the clock asks for every row of a queue. The
        // year begins in March, so that the leap day is its last (H. Hinnant, civil_from_days).
        let shifted = number.clamp(NUMBER_MIN, NUMBER_MAX) + DAYS_BEFORE_1970;
        let (era, day_of_era) = (shifted.div_euclid(ERA_DAYS), shifted.rem_euclid(ERA_DAYS));
        let leaps = day_of_era / 1_460 - day_of_era / 36_524 + day_of_era / 146_096;
        let year_of_era = (day_of_era - leaps) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month + 2) / 5 + 1;
        let month = if month < 10 { month + 3 } else { month - 9 };
        let year = era * 400 + year_of_era + i64::from(month <= 2);
        let parts = (i16::try_from(year), i8::try_from(month), i8::try_from(day));
        let end = if number < 0 { Date::MIN } else { Date::MAX };
        match parts {
            (Ok(year), Ok(month), Ok(day)) => Self(Date::new(year, month, day).unwrap_or(end)),
            _ => Self(end),
        }
    }

    /// Days since 1970-01-01.
    pub fn number(self) -> i64 {
        let (year, month, day) = self.ymd();
        let (month, day) = (i64::from(month), i64::from(day));
        let year = i64::from(year) - i64::from(month <= 2);
        let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
        let from_march = if month > 2 { month - 3 } else { month + 9 };
        let day_of_year = (153 * from_march + 2) / 5 + day - 1;
        let leaps = year_of_era / 4 - year_of_era / 100;
        era * ERA_DAYS + year_of_era * 365 + leaps + day_of_year - DAYS_BEFORE_1970
    }

    /// The first moment of this day in China.
    pub fn start(self) -> Moment {
        Moment(self.number() * DAY_MS - CHINA_OFFSET_MS)
    }

    /// The last millisecond of this day in China: a limit of days ends here (民法典 art. 203).
    pub fn end(self) -> Moment {
        self.start().plus_millis(DAY_MS - 1)
    }

    /// The day so many calendar days later (negative: earlier).
    pub fn plus(self, days: i64) -> Self {
        Self::from_number(self.number().saturating_add(days))
    }

    /// Year, month, day of month.
    pub fn ymd(self) -> (i16, i8, i8) {
        (self.0.year(), self.0.month(), self.0.day())
    }

    /// The year of this day.
    pub fn year(self) -> i16 {
        self.0.year()
    }

    /// True on Saturday and Sunday.
    pub fn is_weekend(self) -> bool {
        matches!(self.0.weekday(), Weekday::Saturday | Weekday::Sunday)
    }

    /// 星期一 … 星期日.
    pub fn weekday_name(self) -> &'static str {
        match self.0.weekday() {
            Weekday::Monday => "星期一",
            Weekday::Tuesday => "星期二",
            Weekday::Wednesday => "星期三",
            Weekday::Thursday => "星期四",
            Weekday::Friday => "星期五",
            Weekday::Saturday => "星期六",
            Weekday::Sunday => "星期日",
        }
    }

    /// `2026年11月24日`, as papers write it.
    pub fn chinese(self) -> String {
        let (year, month, day) = self.ymd();
        format!("{year}年{month}月{day}日")
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.ymd();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

impl fmt::Debug for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// Said of a text that is no day.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub enum BadDay {
    /// It is not written like one.
    #[error("not a day of the form YYYY-MM-DD")]
    Form,
    /// It is written like one, and the calendar has none such: 2026-02-30.
    #[error("no day of the calendar")]
    Calendar,
}

impl BadDay {
    /// What whoever typed it is told.
    pub fn words(self, typed: &str) -> String {
        match self {
            Self::Form => "请写日期，例如 2026-03-01".to_owned(),
            Self::Calendar => format!("没有“{typed}”这一天，请改正"),
        }
    }
}

impl FromStr for Day {
    type Err = BadDay;

    fn from_str(text: &str) -> Result<Self, BadDay> {
        let mut parts = text.split('-');
        let (Some(year), Some(month), Some(day), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(BadDay::Form);
        };
        // A sign before a number is a number too, and no way to write a day.
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let plain = [year, month, day].into_iter().all(digits);
        if !plain || year.len() != 4 || month.len() > 2 || day.len() > 2 {
            return Err(BadDay::Form);
        }
        match (year.parse(), month.parse(), day.parse()) {
            (Ok(year), Ok(month), Ok(day)) => Day::new(year, month, day).ok_or(BadDay::Calendar),
            _ => Err(BadDay::Form),
        }
    }
}

impl Day {
    /// A day as people type one: 2026-03-01, 2026.3.1, 2026/3/1, 2026年3月1日, 20260301, in digits of any width.
    pub fn typed(text: &str) -> Result<Self, BadDay> {
        let narrow = |sign: char| match sign {
            '０'..='９' => {
                char::from_digit(u32::from(sign) - u32::from('０'), 10).unwrap_or(sign)
            }
            '.' | '/' | '．' | '／' | '－' | '年' | '月' => '-',
            other => other,
        };
        let text: String = text.trim().trim_end_matches('日').chars().map(narrow).collect();
        if text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit()) {
            let (year, rest) = text.split_at(4);
            let (month, day) = rest.split_at(2);
            return format!("{year}-{month}-{day}").parse();
        }
        text.parse()
    }
}

impl serde::Serialize for Day {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Day {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Where `now` comes from. A request reads it once, in `Cx`; nothing else asks.
pub trait Clock: Send + Sync + 'static {
    /// The present moment.
    fn now(&self) -> Moment;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods, reason = "the one place that asks the machine")]
    fn now(&self) -> Moment {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        Moment(since.map_or(0, |elapsed| i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX)))
    }
}

/// A clock that stands still until it is told to move: for tests, and for the demo's past.
#[derive(Clone, Debug)]
pub struct FixedClock(Arc<AtomicI64>);

impl FixedClock {
    /// A clock standing at `now`.
    pub fn at(now: Moment) -> Self {
        Self(Arc::new(AtomicI64::new(now.0)))
    }

    /// Moves the clock to `now`, for every holder of it.
    pub fn set(&self, now: Moment) {
        self.0.store(now.0, Ordering::SeqCst);
    }

    /// Lets so many seconds pass.
    pub fn pass_seconds(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1_000, Ordering::SeqCst);
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Moment {
        Moment(self.0.load(Ordering::SeqCst))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_read_as_people_type_it() {
        let day = Day::new(2026, 3, 1);
        let ways = [
            "2026-03-01",
            " 2026年3月1日 ",
            "2026.3.1",
            "2026/03/01",
            "20260301",
            "２０２６－０３－０１",
        ];
        for typed in ways {
            assert_eq!(Day::typed(typed).ok(), day, "{typed}");
        }
        for typed in ["", "日", "2026", "26-3-1", "2026年3月", "2026301", "昨天", "+2026-03-01"]
        {
            assert_eq!(Day::typed(typed), Err(BadDay::Form), "{typed}");
        }
        for typed in ["2026-02-30", "2026年13月1日", "20260431", "2025-2-29"] {
            assert_eq!(Day::typed(typed), Err(BadDay::Calendar), "{typed}");
        }
    }

    #[test]
    fn the_day_changes_at_midnight_in_china() {
        let day = Day::new(2026, 11, 24).expect("a day");
        assert_eq!(day.start().plus_millis(-1).day(), day.plus(-1));
        assert_eq!(day.start().day(), day);
        assert_eq!(day.end().day(), day);
        assert_eq!(day.end().plus_millis(1).day(), day.plus(1));
        assert_eq!(day.start().iso(), "2026-11-24T00:00:00+08:00");
    }

    #[test]
    fn days_beyond_the_calendar_are_clamped() {
        for (number, day) in [(i64::MAX, Date::MAX), (9_000_000, Date::MAX), (i64::MIN, Date::MIN)]
        {
            assert_eq!(Day::from_number(number), Day(day));
        }
        assert_eq!(Day(Date::MAX).plus(i64::MAX), Day(Date::MAX));
    }

    #[test]
    fn days_are_numbered_as_the_calendar_counts_them() {
        let epoch = jiff::civil::date(1970, 1, 1);
        let mut date = Date::MIN;
        // A step of 61 days meets every month and, over 20,000 years, every kind of year.
        while let Ok(next) = date.checked_add(jiff::Span::new().days(61)) {
            let days = date.since(epoch).map(|span| i64::from(span.get_days()));
            assert_eq!(days.ok(), Some(Day(date).number()), "{date}");
            assert_eq!(Day::from_number(Day(date).number()), Day(date));
            date = next;
        }
        for year in [1600, 1900, 2000, 2024, 2100] {
            for (month, day) in [(2, 28), (2, 29), (3, 1), (12, 31), (1, 1)] {
                if let Some(day) = Day::new(year, month, day) {
                    assert_eq!(Day::from_number(day.number()), day);
                }
            }
        }
        assert_eq!(Day(Date::MIN).number(), NUMBER_MIN);
        assert_eq!(Day(Date::MAX).number(), NUMBER_MAX);
    }

    #[test]
    fn a_day_reads_back_as_itself() {
        for number in [-800_000, -1, 0, 1, 20_000, 900_000] {
            let day = Day::from_number(number);
            assert_eq!(day.number(), number);
            if day.year() > 0 {
                assert_eq!(day.to_string().parse(), Ok(day));
            }
        }
        assert_eq!("2025-02-29".parse::<Day>(), Err(BadDay::Calendar));
        assert_eq!("24-02-28".parse::<Day>(), Err(BadDay::Form));
        assert_eq!("2024-+2-+8".parse::<Day>(), Err(BadDay::Form));
    }
}
