//! What two people decide: one proposes, another agrees or declines, who proposed may withdraw.

use ::store::{Reader, Tx};
use access::{Actor, Over, Permit, Proposals, ProposedState, authorise};
use base::{Id, Moment, Outcome, Refusal, RefusalKind};
use frame::rotation::{Old, Which};
use frame::{ActCx, Cx, not_found, rotation};
use ledger::Act;
use seal::Keys;
use seal::cert::Reason;
use serde_json::json;

use super::authority::{Minted, issue};
use super::lists::publish;
use super::organs;
use super::roots::{self, EndActs};
use crate::rules;
use crate::store::organs::hand_back;
use crate::store::{self, PROPOSALS};
use crate::terms::{
    DECIDE, EXCHANGED, FOUNDED, ISSUED, LISTED, Proposal, REVOKED, ROOT_ENDED, Root, TAKEN_IN, Wish,
};

/// What an act of this office is about, where it is a proposal.
const SUBJECT: &str = "certificate_proposal";

/// Puts a proposal down once `may` has looked at the rows as they stand.
pub(super) async fn propose(
    cx: &ActCx,
    new: Proposal,
    may: impl Fn(&Tx<'_>, &Permit) -> Outcome<()> + Send + Sync + 'static,
) -> Outcome<Id<Proposal>> {
    let (now, actor, id) = (cx.now(), cx.actor().clone(), new.id);
    let act = Act::new(now, "certificates.proposed", SUBJECT, id).content(json!({
        "title": new.title, "wish": new.wish, "reason": new.reason,
        "last_day": new.proposed.last_day.to_string(),
    }));
    cx.write(move |tx| {
        let permit = authorise(tx, &actor, &DECIDE, Over::City)?;
        if store::open_about(tx, &new.subject, now.day())?.is_some() {
            let words = "同样的事项已经有人提出，正在等人同意";
            return Err(Refusal::new(
                RefusalKind::Conflict,
                "certificates.proposed_already",
                words,
            )
            .remedy("请到“等待同意”里查看")
            .into());
        }
        may(tx, &permit)?;
        store::put_proposal(tx, &permit, &new)?;
        ledger::record(tx, permit.who(), &act)
    })
    .await?;
    Ok(id)
}

async fn proposed(cx: &Cx, id: Id<Proposal>) -> Outcome<Proposal> {
    cx.read(move |r| as_it_stands(r, id)).await
}

/// The proposal of this id, as it stands.
pub fn as_it_stands(reader: &Reader<'_>, id: Id<Proposal>) -> Outcome<Proposal> {
    Ok(PROPOSALS.by_id(reader, id)?.ok_or_else(|| not_found("这项提议"))?)
}

/// Settles a proposal as it stands, by this person.
fn settled(
    tx: &Tx<'_>,
    actor: &Actor,
    id: Id<Proposal>,
    (state, reason): (ProposedState, &str),
    now: Moment,
) -> Outcome<(Permit, Proposal)> {
    let permit = authorise(tx, actor, &DECIDE, Over::City)?;
    let proposal = as_it_stands(tx, id)?;
    PROPOSALS.settle(tx, &permit, (id, &proposal.proposed), (state, reason, &[]), now)?;
    Ok((permit, proposal))
}

/// What an agreement brings along into its transaction.
struct Brought {
    minted: Minted,
    act: Act,
    listed: Option<(Id<Root>, Act)>,
    end: Option<EndActs>,
    key: Option<rotation::Minted>,
}

/// Agrees, and does what was proposed: another person than who proposed it.
pub async fn agree(cx: &ActCx, id: Id<Proposal>, reason: &str) -> Outcome<()> {
    let (now, actor, reason) = (cx.now(), cx.actor().clone(), reason.trim().to_owned());
    let known = proposed(cx, id).await?;
    let brought = bring(cx, &known).await?;
    let keys = cx.hall().keys.clone();
    cx.write(move |tx| {
        let (permit, proposal) = settled(tx, &actor, id, (ProposedState::Agreed, &reason), now)?;
        let mut done = fulfil(tx, &permit, &keys, &proposal, &brought, now)?;
        if let Some(content) = done.as_object_mut() {
            content.insert("title".into(), json!(proposal.title));
            content.insert("proposal".into(), json!(id.to_string()));
            content.insert("proposed_by".into(), json!(proposal.proposed.by));
            content.insert("reason".into(), json!(reason));
        }
        ledger::record(tx, permit.who(), &brought.act.clone().content(done))
    })
    .await
}

/// Mints what the agreement needs.
async fn bring(cx: &ActCx, known: &Proposal) -> Outcome<Brought> {
    let (now, minted) = (cx.now(), Minted::now(cx));
    let mut end = None;
    let (act, listed) = match &known.wish {
        Wish::Found { authority, .. } => {
            (Act::new(now, FOUNDED, "certificate_authority", authority), Some(authority.clone()))
        }
        Wish::Issue { .. } => {
            (Act::new(now, ISSUED, "machine_certificate", minted.serial.to_hex()), None)
        }
        Wish::TakeIn { organ, .. } => (Act::new(now, TAKEN_IN, "organ", organ), None),
        Wish::Revoke { serial, .. } => {
            let number = serial.clone();
            let issued = cx.read(move |r| store::issued_by_serial(r, &number)).await?;
            let root = issued.map(|issued| issued.authority.to_string());
            (Act::new(now, REVOKED, "machine_certificate", serial), root)
        }
        Wish::EndRoot { authority, .. } => {
            end = Some(EndActs::new(authority, now));
            (Act::new(now, ROOT_ENDED, "certificate_authority", authority), None)
        }
        Wish::ExchangeKey { key } => (Act::new(now, EXCHANGED, "keys", key), None),
    };
    let key = match &known.wish {
        Wish::ExchangeKey { key } => which(key)?.usage(),
        _ => None,
    };
    let key = match key {
        Some(usage) => Some(rotation::mint(cx.hall(), usage).await?),
        None => None,
    };
    let listed = listed.and_then(|root| Some((root.parse().ok()?, root)));
    let listed = listed.map(|(id, root): (Id<Root>, String)| {
        (id, Act::new(now, LISTED, "certificate_authority", root))
    });
    Ok(Brought { minted, act, listed, key, end })
}

/// Does what was proposed; gives what the act says of it.
fn fulfil(
    tx: &Tx<'_>,
    permit: &Permit,
    keys: &Keys,
    proposal: &Proposal,
    brought: &Brought,
    now: Moment,
) -> Outcome<serde_json::Value> {
    let done = match &proposal.wish {
        Wish::Found { authority, fingerprint } => {
            let new = store::root_by_id(tx, root_id(authority)?)?;
            let new = new.ok_or_else(|| not_found("这项提议"))?;
            rules::may_found(&new.name, &store::roots(tx, now)?, now)?;
            if !store::found_root(tx, permit, root_id(authority)?)? {
                return Err(not_found("这项提议").into());
            }
            json!({ "fingerprint": fingerprint })
        }
        Wish::TakeIn { .. } => organs::take_in(tx, permit, &proposal.wish, now)?,
        Wish::Issue { .. } => issue(tx, permit, keys, &proposal.wish, &brought.minted, now)?,
        Wish::Revoke { serial, why } => {
            let issued = store::issued_by_serial(tx, serial)?;
            rules::may_change(&issued.ok_or_else(|| not_found("这张证书"))?, now)?;
            let reason = Reason::from_number(*why).unwrap_or(Reason::Unspecified);
            store::revoke(tx, permit, serial, reason, now)?;
            json!({ "serial": serial, "why": why })
        }
        Wish::EndRoot { .. } => {
            let acts = brought.end.as_ref().ok_or_else(|| not_found("这项提议"))?;
            roots::end(tx, permit, keys, (&proposal.wish, acts), now)?
        }
        Wish::ExchangeKey { key } => {
            match (which(key)?, &brought.key) {
                (Which::Master, _) => rotation::begin_master(tx, now)?,
                (Which::Log, Some(minted)) => rotation::begin_log(tx, permit.who(), minted)?,
                (_, Some(minted)) => {
                    rotation::begin(tx, permit.who(), minted, Old::Destroyed)?;
                }
                (_, None) => return Err(not_found("这项提议").into()),
            }
            json!({ "key": key })
        }
    };
    // The world is told at once, not with the next list that is due.
    if let Some((root, act)) = &brought.listed {
        let root = store::root_by_id(tx, *root)?.ok_or_else(|| not_found("这个根"))?;
        publish(tx, permit, keys, &root, act)?;
    }
    Ok(done)
}

fn which(key: &str) -> Result<Which, Refusal> {
    Which::parse(key).ok_or_else(|| not_found("这项提议"))
}

fn root_id(text: &str) -> Result<Id<Root>, Refusal> {
    text.parse().map_err(|_| not_found("这项提议"))
}

/// A key that nobody agreed to is destroyed; what was handed in for an organ is handed back.
pub(super) fn let_go(tx: &Tx<'_>, permit: &Permit, proposal: &Proposal) -> Outcome<()> {
    match &proposal.wish {
        Wish::Found { authority, .. } => store::drop_root(tx, permit, root_id(authority)?),
        Wish::TakeIn { key, .. } => hand_back(tx, permit, organs::key_id(key)?),
        Wish::Issue { .. }
        | Wish::Revoke { .. }
        | Wish::EndRoot { .. }
        | Wish::ExchangeKey { .. } => Ok(()),
    }
}

/// Says no, and why.
pub async fn decline(cx: &ActCx, id: Id<Proposal>, reason: &str) -> Outcome<()> {
    let (now, actor, reason) = (cx.now(), cx.actor().clone(), Proposals::said_why(reason)?);
    let act =
        Act::new(now, "certificates.declined", SUBJECT, id).content(json!({ "reason": reason }));
    cx.write(move |tx| {
        let (permit, proposal) = settled(tx, &actor, id, (ProposedState::Declined, &reason), now)?;
        let_go(tx, &permit, &proposal)?;
        ledger::record(tx, permit.who(), &act)
    })
    .await
}

/// Takes back what one has proposed oneself.
pub async fn withdraw(cx: &ActCx, id: Id<Proposal>) -> Outcome<()> {
    let (now, actor) = (cx.now(), cx.actor().clone());
    let act = Act::new(now, "certificates.withdrawn", SUBJECT, id);
    cx.write(move |tx| {
        let (permit, proposal) = settled(tx, &actor, id, (ProposedState::Withdrawn, ""), now)?;
        let_go(tx, &permit, &proposal)?;
        ledger::record(tx, permit.who(), &act)
    })
    .await
}
