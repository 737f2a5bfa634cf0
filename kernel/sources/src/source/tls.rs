//! Encryption of connections to sources.

use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

use super::Unread;

/// Whether a connection is encrypted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Tls {
    /// It is not. For a connection that does not leave the machine or a network of its own.
    #[default]
    Off,
    /// It is, and the server's certificate was issued by one of these authorities for its name.
    Roots {
        /// Their certificates, in PEM.
        pem: String,
    },
}

impl Tls {
    /// The authorities; `None` where nothing is encrypted.
    pub(super) fn roots(&self) -> Result<Option<Vec<CertificateDer<'static>>>, Unread> {
        let Self::Roots { pem } = self else { return Ok(None) };
        let bad = || Unread::Unfit("信任的机构证书无法读取，应为 PEM 格式".into());
        let roots: Vec<_> = CertificateDer::pem_slice_iter(pem.as_bytes())
            .collect::<Result<_, _>>()
            .map_err(|_| bad())?;
        if roots.is_empty() { Err(bad()) } else { Ok(Some(roots)) }
    }

    /// The settings of rustls; `None` where nothing is encrypted.
    pub(super) fn config(&self) -> Result<Option<ClientConfig>, Unread> {
        let Some(roots) = self.roots()? else { return Ok(None) };
        let mut store = RootCertStore::empty();
        for root in roots {
            store.add(root).map_err(|_| Unread::Unfit("信任的机构证书无法使用".into()))?;
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(Unread::broken)?
            .with_root_certificates(store)
            .with_no_client_auth();
        Ok(Some(config))
    }
}
