//! The slip of receipt: what one gets for what one handed in, to print or to photograph.

use base::{Day, Moment};
use maud::{Markup, Render, html};

use super::date::{day_said, moment};
use super::text::icon;

/// A slip of receipt.
#[derive(Clone, Debug)]
pub struct Slip {
    title: String,
    number: String,
    organ: String,
    received: Moment,
    rows: Vec<(String, String)>,
    next: Vec<String>,
    due: Option<(Day, String)>,
    check: Option<(String, String)>,
    proof: Option<(String, String)>,
}

impl Slip {
    /// 网上提交回执, its number, who received it, and when.
    pub fn new(
        title: impl Into<String>,
        number: impl Into<String>,
        organ: impl Into<String>,
        received: Moment,
    ) -> Self {
        Self {
            title: title.into(),
            number: number.into(),
            organ: organ.into(),
            received,
            rows: Vec::new(),
            next: Vec::new(),
            due: None,
            check: None,
            proof: None,
        }
    }

    /// Adds a line: 申请人, 事项, 材料.
    pub fn row(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.rows.push((key.into(), value.into()));
        self
    }

    /// Adds a sentence about what happens next.
    pub fn next(mut self, words: impl Into<String>) -> Self {
        self.next.push(words.into());
        self
    }

    /// The day by which an answer is due, and the rule that says so.
    pub fn due(mut self, day: Day, basis: impl Into<String>) -> Self {
        self.due = Some((day, basis.into()));
        self
    }

    /// How to see how it stands: words and an address.
    pub fn check(mut self, words: impl Into<String>, href: impl Into<String>) -> Self {
        self.check = Some((words.into(), href.into()));
        self
    }

    /// The act that tells of it, and where its receipt is.
    pub fn proof(mut self, act: impl Into<String>, href: impl Into<String>) -> Self {
        self.proof = Some((act.into(), href.into()));
        self
    }
}

impl Render for Slip {
    fn render(&self) -> Markup {
        let today = self.received.day();
        html! {
            section class="slip" aria-labelledby="slip-title" {
                div class="slip-head" {
                    (icon("circle-check"))
                    h2 id="slip-title" { (self.title) }
                    p class="slip-organ" { (self.organ) }
                }
                div class="slip-number" {
                    p class="slip-label" { "办件编号" }
                    p class="slip-figures" id="slip-figures" { (self.number) }
                    button class="button button-quiet" type="button" data-copy="slip-figures" hidden {
                        (icon("copy")) "复制"
                    }
                }
                @if let Some((due, basis)) = &self.due {
                    div class="slip-due" {
                        p class="slip-label" { "最迟答复日" }
                        p class="slip-day" { (day_said(*due, today)) }
                        p class="slip-basis" { "依据 " (basis) }
                    }
                }
                dl class="slip-rows" {
                    div { dt { "收到时间" } dd { (moment(self.received)) } }
                    @for (key, value) in &self.rows { div { dt { (key) } dd { (value) } } }
                }
                @if !self.next.is_empty() {
                    div class="slip-next" {
                        h3 { "接下来" }
                        ol { @for words in &self.next { li { (words) } } }
                    }
                }
                @if let Some((words, href)) = &self.check {
                    p class="slip-check" { (words) " " a href=(href) { "查看进度" (icon("arrow-right")) } }
                }
                @if let Some((act, href)) = &self.proof {
                    p class="slip-proof" {
                        (icon("stamp")) "存证编号 " code { (act) } " " a href=(href) { "核验回执" }
                    }
                }
                div class="slip-acts" {
                    button class="button button-secondary" type="button" data-print hidden {
                        (icon("printer")) "打印这张回执"
                    }
                    p class="hint" { "请打印、截屏或拍照留存办件编号。" }
                }
            }
        }
    }
}
