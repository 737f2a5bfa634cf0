//! `cityhall.toml`: what an installation is told. An unknown key is an error, so that a misspelt
//! one cannot silently mean its default.

use std::net::{IpAddr, SocketAddr};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use access::SignInRule;
use base::{Fault, Outcome, Refusal, RefusalKind};
use serde::{Deserialize, Serialize};

use crate::door::{GUESTS_MAX, GUESTS_OF_ONE_MAX};
use crate::files;

/// The whole configuration.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where to listen.
    #[serde(default = "default_listen")]
    pub listen: SocketAddr,
    /// The address that citizens use, without a slash at the end.
    #[serde(default = "default_url")]
    pub url: String,
    /// `postgres://user:password@host/database`; SQLite in the data folder when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub database: Option<String>,
    /// Proxies whose `X-Forwarded-For` is believed.
    #[serde(default)]
    pub trusted_proxies: Vec<IpAddr>,
    /// Private ranges, or addresses of this machine, from which revocation lists may be fetched and where certificates may
    /// be asked about: without, none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub intranet_sources: Vec<String>,
    /// Where the agent that signs listens on the machines of the staff.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// How many come in at a time.
    #[serde(default, skip_serializing_if = "Door::is_plain")]
    pub door: Door,
    /// TLS that the program speaks itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<Tls>,
    /// The city.
    #[serde(default)]
    pub city: City,
    /// How letters go out.
    #[serde(default)]
    pub mail: Mail,
    /// Who holds the keys.
    #[serde(default, skip_serializing_if = "Keys::is_plain")]
    pub keys: Keys,
    /// Who cosigns the log's checkpoints.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub witnesses: Vec<Witness>,
    /// The city's own rules of signing in, each from its day on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sign_in: Vec<SignInRule>,
    /// Other identity platforms that sign people in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub identity_providers: Vec<Provider>,
    /// The bus behind the exchange's queues; without, the queues of the store alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bus: Option<Bus>,
}

/// `[bus]`: a stream of NATS JetStream. Files are named from the data folder.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bus {
    /// Its servers: `tls://host:4222`; `nats://` to this machine alone.
    pub servers: Vec<String>,
    /// The account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The file whose first line is its password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_file: Option<PathBuf>,
    /// The one authority that is believed for the servers' TLS, PEM.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls_root: Option<PathBuf>,
    /// Our own certificate, where the servers ask for one, PEM.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls_certificate: Option<PathBuf>,
    /// Its private key, PEM.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls_key: Option<PathBuf>,
    /// The stream's name.
    #[serde(default = "default_stream")]
    pub stream: String,
    /// How many nodes keep each letter.
    #[serde(default = "default_replicas")]
    pub replicas: usize,
    /// So many letters are on their way at most.
    #[serde(default = "default_letters")]
    pub letters_max: i64,
    /// So many bytes.
    #[serde(default = "default_bytes")]
    pub bytes_max: i64,
    /// How long traffic goes on while no process of the centre reaches the bus, seconds.
    #[serde(default = "default_away")]
    pub away_seconds_max: i64,
}

fn default_stream() -> String {
    "exchange".into()
}

fn default_replicas() -> usize {
    3
}

fn default_letters() -> i64 {
    100_000
}

fn default_bytes() -> i64 {
    4 * 1024 * 1024 * 1024
}

fn default_away() -> i64 {
    600
}

/// `[door]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Door {
    /// So many connections at a time.
    pub connections_max: usize,
    /// So many of them from one address; proxies that are named in `trusted_proxies` may take all.
    pub connections_of_one_max: usize,
}

impl Default for Door {
    fn default() -> Self {
        Self { connections_max: GUESTS_MAX, connections_of_one_max: GUESTS_OF_ONE_MAX }
    }
}

impl Door {
    fn is_plain(&self) -> bool {
        *self == Self::default()
    }
}

/// `[tls]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// The certificate and those above it, in PEM, named from the data folder.
    pub certificate: PathBuf,
    /// Its private key, in PEM, its owner's alone.
    pub key: PathBuf,
    /// Where plain HTTP is answered by the way to `url`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redirect: Option<SocketAddr>,
}

/// `[keys]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Keys {
    /// Who holds the master key and the log's key.
    pub holder: HeldBy,
    /// The file whose first line is the passphrase; a descriptor is `/dev/fd/N`. For `encrypted-file`;
    /// without it the passphrase is a credential of systemd, or asked for at the terminal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub passphrase_file: Option<PathBuf>,
    /// The device, for `sdf`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device: Option<Device>,
}

/// Who holds the keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HeldBy {
    /// Plain files that are their owner's alone: for development and demonstration.
    #[default]
    File,
    /// Files under a passphrase.
    EncryptedFile,
    /// A cryptographic device (GM/T 0018).
    Sdf,
}

/// `[keys.device]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Device {
    /// The vendor's library. It runs inside the program: only the owner of the program may be able to
    /// write it.
    pub library: PathBuf,
    /// The index of the key pair that signs for the log.
    pub signing_key: u32,
    /// The index of the key that wraps the master key (KEK).
    pub wrapping_key: u32,
    /// The file whose first line is the PIN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pin_file: Option<PathBuf>,
}

impl Keys {
    fn is_plain(&self) -> bool {
        *self == Self::default()
    }
}

/// `[[witnesses]]`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Witness {
    /// The name under which it signs.
    pub name: String,
    /// Its address, without a slash at the end.
    pub url: String,
    /// Its public key: 130 hexadecimal digits, or a PEM file, named from the data folder.
    pub key: String,
}

/// `[[identity_providers]]`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provider {
    /// What its addresses here are called: small letters, digits, hyphens.
    pub id: String,
    /// What stands on the button of the sign-in page.
    pub name: String,
    /// Its `iss`, letter by letter.
    pub issuer: String,
    /// What this city is called there.
    pub client_id: String,
    /// The file of the secret that it gave this city, named from the data folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<PathBuf>,
    /// What is asked for.
    #[serde(default = "default_scopes")]
    pub scopes: Vec<String>,
    /// The claim that carries the name.
    #[serde(default = "default_name_claim")]
    pub name_claim: String,
    /// The claim that carries the citizen number, if one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number_claim: Option<String>,
    /// What it proves: that somebody has an account there, or that the number is theirs.
    #[serde(default)]
    pub proves: Proves,
    /// Whether staff sign in by it too. They show the second factor here.
    #[serde(default)]
    pub staff: bool,
}

/// What a platform proves of a person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proves {
    /// That somebody has an account there.
    #[default]
    Account,
    /// That the citizen number is theirs.
    Number,
}

/// Whether an address names a password: `postgres://user:password@host`, or `password=` among its parts.
fn holds_password(address: &str) -> bool {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let named = rest.split_once('@').is_some_and(|(user, _)| user.contains(':'));
    let unspaced: String = address.split_whitespace().collect();
    named || unspaced.contains("password=")
}

fn default_scopes() -> Vec<String> {
    vec!["openid".into(), "profile".into()]
}

fn default_name_claim() -> String {
    "name".into()
}

/// `[city]`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct City {
    /// 鄂州市.
    pub name: String,
    /// The site's name.
    pub site: String,
    /// Six-digit division code (GB/T 2260).
    pub division: String,
}

/// `[mail]`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Mail {
    /// The sender.
    pub from: String,
    /// `smtp://host:25` or `smtps://user:password@host`; into `outbox/` of the data folder when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub smtp: Option<String>,
}

fn default_listen() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 8080))
}

fn default_url() -> String {
    "http://127.0.0.1:8080".into()
}

impl Default for City {
    fn default() -> Self {
        Self {
            name: "鄂州市".into(), site: "鄂州市人民政府".into(), division: "420700".into()
        }
    }
}

impl Default for Mail {
    fn default() -> Self {
        Self { from: "政务服务 <noreply@localhost>".into(), smtp: None }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: default_listen(),
            url: default_url(),
            database: None,
            trusted_proxies: Vec::new(),
            intranet_sources: Vec::new(),
            agent: None,
            door: Door::default(),
            tls: None,
            city: City::default(),
            mail: Mail::default(),
            keys: Keys::default(),
            witnesses: Vec::new(),
            sign_in: Vec::new(),
            identity_providers: Vec::new(),
            bus: None,
        }
    }
}

impl Config {
    /// Reads a file; its own mistakes are told with line and column.
    pub fn read(path: &Path) -> Outcome<Self> {
        let text =
            std::fs::read_to_string(path).map_err(|error| files::unreadable(path, &error))?;
        let config = Self::parse(&text).map_err(|fault| {
            let words = format!(
                "配置文件 {} 写得不对\n技术原因：{}",
                path.display(),
                fault.chain().trim_end()
            );
            Refusal::new(RefusalKind::Invalid, "hall.config", words)
                .remedy("请核对键名和写法：不认识的键也算错")
        })?;
        config.keep_secret(path)?;
        Ok(config)
    }

    /// A file with a password in it is its owner's alone.
    fn keep_secret(&self, path: &Path) -> Outcome<()> {
        let facts = std::fs::metadata(path).map_err(|error| files::unreadable(path, &error))?;
        let open = facts.permissions().mode() & 0o077 != 0;
        let mut addresses = self.database.iter().chain(self.mail.smtp.iter());
        if !open || !addresses.any(|address| holds_password(address)) {
            return Ok(());
        }
        let words = format!("{} 里有密码，其他用户却读得到它", path.display());
        Err(Refusal::new(RefusalKind::Forbidden, "hall.config_is_open", words)
            .remedy(format!("请执行 chmod 600 {}", path.display()))
            .into())
    }

    /// Reads the text of a file.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let config: Self = toml::from_str(text).map_err(|error| Fault::said(error.to_string()))?;
        let Door { connections_max, connections_of_one_max } = config.door;
        if connections_max == 0 || connections_of_one_max == 0 {
            return Err(Fault::said(
                "[door] 的 connections_max 和 connections_of_one_max 不能是 0",
            ));
        }
        Ok(config)
    }

    /// The file named, or `cityhall.toml` in the data folder, or the defaults if there is none.
    pub fn find(named: Option<&Path>, data: &Path) -> Outcome<Self> {
        let own: PathBuf = data.join("cityhall.toml");
        match named {
            Some(path) => Self::read(path),
            None if own.exists() => Self::read(&own),
            None => Ok(Self::default()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_with_a_password_is_its_owners_alone() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("cityhall.toml");
        let read = |text: &str, mode: u32| {
            std::fs::write(&path, text).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            Config::read(&path).map(|_| ()).map_err(|stop| stop.to_string())
        };
        for secret in [
            "database = \"postgres://cityhall:word@db/cityhall\"",
            "database = \"host=db user=cityhall password=word\"",
            "database = \"host=db user=cityhall password  =  word\"",
            "[mail]\nsmtp = \"smtps://user:word@mail\"",
        ] {
            let refused = read(secret, 0o640).unwrap_err();
            assert!(refused.contains("其他用户却读得到它"), "{refused}");
            assert_eq!(read(secret, 0o600), Ok(()));
        }
        assert_eq!(read("database = \"postgres://cityhall@db/cityhall\"", 0o644), Ok(()));
        assert_eq!(read("", 0o644), Ok(()));
    }
}
