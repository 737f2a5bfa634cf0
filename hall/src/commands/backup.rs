//! Backups. A backup is one file: the database as of one moment, the files of the vault, the keys and
//! the configuration, and at its end a digest of all of it. It holds the keys, so it is as secret as
//! they are. The checkpoint that the data folder keeps is not in it: the database has its own, of that
//! moment.

mod whole;

pub use whole::whole;

use std::fs::{File, Metadata, OpenOptions};
use std::io::{BufWriter, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base::{Fault, Outcome, Refusal, RefusalKind};
use frame::Hall;
use zeroize::Zeroizing;

use self::whole::Digesting;
use crate::control::Teller;
use crate::{city, files};

/// The database inside a backup.
pub const DUMP: &str = "database";
/// The configuration.
pub const CONFIG: &str = "cityhall.toml";
/// The files of people, where they stand in a folder.
pub const VAULT: &str = "vault";
/// What stands at the root of a backup.
pub const PARTS: [&str; 5] = [DUMP, city::KEYS, CONFIG, crate::demo::MARK, VAULT];

/// Writes a backup while the city runs.
pub async fn backup(hall: &Arc<Hall>, file: &Path, teller: &Teller) -> Outcome<bool> {
    if file.exists() {
        let words = format!("{} 已经存在，没有覆盖", file.display());
        return Err(Refusal::new(RefusalKind::Conflict, "hall.backup_exists", words)
            .remedy("请换一个文件名")
            .into());
    }
    let (hall, file) = (hall.clone(), file.to_owned());
    let shown = file.display().to_string();
    teller.tell("正在写数据库的一致副本");
    let written = tokio::task::spawn_blocking(move || write_backup(&hall, &file));
    let bytes = written.await.map_err(Fault::from)??;
    teller.tell(format!("备份已写好：{shown}（{} MB）", bytes.div_ceil(1_000_000)));
    teller.tell("备份里有密钥，请和密钥同样保管");
    Ok(true)
}

fn write_backup(hall: &Hall, file: &Path) -> Outcome<u64> {
    let doing = |what| move |error: std::io::Error| Fault::while_doing(what, error);
    let dump = hall.data.join(format!("backup-{}.tmp", hall.now().millis()));
    // Before the database: a key that comes meanwhile stands in the database too, enclosed; one that goes meanwhile
    // may still be needed by what the copy holds.
    let keys = hall.keys.while_at_rest(|| keys_in(&hall.data.join(city::KEYS)))?;
    hall.store.backup_to(&dump)?;
    let part = with_suffix(file, ".part");
    let result = (|| {
        let out = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&part)
            .map_err(|error| files::unwritable(file, &error))?;
        let digesting = Digesting::new(BufWriter::new(out));
        let packed = zstd::Encoder::new(digesting, 3).map_err(Fault::from)?;
        let mut tar = tar::Builder::new(packed);
        // The database comes first: what it names in the vault was written before it.
        tar.append_path_with_name(&dump, DUMP).map_err(doing("packing the database"))?;
        pack_keys(&mut tar, &hall.data.join(city::KEYS), &keys)
            .map_err(doing("packing the keys"))?;
        for name in [CONFIG, crate::demo::MARK] {
            if hall.data.join(name).exists() {
                tar.append_path_with_name(hall.data.join(name), name).map_err(Fault::from)?;
            }
        }
        pack_vault(&mut tar, &hall.data.join(VAULT))?;
        let packed = tar.into_inner().map_err(doing("finishing the backup"))?;
        let digesting = packed.finish().map_err(doing("finishing the backup"))?;
        let out = digesting.finish().map_err(doing("finishing the backup"))?;
        out.get_ref().sync_all().map_err(doing("making the backup durable"))?;
        std::fs::rename(&part, file).map_err(doing("naming the backup"))?;
        files::sync_folder_of(file).map_err(doing("naming the backup"))?;
        Ok(std::fs::metadata(file).map_err(Fault::from)?.len())
    })();
    let _ = std::fs::remove_file(&dump);
    if result.is_err() {
        let _ = std::fs::remove_file(&part);
    }
    result
}

/// A key file as it stood: its name, what the system says of it, its bytes.
type KeyFile = (PathBuf, Metadata, Zeroizing<Vec<u8>>);

/// The key files of a city that goes on working: each whole, as it stood at one moment. While the ring turns, a new
/// one is written under another name beside it first; that is no key file yet.
fn keys_in(folder: &Path) -> Outcome<Vec<KeyFile>> {
    let doing = |error: std::io::Error| Fault::while_doing("reading the keys", error);
    let mut keys = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(doing)? {
        let path = entry.map_err(doing)?.path();
        let name = PathBuf::from(path.file_name().unwrap_or_default());
        if seal::is_unfinished(&name) {
            continue;
        }
        match File::open(&path) {
            Ok(mut file) => {
                let facts = file.metadata().map_err(doing)?;
                // Room for all of it at once: growing would leave copies of the secret behind.
                let room = usize::try_from(facts.len()).unwrap_or_default();
                let mut bytes = Zeroizing::new(Vec::with_capacity(room + 1));
                file.read_to_end(&mut bytes).map_err(doing)?;
                keys.push((name, facts, bytes));
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(doing(error).into()),
        }
    }
    keys.sort_by(|one, other| one.0.cmp(&other.0));
    Ok(keys)
}

fn pack_keys(
    tar: &mut tar::Builder<impl Write>,
    folder: &Path,
    keys: &[KeyFile],
) -> std::io::Result<()> {
    tar.append_dir(city::KEYS, folder)?;
    for (name, facts, bytes) in keys {
        let mut header = tar::Header::new_gnu();
        header.set_metadata(facts);
        header.set_size(bytes.len() as u64);
        tar.append_data(&mut header, Path::new(city::KEYS).join(name), bytes.as_slice())?;
    }
    Ok(())
}

/// Packs the files of the vault beside a city that goes on working: one that is still being written
/// is named by nothing in the database copied before, and one that was removed meanwhile is gone.
fn pack_vault(tar: &mut tar::Builder<impl Write>, vault: &Path) -> Outcome<()> {
    for name in vault::contents(vault)? {
        match File::open(vault.join(&name)) {
            Ok(mut file) => tar
                .append_file(Path::new(VAULT).join(name), &mut file)
                .map_err(|error| Fault::while_doing("packing the vault", error))?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(Fault::while_doing("packing the vault", error).into()),
        }
    }
    Ok(())
}

fn with_suffix(file: &Path, suffix: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_packed_as_they_stood_and_not_what_a_turn_of_the_ring_is_writing() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("keys");
        std::fs::create_dir(&folder).unwrap();
        for (name, text) in
            [("keys.json", "old"), ("keys.json.new-0011aabbccdd", "half"), ("log.pem", "log")]
        {
            std::fs::write(folder.join(name), text).unwrap();
        }
        let keys = keys_in(&folder).unwrap();
        // The ring turns while the database is copied, and a key goes.
        std::fs::rename(folder.join("keys.json.new-0011aabbccdd"), folder.join("keys.json"))
            .unwrap();
        std::fs::write(folder.join("keys.json.new-ffffffffffff"), "half").unwrap();
        let mut tar = tar::Builder::new(Vec::new());
        pack_keys(&mut tar, &folder, &keys).unwrap();
        let bytes = tar.into_inner().unwrap();
        let mut archive = tar::Archive::new(bytes.as_slice());
        let packed: Vec<(PathBuf, String)> = archive
            .entries()
            .unwrap()
            .map(|one| {
                let mut one = one.unwrap();
                let mut text = String::new();
                one.read_to_string(&mut text).unwrap();
                (one.path().unwrap().into(), text)
            })
            .collect();
        let wanted = [("keys", ""), ("keys/keys.json", "old"), ("keys/log.pem", "log")];
        let wanted = wanted.map(|(path, text)| (PathBuf::from(path), text.to_owned()));
        let bare = |path: &PathBuf| PathBuf::from(path.to_string_lossy().trim_end_matches('/'));
        let packed: Vec<_> = packed.iter().map(|(path, text)| (bare(path), text.clone())).collect();
        assert_eq!(packed, wanted);
    }

    #[test]
    fn a_content_that_is_being_written_is_not_packed() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("ab");
        std::fs::create_dir(&folder).unwrap();
        let whole = "c".repeat(62);
        for name in [&whole, "unfinished-01jdh"] {
            std::fs::write(folder.join(name), "sealed").unwrap();
        }
        let mut tar = tar::Builder::new(Vec::new());
        pack_vault(&mut tar, home.path()).unwrap();
        pack_vault(&mut tar, &home.path().join("none")).unwrap();
        let bytes = tar.into_inner().unwrap();
        let mut archive = tar::Archive::new(bytes.as_slice());
        let packed: Vec<PathBuf> =
            archive.entries().unwrap().map(|one| one.unwrap().path().unwrap().into()).collect();
        assert_eq!(packed, [Path::new("vault/ab").join(whole)]);
    }
}
