//! What is known of a bus before it is reached.

use std::fmt;
use std::path::PathBuf;

/// So many replicas at most: more than JetStream keeps.
const REPLICAS_MAX: usize = 5;
/// A stream's name is not longer.
const NAME_MAX: usize = 32;

/// Where the bus is, who we are to it, and what the stream on it is like.
#[derive(Clone, PartialEq, Eq)]
pub struct Settings {
    /// `tls://host:4222`; `nats://` to this machine alone.
    pub servers: Vec<String>,
    /// Account and password.
    pub login: Option<(String, String)>,
    /// The authority that is believed for the servers' TLS, a PEM file.
    pub root: Option<PathBuf>,
    /// Our own certificate and its key, PEM files, where the servers ask for one.
    pub certificate: Option<(PathBuf, PathBuf)>,
    /// The stream's name, which begins the subjects too.
    pub stream: String,
    /// How many nodes keep each letter.
    pub replicas: usize,
    /// So many letters are on their way at most.
    pub letters_max: i64,
    /// So many bytes.
    pub bytes_max: i64,
}

/// The password is for nobody's log.
impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("servers", &self.servers)
            .field("login", &self.login.as_ref().map(|(user, _)| user))
            .field("stream", &self.stream)
            .field("replicas", &self.replicas)
            .finish_non_exhaustive()
    }
}

/// The host of an address, and whether it is spoken to in the open.
fn host_of(server: &str) -> Option<(&str, bool)> {
    let (scheme, rest) = server.split_once("://")?;
    let open = match scheme {
        "tls" => false,
        "nats" => true,
        _ => return None,
    };
    let host = match rest.strip_prefix('[') {
        Some(rest) => rest.split_once(']')?.0,
        None => rest.split(':').next()?,
    };
    let plain = !host.is_empty() && !rest.contains(['@', '/', '?', ' ']);
    plain.then_some((host, open))
}

impl Settings {
    /// What is wrong with them, in words for who wrote the configuration.
    pub fn wrong(&self) -> Option<String> {
        if self.servers.is_empty() {
            return Some("servers 至少写一个服务器的地址".into());
        }
        for server in &self.servers {
            let Some((host, open)) = host_of(server) else {
                return Some(format!(
                    "servers 里的“{server}”不对：写成 tls://主机:端口，不带账户和路径"
                ));
            };
            if open && !matches!(host, "127.0.0.1" | "::1" | "localhost") {
                return Some(format!(
                    "servers 里的“{server}”要以 tls:// 开头；只有总线就在本机时，才能用 nats://"
                ));
            }
            if !open && self.root.is_none() {
                return Some("用 tls:// 的，要写 tls_root：签发服务器证书的机构的证书".into());
            }
        }
        let letter = |c: u8| c.is_ascii_alphanumeric() || c == b'_' || c == b'-';
        if self.stream.is_empty()
            || self.stream.len() > NAME_MAX
            || !self.stream.bytes().all(letter)
        {
            return Some(format!("stream 只能用字母、数字、连字符和下划线，最多 {NAME_MAX} 个"));
        }
        if !(1..=REPLICAS_MAX).contains(&self.replicas) {
            return Some(format!("replicas 要在 1 到 {REPLICAS_MAX} 之间"));
        }
        if self.letters_max < 1 || self.bytes_max < 1 {
            return Some("letters_max 和 bytes_max 不能小于 1".into());
        }
        None
    }

    /// Which letters are published under which subject: to a gateway, and on one of a few lanes, so that however many keys
    /// there are, the nodes keep account of few subjects.
    pub(crate) fn subjects(&self) -> String {
        format!("{}.to.*.*", self.stream)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Settings {
        Settings {
            servers: vec!["tls://10.0.0.1:4222".into()],
            login: Some(("exchange".into(), "not for the log".into())),
            root: Some("ca.pem".into()),
            certificate: None,
            stream: "exchange".into(),
            replicas: 3,
            letters_max: 1,
            bytes_max: 1,
        }
    }

    #[test]
    fn passwords_and_letters_do_not_travel_in_the_open() {
        assert_eq!(settings().wrong(), None);
        assert!(!format!("{:?}", settings()).contains("not for the log"));
        let with = |servers: &[&str]| {
            let servers = servers.iter().map(|one| (*one).to_owned()).collect();
            Settings { servers, root: None, ..settings() }.wrong()
        };
        assert_eq!(with(&["nats://127.0.0.1:4222", "nats://[::1]:4223"]), None);
        for wrong in [
            "nats://10.0.0.1:4222",
            "nats://127.0.0.1.example:4222",
            "tls://10.0.0.1:4222",
            "nats://exchange:word@127.0.0.1:4222",
            "http://127.0.0.1:4222",
            "127.0.0.1:4222",
            "nats://",
        ] {
            assert!(with(&[wrong]).is_some(), "{wrong}");
        }
        assert!(with(&[]).is_some());
    }

    #[test]
    fn a_stream_has_a_plain_name_and_as_many_replicas_as_there_can_be() {
        for stream in ["", "a.b", "a b", "a*", "流"] {
            assert!(Settings { stream: stream.into(), ..settings() }.wrong().is_some());
        }
        for (replicas, fits) in [(0, false), (1, true), (5, true), (6, false)] {
            assert_eq!(Settings { replicas, ..settings() }.wrong().is_none(), fits);
        }
    }
}
