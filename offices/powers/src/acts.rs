//! The verbs: publishing a version of an item.

use ::store::Tx;
use access::{Actor, Over, Permit, authorise};
use base::{Fault, Id, Moment, Outcome};
use frame::Hall;
use ledger::Act;
use serde_json::{Value, json};

use crate::rules::{NotPublished, check};
use crate::store;
use crate::terms::{Item, PUBLISH, Version};

/// What became of an item that was brought in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It was published.
    Published,
    /// This version stands in the library already, word for word.
    AlreadyThere,
}

/// An item on its way into the library, with what was minted for it outside the transaction.
#[derive(Clone)]
struct Entering {
    item: Item,
    form: Value,
    id: Id<Version>,
    act: Act,
}

/// Brings in items with their forms: each version is checked, published and put on record by an
/// act `powers.published` of its own, all in one transaction. An item that stands in the library
/// already, word for word, changes nothing; a version that was published never changes.
///
/// `actor` publishes with the right of a post; without one it is the city's own clockwork, which
/// only the demonstration and the command line may use.
pub async fn take_in(
    hall: &Hall,
    actor: Option<&Actor>,
    items: Vec<(Item, Value)>,
) -> Outcome<Vec<Taken>> {
    let (now, actor) = (hall.now(), actor.cloned());
    let entering: Vec<Entering> =
        items.into_iter().map(|(item, form)| mint(item, form, now)).collect();
    hall.write(move |tx| {
        let permit = match &actor {
            Some(actor) => authorise(tx, actor, &PUBLISH, Over::City)?,
            None => access::clockwork(PUBLISH.name),
        };
        entering.iter().map(|one| publish(tx, &permit, one, now)).collect()
    })
    .await
}

fn mint(item: Item, form: Value, now: Moment) -> Entering {
    let act = Act::new(now, "powers.published", "item", &item.local_code)
        .authority("《中华人民共和国行政许可法》第三十条");
    Entering { item, form, id: Id::mint(now), act }
}

fn publish(tx: &Tx<'_>, permit: &Permit, entering: &Entering, now: Moment) -> Outcome<Taken> {
    let Entering { item, form, id, act } = entering;
    let refuse = |why: NotPublished| Err(base::Refusal::from(why).into());
    if let Some(standing) = store::newest(tx, &item.slug)? {
        let version = standing.item.version;
        let same = standing.item == *item && standing.form == *form;
        match item.version.cmp(&version) {
            std::cmp::Ordering::Less => {
                return refuse(NotPublished::Older(item.slug.clone(), version));
            }
            std::cmp::Ordering::Equal if same => return Ok(Taken::AlreadyThere),
            std::cmp::Ordering::Equal => {
                return refuse(NotPublished::Changed(item.slug.clone(), version));
            }
            std::cmp::Ordering::Greater => {}
        }
    }
    let defects = check(item, form);
    if !defects.is_empty() {
        return refuse(NotPublished::Defects(item.slug.clone(), defects));
    }
    store::publish(tx, permit, *id, item, form, now)?;
    let act = act.clone().content(json!({
        "row": id.to_string(),
        "name": item.name,
        "version": item.version,
        "effective_from": item.effective_from,
        "organ": item.organ,
        "body": fingerprint(&serde_json::to_string(item).map_err(Fault::from)?),
        "form": fingerprint(&form.to_string()),
    }));
    ledger::record(tx, permit.who(), &act)?;
    Ok(Taken::Published)
}

fn fingerprint(text: &str) -> String {
    data_encoding::HEXLOWER.encode(&seal::sm3(&[text.as_bytes()]))
}
