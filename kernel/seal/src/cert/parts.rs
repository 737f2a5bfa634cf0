//! What certificates, requests and lists are made of: names, numbers, moments, signatures.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use base::Moment;
use data_encoding::HEXLOWER;
use sm2::dsa::Signature;
use x509_cert::der::asn1::{BitString, ObjectIdentifier, Uint};
use x509_cert::der::{DateTime, Decode, Encode, Reader, SliceReader};
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};
use x509_cert::time::Time;

use super::CertError;
use crate::chance;
use crate::digest::sm3;
use crate::sign::{PublicKey, SM2_CURVE};

/// SM2 signatures with SM3 (GM/T 0006).
pub(super) const SM2_WITH_SM3: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.156.10197.1.501");
/// Keys of elliptic curves (RFC 5480).
const EC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");

/// What stands as the unit in the name of an authority for machines, which nobody can trust for people.
pub const MACHINES: &str = "仅用于设备和测试";

/// Nothing that is read here is longer, but for lists.
pub(super) const LONGEST: usize = 64 * 1024;
/// A list of a large authority holds tens of thousands.
pub(super) const LONGEST_LIST: usize = 16 * 1024 * 1024;

/// Whose certificate it is: the parts of a distinguished name that GB/T 20518 asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The person, organ or machine.
    pub common_name: String,
    /// The organ it belongs to.
    pub organization: Option<String>,
    /// The part of the organ.
    pub unit: Option<String>,
}

impl Subject {
    /// A subject of one name.
    pub fn named(common_name: &str) -> Self {
        Self { common_name: common_name.to_owned(), organization: None, unit: None }
    }

    pub(super) fn to_name(&self) -> Result<Name, CertError> {
        if self.common_name.trim().is_empty() {
            return Err(CertError::Name("没有写持有者的名称"));
        }
        let parts = [
            ("CN", Some(&self.common_name)),
            ("OU", self.unit.as_ref()),
            ("O", self.organization.as_ref()),
        ];
        let mut text = String::new();
        for (kind, value) in parts {
            let Some(value) = value else { continue };
            if value.chars().count() > 64 {
                return Err(CertError::Name("每一部分最多 64 个字"));
            }
            text.push_str(&format!("{kind}={},", escaped(value)));
        }
        text.push_str("C=CN");
        Name::from_str(&text).map_err(|_| CertError::Name("含有不能用的字符"))
    }
}

/// A value inside a name's text (RFC 4514).
fn escaped(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for c in value.trim().chars() {
        if matches!(c, ',' | '+' | '"' | '\\' | '<' | '>' | ';' | '=' | '#') {
            text.push('\\');
        }
        text.push(c);
    }
    text
}

/// The number of a certificate, unique to its issuer.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Serial(Vec<u8>);

impl Serial {
    /// A new one: 126 bits by chance, as RFC 5280 wants it unguessable and positive.
    pub fn mint() -> Self {
        let mut bytes: [u8; 16] = chance::bytes();
        if let Some(first) = bytes.first_mut() {
            // Positive, and never shorter than it looks.
            *first = *first & 0x7f | 0x40;
        }
        Self(bytes.to_vec())
    }

    /// The number that comes of what was minted for it: work that is done again gives the same one.
    /// 126 bits, as unguessable as `minted` is.
    pub fn drawn(minted: &[u8]) -> Self {
        let mut bytes: Vec<u8> = sm3(&[b"cityhall serial", minted]).into_iter().take(16).collect();
        if let Some(first) = bytes.first_mut() {
            *first = *first & 0x7f | 0x40;
        }
        Self(bytes)
    }

    /// As people and other programs write it.
    pub fn to_hex(&self) -> String {
        HEXLOWER.encode(&self.0)
    }

    /// From [`Serial::to_hex`]'s form.
    pub fn from_hex(text: &str) -> Result<Self, CertError> {
        let bytes = HEXLOWER.decode(text.as_bytes()).map_err(|_| CertError::Shape("证书序列号"))?;
        if bytes.is_empty() || bytes.len() > 20 {
            return Err(CertError::Shape("证书序列号"));
        }
        Ok(Self(bytes))
    }

    pub(super) fn of(number: &SerialNumber) -> Self {
        // DER puts a zero before a number whose first bit is set.
        let bytes = number.as_bytes();
        let bare = match bytes {
            [0, rest @ ..] if !rest.is_empty() => rest,
            whole => whole,
        };
        Self(bare.to_vec())
    }

    pub(super) fn to_der(&self) -> Result<SerialNumber, CertError> {
        SerialNumber::new(&self.0).map_err(|_| CertError::Shape("证书序列号"))
    }
}

impl fmt::Debug for Serial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Serial({})", self.to_hex())
    }
}

pub(super) fn moment(time: &Time) -> Moment {
    let since = time.to_unix_duration();
    Moment::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

pub(super) fn time(moment: Moment) -> Result<Time, CertError> {
    let seconds = u64::try_from(moment.millis().div_euclid(1_000));
    let since = Duration::from_secs(seconds.map_err(|_| CertError::Span("早于 1970 年"))?);
    let date = DateTime::from_unix_duration(since).map_err(|_| CertError::Span("晚于 9999 年"))?;
    Ok(Time::from(date))
}

/// The key in a certificate or a request, if it is one of SM2.
pub(super) fn key_of(info: &SubjectPublicKeyInfoOwned) -> Result<PublicKey, CertError> {
    let curve = info.algorithm.parameters.as_ref();
    let curve = curve.and_then(|any| any.decode_as::<ObjectIdentifier>().ok());
    if info.algorithm.oid != EC_KEY || curve != Some(SM2_CURVE) {
        return Err(CertError::WrongCurve);
    }
    let point = info.subject_public_key.as_bytes().ok_or(CertError::WrongCurve)?;
    PublicKey::from_bytes(point).map_err(|_| CertError::WrongCurve)
}

/// What was signed, by its own bytes, and the signature over it, of something that has the shape
/// `SEQUENCE { signed, algorithm, signature }`.
pub(super) struct Signed<'a> {
    pub(super) body: &'a [u8],
    signature: Signature,
}

impl<'a> Signed<'a> {
    pub(super) fn read(der: &'a [u8], what: &'static str) -> Result<Self, CertError> {
        Self::read_up_to(der, what, 0)
    }

    /// The same of something after whose signature up to one more part may stand, which it does not cover.
    pub(super) fn read_begun(der: &'a [u8], what: &'static str) -> Result<Self, CertError> {
        Self::read_up_to(der, what, 1)
    }

    fn read_up_to(der: &'a [u8], what: &'static str, more: usize) -> Result<Self, CertError> {
        let shape = |_| CertError::Shape(what);
        let mut outer = SliceReader::new(der).map_err(shape)?;
        let (body, algorithm, bits) = outer
            .sequence(|inner| {
                let body = inner.tlv_bytes()?;
                let algorithm = AlgorithmIdentifierOwned::decode(inner)?;
                let bits = BitString::decode(inner)?;
                for _ in 0..more {
                    if !inner.is_finished() {
                        inner.tlv_bytes()?;
                    }
                }
                Ok::<_, x509_cert::der::Error>((body, algorithm, bits))
            })
            .map_err(shape)?;
        if algorithm.oid != SM2_WITH_SM3 {
            return Err(CertError::WrongAlgorithm);
        }
        let bytes = bits.as_bytes().ok_or(CertError::Shape(what))?;
        let signature = signature_of(bytes).ok_or(CertError::Shape(what))?;
        Ok(Self { body, signature })
    }

    /// The bytes that were signed, and the signature as it stands.
    #[cfg(test)]
    pub(super) fn split(der: &'a [u8]) -> Option<(Vec<u8>, Vec<u8>)> {
        let body = Self::read(der, "").ok()?.body.to_vec();
        let mut outer = SliceReader::new(der).ok()?;
        let signature = outer.sequence(|inner| {
            inner.tlv_bytes()?;
            inner.tlv_bytes()?;
            BitString::decode(inner)
        });
        Some((body, signature.ok()?.as_bytes()?.to_vec()))
    }

    pub(super) fn is_by(&self, key: &PublicKey) -> bool {
        key.verify(self.body, &self.signature.to_bytes().into())
    }
}

pub(super) fn signature_bits(signature: &[u8; 64]) -> Result<BitString, CertError> {
    let shape = |_| CertError::Shape("签名");
    let (r, s) = signature.split_at(32);
    let numbers = vec![Uint::new(r).map_err(shape)?, Uint::new(s).map_err(shape)?];
    BitString::from_bytes(&numbers.to_der().map_err(shape)?).map_err(shape)
}

/// A signature as certificates write it: `SEQUENCE { r, s }` (GM/T 0009).
fn signature_of(der: &[u8]) -> Option<Signature> {
    Signature::from_slice(&signature_from_der(der)?).ok()
}

/// r‖s of a signature that stands as `SEQUENCE { r, s }`, as `openssl` writes it.
pub fn signature_from_der(der: &[u8]) -> Option<[u8; 64]> {
    let numbers = Vec::<Uint>::from_der(der).ok()?;
    let [r, s] = numbers.as_slice() else { return None };
    let mut whole = [0u8; 64];
    let (left, right) = whole.split_at_mut(32);
    for (half, number) in [(left, r), (right, s)] {
        let bytes = number.as_bytes();
        let start = half.len().checked_sub(bytes.len())?;
        half.get_mut(start..)?.copy_from_slice(bytes);
    }
    Some(whole)
}

/// Reads PEM or DER, whichever it is.
pub(super) fn der_of(
    bytes: &[u8],
    label: &str,
    what: &'static str,
    longest: usize,
) -> Result<Vec<u8>, CertError> {
    if bytes.len() > longest {
        return Err(CertError::TooLong(what, longest));
    }
    if !bytes.trim_ascii_start().starts_with(b"-----BEGIN") {
        return Ok(bytes.to_vec());
    }
    let (found, der) =
        x509_cert::der::pem::decode_vec(bytes.trim_ascii()).map_err(|_| CertError::Shape(what))?;
    if found == label { Ok(der) } else { Err(CertError::Shape(what)) }
}

pub(super) fn pem_of(der: &[u8], label: &str) -> Result<String, CertError> {
    x509_cert::der::pem::encode_string(label, x509_cert::der::pem::LineEnding::LF, der)
        .map_err(|_| CertError::Shape("PEM"))
}

pub(super) fn to_der(value: &impl Encode, what: &'static str) -> Result<Vec<u8>, CertError> {
    value.to_der().map_err(|_| CertError::Shape(what))
}
