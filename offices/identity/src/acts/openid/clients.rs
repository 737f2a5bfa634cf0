//! The systems that sign people in here: proposed by one, agreed to by another, ended by one.

use access::{Over, Permit, Proposals, Proposed, ProposedState, authorise};
use base::{Id, Outcome, Refusal, RefusalKind};
use data_encoding::BASE64URL_NOPAD;
use frame::{ActCx, Cx, not_found};
use ledger::Act;
use serde_json::json;
use store::Tx;

use crate::rules;
use crate::rules::openid::Wished;
use crate::store::openid as rows;
use crate::terms::Waiting;
use crate::terms::openid::{CLIENTS, Client};

/// The rules by which a proposal waits.
const WAITING: &str = include_str!("../../../data/proposals.json");

fn act(cx: &Cx, kind: &'static str, id: Id<Client>) -> Act {
    Act::new(cx.now(), kind, "client", id)
}

/// Proposes a system. It signs people in once somebody else has agreed.
pub(crate) async fn propose_client(cx: &ActCx, wished: &Wished) -> Outcome<Id<Client>> {
    let (now, actor, today) = (cx.now(), cx.actor().clone(), cx.now().day());
    let place = wished.organ.clone();
    let organ = cx.read(move |r| access::organ_by_id(r, &place)).await?;
    let checked = rules::openid::check_client(wished, today);
    let (checked, organ) = match (checked, organ) {
        (Ok(checked), Some(organ)) => (checked, organ),
        (Err(refusal), Some(_)) => return Err(refusal.into()),
        (checked, None) => {
            let fresh = Refusal::new(RefusalKind::Invalid, "identity.bad_client", "有几处需要修改");
            return Err(checked.err().unwrap_or(fresh).field("organ", "请选择负责的机构").into());
        }
    };
    let waiting: Vec<Waiting> = serde_json::from_str(WAITING).map_err(base::Fault::from)?;
    let days = rules::rule_of(&waiting, today).map_or(0, |rule| rule.days);
    let new = Client {
        id: Id::mint(now),
        name: wished.name.trim().to_owned(),
        organ: organ.id,
        organ_name: organ.name,
        holders: checked.holders,
        public: checked.public,
        redirects: checked.redirects,
        leaves: checked.leaves,
        scopes: checked.scopes,
        until: checked.until,
        reason: wished.reason.trim().to_owned(),
        proposed: Proposed::unsigned(now, today.plus(days)),
        secret_mac: None,
        secret_at: None,
    };
    let id = new.id;
    let act = act(cx, "identity.client_proposed", id).content(json!({
        "name": new.name, "organ": new.organ, "holders": new.holders.as_str(),
        "public": new.public, "redirects": new.redirects, "leaves": new.leaves,
        "scopes": new.scopes, "until": new.until.to_string(), "reason": new.reason,
    }));
    cx.write(move |tx| {
        let permit = authorise(tx, &actor, &CLIENTS, Over::City)?;
        rows::put_client(tx, &permit, &new)?;
        ledger::record(tx, permit.who(), &act)
    })
    .await?;
    Ok(id)
}

fn found(tx: &Tx<'_>, id: Id<Client>) -> Outcome<Client> {
    Ok(rows::client_by_id(tx, id)?.ok_or_else(|| not_found("这个系统"))?)
}

/// Agrees that a system signs people in here: another person than who proposed it.
pub(crate) async fn agree_client(cx: &ActCx, id: Id<Client>, reason: &str) -> Outcome<()> {
    decide(cx, id, ProposedState::Agreed, "identity.client_agreed", reason).await
}

/// Says no to a system, and why.
pub(crate) async fn decline_client(cx: &ActCx, id: Id<Client>, reason: &str) -> Outcome<()> {
    let reason = Proposals::said_why(reason)?;
    decide(cx, id, ProposedState::Declined, "identity.client_declined", &reason).await
}

async fn decide(
    cx: &ActCx,
    id: Id<Client>,
    state: ProposedState,
    kind: &'static str,
    reason: &str,
) -> Outcome<()> {
    let (now, actor, reason) = (cx.now(), cx.actor().clone(), reason.trim().to_owned());
    let act = act(cx, kind, id).content(json!({ "reason": reason }));
    cx.write(move |tx| {
        let permit = authorise(tx, &actor, &CLIENTS, Over::City)?;
        let one = found(tx, id)?.proposed;
        rows::CLIENTS.settle(tx, &permit, (id, &one), (state, &reason, &[]), now)?;
        ledger::record(tx, permit.who(), &act)
    })
    .await
}

/// Takes back what one has proposed oneself.
pub(crate) async fn withdraw_client(cx: &ActCx, id: Id<Client>) -> Outcome<()> {
    decide(cx, id, ProposedState::Withdrawn, "identity.client_withdrawn", "").await
}

/// Ends a system at once: it signs nobody in any more, and its tokens tell nothing.
pub(crate) async fn end_client(cx: &ActCx, id: Id<Client>) -> Outcome<()> {
    let actor = cx.actor().clone();
    let act = act(cx, "identity.client_ended", id);
    cx.write(move |tx| {
        let permit = authorise(tx, &actor, &CLIENTS, Over::City)?;
        if !rows::end_client(tx, &permit, id)? {
            return Err(not_found("这个在用的系统").into());
        }
        ledger::record(tx, permit.who(), &act)
    })
    .await
}

/// Makes a secret, which is shown once; the one before is worth nothing from now on.
pub(crate) async fn make_secret(cx: &ActCx, id: Id<Client>) -> Outcome<String> {
    let (now, actor) = (cx.now(), cx.actor().clone());
    let mut bytes = [0u8; 32];
    getrandom::fill(&mut bytes).map_err(|error| base::Fault::said(error.to_string()))?;
    let secret = BASE64URL_NOPAD.encode(&bytes);
    let mac = secret_mac(cx, id, &secret);
    let act = act(cx, "identity.client_secret_made", id);
    cx.write(move |tx| {
        let permit: Permit = authorise(tx, &actor, &CLIENTS, Over::City)?;
        rules::openid::may_have_secret(&found(tx, id)?, now.day())?;
        rows::put_secret(tx, &permit, id, mac, now)?;
        ledger::record(tx, permit.who(), &act)
    })
    .await?;
    Ok(secret)
}

/// The MAC of a client's secret. It has 256 random bits, so nothing slower is needed.
pub(super) fn secret_mac(cx: &Cx, id: Id<Client>, secret: &str) -> [u8; 32] {
    cx.hall().keys.mac("identity.openid.secret", format!("{id} {secret}").as_bytes())
}
