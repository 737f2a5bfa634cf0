//! Files that only their owner may read, and that are made whole or not at all.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use zeroize::Zeroizing;

use crate::chance;
use crate::error::KeysError;

/// A key file is small; a larger one is not read into memory.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

fn disk(path: &Path) -> impl FnOnce(io::Error) -> KeysError {
    move |source| KeysError::Disk { path: path.to_path_buf(), source }
}

/// Makes the folder, for its owner only, unless it is there; gives its full path.
pub(crate) fn make(dir: &Path) -> Result<PathBuf, KeysError> {
    DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(disk(dir))?;
    let full = fs::canonicalize(dir).map_err(disk(dir))?;
    check(&full)?;
    if let Some(above) = full.parent() {
        sync(above)?;
    }
    Ok(full)
}

/// Brings a folder's list of names to the disk.
fn sync(dir: &Path) -> Result<(), KeysError> {
    File::open(dir).and_then(|dir| dir.sync_all()).map_err(disk(dir))
}

/// Refuses a folder in which others could put files in place of ours.
pub(crate) fn check(dir: &Path) -> Result<(), KeysError> {
    let mode = fs::metadata(dir).map_err(disk(dir))?.permissions().mode() & 0o7777;
    if mode & 0o022 != 0 {
        return Err(KeysError::TooOpen { path: dir.to_path_buf(), mode, wanted: 0o700 });
    }
    Ok(())
}

/// Writes a file that is not there yet. Its bytes reach the disk under another name first and are
/// then linked to this one: a crash leaves the whole file or none, and linking never replaces.
pub(crate) fn write_new(path: &Path, bytes: &[u8]) -> Result<(), KeysError> {
    let draft = draft_name(path);
    let made = write_draft(&draft, bytes).and_then(|()| fs::hard_link(&draft, path));
    let cleared = fs::remove_file(&draft);
    match made {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            return Err(KeysError::AlreadyThere(path.to_path_buf()));
        }
        Err(error) => return Err(disk(path)(error)),
    }
    cleared.map_err(disk(&draft))?;
    sync(above(path))
}

/// Puts a whole file in the place of one that may be there.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> Result<(), KeysError> {
    let draft = draft_name(path);
    let made = write_draft(&draft, bytes).and_then(|()| fs::rename(&draft, path));
    if let Err(error) = made {
        let _ = fs::remove_file(&draft);
        return Err(disk(path)(error));
    }
    sync(above(path))
}

/// The same, and writes over what stood there: it is opened before it is no more.
pub(crate) fn replace_and_wipe(path: &Path, bytes: &[u8]) -> Result<(), KeysError> {
    let old = OpenOptions::new().write(true).open(path).map_err(disk(path))?;
    replace(path, bytes)?;
    write_over(old).map_err(disk(path))
}

/// Writes over what stands in a file, so that its bytes are not left on the disk where the disk writes in
/// place. What must not be lost stands elsewhere by then.
pub(crate) fn wipe(path: &Path) -> Result<(), KeysError> {
    OpenOptions::new().write(true).open(path).and_then(write_over).map_err(disk(path))
}

fn write_over(mut file: File) -> io::Result<()> {
    let length = file.metadata()?.len().min(FILE_BYTES_MAX);
    file.write_all(&vec![0; usize::try_from(length).unwrap_or_default()])?;
    file.sync_all()
}

/// Keeps every other process out that wants the folder alone too, for as long as what it gives is held.
pub(crate) fn alone(dir: &Path) -> Result<File, KeysError> {
    let held = File::open(dir).and_then(|held| held.lock().map(|()| held));
    held.map_err(disk(dir))
}

/// Writes over what stands in a file and takes it away. One that is gone already is no error.
pub(crate) fn destroy(path: &Path) -> Result<(), KeysError> {
    if path.symlink_metadata().is_err() {
        return Ok(());
    }
    wipe(path)?;
    fs::remove_file(path).map_err(disk(path))?;
    sync(above(path))
}

/// Gives a file the name of another, which is no more.
pub(crate) fn rename(from: &Path, to: &Path) -> Result<(), KeysError> {
    fs::rename(from, to).map_err(disk(to))?;
    sync(above(to))
}

/// The folder in which a file stands; of a bare name the one that the process works in.
fn above(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// What stands in the name of a file that is being written.
const DRAFT: &str = ".new-";

/// Whether a file in a folder of keys is one that is being written, or was when a process was killed.
pub fn is_unfinished(name: &Path) -> bool {
    name.to_string_lossy().contains(DRAFT)
}

fn draft_name(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(DRAFT);
    name.push(HEXLOWER.encode(&chance::bytes::<6>()));
    path.with_file_name(name)
}

fn write_draft(draft: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(draft)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Reads a file that only its owner may read; `None` if it is not there. The permissions are those
/// of the opened file, so that it cannot be exchanged between the look and the reading.
pub fn read(path: &Path) -> Result<Option<Zeroizing<String>>, KeysError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(disk(path)(error)),
    };
    let facts = file.metadata().map_err(disk(path))?;
    let mode = facts.permissions().mode() & 0o7777;
    if mode & 0o077 != 0 {
        return Err(KeysError::TooOpen { path: path.to_path_buf(), mode, wanted: 0o600 });
    }
    // Room for all of it at once: growing would leave copies of the secret behind.
    let room = facts.len().min(FILE_BYTES_MAX) as usize;
    let mut text = Zeroizing::new(String::with_capacity(room + 1));
    match file.take(FILE_BYTES_MAX).read_to_string(&mut text) {
        Ok(_) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::InvalidData => {
            Err(KeysError::Content { path: path.to_path_buf(), why: "不是文本" })
        }
        Err(error) => Err(disk(path)(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_name_stands_in_the_working_folder() {
        assert_eq!(above(Path::new("w.key")), Path::new("."));
        assert_eq!(above(Path::new("keys/w.key")), Path::new("keys"));
        assert_eq!(above(Path::new("/w.key")), Path::new("/"));
    }
}
