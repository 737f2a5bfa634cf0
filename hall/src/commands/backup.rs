//! Backup and restore. A backup is one file: the database as of one moment, the files of the
//! vault, the keys and the configuration. It holds the keys, so it is as secret as they are. The
//! checkpoint that the data folder keeps is not in it: the database has its own, of that moment.

use std::fs::{File, OpenOptions};
use std::io::{BufReader, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
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
        for name in ["cityhall.toml", crate::demo::MARK] {
            if hall.data.join(name).exists() {
                tar.append_path_with_name(hall.data.join(name), name).map_err(Fault::from)?;
            }
        }
        if hall.data.join("vault").exists() {
            tar.append_dir_all("vault", hall.data.join("vault"))
                .map_err(doing("packing the vault"))?;
        }
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

fn with_suffix(file: &Path, suffix: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
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
    let unpacked = zstd::Decoder::new(BufReader::new(packed)).map_err(Fault::from)?;
    std::fs::create_dir_all(data).map_err(Fault::from)?;
    tar::Archive::new(unpacked)
        .unpack(data)
        .map_err(|error| Fault::while_doing("unpacking the backup", error))?;
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
    let brought = data.join("vault");
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
