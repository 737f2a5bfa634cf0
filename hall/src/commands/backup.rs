//! Backup and restore. A backup is one file: the database as of one moment, the files of the
//! vault, the keys and the configuration. It holds the keys, so it is as secret as they are. The
//! checkpoint that the data folder keeps is not in it: the database has its own, of that moment.

use std::fs::{File, OpenOptions};
use std::io::{BufReader, BufWriter, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Component, Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use base::{Fault, Outcome, Refusal, RefusalKind, SystemClock};
use frame::Hall;

use crate::city;
use crate::config::Config;
use crate::control::Teller;
use crate::line::say;

/// The database inside a backup.
const DUMP: &str = "database";
/// The configuration.
const CONFIG: &str = "cityhall.toml";
/// The files of people, where they stand in a folder.
const VAULT: &str = "vault";
/// What stands at the root of a backup.
const PARTS: [&str; 5] = [DUMP, city::KEYS, CONFIG, crate::demo::MARK, VAULT];

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
            .map_err(doing("making the backup file"))?;
        let packed = zstd::Encoder::new(BufWriter::new(out), 3).map_err(Fault::from)?;
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
        let mut out = packed.finish().map_err(doing("finishing the backup"))?;
        out.flush().map_err(Fault::from)?;
        out.get_ref().sync_all().map_err(doing("making the backup durable"))?;
        std::fs::rename(&part, file).map_err(doing("naming the backup"))?;
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

/// Unpacks the archive of a backup into a data folder: files and folders that a backup has, and
/// refuses any other, so that a forged one can neither link out of the folder nor fill the disk
/// with a hole.
pub fn unpack(archive: impl Read, data: &Path) -> Outcome<()> {
    let doing = |error: std::io::Error| Fault::while_doing("unpacking the backup", error);
    let broken = |error: std::io::Error| not_a_backup(format!("备份读不出来（{error}），没有恢复"));
    let mut archive = tar::Archive::new(archive);
    for entry in archive.entries().map_err(broken)? {
        let mut entry = entry.map_err(broken)?;
        let kind = entry.header().entry_type();
        let path = entry.path().map_err(broken)?.into_owned();
        let first = path.components().next();
        let ours = first.is_some_and(|first| PARTS.iter().any(|part| first.as_os_str() == *part));
        let inside = path.components().all(|step| matches!(step, Component::Normal(_)));
        if !(ours && inside && (kind.is_file() || kind.is_dir())) {
            let words = format!("备份里有不该有的内容（{}），没有恢复", path.display());
            return Err(not_a_backup(words).into());
        }
        entry.unpack_in(data).map_err(doing)?;
    }
    Ok(())
}

fn not_a_backup(words: String) -> Refusal {
    Refusal::new(RefusalKind::Invalid, "hall.not_a_backup", words)
        .remedy("请核对文件是不是本系统写的备份，并清空目标文件夹后再试")
}

/// Restores a backup into an empty data folder (and, with PostgreSQL, an empty database), and
/// checks the restored city. `named` is the configuration it is to have from now on.
pub fn restore(data: &Path, named: Option<&Path>, file: &Path) -> Outcome<ExitCode> {
    if city::exists(data) || data.join(city::DATABASE).exists() {
        let words = format!("{} 里已经有一座城市，没有改动", data.display());
        return Err(Refusal::new(RefusalKind::Conflict, "hall.city_exists", words)
            .remedy("请用 --data 指定一个空文件夹")
            .into());
    }
    let packed =
        File::open(file).map_err(|error| Fault::said(format!("{}：{error}", file.display())))?;
    let archive = zstd::Decoder::new(BufReader::new(packed)).map_err(Fault::from)?;
    city::make_folder(data)?;
    unpack(archive, data)?;
    // A configuration that is named decides; else the city goes on as its backup says.
    let config = Config::find(named, data)?;
    let dump = data.join(DUMP);
    let store = city::open_store(data, &config)?;
    store.restore_from(&dump)?;
    drop(store);
    std::fs::remove_file(&dump).map_err(Fault::from)?;
    // The restored city stands where it was restored to, whatever its backup says.
    super::found::write_config(data, &config)?;
    let runtime = crate::serve::runtime()?;
    let hall = city::open(data, &config, Arc::new(SystemClock), false)?;
    crate::log::kept::keep(&hall)?;
    let brought = data.join(VAULT);
    let good = runtime.block_on(async {
        hall.vault.settle(&brought).await?;
        let (sender, mut told) = tokio::sync::mpsc::unbounded_channel();
        let outcome = super::check::check(&hall, &Teller(sender)).await;
        while let Some(words) = told.recv().await {
            say(words);
        }
        outcome
    })?;
    say(format!("已恢复到 {}", data.display()));
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    /// An archive of one entry.
    fn archive(path: &str, kind: tar::EntryType) -> Vec<u8> {
        let mut header = tar::Header::new_gnu();
        // The path is put in as it is: the builder refuses the worst of them.
        let name = &mut header.as_old_mut().name;
        name.iter_mut().zip(path.bytes()).for_each(|(to, from)| *to = from);
        header.set_entry_type(kind);
        header.set_mode(0o600);
        header.set_size(1);
        header.set_cksum();
        let mut tar = tar::Builder::new(Vec::new());
        tar.append(&header, b"x".as_slice()).unwrap();
        tar.into_inner().unwrap()
    }

    #[test]
    fn only_the_parts_of_a_backup_are_unpacked() {
        let (file, link) = (tar::EntryType::Regular, tar::EntryType::Symlink);
        let taken = |path: &str, kind| {
            let home = tempfile::tempdir().unwrap();
            let outcome = unpack(archive(path, kind).as_slice(), home.path());
            let refused = outcome.err().and_then(|stop| Some(stop.refusal()?.code));
            (home.path().join(path).exists(), refused)
        };
        assert_eq!(taken("database", file), (true, None));
        assert_eq!(taken("keys/log.pem", file), (true, None));
        for (path, kind) in [
            ("stranger", file),
            ("control.sock", file),
            ("vault/../stranger", file),
            ("vault", link),
            ("database", tar::EntryType::GNUSparse),
            ("database", tar::EntryType::Fifo),
        ] {
            assert_eq!(taken(path, kind), (false, Some("hall.not_a_backup")), "{path} {kind:?}");
        }
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

    #[test]
    fn a_data_folder_is_made_for_its_owner_alone() {
        let home = tempfile::tempdir().unwrap();
        let data = home.path().join("data/outbox");
        city::make_folder(&data).unwrap();
        let mode = std::fs::metadata(&data).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }
}
