//! Whose keys sign: one in a file, one in a token (GM/T 0016), or those of the demo.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use base::{Outcome, Refusal, RefusalKind};
use sdf::{Token, TokenError, TokenFacts, TokenPlace};
use seal::SigningKey;
use zeroize::Zeroizing;

use super::key_file::{self, Passphrase};
use crate::line::KeyArgs;
use crate::secret;

/// Whose keys sign.
#[derive(Debug)]
pub enum Tokens {
    /// A key in a file.
    File(SigningKey),
    /// A key in a token.
    Device(Held),
    /// The tokens of the demo: `<login>.pem` in this folder.
    Folder(PathBuf),
}

/// Why nothing was signed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unsigned {
    /// There is no key for this account.
    #[error("没有这个账户的证书")]
    NoKey,
    /// Nobody has said the PIN.
    #[error("没有输入令牌的 PIN（在终端里输入，或者用 --pin-file 写明放它的文件），没有签名")]
    NoPin,
    /// The PIN that is laid into a file was refused. It is not tried again: the token would lock itself.
    #[error("文件里的 PIN 令牌不认，为免令牌锁死不再试；请改正以后重新启动签名代理")]
    Denied,
    /// The token did not.
    #[error("{0}，没有签名")]
    Token(#[from] TokenError),
}

/// A token, and what is known of its PIN.
#[derive(Debug)]
pub struct Held {
    token: Token,
    pin: Mutex<Pin>,
}

/// What is known of a PIN.
enum Pin {
    /// Asked for at each signature.
    EachTime,
    /// Asked for once, and again when the token refuses it; kept in memory until then.
    Asked(Option<Zeroizing<String>>),
    /// From a file. `None`: the token refused it.
    Laid(Option<Zeroizing<String>>),
}

impl std::fmt::Debug for Pin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pin")
    }
}

/// When the person is asked for the PIN of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AskPin {
    /// When the program starts.
    Once,
    /// At each signature.
    EachTime,
}

impl Tokens {
    /// The key that the line names. A token is looked at and shown its PIN, so that what is wrong is told now.
    pub fn open(args: &KeyArgs, ask: AskPin) -> Outcome<Self> {
        let Some(library) = &args.skf else {
            let path = args.key.as_deref().unwrap_or(Path::new(""));
            let phrase = Passphrase::FileOrTerminal(args.passphrase_file.as_deref());
            return Ok(Self::File(key_file::open(path, phrase)?));
        };
        let held = Held {
            token: token(args, library)?,
            pin: Mutex::new(match (&args.pin_file, ask) {
                (Some(file), _) => Pin::Laid(Some(secret::read(file)?)),
                (None, AskPin::Once) => Pin::Asked(None),
                (None, AskPin::EachTime) => Pin::EachTime,
            }),
        };
        held.facts()?;
        if ask == AskPin::Once {
            held.verify()?;
        }
        Ok(Self::Device(held))
    }

    /// Signs with the key of this account: r‖s. May wait for a person and for a token.
    pub fn sign(&self, account: &str, message: &[u8]) -> Result<[u8; 64], Unsigned> {
        match self {
            Self::File(key) => Ok(key.sign(message)),
            Self::Device(held) => held.sign(message),
            Self::Folder(folder) => {
                let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
                if account.is_empty() || !account.chars().all(plain) {
                    return Err(Unsigned::NoKey);
                }
                let pem = std::fs::read_to_string(folder.join(format!("{account}.pem")));
                let pem = Zeroizing::new(pem.map_err(|_| Unsigned::NoKey)?);
                let key = SigningKey::from_pem(&pem).map_err(|_| Unsigned::NoKey)?;
                Ok(key.sign(message))
            }
        }
    }

    /// Whether there is a key for this account, as far as can be said without a person or a token.
    pub fn knows(&self, account: &str) -> bool {
        match self {
            Self::File(_) | Self::Device(_) => true,
            Self::Folder(_) => self.sign(account, b"").is_ok(),
        }
    }

    /// What is said of the key when an agent starts.
    pub fn standing(&self) -> String {
        match self {
            Self::File(_) | Self::Folder(_) => {
                "私钥在文件里，只用来试用，不算合规的密码设备。".to_owned()
            }
            Self::Device(held) => match held.token.facts() {
                Ok(facts) => format!(
                    "用令牌 {}（应用 {}，容器 {}）签名；是否合规以密评结论为准。",
                    facts.device, facts.application, facts.container
                ),
                Err(error) => error.to_string(),
            },
        }
    }
}

/// The token that the line names; it need not be plugged in yet.
fn token(args: &KeyArgs, library: &Path) -> Outcome<Token> {
    let place = TokenPlace {
        library: library.to_path_buf(),
        device: args.device.clone(),
        application: args.application.clone(),
        container: args.container.clone(),
    };
    Ok(Token::load(place).map_err(|error| refused(&error))?)
}

/// What the token that the line names tells without its PIN.
pub fn facts(args: &KeyArgs, library: &Path) -> Outcome<TokenFacts> {
    Ok(token(args, library)?.facts().map_err(|error| refused(&error))?)
}

fn refused(error: &TokenError) -> Refusal {
    Refusal::new(RefusalKind::Invalid, "agent.token", error.to_string())
}

impl Held {
    fn facts(&self) -> Outcome<TokenFacts> {
        Ok(self.token.facts().map_err(|error| refused(&error))?)
    }

    /// Shows the token the PIN, and keeps it where it was right.
    fn verify(&self) -> Outcome<()> {
        let mut pin = self.pin.lock().unwrap_or_else(PoisonError::into_inner);
        let said = pin.said().map_err(|error| {
            Refusal::new(RefusalKind::Invalid, "agent.no_pin", error.to_string())
        })?;
        self.token.verify(&said).map_err(|error| refused(&error))?;
        pin.was_right(said);
        Ok(())
    }

    fn sign(&self, message: &[u8]) -> Result<[u8; 64], Unsigned> {
        let mut pin = self.pin.lock().unwrap_or_else(PoisonError::into_inner);
        let said = pin.said()?;
        match self.token.sign(&said, message) {
            Ok(signature) => {
                pin.was_right(said);
                Ok(signature)
            }
            Err(error) => {
                if matches!(error, TokenError::WrongPin { .. } | TokenError::Locked) {
                    pin.was_wrong();
                }
                Err(error.into())
            }
        }
    }
}

impl Pin {
    /// The PIN as it is known, or as the person at the terminal says it now.
    fn said(&self) -> Result<Zeroizing<String>, Unsigned> {
        match self {
            Self::Laid(pin) => pin.clone().ok_or(Unsigned::Denied),
            Self::Asked(Some(pin)) => Ok(pin.clone()),
            Self::Asked(None) | Self::EachTime => {
                secret::asked("令牌的 PIN", false).ok_or(Unsigned::NoPin)
            }
        }
    }

    fn was_right(&mut self, said: Zeroizing<String>) {
        if let Self::Asked(kept) = self {
            *kept = Some(said);
        }
    }

    fn was_wrong(&mut self) {
        if let Self::Asked(kept) | Self::Laid(kept) = self {
            *kept = None;
        }
    }
}
