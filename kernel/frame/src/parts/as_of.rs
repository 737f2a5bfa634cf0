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
            Err(_) if typed.is_empty() => None,
            Err(why) => Some(why.words(&typed)),
            Ok(day) if day < since => {
                Some(format!("本平台从{}起有记录，请写这一天或者以后的日期", since.chinese()))
            }
            Ok(_) => None,
        };
        let day = parsed.ok().filter(|_| wrong.is_none()).unwrap_or(today);
        Self { day, wrong, today, typed }
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

    /// What a page of another day says of itself: a day to come is no fact yet.
    fn title(&self) -> String {
        let day = self.day.chinese();
        match self.day > self.today {
            true => {
                format!("{day}还没有到：这是按今天已经定下的安排，到那天的情况，以后还可能变动")
            }
            false => format!("这是{day}的情况"),
        }
    }

    /// The field, and on another day than today the words that say so.
    pub fn form(&self, action: &str) -> Markup {
        let error = self.wrong.clone();
        html! {
            (Filters::new(action, [Filter::day("on", "看哪一天的", self.typed.as_str()).error(error)]))
            @if !self.is_today() {
                (notice(NoticeKind::Info, &self.title(), html! {
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
        let none = AsOf::read("2026-02-30", today, since).form("/here").into_string();
        assert!(none.contains("没有“2026-02-30”这一天"), "{none}");
        let ahead = AsOf::read("2026-03-03", today, since).form("/here").into_string();
        assert!(ahead.contains("还没有到") && !ahead.contains("这是2026年3月3日的情况"), "{ahead}");
    }
}
