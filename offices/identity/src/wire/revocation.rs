//! Fetches revocation lists and asks about certificates (OCSP, RFC 6960 appendix A). What comes is signed, so it may come
//! over an open wire. Each answer has a limit of time and of size; nothing is followed elsewhere.

use std::sync::LazyLock;
use std::time::Duration;

/// An authority must answer within so long.
const ANSWER_MAX: Duration = Duration::from_secs(8);
/// No list of a licensed service is larger.
const LIST_BYTES_MAX: u64 = 20 * 1024 * 1024;
/// No answer about one certificate is larger.
const ANSWER_BYTES_MAX: u64 = 64 * 1024;

static AGENT: LazyLock<ureq::Agent> = LazyLock::new(|| {
    ureq::Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .timeout_global(Some(ANSWER_MAX))
        .build()
        .into()
});

/// The list at this address, or in words why there is none.
pub(crate) fn list(at: &str) -> Result<Vec<u8>, String> {
    read(AGENT.get(at).call(), LIST_BYTES_MAX)
}

/// The answer to an inquiry, or in words why there is none.
pub(crate) fn ask(at: &str, inquiry: &[u8]) -> Result<Vec<u8>, String> {
    let request = AGENT.post(at).header("Content-Type", "application/ocsp-request");
    read(request.send(inquiry), ANSWER_BYTES_MAX)
}

fn read(
    answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>,
    most: u64,
) -> Result<Vec<u8>, String> {
    let mut answer = answer.map_err(|error| format!("连不上：{error}"))?;
    let status = answer.status().as_u16();
    if status != 200 {
        return Err(format!("对方答复 {status}，没有给内容"));
    }
    let body = answer.body_mut().with_config().limit(most).read_to_vec();
    body.map_err(|error| format!("没有读完：{error}"))
}
