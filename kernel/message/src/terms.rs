//! Share terms as they travel: what the centre lets one organ ask of another, signed by the centre.

use base::Moment;
use data_encoding::HEXLOWER;
use seal::cert::Certificate;
use seal::{LogKey, SealError};
use serde::{Deserialize, Serialize};

use crate::header::{Header, Kind, is_digest};
use crate::{Verified, Wrong, written};

/// What was agreed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// The purpose in words.
    pub about: String,
    /// The organ that may ask or is given.
    pub consumer: String,
    /// The fields that are given; `*` is all of them.
    pub fields: Vec<String>,
    /// From when the centre's word holds, milliseconds since 1970.
    pub from: i64,
    /// On which ground.
    pub ground: String,
    /// The organ that answers or gives; the city's centre for its own registers.
    pub provider: String,
    /// The purpose by its stable name.
    pub purpose: String,
    /// The kind of data.
    pub resource: String,
    /// The certificate of the centre that signs: SM3 over its DER, hex.
    pub signer: String,
    /// Until when: the centre gives its word anew each day.
    pub until: i64,
    /// 1.
    pub v: u64,
    /// How long an answer may be relied on, seconds.
    pub valid_seconds: i64,
}

impl Terms {
    /// Names these very terms: SM3 over their canonical bytes, hex.
    pub fn digest(&self) -> Result<String, Wrong> {
        Ok(HEXLOWER.encode(&seal::sm3(&[&written(self)?])))
    }

    /// The first field of these that was not agreed on.
    pub fn outside<'a>(&self, fields: &'a [String]) -> Option<&'a String> {
        let all = self.fields.iter().any(|field| field == "*");
        fields.iter().find(|field| !all && !self.fields.contains(field))
    }

    /// Whether they let this message pass now: an ask from the consumer to the provider, what is given unasked the other
    /// way.
    pub fn cover(&self, ask: &Header, now: Moment) -> Result<(), Wrong> {
        let ends = match ask.kind {
            Kind::Publish => (&ask.to.organ, &ask.from.organ),
            _ => (&ask.from.organ, &ask.to.organ),
        };
        if (&self.consumer, &self.provider) != ends {
            return Err(Wrong::Terms("它是给另外的部门的"));
        }
        if (&self.resource, &self.purpose) != (&ask.resource, &ask.purpose) {
            return Err(Wrong::Terms("它是给另外的资源或用途的"));
        }
        if now.millis() < self.from || self.until <= now.millis() {
            return Err(Wrong::Terms("它现在不在有效期内"));
        }
        match self.outside(&ask.fields) {
            Some(field) => Err(Wrong::FieldOutside(field.clone())),
            None => Ok(()),
        }
    }
}

/// Terms with the centre's signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedTerms {
    /// SM2 (r‖s) over the statement of the terms, hex.
    pub signature: String,
    /// What was agreed.
    pub terms: Terms,
}

fn statement(terms: &Terms) -> Result<Vec<u8>, Wrong> {
    let mut statement = b"cityhall-terms-1\n".to_vec();
    statement.extend(written(terms)?);
    Ok(statement)
}

impl SignedTerms {
    /// Signs terms with the centre's key.
    pub fn sign(terms: Terms, key: &LogKey) -> Result<Self, SealError> {
        let statement =
            statement(&terms).map_err(|_| SealError::Shape("terms without a canonical form"))?;
        Ok(Self { signature: HEXLOWER.encode(&key.sign(&statement)?), terms })
    }

    /// Its bytes, in the one exact form.
    pub fn to_bytes(&self) -> Vec<u8> {
        written(self).unwrap_or_default()
    }

    /// Reads what [`Self::to_bytes`] wrote, and no other form.
    pub fn read(bytes: &[u8]) -> Result<Self, Wrong> {
        let read: Self =
            serde_json::from_slice(bytes).map_err(|_| Wrong::Shape("共享条件读不懂"))?;
        if read.terms.v != 1 {
            return Err(Wrong::Version(read.terms.v));
        }
        if written(&read)? != bytes || !is_digest(&read.terms.signer) {
            return Err(Wrong::Shape("共享条件不是规范写法（RFC 8785）"));
        }
        Ok(read)
    }

    /// The same of terms that come with many messages: those of the message before are not verified again.
    pub fn is_signed_again_by(
        &self,
        certificate: &Certificate,
        verified: &mut Verified,
    ) -> Result<(), Wrong> {
        if !verified.knows_terms(self, certificate) {
            self.is_signed_by(certificate)?;
            verified.see_terms(self, certificate);
        }
        Ok(())
    }

    /// Whether the holder of this certificate has signed them.
    pub fn is_signed_by(&self, certificate: &Certificate) -> Result<(), Wrong> {
        if self.terms.signer != HEXLOWER.encode(&certificate.fingerprint()) {
            return Err(Wrong::OtherCertificate);
        }
        let signature = HEXLOWER.decode(self.signature.as_bytes()).ok();
        let signature: [u8; 64] =
            signature.and_then(|bytes| bytes.try_into().ok()).ok_or(Wrong::BadSignature)?;
        match certificate.key().verify(&statement(&self.terms)?, &signature) {
            true => Ok(()),
            false => Err(Wrong::BadSignature),
        }
    }
}
