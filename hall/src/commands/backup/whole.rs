//! The end of a backup: a digest of all that stands before it, so that a backup that was damaged or
//! cut off is told from a whole one before any of it is put in place. It tells damage, not forgery:
//! whoever can write the file can write its end too.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Take, Write};
use std::path::Path;

use base::{Refusal, RefusalKind};
use seal::Hasher;

use crate::files;

/// Begins a frame that every zstd decoder skips: the backup stays a file that `zstd` and `tar` read.
const FRAME: [u8; 4] = [0x5e, 0x2a, 0x4d, 0x18];
/// What the frame is, and in which form.
const NAME: &[u8; 18] = b"cityhall backup 1\n";
/// Bytes of an SM3 digest.
const DIGEST: usize = 32;
/// Bytes of the whole end.
const END: usize = FRAME.len() + 4 + NAME.len() + DIGEST;
/// How much is read at a time.
const CHUNK: usize = 1024 * 1024;

/// The end of a backup with this digest.
fn end(digest: &[u8; DIGEST]) -> Vec<u8> {
    let length = u32::try_from(NAME.len() + DIGEST).unwrap_or_default();
    [&FRAME, length.to_le_bytes().as_slice(), NAME, digest].concat()
}

/// Digests what is written through it.
pub struct Digesting<W> {
    inner: W,
    hasher: Hasher,
}

impl<W: Write> Digesting<W> {
    /// Writes into `inner`.
    pub fn new(inner: W) -> Self {
        Self { inner, hasher: Hasher::default() }
    }

    /// Writes the end; gives back what it wrote into.
    pub fn finish(self) -> io::Result<W> {
        let Self { mut inner, hasher } = self;
        inner.write_all(&end(&hasher.finish()))?;
        inner.flush()?;
        Ok(inner)
    }
}

impl<W: Write> Write for Digesting<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.hasher.update(bytes.get(..written).unwrap_or_default());
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// Reads a backup to its end and gives it again from its beginning, without the end. Refuses one
/// that is not as it was written.
pub fn whole(path: &Path) -> Result<Take<File>, Refusal> {
    let unread = |error: io::Error| files::unreadable(path, &error);
    let facts = std::fs::metadata(path).map_err(unread)?;
    if !facts.is_file() {
        let words = format!("{} 不是文件，没有恢复", path.display());
        return Err(Refusal::new(RefusalKind::Invalid, "hall.not_a_backup", words)
            .remedy("请写备份文件的路径"));
    }
    let mut file = File::open(path).map_err(unread)?;
    let Some(length) = facts.len().checked_sub(END as u64) else { return Err(no_end(path)) };
    let (mut hasher, mut left) = (Hasher::default(), length);
    let mut chunk = vec![0; CHUNK];
    while left > 0 {
        let wanted = usize::try_from(left).unwrap_or(CHUNK).min(CHUNK);
        let part = chunk.get_mut(..wanted).unwrap_or_default();
        file.read_exact(part).map_err(unread)?;
        hasher.update(part);
        left -= wanted as u64;
    }
    let mut found = [0; END];
    file.read_exact(&mut found).map_err(unread)?;
    let expected = end(&hasher.finish());
    let named = END - DIGEST;
    if found.get(..named) != expected.get(..named) {
        return Err(no_end(path));
    }
    if found.as_slice() != expected {
        let words = format!("备份 {} 有损坏：内容和末尾的校验值不符，没有恢复", path.display());
        return Err(Refusal::new(RefusalKind::Invalid, "hall.backup_damaged", words)
            .remedy("请把备份重新复制一次再试；仍然不符的，请换一份备份"));
    }
    file.seek(SeekFrom::Start(0)).map_err(unread)?;
    Ok(file.take(length))
}

fn no_end(path: &Path) -> Refusal {
    let words = format!(
        "{} 的末尾没有校验值：不是本系统写的备份，或者没有写完、没有传完，没有恢复",
        path.display()
    );
    Refusal::new(RefusalKind::Invalid, "hall.not_a_backup", words)
        .remedy("请核对文件；是备份的，请把它重新复制一次再试")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &[u8]) -> Vec<u8> {
        let mut digesting = Digesting::new(Vec::new());
        digesting.write_all(text).unwrap();
        digesting.finish().unwrap()
    }

    fn read(home: &Path, bytes: &[u8]) -> Result<Vec<u8>, &'static str> {
        let path = home.join("backup");
        std::fs::write(&path, bytes).unwrap();
        let mut inside = Vec::new();
        whole(&path).map_err(|refusal| refusal.code)?.read_to_end(&mut inside).unwrap();
        Ok(inside)
    }

    #[test]
    fn a_backup_of_which_any_byte_was_changed_or_cut_off_is_refused() {
        let home = tempfile::tempdir().unwrap();
        let text = zstd::encode_all("鄂州".repeat(40).as_bytes(), 3).unwrap();
        let good = written(&text);
        assert_eq!(read(home.path(), &good), Ok(text.clone()));
        for place in 0..good.len() {
            let mut bad = good.clone();
            bad[place] ^= 1;
            assert!(read(home.path(), &bad).is_err(), "byte {place}");
            assert!(read(home.path(), &good[..place]).is_err(), "cut at {place}");
        }
        assert_eq!(read(home.path(), &text), Err("hall.not_a_backup"));
        assert!(read(home.path(), &[good.as_slice(), b"x"].concat()).is_err());
    }

    #[test]
    fn other_programs_read_a_backup_past_its_end() {
        let text = "鄂州".repeat(40);
        let packed = written(&zstd::encode_all(text.as_bytes(), 3).unwrap());
        assert_eq!(zstd::decode_all(packed.as_slice()).unwrap(), text.as_bytes());
    }

    #[test]
    fn a_backup_longer_than_one_reading_is_read_whole() {
        let home = tempfile::tempdir().unwrap();
        let text = vec![7; 2 * CHUNK + 5];
        assert_eq!(read(home.path(), &written(&text)), Ok(text));
    }
}
