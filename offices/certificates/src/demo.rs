//! The built-in authority of a demo, and what it issues to the gateways there: without anybody who agrees to it.

use std::sync::Arc;

use base::{Fault, Id, Outcome};
use frame::Hall;
use ledger::Act;
use seal::cert::{Certificate, Serial};
use seal::{PublicKey, SigningKey};

use crate::acts::{self, Minted};
use crate::store;
use crate::terms::{DECIDE, FOUNDED, ISSUED, Issued, Kind, LISTED, Purpose, Wish};

/// Founds the authority where none stands yet.
pub async fn found(hall: &Arc<Hall>) -> Outcome<()> {
    let now = hall.now();
    if hall.store.read(move |r| store::standing(r, now)).await?.is_some() {
        return Ok(());
    }
    let name = format!("{}政务设备证书根", hall.city.name);
    let key = SigningKey::generate();
    let root = acts::founded(&hall.keys, (&name, &hall.city.site), key, (now, 10))?;
    let act = Act::new(now, FOUNDED, "certificate_authority", root.id);
    let listed = Act::new(now, LISTED, "certificate_authority", root.id);
    let keys = hall.keys.clone();
    hall.write(move |tx| {
        let permit = access::clockwork(DECIDE.name);
        store::put_root(tx, &permit, &root)?;
        store::found_root(tx, &permit, root.id)?;
        ledger::record(tx, permit.who(), &act)?;
        if let Some(root) = store::root_by_id(tx, root.id)? {
            acts::publish(tx, &permit, &keys, &root, &listed)?;
        }
        Ok(())
    })
    .await
}

/// The certificate of the authority that stands.
pub async fn authority(hall: &Arc<Hall>) -> Outcome<Certificate> {
    let now = hall.now();
    let root = hall.store.read(move |r| store::standing(r, now)).await?;
    let root = root.ok_or_else(|| Fault::said("there is no authority"))?;
    Ok(Certificate::read(&root.certificate).map_err(|why| Fault::said(why.to_string()))?)
}

/// Issues a certificate for signing and one for being sealed to, to a gateway of this name.
pub async fn issue_pair(
    hall: &Arc<Hall>,
    name: &str,
    keys: [&PublicKey; 2],
) -> Outcome<[Certificate; 2]> {
    let now = hall.now();
    let mut pair = Vec::new();
    for (key, purpose) in keys.into_iter().zip(Purpose::ALL) {
        let wish = Wish::Issue {
            name: name.to_owned(),
            of: Kind::Gateway,
            purpose,
            days: 365,
            key: key.to_hex(),
            asked_name: name.to_owned(),
            keeper: String::new(),
            keeper_name: "演示".into(),
            renews: None,
        };
        let serial = Serial::mint();
        let minted =
            Minted { id: Id::mint(now), serial: serial.clone(), url: hall.city.url.clone() };
        let act = Act::new(now, ISSUED, "machine_certificate", serial.to_hex());
        let ring = hall.keys.clone();
        let issued: Issued = hall
            .write(move |tx| {
                let permit = access::clockwork(DECIDE.name);
                let said = acts::issue(tx, &permit, &ring, &wish, &minted, now)?;
                ledger::record(tx, permit.who(), &act.clone().content(said))?;
                let issued = store::issued_by_serial(tx, &minted.serial.to_hex())?;
                Ok(issued.ok_or_else(|| Fault::said("what was issued is not there"))?)
            })
            .await?;
        let read = Certificate::read(&issued.certificate);
        pair.push(read.map_err(|why| Fault::said(why.to_string()))?);
    }
    let pair: Result<[Certificate; 2], _> = pair.try_into();
    Ok(pair.map_err(|_| Fault::said("a pair is two certificates"))?)
}
