//! Sessions. The token is 256 random bits that only the browser keeps; the database keeps its MAC.

use std::sync::Arc;

use base::{Day, Fault, Id, Moment, Outcome};
use data_encoding::BASE64URL_NOPAD;
use seal::Keys;
use store::{FromRow, Reader, Row, Tx};

use crate::accounts::Account;
use crate::factors::FactorKind;
use crate::rules::{Known, SignInRule};
use crate::terms::{Kind, Person, Post, Standing};

/// The context under which the address is sealed from which a session was opened.
pub const PLACE: &str = "access.sessions.place";
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
    opened_at: Moment,
    password_at: Option<Moment>,
    second: Option<String>,
    trusts: bool,
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
            opened_at: row.get("created_at")?,
            password_at: row.get("password_at")?,
            second: row.get("second")?,
            trusts: row.get("trusts")?,
            seen_at: row.get("seen_at")?,
        })
    }
}

/// From where a session was opened.
#[derive(Clone, Debug, Default)]
pub struct Device {
    /// The browser in plain words, of a list of our own; empty for a program.
    pub browser: String,
    /// The address.
    pub place: String,
}

/// A session to be opened.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// The session of the same browser in whose place it comes: that one ends.
    pub replaces: Option<[u8; 32]>,
    /// Whose.
    pub account: Id<Account>,
    /// Where it will be used.
    pub kind: SessionKind,
    /// By what it was opened beside the password.
    pub second: Option<FactorKind>,
    /// From where.
    pub device: Device,
    /// When it ends, however much it is used.
    pub ends: Moment,
}

/// What is known of somebody who signs in with this beside the password, and of the city's trust.
pub fn known_of(
    reader: &Reader<'_>,
    account: &Account,
    second: Option<FactorKind>,
) -> Outcome<Known> {
    let trusted: Option<String> = reader
        .maybe("SELECT fingerprint FROM access_authorities WHERE state = 'trusted' LIMIT 1", &[])?;
    Ok(Known {
        kind: account.kind,
        opened_at: account.opened_at,
        password_at: account.password_at,
        second,
        trusts: trusted.is_some(),
    })
}

/// Opens a session. A sign-in always opens a new one, so a token planted before it is worth nothing.
pub fn open_session(
    tx: &Tx<'_>,
    keys: &Keys,
    token: &Token,
    new: &NewSession,
    now: Moment,
) -> Outcome<()> {
    if let Some(before) = new.replaces {
        end_session(tx, before)?;
    }
    tx.run(
        "INSERT INTO access_sessions (token_mac, account, kind, created_at, seen_at, ends_at,
             second, browser, place_sealed)
         VALUES ($1, $2, $3, $4, $4, $5, $6, $7, $8)",
        &[
            token.mac(keys).into(),
            new.account.into(),
            new.kind.as_str().into(),
            now.into(),
            new.ends.into(),
            new.second.map(FactorKind::as_str).into(),
            new.device.browser.as_str().into(),
            keys.seal(PLACE, new.device.place.as_bytes()).into(),
        ],
    )?;
    tx.run("DELETE FROM access_sessions WHERE ends_at < $1", &[now.into()])?;
    tx.run(
        "UPDATE access_accounts SET signed_in_at = $1 WHERE id = $2",
        &[now.into(), new.account.into()],
    )?;
    Ok(())
}

/// The person behind a token, if the session still stands.
pub fn resume(
    reader: &Reader<'_>,
    rule: &SignInRule,
    mac: [u8; 32],
    kind: SessionKind,
    now: Moment,
) -> Outcome<Option<Session>> {
    let found: Option<Found> = reader.maybe(
        "SELECT a.id, a.login, a.name, a.kind, a.real_name, a.created_at, a.password_at,
                s.second, s.seen_at,
                CASE WHEN EXISTS (SELECT 1 FROM access_authorities WHERE state = 'trusted')
                     THEN 1 ELSE 0 END AS trusts
         FROM access_sessions s JOIN access_accounts a ON a.id = s.account
         WHERE s.token_mac = $1 AND s.kind = $2 AND s.ends_at > $3 AND a.state = 'active'",
        &[mac.into(), kind.as_str().into(), now.into()],
    )?;
    let Some(found) = found else { return Ok(None) };
    let sort = if found.kind == Kind::Staff.as_str() { Kind::Staff } else { Kind::Citizen };
    if found.seen_at.plus_seconds(rule.idle_seconds.of(sort)) < now {
        return Ok(None);
    }
    let known = Known {
        kind: sort,
        opened_at: found.opened_at,
        password_at: found.password_at,
        second: found.second.as_deref().and_then(FactorKind::parse),
        trusts: found.trusts,
    };
    let person = Person {
        account: found.account,
        login: found.login,
        name: found.name,
        kind: sort,
        real_name: found.real_name,
        posts: posts_of(reader, found.account, now.day())?,
        at: now,
        session: mac,
        standing: rule.owed(&known, now).map_or(Standing::Whole, Standing::Owing),
    };
    let stale = found.seen_at.plus_seconds(TOUCH_SECONDS) < now;
    Ok(Some(Session { person: Arc::new(person), stale }))
}

/// The posts that an account holds on a day, its own first: the first of them is what a person is known by.
pub fn posts_of(reader: &Reader<'_>, account: Id<Account>, day: Day) -> Outcome<Vec<Post>> {
    let mut posts: Vec<Post> = reader.all(
        "SELECT h.role, h.post, h.organ, o.name AS organ_name, h.for_account, f.name AS for_name,
                h.until_day
         FROM access_holdings h
         LEFT JOIN access_organs o ON o.id = h.organ
         LEFT JOIN access_accounts f ON f.id = h.for_account
         WHERE h.account = $1 AND h.from_day <= $2 AND (h.until_day IS NULL OR h.until_day >= $2)
           AND h.ended_at IS NULL
         ORDER BY h.id",
        &[account.into(), day.into()],
    )?;
    posts.sort_by_key(|post| post.on_behalf.is_some());
    Ok(posts)
}

impl FromRow for Post {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        let on_behalf = crate::authorise::on_behalf(row)?;
        Ok(Self {
            role: row.get("role")?,
            title: crate::authorise::post_of(row.get("post")?, on_behalf.as_ref()),
            organ: row.get("organ")?,
            organ_name: row.get::<Option<String>>("organ_name")?.unwrap_or_default(),
            on_behalf,
            until: row.get("until_day")?,
        })
    }
}

/// How somebody signed in, for those who are told of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignIn {
    /// Whose session it is.
    pub account: Id<Account>,
    /// When it was opened.
    pub at: Moment,
    /// Until when it lasts at most.
    pub ends: Moment,
    /// By what it was opened first: `pwd`, or what `note_first` has noted.
    pub first: String,
    /// What was shown beside it, then or later.
    pub second: Option<FactorKind>,
}

impl FromRow for SignIn {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        let second: Option<String> = row.get("second")?;
        Ok(Self {
            account: row.get("account")?,
            at: row.get("created_at")?,
            ends: row.get("ends_at")?,
            first: row.get("first_way")?,
            second: second.as_deref().and_then(FactorKind::parse),
        })
    }
}

/// The sign-in of a session that nobody has ended. Whether it lies idle makes no difference.
pub fn sign_in_of(reader: &Reader<'_>, mac: [u8; 32], now: Moment) -> Outcome<Option<SignIn>> {
    Ok(reader.maybe(
        "SELECT account, created_at, ends_at, first_way, second FROM access_sessions
         WHERE token_mac = $1 AND ends_at > $2",
        &[mac.into(), now.into()],
    )?)
}

/// Notes by what a session was opened, where it was not the password.
pub fn note_first(tx: &Tx<'_>, mac: [u8; 32], first: &str) -> Outcome<()> {
    tx.run(
        "UPDATE access_sessions SET first_way = $1 WHERE token_mac = $2",
        &[first.into(), mac.into()],
    )?;
    Ok(())
}

/// Writes down that a session was used.
pub fn touch(tx: &Tx<'_>, mac: [u8; 32], now: Moment) -> Outcome<()> {
    tx.run(
        "UPDATE access_sessions SET seen_at = $1 WHERE token_mac = $2",
        &[now.into(), mac.into()],
    )?;
    Ok(())
}

/// Beyond what clocks of one city are apart.
const FAR_SECONDS: i64 = 86_400;

/// A session of an account, as its list of devices shows it.
#[derive(Clone, Debug)]
pub struct OpenSession {
    /// The MAC of its token: names the session, opens nothing.
    pub mac: Vec<u8>,
    /// Where it is used.
    pub kind: SessionKind,
    /// The browser in plain words; empty where none was told.
    pub browser: String,
    /// The address from which it was opened, sealed.
    pub place_sealed: Option<Vec<u8>>,
    /// By what it was opened beside the password.
    pub second: Option<FactorKind>,
    /// When it was opened.
    pub opened_at: Moment,
    /// When it was last used, to the minute.
    pub seen_at: Moment,
}

impl OpenSession {
    /// The address in clear.
    pub fn place(&self, keys: &Keys) -> Option<String> {
        String::from_utf8(keys.unseal(PLACE, self.place_sealed.as_deref()?).ok()?).ok()
    }
}

impl FromRow for OpenSession {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        let second: Option<String> = row.get("second")?;
        Ok(Self {
            mac: row.get("token_mac")?,
            kind: SessionKind::parse(&row.get::<String>("kind")?),
            browser: row.get("browser")?,
            place_sealed: row.get("place_sealed")?,
            second: second.as_deref().and_then(FactorKind::parse),
            opened_at: row.get("created_at")?,
            seen_at: row.get("seen_at")?,
        })
    }
}

/// A place in the list of an account's sessions: when the one before was used, and its MAC.
pub type SessionPlace = (Moment, Vec<u8>);

/// The sessions of an account that still stand, the last used first, after a place, at most `limit`.
pub fn sessions_of(
    reader: &Reader<'_>,
    rule: &SignInRule,
    (account, kind): (Id<Account>, Kind),
    after: Option<&SessionPlace>,
    (limit, now): (i64, Moment),
) -> Outcome<Vec<OpenSession>> {
    let rested = now.plus_seconds(-rule.idle_seconds.of(kind));
    // A process whose clock is ahead may have used one a little later than now.
    let (seen, mac) = after.cloned().unwrap_or_else(|| (now.plus_seconds(FAR_SECONDS), Vec::new()));
    Ok(reader.all(
        "SELECT token_mac, kind, browser, place_sealed, second, created_at, seen_at
         FROM access_sessions
         WHERE account = $1 AND seen_at >= $3 AND (seen_at, token_mac) < ($4, $5) AND ends_at > $2
         ORDER BY seen_at DESC, token_mac DESC LIMIT $6",
        &[account.into(), now.into(), rested.into(), seen.into(), mac.into(), limit.into()],
    )?)
}

/// Notes that who uses a session has shown a second factor since it was opened.
pub fn raise_session(tx: &Tx<'_>, mac: [u8; 32], second: FactorKind) -> Outcome<()> {
    tx.run(
        "UPDATE access_sessions SET second = $1 WHERE token_mac = $2",
        &[second.as_str().into(), mac.into()],
    )?;
    Ok(())
}

/// Ends one session of this account. No if there is none such.
pub fn end_session_of(tx: &Tx<'_>, account: Id<Account>, mac: &[u8]) -> Outcome<bool> {
    let ended = tx.run(
        "DELETE FROM access_sessions WHERE token_mac = $1 AND account = $2",
        &[mac.into(), account.into()],
    )?;
    Ok(ended > 0)
}

/// Ends every session of an account but this one. Says how many.
pub fn end_other_sessions(tx: &Tx<'_>, account: Id<Account>, mac: [u8; 32]) -> Outcome<u64> {
    Ok(tx.run(
        "DELETE FROM access_sessions WHERE account = $1 AND token_mac <> $2",
        &[account.into(), mac.into()],
    )?)
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
