//! Files that are there whole or not at all, whatever happens to the machine.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

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
    let wrong = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => "没有这个文件".to_owned(),
        _ => error.to_string(),
    };
    if !std::fs::metadata(path).map_err(wrong)?.is_file() {
        return Err("不是普通文件".into());
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(wrong)?;
    file.take(bytes_max as u64).read_to_end(&mut bytes).map_err(wrong)?;
    Ok(bytes)
}
