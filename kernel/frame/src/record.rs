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
