//! The revocation list: made with each revocation, and by a job before it grows old.

use std::sync::Arc;

use ::store::{Reader, Tx};
use access::{Permit, clockwork};
use base::{Fault, Moment, Outcome};
use frame::Hall;
use ledger::Act;
use seal::Keys;
use seal::cert::{Reason, Revoked, Serial};
use serde_json::json;

use super::authority::{fault, opened};
use super::roots::{self, EndActs};
use super::{proposals, rule};
use crate::rules;
use crate::store::{self, PROPOSALS};
use crate::terms::{DECIDE, LAPSED, LISTED, Proposal, Root};

/// The job that makes lists, and does what is due of roots that have ended.
pub(super) const RELIST: &str = "certificates.relist";

/// Makes a new revocation list and puts it in the place of the one before.
pub(crate) fn publish(
    tx: &Tx<'_>,
    permit: &Permit,
    keys: &Keys,
    root: &Root,
    act: &Act,
) -> Outcome<()> {
    let now = act.at();
    let next = rules::list_until(&rule(now.day())?, now).min(root.until);
    let mut revoked = Vec::new();
    for (serial, at, reason) in store::revoked(tx, root.id, now)? {
        let reason = Reason::from_number(reason).unwrap_or(Reason::Unspecified);
        revoked.push(Revoked { serial: Serial::from_hex(&serial).map_err(fault)?, at, reason });
    }
    let number = u64::try_from(root.list_number + 1).map_err(Fault::from)?;
    let list = opened(keys, root)?.list(number, now, next, &revoked).map_err(fault)?;
    if store::put_list(tx, permit, root, list.der(), (now, next))? {
        let act = act.clone().content(json!({
            "number": number, "revoked": revoked.len(), "next": next.millis(),
        }));
        ledger::record(tx, permit.who(), &act)?;
    }
    Ok(())
}

/// Makes a new revocation list when it is due, and lets go of what nobody decided in time.
pub async fn relist(hall: Arc<Hall>, now: Moment) -> Outcome<()> {
    let today = now.day();
    let look = move |r: &Reader<'_>| {
        Ok((store::roots(r, now)?, roots::overdue(r, now)?, store::overdue_proposals(r, today)?))
    };
    let (standing, ended, overdue) = hall.store.read(look).await?;
    if !overdue.is_empty() {
        let overdue: Vec<_> = overdue
            .into_iter()
            .map(|proposal| {
                let act = Act::new(now, LAPSED, "certificate_proposal", proposal.id);
                (proposal, act)
            })
            .collect();
        hall.write(move |tx| lapse(tx, &overdue, now)).await?;
    }
    let rule = rule(today)?;
    if !ended.is_empty() {
        let acts: Vec<_> =
            ended.iter().map(|root| (root.id, EndActs::new(&root.id.to_string(), now))).collect();
        let keys = hall.keys.clone();
        hall.write(move |tx| roots::end_by_itself(tx, &keys, &acts, now)).await?;
    }
    for root in standing.into_iter().filter(|root| rules::list_is_due(root, &rule, now)) {
        let act = Act::new(now, LISTED, "certificate_authority", root.id);
        let (keys, rule) = (hall.keys.clone(), rule.clone());
        hall.write(move |tx| {
            // Another process may have made it meanwhile.
            let root = store::root_by_id(tx, root.id)?;
            match root.filter(|root| rules::list_is_due(root, &rule, now)) {
                Some(root) => publish(tx, &clockwork(DECIDE.name), &keys, &root, &act),
                None => Ok(()),
            }
        })
        .await?;
    }
    Ok(())
}

fn lapse(tx: &Tx<'_>, overdue: &[(Proposal, Act)], now: Moment) -> Outcome<()> {
    let permit = clockwork(DECIDE.name);
    for (proposal, act) in overdue {
        // Whoever was quicker has settled it, and let go of what it held.
        if PROPOSALS.lapse(tx, &permit, Some(proposal.id), now.day())? {
            proposals::let_go(tx, &permit, proposal)?;
            ledger::record(tx, permit.who(), act)?;
        }
    }
    Ok(())
}
