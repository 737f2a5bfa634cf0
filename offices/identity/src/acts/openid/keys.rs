//! The keys that sign ID tokens: a new one every 90 days, published a week before it signs and a day after.

use std::sync::Arc;

use access::clockwork;
use base::{Fault, Id, Moment, Outcome};
use frame::{Cx, Hall};
use ledger::Act;
use seal::Keys;
use serde_json::{Map, Value, json};
use store::Tx;

use crate::rules::openid::{forgotten_before, next_key, signing_key};
use crate::store::openid as rows;
use crate::terms::openid::{Client, ELSEWHERE, SIGNING_KEY, SigningKeyRow};
use crate::wire::jose;

/// A key and its name, made before the transaction in which it may turn out not to be needed.
struct Fresh {
    id: String,
    secret_sealed: Vec<u8>,
    public: Vec<u8>,
}

fn fresh(keys: &Keys, now: Moment) -> Result<Fresh, Fault> {
    let (secret, public) = jose::mint()?;
    let id = Id::<SigningKeyRow>::mint(now).to_string();
    Ok(Fresh { id, secret_sealed: keys.seal(SIGNING_KEY, &secret), public })
}

fn put_if_due(tx: &Tx<'_>, fresh: &Fresh, now: Moment) -> Outcome<()> {
    let Some((from, until)) = next_key(&rows::signing_keys(tx)?, now) else { return Ok(()) };
    let permit = clockwork(ELSEWHERE.name);
    let new = SigningKeyRow {
        id: fresh.id.clone(),
        secret_sealed: fresh.secret_sealed.clone(),
        public: fresh.public.clone(),
        from,
        until,
    };
    rows::put_signing_key(tx, &permit, &new)?;
    let act = Act::new(now, "identity.signing_key_made", "signing_key", &new.id)
        .content(json!({ "from": from.millis(), "until": until.millis() }));
    ledger::record(tx, permit.who(), &act)
}

/// The first key of a city, at its first start.
pub(crate) fn first_key(tx: &Tx<'_>, hall: &Hall, now: Moment) -> Outcome<()> {
    if next_key(&rows::signing_keys(tx)?, now).is_none() {
        return Ok(());
    }
    put_if_due(tx, &fresh(&hall.keys, now)?, now)
}

/// Makes the next key when it is due, and forgets those that nothing is checked by any more.
pub(crate) async fn rotate(hall: Arc<Hall>, now: Moment) -> Outcome<()> {
    let keys = hall.store.read(rows::signing_keys).await?;
    let before = forgotten_before(now);
    if next_key(&keys, now).is_none() && keys.iter().all(|key| key.until >= before) {
        return Ok(());
    }
    let fresh = fresh(&hall.keys, now)?;
    hall.write(move |tx| {
        rows::forget_signing_keys(tx, &clockwork(ELSEWHERE.name), before)?;
        put_if_due(tx, &fresh, now)
    })
    .await
}

/// The public keys as a program reads them.
pub(crate) async fn published(cx: &Cx) -> Outcome<Value> {
    let keys = cx.read(rows::signing_keys).await?;
    let keys: Vec<Value> = keys.iter().filter_map(|key| jose::jwk(&key.id, &key.public)).collect();
    Ok(json!({ "keys": keys }))
}

/// Claims under the key that signs now.
pub(super) fn signed(
    cx: &Cx,
    keys: &[SigningKeyRow],
    claims: &Map<String, Value>,
) -> Result<String, Fault> {
    let none = || Fault::said("no signing key is in force");
    let key = signing_key(keys, cx.now()).ok_or_else(none)?;
    let secret = cx.hall().keys.unseal(SIGNING_KEY, &key.secret_sealed).map_err(Fault::from)?;
    jose::sign(&key.id, &secret, claims)
}

/// The client for which an ID token of ours was made, however old it is.
pub(crate) async fn hinted(cx: &Cx, token: &str) -> Outcome<Option<Id<Client>>> {
    let keys = cx.read(rows::signing_keys).await?;
    let claims = jose::Unchecked::read(token).and_then(|token| {
        let key = keys.iter().find(|key| key.id == token.said("kid"))?;
        token.signed_by(&key.public)
    });
    let ours = claims.filter(|claims| {
        claims.get("iss").and_then(Value::as_str) == Some(cx.hall().city.url.as_str())
    });
    let aud = ours.and_then(|claims| claims.get("aud")?.as_str()?.parse().ok());
    Ok(aud)
}
