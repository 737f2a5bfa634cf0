//! One year's holidays as data: what the State Council's notice says, when it was published, and on
//! what it rests.

use base::Day;
use serde::{Deserialize, Serialize};

/// No notice has ever made a holiday longer than this; a longer one is a slip in the data.
const HOLIDAY_DAYS_MAX: i64 = 31;
/// A holiday around New Year may begin in the year before: so many days at most.
const SPILL_DAYS_MAX: i64 = 15;

/// How well the working days of a year are known.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Knowledge {
    /// The State Council's notice is in the data.
    Announced,
    /// Only the statutory days are; moved rest days and make-up days are to come.
    Provisional,
    /// Nothing is in the data: weekends only.
    WeekendsOnly,
}

/// The holidays of one year.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Year {
    /// The year.
    pub year: i16,
    /// How well it is known; a year in the data is never `WeekendsOnly`.
    pub standing: Knowledge,
    /// The notice or decree, with its number.
    pub basis: String,
    /// The day the basis was published.
    pub published: Day,
    /// Where it can be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// What the reader of this year should know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The runs of days off, weekends inside them included.
    pub holidays: Vec<Holiday>,
    /// The Saturdays and Sundays worked in exchange.
    pub makeup: Vec<Day>,
}

/// A run of days off.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Holiday {
    /// 春节, 国庆节 …
    pub name: String,
    /// The first day off.
    pub from: Day,
    /// The last day off.
    pub through: Day,
}

/// Why a text is no calendar; said to the official who enters the notice.
#[derive(Debug, thiserror::Error)]
pub enum BadCalendar {
    /// Not JSON of the expected shape.
    #[error("放假安排不是规定格式的 JSON 数据，请核对")]
    Json(#[from] serde_json::Error),
    /// A year is given twice.
    #[error("{0} 年的放假安排重复，请只保留一份")]
    Twice(i16),
    /// A year beyond what a calendar can reckon with.
    #[error("{0} 年超出日历范围（1950 至 2200 年），请核对")]
    Range(i16),
    /// A year in the data that claims to be unknown.
    #[error("{0} 年的放假安排须注明是正式公布还是暂定")]
    Standing(i16),
    /// A holiday that ends before it begins, or is too long.
    #[error("“{name}”的起止日期不对（{from} 至 {through}），请核对")]
    Holiday {
        /// Its name.
        name: String,
        /// Its first day.
        from: Day,
        /// Its last day.
        through: Day,
    },
    /// A day that lies outside its year.
    #[error("{day} 不在 {year} 年的放假安排之内，请核对")]
    Outside {
        /// The year it was entered under.
        year: i16,
        /// The day.
        day: Day,
    },
    /// A make-up day that would be a working day anyway.
    #[error("{0} 不是周六或周日，不能作为调休上班日，请核对")]
    NotWeekend(Day),
    /// A day that is both off and worked.
    #[error("{0} 既是放假日又是调休上班日，请核对")]
    Both(Day),
}

impl Year {
    /// Checks what the calendar relies on.
    pub(crate) fn checked(&self) -> Result<(), BadCalendar> {
        if !(1950..=2200).contains(&self.year) {
            return Err(BadCalendar::Range(self.year));
        }
        if self.standing == Knowledge::WeekendsOnly {
            return Err(BadCalendar::Standing(self.year));
        }
        for Holiday { name, from, through } in &self.holidays {
            if through < from || through.number() - from.number() >= HOLIDAY_DAYS_MAX {
                let (name, from, through) = (name.clone(), *from, *through);
                return Err(BadCalendar::Holiday { name, from, through });
            }
            self.near(*from)?;
            self.near(*through)?;
        }
        for day in &self.makeup {
            self.near(*day)?;
            if !day.is_weekend() {
                return Err(BadCalendar::NotWeekend(*day));
            }
            if self.holidays.iter().any(|holiday| holiday.holds(*day)) {
                return Err(BadCalendar::Both(*day));
            }
        }
        Ok(())
    }

    fn near(&self, day: Day) -> Result<(), BadCalendar> {
        let near = [-SPILL_DAYS_MAX, 0, SPILL_DAYS_MAX];
        if near.iter().any(|days| day.plus(*days).year() == self.year) {
            return Ok(());
        }
        Err(BadCalendar::Outside { year: self.year, day })
    }
}

impl Holiday {
    /// Whether `day` is one of its days.
    pub fn holds(&self, day: Day) -> bool {
        self.from <= day && day <= self.through
    }
}

#[cfg(test)]
mod tests {
    use crate::{BadCalendar, Calendar};

    fn refused(holidays: &str, makeup: &str) -> BadCalendar {
        let json = format!(
            r#"{{"year": 2026, "standing": "announced", "basis": "通知", "published": "2025-11-04",
                "holidays": {holidays}, "makeup": {makeup}}}"#
        );
        Calendar::from_json(&json).expect_err("a refusal")
    }

    #[test]
    fn a_slip_in_the_notice_is_found_before_it_moves_a_due_date() {
        let spring = r#"[{"name": "春节", "from": "2026-02-15", "through": "2026-02-23"}]"#;
        let long = r#"[{"name": "春节", "from": "2026-02-15", "through": "2026-03-23"}]"#;
        let backwards = r#"[{"name": "春节", "from": "2026-02-23", "through": "2026-02-15"}]"#;
        let elsewhere = r#"[{"name": "春节", "from": "2025-02-15", "through": "2025-02-16"}]"#;
        assert!(matches!(refused(long, "[]"), BadCalendar::Holiday { .. }));
        assert!(matches!(refused(backwards, "[]"), BadCalendar::Holiday { .. }));
        assert!(matches!(refused(elsewhere, "[]"), BadCalendar::Outside { .. }));
        assert!(matches!(refused(spring, r#"["2026-02-15"]"#), BadCalendar::Both(_)));
        assert!(matches!(refused(spring, r#"["2026-02-28x"]"#), BadCalendar::Json(_)));
        assert_eq!(
            refused(spring, r#"["2026-02-27"]"#).to_string(),
            "2026-02-27 不是周六或周日，不能作为调休上班日，请核对"
        );
    }

    #[test]
    fn a_year_stands_once_and_says_how_well_it_is_known() {
        let year = |year: i16, standing: &str| {
            format!(
                r#"{{"year": {year}, "standing": "{standing}", "basis": "通知",
                    "published": "2025-11-04", "holidays": [], "makeup": []}}"#
            )
        };
        let announced = year(2026, "announced");
        let twice = Calendar::from_json(&format!("[{announced}, {announced}]"));
        assert!(matches!(twice, Err(BadCalendar::Twice(2026))));
        let far = Calendar::from_json(&year(3000, "announced"));
        assert!(matches!(far, Err(BadCalendar::Range(3000))));
        let unknown = Calendar::from_json(&year(2026, "weekends_only"));
        assert!(matches!(unknown, Err(BadCalendar::Standing(2026))));
    }
}
