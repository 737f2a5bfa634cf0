//! Whom a deferral is about: sealed, and found without being read.

use access::Account;
use ask::About;
use base::{CitizenNumber, Fault, Id, Outcome};
use flow::CaseNumber;
use seal::Keys;
use store::Reader;

use super::wrong;
use crate::terms::{DEFERRED_SUBJECT, DeferralOrder, PURPOSE, Whom};

/// What somebody typed, as it is sealed, and as looks stand under it.
pub struct Subject {
    shown: String,
    about: About,
}

/// Finds what somebody typed: a citizen number, which the city need not know, or the number of a case.
pub fn found(reader: &Reader<'_>, whom: Whom, typed: &str) -> Outcome<Subject> {
    let typed = typed.trim();
    match whom {
        Whom::Person => {
            let number = CitizenNumber::parse(typed)
                .map_err(|_| wrong("shown", "公民身份号码不对，请核对"))?;
            let shown = number.as_str().to_owned();
            Ok(Subject { about: About::Person(shown.clone()), shown })
        }
        Whom::Case => {
            let no = CaseNumber::parse(typed).map(|no| no.to_string()).unwrap_or_default();
            let case = flow::case_by_no(reader, &no)?;
            let case = case.ok_or_else(|| wrong("shown", "没有找到这个办件，请核对办件编号"))?;
            Ok(Subject { about: About::Case(case.id.to_string()), shown: case.no })
        }
    }
}

/// Sealed, and by what it is found.
pub fn sealed(keys: &Keys, subject: &Subject) -> (Vec<u8>, Vec<u8>) {
    let sealed = keys.seal(DEFERRED_SUBJECT, subject.shown.as_bytes());
    (sealed, keys.cover(&ask::mark(keys, &subject.about)))
}

/// The number in clear; empty once it was erased.
pub fn subject_of(keys: &Keys, order: &DeferralOrder) -> Outcome<String> {
    opened(keys, DEFERRED_SUBJECT, &order.subject_sealed)
}

/// What it is for, in clear; empty once it was erased.
pub fn purpose_of(keys: &Keys, order: &DeferralOrder) -> Outcome<String> {
    opened(keys, PURPOSE, &order.purpose_sealed)
}

fn opened(keys: &Keys, context: &str, sealed: &[u8]) -> Outcome<String> {
    let text = keys.unseal(context, sealed).map_err(Fault::from)?;
    Ok(String::from_utf8(text).map_err(Fault::from)?)
}

/// The account of the person whom it is about, if there is one that is proven to be theirs, or from which the case came.
pub fn account_of(
    reader: &Reader<'_>,
    keys: &Keys,
    order: &DeferralOrder,
) -> Outcome<Option<Account>> {
    let shown = subject_of(keys, order)?;
    if shown.is_empty() {
        return Ok(None);
    }
    match order.whom {
        Whom::Person => access::account_by_number(reader, keys, &shown),
        Whom::Case => {
            let case = flow::case_by_no(reader, &shown)?;
            let account = case.and_then(|case| case.applicant_account);
            match account.and_then(|id| id.parse::<Id<Account>>().ok()) {
                Some(id) => access::account_by_id(reader, id),
                None => Ok(None),
            }
        }
    }
}

/// Whether it is about who has this account. Accounts of the staff need no citizen number: whoever has the name of the
/// person whom it is about, as that one's own account has it, is taken for them.
pub fn is_about(
    reader: &Reader<'_>,
    keys: &Keys,
    order: &DeferralOrder,
    account: Id<Account>,
) -> Outcome<bool> {
    let doer = access::account_by_id(reader, account)?;
    let named = |found: &Account| {
        let same = |doer: &Account| !doer.name.is_empty() && doer.name == found.name;
        found.id == account || doer.as_ref().is_some_and(same)
    };
    if account_of(reader, keys, order)?.is_some_and(|found| named(&found)) {
        return Ok(true);
    }
    let number = doer.and_then(|one| one.number(keys));
    let Some(number) = number else { return Ok(false) };
    Ok(ask::mark(keys, &About::Person(number)) == mark_of(keys, order)?)
}

/// By what it is found, under whichever cover it stands.
pub fn mark_of(keys: &Keys, order: &DeferralOrder) -> Outcome<[u8; 32]> {
    Ok(keys.uncover(&order.subject_blind).map_err(Fault::from)?)
}
