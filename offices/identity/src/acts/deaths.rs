//! What a death ends here, as the register of residents announces it: signing in, and mandates both ways. A wrong entry
//! that is corrected opens nothing by itself: who its holder is, somebody must have seen.

use access::{EndedWhy, Kind};
use base::Outcome;
use frame::Hall;
use ledger::{Act, Recorded};
use population_contract::Death;
use serde_json::json;
use store::Tx;

use super::mandates::{Side, record_ended};

/// What a death does to an account.
const DISABLED: &str = "identity.account_of_dead";
/// What is told when the register takes the death back.
const CORRECTED: &str = "identity.death_taken_back";

/// Hears of a death, or that there was none. An account that somebody works in as staff is disabled by those who
/// administer it, not by an entry in a register.
pub fn hear(hall: &Hall, tx: &Tx<'_>, told: &Recorded) -> Outcome<()> {
    let Some(death) = Death::read(told.content()) else { return Ok(()) };
    let Some(mark) = death.mark() else { return Ok(()) };
    // The register may have said otherwise since: what this would end would be ended of somebody who lives.
    let otherwise = |act: &Recorded| {
        Death::read(act.content()).is_some_and(|later| death.is_overtaken_by(&later))
    };
    if ledger::is_overtaken(tx, told, death.kinds_of_later(), otherwise)? {
        return Ok(());
    }
    let permit = access::clockwork(DISABLED);
    let account =
        access::account_by_mark(tx, &hall.keys, &mark)?.filter(|one| one.kind == Kind::Citizen);
    if let Some(account) = account
        && access::note_death(tx, &permit, &account, death.died)?
    {
        let kind = if death.died.is_some() { DISABLED } else { CORRECTED };
        let act = Act::new(hall.now(), kind, "account", account.id)
            .authority("《中华人民共和国民法典》第十三条")
            .content(json!({ "died": death.died, "told_by": told.id.to_string() }));
        ledger::record(tx, permit.who(), &act)?;
    }
    if death.died.is_none() {
        return Ok(());
    }
    let ended = access::end_mandates_of_dead(tx, &permit, (&hall.keys, &mark), hall.now())?;
    let keys = &hall.keys;
    let is_dead = |number: Option<String>| {
        number.is_some_and(|number| keys.mark(access::NUMBER, number.as_bytes()) == mark)
    };
    let gone = |mandate: &access::Mandate| match is_dead(mandate.principal_number(keys)) {
        true => Side::Principal,
        false => Side::Agent,
    };
    record_ended(tx, hall, &permit, (&ended, EndedWhy::Died), gone)
}
