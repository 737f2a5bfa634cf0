//! Hashes of passwords as accounts keep them: under the key that seals, so that they follow its exchange, though the one
//! that they are made with stays.

use base::{Fault, Id, Moment, Outcome};
use seal::Keys;
use store::Tx;

use crate::accounts::Account;
use crate::passwords::PasswordHash;
use crate::terms::Permit;

/// The context under which they are sealed.
pub(crate) const PASSWORD: &str = "access.accounts.password";

/// A password's hash as an account keeps it.
#[derive(Clone, Debug)]
pub enum KeptPassword {
    /// From before hashes were sealed.
    Bare(Vec<u8>),
    /// Under the key that seals.
    Sealed(Vec<u8>),
}

impl KeptPassword {
    /// The hash.
    pub fn open(&self, keys: &Keys) -> Result<PasswordHash, Fault> {
        Ok(PasswordHash::from_bytes(match self {
            KeptPassword::Bare(hash) => hash.clone(),
            KeptPassword::Sealed(sealed) => keys.unseal(PASSWORD, sealed)?,
        }))
    }
}

impl Account {
    /// The hash of the password, if there is one.
    pub fn password_hash(&self, keys: &Keys) -> Result<Option<PasswordHash>, Fault> {
        self.password.as_ref().map(|kept| kept.open(keys)).transpose()
    }

    /// Whether this is still the hash of the password.
    pub fn keeps(&self, keys: &Keys, hash: &PasswordHash) -> bool {
        self.password_hash(keys).is_ok_and(|kept| kept.as_ref() == Some(hash))
    }
}

/// A password's hash as it is stored for an account.
pub(crate) fn kept(keys: &Keys, id: Id<Account>, password: &PasswordHash) -> Vec<u8> {
    keys.seal(PASSWORD, password.bound(keys, id).bytes())
}

/// Seals hashes of passwords that stand bare, from before they were sealed; so many at most. Says whether more may be left.
pub fn seal_passwords(tx: &Tx<'_>, _permit: &Permit, keys: &Keys, limit: i64) -> Outcome<bool> {
    let bare: Vec<(Id<Account>, Vec<u8>)> = tx.all(
        "SELECT id, password FROM access_accounts WHERE password IS NOT NULL ORDER BY id LIMIT $1",
        &[limit.into()],
    )?;
    for (id, hash) in &bare {
        tx.run(
            "UPDATE access_accounts SET password_sealed = $1, password = NULL WHERE id = $2",
            &[keys.seal(PASSWORD, hash).into(), (*id).into()],
        )?;
    }
    Ok(!bare.is_empty())
}

/// Sets a new password and ends every session of the account.
pub fn change_password(
    tx: &Tx<'_>,
    _permit: &Permit,
    keys: &Keys,
    (id, password): (Id<Account>, &PasswordHash),
    now: Moment,
) -> Outcome<()> {
    tx.run(
        "UPDATE access_accounts SET password_sealed = $1, password = NULL, password_at = $2,
             failures = 0, locked_until = NULL
         WHERE id = $3",
        &[kept(keys, id, password).into(), now.into(), id.into()],
    )?;
    tx.run("DELETE FROM access_codes WHERE account = $1", &[id.to_string().into()])?;
    crate::factors::end_challenges(tx, id)?;
    crate::sessions::end_all_sessions(tx, id)
}
