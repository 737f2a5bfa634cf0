//! Mandates at a window: who stands there with one, and what they may have done by it.

use base::{Day, Id, Outcome, Refusal, RefusalKind};
use seal::Keys;
use store::Reader;

use super::rules;
use super::{COLUMNS, LISTED_MAX, Mandate, Matter, Power, mandate_by_id, mandate_in_force};
use crate::accounts::NUMBER;
use crate::terms::Permit;

/// The mandates on paper between two people, by their numbers, that still last; at most 100.
pub fn mandates_between(
    reader: &Reader<'_>,
    keys: &Keys,
    (principal, agent): (&str, &str),
    today: Day,
) -> Outcome<Vec<Mandate>> {
    let [given, given_beside] = keys.blinds(NUMBER, principal.as_bytes());
    let [taken, taken_beside] = keys.blinds(NUMBER, agent.as_bytes());
    Ok(reader.all(
        &format!(
            "SELECT {COLUMNS} WHERE principal_blind IN ($1, $2) AND agent_blind IN ($3, $4)
                 AND kind = 'paper' AND state = 'standing' AND until_day >= $5
             ORDER BY id DESC LIMIT $6"
        ),
        &[
            given.into(),
            given_beside.into(),
            taken.into(),
            taken_beside.into(),
            today.into(),
            LISTED_MAX.into(),
        ],
    )?)
}

/// Whether who stands at a window with a card of this number may have something done for who has given the mandate:
/// by the row as it stands now. Call it inside the write transaction; the permit is the clerk's.
pub fn mandate_at_window(
    reader: &Reader<'_>,
    keys: &Keys,
    (id, number): (Id<Mandate>, &str),
    (power, matter): (Power, Matter<'_>),
    today: Day,
) -> Outcome<Mandate> {
    let mandate = mandate_by_id(reader, id)?;
    let theirs = mandate.filter(|one| one.agent_number(keys).as_deref() == Some(number));
    let Some(mandate) = theirs else {
        let words = "证件上的号码与委托书上代理人的号码不一致";
        let refusal = Refusal::new(RefusalKind::Forbidden, "access.other_agent", words);
        return Err(refusal
            .field("agent_number", words)
            .remedy("请核对证件；另有其人的，请申请人另写一份委托书")
            .into());
    };
    rules::may_at_window(&mandate, power, matter, today)?;
    mandate_in_force(reader, &mandate, today)?;
    Ok(mandate)
}

impl Permit {
    /// The same right of a clerk, used for who stands at the window with this mandate: [`mandate_at_window`] has given
    /// it in this transaction.
    pub fn for_agent(mut self, _mandate: &Mandate) -> Self {
        self.agent_came = true;
        self
    }

    /// Whether it is used for an agent at a window.
    pub fn is_for_agent(&self) -> bool {
        self.agent_came
    }
}
