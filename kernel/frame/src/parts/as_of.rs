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
    wrong: bool,
}

impl AsOf {
    /// Reads what was typed; today where nothing was, or nothing that is a day.
    pub fn read(typed: &str, today: Day) -> Self {
        let typed = typed.trim().to_owned();
        let parsed = typed.parse::<Day>().ok();
        Self {
            day: parsed.unwrap_or(today),
            wrong: parsed.is_none() && !typed.is_empty(),
            today,
            typed,
        }
    }

    /// The day.
    pub fn day(&self) -> Day {
        self.day
    }

    /// Whether it is today, so that things can be done.
    pub fn is_today(&self) -> bool {
        self.day == self.today
    }

    /// The page with the status that fits: 422 where what was typed is no day.
    pub fn status(&self, mut page: Response) -> Response {
        if self.wrong {
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
        let error = self.wrong.then(|| "请写日期，例如 2026-03-01".to_owned());
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
        let today: Day = "2026-03-02".parse().expect("a day");
        let before = AsOf::read(" 2026-03-01 ", today);
        assert_eq!((before.day().to_string().as_str(), before.is_today()), ("2026-03-01", false));
        assert_eq!(before.query(), "?on=2026-03-01");
        assert!(before.form("/here").into_string().contains("回到今天"));
        let wrong = AsOf::read("<b>gestern", today);
        assert!(wrong.is_today() && wrong.wrong);
        let form = wrong.form("/here").into_string();
        assert!(form.contains("请写日期") && form.contains("&lt;b&gt;gestern"), "{form}");
        assert!(!AsOf::read("", today).wrong);
    }
}
