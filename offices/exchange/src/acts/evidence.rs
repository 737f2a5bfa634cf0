//! What the centre can show of one exchange: the steps with their receipts, for the gateways that took part, and the whole
//! in a file, for the desk.

use std::collections::HashMap;
use std::sync::Arc;

use base::{Fault, Id, Moment, Outcome};
use data_encoding::{BASE64, HEXLOWER};
use delivery::evidence::{Bundle, Shown, ShownStep};
use frame::{Cx, Hall, not_found};
use ledger::Act;
use message::{Item, Message};
use seal::cert::Certificate;
use serde_json::{Value, json};

use super::authorities;
use super::centre::centre;
use crate::store::{self, certificates, messages};
use crate::terms::{CENTRE, CentreRow, Gateway, Listed, queue_of};

/// The steps of a message with the receipts of their acts, as the log gives them now.
async fn shown_steps(hall: &Arc<Hall>, id: Id<Message>) -> Outcome<Vec<ShownStep>> {
    let proofs = hall.store.read(move |r| delivery::steps_of_message(r, id)).await?;
    let (mut receipts, mut shown) = (HashMap::<Id<Act>, Option<String>>::new(), Vec::new());
    for (act, proof) in proofs {
        if let std::collections::hash_map::Entry::Vacant(free) = receipts.entry(act) {
            let receipt = hall.ledger.receipt(act).await?;
            free.insert(receipt.map(|receipt| receipt.to_file()).transpose()?);
        }
        if let Some(Some(receipt)) = receipts.get(&act) {
            shown.push(ShownStep { proof, receipt: receipt.clone() });
        }
    }
    Ok(shown)
}

/// A message and what was taken in in reply to it.
async fn exchange(cx: &Cx, id: Id<Message>) -> Outcome<Vec<Listed>> {
    cx.read(move |r| {
        let first = messages::message(r, id)?.ok_or_else(|| not_found("这条消息"))?;
        let first = match first.reply_to {
            Some(ask) => messages::message(r, ask)?.unwrap_or(first),
            None => first,
        };
        let mut all = messages::replies(r, first.id)?;
        all.insert(0, first);
        Ok(all)
    })
    .await
}

fn is(certificate: &Certificate, fingerprint: &str) -> bool {
    HEXLOWER.encode(&certificate.fingerprint()) == fingerprint
}

/// The steps of an exchange, for a gateway that took part in it.
pub async fn steps(cx: &Cx, gateway: &Gateway, id: Id<Message>) -> Outcome<Value> {
    let listed = exchange(cx, id).await?;
    let mut messages = Vec::new();
    for one in listed {
        let took_part = [&one.from_gateway, &one.to_gateway].contains(&&gateway.name);
        if !took_part {
            return Err(not_found("这条消息").into());
        }
        let steps = shown_steps(cx.hall(), one.id).await?;
        messages.push(json!({ "id": one.id.to_string(), "steps": steps }));
    }
    Ok(json!({ "messages": messages }))
}

/// The whole exchange in a file, from what the centre keeps.
pub async fn bundle(cx: &Cx, id: Id<Message>) -> Outcome<String> {
    let listed = exchange(cx, id).await?;
    let told = authorities(cx.hall()).await?;
    let centres = cx.read(store::centre_keys).await?;
    let centres = centres.iter().filter_map(|row| row.signing.as_deref());
    let centres = centres.map(|der| Certificate::read(der).map_err(Fault::from));
    let centres = centres.collect::<Result<Vec<Certificate>, Fault>>()?;
    let mut bundle = Bundle {
        authorities: told.roots.iter().map(|der| BASE64.encode(der)).collect(),
        lists: told.lists.iter().map(|der| BASE64.encode(der)).collect(),
        ..Bundle::new()
    };
    for one in listed {
        let (queue, id, from) = (queue_of(&one.to_gateway), one.id, one.from_gateway);
        let found = cx
            .read(move |r| {
                let bytes = delivery::open_letter(r, &queue, id)?;
                let gateway = store::gateway(r, &from)?.map(|gateway| gateway.signing);
                let former = certificates::of_gateway(r, &from)?;
                Ok((bytes, gateway.into_iter().chain(former.into_iter().map(|one| one.der))))
            })
            .await?;
        let (Some(bytes), signers) = found else { continue };
        let item = Item::read(&bytes, u64::from(u32::MAX)).map_err(Fault::from)?;
        let read = signers.map(|der| Certificate::read(&der).map_err(Fault::from));
        let mut signers = read.collect::<Result<Vec<Certificate>, Fault>>()?;
        signers.extend(centres.iter().cloned());
        let signer = &item.message.header().signer;
        let Some(signing) = signers.iter().find(|one| is(one, signer)) else {
            return Err(Fault::said("nobody who is known has signed it").into());
        };
        let mut shown = Shown::of(&item.message, signing);
        shown.steps = shown_steps(cx.hall(), one.id).await?;
        bundle.messages.push(shown);
        if let Some(terms) = item.terms {
            let signing = centres.iter().find(|one| is(one, &terms.terms.signer));
            bundle.centre = signing.map(|one| BASE64.encode(one.der()));
            bundle.terms = Some(terms);
        }
    }
    if bundle.messages.is_empty() {
        return Err(not_found("这条消息的原文（已过保存期限）").into());
    }
    bundle.to_file()
}

/// The gateways and authorities as a gateway keeps them.
pub async fn directory(cx: &Cx) -> Outcome<Value> {
    let told = authorities(cx.hall()).await?;
    let keys = cx.hall().keys.clone();
    let ((centre, rows), (gateways, former)) = cx
        .read(move |r| {
            let centre = (centre(r, &keys)?, store::centre_keys(r)?);
            Ok((centre, (store::gateways(r)?, certificates::all(r)?)))
        })
        .await?;
    let former_of = |name: &str| -> Vec<Value> {
        let own = former.iter().filter(|one| one.gateway == name);
        own.map(|one| told_former(&one.der, one.until)).collect()
    };
    let standing = gateways.iter().filter(|one| crate::rules::stands(one).is_ok());
    let gateways: Vec<Value> = standing
        .map(|one| {
            json!({
                "name": one.name, "title": one.title, "organs": one.organs, "kinds": one.kinds,
                "signing": BASE64.encode(&one.signing), "sealing": BASE64.encode(&one.sealing), "former": former_of(&one.name),
            })
        })
        .collect();
    Ok(json!({
        "now": cx.now().millis(),
        "centre": {
            "name": CENTRE, "signing": BASE64.encode(centre.signing.der()),
            "sealing": BASE64.encode(centre.sealing.der()), "former": formers_of_the_centre(&rows),
        },
        "gateways": gateways,
        "authorities": told.roots.iter().map(|der| BASE64.encode(der)).collect::<Vec<_>>(),
        "lists": told.lists.iter().map(|der| BASE64.encode(der)).collect::<Vec<_>>(),
    }))
}

/// A certificate that was exchanged, and until when what it has signed was taken in.
fn told_former(der: &[u8], until: Moment) -> Value {
    json!({ "signing": BASE64.encode(der), "until": until.millis() })
}

/// Those of the centre: each signed until the next one served.
fn formers_of_the_centre(rows: &[CentreRow]) -> Vec<Value> {
    // The newest first; rows of keys that are not certified yet serve nobody.
    let certified = || rows.iter().filter(|row| row.sealing.is_some());
    let pairs = certified().zip(certified().skip(1));
    let former = pairs.filter_map(|(next, row)| {
        Some(told_former(row.signing.as_deref()?, next.certified_at.unwrap_or(next.made_at)))
    });
    former.collect()
}
