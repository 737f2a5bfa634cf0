//! Secrets that a person types or lays into a file: passphrases and PINs. Never from the environment or the command line,
//! which other processes can read.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use base::{Outcome, Refusal, RefusalKind};
use zeroize::Zeroizing;

use crate::files;

/// A secret is short.
const SECRET_BYTES_MAX: u64 = 4_096;

/// The first line of a file that only its owner may read. A pipe (`/dev/fd/3`) has no such bits.
pub fn read(path: &Path) -> Outcome<Zeroizing<String>> {
    let unreadable = |error: std::io::Error| files::unreadable(path, &error);
    let file = File::open(path).map_err(unreadable)?;
    let facts = file.metadata().map_err(unreadable)?;
    let mode = facts.permissions().mode() & 0o777;
    if facts.is_file() && mode & 0o077 != 0 {
        let words = format!("{} 的权限是 {mode:04o}，其他用户可以读", path.display());
        return Err(Refusal::new(RefusalKind::Invalid, "hall.open_secret", words)
            .remedy(format!("请执行 chmod 600 {}", path.display()))
            .into());
    }
    let mut text = Zeroizing::new(String::with_capacity(SECRET_BYTES_MAX as usize));
    file.take(SECRET_BYTES_MAX).read_to_string(&mut text).map_err(unreadable)?;
    let line = text.lines().next().unwrap_or_default();
    if line.is_empty() {
        let words = format!("{} 的第一行是空的", path.display());
        return Err(Refusal::new(RefusalKind::Invalid, "hall.empty_secret", words).into());
    }
    Ok(Zeroizing::new(line.to_owned()))
}

/// Asks the person at the terminal, who does not see what is typed; twice where it is a new secret.
pub fn asked(what: &str, new: bool) -> Option<Zeroizing<String>> {
    let mut terminal = OpenOptions::new().read(true).write(true).open("/dev/tty").ok()?;
    let hidden = Hidden::over(&terminal)?;
    let mut ask = |words: String| -> Option<Zeroizing<String>> {
        terminal.write_all(words.as_bytes()).ok()?;
        let line = line_of(&mut terminal)?;
        let _ = terminal.write_all(b"\n");
        let given = std::str::from_utf8(&line).ok()?.trim_end_matches('\r');
        (!given.is_empty()).then(|| Zeroizing::new(given.to_owned()))
    };
    let once = ask(format!("{what}："))?;
    if new {
        let again = ask(format!("再输一次{what}："))?;
        if again != once {
            return None;
        }
    }
    drop(hidden);
    Some(once)
}

/// A line, byte by byte: nothing of it stays in a buffer that nobody wipes.
fn line_of(terminal: &mut impl Read) -> Option<Zeroizing<Vec<u8>>> {
    let mut line = Zeroizing::new(Vec::with_capacity(SECRET_BYTES_MAX as usize));
    let mut byte = Zeroizing::new([0u8; 1]);
    while line.len() < line.capacity() && terminal.read(byte.as_mut_slice()).ok()? == 1 {
        let [sign] = *byte;
        if sign == b'\n' {
            return Some(line);
        }
        line.push(sign);
    }
    (!line.is_empty()).then_some(line)
}

/// A terminal that does not show what is typed, until this goes.
struct Hidden(File);

impl Hidden {
    fn over(terminal: &File) -> Option<Self> {
        stty(terminal, "-echo").then_some(())?;
        terminal.try_clone().ok().map(Self)
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        stty(&self.0, "echo");
    }
}

fn stty(terminal: &File, what: &str) -> bool {
    let Ok(input) = terminal.try_clone() else { return false };
    let told = Command::new("stty").arg(what).stdin(Stdio::from(input)).status();
    told.is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_the_first_line_of_a_file_that_is_its_owners_alone() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("phrase");
        std::fs::write(&path, "十二个字的口令就是这一句\n第二行").unwrap();
        let mode = |mode| {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            read(&path)
        };
        let code = |taken: Outcome<_>| taken.err().and_then(|stop| Some(stop.refusal()?.code));
        assert_eq!(code(mode(0o640)), Some("hall.open_secret"));
        assert_eq!(*mode(0o600).unwrap(), "十二个字的口令就是这一句");
        std::fs::write(&path, "\n").unwrap();
        assert_eq!(code(read(&path)), Some("hall.empty_secret"));
    }
}
