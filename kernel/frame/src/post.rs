//! Letters to people. A letter is enqueued in the transaction of the act it tells of, sealed,
//! because it carries an address; the hall's post office delivers it.

use std::future::Future;
use std::pin::Pin;

use base::{Fault, Moment, Outcome};
use data_encoding::BASE64;
use seal::Keys;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::Tx;

/// The kind of job that delivers a letter.
pub const JOB: &str = "post.letter";
const CONTEXT: &str = "frame.post.letter";

/// A letter in plain text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// Mail address.
    pub to: String,
    /// Subject.
    pub subject: String,
    /// Text, lines ended by `\n`.
    pub text: String,
}

/// Delivers letters: by SMTP, or into a folder in the demo.
pub trait PostOffice: Send + Sync {
    /// Delivers one letter. A fault is tried again later.
    fn deliver<'a>(
        &'a self,
        letter: &'a Letter,
    ) -> Pin<Box<dyn Future<Output = Outcome<()>> + Send + 'a>>;
}

/// Enqueues a letter in the transaction of the act it tells of.
pub fn enqueue(tx: &Tx<'_>, keys: &Keys, letter: &Letter, now: Moment) -> Outcome<()> {
    let plain = serde_json::to_vec(letter).map_err(Fault::from)?;
    let body = json!({ "sealed": BASE64.encode(&keys.seal(CONTEXT, &plain)) });
    ledger::jobs::enqueue(tx, JOB, &body, now)
}

/// Opens the letter of a job.
pub(crate) fn open(keys: &Keys, body: &Value) -> Result<Letter, Fault> {
    let sealed = body.get("sealed").and_then(Value::as_str).unwrap_or_default();
    let sealed = BASE64.decode(sealed.as_bytes()).map_err(Fault::from)?;
    let plain = keys.unseal(CONTEXT, &sealed).map_err(Fault::from)?;
    serde_json::from_slice(&plain).map_err(Fault::from)
}
