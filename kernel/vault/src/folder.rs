//! Contents in a folder: `vault/ab/cdef…`, each written whole or not at all.

use std::collections::HashSet;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use base::{Fault, Id, Moment, Stop};

use crate::refusal::FileRefusal;

/// Begins the name of a file that is being written.
const UNFINISHED: &str = "unfinished-";

/// Digits of an address after the two that name its folder.
const NAME_LENGTH: usize = 62;

/// Where the content of this address stands: two digits are the folder, the rest is the file.
pub(crate) fn path(root: &Path, address: &str) -> PathBuf {
    let (folder, file) = address.split_at_checked(2).unwrap_or(("", address));
    root.join(folder).join(file)
}

/// Makes a content durable. When this returns, the bytes and their name survive a power cut.
pub(crate) fn write(root: &Path, address: &str, sealed: &[u8]) -> Result<(), Stop> {
    let target = path(root, address);
    let folder = target.parent().unwrap_or(root);
    let temporary = folder.join(format!("{UNFINISHED}{}", Id::<()>::mint(Moment::from_millis(0))));
    let written = make_folder(root, folder)
        .and_then(|()| write_new(&temporary, sealed))
        .and_then(|()| fs::rename(&temporary, &target))
        .and_then(|()| sync(folder));
    written.map_err(|error| {
        let _ = fs::remove_file(&temporary);
        stop("writing a content of the vault", error)
    })
}

/// Whether a content stands there, with its name durable: whoever wrote it may not have come to that.
pub(crate) fn stands(root: &Path, address: &str) -> Result<bool, Stop> {
    let target = path(root, address);
    if !target.exists() {
        return Ok(false);
    }
    sync(target.parent().unwrap_or(root))
        .map_err(|error| stop("making a content of the vault durable", error))?;
    Ok(true)
}

/// The content of this address; `None` when there is none.
pub(crate) fn read(root: &Path, address: &str) -> Result<Option<Vec<u8>>, Stop> {
    match fs::read(path(root, address)) {
        Ok(sealed) => Ok(Some(sealed)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(stop("reading a content of the vault", error)),
    }
}

/// Removes a content. One that is gone already is no error.
pub(crate) fn remove(root: &Path, address: &str) -> Result<(), Stop> {
    match fs::remove_file(path(root, address)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(stop("removing a content of the vault", error))
        }
        _ => Ok(()),
    }
}

/// The two digits of each folder there is.
pub(crate) fn prefixes(root: &Path) -> Result<Vec<String>, Stop> {
    let mut prefixes = names(root)?;
    prefixes.retain(|name| {
        name.len() == 2 && name.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    });
    prefixes.sort();
    Ok(prefixes)
}

/// Where each content stands below the root that is whole now. One may be removed before it is read.
pub fn contents(root: &Path) -> Result<Vec<PathBuf>, Stop> {
    let mut contents = Vec::new();
    for prefix in prefixes(root)? {
        let folder = Path::new(&prefix);
        let whole = names(&root.join(folder))?.into_iter().filter(|name| name.len() == NAME_LENGTH);
        contents.extend(whole.map(|name| folder.join(name)));
    }
    Ok(contents)
}

/// Removes what stands in a folder and is not one of these addresses: what a crash left between a
/// file and its row, or in the midst of a file. Says how many there were.
pub(crate) fn keep_only(root: &Path, prefix: &str, known: &HashSet<String>) -> Result<u64, Stop> {
    let folder = root.join(prefix);
    let mut removed = 0;
    for name in names(&folder)? {
        let ours = name.starts_with(UNFINISHED) || name.len() == NAME_LENGTH;
        if ours && !known.contains(&format!("{prefix}{name}")) {
            fs::remove_file(folder.join(name))
                .map_err(|error| stop("removing a leftover of the vault", error))?;
            removed += 1;
        }
    }
    Ok(removed)
}

fn names(folder: &Path) -> Result<Vec<String>, Stop> {
    let listed = || -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(folder)? {
            names.extend(entry?.file_name().into_string());
        }
        Ok(names)
    };
    match listed() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        listed => listed.map_err(|error| stop("listing the vault", error)),
    }
}

/// Makes the folder for its owner alone, and its name durable.
fn make_folder(root: &Path, folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let new_root = !root.is_dir();
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    sync(root)?;
    match root.parent() {
        Some(above) if new_root && above.is_dir() => sync(above),
        _ => Ok(()),
    }
}

fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

fn stop(doing: &'static str, error: io::Error) -> Stop {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => FileRefusal::NoSpace.into(),
        _ => Fault::while_doing(doing, error).into(),
    }
}
