//! The built-in authority: issues certificates and revocation lists for machines and tests.

use base::Moment;
use x509_cert::builder::profile::BuilderProfile;
use x509_cert::builder::{Builder as _, CertificateBuilder, CrlBuilder};
use x509_cert::certificate::TbsCertificate;
use x509_cert::der::asn1::{Ia5String, ObjectIdentifier, Uint};
use x509_cert::der::flagset::FlagSet;
use x509_cert::ext::pkix::crl::dp::DistributionPoint;
use x509_cert::ext::pkix::name::{DistributionPointName, GeneralName};
use x509_cert::ext::pkix::{
    AccessDescription, AuthorityInfoAccessSyntax, AuthorityKeyIdentifier, BasicConstraints,
    CrlDistributionPoints, CrlNumber, KeyUsage, KeyUsages, SubjectKeyIdentifier,
};
use x509_cert::ext::{Extension, ToExtension};
use x509_cert::name::Name;
use x509_cert::spki::{SubjectPublicKeyInfoOwned, SubjectPublicKeyInfoRef};
use x509_cert::time::Validity;

use super::parts::{Serial, Subject, signature_bits, time, to_der};
use super::{CertError, Certificate, Purpose, RevocationList, Revoked};
use crate::sign::{PublicKey, SigningKey};

const WHAT: &str = "证书";
/// Where one asks about a certificate (RFC 5280 4.2.2.1).
pub(super) const OCSP: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1");

/// What a certificate is issued for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// Signing.
    Signature,
    /// Being written to under seal.
    Encipherment,
    /// An authority below this one that issues to holders only.
    Authority,
    /// Answering for this authority how its certificates stand: others do so, the built-in one never.
    #[cfg(test)]
    Answers,
}

/// What is to be issued.
#[derive(Clone, Debug)]
pub struct Issue<'a> {
    /// Its number.
    pub serial: Serial,
    /// Whose it will be.
    pub subject: &'a Subject,
    /// Over which key.
    pub key: &'a PublicKey,
    /// For what.
    pub profile: Profile,
    /// From when.
    pub from: Moment,
    /// Until when.
    pub until: Moment,
    /// Where the authority's list can be fetched.
    pub list: Option<&'a str>,
    /// Where one asks about a single certificate (RFC 6960).
    pub ocsp: Option<&'a str>,
}

/// An authority: its key and its certificate.
#[derive(Clone, Debug)]
pub struct Authority {
    key: SigningKey,
    certificate: Certificate,
}

impl Authority {
    /// Founds a root authority.
    pub fn found(
        subject: &Subject,
        key: SigningKey,
        serial: Serial,
        from: Moment,
        until: Moment,
    ) -> Result<Self, CertError> {
        let name = subject.to_name()?;
        let shape =
            Shape { issuer: name.clone(), subject: name, kind: Kind::Root, list: None, ocsp: None };
        let certificate = build(shape, &serial, from, until, &key.public(), &key)?;
        Ok(Self { key, certificate })
    }

    /// An authority from its parts, which must belong together.
    pub fn of(key: SigningKey, certificate: Certificate) -> Result<Self, CertError> {
        if key.public() != *certificate.key() || !certificate.is_for(Purpose::Authority) {
            return Err(CertError::NotAPair);
        }
        Ok(Self { key, certificate })
    }

    /// Its certificate.
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    pub(super) fn key(&self) -> &SigningKey {
        &self.key
    }

    /// Issues a certificate, never one that outlives the authority's own.
    pub fn issue(&self, issue: &Issue<'_>) -> Result<Certificate, CertError> {
        if issue.until > self.certificate.until() {
            return Err(CertError::Span("晚于签发机构自己的有效期"));
        }
        let shape = Shape {
            issuer: self.certificate.inner().tbs_certificate().subject().clone(),
            subject: issue.subject.to_name()?,
            kind: Kind::Below(issue.profile),
            list: issue.list.map(str::to_owned),
            ocsp: issue.ocsp.map(str::to_owned),
        };
        build(shape, &issue.serial, issue.from, issue.until, issue.key, &self.key)
    }

    /// Issues a revocation list.
    pub fn list(
        &self,
        number: u64,
        made: Moment,
        next: Moment,
        revoked: &[Revoked],
    ) -> Result<RevocationList, CertError> {
        let shape = |_| CertError::Shape("吊销列表");
        let issuer = self.certificate.inner();
        let name = issuer.tbs_certificate().subject().clone();
        let number = CrlNumber(Uint::new(&number.to_be_bytes()).map_err(shape)?);
        let mut builder = CrlBuilder::<x509_cert::certificate::Rfc5280>::new_with_this_update(
            issuer,
            number,
            time(made)?,
        )
        .map_err(shape)?
        .with_next_update(Some(time(next)?));
        if !revoked.is_empty() {
            let entries: Result<Vec<_>, _> = revoked.iter().map(|one| one.entry(&name)).collect();
            builder = builder.with_certificates(entries?.into_iter());
        }
        let body = builder.finalize(self.key.inner()).map_err(|_| CertError::Shape("吊销列表"))?;
        let bits = signature_bits(&self.key.sign(&body))?;
        let list =
            builder.assemble(bits, self.key.inner()).map_err(|_| CertError::Shape("吊销列表"))?;
        RevocationList::read(&to_der(&list, "吊销列表")?)
    }
}

enum Kind {
    Root,
    Below(Profile),
}

/// The shape of a certificate to be built.
struct Shape {
    issuer: Name,
    subject: Name,
    kind: Kind,
    list: Option<String>,
    ocsp: Option<String>,
}

impl Shape {
    fn usage(&self) -> FlagSet<KeyUsages> {
        match self.kind {
            Kind::Root | Kind::Below(Profile::Authority) => {
                KeyUsages::KeyCertSign | KeyUsages::CRLSign
            }
            Kind::Below(Profile::Signature) => {
                KeyUsages::DigitalSignature | KeyUsages::NonRepudiation
            }
            #[cfg(test)]
            Kind::Below(Profile::Answers) => KeyUsages::DigitalSignature.into(),
            Kind::Below(Profile::Encipherment) => {
                KeyUsages::KeyEncipherment | KeyUsages::DataEncipherment | KeyUsages::KeyAgreement
            }
        }
    }

    fn constraints(&self) -> BasicConstraints {
        match self.kind {
            Kind::Root => BasicConstraints { ca: true, path_len_constraint: None },
            Kind::Below(Profile::Authority) => {
                BasicConstraints { ca: true, path_len_constraint: Some(0) }
            }
            Kind::Below(_) => BasicConstraints { ca: false, path_len_constraint: None },
        }
    }
}

impl BuilderProfile for Shape {
    fn get_issuer(&self, _subject: &Name) -> Name {
        self.issuer.clone()
    }

    fn get_subject(&self) -> Name {
        self.subject.clone()
    }

    fn build_extensions(
        &self,
        key: SubjectPublicKeyInfoRef<'_>,
        issuer_key: SubjectPublicKeyInfoRef<'_>,
        tbs: &TbsCertificate,
    ) -> x509_cert::builder::Result<Vec<Extension>> {
        let name = tbs.subject();
        let mut made = vec![
            (&self.constraints()).to_extension(name, &[])?,
            (&KeyUsage(self.usage())).to_extension(name, &[])?,
            (&SubjectKeyIdentifier::try_from(key)?).to_extension(name, &[])?,
            (&AuthorityKeyIdentifier::try_from(issuer_key)?).to_extension(name, &[])?,
        ];
        #[cfg(test)]
        if matches!(self.kind, Kind::Below(Profile::Answers)) {
            let uses =
                x509_cert::ext::pkix::ExtendedKeyUsage(vec![super::certificate::OCSP_SIGNING]);
            made.push((&uses).to_extension(name, &[])?);
        }
        if let Some(url) = &self.list {
            let place = GeneralName::UniformResourceIdentifier(Ia5String::new(url)?);
            let point = DistributionPoint {
                distribution_point: Some(DistributionPointName::FullName(vec![place])),
                reasons: None,
                crl_issuer: None,
            };
            made.push((&CrlDistributionPoints(vec![point])).to_extension(name, &[])?);
        }
        if let Some(url) = &self.ocsp {
            let place = GeneralName::UniformResourceIdentifier(Ia5String::new(url)?);
            let ask = AccessDescription { access_method: OCSP, access_location: place };
            made.push((&AuthorityInfoAccessSyntax(vec![ask])).to_extension(name, &[])?);
        }
        Ok(made)
    }
}

fn build(
    shape: Shape,
    serial: &Serial,
    from: Moment,
    until: Moment,
    key: &PublicKey,
    signer: &SigningKey,
) -> Result<Certificate, CertError> {
    if until <= from {
        return Err(CertError::Span("结束不晚于开始"));
    }
    let wrong = |_| CertError::Shape(WHAT);
    let span = Validity::new(time(from)?, time(until)?);
    let info =
        SubjectPublicKeyInfoOwned::from_key(key.inner()).map_err(|_| CertError::WrongCurve)?;
    let mut builder =
        CertificateBuilder::new(shape, serial.to_der()?, span, info).map_err(wrong)?;
    let body = builder.finalize(signer.inner()).map_err(wrong)?;
    let bits = signature_bits(&signer.sign(&body))?;
    let whole = builder.assemble(bits, signer.inner()).map_err(wrong)?;
    Certificate::read(&to_der(&whole, WHAT)?)
}
