//! Codes: made for who is signed in, redeemed once by the program they were made for.

use access::{Account, Kind, Over, Permit, Person, authorise};
use base::{Id, Outcome};
use data_encoding::BASE64URL_NOPAD;
use frame::{ActCx, Cx};
use ledger::Act;
use serde_json::json;
use store::Tx;

use super::tokens::{Minted, Tokens, attempts_of, id_token};
use super::{signed_in, standing};
use crate::acts::who_of;
use crate::rules;
use crate::store::openid as rows;
use crate::terms::openid::{Asked, Client, Code, ELSEWHERE, Grant, Wrong};

const CODE: &str = "identity.openid.code";

/// The code that answers a request. It is sealed and kept nowhere: what it gives is written down when it
/// is redeemed, under an id that only it knows.
pub(crate) fn code_for(
    cx: &Cx,
    client: &Client,
    asked: &Asked,
    person: &Person,
) -> Outcome<String> {
    let code = Code {
        grant: Id::mint(cx.now()),
        client: client.id,
        redirect: asked.redirect.clone(),
        challenge: asked.challenge.clone(),
        scopes: asked.scopes.clone(),
        nonce: asked.nonce.clone(),
        account: person.account,
        session: person.session,
        at: cx.now(),
    };
    let plain = serde_json::to_vec(&code).map_err(base::Fault::from)?;
    Ok(BASE64URL_NOPAD.encode(&cx.hall().keys.seal(CODE, &plain)))
}

fn open(cx: &Cx, text: &str) -> Option<Code> {
    let sealed = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
    serde_json::from_slice(&cx.hall().keys.unseal(CODE, &sealed).ok()?).ok()
}

/// Redeems a code. One that comes twice ends what it gave the first time.
pub(crate) async fn redeem(
    cx: &ActCx,
    client: &Client,
    code: &str,
    redirect: Option<&str>,
    verifier: Option<&str>,
) -> Outcome<Result<Tokens, Wrong>> {
    let Some(code) = open(cx, code) else {
        return Ok(Err(Wrong::new("invalid_grant", "no code of ours")));
    };
    let (now, actor, minted, attempts) =
        (cx.now(), cx.actor().clone(), Minted::new(cx)?, attempts_of(cx));
    let (known, redirect) = (client.id, redirect.map(str::to_owned));
    let (verifier, kept, fresh) = (verifier.map(str::to_owned), minted.clone(), code.clone());
    let given = cx
        .write(move |tx| {
            let permit = authorise(tx, &actor, &ELSEWHERE, Over::Any)?;
            let Some(client) = standing(tx, known, now)? else {
                return Ok(Err(Wrong::new("invalid_client", "the client has ended")));
            };
            if let Some(before) = rows::grant_by_id(tx, fresh.grant)? {
                return Ok(Err(replayed(tx, &permit, &client, &before, now)?));
            }
            let (redirect, verifier) = (redirect.as_deref(), verifier.as_deref());
            if let Err(wrong) = rules::openid::check_code(&fresh, &client, redirect, verifier, now)
            {
                return Ok(Err(wrong));
            }
            let (account, sign_in) = match signed_in(tx, fresh.session, fresh.account, now)? {
                Ok(found) => found,
                Err(wrong) => return Ok(Err(wrong)),
            };
            if !agrees(tx, &account, &client, &fresh.scopes)? {
                let words = "the person has taken back what they had agreed to";
                return Ok(Err(Wrong::new("invalid_grant", words)));
            }
            let grant = Grant {
                id: fresh.grant,
                client: client.id,
                account: account.id,
                session: fresh.session,
                scopes: fresh.scopes.clone(),
                signed_in_at: sign_in.at,
                methods: rules::openid::methods_of(&sign_in.first, sign_in.second),
                given_at: now,
                ends: sign_in.ends,
                ended: None,
            };
            rows::put_grant(tx, &permit, &grant)?;
            kept.keep(tx, &permit, &grant, &grant.scopes, now)?;
            if client.public {
                access::give_back(tx, &attempts, now)?;
            }
            let act = Act::new(now, "identity.openid_signed_in", "account", account.id)
                .content(json!({ "client": client.id.to_string(), "name": client.name,
                    "scopes": grant.scopes, "grant": grant.id.to_string() }));
            ledger::record(tx, &who_of(&account), &act)?;
            Ok(Ok((grant, rows::signing_keys(tx)?)))
        })
        .await?;
    match given {
        Ok((grant, keys)) => {
            let id_token = id_token(cx, &keys, &grant, code.nonce.as_deref(), &minted)?;
            Ok(Ok(minted.told(id_token, &grant.scopes)))
        }
        Err(wrong) => Ok(Err(wrong)),
    }
}

/// Whether what a code tells is still agreed to: staff are told by the two people who agreed to the system.
fn agrees(tx: &Tx<'_>, account: &Account, client: &Client, scopes: &[String]) -> Outcome<bool> {
    if account.kind == Kind::Staff {
        return Ok(true);
    }
    let consent = rows::consent(tx, account.id, client.id)?;
    let told = |scope: &String| consent.as_ref().is_some_and(|known| known.scopes.contains(scope));
    Ok(scopes.iter().all(told))
}

/// Somebody has the code who should not: nobody keeps what it gave.
fn replayed(
    tx: &Tx<'_>,
    permit: &Permit,
    client: &Client,
    before: &Grant,
    now: base::Moment,
) -> Outcome<Wrong> {
    if before.client == client.id && rows::end_grant(tx, permit, before.id, now)? {
        let act = Act::new(now, "identity.openid_code_replayed", "account", before.account)
            .content(json!({ "client": client.id.to_string(), "grant": before.id.to_string() }));
        ledger::record(tx, permit.who(), &act)?;
    }
    Ok(Wrong::new("invalid_grant", "the code was used before; what it gave is ended"))
}
