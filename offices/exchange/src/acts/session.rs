//! How a gateway is let in: it signs a statement with its registered key, and gets a token for a while. What it sends is
//! signed besides; the token says who fetches.

use std::sync::Arc;

use ::store::Tx;
use access::Permit;
use base::{Fault, Id, Moment, Outcome, Refusal, RefusalKind, Stop};
use data_encoding::HEXLOWER;
use frame::{ActCx, Cx, Hall};
use ledger::Act;
use message::{Wrong, clock};
use seal::cert::Purpose;
use serde::Deserialize;
use serde_json::json;

use super::signers::Signers;
use super::{authorities, rule};
use crate::rules::stands;
use crate::store::flows::{Passed, Tally, Way};
use crate::store::{self, messages};
use crate::terms::{CENTRE, Gateway, REFUSED, Refused};

const TOKEN: &str = "exchange.session";
/// Longer names are none of ours.
const NAME_MAX: usize = 64;

/// What a gateway signs to be let in.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Knock {
    /// Its name.
    pub gateway: String,
    /// What its clock shows, milliseconds since 1970.
    pub at: i64,
    /// Anything by chance, once.
    pub nonce: String,
    /// SM2 (r‖s) over the statement, hex.
    pub signature: String,
}

/// The statement that is signed.
pub fn opened_by(gateway: &str, at: i64, nonce: &str) -> Vec<u8> {
    format!("cityhall-session-1\n{gateway}\n{at}\n{nonce}\n").into_bytes()
}

/// A permit in the name of a gateway.
pub(super) fn permit_of(gateway: &Gateway, organ: &str) -> Permit {
    let name = gateway.organ_name(organ);
    access::machine("exchange.gateway", (&gateway.title, "数据交换网关"), (organ, name))
}

/// The permit of a gateway for what it does in nobody's name but its own.
pub(super) fn own_permit(gateway: &Gateway) -> Permit {
    permit_of(gateway, gateway.organs.first().map_or("", String::as_str))
}

/// Lets a gateway in, or says why not; both are on record. Gives the token and until when it holds.
pub async fn let_in(cx: &ActCx, knock: Knock) -> Outcome<(String, Moment)> {
    let (now, rule) = (cx.now(), rule(cx.now().day())?);
    let unknown = || -> Stop {
        Refusal::new(RefusalKind::Forbidden, "exchange.unknown_gateway", "没有登记这个网关")
            .remedy("请联系数据交换中心登记")
            .into()
    };
    if knock.gateway.len() > NAME_MAX || knock.nonce.len() > NAME_MAX {
        return Err(unknown());
    }
    let name = knock.gateway.clone();
    let known = cx
        .read(move |r| {
            let Some(gateway) = store::gateway(r, &name)? else { return Ok(None) };
            let signers = Signers::of(r, &gateway, now)?;
            Ok(Some((gateway, signers)))
        })
        .await?;
    let (gateway, signers) = known.ok_or_else(unknown)?;
    let trust = authorities(cx.hall()).await?.trust;
    let judged = judged((&gateway, &signers), &knock, &trust, (now, rule.skew_seconds));
    if let Err(refusal) = judged {
        // Who has not even the key is not the gateway: nobody fills the log in another's name.
        if refusal.code != Wrong::BadSignature.code() {
            refuse_whole(cx, &gateway, &refusal).await?;
        }
        return Err(refusal.into());
    }
    let (name, offset) = (gateway.name.clone(), knock.at.saturating_sub(now.millis()));
    let nonce = format!("{}:{}", knock.gateway, knock.nonce);
    let kept = now.plus_seconds(rule.skew_seconds * 2 + 1);
    cx.write(move |tx| {
        let gateway = in_force(tx, &name)?;
        if !delivery::see(tx, "exchange.session", &nonce, kept)? {
            return Err(Wrong::Replayed.refusal().into());
        }
        store::note_seen(tx, &own_permit(&gateway), &name, offset, now)
    })
    .await?;
    let until = now.plus_seconds(rule.session_seconds);
    Ok((token(cx.hall(), &knock.gateway, until), until))
}

fn judged(
    (gateway, signers): (&Gateway, &Signers),
    knock: &Knock,
    trust: &seal::cert::Trust,
    (now, skew_seconds): (Moment, i64),
) -> Result<(), Refusal> {
    let refused = |wrong: Wrong| wrong.refusal();
    let signature = HEXLOWER.decode(knock.signature.as_bytes()).ok();
    let signature = signature.and_then(|bytes| <[u8; 64]>::try_from(bytes).ok());
    let statement = opened_by(&knock.gateway, knock.at, &knock.nonce);
    let signed = |given: [u8; 64]| {
        signers.all().find(|certificate| certificate.key().verify(&statement, &given))
    };
    let certificate = signature.and_then(signed).ok_or_else(|| refused(Wrong::BadSignature))?;
    stands(gateway)?;
    clock(Moment::from_millis(knock.at), now, skew_seconds).map_err(refused)?;
    trust.check(certificate, Purpose::Signature, now).map_err(|why| refused(Wrong::Untrusted(why)))
}

/// The gateway as it stands in this transaction; refused if it may not send.
pub(super) fn in_force(tx: &Tx<'_>, name: &str) -> Outcome<Gateway> {
    let unknown =
        || Refusal::new(RefusalKind::Forbidden, "exchange.unknown_gateway", "没有登记这个网关");
    let gateway = store::gateway(tx, name)?.ok_or_else(unknown)?;
    stands(&gateway)?;
    Ok(gateway)
}

/// Puts on record that what a gateway sent or wanted was refused as a whole; for the same reason once a minute, since a
/// gateway that is set up wrongly comes again and again.
pub async fn refuse_whole(cx: &ActCx, gateway: &Gateway, refusal: &Refusal) -> Outcome<()> {
    let now = cx.now();
    let row = Refused {
        id: Id::<Refused>::mint(now).to_string(),
        gateway: gateway.name.clone(),
        message: String::new(),
        code: refusal.code.to_owned(),
        words: refusal.message.clone(),
        at: now,
    };
    let act = Act::new(now, REFUSED, "gateway", &gateway.name)
        .content(json!({ "code": refusal.code, "words": refusal.message }));
    let permit = own_permit(gateway);
    let minute = format!("{}:{}:{}", gateway.name, refusal.code, now.millis() / 60_000);
    cx.write(move |tx| {
        if !delivery::see(tx, "exchange.refused", &minute, now.plus_seconds(60))? {
            return Ok(());
        }
        messages::put_refusal(tx, &permit, &row, "")?;
        let way = Way { from: row.gateway.clone(), to: CENTRE.to_owned(), ..Way::default() };
        let mut tally = Tally::default();
        tally.count(way, Passed::Refused, &row.code, 0);
        tally.put(tx, &permit, now)?;
        ledger::record(tx, permit.who(), &act)
    })
    .await
}

fn token(hall: &Arc<Hall>, gateway: &str, until: Moment) -> String {
    let said = format!("{gateway}.{}", until.millis());
    let mac = hall.keys.mac(TOKEN, said.as_bytes());
    format!("{said}.{}", HEXLOWER.encode(&mac))
}

/// The gateway whose token this is, as it stands; refused if the token is over or the gateway was stopped.
pub async fn of_token(cx: &Cx, token: &str) -> Outcome<Gateway> {
    let over = || -> Stop {
        let words = "会话已经结束，请重新建立";
        Refusal::new(RefusalKind::SignIn, "exchange.session_over", words).into()
    };
    let (said, mac) = token.rsplit_once('.').ok_or_else(over)?;
    let (gateway, until) = said.rsplit_once('.').ok_or_else(over)?;
    let wanted = cx.hall().keys.mac(TOKEN, said.as_bytes());
    let given = HEXLOWER.decode(mac.as_bytes()).map_err(|_| over())?;
    let same = given.len() == wanted.len()
        && given.iter().zip(&wanted).fold(0u8, |sum, (a, b)| sum | (a ^ b)) == 0;
    let until = until.parse().map(Moment::from_millis).map_err(|_| over())?;
    if !same || until <= cx.now() || gateway == CENTRE {
        return Err(over());
    }
    let name = gateway.to_owned();
    let gateway = cx.read(move |r| store::gateway(r, &name)).await?.ok_or_else(over)?;
    stands(&gateway)?;
    Ok(gateway)
}

/// A fault where something of ours cannot be read.
pub(super) fn broken(what: &str) -> Fault {
    Fault::said(format!("the exchange's {what} cannot be read"))
}
