//! What the register of residents says of the death of an applicant. A case runs on as it is; who handles it is told.

use base::Outcome;
use frame::Hall;
use ledger::Recorded;
use population_contract::Death;
use store::{Reader, Tx};

use crate::store as rows;

/// So many later acts are looked at in one go.
const LATER: i64 = 200;

/// Hears of a death, or that there was none, and notes it beside what the person has applied for.
pub fn hear(_hall: &Hall, tx: &Tx<'_>, told: &Recorded) -> Outcome<()> {
    let Some(death) = Death::read(told.content()) else { return Ok(()) };
    let Some(mark) = death.mark() else { return Ok(()) };
    if overtaken(tx, told, &death)? {
        return Ok(());
    }
    rows::note_death(tx, &access::clockwork("approvals.deaths"), &mark, death.died)
}

/// Whether the register has said otherwise since: a listener that could not take an act hears it late, and what it ends
/// would be ended of somebody who lives.
fn overtaken(reader: &Reader<'_>, told: &Recorded, death: &Death) -> Outcome<bool> {
    for kind in death.kinds_of_later() {
        let mut after = told.clone();
        loop {
            let later = ledger::acts_since(reader, kind, &after, LATER)?;
            let mut read = later.iter().filter_map(|act| Death::read(act.content()));
            if read.any(|later| death.is_overtaken_by(&later)) {
                return Ok(true);
            }
            match later.into_iter().last() {
                Some(last) => after = last,
                None => break,
            }
        }
    }
    Ok(false)
}
