//! Asking about single certificates (OCSP, RFC 6960): inquiries are read, answers are signed with SM2.
//!
//! The built-in authority answers for itself, with its own key (RFC 6960 4.2.2.2, first case). Others may let a
//! responder answer, whom they have certified for just that; both are believed. An inquiry's own signature is not
//! looked at: whoever asks gets the same answer.

use base::Moment;
use der::asn1::{BitString, GeneralizedTime, Null, ObjectIdentifier, OctetString};
use der::{Choice, DateTime, Decode, Enumerated, Sequence};
use sha2::{Digest, Sha256};
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{CrlReason, SubjectKeyIdentifier};
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::AlgorithmIdentifierOwned;

use super::parts::{SM2_WITH_SM3, Serial, Signed, signature_bits, to_der};
use super::{Authority, CertError, Certificate, Reason};
use crate::digest::sm3;
use crate::sign::SigningKey;

const WHAT: &str = "证书状态查询";
const BASIC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.1");
const NONCE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.2");
const SHA_1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.14.3.2.26");
const SHA_256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
const SM_3: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.156.10197.1.401");

/// No real inquiry is longer.
pub const OCSP_BYTES_MAX: usize = 4 * 1024;
/// So many certificates are asked about at a time.
const ASKED_MAX: usize = 8;
/// So many certificates of responders are looked at.
const RESPONDERS_MAX: usize = 4;
/// The most that a nonce may have (RFC 9654), with the header of its octet string.
const NONCE_BYTES_MAX: usize = 128 + 3;

/// By which a certificate is named: its issuer by two digests, and its number.
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
struct CertId {
    digest: AlgorithmIdentifierOwned,
    name: OctetString,
    key: OctetString,
    serial: SerialNumber,
}

impl CertId {
    /// Whether this is about a certificate that `issuer` has issued, as far as digests can say.
    fn is_of(&self, issuer: &Certificate) -> Result<bool, CertError> {
        let tbs = issuer.inner().tbs_certificate();
        if self.digest.oid == SHA_1 {
            // Nothing here computes SHA-1. The authority's certificate names its key by just this digest of it
            // (RFC 5280 4.2.1.2), and no two authorities have one key.
            let own = tbs.get_extension::<SubjectKeyIdentifier>();
            let own = own.map_err(|_| CertError::Shape(WHAT))?;
            return Ok(own.is_some_and(|(_, own)| own.0 == self.key));
        }
        let name = to_der(tbs.subject(), WHAT)?;
        let key = issuer.key().to_bytes();
        let digest = |bytes: &[u8]| match self.digest.oid {
            SHA_256 => Some(Sha256::digest(bytes).to_vec()),
            SM_3 => Some(sm3(&[bytes]).to_vec()),
            _ => None,
        };
        let fits = |given: &OctetString, bytes: &[u8]| {
            digest(bytes).is_some_and(|digest| digest == given.as_bytes())
        };
        Ok(fits(&self.name, &name) && fits(&self.key, &key))
    }
}

impl CertId {
    /// Whether both name the same certificate. Parameters of a digest that has none are written by some and not by others.
    fn names_as(&self, other: &Self) -> bool {
        self.digest.oid == other.digest.oid
            && (&self.name, &self.key) == (&other.name, &other.key)
            && self.serial == other.serial
    }
}

#[derive(Clone, Debug, Sequence)]
struct Asked {
    id: CertId,
    #[asn1(context_specific = "0", optional = "true", tag_mode = "EXPLICIT")]
    extensions: Option<Vec<Extension>>,
}

#[derive(Clone, Debug, Sequence)]
struct Body {
    #[asn1(context_specific = "0", default = "first", tag_mode = "EXPLICIT")]
    version: u8,
    #[asn1(context_specific = "1", optional = "true", tag_mode = "EXPLICIT")]
    requestor: Option<GeneralName>,
    list: Vec<Asked>,
    #[asn1(context_specific = "2", optional = "true", tag_mode = "EXPLICIT")]
    extensions: Option<Vec<Extension>>,
}

const fn first() -> u8 {
    0
}

#[derive(Clone, Debug, Sequence)]
struct Whole {
    body: Body,
    #[asn1(context_specific = "0", optional = "true", tag_mode = "EXPLICIT")]
    signature: Option<der::Any>,
}

/// What somebody asks: about which certificates, and by which nonce the answer is known to be new.
#[derive(Clone, Debug)]
pub struct Inquiry {
    ids: Vec<CertId>,
    nonce: Option<OctetString>,
}

impl Inquiry {
    /// Reads DER. Refuses what is longer than any real inquiry, asks about too many at a time, or has
    /// an extension that must be understood and is not.
    pub fn read(bytes: &[u8]) -> Result<Self, CertError> {
        let shape = CertError::Shape(WHAT);
        if bytes.len() > OCSP_BYTES_MAX {
            return Err(CertError::TooLong(WHAT, OCSP_BYTES_MAX));
        }
        let whole = Whole::from_der(bytes).map_err(|_| shape.clone())?;
        let Body { version, list, extensions, .. } = whole.body;
        if version != 0 || list.is_empty() || list.len() > ASKED_MAX {
            return Err(shape);
        }
        let mut nonce = None;
        for extension in extensions.unwrap_or_default() {
            match extension.extn_id {
                NONCE if extension.extn_value.as_bytes().len() > NONCE_BYTES_MAX => {
                    return Err(shape);
                }
                NONCE => nonce = Some(extension.extn_value),
                other if extension.critical => {
                    return Err(CertError::UnknownExtension(other.to_string()));
                }
                _ => {}
            }
        }
        let mut ids = Vec::with_capacity(list.len());
        for asked in list {
            let known = |one: &Extension| !one.critical;
            if !asked.extensions.unwrap_or_default().iter().all(known) {
                return Err(shape);
            }
            ids.push(asked.id);
        }
        Ok(Self { ids, nonce })
    }

    /// Asks about these certificates of one issuer, as the programs of others do.
    pub fn about(
        issuer: &Certificate,
        serials: &[Serial],
        nonce: Option<&[u8]>,
    ) -> Result<Vec<u8>, CertError> {
        let shape = |_| CertError::Shape(WHAT);
        let name = to_der(issuer.inner().tbs_certificate().subject(), WHAT)?;
        let mut list = Vec::new();
        for serial in serials {
            let id = CertId {
                digest: AlgorithmIdentifierOwned { oid: SM_3, parameters: None },
                name: OctetString::new(sm3(&[&name])).map_err(shape)?,
                key: OctetString::new(sm3(&[&issuer.key().to_bytes()])).map_err(shape)?,
                serial: serial.to_der()?,
            };
            list.push(Asked { id, extensions: None });
        }
        let nonce = match nonce {
            Some(nonce) => Some(to_der(&OctetString::new(nonce).map_err(shape)?, WHAT)?),
            None => None,
        };
        let nonce = nonce.map(OctetString::new).transpose().map_err(shape)?;
        let extensions = nonce.map(|nonce| vec![nonce_of(nonce)]);
        let body = Body { version: 0, requestor: None, list, extensions };
        to_der(&Whole { body, signature: None }, WHAT)
    }

    /// The numbers that are asked about, in their order; none where it is not `issuer` that issued.
    pub fn serials(&self, issuer: &Certificate) -> Result<Vec<Option<Serial>>, CertError> {
        let of = |id: &CertId| Ok(id.is_of(issuer)?.then(|| Serial::of(&id.serial)));
        self.ids.iter().map(of).collect()
    }
}

fn nonce_of(value: OctetString) -> Extension {
    Extension { extn_id: NONCE, critical: false, extn_value: value }
}

/// How it stands with a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It was issued, and was not taken back.
    Good,
    /// Taken back.
    Revoked(Moment, Reason),
    /// The authority knows nothing of it.
    Unknown,
}

#[derive(Clone, Debug, Sequence)]
struct Since {
    at: GeneralizedTime,
    #[asn1(context_specific = "0", optional = "true", tag_mode = "EXPLICIT")]
    reason: Option<CrlReason>,
}

#[derive(Clone, Debug, Choice)]
enum Status {
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT")]
    Good(Null),
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", constructed = "true")]
    Revoked(Since),
    #[asn1(context_specific = "2", tag_mode = "IMPLICIT")]
    Unknown(Null),
}

impl Status {
    fn of(standing: Standing) -> Result<Self, CertError> {
        Ok(match standing {
            Standing::Good => Status::Good(Null),
            Standing::Unknown => Status::Unknown(Null),
            Standing::Revoked(at, reason) => {
                let said = (reason != Reason::Unspecified).then(|| reason.code());
                Status::Revoked(Since { at: time(at)?, reason: said })
            }
        })
    }

    fn standing(&self) -> Standing {
        match self {
            Status::Good(_) => Standing::Good,
            Status::Unknown(_) => Standing::Unknown,
            Status::Revoked(since) => {
                let reason = since.reason.map_or(Reason::Unspecified, Reason::of);
                Standing::Revoked(moment(since.at), reason)
            }
        }
    }
}

#[derive(Clone, Debug, Sequence)]
struct Single {
    id: CertId,
    status: Status,
    this: GeneralizedTime,
    #[asn1(context_specific = "0", optional = "true", tag_mode = "EXPLICIT")]
    next: Option<GeneralizedTime>,
    #[asn1(context_specific = "1", optional = "true", tag_mode = "EXPLICIT")]
    extensions: Option<Vec<Extension>>,
}

#[derive(Clone, Debug, Choice)]
enum Responder {
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", constructed = "true")]
    Name(Name),
    #[asn1(context_specific = "2", tag_mode = "EXPLICIT", constructed = "true")]
    Key(OctetString),
}

#[derive(Clone, Debug, Sequence)]
struct Said {
    #[asn1(context_specific = "0", default = "first", tag_mode = "EXPLICIT")]
    version: u8,
    responder: Responder,
    at: GeneralizedTime,
    list: Vec<Single>,
    #[asn1(context_specific = "1", optional = "true", tag_mode = "EXPLICIT")]
    extensions: Option<Vec<Extension>>,
}

#[derive(Clone, Debug, Sequence)]
struct Basic {
    said: Said,
    algorithm: AlgorithmIdentifierOwned,
    signature: BitString,
    #[asn1(context_specific = "0", optional = "true", tag_mode = "EXPLICIT")]
    certificates: Option<Vec<der::Any>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumerated)]
#[repr(u32)]
enum State {
    Successful = 0,
    Malformed = 1,
    Internal = 2,
    Later = 3,
    SignatureRequired = 5,
    Unauthorized = 6,
}

#[derive(Clone, Debug, Sequence)]
struct Bytes {
    kind: ObjectIdentifier,
    value: OctetString,
}

#[derive(Clone, Debug, Sequence)]
struct Response {
    state: State,
    #[asn1(context_specific = "0", optional = "true", tag_mode = "EXPLICIT")]
    bytes: Option<Bytes>,
}

/// Why no answer is signed (RFC 6960 2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// It is no inquiry, or one with more than is answered.
    Malformed,
    /// Nobody here may answer for anybody.
    Unauthorized,
}

impl Refused {
    /// As the protocol says it.
    pub fn der(self) -> Result<Vec<u8>, CertError> {
        let state = match self {
            Refused::Malformed => State::Malformed,
            Refused::Unauthorized => State::Unauthorized,
        };
        to_der(&Response { state, bytes: None }, WHAT)
    }
}

impl Authority {
    /// Answers an inquiry: for each that is asked about, in its order, how it stands; until `next` the
    /// answer may be kept.
    pub fn answer(
        &self,
        inquiry: &Inquiry,
        standings: &[Standing],
        (at, next): (Moment, Moment),
    ) -> Result<Answer, CertError> {
        let mut list = Vec::new();
        let unknown = std::iter::repeat(&Standing::Unknown);
        for (id, standing) in inquiry.ids.iter().zip(standings.iter().chain(unknown)) {
            list.push(Single {
                id: id.clone(),
                status: Status::of(*standing)?,
                this: time(at)?,
                next: Some(time(next)?),
                extensions: None,
            });
        }
        let extensions = inquiry.nonce.clone().map(|nonce| vec![nonce_of(nonce)]);
        let responder =
            Responder::Name(self.certificate().inner().tbs_certificate().subject().clone());
        let said = Said { version: 0, responder, at: time(at)?, list, extensions };
        signed(said, self.key(), None)
    }
}

fn signed(
    said: Said,
    key: &SigningKey,
    certificates: Option<Vec<der::Any>>,
) -> Result<Answer, CertError> {
    let signature = signature_bits(&key.sign(&to_der(&said, WHAT)?))?;
    let algorithm = AlgorithmIdentifierOwned { oid: SM2_WITH_SM3, parameters: None };
    let basic = to_der(&Basic { said, algorithm, signature, certificates }, WHAT)?;
    let value = OctetString::new(basic).map_err(|_| CertError::Shape(WHAT))?;
    let bytes = Some(Bytes { kind: BASIC, value });
    Answer::read(&to_der(&Response { state: State::Successful, bytes }, WHAT)?)
}

/// An answer that was read.
#[derive(Clone, Debug)]
pub struct Answer {
    der: Vec<u8>,
    basic: Vec<u8>,
    said: Said,
    /// Who may have signed it, if not the authority itself.
    responders: Vec<Certificate>,
}

impl Answer {
    /// Reads DER. A refusal of the other side is none.
    pub fn read(bytes: &[u8]) -> Result<Self, CertError> {
        let shape = |_| CertError::Shape("证书状态答复");
        let response = Response::from_der(bytes).map_err(shape)?;
        let inner = response.bytes.filter(|_| response.state == State::Successful);
        let inner = inner.filter(|inner| inner.kind == BASIC);
        let inner = inner.ok_or(CertError::Shape("证书状态答复"))?.value;
        let basic = Basic::from_der(inner.as_bytes()).map_err(shape)?;
        let sent = basic.certificates.unwrap_or_default();
        let sent = sent.iter().take(RESPONDERS_MAX).map(|one| to_der(one, WHAT));
        let sent = sent.filter_map(|der| Certificate::read(&der.ok()?).ok()).collect();
        let basic_der = inner.as_bytes().to_vec();
        Ok(Self { der: bytes.to_vec(), basic: basic_der, said: basic.said, responders: sent })
    }

    /// Its bytes.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// Whether this authority has signed it.
    pub fn is_of(&self, authority: &Certificate) -> bool {
        Signed::read_begun(&self.basic, WHAT).is_ok_and(|signed| signed.is_by(authority.key()))
    }

    /// Whether this authority has signed it, or a responder whom it has certified for that (RFC 6960 4.2.2.2), at a
    /// moment when the responder's certificate holds.
    pub fn is_for(&self, authority: &Certificate, at: Moment) -> bool {
        self.is_of(authority)
            || self.responders.iter().any(|one| {
                one.answers_for(authority)
                    && one.from() <= at
                    && at <= one.until()
                    && self.is_of(one)
            })
    }

    /// Whether it answers this very inquiry.
    pub fn answers(&self, inquiry: &Inquiry) -> bool {
        let extensions = self.said.extensions.as_deref().unwrap_or_default();
        let nonce = extensions.iter().find(|one| one.extn_id == NONCE).map(|one| &one.extn_value);
        let ids: Vec<&CertId> = self.said.list.iter().map(|single| &single.id).collect();
        nonce == inquiry.nonce.as_ref() && ids == inquiry.ids.iter().collect::<Vec<_>>()
    }

    /// How it stands with the one certificate that an inquiry is about; nothing where the answer is about another, or to
    /// another inquiry. A responder that answers from its store repeats no nonce (RFC 9654): then its span must do.
    pub fn standing_of(&self, inquiry: &Inquiry) -> Option<Standing> {
        let [asked] = inquiry.ids.as_slice() else { return None };
        let extensions = self.said.extensions.as_deref().unwrap_or_default();
        let nonce = extensions.iter().find(|one| one.extn_id == NONCE).map(|one| &one.extn_value);
        if nonce.is_some() && nonce != inquiry.nonce.as_ref() {
            return None;
        }
        let single = self.said.list.iter().find(|single| single.id.names_as(asked))?;
        Some(single.status.standing())
    }

    /// How it stands with each that was asked about.
    pub fn standings(&self) -> Vec<Standing> {
        self.said.list.iter().map(|single| single.status.standing()).collect()
    }

    /// What was signed, and the signature as it stands.
    #[cfg(test)]
    pub(super) fn split(&self) -> Option<(Vec<u8>, Vec<u8>)> {
        let basic = Basic::from_der(&self.basic).ok()?;
        Some((to_der(&basic.said, WHAT).ok()?, basic.signature.as_bytes()?.to_vec()))
    }

    /// When it was made.
    pub fn made(&self) -> Moment {
        moment(self.said.at)
    }

    /// The span in which what it says of all that was asked about holds: from the latest of their moments, until
    /// the first for which it promises news; without a promise news is always to be had (RFC 6960 2.4).
    pub fn span(&self) -> (Moment, Option<Moment>) {
        let from = self.said.list.iter().map(|one| moment(one.this)).max();
        let until = self.said.list.iter().filter_map(|one| one.next.map(moment)).min();
        (from.unwrap_or_else(|| self.made()), until)
    }

    /// The same answer as a responder gives it that the authority has certified.
    #[cfg(test)]
    pub(super) fn by(
        &self,
        key: &SigningKey,
        certificate: &Certificate,
    ) -> Result<Self, CertError> {
        let sent = der::Any::from_der(certificate.der()).map_err(|_| CertError::Shape(WHAT))?;
        signed(self.said.clone(), key, Some(vec![sent]))
    }
}

fn time(at: Moment) -> Result<GeneralizedTime, CertError> {
    let seconds = u64::try_from(at.millis().div_euclid(1_000));
    let seconds = seconds.map_err(|_| CertError::Span("早于 1970 年"))?;
    let date = DateTime::from_unix_duration(std::time::Duration::from_secs(seconds));
    date.map(GeneralizedTime::from_date_time).map_err(|_| CertError::Span("晚于 9999 年"))
}

fn moment(time: GeneralizedTime) -> Moment {
    let millis = i64::try_from(time.to_unix_duration().as_millis());
    Moment::from_millis(millis.unwrap_or(i64::MAX))
}
