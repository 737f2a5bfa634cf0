//! What an applicant has not seen yet of their cases. They say themselves that they know it: a page that is
//! read writes nothing.

use std::collections::HashSet;

use ::store::Reader;
use access::{Over, authorise};
use base::{Moment, Outcome};
use flow::{CaseHead, CaseId};
use frame::ActCx;

use crate::acts::own_case_unread;
use crate::rules;
use crate::store;
use crate::terms::APPLY;

/// Those of an account's cases that have news.
pub fn with_news(
    reader: &Reader<'_>,
    cases: &[CaseHead],
    account: &str,
) -> Outcome<HashSet<CaseId>> {
    let last = flow::last_events(reader, cases, &rules::INSIDE, account)?;
    let seen = store::seen_events(reader, cases)?;
    let is_new = |case: &CaseId, (n, at): (i64, Moment)| {
        seen.get(case).is_some_and(|(seen, until)| n > *seen && at > *until)
    };
    Ok(last.into_iter().filter(|(case, last)| is_new(case, *last)).map(|(case, _)| case).collect())
}

/// The applicant knows their case up to this event. A mark of theirs, and no act: it changes nothing of
/// the case and proves no delivery.
pub async fn mark_seen(cx: &ActCx, no: &str, n: i64) -> Outcome<()> {
    let seen = own_case_unread(cx, no, access::Power::LookUp).await?;
    if seen.by.is_some() {
        // What an agent has seen the applicant has not.
        return Err(frame::not_found("这个办件").into());
    }
    let (actor, id) = (cx.actor().clone(), seen.case.id);
    let over = Over::Account(cx.signed_in()?.account.to_string());
    let n = n.min(seen.case.version);
    cx.write(move |tx| {
        let permit = authorise(tx, &actor, &APPLY, over.clone())?;
        store::mark_seen(tx, &permit, id, n)
    })
    .await
}
