//! Erases by a lawful order what approvals keeps of a case or of a person: entries, sources, files, letters, drafts.

use access::{Account, Permit};
use base::{Id, Outcome};
use frame::{Hall, post};
use ledger::{Act, Recorded};
use privacy_contract::{Ordered, SUBJECT, Target};
use serde_json::{Value, json};
use store::Tx;

use crate::store::{self as rows, Blank};
use crate::terms::{CASE_FILES, DRAFT_FILES, sealed};

/// What the act of having erased is called.
const ERASED: &str = "approvals.erased";

/// Hears an order, erases, and records how much.
pub fn hear(hall: &Hall, tx: &Tx<'_>, order: &Recorded) -> Outcome<()> {
    let Some(ordered) = Ordered::read(order.content()) else { return Ok(()) };
    let permit = access::clockwork(ERASED);
    let removed = match &ordered.target {
        Target::Case { id, .. } => case(hall, tx, &permit, id, &ordered.document)?,
        Target::Person { account } => drafts(tx, &permit, account, &ordered.document)?,
        Target::Act { .. } => None,
    };
    let Some(removed) = removed else { return Ok(()) };
    let act = Act::new(hall.now(), ERASED, SUBJECT, &ordered.order)
        .authority(order.authority())
        .content(json!({
            "document": ordered.document, "target": ordered.target, "removed": removed,
        }));
    ledger::record(tx, permit.who(), &act)
}

/// What was handed in with a case.
fn case(
    hall: &Hall,
    tx: &Tx<'_>,
    permit: &Permit,
    id: &str,
    document: &str,
) -> Outcome<Option<Value>> {
    let Ok(id) = id.parse::<flow::CaseId>() else { return Ok(None) };
    let Some(case) = flow::case_by_id(tx, id)? else { return Ok(None) };
    let keys = &hall.keys;
    let blank = Blank {
        form: keys.seal(sealed::FORM, b"{}"),
        sources: keys.seal(sealed::SOURCES, b"{}"),
        code: keys.seal(sealed::CODE, b"\"\""),
    };
    if !rows::erase_application(tx, permit, &case, &blank)? {
        return Ok(None);
    }
    let files = vault::erase(tx, CASE_FILES, &case.id.to_string(), document)?;
    let letters = post::strike_off(tx, keys, |letter| letter.text.contains(&case.no))?;
    Ok(Some(json!({ "applications": 1, "files": files, "letters": letters })))
}

/// What a person has begun and not submitted.
fn drafts(tx: &Tx<'_>, permit: &Permit, account: &str, document: &str) -> Outcome<Option<Value>> {
    let Ok(account) = account.parse::<Id<Account>>() else { return Ok(None) };
    let (mut drafts, mut files) = (0, 0);
    loop {
        let open = rows::open_drafts(tx, account)?;
        if open.is_empty() {
            break;
        }
        for draft in open {
            files += vault::erase(tx, DRAFT_FILES, &draft.id.to_string(), document)?;
            rows::drop_draft(tx, permit, draft.id)?;
            drafts += 1;
        }
    }
    Ok((drafts > 0).then(|| json!({ "drafts": drafts, "files": files })))
}
