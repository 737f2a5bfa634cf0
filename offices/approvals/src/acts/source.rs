//! Where fetched values came from, as a form shows it, and where each is disputed.

use std::collections::BTreeMap;

use base::Outcome;
use catalogue_contract::{DISPUTE, SharedItems};
use frame::Cx;
use frame::form::Form;

use crate::acts::agency::{FIRM_CODE, FIRM_NAME};
use crate::terms::{Source, Sources};

/// The page of each fetched value's dispute, by field.
pub type Disputes = BTreeMap<String, String>;

/// What a field means, as the catalogue names it.
fn concept<'f>(form: &'f Form, field: &str) -> Option<&'f str> {
    match field {
        FIRM_CODE => Some("firm.code"),
        FIRM_NAME => Some("firm.name"),
        other => form.field(other)?.prefill.as_deref(),
    }
}

/// Where each value is disputed that a register gave. What the catalogue does not hold leads nowhere; what the account
/// says of its holder is not a register's.
pub(crate) async fn disputes(cx: &Cx, form: &Form, sources: &Sources) -> Outcome<Disputes> {
    let asked = sources.iter().filter(|(_, source)| !source.ask.is_empty());
    let meant: Vec<(&str, &str)> =
        asked.filter_map(|(field, _)| Some((field.as_str(), concept(form, field)?))).collect();
    if meant.is_empty() {
        return Ok(Disputes::new());
    }
    let concepts = meant.iter().map(|(_, concept)| (*concept).to_owned()).collect();
    let answer = cx.ask("approvals", "dispute", &SharedItems { concepts }).await?;
    let held = answer.value.unwrap_or_default().items;
    let page = |(field, concept): (&str, &str)| {
        let item = held.iter().find(|item| item.concept == concept)?;
        let page = format!("{DISPUTE}?resource={}&item={}", item.key, item.item);
        Some((field.to_owned(), page))
    };
    Ok(meant.into_iter().filter_map(page).collect())
}

/// The sources as a form shows them.
pub(crate) fn shown(sources: &Sources, disputes: &Disputes) -> frame::form::Sources {
    let shown = |field: &str, source: &Source| frame::form::Source {
        from: source.from.clone(),
        as_of: source.as_of.day(),
        dispute: disputes.get(field).cloned(),
    };
    sources.iter().map(|(field, source)| (field.clone(), shown(field, source))).collect()
}
