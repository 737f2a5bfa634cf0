//! Connections to PostgreSQL: the address, encryption, and what every connection is set to.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use postgres::config::{Host, SslMode, TargetSessionAttrs};
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
            Error::Unfit(format!("数据库的地址写得不对\n技术原因：{}", chain(&error)))
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
            let place = self.config.get_hosts().iter().map(named);
            let place = place.collect::<Vec<_>>().join(", ");
            Error::Unfit(format!("连不上 PostgreSQL（{place}）\n技术原因：{}", chain(&error)))
        })?;
        fit(&mut client)?;
        if self.writes {
            client.batch_execute(settle::PREPARE)?;
        }
        Ok(client)
    }
}

/// A host as its address has it.
fn named(host: &Host) -> String {
    match host {
        Host::Tcp(name) => name.clone(),
        Host::Unix(path) => path.display().to_string(),
    }
}

/// Looks whether the server is new enough, and whether the database sorts by bytes as SQLite does:
/// lists are paged by key, and both databases must agree which key comes next.
fn fit(client: &mut Client) -> Result<(), Error> {
    let row = client.query_one(
        "SELECT current_setting('server_version_num')::bigint,
                current_setting('server_encoding'), current_database(), datlocprovider::text,
                datcollate::text, to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale'
         FROM pg_database d WHERE datname = current_database()",
        &[],
    )?;
    let (version, encoding): (i64, String) = (row.try_get(0)?, row.try_get(1)?);
    if version < OLDEST_VERSION {
        let major = version / 10_000;
        return Err(Error::Unfit(format!("要 PostgreSQL 15 或更新的版本，这个服务器是 {major}")));
    }
    let name: String = row.try_get(2)?;
    // Since PostgreSQL 17 both providers keep their locale in `datlocale`.
    let (provider, libc): (String, String) = (row.try_get(3)?, row.try_get(4)?);
    let (own, icu): (Option<String>, Option<String>) = (row.try_get(5)?, row.try_get(6)?);
    let locale = if provider == "c" { libc } else { own.or(icu).unwrap_or_default() };
    if encoding == "UTF8" && sorts_by_bytes(&provider, &locale) {
        return Ok(());
    }
    let provider = match provider.as_str() {
        "c" => "libc",
        "i" => "icu",
        "b" => "builtin",
        other => other,
    };
    Err(Error::Unfit(format!(
        "数据库 {name} 的编码是 {encoding}，排序规则是 {locale}（由 {provider} 提供）；本系统要 UTF8 \
         编码、按字节排序的数据库\n请用下面的命令另建一个，再把地址里的库名改成它：\n\
         CREATE DATABASE cityhall_c TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER libc LOCALE 'C';"
    )))
}

/// Whether this locale of this provider (`pg_database.datlocprovider`) puts texts in UTF-8 in the
/// order of their bytes. ICU has none that does.
fn sorts_by_bytes(provider: &str, locale: &str) -> bool {
    match provider {
        "c" => matches!(locale, "C" | "POSIX" | "C.UTF-8" | "C.utf8"),
        "b" => matches!(locale, "C" | "C.UTF-8" | "C.UTF8" | "PG_UNICODE_FAST"),
        _ => false,
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
            Error::Unfit("sslmode=require 要有信任的机构：请在地址里写 sslrootcert=证书文件".into())
        })?;
    let bad = |error: &dyn std::fmt::Display| {
        Error::Unfit(format!("证书文件 {} 读不出来\n技术原因：{error}", path.display()))
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
    fn only_locales_that_sort_by_bytes_will_do() {
        for good in [("c", "C"), ("c", "C.UTF-8"), ("b", "C.UTF-8"), ("b", "PG_UNICODE_FAST")] {
            assert!(sorts_by_bytes(good.0, good.1), "{good:?}");
        }
        // A database may be made with ICU and `LOCALE 'C'` for what is left to libc.
        for bad in [("i", "C"), ("i", "zh-Hans-CN"), ("c", "zh_CN.UTF-8"), ("b", "")] {
            assert!(!sorts_by_bytes(bad.0, bad.1), "{bad:?}");
        }
    }

    #[test]
    fn the_roots_are_taken_out_of_the_address() {
        let (url, roots) = without_roots("postgres://h/d?sslrootcert=/etc/ca.pem&sslmode=require");
        assert_eq!(url, "postgres://h/d?sslmode=require");
        assert_eq!(roots, Some("/etc/ca.pem".into()));
        assert_eq!(without_roots("postgres://h/d?sslrootcert=a").0, "postgres://h/d");
        assert_eq!(without_roots("postgres://h/d"), ("postgres://h/d".into(), None));
    }
}
