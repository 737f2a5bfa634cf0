//! Sessions. The token is 256 random bits that only the browser keeps; the database keeps its MAC.

use std::sync::Arc;

use base::{Fault, Id, Moment, Outcome};
use data_encoding::BASE64URL_NOPAD;
use seal::Keys;
use store::{FromRow, Reader, Row, Tx};

use crate::accounts::Account;
use crate::terms::{Kind, Person, Post};

/// Idle so long ends a session: staff sooner than citizens (GB/T 22239-2019 身份鉴别 b: 15–30 min
/// for staff). A citizen who fills in a long form is given longer; drafts are kept in any case.
const STAFF_IDLE_SECONDS: i64 = 30 * 60;
const CITIZEN_IDLE_SECONDS: i64 = 2 * 3_600;
/// No session lives longer than this.
const LONGEST_SECONDS: i64 = 12 * 3_600;
/// How often the moment of last use is written down.
const TOUCH_SECONDS: i64 = 60;

/// A session's secret. Its `Debug` shows nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(…)")
    }
}

impl Token {
    /// A new token. Mint it before the transaction.
    pub fn mint() -> Result<Self, Fault> {
        let mut bytes = [0u8; 32];
        getrandom::fill(&mut bytes).map_err(|error| Fault::said(error.to_string()))?;
        Ok(Self(BASE64URL_NOPAD.encode(&bytes)))
    }

    /// A token as a browser or a program sent it.
    pub fn from_text(text: &str) -> Option<Self> {
        (text.len() == 43 && text.is_ascii()).then(|| Self(text.to_owned()))
    }

    /// The text to send.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The MAC by which a challenge is kept: a token of the first step opens no session.
    pub fn challenge_mac(&self, keys: &Keys) -> [u8; 32] {
        keys.mac("access.challenge", self.0.as_bytes())
    }

    /// The MAC by which the session is kept.
    pub fn mac(&self, keys: &Keys) -> [u8; 32] {
        keys.mac("access.session", self.0.as_bytes())
    }
}

/// Where a session is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionKind {
    /// A browser, by cookie.
    Web,
    /// A program, by bearer token.
    Api,
}

impl SessionKind {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            SessionKind::Web => "web",
            SessionKind::Api => "api",
        }
    }

    pub(crate) fn parse(text: &str) -> Self {
        if text == SessionKind::Web.as_str() { SessionKind::Web } else { SessionKind::Api }
    }
}

/// A session that was resumed.
#[derive(Clone, Debug)]
pub struct Session {
    /// Who.
    pub person: Arc<Person>,
    /// Whether the moment of last use should be written down (`touch`).
    pub stale: bool,
}

struct Found {
    account: Id<Account>,
    login: String,
    name: String,
    kind: String,
    real_name: bool,
    seen_at: Moment,
}

impl FromRow for Found {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        Ok(Self {
            account: row.get("id")?,
            login: row.get("login")?,
            name: row.get("name")?,
            kind: row.get("kind")?,
            real_name: row.get("real_name")?,
            seen_at: row.get("seen_at")?,
        })
    }
}

/// Opens a session. A sign-in always opens a new one, so a token planted before it is worth nothing.
pub fn open_session(
    tx: &Tx<'_>,
    keys: &Keys,
    account: Id<Account>,
    token: &Token,
    kind: SessionKind,
    now: Moment,
) -> Outcome<()> {
    tx.run(
        "INSERT INTO access_sessions (token_mac, account, kind, created_at, seen_at, ends_at)
         VALUES ($1, $2, $3, $4, $4, $5)",
        &[
            token.mac(keys).into(),
            account.into(),
            kind.as_str().into(),
            now.into(),
            now.plus_seconds(LONGEST_SECONDS).into(),
        ],
    )?;
    tx.run("DELETE FROM access_sessions WHERE ends_at < $1", &[now.into()])?;
    Ok(())
}

/// The person behind a token, if the session still stands.
pub fn resume(
    reader: &Reader<'_>,
    mac: [u8; 32],
    kind: SessionKind,
    now: Moment,
) -> Outcome<Option<Session>> {
    let found: Option<Found> = reader.maybe(
        "SELECT a.id, a.login, a.name, a.kind, a.real_name, s.seen_at
         FROM access_sessions s JOIN access_accounts a ON a.id = s.account
         WHERE s.token_mac = $1 AND s.kind = $2 AND s.ends_at > $3 AND a.state = 'active'",
        &[mac.into(), kind.as_str().into(), now.into()],
    )?;
    let Some(found) = found else { return Ok(None) };
    let staff = found.kind == Kind::Staff.as_str();
    let idle = if staff { STAFF_IDLE_SECONDS } else { CITIZEN_IDLE_SECONDS };
    if found.seen_at.plus_seconds(idle) < now {
        return Ok(None);
    }
    let posts = reader.all::<(String, String, String, Option<String>)>(
        "SELECT h.role, h.post, h.organ, o.name FROM access_holdings h
         LEFT JOIN access_organs o ON o.id = h.organ
         WHERE h.account = $1 AND h.from_day <= $2 AND (h.until_day IS NULL OR h.until_day >= $2)
           AND h.ended_at IS NULL
         ORDER BY h.id",
        &[found.account.into(), now.day().into()],
    )?;
    let person = Person {
        account: found.account,
        login: found.login,
        name: found.name,
        kind: if staff { Kind::Staff } else { Kind::Citizen },
        real_name: found.real_name,
        posts: posts
            .into_iter()
            .map(|(role, title, organ, organ_name)| Post {
                role,
                title,
                organ,
                organ_name: organ_name.unwrap_or_default(),
            })
            .collect(),
        at: now,
        session: mac,
    };
    let stale = found.seen_at.plus_seconds(TOUCH_SECONDS) < now;
    Ok(Some(Session { person: Arc::new(person), stale }))
}

/// Writes down that a session was used.
pub fn touch(tx: &Tx<'_>, mac: [u8; 32], now: Moment) -> Outcome<()> {
    tx.run(
        "UPDATE access_sessions SET seen_at = $1 WHERE token_mac = $2",
        &[now.into(), mac.into()],
    )?;
    Ok(())
}

/// Ends one session.
pub fn end_session(tx: &Tx<'_>, mac: [u8; 32]) -> Outcome<()> {
    tx.run("DELETE FROM access_sessions WHERE token_mac = $1", &[mac.into()])?;
    Ok(())
}

/// Ends every session of an account.
pub fn end_all_sessions(tx: &Tx<'_>, account: Id<Account>) -> Outcome<()> {
    tx.run("DELETE FROM access_sessions WHERE account = $1", &[account.into()])?;
    Ok(())
}
