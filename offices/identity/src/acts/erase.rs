//! Erases by a lawful order what identity keeps of a person: the account, its ways of signing in, letters that wait.

use access::{Account, EndedWhy, Kind};
use base::{Id, Outcome};
use frame::{Hall, post};
use ledger::{Act, Recorded};
use privacy_contract::{Ordered, SUBJECT, Target};
use serde_json::json;
use store::Tx;

use crate::acts::MANDATE;
use crate::acts::mandates::{record_ended, side_gone};
use crate::store as rows;

/// What the act of having erased is called.
const ERASED: &str = "identity.erased";

/// Hears an order, erases, and records how much. Accounts of the staff, which acts of the city stand on, stay.
pub fn hear(hall: &Hall, tx: &Tx<'_>, order: &Recorded) -> Outcome<()> {
    let Some(ordered) = Ordered::read(order.content()) else { return Ok(()) };
    let Target::Person { account } = &ordered.target else { return Ok(()) };
    let Ok(id) = account.parse::<Id<Account>>() else { return Ok(()) };
    let account = access::account_by_id(tx, id)?.filter(|account| account.kind == Kind::Citizen);
    let Some(account) = account else { return Ok(()) };
    let permit = access::clockwork(ERASED);
    let email = account.email(&hall.keys);
    let waiting = rows::waiting_address(tx, id, hall.now())?;
    let waiting = waiting.and_then(|one| one.email(&hall.keys));
    let addresses: Vec<String> = email.into_iter().chain(waiting).collect();
    let letters = post::strike_off(tx, &hall.keys, |letter| addresses.contains(&letter.to))?;
    let number = account.number(&hall.keys).filter(|_| account.real_name);
    let own = (id.to_string(), number);
    let mut told = acts_beside(tx, hall, &account)?;
    told.extend(ask::erase_person(tx, &permit, &hall.keys, (&own.0, own.1), &ordered.document)?);
    flow::erase_agency(tx, &permit, &own.0)?;
    rows::erase_traces(tx, &permit, id, &ordered.document)?;
    let (keys, when) = (&hall.keys, (ordered.document.as_str(), hall.now()));
    let ended = access::erase_account(tx, &permit, keys, &account, when)?;
    let gone = side_gone(keys, &account);
    record_ended(tx, hall, &permit, (&ended, EndedWhy::Erased), gone)?;
    let act = Act::new(hall.now(), ERASED, SUBJECT, &ordered.order)
        .authority(order.authority())
        .content(json!({
            "document": ordered.document, "target": ordered.target,
            "removed": { "accounts": 1, "letters": letters },
        }));
    ledger::erase_all_contents(tx, permit.who(), &act, &ordered.document, &told)
}

/// The acts on the resets of an account and on the mandates that name its holder: they stand on these and name the
/// person.
fn acts_beside(tx: &Tx<'_>, hall: &Hall, account: &Account) -> Outcome<Vec<Id<Act>>> {
    let resets = rows::resets_of(tx, account.id)?.into_iter();
    let mandates = access::mandates_of(tx, &hall.keys, account)?.into_iter();
    let subjects = resets
        .map(|id| ("reset", id.to_string()))
        .chain(mandates.map(|id| (MANDATE, id.to_string())));
    let mut ids = Vec::new();
    for (kind, id) in subjects {
        ids.extend(ledger::acts_of(tx, kind, &id)?.iter().map(|act| act.id));
    }
    Ok(ids)
}
