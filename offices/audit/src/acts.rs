//! The verbs: to read the record, which is put on record first.

pub mod check;
pub mod dated;
pub mod erase;
pub mod events;

use access::{Account, Kind, Over, Permission, authorise};
use base::{Id, Outcome, Refusal, RefusalKind};
use flow::{CaseHead, CaseNumber};
use frame::{ActCx, Cx, not_found};
use ledger::{Act, Recorded};
use serde_json::{Value, json};
use store::Reader;

use crate::terms::{AUDITOR, EXPORTED, GROUND, SEARCHED, SEE, Wanted};

/// Of so many staff a name is compared with each. A city has some thousand; who is not among them is
/// found by login.
const STAFF_MAX: i64 = 5_000;

/// What was read: the subject of the act.
pub struct Subject<'s> {
    /// `case`, `account`, or `record` for more than one thing.
    pub kind: &'s str,
    /// Its id.
    pub id: &'s str,
}

impl Subject<'_> {
    /// The record itself.
    pub const RECORD: Subject<'static> = Subject { kind: "record", id: "acts" };
}

/// Puts on record that somebody reads the record, and what they asked for, before they are shown
/// anything. It is no other change: a page that is read may cause it.
pub async fn put_on_record(
    cx: &Cx,
    permission: &'static Permission,
    subject: Subject<'_>,
    content: Value,
) -> Outcome<()> {
    let act =
        Act::new(cx.now(), SEARCHED, subject.kind, subject.id).authority(GROUND).content(content);
    let actor = cx.actor().clone();
    cx.hall()
        .write(move |tx| {
            let permit = authorise(tx, &actor, permission, Over::City)?;
            ledger::record(tx, permit.who(), &act)
        })
        .await
}

/// The file of what was found, after its digest is on record: the receipt of that act is its last line.
pub async fn export(cx: &ActCx, wanted: &Wanted, found: Vec<Recorded>) -> Outcome<String> {
    let (origin, query) = (cx.hall().ledger.origin().to_owned(), json!(wanted));
    let asked = query.clone();
    let export = cx.read(move |r| ledger::export(r, &origin, &found, asked.clone())).await?;
    let export = export.ok_or_else(unplaced)?;
    let act = Act::new(cx.now(), EXPORTED, Subject::RECORD.kind, Subject::RECORD.id)
        .authority(GROUND)
        .content(json!({ "query": query, "acts": export.acts, "digest": export.digest }));
    let (id, actor) = (act.id, cx.actor().clone());
    cx.write(move |tx| {
        let permit = authorise(tx, &actor, &SEE, Over::City)?;
        ledger::record(tx, permit.who(), &act)
    })
    .await?;
    let receipt = cx.hall().ledger.receipt(id).await?.ok_or_else(unplaced)?;
    export.to_file(&receipt)
}

fn unplaced() -> Refusal {
    let words = "有刚办的记录还没有编入登记簿，没有导出";
    Refusal::new(RefusalKind::Unavailable, "audit.unplaced", words).remedy("请过几秒钟再导出")
}

/// The case with this number; an id does as well.
pub fn case_of(reader: &Reader<'_>, text: &str) -> Outcome<CaseHead> {
    let case = match (CaseNumber::parse(text), text.parse()) {
        (Some(no), _) => flow::case_by_no(reader, no.as_str())?,
        (None, Ok(id)) => flow::case_by_id(reader, id)?,
        (None, Err(_)) => None,
    };
    Ok(case.ok_or_else(|| not_found("这个办件"))?)
}

/// The account with this login; an id does as well.
pub fn account_of(reader: &Reader<'_>, text: &str) -> Outcome<Account> {
    let found = match access::account_by_login(reader, text)? {
        Some(account) => Some(account),
        None => match text.parse::<Id<Account>>() {
            Ok(id) => access::account_by_id(reader, id)?,
            Err(_) => None,
        },
    };
    Ok(found.ok_or_else(|| not_found("这个账户"))?)
}

/// Whom a login or a name may mean: one by login, or all of the staff of that name.
pub fn people(reader: &Reader<'_>, text: &str) -> Outcome<Vec<Account>> {
    if let Some(account) = access::account_by_login(reader, text)? {
        return Ok(vec![account]);
    }
    let mut staff = access::accounts_after(reader, Kind::Staff, "", STAFF_MAX)?;
    staff.retain(|account| account.name == text);
    Ok(staff)
}

/// Whether an account is or was an auditor's.
pub fn was_auditor(reader: &Reader<'_>, account: &Account) -> Outcome<bool> {
    Ok(access::holdings_of(reader, account.id)?.iter().any(|held| held.holding.role == AUDITOR))
}
