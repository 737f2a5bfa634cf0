//! Tokens: who brings one, what it tells, the next pair, the end.

use access::{Account, Allowed, Over, Permit, Token, authorise};
use base::{Fault, Id, Moment, Outcome};
use data_encoding::BASE64URL_NOPAD;
use frame::{ActCx, Cx};
use ledger::Act;
use serde_json::{Map, Value, json};
use store::{Reader, Tx};
use subtle::ConstantTimeEq;

use super::clients::secret_mac;
use super::keys::signed;
use super::{rests_on, standing, sub_of};
use crate::acts::who_of;
use crate::rules;
use crate::rules::openid::{ACCESS_SECONDS, Told};
use crate::store::openid as rows;
use crate::terms::openid::{Client, ELSEWHERE, Grant, KeptToken, SigningKeyRow, TokenKind, Wrong};

/// So often a program may be wrong from one address within ten minutes.
const WRONG_MAX: i64 = 200;
const WRONG_SECONDS: i64 = 600;

/// The throttle of programs that come from here.
pub(super) fn attempts_of(cx: &Cx) -> String {
    format!("openid {}", cx.neighbourhood())
}

/// A client by what its program shows. The attempt is counted first, and given back when the secret is right: a
/// system does not pay for the wrong codes that others send through it. One without a secret gets it back
/// when all was right.
pub(crate) async fn known_client(
    cx: &ActCx,
    id: &str,
    secret: Option<&str>,
) -> Outcome<Result<Client, Wrong>> {
    let (now, attempts) = (cx.now(), attempts_of(cx));
    let known: Option<Id<Client>> = id.parse().ok();
    let found = cx
        .write(move |tx| {
            let hit = access::hit(tx, &attempts, WRONG_MAX, WRONG_SECONDS, now)?;
            if let Allowed::NotUntil(_) = hit {
                return Ok(None);
            }
            let client = known.map_or(Ok(None), |id| standing(tx, id, now))?;
            Ok(Some(client))
        })
        .await?;
    let Some(found) = found else {
        return Ok(Err(Wrong::new(
            "temporarily_unavailable",
            "too many wrong requests, wait ten minutes",
        )));
    };
    let right = found.filter(|client| is_right(cx, client, secret));
    if right.as_ref().is_some_and(|client| !client.public) {
        let attempts = attempts_of(cx);
        cx.write(move |tx| access::give_back(tx, &attempts, now)).await?;
    }
    Ok(right.ok_or(Wrong::new("invalid_client", "unknown client, or wrong secret")))
}

fn is_right(cx: &Cx, client: &Client, secret: Option<&str>) -> bool {
    match (client.public, &client.secret_mac, secret) {
        (true, _, None) => true,
        (false, Some(kept), Some(secret)) => {
            secret_mac(cx, client.id, secret).ct_eq(kept.as_slice()).into()
        }
        _ => false,
    }
}

/// What a program is given.
#[derive(Clone, Debug)]
pub(crate) struct Tokens {
    pub(crate) access: String,
    pub(crate) refresh: String,
    pub(crate) id_token: String,
    pub(crate) scopes: Vec<String>,
}

/// A new pair of tokens, made before the transaction.
#[derive(Clone)]
pub(super) struct Minted {
    access: Token,
    refresh: Token,
    access_mac: [u8; 32],
    refresh_mac: [u8; 32],
}

fn mac_of(cx: &Cx, token: &Token) -> [u8; 32] {
    cx.hall().keys.mac("identity.openid.token", token.as_str().as_bytes())
}

impl Minted {
    pub(super) fn new(cx: &Cx) -> Result<Self, Fault> {
        let (access, refresh) = (Token::mint()?, Token::mint()?);
        let (access_mac, refresh_mac) = (mac_of(cx, &access), mac_of(cx, &refresh));
        Ok(Self { access, refresh, access_mac, refresh_mac })
    }

    /// Keeps both by their MACs. The access token tells these scopes, the refresh token all of the grant.
    pub(super) fn keep(
        &self,
        tx: &Tx<'_>,
        permit: &Permit,
        grant: &Grant,
        scopes: &[String],
        now: Moment,
    ) -> Outcome<()> {
        let access = KeptToken {
            grant: grant.id,
            kind: TokenKind::Access,
            scopes: scopes.to_vec(),
            ends: now.plus_seconds(ACCESS_SECONDS).min(grant.ends),
            used: None,
        };
        let refresh = KeptToken {
            kind: TokenKind::Refresh,
            scopes: grant.scopes.clone(),
            ends: grant.ends,
            ..access.clone()
        };
        rows::put_token(tx, permit, self.access_mac, &access)?;
        rows::put_token(tx, permit, self.refresh_mac, &refresh)
    }

    pub(super) fn told(self, id_token: String, scopes: &[String]) -> Tokens {
        Tokens {
            access: self.access.as_str().to_owned(),
            refresh: self.refresh.as_str().to_owned(),
            id_token,
            scopes: scopes.to_vec(),
        }
    }
}

/// The ID token of a grant (OpenID Connect Core 2, 3.1.3.6).
pub(super) fn id_token(
    cx: &Cx,
    keys: &[SigningKeyRow],
    grant: &Grant,
    nonce: Option<&str>,
    minted: &Minted,
) -> Result<String, Fault> {
    let now = cx.now().millis() / 1_000;
    let digest = ring::digest::digest(&ring::digest::SHA256, minted.access.as_str().as_bytes());
    let half = digest.as_ref().get(..16).unwrap_or_default();
    let claims = json!({
        "iss": cx.hall().city.url,
        "sub": sub_of(&cx.hall().keys, grant.client, grant.account),
        "aud": grant.client.to_string(),
        "iat": now,
        "exp": now + ACCESS_SECONDS,
        "auth_time": grant.signed_in_at.millis() / 1_000,
        "acr": rules::openid::acr_of(&grant.methods),
        "amr": rules::openid::amr_of(&grant.methods),
        "at_hash": BASE64URL_NOPAD.encode(half),
    });
    let mut claims: Map<String, Value> = serde_json::from_value(claims).map_err(Fault::from)?;
    claims.extend(nonce.map(|nonce| ("nonce".to_owned(), nonce.into())));
    signed(cx, keys, &claims)
}

/// The next pair for a refresh token, which is good once. One that comes again ends the whole family:
/// somebody else has it.
pub(crate) async fn refresh(
    cx: &ActCx,
    client: &Client,
    token: &str,
    scope: Option<&str>,
) -> Outcome<Result<Tokens, Wrong>> {
    let unknown =
        Wrong::new("invalid_grant", "no refresh token of this client, or one that has ended");
    let Some(token) = Token::from_text(token) else { return Ok(Err(unknown)) };
    let (now, actor, mac, known) = (cx.now(), cx.actor().clone(), mac_of(cx, &token), client.id);
    let (minted, attempts, scope) = (Minted::new(cx)?, attempts_of(cx), scope.map(str::to_owned));
    let (kept, public) = (minted.clone(), client.public);
    let given = cx
        .write(move |tx| {
            let permit = authorise(tx, &actor, &ELSEWHERE, Over::Any)?;
            let before = rows::token(tx, mac, now)?.filter(|one| one.kind == TokenKind::Refresh);
            let Some(before) = before else { return Ok(Err(unknown)) };
            let grant = rows::grant_by_id(tx, before.grant)?.filter(|grant| grant.client == known);
            let Some(grant) = grant else { return Ok(Err(unknown)) };
            // A scope that is too much is said before anything is used up: the program may ask again.
            let scopes = match &scope {
                None => grant.scopes.clone(),
                Some(scope) => match rules::openid::scopes_of(scope, &grant.scopes) {
                    Ok(scopes) => scopes,
                    Err(wrong) => return Ok(Err(wrong)),
                },
            };
            if before.used.is_some() || !rows::use_token(tx, &permit, mac, now)? {
                return Ok(Err(reused(tx, &permit, &grant, now)?));
            }
            if let Err(wrong) = rests_on(tx, &grant, now)? {
                return Ok(Err(wrong));
            }
            if standing(tx, known, now)?.is_none() {
                return Ok(Err(unknown));
            }
            kept.keep(tx, &permit, &grant, &scopes, now)?;
            if public {
                access::give_back(tx, &attempts, now)?;
            }
            Ok(Ok((grant, scopes, rows::signing_keys(tx)?)))
        })
        .await?;
    match given {
        Ok((grant, scopes, keys)) => {
            let id_token = id_token(cx, &keys, &grant, None, &minted)?;
            Ok(Ok(minted.told(id_token, &scopes)))
        }
        Err(wrong) => Ok(Err(wrong)),
    }
}

fn reused(tx: &Tx<'_>, permit: &Permit, grant: &Grant, now: Moment) -> Outcome<Wrong> {
    if rows::end_grant(tx, permit, grant.id, now)? {
        let act = Act::new(now, "identity.openid_refresh_reused", "account", grant.account)
            .content(json!({ "client": grant.client.to_string(), "grant": grant.id.to_string() }));
        ledger::record(tx, permit.who(), &act)?;
    }
    Ok(Wrong::new("invalid_grant", "the refresh token was used before; its whole family is ended"))
}

/// Ends a token (RFC 7009): an access token alone, with a refresh token the whole sign-in. What is not
/// known here, or is another client's, is answered as if it were ended.
pub(crate) async fn revoke(cx: &ActCx, client: &Client, token: &str) -> Outcome<()> {
    let (now, actor, known, attempts) = (cx.now(), cx.actor().clone(), client.id, attempts_of(cx));
    let public = client.public;
    let mac = Token::from_text(token).map(|token| mac_of(cx, &token));
    cx.write(move |tx| {
        let permit = authorise(tx, &actor, &ELSEWHERE, Over::Any)?;
        if public {
            access::give_back(tx, &attempts, now)?;
        }
        let Some(mac) = mac else { return Ok(()) };
        let Some(kept) = rows::token(tx, mac, now)? else { return Ok(()) };
        let grant = rows::grant_by_id(tx, kept.grant)?.filter(|grant| grant.client == known);
        let Some(grant) = grant else { return Ok(()) };
        if kept.kind == TokenKind::Access {
            return rows::drop_token(tx, &permit, mac);
        }
        if rows::end_grant(tx, &permit, grant.id, now)? {
            let act = Act::new(now, "identity.openid_revoked", "account", grant.account)
                .content(json!({ "client": known.to_string(), "grant": grant.id.to_string() }));
            let account = access::account_by_id(tx, grant.account)?;
            let who = account.as_ref().map_or_else(|| permit.who().clone(), who_of);
            ledger::record(tx, &who, &act)?;
        }
        Ok(())
    })
    .await
}

/// What an access token tells of its person.
pub(crate) async fn user_info(cx: &Cx, token: &str) -> Outcome<Result<Map<String, Value>, Wrong>> {
    let unknown = Wrong::new("invalid_token", "no access token, or one that has ended");
    let Some(token) = Token::from_text(token) else { return Ok(Err(unknown)) };
    let (now, mac, hall) = (cx.now(), mac_of(cx, &token), cx.hall().clone());
    cx.read(move |r| {
        let kept = rows::token(r, mac, now)?.filter(|one| one.kind == TokenKind::Access);
        let Some(kept) = kept else { return Ok(Err(unknown)) };
        let Some(grant) = rows::grant_by_id(r, kept.grant)? else { return Ok(Err(unknown)) };
        let Ok((account, _)) = rests_on(r, &grant, now)? else { return Ok(Err(unknown)) };
        if standing(r, grant.client, now)?.is_none() {
            return Ok(Err(unknown));
        }
        let sub = sub_of(&hall.keys, grant.client, account.id);
        let number = account.number(&hall.keys);
        let person = told(r, account, sub, number, now)?;
        Ok(Ok(rules::openid::claims_of(&person, &kept.scopes)))
    })
    .await
}

fn told(
    reader: &Reader<'_>,
    account: Account,
    sub: String,
    number: Option<String>,
    now: Moment,
) -> Outcome<Told> {
    Ok(Told {
        sub,
        posts: access::posts_of(reader, account.id, now.day())?,
        name: account.name,
        kind: account.kind,
        real_name: account.real_name,
        number,
    })
}
