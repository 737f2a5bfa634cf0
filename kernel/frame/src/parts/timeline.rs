//! What happened to a thing, act by act, newest first or oldest first as given.

use base::{Day, Moment};
use maud::{Markup, html};

use super::date::moment_said;
use super::state::Tone;
use super::text::icon;

/// One act on a timeline.
#[derive(Clone, Debug)]
pub struct Entry {
    at: Moment,
    title: String,
    who: Option<String>,
    tone: Tone,
    basis: Option<String>,
    body: Option<Markup>,
    receipt: Option<String>,
    paper: Option<Markup>,
}

impl Entry {
    /// What happened, and when.
    pub fn new(at: Moment, title: impl Into<String>) -> Self {
        let title = title.into();
        Self {
            at,
            title,
            who: None,
            tone: Tone::Plain,
            basis: None,
            body: None,
            receipt: None,
            paper: None,
        }
    }

    /// Who did it: 李敏 · 受理岗 · 市行政审批局.
    pub fn who(mut self, who: impl Into<String>) -> Self {
        self.who = Some(who.into());
        self
    }

    /// What it means.
    pub fn tone(mut self, tone: Tone) -> Self {
        self.tone = tone;
        self
    }

    /// On what authority: 行政许可法第三十二条.
    pub fn basis(mut self, basis: impl Into<String>) -> Self {
        self.basis = Some(basis.into());
        self
    }

    /// What was said or decided.
    pub fn body(mut self, body: Markup) -> Self {
        self.body = Some(body);
        self
    }

    /// The address of the act's receipt.
    pub fn receipt(mut self, href: impl Into<String>) -> Self {
        self.receipt = Some(href.into());
        self
    }

    /// The written paper that was made out: a link, or the button that fetches it.
    pub fn paper(mut self, paper: Markup) -> Self {
        self.paper = Some(paper);
        self
    }
}

/// What happened, act by act.
pub fn timeline(entries: &[Entry], today: Day) -> Markup {
    html! {
        ol class="timeline" {
            @for entry in entries {
                li class={ "timeline-entry " (entry.tone.class()) } {
                    span class="timeline-mark" { (icon(entry.tone.shape())) }
                    div class="timeline-words" {
                        p class="timeline-head" {
                            span class="timeline-title" { (entry.title) }
                            span class="timeline-when" { (moment_said(entry.at, today)) }
                        }
                        @if entry.who.is_some() || entry.basis.is_some() {
                            p class="timeline-who" {
                                @if let Some(who) = &entry.who { span { (who) } }
                                @if let Some(basis) = &entry.basis { span class="timeline-basis" { "依据 " (basis) } }
                            }
                        }
                        @if let Some(body) = &entry.body { div class="timeline-body" { (body) } }
                        @if let Some(paper) = &entry.paper { div class="timeline-paper" { (paper) } }
                        @if let Some(receipt) = &entry.receipt {
                            p class="timeline-receipt" { a href=(receipt) { (icon("stamp")) "存证回执" } }
                        }
                    }
                }
            }
        }
    }
}
