//! What one person proposes and another settles, as its page shows it: how far it is, who it was, and the forms by which
//! it is agreed to, declined, or taken back.

use access::{Proposals, Proposed, ProposedState};
use base::Day;
use maud::{Markup, Render, html};

use super::button::{Button, button_row, post_form};
use super::date::{day, moment_said};
use super::field::Field;
use super::list::SummaryRow;
use super::state::{Tone, tag};
use super::text::section;

/// How far something proposed is. What becomes of it once it was agreed to, the office says in its own words.
pub fn proposed_state(one: &Proposed, today: Day) -> Markup {
    match one.state {
        ProposedState::Open if one.waits(today) => tag(Tone::Soon, "等待另一个人同意"),
        ProposedState::Open | ProposedState::Lapsed => tag(Tone::Closed, "已失效"),
        ProposedState::Agreed | ProposedState::Done => tag(Tone::Good, "已同意"),
        ProposedState::Declined => tag(Tone::Closed, "不同意"),
        ProposedState::Withdrawn => tag(Tone::Closed, "已撤回"),
    }
}

/// Who proposed it, in a cell of a list: by this account, it is oneself.
pub fn proposed_by(one: &Proposed, own: &str) -> Markup {
    html! { (one.name) @if one.by == own { "（您）" } }
}

/// Who proposed it and who answered, when and why; until when somebody can, while nobody has.
pub fn proposed_rows(of: Proposals, one: &Proposed, today: Day) -> Vec<SummaryRow> {
    let first = html! { (one.name) "，" (moment_said(one.at, today)) };
    let second = match &one.settled {
        None => SummaryRow::of("没有人同意的，失效的日期", day(one.last_day)),
        Some(by) if one.state == ProposedState::Withdrawn => {
            SummaryRow::of("撤回", moment_said(by.at, today))
        }
        Some(by) => SummaryRow::of(
            "另一个人",
            html! {
                (by.name) @if !by.reason.is_empty() { "：" (by.reason) }
                "，" (moment_said(by.at, today))
            },
        ),
    };
    vec![SummaryRow::of(of.verb, first), second]
}

/// The form by which another person answers: agrees, or does not and says why.
#[derive(Clone, Debug)]
pub struct Answer {
    place: String,
    title: String,
    agree: Button,
    before: Option<Markup>,
    reason: String,
    error: Option<String>,
}

impl Answer {
    /// The form of what stands at this address: under it `agree` and `decline`.
    pub fn new(place: impl Into<String>, agree: Button) -> Self {
        Self {
            place: place.into(),
            title: "您的决定".into(),
            agree,
            before: None,
            reason: String::new(),
            error: None,
        }
    }

    /// What to do before one decides: 核对书面命令以后决定.
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = title.into();
        self
    }

    /// What to read before one decides.
    pub fn before(mut self, before: Markup) -> Self {
        self.before = Some(before);
        self
    }

    /// What was typed, and what was wrong with it.
    pub fn said(mut self, reason: &str, error: Option<String>) -> Self {
        (self.reason, self.error) = (reason.to_owned(), error);
        self
    }
}

impl Render for Answer {
    fn render(&self) -> Markup {
        let body = html! {
            @if let Some(before) = &self.before { (before) }
            (Field::area("reason", "理由", 2).hint("同意的可以不写，不同意的请写").optional()
                .value(&self.reason).error(self.error.clone()))
            (button_row(html! {
                (self.agree)
                (Button::secondary("不同意").to(format!("{}/decline", self.place)))
            }))
        };
        let form = post_form(&format!("{}/agree", self.place), None, body);
        section("decide", &self.title, form)
    }
}

/// For who proposed it: that another one answers, and the button that takes it back.
pub fn take_back(of: Proposals, place: &str) -> Markup {
    html! {
        p { "您" (of.verb) "的要由另一个人同意。" }
        (post_form(&format!("{place}/withdraw"), None, html! {
            (button_row(html! { (Button::quiet(format!("撤回{}", of.thing))) }))
        }))
    }
}

#[cfg(test)]
mod tests {
    use access::Settled;

    use super::*;

    const POSTS: Proposals = Proposals {
        table: "posts",
        own: "id",
        who: "proposed",
        behalf: false,
        thing: "这项提议",
        verb: "提出",
    };

    #[test]
    fn a_day_of_lapsing_is_shown_only_while_it_waits() {
        let day = Day::new(2026, 3, 2).unwrap();
        let mut one = Proposed {
            name: "李敏".into(),
            by: "a".into(),
            ..Proposed::unsigned(day.start(), day.plus(15))
        };
        let said = |one: &Proposed| {
            let rows = proposed_rows(POSTS, one, day);
            super::super::summary_list(&rows).into_string()
        };
        assert!(said(&one).contains("2026年3月17日"));
        assert_eq!(proposed_by(&one, "a").into_string(), "李敏（您）");
        assert!(proposed_state(&one, day).into_string().contains("等待另一个人同意"));
        assert!(proposed_state(&one, day.plus(16)).into_string().contains("已失效"));
        one.state = ProposedState::Declined;
        let settled =
            Settled {
                by: "b".into(), name: "周密".into(), reason: "不符".into(), at: day.start()
            };
        one.settled = Some(settled);
        let said = said(&one);
        assert!(said.contains("周密：不符") && !said.contains("失效"), "{said}");
    }

    #[test]
    fn what_was_typed_stays_in_the_form() {
        let form = Answer::new("/desk/x/1", Button::new("同意"))
            .said("<b>", Some("请写理由".into()))
            .render()
            .into_string();
        assert!(form.contains("action=\"/desk/x/1/agree\""), "{form}");
        assert!(form.contains("/desk/x/1/decline") && form.contains("&lt;b&gt;"), "{form}");
        assert!(form.contains("请写理由"), "{form}");
    }
}
