//! Numbers that are the message.

use maud::{Markup, html};

use super::state::Tone;
use super::text::icon;

/// A large number with its name.
#[derive(Clone, Debug)]
pub struct Stat {
    label: String,
    value: String,
    unit: Option<String>,
    note: Option<String>,
    tone: Tone,
    href: Option<String>,
}

impl Stat {
    /// A number and what it counts.
    pub fn new(label: impl Into<String>, value: impl ToString) -> Self {
        Self {
            label: label.into(),
            value: value.to_string(),
            unit: None,
            note: None,
            tone: Tone::Plain,
            href: None,
        }
    }

    /// 件, %.
    pub fn unit(mut self, unit: impl Into<String>) -> Self {
        self.unit = Some(unit.into());
        self
    }

    /// A few words beneath: 比上月多 12 件.
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = Some(note.into());
        self
    }

    /// What it means.
    pub fn tone(mut self, tone: Tone) -> Self {
        self.tone = tone;
        self
    }

    /// Where the things it counts are listed.
    pub fn href(mut self, href: impl Into<String>) -> Self {
        self.href = Some(href.into());
        self
    }
}

/// Large numbers side by side.
pub fn stats(stats: &[Stat]) -> Markup {
    html! {
        dl class="stats" {
            @for stat in stats {
                div class={ "stat " (stat.tone.class()) } {
                    dt {
                        @if stat.tone != Tone::Plain { (icon(stat.tone.shape())) }
                        @if let Some(href) = &stat.href { a href=(href) { (stat.label) } }
                        @else { (stat.label) }
                    }
                    dd {
                        span class="stat-value" { (stat.value) }
                        @if let Some(unit) = &stat.unit { span class="stat-unit" { (unit) } }
                        @if let Some(note) = &stat.note { span class="stat-note" { (note) } }
                    }
                }
            }
        }
    }
}

/// How much of a whole is done.
pub fn progress(label: &str, done: u64, total: u64) -> Markup {
    html! {
        div class="progress" {
            p class="progress-words" { span { (label) } span class="progress-figures" { (done) " / " (total) } }
            progress value=(done.min(total)) max=(total.max(1)) aria-label=(label) { (done) " / " (total) }
        }
    }
}
