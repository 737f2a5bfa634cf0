//! The evidence of an exchange from this side: the messages as they are kept here, the certificates of the directory, and
//! the steps with their receipts as the centre's log gives them now.

use std::sync::Arc;

use base::{Fault, Id, Outcome, Refusal, RefusalKind};
use data_encoding::{BASE64, HEXLOWER};
use delivery::evidence::{Bundle, Shown, ShownStep};
use message::{Item, Message};
use seal::cert::Certificate;
use serde::Deserialize;

use super::book::Book;
use super::centre::{Trouble, read};
use super::sent::sent;
use super::site::{ASKS, IN, SUBSCRIBED, Site};

#[derive(Deserialize)]
struct Told {
    messages: Vec<ToldOf>,
}

#[derive(Deserialize)]
struct ToldOf {
    id: Id<Message>,
    steps: Vec<ShownStep>,
}

/// The file of an exchange, named by the ask or by what was published. Blocks.
pub(super) fn bundle(site: &Arc<Site>, id: Id<Message>) -> Outcome<String> {
    let none = || Refusal::new(RefusalKind::NotFound, "gateway.no_such_ask", "没有这次交换");
    let away = |trouble: Trouble| {
        let words = format!("要连上中心才能取得回执：{}", trouble.words());
        Refusal::new(RefusalKind::Unavailable, "gateway.centre_away", words)
    };
    let book = site.book().ok_or_else(none)?;
    let items = site.store.read_now(move |r| {
        let sent = sent(r, id)?.map(|message| Item { message, terms: None });
        let mut items = Vec::from_iter(sent);
        for (queue, skip) in [(ASKS, 0), (SUBSCRIBED, 0), (IN, 1)] {
            let found = delivery::open_letter(r, queue, id)?;
            let item = found.and_then(|bytes| Item::read(bytes.get(skip..)?, u32::MAX.into()).ok());
            // What went from one queue into another is one.
            let known = |item: &Item| {
                let id = item.message.header().id;
                items.iter().any(|one: &Item| one.message.header().id == id)
            };
            let item = item.filter(|item| !known(item));
            items.extend(item);
        }
        Ok(items)
    })?;
    let token = site.let_in().map_err(away)?;
    let bytes = site.line.get(&format!("evidence/{id}"), &token).map_err(away)?;
    let told: Told = read(&bytes).map_err(away)?;
    // Our own answer lies under its own name.
    let mut items = items;
    for one in &told.messages {
        if !items.iter().any(|item: &Item| item.message.header().id == one.id) {
            let own = one.id;
            let found = site.store.read_now(move |r| sent(r, own))?;
            items.extend(found.map(|message| Item { message, terms: None }));
        }
    }
    if items.is_empty() {
        return Err(none().into());
    }
    written(site, &book, items, told)
}

fn written(site: &Site, book: &Book, items: Vec<Item>, told: Told) -> Outcome<String> {
    let mut bundle = Bundle {
        authorities: book.told.authorities.clone(),
        lists: book.told.lists.clone(),
        ..Bundle::new()
    };
    for item in items {
        let header = item.message.header();
        let own = std::iter::once(&site.signing);
        let own = own.filter(|_| header.from.gateway == site.config.name);
        let mut signers =
            own.chain(book.named(&header.from.gateway).and_then(|one| one.signer(&header.signer)));
        let named = |one: &&Certificate| HEXLOWER.encode(&one.fingerprint()) == header.signer;
        let signer = signers.find(named);
        let signer = signer.ok_or_else(|| Fault::said("nobody of the directory has signed it"))?;
        let mut shown = Shown::of(&item.message, signer);
        let steps = told.messages.iter().find(|one| one.id == header.id);
        shown.steps = steps.map(|one| one.steps.clone()).unwrap_or_default();
        bundle.messages.push(shown);
        if let Some(terms) = item.terms {
            let signing = book.centre.signer(&terms.terms.signer);
            bundle.centre = signing.map(|one| BASE64.encode(one.der()));
            bundle.terms = Some(terms);
        }
    }
    bundle.to_file()
}
