//! A certificate that was read: its key is one of SM2, and nothing in it is beyond us.

use std::fmt;

use base::Moment;
use x509_cert::certificate::Certificate as Inner;
use x509_cert::der::Decode;
use x509_cert::der::asn1::ObjectIdentifier;
use x509_cert::ext::pkix::name::{DistributionPointName, GeneralName};
use x509_cert::ext::pkix::{
    AuthorityInfoAccessSyntax, BasicConstraints, CrlDistributionPoints, ExtendedKeyUsage, KeyUsage,
};

use super::CertError;
use super::authority::OCSP;
use super::parts::{LONGEST, MACHINES, Serial, Signed, der_of, key_of, moment, pem_of};
use crate::digest::sm3;
use crate::sign::PublicKey;

const WHAT: &str = "证书";
const LABEL: &str = "CERTIFICATE";

/// What one may be certified for who answers for an authority.
pub(super) const OCSP_SIGNING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.9");

/// Where to learn whether a certificate was taken back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Addresses {
    /// Of the issuer's revocation list.
    pub lists: Vec<String>,
    /// Of who answers about single certificates (OCSP).
    pub ask: Vec<String>,
}

/// Extensions whose meaning is heeded, or which bind nobody here; any other that is marked
/// critical makes a certificate useless to us (RFC 5280 4.2).
const KNOWN: &[&str] = &[
    "2.5.29.14",         // subject key identifier
    "2.5.29.15",         // key usage
    "2.5.29.17",         // subject alternative name
    "2.5.29.19",         // basic constraints
    "2.5.29.31",         // CRL distribution points
    "2.5.29.32",         // certificate policies
    "2.5.29.35",         // authority key identifier
    "2.5.29.37",         // extended key usage
    "1.3.6.1.5.5.7.1.1", // authority information access
];

/// What a certificate is to be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Signing: signing in, decisive acts.
    Signature,
    /// Being written to under seal.
    Encipherment,
    /// Issuing certificates.
    Authority,
    /// Issuing revocation lists.
    Lists,
}

impl Purpose {
    pub(super) const fn words(self) -> &'static str {
        match self {
            Purpose::Signature => "这不是签名证书",
            Purpose::Encipherment => "这不是加密证书",
            Purpose::Authority => "这不是签发机构的证书",
            Purpose::Lists => "这个机构不能签发吊销列表",
        }
    }
}

/// A certificate over an SM2 key.
#[derive(Clone)]
pub struct Certificate {
    inner: Inner,
    der: Vec<u8>,
    fingerprint: [u8; 32],
    key: PublicKey,
    /// Who may issue, and how many authorities may stand below.
    authority: Option<Option<u8>>,
    usage: Option<KeyUsage>,
}

impl Certificate {
    /// Reads DER or PEM.
    pub fn read(bytes: &[u8]) -> Result<Self, CertError> {
        let der = der_of(bytes, LABEL, WHAT, LONGEST)?;
        let inner = Inner::from_der(&der).map_err(|_| CertError::Shape(WHAT))?;
        let tbs = inner.tbs_certificate();
        // Before anything else: a foreign curve is told as such, not as a foreign signature.
        let key = key_of(tbs.subject_public_key_info())?;
        Signed::read(&der, WHAT)?;
        if tbs.signature() != inner.signature_algorithm() {
            return Err(CertError::WrongAlgorithm);
        }
        for extension in tbs.extensions().map(Vec::as_slice).unwrap_or_default() {
            if extension.critical && !known(&extension.extn_id) {
                return Err(CertError::UnknownExtension(extension.extn_id.to_string()));
            }
        }
        let shape = |_| CertError::Shape(WHAT);
        let basic = tbs.get_extension::<BasicConstraints>().map_err(shape)?;
        let authority = basic.and_then(|(_, basic)| basic.ca.then_some(basic.path_len_constraint));
        let usage = tbs.get_extension::<KeyUsage>().map_err(shape)?.map(|(_, usage)| usage);
        let fingerprint = sm3(&[&der]);
        Ok(Self { inner, der, fingerprint, key, authority, usage })
    }

    /// Its bytes.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// Its bytes as PEM.
    pub fn to_pem(&self) -> Result<String, CertError> {
        pem_of(&self.der, LABEL)
    }

    /// Whose it is, as RFC 4514 writes names.
    pub fn subject(&self) -> String {
        self.inner.tbs_certificate().subject().to_string()
    }

    /// The common name of whose it is.
    pub fn common_name(&self) -> Option<String> {
        let name = self.inner.tbs_certificate().subject().common_name().ok()??;
        Some(name.value().into_owned())
    }

    /// Who issued it.
    pub fn issuer(&self) -> String {
        self.inner.tbs_certificate().issuer().to_string()
    }

    /// Its number.
    pub fn serial(&self) -> Serial {
        Serial::of(self.inner.tbs_certificate().serial_number())
    }

    /// From when it holds.
    pub fn from(&self) -> Moment {
        moment(&self.inner.tbs_certificate().validity().not_before)
    }

    /// Until when it holds, that second included.
    pub fn until(&self) -> Moment {
        moment(&self.inner.tbs_certificate().validity().not_after)
    }

    /// The key it speaks for.
    pub fn key(&self) -> &PublicKey {
        &self.key
    }

    /// SM3 over its bytes: names it for people and in acts.
    pub fn fingerprint(&self) -> [u8; 32] {
        self.fingerprint
    }

    /// Whether it was made for this. One without a word about its use is for anything but issuing.
    pub fn is_for(&self, purpose: Purpose) -> bool {
        let said = |test: fn(&KeyUsage) -> bool| self.usage.as_ref().is_none_or(test);
        match purpose {
            Purpose::Signature => {
                self.authority.is_none() && said(|usage| usage.digital_signature())
            }
            Purpose::Encipherment => {
                let any = |usage: &KeyUsage| {
                    usage.key_encipherment() || usage.data_encipherment() || usage.key_agreement()
                };
                self.authority.is_none() && said(any)
            }
            Purpose::Authority => self.authority.is_some() && said(|usage| usage.key_cert_sign()),
            Purpose::Lists => self.authority.is_some() && said(|usage| usage.crl_sign()),
        }
    }

    /// Whether it belongs to an authority for machines alone, or comes from one.
    pub fn is_of_machines(&self) -> bool {
        let tbs = self.inner.tbs_certificate();
        let mark = format!("OU={MACHINES}");
        [tbs.subject(), tbs.issuer()]
            .iter()
            .any(|name| name.to_string().split([',', '+']).any(|part| part == mark))
    }

    /// Where its issuer's list is fetched, and where one asks about it alone: addresses of the web, as it names them.
    pub fn addresses(&self) -> Addresses {
        let tbs = self.inner.tbs_certificate();
        let web = |name: GeneralName| match name {
            GeneralName::UniformResourceIdentifier(url) => {
                let url = url.as_str().to_owned();
                ["http://", "https://"].iter().any(|begin| url.starts_with(begin)).then_some(url)
            }
            _ => None,
        };
        let points = tbs.get_extension::<CrlDistributionPoints>().ok().flatten();
        let points = points.map(|(_, points)| points.0).unwrap_or_default();
        let named = points.into_iter().filter_map(|point| point.distribution_point);
        let named = named.filter_map(|name| match name {
            DistributionPointName::FullName(names) => Some(names),
            DistributionPointName::NameRelativeToCRLIssuer(_) => None,
        });
        let ask = tbs.get_extension::<AuthorityInfoAccessSyntax>().ok().flatten();
        let ask = ask.map(|(_, access)| access.0).unwrap_or_default();
        let ask = ask.into_iter().filter(|one| one.access_method == OCSP);
        Addresses {
            lists: named.flatten().filter_map(web).collect(),
            ask: ask.filter_map(|one| web(one.access_location)).collect(),
        }
    }

    /// Whether an authority has certified it to answer for it how its certificates stand (RFC 6960 4.2.2.2).
    pub(super) fn answers_for(&self, authority: &Certificate) -> bool {
        let tbs = self.inner.tbs_certificate();
        let uses = tbs.get_extension::<ExtendedKeyUsage>().ok().flatten();
        uses.is_some_and(|(_, uses)| uses.0.contains(&OCSP_SIGNING)) && self.is_issued_by(authority)
    }

    /// How many authorities may stand between this one and the holder, if it says.
    pub(super) fn path_length(&self) -> Option<u8> {
        self.authority.flatten()
    }

    pub(super) fn inner(&self) -> &Inner {
        &self.inner
    }

    pub(super) fn is_signed_by(&self, key: &PublicKey) -> bool {
        Signed::read(&self.der, WHAT).is_ok_and(|signed| signed.is_by(key))
    }

    /// Whether this authority has issued it: it names it, and the signature is of its key.
    pub fn is_issued_by(&self, authority: &Certificate) -> bool {
        self.names_issuer(authority) && self.is_signed_by(authority.key())
    }

    pub(super) fn names_issuer(&self, issuer: &Certificate) -> bool {
        self.inner.tbs_certificate().issuer() == issuer.inner.tbs_certificate().subject()
    }
}

fn known(id: &ObjectIdentifier) -> bool {
    KNOWN.iter().any(|known| id.to_string() == *known)
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.der == other.der
    }
}

impl Eq for Certificate {}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({}, {:?})", self.subject(), self.serial())
    }
}
