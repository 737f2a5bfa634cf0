//! States: always a word and a shape; the colour only repeats what they say.

use maud::{Markup, html};

use super::text::icon;

/// What a state means for the reader. Each has a shape of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    /// Nothing to note; not begun.
    #[default]
    Plain,
    /// Under way.
    Active,
    /// Done, granted, in time.
    Good,
    /// Soon due; wants attention.
    Soon,
    /// Overdue, refused, failed.
    Late,
    /// The clock stands still: waits for somebody else.
    Paused,
    /// Ended without a result: withdrawn, closed.
    Closed,
}

impl Tone {
    /// The class of elements in this tone.
    pub fn class(self) -> &'static str {
        match self {
            Tone::Plain => "tone-plain",
            Tone::Active => "tone-active",
            Tone::Good => "tone-good",
            Tone::Soon => "tone-soon",
            Tone::Late => "tone-late",
            Tone::Paused => "tone-paused",
            Tone::Closed => "tone-closed",
        }
    }

    /// The name of the icon that is its shape.
    pub fn shape(self) -> &'static str {
        match self {
            Tone::Plain => "circle",
            Tone::Active => "circle-dot",
            Tone::Good => "circle-check",
            Tone::Soon => "triangle-alert",
            Tone::Late => "octagon-alert",
            Tone::Paused => "circle-pause",
            Tone::Closed => "circle-minus",
        }
    }
}

/// A state in a word: 待受理, 已办结, 超时.
pub fn tag(tone: Tone, word: &str) -> Markup {
    html! { span class={ "tag " (tone.class()) } { (icon(tone.shape())) (word) } }
}

/// How many things wait: a small number beside a word. Nothing at zero.
pub fn count(waiting: i64) -> Markup {
    html! {
        @if waiting > 0 {
            span class="count" { (if waiting > 99 { "99+".to_owned() } else { waiting.to_string() }) }
        }
    }
}
