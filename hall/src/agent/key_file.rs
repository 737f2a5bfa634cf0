//! Private keys in files: under a passphrase or not, their owner's alone.

use std::path::Path;

use base::{Outcome, Refusal, RefusalKind};
use seal::{PASSPHRASE_MIN, SealError, SigningKey};
use zeroize::Zeroizing;

use crate::line::aside;
use crate::{city, files, secret};

/// So often a passphrase may be typed.
const TRIES: usize = 3;

/// Where the passphrase of a key comes from.
#[derive(Clone, Copy, Debug)]
pub enum Passphrase<'a> {
    /// A file, if one is named, or the person at the terminal.
    FileOrTerminal(Option<&'a Path>),
    /// A file, if one is named: nobody sits at this process.
    File(Option<&'a Path>),
}

/// The key in a file. One without a passphrase is told of, beside what the command gives.
pub fn open(path: &Path, passphrase: Passphrase<'_>) -> Outcome<SigningKey> {
    let pem = text(path)?;
    if SigningKey::is_protected(&pem) {
        return under_passphrase(path, &pem, passphrase);
    }
    let key = SigningKey::from_pem(&pem).map_err(|error| unfit(path, &error))?;
    aside(format!(
        "提醒：私钥文件 {0} 没有口令，谁拿到它谁就能签名。加上口令：cityhall sign --protect --key {0}",
        path.display()
    ));
    Ok(key)
}

/// Puts the key of a file under a passphrase: the one that stands opens it first.
pub fn protect(path: &Path, old: Option<&Path>, new: Option<&Path>) -> Outcome<()> {
    let pem = text(path)?;
    let key = match SigningKey::is_protected(&pem) {
        true => under_passphrase(path, &pem, Passphrase::FileOrTerminal(old))?,
        false => SigningKey::from_pem(&pem).map_err(|error| unfit(path, &error))?,
    };
    let phrase = match new {
        Some(file) => secret::read(file)?,
        None => typed_twice()?,
    };
    if phrase.chars().count() < PASSPHRASE_MIN {
        let words = format!("口令至少要 {PASSPHRASE_MIN} 个字，文件没有改动");
        return Err(Refusal::new(RefusalKind::Invalid, "sign.short_passphrase", words).into());
    }
    Ok(key.protect_file(path, &phrase).map_err(city::unfit_keys)?)
}

fn typed_twice() -> Outcome<Zeroizing<String>> {
    let once = secret::asked("新的口令", false).ok_or_else(no_terminal)?;
    let again = secret::asked("再输一次新的口令", false).ok_or_else(no_terminal)?;
    if once != again {
        let words = "两次输入的口令不一样，文件没有改动";
        return Err(Refusal::new(RefusalKind::Invalid, "sign.other_passphrase", words).into());
    }
    Ok(once)
}

fn no_terminal() -> Refusal {
    Refusal::new(RefusalKind::Invalid, "hall.no_secret", "没有输入口令")
        .remedy("请在终端里运行并输入，或者把口令写在一个文件（权限 600）的第一行，用 --passphrase-file（新的用 --new-passphrase-file）指给程序")
}

fn text(path: &Path) -> Outcome<Zeroizing<String>> {
    let read = seal::read_private(path).map_err(city::unfit_keys)?;
    let none = || files::unreadable(path, &std::io::ErrorKind::NotFound.into());
    Ok(read.ok_or_else(none)?)
}

fn under_passphrase(path: &Path, pem: &str, from: Passphrase<'_>) -> Outcome<SigningKey> {
    let (named, may_ask) = match from {
        Passphrase::FileOrTerminal(named) => (named, true),
        Passphrase::File(named) => (named, false),
    };
    if let Some(file) = named {
        let phrase = secret::read(file)?;
        return Ok(
            SigningKey::from_protected_pem(pem, &phrase).map_err(|error| unfit(path, &error))?
        );
    }
    let mut wrong = SealError::Passphrase;
    for _ in 0..TRIES {
        let asked = may_ask.then(|| secret::asked(&format!("{} 的口令", path.display()), false));
        let Some(phrase) = asked.flatten() else { return Err(no_terminal().into()) };
        match SigningKey::from_protected_pem(pem, &phrase) {
            Ok(key) => return Ok(key),
            Err(error) => wrong = error,
        }
        if !matches!(wrong, SealError::Passphrase) {
            break;
        }
        aside("口令不对");
    }
    Err(unfit(path, &wrong).into())
}

fn unfit(path: &Path, error: &SealError) -> Refusal {
    let why = match error {
        SealError::OtherCurve | SealError::Passphrase => error.to_string(),
        _ => "不是 SM2 私钥的 PEM".to_owned(),
    };
    let words = format!("{}：{why}", path.display());
    Refusal::new(RefusalKind::Invalid, "hall.not_a_key", words)
}
