//! `cityhall restore`: a backup is looked through to its end, then put into an empty place, then the
//! restored city is checked.

use std::cell::Cell;
use std::io::{BufReader, Read};
use std::path::{Component, Path};
use std::process::ExitCode;
use std::sync::Arc;

use base::{Fault, Outcome, Refusal, RefusalKind, Stop, SystemClock};

use super::backup::{self, DUMP, PARTS, VAULT};
use crate::city::{self, Demand};
use crate::config::Config;
use crate::control::Teller;
use crate::ground::Ground;
use crate::line::say;

/// What comes out of a backup is at most so many times its file, and this much more: files of people
/// are sealed and do not pack, and a database packs ten times.
const RATIO_MAX: u64 = 100;
const SMALL_BYTES: u64 = 64 * 1024 * 1024;

/// Unpacks the archive of a backup into a data folder, at most so many bytes of it: files and folders
/// that a backup has, and refuses any other, so that a forged one can neither link out of the folder
/// nor fill the disk.
pub fn unpack(archive: impl Read, data: &Path, bytes_max: u64) -> Outcome<()> {
    let left = Cell::new(bytes_max);
    let doing = |error: std::io::Error| match left.get() {
        0 => Stop::from(too_much()),
        _ => Fault::while_doing("unpacking the backup", error).into(),
    };
    let broken = |error: std::io::Error| match left.get() {
        0 => too_much(),
        _ => not_a_backup(format!("备份的内容读不出来，没有恢复\n技术原因：{error}")),
    };
    let mut archive = tar::Archive::new(Bounded { archive, left: &left });
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

/// Gives so many bytes and no more: where none is left, reading fails.
struct Bounded<'a, R> {
    archive: R,
    left: &'a Cell<u64>,
}

impl<R: Read> Read for Bounded<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let read = self.archive.read(into)?;
        let left = self.left.get().checked_sub(read as u64).filter(|left| *left > 0);
        self.left.set(left.unwrap_or_default());
        if left.is_some() { Ok(read) } else { Err(std::io::Error::other("more than may come out")) }
    }
}

fn too_much() -> Refusal {
    let words = "备份展开后大得不正常，没有恢复";
    Refusal::new(RefusalKind::TooLarge, "hall.backup_bomb", words)
        .remedy("请核对文件是不是本系统写的备份，来源是否可靠")
}

fn not_a_backup(words: String) -> Refusal {
    Refusal::new(RefusalKind::Invalid, "hall.not_a_backup", words)
        .remedy("请核对文件是不是本系统写的备份")
}

/// Restores a backup into an empty data folder (and, with PostgreSQL, an empty database), and
/// checks the restored city; or leaves folder and database as they were. `named` is the
/// configuration it is to have from now on.
pub fn restore(data: &Path, named: Option<&Path>, file: &Path) -> Outcome<ExitCode> {
    let ground = Ground::take(data)?;
    let packed = backup::whole(file)?;
    let bytes_max = packed.limit().saturating_mul(RATIO_MAX).saturating_add(SMALL_BYTES);
    let archive = zstd::Decoder::new(BufReader::new(packed)).map_err(Fault::from)?;
    say("备份是完整的，正在恢复");
    unpack(archive, data, bytes_max)?;
    // A configuration that is named decides; else the city goes on as its backup says.
    let config = Config::find(named, data)?;
    fill(data, &config, named.is_some())?;
    let restored = open_and_check(data, &config);
    if restored.is_err() {
        city::clear(data, &config, None);
    }
    let good = restored?;
    ground.keep()?;
    if good {
        say(format!("已恢复到 {}", data.display()));
        return Ok(ExitCode::SUCCESS);
    }
    say(format!("已恢复到 {}，但是有不符之处，见上面带 ✗ 的各条", data.display()));
    Ok(ExitCode::FAILURE)
}

/// Fills the database, which must be empty.
fn fill(data: &Path, config: &Config, is_named: bool) -> Outcome<()> {
    let dump = data.join(DUMP);
    let store = city::open_store(data, config)?;
    match store.restore_from(&dump) {
        Err(store::Error::NotEmpty { table }) => {
            let words = format!("要恢复到的数据库不是空的（里面有数据表 {table}），没有恢复");
            let remedy = match is_named {
                true => "请在 --config 指定的配置里，把 database 写成一个空的数据库",
                false => {
                    "备份里的配置指着原来的数据库。请用 --config 指定另一份配置，把 database \
                     写成一个空的数据库；不写 database，就恢复到数据文件夹里的 SQLite"
                }
            };
            Err(Refusal::new(RefusalKind::Conflict, "hall.database_not_empty", words)
                .remedy(remedy)
                .into())
        }
        filled => Ok(filled?),
    }
}

/// Opens the restored city and looks whether it is in order.
fn open_and_check(data: &Path, config: &Config) -> Outcome<bool> {
    std::fs::remove_file(data.join(DUMP)).map_err(Fault::from)?;
    // The restored city stands where it was restored to, whatever its backup says.
    super::found::write_config(data, config)?;
    let runtime = crate::serve::runtime()?;
    let clock = Arc::new(SystemClock);
    let hall = city::open_on_ground(Demand::WholeLog, data, config, clock, false)?;
    crate::log::kept::keep(&hall)?;
    let brought = data.join(VAULT);
    runtime.block_on(async {
        hall.vault.settle(&brought).await?;
        let (sender, mut told) = tokio::sync::mpsc::unbounded_channel();
        let outcome = super::check::check(&hall, &Teller(sender)).await;
        while let Some(words) = told.recv().await {
            say(words);
        }
        outcome
    })
}

#[cfg(test)]
mod tests {
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
            let outcome = unpack(archive(path, kind).as_slice(), home.path(), 4_096);
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

    /// An archive of one file of so many zeros, packed.
    fn of_zeros(path: &str, bytes: u64) -> Vec<u8> {
        let mut header = tar::Header::new_gnu();
        header.set_mode(0o600);
        header.set_size(bytes);
        let packed = zstd::Encoder::new(Vec::new(), 3).unwrap();
        let mut tar = tar::Builder::new(packed);
        tar.append_data(&mut header, path, std::io::repeat(0).take(bytes)).unwrap();
        tar.into_inner().unwrap().finish().unwrap()
    }

    #[test]
    fn what_comes_out_of_a_backup_is_bounded_wherever_it_stands() {
        let megabytes = 8 << 20;
        let outcome = |packed: &[u8], most| {
            let home = tempfile::tempdir().unwrap();
            let archive = zstd::Decoder::new(packed).unwrap();
            unpack(archive, home.path(), most).err().map(|stop| stop.refusal().unwrap().clone())
        };
        for path in ["database", "vault/x"] {
            let packed = of_zeros(path, megabytes);
            assert!((packed.len() as u64) < megabytes / 1_000, "it packs well");
            assert!(outcome(&packed, megabytes + 4_096).is_none());
            let refused = outcome(&packed, megabytes / 2).expect("refused");
            assert_eq!(refused.code, "hall.backup_bomb");
            assert!(refused.message.contains("展开后大得不正常"), "{refused:?}");
        }
        // A name without end is no way round it either.
        let long = of_zeros(&format!("vault/{}", "x".repeat(1 << 20)), 1);
        assert_eq!(outcome(&long, 1 << 18).expect("refused").code, "hall.backup_bomb");
    }
}
