//! What this office holds on somebody, for their own copy (个人信息保护法 art. 45).

use access::Account;
use base::{Outcome, erased_words};
use frame::Hall;
use serde_json::{Value, json};
use store::Reader;

use crate::store as rows;
use crate::terms::WORDS;

/// The values that this person disputed, with their own words and what came of it.
pub fn own(reader: &Reader<'_>, hall: &Hall, account: &Account) -> Outcome<Value> {
    let mut disputes = Vec::new();
    for one in rows::disputes_of(reader, account.id)? {
        let words = hall.keys.unseal(WORDS, &one.words_sealed).ok();
        let words: Option<Value> = words.and_then(|words| serde_json::from_slice(&words).ok());
        let case = flow::case_by_id(reader, one.case)?;
        let answer = flow::events_of(reader, one.case)?
            .iter()
            .find(|event| event.command == "deliver")
            .and_then(|event| event.said.get("receipt").cloned());
        disputes.push(json!({
            "no": one.no, "resource": one.resource_name, "item": one.item_name, "said": words,
            "answer": answer, "state": case.as_ref().map(|case| case.public_title.clone()),
            "erased": case.and_then(|case| case.erased).as_deref().map(erased_words),
        }));
    }
    Ok(json!({ "disputes": disputes }))
}
