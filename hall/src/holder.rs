//! Who holds the installation's keys, as `[keys]` of the configuration says, and where the secret comes
//! from that opens them: a file or a descriptor, a credential of systemd, or a person at the terminal.
//! It is never taken from the environment or the command line, which other processes can read.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use base::{Outcome, Refusal, RefusalKind};
use sdf::{Place, SdfDevice};
use seal::{Holder, Keys};
use zeroize::Zeroizing;

use crate::config::{self, HeldBy};
use crate::files;

/// Where systemd lays what `LoadCredential=` names.
const CREDENTIALS: &str = "CREDENTIALS_DIRECTORY";
/// The credential with the passphrase of the keys.
const PASSPHRASE: &str = "cityhall.passphrase";
/// The credential with the device's PIN.
const PIN: &str = "cityhall.pin";
/// A secret is short.
const SECRET_BYTES_MAX: u64 = 4_096;

/// The holder of the keys that stand, or that are to be made.
pub fn holder(keys: &config::Keys, new: bool) -> Outcome<Holder> {
    match keys.holder {
        HeldBy::File => Ok(Holder::File),
        HeldBy::EncryptedFile => {
            let named = keys.passphrase_file.as_deref();
            Ok(Holder::Passphrase(secret("密钥口令", named, PASSPHRASE, new)?))
        }
        HeldBy::Sdf => {
            let device = keys.device.as_ref().ok_or_else(|| {
                Refusal::new(
                    RefusalKind::Invalid,
                    "hall.no_device",
                    "配置写明密钥由密码设备保管，没有写是哪一台",
                )
                .remedy(
                    "请在 cityhall.toml 里补上 [keys.device]：library、signing_key、wrapping_key",
                )
            })?;
            let place = Place {
                library: device.library.clone(),
                signing_key: device.signing_key,
                wrapping_key: device.wrapping_key,
                pin: secret("密码设备的 PIN", device.pin_file.as_deref(), PIN, false)?,
                answer_max: sdf::ANSWER_MAX,
            };
            let opened = SdfDevice::open(place).map_err(seal::KeysError::Device);
            Ok(Holder::Device(Arc::new(opened.map_err(crate::city::unfit_keys)?)))
        }
    }
}

/// What is said of how the keys are held: whether it is good enough is not for the words to soften.
pub fn standing(keys: &Keys) -> &'static str {
    match keys.holder() {
        "file" => "明文文件，只供开发和演示，不符合密码应用要求",
        "encrypted-file" => "口令加密的文件；不是密码设备，不符合密码应用要求",
        _ => "密码设备（GM/T 0018）：主密钥由设备解开，登记簿由设备签名；是否合规以密评结论为准",
    }
}

/// A secret from the file that is named, else from systemd's credential, else from the terminal.
fn secret(
    what: &str,
    named: Option<&Path>,
    credential: &str,
    new: bool,
) -> Outcome<Zeroizing<String>> {
    let laid = std::env::var_os(CREDENTIALS).map(|folder| PathBuf::from(folder).join(credential));
    if let Some(path) = named.map(Path::to_path_buf).or(laid.filter(|path| path.exists())) {
        return read(&path);
    }
    asked(what, new).ok_or_else(|| {
        let words = format!("没有{what}，打不开密钥");
        let remedy = format!(
            "请在终端里运行并输入，或者在 cityhall.toml 的 [keys] 里写明存放它的文件（权限 600），\
             或者用 systemd 的 LoadCredential={credential} 交给服务"
        );
        Refusal::new(RefusalKind::Invalid, "hall.no_secret", words).remedy(remedy).into()
    })
}

/// The first line of a file that only its owner may read. A pipe (`/dev/fd/3`) has no such bits.
fn read(path: &Path) -> Outcome<Zeroizing<String>> {
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
fn asked(what: &str, new: bool) -> Option<Zeroizing<String>> {
    let mut terminal = OpenOptions::new().read(true).write(true).open("/dev/tty").ok()?;
    let hidden = Hidden::over(&terminal)?;
    let mut answers = BufReader::new(terminal.try_clone().ok()?);
    let mut ask = |words: String| -> Option<Zeroizing<String>> {
        terminal.write_all(words.as_bytes()).ok()?;
        let mut line = Zeroizing::new(String::with_capacity(SECRET_BYTES_MAX as usize));
        answers.read_line(&mut line).ok()?;
        let _ = terminal.write_all(b"\n");
        let given = line.trim_end_matches(['\r', '\n']);
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
