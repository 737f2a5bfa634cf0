//! What this office holds on somebody, for their own copy (个人信息保护法 art. 45): the lists on which they stand, and what was
//! found of them.

use access::Account;
use base::Outcome;
use frame::Hall;
use serde_json::{Value, json};
use store::Reader;

use crate::store as rows;

/// By the number of who is proven to be its holder; nothing of others.
pub fn own(reader: &Reader<'_>, hall: &Hall, account: &Account) -> Outcome<Value> {
    let Some(number) = account.number(&hall.keys).filter(|_| account.real_name) else {
        return Ok(json!({ "lists": [], "found": [] }));
    };
    let forms = || hall.keys.blinds(access::NUMBER, number.as_bytes());
    let lists: Vec<Value> = rows::paid_to(reader, forms())?
        .into_iter()
        .map(|one| {
            json!({
                "list": one.list.name, "organ": one.list.organ_name, "name": one.name,
                "pays": one.pays, "since": one.since, "until": one.until,
            })
        })
        .collect();
    let hits = rows::hits_on(reader, forms())?;
    let ids: Vec<flow::CaseId> = hits.iter().map(|hit| hit.case).take(500).collect();
    let found: Vec<Value> = flow::cases_by_ids(reader, &ids)?
        .into_iter()
        .map(|case| {
            json!({
                "no": case.no, "what": case.title, "organ": case.organ_name, "at": case.received_at.iso(),
                "state": case.public_title,
            })
        })
        .collect();
    Ok(json!({ "lists": lists, "found": found }))
}
