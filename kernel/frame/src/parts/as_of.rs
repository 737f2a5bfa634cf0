//! As of which day a page is read: `?on=2026-03-01`, a field for it, and the way back to today.

use axum::http::StatusCode;
use axum::response::Response;
use base::Day;
use maud::{Markup, html};

use super::filter::{Filter, Filters};
use super::notice::{NoticeKind, notice};

/// What a page is told to show.
#[derive(Clone, Debug)]
pub struct AsOf {
    day: Day,
    today: Day,
    typed: String,
    wrong: Option<String>,
}

impl AsOf {
    /// Reads what was typed; today where nothing was, or nothing that is a day. Before `since` nothing is on record,
    /// so no page says how things were then.
    pub fn read(typed: &str, today: Day, since: Day) -> Self {
        let typed = typed.trim().to_owned();
        let parsed = Day::typed(&typed);
        let wrong = match parsed {
            None if typed.is_empty() => None,
            None => Some("请写日期，例如 2026-03-01".to_owned()),
            Some(day) if day < since => {
                Some(format!("本平台从{}起有记录，请写这一天或者以后的日期", since.chinese()))
            }
            Some(_) => None,
        };
        Self { day: parsed.filter(|_| wrong.is_none()).unwrap_or(today), wrong, today, typed }
    }

    /// As of today: nothing was asked for.
    pub fn today(today: Day) -> Self {
        Self { day: today, wrong: None, today, typed: String::new() }
    }

    /// The day.
    pub fn day(&self) -> Day {
        self.day
    }

    /// Whether it is today, so that things can be done.
    pub fn is_today(&self) -> bool {
        self.day == self.today
    }

    /// The page with the status that fits: 422 where what was typed is no day on record.
    pub fn status(&self, mut page: Response) -> Response {
        if self.wrong.is_some() {
            *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
        }
        page
    }

    /// What keeps the day in the address of another page: nothing for today.
    pub fn query(&self) -> String {
        if self.is_today() { String::new() } else { format!("?on={}", self.day) }
    }

    /// The field, and on another day than today the words that say so.
    pub fn form(&self, action: &str) -> Markup {
        let error = self.wrong.clone();
        html! {
            (Filters::new(action, [Filter::day("on", "看哪一天的", self.typed.as_str()).error(error)]))
            @if !self.is_today() {
                (notice(NoticeKind::Info, &format!("这是{}的情况", self.day.chinese()), html! {
                    p { a href=(action) { "回到今天" } }
                }))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_read_as_of_the_day_that_was_typed() {
        let [since, today] = ["2026-03-01", "2026-03-02"].map(|day| day.parse().expect("a day"));
        let before = AsOf::read(" 2026年3月1日 ", today, since);
        assert_eq!((before.day().to_string().as_str(), before.is_today()), ("2026-03-01", false));
        assert_eq!(before.query(), "?on=2026-03-01");
        assert!(before.form("/here").into_string().contains("回到今天"));
        let early = AsOf::read("2026-02-28", today, since);
        assert!(
            early.is_today() && early.form("/here").into_string().contains("2026年3月1日起有记录")
        );
        let wrong = AsOf::read("<b>gestern", today, since);
        assert!(wrong.is_today() && wrong.wrong.is_some());
        let form = wrong.form("/here").into_string();
        assert!(form.contains("请写日期") && form.contains("&lt;b&gt;gestern"), "{form}");
        assert!(AsOf::read("", today, since).wrong.is_none());
    }
}
