//! Certificates for signing decisive acts, and the rule of the city that demands it.

use access::{Over, SIGNING_GROUND, Signer, authorise, fingerprint_of};
use base::{Id, Outcome, Refusal, RefusalKind};
use frame::{ActCx, not_found};
use ledger::Act;
use serde_json::json;

use super::certificates::{fits, handed_in};
use super::prove::prove;
use crate::rules;
use crate::terms::{OWN, TRUST};

/// More certificates for signing than these nobody needs.
const SIGNERS_MAX: usize = 5;

/// Puts a certificate on record with which who is signed in signs decisive acts: it is trusted now, it is in
/// their name, and they hold its key.
pub async fn add_signer(
    cx: &ActCx,
    name: &str,
    pem: &str,
    signature: &str,
    password: &str,
) -> Outcome<()> {
    let name = rules::factor_name(name)?;
    let certificate = handed_in(cx, pem, signature)?;
    let proven = prove(cx, password, "password").await?;
    let (now, actor) = (cx.now(), cx.actor().clone());
    let new = Signer {
        id: Id::mint(now),
        account: cx.signed_in()?.account,
        name,
        certificate: certificate.der().to_vec(),
        created_at: now,
    };
    let act = Act::new(now, "identity.signer_added", "account", new.account).content(json!({
        "name": new.name, "certificate": fingerprint_of(&certificate),
        "subject": certificate.subject(),
    }));
    cx.write(move |tx| {
        let (account, permit) = proven.holds(tx, &actor)?;
        fits(tx, &certificate, &account, now)?;
        if access::signers_of(tx, account.id)?.len() >= SIGNERS_MAX {
            let words = format!("签名证书最多登记 {SIGNERS_MAX} 张，请先去掉不用的");
            return Err(Refusal::new(RefusalKind::Conflict, "identity.many_signers", words).into());
        }
        access::add_signer(tx, &permit, &new, &certificate.key().to_bytes())?;
        ledger::record(tx, permit.who(), &act)
    })
    .await
}

/// Takes a certificate for signing away; what it signed stays signed.
pub async fn end_signer(cx: &ActCx, id: Id<Signer>) -> Outcome<()> {
    let (now, actor, account) = (cx.now(), cx.actor().clone(), cx.signed_in()?.account);
    let act = Act::new(now, "identity.signer_ended", "account", account)
        .content(json!({ "signer": id.to_string() }));
    cx.write(move |tx| {
        let permit = authorise(tx, &actor, &OWN, Over::Account(account.to_string()))?;
        if !access::end_signer(tx, &permit, account, id)? {
            return Err(not_found("这张签名证书").into());
        }
        ledger::record(tx, permit.who(), &act)
    })
    .await
}

/// Demands signatures under decisive acts from now on: in a city that was founded before there was the rule.
/// Nobody takes the demand back by a page.
pub async fn demand_signatures(cx: &ActCx) -> Outcome<()> {
    let (now, actor) = (cx.now(), cx.actor().clone());
    let division = cx.hall().city.division.clone();
    let act = Act::new(now, "identity.signing_demanded", "city", &division)
        .authority(SIGNING_GROUND)
        .content(json!({ "since": now.millis() }));
    cx.write(move |tx| {
        let permit = authorise(tx, &actor, &TRUST, Over::City)?;
        let refuse = |code, words: &str| Refusal::new(RefusalKind::Conflict, code, words);
        if access::signing_rule(tx, now)?.is_some_and(|(_, demanded)| demanded) {
            return Err(refuse("identity.signing_stands", "已经在要求本人签名").into());
        }
        if !access::authorities(tx)?.iter().any(|row| row.trusted) {
            return Err(refuse("identity.nobody_issues", "还没有信任任何签发机构，谁也签不了名")
                .remedy("请先把签发机构加进名单，并让工作人员登记证书")
                .into());
        }
        access::put_signing_rule(tx, &permit, now, true, SIGNING_GROUND)?;
        ledger::record(tx, permit.who(), &act)
    })
    .await
}
