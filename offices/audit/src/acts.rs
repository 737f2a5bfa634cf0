//! The verbs: to read the record, which is put on record first, and to propose that a part of it is taken out.

pub mod check;
pub mod dated;
pub mod erase;
pub mod events;
pub mod export;

use access::{Account, Kind, Over, Permission, authorise};
use base::{FieldError, Id, Outcome};
use flow::{CaseHead, CaseNumber};
use frame::{Cx, not_found};
use ledger::{Act, Sought};
use serde_json::Value;
use store::Reader;

use crate::rules;
use crate::terms::{AUDITOR, GROUND, SEARCHED, Wanted};

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

/// What a form led to.
pub enum Outlook {
    /// Something in it must be mended.
    Wrong(Vec<FieldError>),
    /// Several people have that name.
    Several(Vec<Account>),
    /// It says what is sought.
    Clear(Sought),
}

/// What a form asks for, with the person and the case looked up.
pub fn outlook(reader: &Reader<'_>, wanted: &Wanted) -> Outcome<Outlook> {
    let mut sought = match rules::sought(wanted) {
        Ok(sought) => sought,
        Err(wrong) => return Ok(Outlook::Wrong(wrong)),
    };
    let wrong = |field: &str, message: &str| {
        Outlook::Wrong(vec![FieldError { field: field.into(), message: message.into() }])
    };
    let (no, who) = (wanted.no.trim(), wanted.who.trim());
    if !no.is_empty() {
        match case_of(reader, no) {
            Ok(case) => sought.subject = Some((flow::SUBJECT.into(), case.id.to_string())),
            Err(stop) if stop.refusal().is_some() => {
                return Ok(wrong("no", "没有找到这个办件，请核对编号，一共 23 位数字"));
            }
            Err(stop) => return Err(stop),
        }
    }
    if who.is_empty() {
        return Ok(Outlook::Clear(sought));
    }
    let people = people(reader, who)?;
    Ok(match people.as_slice() {
        [] => wrong("who", "没有找到这个人。工作人员可以写用户名或者姓名，其他人请写用户名"),
        [one] => Outlook::Clear(Sought { account: Some(one.id.to_string()), ..sought }),
        _ => Outlook::Several(people),
    })
}
