//! Requests for certificates (PKCS#10, RFC 2986): a name and a key, signed by that key.

use x509_cert::builder::Builder as _;
use x509_cert::der::Decode;
use x509_cert::request::{CertReq, RequestBuilder};

use super::CertError;
use super::parts::{LONGEST, Signed, Subject, der_of, key_of, pem_of, signature_bits, to_der};
use crate::sign::{PublicKey, SigningKey};

const WHAT: &str = "证书申请";
const LABEL: &str = "CERTIFICATE REQUEST";

/// A request whose sender has shown to hold the key.
#[derive(Clone, Debug)]
pub struct Request {
    der: Vec<u8>,
    key: PublicKey,
    subject: String,
}

impl Request {
    /// Asks for a certificate over `key` in this name.
    pub fn make(subject: &Subject, key: &SigningKey) -> Result<Self, CertError> {
        let shape = |_| CertError::Shape(WHAT);
        let mut builder = RequestBuilder::new(subject.to_name()?).map_err(shape)?;
        let body = builder.finalize(key.inner()).map_err(shape)?;
        let bits = signature_bits(&key.sign(&body))?;
        let whole = builder.assemble(bits, key.inner()).map_err(shape)?;
        Self::read(&to_der(&whole, WHAT)?)
    }

    /// Reads DER or PEM; refuses a request that its own key has not signed.
    pub fn read(bytes: &[u8]) -> Result<Self, CertError> {
        let der = der_of(bytes, LABEL, WHAT, LONGEST)?;
        let inner = CertReq::from_der(&der).map_err(|_| CertError::Shape(WHAT))?;
        let key = key_of(&inner.info.public_key)?;
        if !Signed::read(&der, WHAT)?.is_by(&key) {
            return Err(CertError::NotHeld);
        }
        Ok(Self { subject: inner.info.subject.to_string(), key, der })
    }

    /// Its bytes.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The request as PEM, for the service that issues.
    pub fn to_pem(&self) -> Result<String, CertError> {
        pem_of(&self.der, LABEL)
    }

    /// The key that asks.
    pub fn key(&self) -> &PublicKey {
        &self.key
    }

    /// The name that was asked for. Whoever issues writes the name that is true.
    pub fn subject(&self) -> &str {
        &self.subject
    }
}
