//! Backups. A backup is one file: the database as of one moment, the files of the vault, the keys and
//! the configuration, and at its end a digest of all of it. It holds the keys, so it is as secret as
//! they are. The checkpoint that the data folder keeps is not in it: the database has its own, of that
//! moment.

mod whole;

pub use whole::whole;

use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base::{Fault, Outcome, Refusal, RefusalKind};
use frame::Hall;

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
        tar.append_dir_all(city::KEYS, hall.data.join(city::KEYS))
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
