//! Files that are there whole or not at all, whatever happens to the machine.

use std::fs::File;
use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::path::Path;

use base::{Refusal, RefusalKind};

/// Puts a file in the place of the one that is there, if one is, and returns when it is durable:
/// afterwards the new one stands there, and before, the old one.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut draft = path.as_os_str().to_owned();
    draft.push(".new");
    let mut file = File::create(&draft)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&draft, path)?;
    sync_folder_of(path)
}

/// Brings the list of names of a file's folder to the disk.
pub fn sync_folder_of(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => File::open(folder)?.sync_all(),
        _ => File::open(".")?.sync_all(),
    }
}

/// Reads at most `bytes_max` bytes of a plain file; what is wrong is told in words.
pub fn read(path: &Path, bytes_max: usize) -> Result<Vec<u8>, String> {
    let wrong = |error: io::Error| trouble(&error);
    if !std::fs::metadata(path).map_err(wrong)?.is_file() {
        return Err("不是普通文件".into());
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(wrong)?;
    file.take(bytes_max as u64).read_to_end(&mut bytes).map_err(wrong)?;
    Ok(bytes)
}

/// What an error of the system means, in words for the person at the terminal; what has none of
/// its own keeps the system's words behind them.
pub fn trouble(error: &io::Error) -> String {
    let words = match error.kind() {
        io::ErrorKind::NotFound => "没有这个文件",
        io::ErrorKind::PermissionDenied => "没有权限",
        io::ErrorKind::AlreadyExists => "已经有这个文件",
        io::ErrorKind::IsADirectory => "是文件夹，不是文件",
        io::ErrorKind::NotADirectory => "路径中间有一段不是文件夹",
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "磁盘空间不足",
        io::ErrorKind::ReadOnlyFilesystem => "磁盘只能读，不能写",
        io::ErrorKind::UnexpectedEof => "文件比应有的短",
        io::ErrorKind::AddrInUse => "地址已经有别的程序在用",
        io::ErrorKind::AddrNotAvailable => "本机没有这个地址",
        io::ErrorKind::ConnectionRefused => "对方没有开门",
        io::ErrorKind::TimedOut => "等得太久，没有回应",
        io::ErrorKind::InvalidData => "内容的格式不对",
        _ => return format!("系统报错\n技术原因：{error}"),
    };
    words.to_owned()
}

/// The refusal for a file that the person named and that cannot be read.
pub fn unreadable(path: &Path, error: &io::Error) -> Refusal {
    let words = format!("{} 读不出来：{}", path.display(), trouble(error));
    Refusal::new(RefusalKind::Invalid, "hall.unreadable", words)
}

/// The refusal for a place that cannot be written.
pub fn unwritable(path: &Path, error: &io::Error) -> Refusal {
    let why = match error.kind() {
        io::ErrorKind::NotFound => "没有这个文件夹".to_owned(),
        _ => trouble(error),
    };
    let words = format!("{} 写不了：{why}", path.display());
    Refusal::new(RefusalKind::Invalid, "hall.unwritable", words)
}

/// The refusal for an address at which no door can be opened.
pub fn closed(listen: SocketAddr, error: &io::Error) -> Refusal {
    let words = format!("不能在 {listen} 开门：{}", trouble(error));
    Refusal::new(RefusalKind::Unavailable, "hall.no_door", words)
        .remedy("请用 --listen 另写一个地址，或者先停止占用它的程序")
}
