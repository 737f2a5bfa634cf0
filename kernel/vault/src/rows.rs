//! The vault's tables, one statement a function.

use base::{Fault, Id, Moment, Outcome};
use store::{Error, FromRow, Reader, Row, Tx};

use crate::refusal::FileRefusal;
use crate::terms::{File, FileInfo, Key, Staged};

/// What a file is called whose name was erased.
const ERASED_NAME: &str = "已删除的文件";

/// The bits of an id that are its moment of birth stand above these.
const CHANCE_BITS: u32 = 80;

impl FromRow for FileInfo {
    fn from_row(row: &Row<'_>) -> Result<Self, Error> {
        Ok(Self {
            id: row.get("id")?,
            scope_kind: row.get("scope_kind")?,
            scope_id: row.get("scope_id")?,
            label: row.get("label")?,
            name: row.get("name")?,
            size: row.get::<i64>("size")?.unsigned_abs(),
            media_type: row.get("media_type")?,
            attached_at: row.get("attached_at")?,
            erased: row.get("erased")?,
        })
    }
}

/// Names a staged file in its scope, in the transaction of the act that hands it in. Refuses
/// [`FileRefusal::ScopeFull`] and [`FileRefusal::TooMany`].
pub fn attach(tx: &Tx<'_>, staged: &Staged, now: Moment) -> Outcome<Id<File>> {
    let used = used(tx, &staged.scope_kind, &staged.scope_id)?;
    used.room_for(staged.size, &staged.limits)?;
    if wrapped(tx, staged.key)?.is_none() {
        return Err(FileRefusal::Erased { document: None }.into());
    }
    // Minted from the chance drawn at the staging, so a second run of this gives the same id.
    let born = u128::from(now.millis().unsigned_abs()) & ((1 << 48) - 1);
    let id = Id::from_bits((born << CHANCE_BITS) | staged.chance);
    tx.run(
        "INSERT INTO vault_files (id, scope_kind, scope_id, label, name, size, media_type, \
         address, key_id, attached_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        &[
            id.into(),
            (&staged.scope_kind).into(),
            (&staged.scope_id).into(),
            (&staged.label).into(),
            (&staged.name).into(),
            integer(staged.size)?.into(),
            (&staged.media_type).into(),
            (&staged.address).into(),
            staged.key.into(),
            now.into(),
        ],
    )?;
    Ok(id)
}

/// Takes a file off its scope. Its content goes with the next sweep but one, unless another file
/// has the same. Refuses [`FileRefusal::NoFile`] when the scope has no such file.
pub fn detach(tx: &Tx<'_>, kind: &str, scope: &str, id: Id<File>) -> Outcome<()> {
    let gone = tx.run(
        "DELETE FROM vault_files WHERE id = $1 AND scope_kind = $2 AND scope_id = $3",
        &[id.into(), kind.into(), scope.into()],
    )?;
    if gone == 0 { Err(FileRefusal::NoFile.into()) } else { Ok(()) }
}

/// Gives the files and the keys of one scope to another: those of a draft to its case.
pub fn rehome(tx: &Tx<'_>, from: (&str, &str), to: (&str, &str)) -> Outcome<()> {
    let params = [to.0.into(), to.1.into(), from.0.into(), from.1.into()];
    tx.run(
        "UPDATE vault_files SET scope_kind = $1, scope_id = $2 \
         WHERE scope_kind = $3 AND scope_id = $4",
        &params,
    )?;
    tx.run(
        "UPDATE vault_keys SET scope_kind = $1, scope_id = $2 \
         WHERE scope_kind = $3 AND scope_id = $4",
        &params,
    )?;
    Ok(())
}

/// Destroys the keys of a scope, and with them what its files held, here and in every copy of the contents; the
/// contents go too, those in a folder with [`crate::Vault::remove_erased`]. The list of files stays, without their
/// names, and says under which document. A copy of the database from before still has the keys. Says how many
/// files were erased. Authorise first.
pub fn erase(tx: &Tx<'_>, kind: &str, scope: &str, document: &str) -> Outcome<u64> {
    tx.run(
        "UPDATE vault_keys SET wrapped = NULL WHERE scope_kind = $1 AND scope_id = $2",
        &[kind.into(), scope.into()],
    )?;
    tx.run(
        "UPDATE vault_blobs SET content = NULL, erased = 1 WHERE erased IS NULL AND address IN \
         (SELECT address FROM vault_files WHERE scope_kind = $1 AND scope_id = $2)",
        &[kind.into(), scope.into()],
    )?;
    Ok(tx.run(
        "UPDATE vault_files SET name = $3, erased = $4 \
         WHERE scope_kind = $1 AND scope_id = $2 AND erased IS NULL",
        &[kind.into(), scope.into(), ERASED_NAME.into(), document.into()],
    )?)
}

/// Erased contents of which a copy may still stand in the folder, at most `limit`.
pub(crate) fn erased_contents(reader: &Reader<'_>, limit: u32) -> Outcome<Vec<String>> {
    Ok(reader.all(
        "SELECT address FROM vault_blobs WHERE erased = 1 ORDER BY address LIMIT $1",
        &[limit.into()],
    )?)
}

/// Notes that no copy of an erased content stands in the folder any more.
pub(crate) fn note_removed(tx: &Tx<'_>, address: &str) -> Outcome<()> {
    tx.run("UPDATE vault_blobs SET erased = 2 WHERE address = $1", &[address.into()])?;
    Ok(())
}

/// The files of a scope, oldest first.
pub fn files_of(reader: &Reader<'_>, kind: &str, scope: &str) -> Outcome<Vec<FileInfo>> {
    Ok(reader.all(
        "SELECT id, scope_kind, scope_id, label, name, size, media_type, attached_at, erased \
         FROM vault_files WHERE scope_kind = $1 AND scope_id = $2 ORDER BY id",
        &[kind.into(), scope.into()],
    )?)
}

/// What is known of one file. The caller checks that its scope is one that the person may see.
pub fn file(reader: &Reader<'_>, id: Id<File>) -> Outcome<Option<FileInfo>> {
    Ok(reader.maybe(
        "SELECT id, scope_kind, scope_id, label, name, size, media_type, attached_at, erased \
         FROM vault_files WHERE id = $1",
        &[id.into()],
    )?)
}

/// What a scope holds already.
pub(crate) struct Used {
    bytes: u64,
    files: u64,
}

impl Used {
    pub(crate) fn room_for(
        &self,
        size: u64,
        limits: &crate::limits::Limits,
    ) -> Result<(), FileRefusal> {
        if self.files >= limits.scope_files_max {
            return Err(FileRefusal::TooMany { max: limits.scope_files_max });
        }
        if self.bytes.saturating_add(size) > limits.scope_bytes_max {
            return Err(FileRefusal::ScopeFull { max: limits.scope_bytes_max });
        }
        Ok(())
    }
}

pub(crate) fn used(reader: &Reader<'_>, kind: &str, scope: &str) -> Outcome<Used> {
    let (bytes, files): (i64, i64) = reader.one(
        "SELECT CAST(COALESCE(SUM(size), 0) AS BIGINT), CAST(COUNT(*) AS BIGINT) \
         FROM vault_files WHERE scope_kind = $1 AND scope_id = $2",
        &[kind.into(), scope.into()],
    )?;
    Ok(Used { bytes: bytes.unsigned_abs(), files: files.unsigned_abs() })
}

/// The oldest key of a scope that was not erased, wrapped.
pub(crate) fn key_of(
    reader: &Reader<'_>,
    kind: &str,
    scope: &str,
) -> Outcome<Option<(Id<Key>, Vec<u8>)>> {
    Ok(reader.maybe(
        "SELECT id, wrapped FROM vault_keys \
         WHERE scope_kind = $1 AND scope_id = $2 AND wrapped IS NOT NULL ORDER BY id LIMIT 1",
        &[kind.into(), scope.into()],
    )?)
}

/// A key, wrapped; `None` when it was erased or never was.
fn wrapped(reader: &Reader<'_>, key: Id<Key>) -> Outcome<Option<Vec<u8>>> {
    let found: Option<Option<Vec<u8>>> =
        reader.maybe("SELECT wrapped FROM vault_keys WHERE id = $1", &[key.into()])?;
    Ok(found.flatten())
}

/// Notes a key. One that is there already stays as it is, but waits no longer to be swept.
pub(crate) fn add_key(
    tx: &Tx<'_>,
    id: Id<Key>,
    kind: &str,
    scope: &str,
    wrapped: &[u8],
) -> Outcome<()> {
    tx.run(
        "INSERT INTO vault_keys (id, scope_kind, scope_id, wrapped) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (id) DO UPDATE SET orphaned_at = NULL",
        &[id.into(), kind.into(), scope.into(), wrapped.into()],
    )?;
    Ok(())
}

/// Notes a content. One that waited to be swept does so no longer, and one that was lost is there
/// again.
pub(crate) fn add_content(
    tx: &Tx<'_>,
    address: &str,
    size: u64,
    content: Option<&[u8]>,
) -> Outcome<()> {
    tx.run(
        "INSERT INTO vault_blobs (address, size, content) VALUES ($1, $2, $3) \
         ON CONFLICT (address) DO UPDATE SET orphaned_at = NULL,
         content = COALESCE(vault_blobs.content, excluded.content)",
        &[address.into(), integer(size)?.into(), content.into()],
    )?;
    Ok(())
}

/// All that is needed to open a file.
pub(crate) struct Sealed {
    pub address: String,
    pub key: Id<Key>,
    pub wrapped: Option<Vec<u8>>,
    pub content: Option<Vec<u8>>,
    pub erased: Option<String>,
}

impl FromRow for Sealed {
    fn from_row(row: &Row<'_>) -> Result<Self, Error> {
        Ok(Self {
            address: row.get("address")?,
            key: row.get("key_id")?,
            wrapped: row.get("wrapped")?,
            content: row.get("content")?,
            erased: row.get("erased")?,
        })
    }
}

pub(crate) fn sealed(reader: &Reader<'_>, id: Id<File>) -> Outcome<Option<Sealed>> {
    Ok(reader.maybe(
        "SELECT f.address, f.key_id, k.wrapped, b.content, f.erased FROM vault_files f \
         JOIN vault_keys k ON k.id = f.key_id JOIN vault_blobs b ON b.address = f.address \
         WHERE f.id = $1",
        &[id.into()],
    )?)
}

/// Notes of up to `limit` contents after an address since when no file names them, and forgets it where
/// one does again. Gives the last address that was looked at; nothing when there was none. (Under
/// COALESCE no index of the marks is entered in the place of the key.)
pub(crate) fn mark_contents(
    tx: &Tx<'_>,
    now: Moment,
    after: &str,
    limit: u32,
) -> Outcome<Option<String>> {
    let last: Option<String> = tx.one(
        "SELECT MAX(address) FROM (SELECT address FROM vault_blobs WHERE address > $1 \
         ORDER BY address LIMIT $2) page",
        &[after.into(), limit.into()],
    )?;
    let Some(last) = last else { return Ok(None) };
    tx.run(
        "UPDATE vault_blobs SET orphaned_at = NULL \
         WHERE address > $1 AND address <= $2 AND COALESCE(orphaned_at, 0) > 0 \
         AND EXISTS (SELECT 1 FROM vault_files f WHERE f.address = vault_blobs.address)",
        &[after.into(), last.as_str().into()],
    )?;
    tx.run(
        "UPDATE vault_blobs SET orphaned_at = $1 \
         WHERE address > $2 AND address <= $3 AND COALESCE(orphaned_at, 0) = 0 \
         AND NOT EXISTS (SELECT 1 FROM vault_files f WHERE f.address = vault_blobs.address)",
        &[now.into(), after.into(), last.as_str().into()],
    )?;
    Ok(Some(last))
}

/// The same of keys.
pub(crate) fn mark_keys(
    tx: &Tx<'_>,
    now: Moment,
    after: &str,
    limit: u32,
) -> Outcome<Option<String>> {
    let last: Option<String> = tx.one(
        "SELECT MAX(id) FROM (SELECT id FROM vault_keys WHERE id > $1 ORDER BY id LIMIT $2) page",
        &[after.into(), limit.into()],
    )?;
    let Some(last) = last else { return Ok(None) };
    tx.run(
        "UPDATE vault_keys SET orphaned_at = NULL \
         WHERE id > $1 AND id <= $2 AND COALESCE(orphaned_at, 0) > 0 \
         AND EXISTS (SELECT 1 FROM vault_files f WHERE f.key_id = vault_keys.id)",
        &[after.into(), last.as_str().into()],
    )?;
    tx.run(
        "UPDATE vault_keys SET orphaned_at = $1 \
         WHERE id > $2 AND id <= $3 AND COALESCE(orphaned_at, 0) = 0 \
         AND NOT EXISTS (SELECT 1 FROM vault_files f WHERE f.key_id = vault_keys.id)",
        &[now.into(), after.into(), last.as_str().into()],
    )?;
    Ok(Some(last))
}

/// Deletes up to `limit` keys that no file has named since before `before`; says how many.
pub(crate) fn drop_keys(tx: &Tx<'_>, before: Moment, limit: u32) -> Outcome<u64> {
    Ok(tx.run(
        "DELETE FROM vault_keys WHERE id IN (SELECT id FROM vault_keys k WHERE k.orphaned_at < $1 \
         AND NOT EXISTS (SELECT 1 FROM vault_files f WHERE f.key_id = k.id) \
         ORDER BY k.orphaned_at LIMIT $2)",
        &[before.into(), limit.into()],
    )?)
}

/// Deletes up to `limit` contents that no file has named since before `before`; says which.
pub(crate) fn drop_orphans(tx: &Tx<'_>, before: Moment, limit: u32) -> Outcome<Vec<String>> {
    let addresses: Vec<String> = tx.all(
        "SELECT address FROM vault_blobs WHERE orphaned_at < $1 \
         AND NOT EXISTS (SELECT 1 FROM vault_files f WHERE f.address = vault_blobs.address) \
         ORDER BY orphaned_at LIMIT $2",
        &[before.into(), limit.into()],
    )?;
    for address in &addresses {
        tx.run("DELETE FROM vault_blobs WHERE address = $1", &[address.into()])?;
    }
    Ok(addresses)
}

/// The addresses that begin with these digits.
pub(crate) fn addresses(reader: &Reader<'_>, prefix: &str) -> Outcome<Vec<String>> {
    // No hexadecimal digit sorts behind g.
    Ok(reader.all(
        "SELECT address FROM vault_blobs WHERE address >= $1 AND address < $2",
        &[prefix.into(), format!("{prefix}g").into()],
    )?)
}

fn integer(size: u64) -> Result<i64, Fault> {
    i64::try_from(size).map_err(Fault::from)
}
