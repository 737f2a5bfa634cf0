//! What somebody had typed when their session turned out to have ended. It is sealed, travels
//! through the sign-in form as one field, and is offered again afterwards: nothing is lost and
//! nothing is kept on the server.

use base::Moment;
use data_encoding::BASE64URL_NOPAD;
use seal::Keys;
use serde::{Deserialize, Serialize};

/// No more than this is carried along.
pub const HELD_MAX: usize = 256 * 1024;
/// What is older is not offered again.
const HELD_SECONDS: i64 = 3_600;
const CONTEXT: &str = "frame.held";
/// Fields of passwords and codes. They are typed again: a page never carries them in the open.
const SECRETS: [&str; 4] = ["password", "again", "old", "code"];

/// A form on its way through the sign-in page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// Where it was going.
    pub target: String,
    /// The fields, in order.
    pub fields: Vec<(String, String)>,
    at: Moment,
}

impl Held {
    /// Keeps a urlencoded form body that was going to `target`.
    pub fn new(target: &str, body: &[u8], now: Moment) -> Self {
        let typed = form_urlencoded::parse(body).into_owned();
        let fields = typed.filter(|(name, _)| !SECRETS.contains(&name.as_str())).collect();
        Self { target: target.to_owned(), fields, at: now }
    }

    /// Sealed, as one field of a form.
    pub fn seal(&self, keys: &Keys) -> String {
        let plain = serde_json::to_vec(self).unwrap_or_default();
        BASE64URL_NOPAD.encode(&keys.seal(CONTEXT, &plain))
    }

    /// Opened again, if it is ours, goes to a page of ours, and is not too old.
    pub fn open(keys: &Keys, text: &str, now: Moment) -> Option<Self> {
        let sealed = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
        let held: Self = serde_json::from_slice(&keys.unseal(CONTEXT, &sealed).ok()?).ok()?;
        let fresh = held.at.plus_seconds(HELD_SECONDS) >= now;
        (fresh && is_local(&held.target)).then_some(held)
    }
}

/// Whether a path leads to a page of ours: `/…`, and not `//elsewhere` or `/\elsewhere`.
pub fn is_local(path: &str) -> bool {
    path.starts_with('/')
        && !path.starts_with("//")
        && !path.contains(['\\', '\r', '\n', '\t', '\0'])
}

/// Escapes a text for the query of a URL.
pub fn query_escape(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}
