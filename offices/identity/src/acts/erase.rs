//! Erases by a lawful order what identity keeps of a person: the account, its ways of signing in, letters that wait.

use access::{Account, Kind};
use base::{Id, Outcome};
use frame::{Hall, post};
use ledger::{Act, Recorded};
use privacy_contract::{Ordered, SUBJECT, Target};
use serde_json::json;
use store::Tx;

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
    let resets = acts_of_resets(tx, id)?;
    rows::erase_traces(tx, &permit, id, &ordered.document)?;
    access::erase_account(tx, &permit, id, &ordered.document)?;
    let act = Act::new(hall.now(), ERASED, SUBJECT, &ordered.order)
        .authority(order.authority())
        .content(json!({
            "document": ordered.document, "target": ordered.target,
            "removed": { "accounts": 1, "letters": letters },
        }));
    if ledger::erase_contents(tx, permit.who(), &act, &ordered.document, &resets)? == 0 {
        ledger::record(tx, permit.who(), &act)?;
    }
    Ok(())
}

/// The acts on the resets of an account: they stand on the reset and name the person.
fn acts_of_resets(tx: &Tx<'_>, account: Id<Account>) -> Outcome<Vec<Id<Act>>> {
    let mut ids = Vec::new();
    for reset in rows::resets_of(tx, account)? {
        let acts = ledger::acts_of(tx, "reset", &reset.to_string())?;
        ids.extend(acts.iter().map(|act| act.id));
    }
    Ok(ids)
}
