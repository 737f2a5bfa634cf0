//! Connections to PostgreSQL: the address, encryption, and what every connection is set to.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use postgres::config::{SslMode, TargetSessionAttrs};
use postgres::{Client, Config, NoTls};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::errors::chain;
use super::settle;
use crate::error::Error;
use crate::settings::Settings;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a vanished server keeps a connection waiting.
const SILENCE_MAX: Duration = Duration::from_secs(30);
/// Where Linux distributions keep the authorities the machine trusts.
const SYSTEM_ROOTS: [&str; 3] =
    ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"];
const OLDEST_VERSION: i64 = 150_000;

/// Makes connections.
#[derive(Clone)]
pub(super) struct Connector {
    config: Config,
    tls: Option<MakeRustlsConnect>,
    time_max: Duration,
    writes: bool,
}

impl Connector {
    pub(super) fn new(url: &str, settings: &Settings) -> Result<Self, Error> {
        let (url, roots) = without_roots(url);
        // The driver knows no weaker and no stronger `require` than ours, which verifies.
        let url = url.replace("sslmode=verify-full", "sslmode=require");
        let url = url.replace("sslmode=verify-ca", "sslmode=require");
        let mut config: Config = url.parse().map_err(|error: postgres::Error| {
            Error::Unfit(format!("the database's address is wrong: {}", chain(&error)))
        })?;
        if config.get_application_name().is_none() {
            config.application_name("cityhall");
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT_TIMEOUT);
        }
        config.tcp_user_timeout(SILENCE_MAX).keepalives_idle(SILENCE_MAX);
        if !settings.read_only {
            // After a failover the old address may lead to a standby.
            config.target_session_attrs(TargetSessionAttrs::ReadWrite);
        }
        let tls = match config.get_ssl_mode() {
            SslMode::Require => Some(tls(roots)?),
            // Without `require` an encrypted connection would be one to anybody.
            _ => None,
        };
        Ok(Self { config, tls, time_max: settings.time_max, writes: !settings.read_only })
    }

    /// One more connection. What it commits is on the disk when it says so, however the server is set:
    /// a receipt follows.
    pub(super) fn connect(&self) -> Result<Client, postgres::Error> {
        let mut client = match &self.tls {
            Some(tls) => self.config.connect(tls.clone())?,
            None => self.config.connect(NoTls)?,
        };
        let time_ms = self.time_max.as_millis();
        client.batch_execute(&format!(
            "SET statement_timeout = {time_ms};
             SET idle_in_transaction_session_timeout = {};
             SET TIME ZONE 'UTC';
             SET client_min_messages = warning;
             SELECT set_config('synchronous_commit', 'on', false)
              WHERE current_setting('synchronous_commit') = 'off';",
            time_ms * 4,
        ))?;
        Ok(client)
    }

    /// The first connection, which also looks whether the server will do.
    pub(super) fn connect_first(&self) -> Result<Client, Error> {
        let mut client = self.connect().map_err(|error| {
            let place = self.config.get_hosts().iter().map(|host| format!("{host:?}"));
            let place = place.collect::<Vec<_>>().join(", ");
            Error::Unfit(format!("cannot connect to PostgreSQL at {place}: {}", chain(&error)))
        })?;
        let row = client.query_one(
            "SELECT current_setting('server_version_num')::bigint,
                    current_setting('server_encoding'), datcollate
             FROM pg_database WHERE datname = current_database()",
            &[],
        )?;
        let (version, encoding, collation): (i64, String, String) =
            (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        if version < OLDEST_VERSION {
            let major = version / 10_000;
            return Err(Error::Unfit(format!("PostgreSQL 15 or later is needed, this is {major}")));
        }
        if encoding != "UTF8" {
            return Err(Error::Unfit(format!("the database's encoding is {encoding}, not UTF8")));
        }
        if !matches!(collation.as_str(), "C" | "POSIX" | "C.UTF-8" | "C.utf8") {
            return Err(Error::Unfit(format!(
                "the database sorts by {collation}; make it with: CREATE DATABASE … \
                 TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'"
            )));
        }
        if self.writes {
            client.batch_execute(settle::PREPARE)?;
        }
        Ok(client)
    }
}

/// Takes `sslrootcert=PATH` out of an address; the driver does not know it.
fn without_roots(url: &str) -> (String, Option<PathBuf>) {
    let Some((address, query)) = url.split_once('?') else {
        return (url.to_owned(), None);
    };
    let (mut kept, mut roots) = (Vec::new(), None);
    for pair in query.split('&') {
        match pair.strip_prefix("sslrootcert=") {
            Some(path) => roots = Some(PathBuf::from(path.replace("%2F", "/").replace("%2f", "/"))),
            None => kept.push(pair),
        }
    }
    let mark = if kept.is_empty() { "" } else { "?" };
    (format!("{address}{mark}{}", kept.join("&")), roots)
}

fn tls(roots: Option<PathBuf>) -> Result<MakeRustlsConnect, Error> {
    let path = roots
        .or_else(|| std::env::var_os("SSL_CERT_FILE").map(PathBuf::from))
        .or_else(|| SYSTEM_ROOTS.map(PathBuf::from).into_iter().find(|path| path.exists()))
        .ok_or_else(|| {
            Error::Unfit("sslmode=require needs authorities to trust: give sslrootcert=PATH".into())
        })?;
    let bad = |error: &dyn std::fmt::Display| {
        Error::Unfit(format!("the authorities in {} cannot be read: {error}", path.display()))
    };
    let mut store = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(&path).map_err(|error| bad(&error))? {
        store.add(certificate.map_err(|error| bad(&error))?).map_err(|error| bad(&error))?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(Error::other)?
        .with_root_certificates(store)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_roots_are_taken_out_of_the_address() {
        let (url, roots) = without_roots("postgres://h/d?sslrootcert=/etc/ca.pem&sslmode=require");
        assert_eq!(url, "postgres://h/d?sslmode=require");
        assert_eq!(roots, Some("/etc/ca.pem".into()));
        assert_eq!(without_roots("postgres://h/d?sslrootcert=a").0, "postgres://h/d");
        assert_eq!(without_roots("postgres://h/d"), ("postgres://h/d".into(), None));
    }
}
