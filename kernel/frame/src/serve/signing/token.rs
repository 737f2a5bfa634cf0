//! The token between the two steps of a decisive act: sealed, so that it is ours and nobody reads its seed.

use axum::body::Bytes;
use axum::http::Method;
use base::{Moment, Refusal, RefusalKind};
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use ledger::Unsigned;
use seal::sm3;
use serde::{Deserialize, Serialize};

use crate::cx::Cx;

/// So long after the first step the second one may come.
pub(super) const TOKEN_SECONDS: i64 = 300;
/// So far may the clocks of two processes of one city be apart.
const SKEW_SECONDS: i64 = 30;
const CONTEXT: &str = "frame.signing";

/// What the first step leaves to the second.
#[derive(Serialize, Deserialize)]
pub(super) struct Held {
    /// Whose it is: the account and the MAC of the session.
    account: String,
    session: [u8; 32],
    /// What was asked for.
    method: String,
    target: String,
    /// What was sent, and as what; programs send it again.
    body: Option<String>,
    kind: Option<String>,
    body_digest: [u8; 32],
    /// From which the ids and salts are drawn.
    pub(super) seed: [u8; 32],
    /// The moment of the act.
    pub(super) at: Moment,
    /// SM3 over the canonical bytes that are to be signed.
    pub(super) digest: [u8; 32],
}

impl Held {
    pub(super) fn new(
        cx: &Cx,
        method: &Method,
        (body, kind): (&Bytes, Option<&str>),
        (seed, at): ([u8; 32], Moment),
        unsigned: &Unsigned,
    ) -> Self {
        Self {
            account: cx.person().map(|person| person.account.to_string()).unwrap_or_default(),
            session: cx.person().map(|person| person.session).unwrap_or_default(),
            method: method.to_string(),
            target: cx.target().to_owned(),
            body: (!cx.is_api()).then(|| BASE64URL_NOPAD.encode(body)),
            kind: kind.map(str::to_owned),
            body_digest: sm3(&[body]),
            seed,
            at,
            digest: sm3(&[&unsigned.text]),
        }
    }

    pub(super) fn seal(&self, cx: &Cx) -> String {
        let plain = serde_json::to_vec(self).unwrap_or_default();
        BASE64URL_NOPAD.encode(&cx.hall().keys.seal(CONTEXT, &plain))
    }

    /// Opened again, if it is ours, of this session and this address, and still in its time. Each thing that is
    /// wrong with it is told as what it is, and nothing of what stands in it.
    pub(super) fn open(cx: &Cx, method: &Method, text: &str) -> Result<Self, Refusal> {
        let sealed = BASE64URL_NOPAD.decode(text.trim().as_bytes()).map_err(|_| damaged())?;
        let plain = cx.hall().keys.unseal(CONTEXT, &sealed).map_err(|_| damaged())?;
        let held: Self = serde_json::from_slice(&plain).map_err(|_| damaged())?;
        let person = cx.person().ok_or_else(elsewhere)?;
        if held.account != person.account.to_string() || held.session != person.session {
            return Err(elsewhere());
        }
        if held.method != method.as_str() || held.target != cx.target() {
            return Err(other_step());
        }
        // Rights are held by the day: what was begun yesterday is asked for again.
        let now = cx.now();
        // Another process may have begun it, whose clock is a little ahead.
        let begun = held.at <= now.plus_seconds(SKEW_SECONDS);
        let fresh = held.until() >= now && begun && held.at.day() == now.day();
        if fresh { Ok(held) } else { Err(late()) }
    }

    /// Until when the second step may come.
    pub(super) fn until(&self) -> Moment {
        self.at.plus_seconds(TOKEN_SECONDS)
    }

    /// Whether this is what was sent with the first step.
    pub(super) fn is_of(&self, body: &[u8]) -> Result<(), Refusal> {
        if self.body_digest == sm3(&[body]) { Ok(()) } else { Err(other_content()) }
    }

    /// What was sent with the first step.
    pub(super) fn body(&self) -> Result<(Bytes, Option<String>), Refusal> {
        // The token of a program has none.
        let body = self.body.as_ref().ok_or_else(other_step)?;
        let body = BASE64URL_NOPAD.decode(body.as_bytes()).map_err(|_| damaged())?;
        Ok((Bytes::from(body), self.kind.clone()))
    }

    /// What is to be signed, by its digest in hex.
    pub(super) fn digest_text(&self) -> String {
        HEXLOWER.encode(&self.digest)
    }
}

/// Its time is over.
fn late() -> Refusal {
    unfit("frame.stale_signing", "这次签名已经过期，没有办理")
}

/// It is no token of ours, or not whole.
fn damaged() -> Refusal {
    unfit("frame.damaged_signing", "签名页带回来的内容不完整，或者被改动过，没有办理")
}

/// It was given to another session.
fn elsewhere() -> Refusal {
    unfit("frame.signing_elsewhere", "请您签名的那一页不是在这次登录里打开的，没有办理")
}

/// It was given for something else.
fn other_step() -> Refusal {
    unfit("frame.signing_other_step", "这次签名是为另一步做的，没有办理")
}

/// It was given for another body.
fn other_content() -> Refusal {
    unfit("frame.signing_other_content", "提交的内容和请您签名的时候不一样，没有办理")
}

fn unfit(code: &'static str, words: &str) -> Refusal {
    Refusal::new(RefusalKind::Conflict, code, words)
        .remedy("请回到办理的页面，核对以后重新提交，再签一次名；一次签名五分钟内有效，只能用一次")
}
