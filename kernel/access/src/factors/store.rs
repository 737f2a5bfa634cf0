//! The factors of an account.

use base::{Id, Moment, Outcome, Refusal, RefusalKind};
use seal::cert::Certificate;
use seal::passkey::Passkey;
use serde::{Deserialize, Serialize};
use store::{FromRow, Reader, Row, Tx};

use crate::accounts::Account;
use crate::terms::Permit;

/// A kind of second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum FactorKind {
    /// A certificate over an SM2 key; a challenge is signed.
    #[serde(rename = "certificate")]
    Certificate,
    /// A passkey of a browser, a telephone or a token (WebAuthn); a challenge is signed.
    #[serde(rename = "passkey")]
    Passkey,
    /// A code by time from an app (TOTP).
    #[serde(rename = "totp")]
    Code,
}

impl FactorKind {
    /// All of them, the strongest first.
    pub const ALL: [FactorKind; 3] =
        [FactorKind::Certificate, FactorKind::Passkey, FactorKind::Code];

    /// As stored, and as programs see it.
    pub const fn as_str(self) -> &'static str {
        match self {
            FactorKind::Certificate => "certificate",
            FactorKind::Passkey => "passkey",
            FactorKind::Code => "totp",
        }
    }

    /// In words.
    pub const fn title(self) -> &'static str {
        match self {
            FactorKind::Certificate => "数字证书",
            FactorKind::Passkey => "通行密钥",
            FactorKind::Code => "动态验证码",
        }
    }

    /// From [`FactorKind::as_str`]'s form.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// How far a factor is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FactorState {
    /// Set up, and not yet shown to work.
    Waiting,
    /// In use.
    Active,
    /// Taken away.
    Ended,
}

impl FactorState {
    const fn as_str(self) -> &'static str {
        match self {
            FactorState::Waiting => "waiting",
            FactorState::Active => "active",
            FactorState::Ended => "ended",
        }
    }

    fn parse(text: &str) -> Self {
        match text {
            "active" => FactorState::Active,
            "waiting" => FactorState::Waiting,
            // An unknown state, written by a newer program, opens nothing.
            _ => FactorState::Ended,
        }
    }
}

/// A second factor of an account.
#[derive(Clone, Debug)]
pub struct Factor {
    /// Id.
    pub id: Id<Factor>,
    /// Whose.
    pub account: Id<Account>,
    /// Its kind.
    pub kind: FactorKind,
    /// What its holder calls it.
    pub name: String,
    /// The secret of codes, sealed.
    pub secret_sealed: Option<Vec<u8>>,
    /// The certificate's bytes.
    pub certificate: Option<Vec<u8>>,
    /// The passkey.
    pub passkey: Option<Passkey>,
    /// How far it is.
    pub state: FactorState,
    /// The last step whose code was taken.
    pub last_step: i64,
    /// Since when.
    pub created_at: Moment,
    /// When it was last used.
    pub used_at: Option<Moment>,
}

impl FromRow for Factor {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        let (kind, state): (String, String) = (row.get("kind")?, row.get("state")?);
        let known = FactorKind::parse(&kind);
        let (id, key): (Option<Vec<u8>>, Option<Vec<u8>>) =
            (row.get("passkey")?, row.get("passkey_key")?);
        let counter = u32::try_from(row.get::<i64>("counter")?).unwrap_or(u32::MAX);
        Ok(Self {
            id: row.get("id")?,
            account: row.get("account")?,
            kind: known.unwrap_or(FactorKind::Code),
            name: row.get("name")?,
            secret_sealed: row.get("secret_sealed")?,
            certificate: row.get("certificate")?,
            passkey: id.zip(key).map(|(id, key)| Passkey { id, key, counter }),
            state: known.map_or(FactorState::Ended, |_| FactorState::parse(&state)),
            last_step: row.get("last_step")?,
            created_at: row.get("created_at")?,
            used_at: row.get("used_at")?,
        })
    }
}

const COLUMNS: &str = "id, account, kind, name, secret_sealed, certificate, passkey, \
                       passkey_key, counter, state, last_step, created_at, used_at \
                       FROM access_factors";

/// A factor to be added. Mint and seal before the transaction.
#[derive(Clone, Debug)]
pub struct NewFactor {
    /// Id.
    pub id: Id<Factor>,
    /// Whose.
    pub account: Id<Account>,
    /// Its kind.
    pub kind: FactorKind,
    /// What its holder calls it.
    pub name: String,
    /// The secret, sealed.
    pub secret_sealed: Option<Vec<u8>>,
    /// The certificate's bytes.
    pub certificate: Option<Vec<u8>>,
    /// The passkey.
    pub passkey: Option<Passkey>,
    /// What names the key.
    pub mark: Option<[u8; 32]>,
    /// How far it is at first.
    pub state: FactorState,
}

/// Adds a factor. Refuses a key that already speaks for an account.
pub fn add_factor(tx: &Tx<'_>, _permit: &Permit, new: &NewFactor, now: Moment) -> Outcome<()> {
    if let Some(Ok(certificate)) = new.certificate.as_deref().map(Certificate::read) {
        crate::watch(tx, &certificate)?;
    }
    let passkey = new.passkey.as_ref();
    let added = tx.run(
        "INSERT INTO access_factors (id, account, kind, name, secret_sealed, certificate, mark,
             state, last_step, created_at, passkey, passkey_key, counter)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9, $10, $11, $12)",
        &[
            new.id.into(),
            new.account.into(),
            new.kind.as_str().into(),
            new.name.as_str().into(),
            new.secret_sealed.clone().into(),
            new.certificate.clone().into(),
            new.mark.map(Vec::from).into(),
            new.state.as_str().into(),
            now.into(),
            passkey.map(|one| one.id.clone()).into(),
            passkey.map(|one| one.key.clone()).into(),
            passkey.map_or(0, |one| i64::from(one.counter)).into(),
        ],
    );
    match added {
        Ok(_) => Ok(()),
        Err(store::Error::Unique { .. }) => {
            let words = "这把密钥已经登记在一个账户上，一把密钥只能登记一次";
            Err(Refusal::new(RefusalKind::Conflict, "access.key_taken", words).into())
        }
        Err(error) => Err(error.into()),
    }
}

/// The factors of an account that are not ended, in the order in which they came.
pub fn factors_of(reader: &Reader<'_>, account: Id<Account>) -> Outcome<Vec<Factor>> {
    Ok(reader.all(
        &format!("SELECT {COLUMNS} WHERE account = $1 AND state <> 'ended' ORDER BY id"),
        &[account.into()],
    )?)
}

/// The factor whose key this names.
pub fn factor_by_mark(reader: &Reader<'_>, mark: [u8; 32]) -> Outcome<Option<Factor>> {
    Ok(reader.maybe(&format!("SELECT {COLUMNS} WHERE mark = $1"), &[Vec::from(mark).into()])?)
}

/// Puts a waiting factor to use, with the step that showed it to work. No if it is not waiting.
pub fn confirm_factor(
    tx: &Tx<'_>,
    _permit: &Permit,
    id: Id<Factor>,
    step: i64,
    now: Moment,
) -> Outcome<bool> {
    let confirmed = tx.run(
        "UPDATE access_factors SET state = 'active', last_step = $2, used_at = $3
         WHERE id = $1 AND state = 'waiting'",
        &[id.into(), step.into(), now.into()],
    )?;
    Ok(confirmed > 0)
}

/// Takes a code's step, once. No if this step or a later one was taken meanwhile.
pub fn take_step(tx: &Tx<'_>, id: Id<Factor>, step: i64, now: Moment) -> Outcome<bool> {
    let taken = tx.run(
        "UPDATE access_factors SET last_step = $2, used_at = $3
         WHERE id = $1 AND state = 'active' AND last_step < $2",
        &[id.into(), step.into(), now.into()],
    )?;
    Ok(taken > 0)
}

/// Takes a passkey's count, which only grows, or stays 0 where the device does not count. No if it was as high
/// meanwhile.
pub fn take_count(tx: &Tx<'_>, id: Id<Factor>, count: u32, now: Moment) -> Outcome<bool> {
    let taken = tx.run(
        "UPDATE access_factors SET counter = $2, used_at = $3
         WHERE id = $1 AND state = 'active' AND (counter < $2 OR (counter = 0 AND $2 = 0))",
        &[id.into(), i64::from(count).into(), now.into()],
    )?;
    Ok(taken > 0)
}

/// Writes down that a factor was used. No if it is not in use any more.
pub fn touch_factor(tx: &Tx<'_>, id: Id<Factor>, now: Moment) -> Outcome<bool> {
    let used = tx.run(
        "UPDATE access_factors SET used_at = $2 WHERE id = $1 AND state = 'active'",
        &[id.into(), now.into()],
    )?;
    Ok(used > 0)
}

/// Takes a factor away: its secret is erased, its key is free for another account.
pub fn end_factor(tx: &Tx<'_>, _permit: &Permit, id: Id<Factor>) -> Outcome<bool> {
    let ended = tx.run(
        "UPDATE access_factors SET state = 'ended', secret_sealed = NULL, mark = NULL,
             passkey = NULL, passkey_key = NULL
         WHERE id = $1 AND state <> 'ended'",
        &[id.into()],
    )?;
    Ok(ended > 0)
}

/// Takes away all factors of an account, and every step that has begun: its holder starts anew. Says
/// how many were in use.
pub fn end_all_factors(tx: &Tx<'_>, account: Id<Account>) -> Outcome<usize> {
    let standing = factors_of(tx, account)?;
    tx.run(
        "UPDATE access_factors SET state = 'ended', secret_sealed = NULL, mark = NULL,
             passkey = NULL, passkey_key = NULL
         WHERE account = $1 AND state <> 'ended'",
        &[account.into()],
    )?;
    super::end_challenges(tx, account)?;
    Ok(standing.iter().filter(|factor| factor.state == FactorState::Active).count())
}

/// Erases what stands in the open beside the factors of an account that was erased: the names that its holder gave
/// them, and certificates, which name the holder.
pub fn erase_factors(tx: &Tx<'_>, account: Id<Account>) -> Outcome<()> {
    tx.run(
        "UPDATE access_factors SET name = '', certificate = NULL WHERE account = $1",
        &[account.into()],
    )?;
    Ok(())
}
