//! What the register of residents says of the death of an applicant. A case runs on as it is; who handles it is told.

use base::Outcome;
use frame::Hall;
use ledger::Recorded;
use population_contract::Death;
use store::Tx;

use crate::store as rows;

/// Hears of a death, or that there was none, and notes it beside what the person has applied for.
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
    rows::note_death(tx, &access::clockwork("approvals.deaths"), (&hall.keys, &mark), death.died)
}
