//! Fetches revocation lists and asks about certificates (OCSP, RFC 6960 appendix A). What comes is signed, so it may come
//! over an open wire. Each answer has a limit of time and of size; nothing is followed elsewhere.

use std::fmt;
use std::time::Duration;

use base::{IpRange, is_near};
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};

/// An authority must answer within so long.
const ANSWER_MAX: Duration = Duration::from_secs(8);
/// No list of a licensed service is larger.
const LIST_BYTES_MAX: u64 = 20 * 1024 * 1024;
/// No answer about one certificate is larger.
const ANSWER_BYTES_MAX: u64 = 64 * 1024;

/// Who fetches and asks: in far places, and near ones only where the configuration allows them. An administrator of
/// certificates so cannot make the program knock at doors that only this machine reaches.
#[derive(Clone)]
pub(crate) struct Wire(ureq::Agent);

impl Wire {
    pub(crate) fn new(allowed: &[IpRange]) -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            // A proxy would look the names up itself.
            .proxy(None)
            .timeout_global(Some(ANSWER_MAX))
            .build();
        let names = Far { names: DefaultResolver::default(), allowed: allowed.to_vec() };
        Self(ureq::Agent::with_parts(config, DefaultConnector::default(), names))
    }

    /// The list at this address, or in words why there is none.
    pub(crate) fn list(&self, at: &str) -> Result<Vec<u8>, String> {
        read(self.0.get(at).call(), LIST_BYTES_MAX)
    }

    /// The answer to an inquiry, or in words why there is none.
    pub(crate) fn ask(&self, at: &str, inquiry: &[u8]) -> Result<Vec<u8>, String> {
        let request = self.0.post(at).header("Content-Type", "application/ocsp-request");
        read(request.send(inquiry), ANSWER_BYTES_MAX)
    }
}

/// Looks names up as all do, and refuses those that lead to a near address. What is connected to is what was looked
/// at: a name cannot lead elsewhere in between.
#[derive(Debug)]
struct Far {
    names: DefaultResolver,
    allowed: Vec<IpRange>,
}

impl Resolver for Far {
    fn resolve(
        &self,
        uri: &Uri,
        config: &ureq::config::Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let found = self.names.resolve(uri, config, timeout)?;
        let near = found.iter().map(|address| address.ip()).find(|address| {
            is_near(*address) && !self.allowed.iter().any(|range| range.contains(*address))
        });
        match near {
            Some(_) => Err(ureq::Error::Other(Box::new(Near))),
            None => Ok(found),
        }
    }
}

/// A name that leads to a near address.
#[derive(Debug)]
struct Near;

impl fmt::Display for Near {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "这个地址在本机或者内网，没有去取；确实要用的，请让系统运维在 cityhall.toml 的 \
             intranet_sources 里写明",
        )
    }
}

impl std::error::Error for Near {}

fn read(
    answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>,
    most: u64,
) -> Result<Vec<u8>, String> {
    let mut answer = answer.map_err(|error| match error {
        ureq::Error::Other(near) if near.is::<Near>() => near.to_string(),
        error => format!("连不上：{error}"),
    })?;
    let status = answer.status().as_u16();
    if status != 200 {
        return Err(format!("对方答复 {status}，没有给内容"));
    }
    let body = answer.body_mut().with_config().limit(most).read_to_vec();
    body.map_err(|error| format!("没有读完：{error}"))
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn nothing_is_fetched_from_this_machine_or_the_intranet_unless_the_configuration_allows_it() {
        let door = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = door.local_addr().unwrap().port();
        door.set_nonblocking(true).unwrap();
        let none = Wire::new(&[]);
        let other = Wire::new(&[IpRange::parse("10.8.0.0/16").unwrap()]);
        let names = [
            format!("http://127.0.0.1:{port}/list.crl"),
            // The name is looked up, and where it leads is looked at.
            format!("http://localhost:{port}/list.crl"),
            format!("http://2130706433:{port}/list.crl"),
            format!("http://[::ffff:127.0.0.1]:{port}/list.crl"),
            "http://192.168.0.1/list.crl".to_owned(),
            "http://169.254.169.254/latest/meta-data/".to_owned(),
        ];
        for wire in [&none, &other] {
            for at in &names {
                let refused = wire.list(at).expect_err("refused");
                assert!(refused.contains("在本机或者内网"), "{at}: {refused}");
                let refused = wire.ask(at, b"inquiry").expect_err("refused");
                assert!(refused.contains("intranet_sources"), "{at}: {refused}");
            }
        }
        assert!(door.accept().is_err(), "nobody has knocked");
        // Allowed, it is gone to: what is wrong then is that nobody answers.
        let allowed = Wire::new(&[IpRange::parse("127.0.0.0/8").unwrap()]);
        drop(door);
        let words = allowed.list(&format!("http://127.0.0.1:{port}/")).expect_err("closed");
        assert!(words.contains("连不上"), "{words}");
    }
}
