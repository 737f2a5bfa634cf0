//! The centre as a party: its keys opened, its certificates, the sessions in which it seals and opens.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use ::store::Reader;
use base::{Day, Fault, Id, Outcome, Refusal, RefusalKind};
use data_encoding::HEXLOWER;
use message::{Opener, Sealer, SignedTerms, Terms};
use seal::cert::Certificate;
use seal::{Keys, LogKey, SigningKey};
use zeroize::Zeroizing;

use crate::store;
use crate::terms::{CentreKeys, CentreRow, SEALING_KEY, SIGNING_KEY};

/// So many terms are remembered with their signatures; then all are forgotten.
const TERMS_MAX: usize = 10_000;

/// The centre's keys, opened.
pub struct Centre {
    /// Signs what the centre sends.
    pub key: LogKey,
    /// Its certificate for signing.
    pub signing: Certificate,
    /// Its certificate for being sealed to.
    pub sealing: Certificate,
    /// Opens what is sealed to it.
    pub opener: Opener,
    /// Seals for gateways.
    pub sealer: Sealer,
    terms: Mutex<HashMap<String, SignedTerms>>,
}

impl Centre {
    /// By which certificate it signs.
    pub fn signer(&self) -> [u8; 32] {
        self.signing.fingerprint()
    }

    /// Signs terms, once a day and agreement.
    pub fn sign_terms(&self, terms: Terms) -> Outcome<SignedTerms> {
        let digest = terms.digest().map_err(Fault::from)?;
        let lock = || self.terms.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = lock().get(&digest) {
            return Ok(known.clone());
        }
        let signed = SignedTerms::sign(terms, &self.key).map_err(Fault::from)?;
        let mut known = lock();
        if known.len() >= TERMS_MAX {
            known.clear();
        }
        known.insert(digest, signed.clone());
        Ok(signed)
    }

    /// Its certificate for signing, as terms and headers name it.
    pub fn signer_hex(&self) -> String {
        HEXLOWER.encode(&self.signer())
    }
}

type Opened = Vec<((Id<CentreKeys>, Vec<u8>), Arc<Centre>)>;

/// The centres that this process has opened: opening takes SM2 and SM4, and an envelope's key is remembered.
static OPENED: Mutex<Opened> = Mutex::new(Vec::new());

/// The centre of a city whose keys are certified.
pub fn centre(reader: &Reader<'_>, keys: &Keys) -> Outcome<Arc<Centre>> {
    let rows = store::centre_keys(reader)?;
    let ready =
        rows.iter().find_map(|row| Some((row, row.signing.as_ref()?, row.sealing.as_ref()?)));
    let Some((row, signing, sealing)) = ready else {
        let words = "交换中心还没有启用自己的证书";
        return Err(Refusal::new(RefusalKind::Unavailable, "exchange.no_centre", words).into());
    };
    let name = (row.id, signing.clone());
    let known = OPENED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, centre)) = known.iter().find(|(known, _)| *known == name) {
        return Ok(centre.clone());
    }
    drop(known);
    let key = opened(keys, SIGNING_KEY, &row.signing_sealed)?;
    let mut openers = Vec::new();
    for old in &rows {
        let Some(sealing) = &old.sealing else { continue };
        let certificate = Certificate::read(sealing).map_err(Fault::from)?;
        openers.push((certificate.fingerprint(), opened(keys, SEALING_KEY, &old.sealing_sealed)?));
    }
    let centre = Arc::new(Centre {
        key: LogKey::Here(key),
        signing: Certificate::read(signing).map_err(Fault::from)?,
        sealing: Certificate::read(sealing).map_err(Fault::from)?,
        opener: Opener::new(openers),
        sealer: Sealer::default(),
        terms: Mutex::default(),
    });
    let mut known = OPENED.lock().unwrap_or_else(PoisonError::into_inner);
    if known.len() >= 64 {
        known.clear();
    }
    known.push((name, centre.clone()));
    Ok(centre)
}

fn opened(keys: &Keys, context: &str, sealed: &[u8]) -> Outcome<SigningKey> {
    let pem = Zeroizing::new(keys.unseal(context, sealed)?);
    let text = std::str::from_utf8(&pem).map_err(Fault::from)?;
    Ok(SigningKey::from_pem(text).map_err(Fault::from)?)
}

/// The private keys of a row, opened: for writing requests of certificates.
pub fn private(keys: &Keys, row: &CentreRow) -> Outcome<[SigningKey; 2]> {
    Ok([
        opened(keys, SIGNING_KEY, &row.signing_sealed)?,
        opened(keys, SEALING_KEY, &row.sealing_sealed)?,
    ])
}

/// How the terms of an organ stand today, if there are any.
pub fn standing(
    reader: &Reader<'_>,
    organ: &str,
    (resource, purpose): (&str, &str),
    today: Day,
) -> Outcome<Option<ask::Standing>> {
    // How `Desk::ask_for` names an organ among the askers.
    let asker = format!("organ:{organ}");
    ask::terms_of(reader, &asker, resource, purpose, today)
}
