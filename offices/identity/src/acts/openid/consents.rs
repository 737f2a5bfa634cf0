//! What citizens let a system know, and take back.

use access::{Over, authorise};
use base::{Id, Outcome};
use frame::{ActCx, not_found};
use ledger::Act;
use serde_json::json;

use super::standing;
use crate::store::openid as rows;
use crate::terms::OWN;
use crate::terms::openid::Client;

/// Lets a system know what it asked for, from now on.
pub(crate) async fn give_consent(cx: &ActCx, id: Id<Client>, scopes: &[String]) -> Outcome<()> {
    let (now, actor, account) = (cx.now(), cx.actor().clone(), cx.signed_in()?.account);
    let asked = scopes.to_vec();
    cx.write(move |tx| {
        let permit = authorise(tx, &actor, &OWN, Over::Account(account.to_string()))?;
        let client = standing(tx, id, now)?.ok_or_else(|| not_found("这个系统"))?;
        // What was agreed to before stays agreed to: only the person takes it back.
        let before = rows::consent(tx, account, id)?.map(|known| known.scopes).unwrap_or_default();
        let mut scopes = before;
        scopes.extend(
            asked.iter().filter(|scope| !scopes.contains(scope)).cloned().collect::<Vec<_>>(),
        );
        rows::put_consent(tx, &permit, account, id, &scopes, now)?;
        let act = Act::new(now, "identity.consent_given", "account", account).content(json!({
            "client": id.to_string(), "name": client.name, "scopes": scopes,
        }));
        ledger::record(tx, permit.who(), &act)
    })
    .await
}

/// Takes a consent back: the system is told nothing any more, and its tokens are ended.
pub(crate) async fn end_consent(cx: &ActCx, id: Id<Client>) -> Outcome<()> {
    let (now, actor, account) = (cx.now(), cx.actor().clone(), cx.signed_in()?.account);
    let act = Act::new(now, "identity.consent_ended", "account", account)
        .content(json!({ "client": id.to_string() }));
    cx.write(move |tx| {
        let permit = authorise(tx, &actor, &OWN, Over::Account(account.to_string()))?;
        if !rows::end_consent(tx, &permit, account, id)? {
            return Err(not_found("这项授权").into());
        }
        rows::end_grants_of(tx, &permit, account, id, now)?;
        ledger::record(tx, permit.who(), &act)
    })
    .await
}
