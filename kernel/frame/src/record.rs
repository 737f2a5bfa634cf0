//! What is on record of a thing, as a page shows it.

use ledger::Recorded;
use maud::html;

use crate::hall::Hall;
use crate::parts::Entry;

/// The acts as entries of a timeline, the newest first: who, on what ground, with the receipt, and what `said` says of
/// each in a line.
pub fn entries(
    hall: &Hall,
    acts: &[Recorded],
    said: impl Fn(&Recorded) -> Option<String>,
) -> Vec<Entry> {
    let entry = |act: &Recorded| {
        let who = act.who().map(|who| format!("{} · {}", who.name, who.post_said()));
        let entry = Entry::new(act.at, hall.act_title(&act.kind))
            .receipt(format!("/receipts/{}", act.id))
            .who(who.unwrap_or_default());
        let entry = match said(act) {
            Some(words) => entry.body(html! { p { (words) } }),
            None => entry,
        };
        match act.authority() {
            basis if basis.is_empty() => entry,
            basis => entry.basis(basis),
        }
    };
    acts.iter().rev().map(entry).collect()
}

/// The steps of a case as entries of a timeline, the newest first: who, the receipt, what a step is called, and what was
/// said in it, unless that was erased.
pub fn steps(
    events: &[flow::Event],
    title: impl Fn(&flow::Event) -> String,
    said: impl Fn(&flow::Event) -> Option<String>,
) -> Vec<Entry> {
    let entry = |event: &flow::Event| {
        let words = match &event.erased {
            Some(document) => Some(base::erased_words(document)),
            None => said(event).filter(|words| !words.is_empty()),
        };
        let entry = Entry::new(event.at, title(event))
            .who(format!("{} · {}", event.name, event.post_said()))
            .receipt(format!("/receipts/{}", event.act));
        match words {
            Some(words) => entry.body(html! { p { (words) } }),
            None => entry,
        }
    };
    events.iter().rev().map(entry).collect()
}

/// The first of these that was said in a step.
pub fn said_in(event: &flow::Event, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| event.said.get(*name)?.as_str()).map(str::to_owned)
}
