//! Revocation lists (RFC 5280 section 5): which certificates an authority has taken back.

use std::collections::BTreeMap;
use std::fmt;

use base::Moment;
use x509_cert::crl::{CertificateList, RevokedCert};
use x509_cert::der::Decode;
use x509_cert::der::asn1::ObjectIdentifier;
use x509_cert::ext::ToExtension as _;
use x509_cert::ext::pkix::{CrlNumber, CrlReason};
use x509_cert::name::Name;

use super::parts::{LONGEST_LIST, Serial, Signed, der_of, moment, pem_of, time};
use super::{CertError, Certificate, Purpose};

const WHAT: &str = "吊销列表";
const LABEL: &str = "X509 CRL";
const NUMBER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.20");
const AUTHORITY_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.35");
const REASON: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.21");

/// Why a certificate was taken back (RFC 5280 5.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Nobody said.
    Unspecified,
    /// Somebody else may hold the key.
    KeyCompromise,
    /// Somebody else may hold the authority's key.
    AuthorityCompromise,
    /// The holder has changed name or organ.
    AffiliationChanged,
    /// Another one took its place.
    Superseded,
    /// It is no longer needed.
    Ceased,
    /// On hold.
    Hold,
    /// The right was withdrawn.
    Withdrawn,
}

impl Reason {
    /// All of them.
    pub const ALL: [Reason; 8] = [
        Reason::Unspecified,
        Reason::KeyCompromise,
        Reason::AuthorityCompromise,
        Reason::AffiliationChanged,
        Reason::Superseded,
        Reason::Ceased,
        Reason::Hold,
        Reason::Withdrawn,
    ];

    /// In words.
    pub const fn words(self) -> &'static str {
        match self {
            Reason::Unspecified => "没有说明原因",
            Reason::KeyCompromise => "私钥可能泄露",
            Reason::AuthorityCompromise => "签发机构的私钥可能泄露",
            Reason::AffiliationChanged => "持有者的名称或者单位变更",
            Reason::Superseded => "已经换发新证书",
            Reason::Ceased => "停止使用",
            Reason::Hold => "暂停使用",
            Reason::Withdrawn => "资格被撤回",
        }
    }

    /// As stored: the number of RFC 5280 5.3.1.
    pub const fn number(self) -> i64 {
        self.code() as i64
    }

    /// From [`Reason::number`]'s form.
    pub fn from_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.number() == number)
    }

    pub(super) const fn is_compromise(self) -> bool {
        matches!(self, Reason::KeyCompromise | Reason::AuthorityCompromise)
    }

    pub(super) fn of(code: CrlReason) -> Self {
        match code {
            CrlReason::KeyCompromise => Reason::KeyCompromise,
            CrlReason::CaCompromise | CrlReason::AaCompromise => Reason::AuthorityCompromise,
            CrlReason::AffiliationChanged => Reason::AffiliationChanged,
            CrlReason::Superseded => Reason::Superseded,
            CrlReason::CessationOfOperation => Reason::Ceased,
            CrlReason::CertificateHold => Reason::Hold,
            CrlReason::PrivilegeWithdrawn => Reason::Withdrawn,
            CrlReason::Unspecified | CrlReason::RemoveFromCRL => Reason::Unspecified,
        }
    }

    pub(super) const fn code(self) -> CrlReason {
        match self {
            Reason::Unspecified => CrlReason::Unspecified,
            Reason::KeyCompromise => CrlReason::KeyCompromise,
            Reason::AuthorityCompromise => CrlReason::CaCompromise,
            Reason::AffiliationChanged => CrlReason::AffiliationChanged,
            Reason::Superseded => CrlReason::Superseded,
            Reason::Ceased => CrlReason::CessationOfOperation,
            Reason::Hold => CrlReason::CertificateHold,
            Reason::Withdrawn => CrlReason::PrivilegeWithdrawn,
        }
    }
}

/// A certificate that was taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revoked {
    /// Its number.
    pub serial: Serial,
    /// Since when.
    pub at: Moment,
    /// Why.
    pub reason: Reason,
}

impl Revoked {
    pub(super) fn entry(&self, issuer: &Name) -> Result<RevokedCert, CertError> {
        let shape = |_| CertError::Shape(WHAT);
        // A list does not say "unspecified" (RFC 5280 5.3.1).
        let extensions = match self.reason {
            Reason::Unspecified => None,
            reason => Some(vec![(&reason.code()).to_extension(issuer, &[]).map_err(shape)?]),
        };
        Ok(RevokedCert {
            serial_number: self.serial.to_der()?,
            revocation_date: time(self.at)?,
            crl_entry_extensions: extensions,
        })
    }
}

/// A revocation list that was read.
#[derive(Clone)]
pub struct RevocationList {
    issuer: Name,
    number: Option<u64>,
    this: Moment,
    next: Option<Moment>,
    entries: BTreeMap<Serial, (Moment, Reason)>,
    der: Vec<u8>,
}

impl RevocationList {
    /// Reads DER or PEM.
    pub fn read(bytes: &[u8]) -> Result<Self, CertError> {
        let der = der_of(bytes, LABEL, WHAT, LONGEST_LIST)?;
        let shape = |_| CertError::Shape(WHAT);
        let list: CertificateList = CertificateList::from_der(&der).map_err(shape)?;
        Signed::read(&der, WHAT)?;
        let tbs = list.tbs_cert_list;
        let mut number = None;
        for extension in tbs.crl_extensions.unwrap_or_default() {
            if extension.extn_id == NUMBER {
                let value = CrlNumber::from_der(extension.extn_value.as_bytes()).map_err(shape)?;
                number = Some(number_of(&value));
            } else if extension.critical && extension.extn_id != AUTHORITY_KEY {
                // A list of some reasons or of some certificates only says less than it seems to.
                return Err(CertError::UnknownExtension(extension.extn_id.to_string()));
            }
        }
        let mut entries = BTreeMap::new();
        for entry in tbs.revoked_certificates.unwrap_or_default() {
            let mut reason = Reason::Unspecified;
            for extension in entry.crl_entry_extensions.unwrap_or_default() {
                if extension.extn_id == REASON {
                    let code = CrlReason::from_der(extension.extn_value.as_bytes());
                    reason = Reason::of(code.map_err(shape)?);
                } else if extension.critical {
                    return Err(CertError::UnknownExtension(extension.extn_id.to_string()));
                }
            }
            let at = moment(&entry.revocation_date);
            entries.insert(Serial::of(&entry.serial_number), (at, reason));
        }
        Ok(Self {
            issuer: tbs.issuer,
            number,
            this: moment(&tbs.this_update),
            next: tbs.next_update.as_ref().map(moment),
            entries,
            der,
        })
    }

    /// Its bytes.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// Its bytes as PEM.
    pub fn to_pem(&self) -> Result<String, CertError> {
        pem_of(&self.der, LABEL)
    }

    /// Whose list.
    pub fn issuer(&self) -> String {
        self.issuer.to_string()
    }

    /// Its number: a later list has a greater one.
    pub fn number(&self) -> Option<u64> {
        self.number
    }

    /// When it was made.
    pub fn made(&self) -> Moment {
        self.this
    }

    /// When the next one is due.
    pub fn next(&self) -> Option<Moment> {
        self.next
    }

    /// How many it names.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether it names none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Since when and why this number was taken back.
    pub fn find(&self, serial: &Serial) -> Option<(Moment, Reason)> {
        self.entries.get(serial).copied()
    }

    /// Whether this authority may issue lists and has issued this one.
    pub fn is_of(&self, authority: &Certificate) -> bool {
        self.issuer == *authority.inner().tbs_certificate().subject()
            && authority.is_for(Purpose::Lists)
            && Signed::read(&self.der, WHAT).is_ok_and(|signed| signed.is_by(authority.key()))
    }
}

impl fmt::Debug for RevocationList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RevocationList({}, {} entries)", self.issuer, self.entries.len())
    }
}

fn number_of(value: &CrlNumber) -> u64 {
    value.0.as_bytes().iter().fold(0, |sum, byte| (sum << 8) | u64::from(*byte))
}
