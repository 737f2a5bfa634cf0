//! What this office holds on somebody, for their own copy (个人信息保护法 art. 45).

use access::Account;
use base::Outcome;
use frame::Hall;
use serde_json::{Value, json};
use store::Reader;

use crate::store as rows;
use crate::terms::{OFFICE, WORDS};

/// Cases that are read at a time.
const PAGE: i64 = 200;

/// The person's complaints about looks, with their own words. Orders to erase or to export name nobody but by id, and
/// what became of them the person reads among the looks.
pub fn own(reader: &Reader<'_>, hall: &Hall, account: &Account) -> Outcome<Value> {
    let id = account.id.to_string();
    let (mut complaints, mut after) = (Vec::new(), None);
    loop {
        let page = flow::mine(reader, &id, after.as_ref(), PAGE)?;
        for case in page.rows.iter().filter(|case| case.office == OFFICE) {
            let complaint = rows::complaint(reader, &case.no)?;
            let words = complaint.as_ref().and_then(|one| {
                let plain = hall.keys.unseal(WORDS, &one.words_sealed).ok()?;
                String::from_utf8(plain.to_vec()).ok()
            });
            let events = flow::events_of(reader, case.id)?;
            let answer = events.iter().find(|event| event.command == "deliver");
            complaints.push(json!({
                "answer": answer.and_then(|event| event.said.get("receipt")),
                "no": case.no, "received_at": case.received_at.iso(), "state": case.public_title,
                "words": words, "look": complaint.map(|one| one.look.to_string()),
                "erased": case.erased.as_deref().map(base::erased_words),
            }));
        }
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(json!({ "complaints": complaints })),
        }
    }
}
