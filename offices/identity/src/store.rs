//! The SQL of identity: reset requests, readmissions, mail addresses that wait. Accounts, posts and sessions stand in `access`.

mod changes;
pub mod openid;
mod proposals;
pub mod providers;

pub use changes::{CHANGES, changes_of, put_change};
pub use proposals::{POSTS, open_delegations_of, open_proposals_for, put_proposal};

use access::{Account, Permit};
use base::{Id, Moment, Outcome};
use store::{FromRow, Reader, Row, Tx};

use crate::terms::{Readmission, Reset, ResetState, WaitingAddress};

const COLUMNS: &str = "id, account, login, name, asked_at, state, first_by, first_name \
                       FROM identity_resets";

/// Puts a request down, unless one of the same account is still open.
pub fn ask_reset(
    tx: &Tx<'_>,
    _permit: &Permit,
    id: Id<Reset>,
    account: &Account,
    now: Moment,
) -> Outcome<bool> {
    let open: Option<String> = tx.maybe(
        "SELECT id FROM identity_resets WHERE account = $1 AND state IN ('asked', 'half') LIMIT 1",
        &[account.id.into()],
    )?;
    if open.is_some() {
        return Ok(false);
    }
    tx.run(
        "INSERT INTO identity_resets (id, account, login, name, asked_at, state)
         VALUES ($1, $2, $3, $4, $5, 'asked')",
        &[
            id.into(),
            account.id.into(),
            account.login.as_str().into(),
            account.name.as_str().into(),
            now.into(),
        ],
    )?;
    Ok(true)
}

/// A request by id.
pub fn reset_by_id(reader: &Reader<'_>, id: Id<Reset>) -> Outcome<Option<Reset>> {
    Ok(reader.maybe(&format!("SELECT {COLUMNS} WHERE id = $1"), &[id.into()])?)
}

/// The open requests, oldest first.
pub fn open_resets(reader: &Reader<'_>) -> Outcome<Vec<Reset>> {
    Ok(reader.all(
        &format!("SELECT {COLUMNS} WHERE state IN ('asked', 'half') ORDER BY id LIMIT 200"),
        &[],
    )?)
}

/// How many requests are open.
pub fn open_count(reader: &Reader<'_>) -> Outcome<i64> {
    Ok(reader.one(
        "SELECT CAST(COUNT(*) AS BIGINT) FROM identity_resets WHERE state IN ('asked', 'half')",
        &[],
    )?)
}

/// Notes the first agreement.
pub fn first_agreement(tx: &Tx<'_>, permit: &Permit, id: Id<Reset>, now: Moment) -> Outcome<()> {
    tx.run(
        "UPDATE identity_resets SET state = $1, first_by = $2, first_name = $3, first_at = $4
         WHERE id = $5",
        &[
            ResetState::HalfAgreed.as_str().into(),
            permit.account().into(),
            permit.who().name.as_str().into(),
            now.into(),
            id.into(),
        ],
    )?;
    Ok(())
}

/// Notes the end of a request: granted by a second administrator, or declined by one.
pub fn finish(
    tx: &Tx<'_>,
    permit: &Permit,
    id: Id<Reset>,
    state: ResetState,
    now: Moment,
) -> Outcome<()> {
    tx.run(
        "UPDATE identity_resets SET state = $1, second_by = $2, second_name = $3, second_at = $4
         WHERE id = $5",
        &[
            state.as_str().into(),
            permit.account().into(),
            permit.who().name.as_str().into(),
            now.into(),
            id.into(),
        ],
    )?;
    Ok(())
}

/// Notes that an administrator was given a code on the machine itself.
pub fn note_readmission(tx: &Tx<'_>, _permit: &Permit, noted: &Readmission) -> Outcome<()> {
    tx.run(
        "INSERT INTO identity_readmissions (act, login, name, at) VALUES ($1, $2, $3, $4)",
        &[
            noted.act.into(),
            noted.login.as_str().into(),
            noted.name.as_str().into(),
            noted.at.into(),
        ],
    )?;
    Ok(())
}

/// The latest readmissions since a moment, newest first, at most 20.
pub fn readmissions(reader: &Reader<'_>, since: Moment) -> Outcome<Vec<Readmission>> {
    Ok(reader.all(
        "SELECT act, login, name, at FROM identity_readmissions WHERE at >= $1
         ORDER BY at DESC LIMIT 20",
        &[since.into()],
    )?)
}

/// A wrong code for a mail address this often makes it void.
const CODE_TRIES_MAX: i64 = 5;

/// Lets a new mail address wait for its code, in the place of one that waited before.
pub fn let_wait(
    tx: &Tx<'_>,
    _permit: &Permit,
    account: Id<Account>,
    waiting: &WaitingAddress,
    code_mac: [u8; 32],
    now: Moment,
) -> Outcome<()> {
    tx.run("DELETE FROM identity_addresses WHERE ends_at <= $1", &[now.into()])?;
    tx.run(
        "INSERT INTO identity_addresses (account, email_sealed, code_mac, tries, ends_at)
         VALUES ($1, $2, $3, 0, $4)
         ON CONFLICT (account) DO UPDATE SET email_sealed = excluded.email_sealed,
             code_mac = excluded.code_mac, tries = 0, ends_at = excluded.ends_at",
        &[
            account.into(),
            waiting.email_sealed.clone().into(),
            code_mac.into(),
            waiting.ends.into(),
        ],
    )?;
    Ok(())
}

/// The mail address of an account that waits for its code, if one does.
pub fn waiting_address(
    reader: &Reader<'_>,
    account: Id<Account>,
    now: Moment,
) -> Outcome<Option<WaitingAddress>> {
    Ok(reader.maybe(
        "SELECT email_sealed, ends_at FROM identity_addresses
         WHERE account = $1 AND tries < $2 AND ends_at > $3",
        &[account.into(), CODE_TRIES_MAX.into(), now.into()],
    )?)
}

/// Counts a try of the code of an address that waits; gives the address and the code's MAC.
pub fn try_address(
    tx: &Tx<'_>,
    account: Id<Account>,
    now: Moment,
) -> Outcome<Option<(WaitingAddress, Vec<u8>)>> {
    let waiting = waiting_address(tx, account, now)?;
    let kept: Option<Vec<u8>> = tx.maybe(
        "UPDATE identity_addresses SET tries = tries + 1
         WHERE account = $1 AND tries < $2 AND ends_at > $3 RETURNING code_mac",
        &[account.into(), CODE_TRIES_MAX.into(), now.into()],
    )?;
    Ok(waiting.zip(kept))
}

/// Forgets the address that waits.
pub fn forget_address(tx: &Tx<'_>, _permit: &Permit, account: Id<Account>) -> Outcome<()> {
    tx.run("DELETE FROM identity_addresses WHERE account = $1", &[account.into()])?;
    Ok(())
}

/// All resets that were asked for an account.
pub fn resets_of(reader: &Reader<'_>, account: Id<Account>) -> Outcome<Vec<Id<Reset>>> {
    Ok(reader.all("SELECT id FROM identity_resets WHERE account = $1", &[account.into()])?)
}

/// Erases what stands beside an account: an address that waits, the systems it was used for, its links, and whose
/// its resets were.
pub fn erase_traces(
    tx: &Tx<'_>,
    permit: &Permit,
    account: Id<Account>,
    document: &str,
) -> Outcome<()> {
    forget_address(tx, permit, account)?;
    providers::end_all_links(tx, permit, account)?;
    tx.run(
        "DELETE FROM identity_tokens
         WHERE grant_id IN (SELECT id FROM identity_grants WHERE account = $1)",
        &[account.into()],
    )?;
    tx.run("DELETE FROM identity_grants WHERE account = $1", &[account.into()])?;
    tx.run("DELETE FROM identity_consents WHERE account = $1", &[account.into()])?;
    tx.run(
        "UPDATE identity_resets SET login = '', name = $1 WHERE account = $2",
        &[base::erased_words(document).into(), account.into()],
    )?;
    Ok(())
}

impl FromRow for WaitingAddress {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        Ok(Self { email_sealed: row.get("email_sealed")?, ends: row.get("ends_at")? })
    }
}

impl FromRow for Readmission {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        Ok(Self {
            act: row.get("act")?,
            login: row.get("login")?,
            name: row.get("name")?,
            at: row.get("at")?,
        })
    }
}

impl FromRow for Reset {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        let first_by: Option<String> = row.get("first_by")?;
        let first_name: Option<String> = row.get("first_name")?;
        Ok(Self {
            id: row.get("id")?,
            account: row.get("account")?,
            login: row.get("login")?,
            name: row.get("name")?,
            asked_at: row.get("asked_at")?,
            state: ResetState::parse(&row.get::<String>("state")?),
            first: first_by.zip(first_name),
        })
    }
}
