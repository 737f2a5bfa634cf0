//! Letters to people. A letter is enqueued in the transaction of the act it tells of, sealed,
//! because it carries an address; the hall's post office delivers it.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use base::{Fault, Moment, Outcome};
use data_encoding::BASE64;
use ledger::jobs::Lane;
use seal::Keys;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::Tx;

/// The kind of job that delivers a letter.
pub const JOB: &str = "post.letter";
/// The context under which letters are sealed.
pub(crate) const CONTEXT: &str = "frame.post.letter";

/// Waiting letters that are opened at a time.
const LETTERS_PAGE: i64 = 200;

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
    ledger::jobs::enqueue(tx, Lane::Post, JOB, &body(&keys.seal(CONTEXT, &plain)), now)
}

/// Strikes off letters that wait, so that they are never sent: those of which `concerned` says so, by a lawful order.
/// Says how many. Authorise first.
pub fn strike_off(tx: &Tx<'_>, keys: &Keys, concerned: impl Fn(&Letter) -> bool) -> Outcome<u64> {
    let (mut struck, mut after) = (0, 0);
    loop {
        let page = ledger::jobs::waiting(tx, JOB, after, LETTERS_PAGE)?;
        let Some((last, _)) = page.last() else { return Ok(struck) };
        after = *last;
        for (born, body) in &page {
            let letter = serde_json::from_str(body).ok().and_then(|body| open(keys, &body).ok());
            if letter.is_some_and(|letter| concerned(&letter)) {
                struck += u64::from(ledger::jobs::strike_off(tx, *born)?);
            }
        }
    }
}

/// The body of the job of a sealed letter.
pub(crate) fn body(sealed: &[u8]) -> Value {
    json!({ "sealed": BASE64.encode(sealed) })
}

/// Opens the letter of a job.
pub(crate) fn open(keys: &Keys, body: &Value) -> Result<Letter, Fault> {
    let sealed = body.get("sealed").and_then(Value::as_str).unwrap_or_default();
    let sealed = BASE64.decode(sealed.as_bytes()).map_err(Fault::from)?;
    let plain = keys.unseal(CONTEXT, &sealed).map_err(Fault::from)?;
    serde_json::from_slice(&plain).map_err(Fault::from)
}

/// Delivers a letter, for so long and no longer.
pub(crate) async fn deliver(
    post: &dyn PostOffice,
    letter: &Letter,
    limit: Duration,
) -> Outcome<()> {
    match tokio::time::timeout(limit, post.deliver(letter)).await {
        Ok(outcome) => outcome,
        Err(_) => {
            let seconds = limit.as_secs();
            Err(Fault::said(format!("nobody took the letter within {seconds} seconds")).into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Silence;

    impl PostOffice for Silence {
        fn deliver<'a>(
            &'a self,
            _letter: &'a Letter,
        ) -> Pin<Box<dyn Future<Output = Outcome<()>> + Send + 'a>> {
            Box::pin(std::future::pending())
        }
    }

    #[test]
    fn a_letter_that_a_server_neither_takes_nor_refuses_has_failed_after_its_time() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let letter =
            Letter { to: "a@example.com".into(), subject: "一".into(), text: "二".into() };
        let sent = runtime.block_on(deliver(&Silence, &letter, Duration::from_millis(5)));
        assert!(sent.unwrap_err().to_string().contains("nobody took the letter"));
    }
}
