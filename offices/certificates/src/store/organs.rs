//! The SQL of organs' keys and certificates.

use access::Permit;
use base::{Id, Moment, Outcome};
use store::{FromRow, Reader, Row, Tx};

use crate::terms::Ending;
use crate::terms::organs::{KeyState, OrganKey};

const KEY: &str = "id, organ, organ_name, secret_sealed, request, key_mark, keeper, keeper_name, made_at, \
                   state, signing, encipherment, until_at, taken_at FROM certificates_organs";

/// Puts a new key pair of an organ down.
pub fn put_key(tx: &Tx<'_>, _permit: &Permit, new: &OrganKey) -> Outcome<()> {
    tx.run(
        "INSERT INTO certificates_organs (id, organ, organ_name, secret_sealed, request, key_mark,
             keeper, keeper_name, made_at, state)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'made')",
        &[
            new.id.into(),
            new.organ.as_str().into(),
            new.organ_name.as_str().into(),
            new.secret_sealed.clone().into(),
            new.request.clone().into(),
            new.key_mark.as_str().into(),
            new.keeper.as_str().into(),
            new.keeper_name.as_str().into(),
            new.made_at.into(),
        ],
    )?;
    Ok(())
}

/// A key by id.
pub fn key_by_id(reader: &Reader<'_>, id: Id<OrganKey>) -> Outcome<Option<OrganKey>> {
    Ok(reader.maybe(&format!("SELECT {KEY} WHERE id = $1"), &[id.into()])?)
}

/// The keys of one organ, the newest first; the last 50.
pub fn keys_of(reader: &Reader<'_>, organ: &str) -> Outcome<Vec<OrganKey>> {
    Ok(reader.all(
        &format!("SELECT {KEY} WHERE organ = $1 ORDER BY id DESC LIMIT 50"),
        &[organ.into()],
    )?)
}

/// The keys of all organs that stand or wait.
pub fn keys_in_use(reader: &Reader<'_>) -> Outcome<Vec<OrganKey>> {
    Ok(reader.all(
        &format!("SELECT {KEY} WHERE state IN ('made', 'handed_in', 'standing') ORDER BY id"),
        &[],
    )?)
}

/// Puts down what was handed in for a key that waits for it. No if it waits no more.
pub fn hand_in(
    tx: &Tx<'_>,
    _permit: &Permit,
    id: Id<OrganKey>,
    (signing, encipherment, inner_sealed): (&[u8], &[u8], &[u8]),
    until: Moment,
) -> Outcome<bool> {
    let put = tx.run(
        "UPDATE certificates_organs SET state = 'handed_in', signing = $1, encipherment = $2,
             inner_sealed = $3, until_at = $4
         WHERE id = $5 AND state = 'made'",
        &[signing.into(), encipherment.into(), inner_sealed.into(), until.into(), id.into()],
    )?;
    Ok(put > 0)
}

/// Gives back what was handed in: nobody agreed to it.
pub fn hand_back(tx: &Tx<'_>, _permit: &Permit, id: Id<OrganKey>) -> Outcome<()> {
    tx.run(
        "UPDATE certificates_organs SET state = 'made', signing = NULL, encipherment = NULL,
             inner_sealed = NULL, until_at = NULL
         WHERE id = $1 AND state = 'handed_in'",
        &[id.into()],
    )?;
    Ok(())
}

/// Takes in what was handed in; what stood before for the organ stands no more, and is kept.
pub fn take_in(tx: &Tx<'_>, _permit: &Permit, key: &OrganKey, now: Moment) -> Outcome<bool> {
    tx.run(
        "UPDATE certificates_organs SET state = 'replaced' WHERE organ = $1 AND state = 'standing'",
        &[key.organ.as_str().into()],
    )?;
    let taken = tx.run(
        "UPDATE certificates_organs SET state = 'standing', taken_at = $1
         WHERE id = $2 AND state = 'handed_in'",
        &[now.into(), key.id.into()],
    )?;
    Ok(taken > 0)
}

/// Drops a key for which nothing was issued, and destroys its private half. No if something was handed in.
pub fn drop_key(tx: &Tx<'_>, _permit: &Permit, id: Id<OrganKey>) -> Outcome<bool> {
    let dropped = tx.run(
        "UPDATE certificates_organs SET state = 'dropped', secret_sealed = NULL
         WHERE id = $1 AND state = 'made'",
        &[id.into()],
    )?;
    Ok(dropped > 0)
}

/// What stands for organs and ends between two moments; 1,000 at most.
pub fn organs_ending(reader: &Reader<'_>, (from, until): (Moment, Moment)) -> Outcome<Vec<Ending>> {
    Ok(reader.all(
        "SELECT 'organ' AS kind, organ AS subject, keeper AS account, keeper_name AS holder,
             organ_name AS name, until_at
         FROM certificates_organs
         WHERE until_at > $1 AND until_at < $2 AND state = 'standing' ORDER BY until_at LIMIT 1000",
        &[from.into(), until.into()],
    )?)
}

impl FromRow for OrganKey {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        Ok(Self {
            id: row.get("id")?,
            organ: row.get("organ")?,
            organ_name: row.get("organ_name")?,
            secret_sealed: row.get("secret_sealed")?,
            request: row.get("request")?,
            key_mark: row.get("key_mark")?,
            keeper: row.get("keeper")?,
            keeper_name: row.get("keeper_name")?,
            made_at: row.get("made_at")?,
            state: KeyState::parse(&row.get::<String>("state")?),
            signing: row.get("signing")?,
            encipherment: row.get("encipherment")?,
            until: row.get("until_at")?,
            taken_at: row.get("taken_at")?,
        })
    }
}
