//! The sheet of a written paper: who says what to whom, when, and where it can be checked.

use base::Day;
use maud::{Markup, Render, html};

use super::date::day;

/// A written paper of an organ, for `page::paper`.
#[derive(Clone, Debug)]
pub struct Paper {
    organ: String,
    title: String,
    number: String,
    to: String,
    parts: Vec<Part>,
    signed: Day,
    proof: Option<(String, String)>,
    notes: Vec<String>,
}

#[derive(Clone, Debug)]
struct Part {
    heading: String,
    words: Vec<String>,
    items: Vec<String>,
}

impl Paper {
    /// Who says it, 受理通知书, to whom, and on which day.
    pub fn new(
        organ: impl Into<String>,
        title: impl Into<String>,
        to: impl Into<String>,
        signed: Day,
    ) -> Self {
        Self {
            organ: organ.into(),
            title: title.into(),
            number: String::new(),
            to: to.into(),
            parts: Vec::new(),
            signed,
            proof: None,
            notes: Vec::new(),
        }
    }

    /// What it is filed under.
    pub fn number(mut self, number: impl Into<String>) -> Self {
        self.number = number.into();
        self
    }

    /// Adds a part: its heading, empty for the first; its paragraphs; what is counted one by one.
    pub fn part(
        mut self,
        heading: impl Into<String>,
        words: Vec<String>,
        items: Vec<String>,
    ) -> Self {
        self.parts.push(Part { heading: heading.into(), words, items });
        self
    }

    /// The act that tells of it, and where everybody can check it.
    pub fn proof(mut self, act: impl Into<String>, address: impl Into<String>) -> Self {
        self.proof = Some((act.into(), address.into()));
        self
    }

    /// Adds a line in small print.
    pub fn note(mut self, words: impl Into<String>) -> Self {
        self.notes.push(words.into());
        self
    }
}

/// 一、二、三: how papers count their parts.
const COUNTED: [&str; 6] = ["一", "二", "三", "四", "五", "六"];

impl Render for Paper {
    fn render(&self) -> Markup {
        // One heading alone needs no count.
        let headings = self.parts.iter().filter(|part| !part.heading.is_empty()).count();
        let mut counted = COUNTED.iter().filter(|_| headings > 1);
        html! {
            p class="red-head" { (self.organ) }
            h1 { (self.title) }
            @if !self.number.is_empty() { p class="paper-number" { (self.number) } }
            p class="paper-to" { (self.to) "：" }
            @for part in &self.parts {
                @if !part.heading.is_empty() {
                    h2 {
                        @if let Some(count) = counted.next() { (count) "、" }
                        (part.heading)
                    }
                }
                @for words in &part.words { p { (words) } }
                @for (n, item) in part.items.iter().enumerate() { p { (n + 1) ". " (item) } }
            }
            p class="paper-sign" { (self.organ) br; (day(self.signed)) }
            @if self.proof.is_some() || !self.notes.is_empty() {
                footer class="paper-proof" {
                    @if let Some((act, address)) = &self.proof {
                        p { "存证编号 " code { (act) } "，核验：" a href=(address) { (address) } }
                    }
                    @for words in &self.notes { p { (words) } }
                }
            }
        }
    }
}
