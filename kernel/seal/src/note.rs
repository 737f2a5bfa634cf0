//! Signed checkpoints: the text of C2SP `tlog-checkpoint` and `signed-note`, in a profile of our
//! own with SM3 and SM2 (not interoperable with logs that use SHA-256 and Ed25519).
//!
//! ```text
//! ezhou.example/log
//! 42
//! ZsfwxGLu7dnR8tRr3BDk4kFnxIdc8veiKX2gK49LqOA=
//!
//! — ezhou.example/log 3q2+7w…
//! ```
//!
//! The three lines are the log's name (origin), the size, and the root in base64. After an empty
//! line comes one signature by the log's key, whose name is the origin: four bytes that tell the
//! key, then r‖s over the three lines. Each signed checkpoint has one exact form, and no other is
//! accepted. Witnesses add lines of their own ([`Note`]). While one key succeeds another both sign
//! ([`Succession`]), the older one first; what a verifier believes of them is [`Believed`].

mod cosign;
mod keys;
mod succession;

use data_encoding::BASE64;

use crate::digest::sm3;
use crate::error::SealError;
use crate::log_key::LogKey;
use crate::sign::{PublicKey, SigningKey};

pub use cosign::{COSIGNATURES_MAX, Cosignature, NOTE_BYTES_MAX, Note};
pub use keys::{Believed, LOG_KEYS_BYTES_MAX, LogKeys, Relation};
pub use succession::Succession;

/// Begins a signature line: em dash and space.
const DASH: &str = "— ";
/// The signature type: 0xff (one without a number of its own), then its name.
const SIGNATURE_TYPE: &[u8] = b"\xffcityhall.sm2-sm3.1";
/// A signed checkpoint is short; a longer text is not looked at.
const TEXT_BYTES_MAX: usize = 4096;
/// So many keys of a log sign one checkpoint at most: one, and its successor.
const SIGNERS_MAX: usize = 2;

/// What a log says of itself at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log's name: no spaces, no `+`, no control characters (`ezhou.example/log`).
    pub origin: String,
    /// How many leaves it has.
    pub size: u64,
    /// The root over them.
    pub root: [u8; 32],
}

/// Why a signed checkpoint was not accepted. The words are for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoteError {
    /// Not a signed checkpoint in its one exact form.
    #[error("检查点的格式不正确：{0}")]
    Form(&'static str),
    /// Signed by another key, or under another name.
    #[error("检查点不是用这把公钥签名的")]
    OtherKey,
    /// The signature is not over this text.
    #[error("检查点的签名与内容不符")]
    Signature,
    /// Signed by a key that had been succeeded by then, and not by its successor.
    #[error("检查点只有旧密钥的签名，而登记簿到这个大小时已经更换了密钥")]
    Succeeded,
    /// The keys of the log do not lead from one to the next.
    #[error("登记簿公钥的更换记录不成立：{0}")]
    Keys(&'static str),
}

impl Checkpoint {
    /// The three lines that are signed.
    pub fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, BASE64.encode(&self.root))
    }

    /// Reads the three lines, strictly: what is read renders to the same bytes.
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        let body = text.strip_suffix('\n').ok_or(NoteError::Form("最后一行没有结束"))?;
        let mut lines = body.split('\n');
        let (Some(origin), Some(size), Some(root), None) =
            (lines.next(), lines.next(), lines.next(), lines.next())
        else {
            return Err(NoteError::Form("应当是三行"));
        };
        if !is_name(origin) {
            return Err(NoteError::Form("登记簿名称不正确"));
        }
        let size = size.parse().map_err(|_| NoteError::Form("大小不是数字"))?;
        let root = BASE64.decode(root.as_bytes()).ok().and_then(|root| root.try_into().ok());
        let root = root.ok_or(NoteError::Form("根不是 32 字节的 Base64"))?;
        let checkpoint = Self { origin: origin.into(), size, root };
        // Numbers can be written in several ways (+1, 01); only one of them is ours.
        if checkpoint.text() == text {
            Ok(checkpoint)
        } else {
            Err(NoteError::Form("大小的写法不正确"))
        }
    }

    /// The signed checkpoint, under the origin as the key's name. An origin that is not a name
    /// gives a text that [`open`] refuses.
    pub fn sign(&self, key: &SigningKey) -> String {
        self.signed(&key.public(), &key.sign(self.text().as_bytes()))
    }

    /// The same with the log's key, wherever that is held. A device may refuse.
    pub fn sign_by(&self, key: &LogKey) -> Result<String, SealError> {
        Ok(self.signed(&key.public(), &key.sign(self.text().as_bytes())?))
    }

    /// The same by several keys of the log, the oldest first: a line of each.
    pub fn sign_by_all(&self, keys: &[LogKey]) -> Result<String, SealError> {
        let text = self.text();
        let lines: Result<String, SealError> = keys
            .iter()
            .map(|key| Ok(line(&self.origin, &key.public(), &key.sign(text.as_bytes())?)))
            .collect();
        Ok(format!("{text}\n{}", lines?))
    }

    fn signed(&self, key: &PublicKey, over_text: &[u8; 64]) -> String {
        format!("{}\n{}", self.text(), line(&self.origin, key, over_text))
    }
}

/// A log's signature line, the line feed included.
fn line(origin: &str, key: &PublicKey, over_text: &[u8; 64]) -> String {
    let signature = [&key_hash(origin, key)[..], over_text].concat();
    format!("{DASH}{origin} {}\n", BASE64.encode(&signature))
}

/// Reads a signed checkpoint and verifies it with the log's public key, or its keys. Only the one exact
/// form is accepted: every byte is signed, or the signature, or prescribed; a line by a successor that the
/// verifier has not heard of proves nothing to it and is passed over.
pub fn open(signed: &str, keys: &dyn Believed) -> Result<Checkpoint, NoteError> {
    if signed.len() > TEXT_BYTES_MAX {
        return Err(NoteError::Form("太长"));
    }
    let (text, rest) = halves(signed)?;
    let lines = rest.strip_suffix('\n').ok_or(NoteError::Form("签名行的写法不正确"))?;
    verify_lines(text, &lines.split('\n').collect::<Vec<_>>(), keys)
}

/// The text that is signed, and the signature lines after the empty line.
fn halves(signed: &str) -> Result<(&str, &str), NoteError> {
    let at = signed.find("\n\n").ok_or(NoteError::Form("没有签名"))?;
    let (text, rest) = signed.split_at_checked(at + 1).ok_or(NoteError::Form("没有签名"))?;
    Ok((text, rest.strip_prefix('\n').unwrap_or(rest)))
}

/// Reads the text and verifies the log's signature lines over it.
fn verify_lines(text: &str, lines: &[&str], keys: &dyn Believed) -> Result<Checkpoint, NoteError> {
    let checkpoint = Checkpoint::parse(text)?;
    let (mut hashes, mut signers) = (Vec::new(), Vec::new());
    for line in lines {
        let (name, hash, signature) = own_line(line)?;
        if name != checkpoint.origin {
            return Err(NoteError::OtherKey);
        }
        if hashes.contains(&hash) || hashes.len() == SIGNERS_MAX {
            return Err(NoteError::Form("签名行太多"));
        }
        hashes.push(hash);
        let known = keys.known().iter().position(|key| key_hash(name, key) == hash);
        let Some((place, key)) = known.and_then(|at| Some((at, keys.known().get(at)?))) else {
            continue;
        };
        if !key.verify(text.as_bytes(), &signature) {
            return Err(NoteError::Signature);
        }
        if signers.last().is_some_and(|last| *last >= place) {
            return Err(NoteError::Form("签名行没有按密钥更换的次序排列"));
        }
        signers.push(place);
    }
    let wanted = keys.signer(checkpoint.size);
    match signers.contains(&wanted) {
        true => Ok(checkpoint),
        false if signers.is_empty() => Err(NoteError::OtherKey),
        false => Err(NoteError::Succeeded),
    }
}

/// The parts of a log's own signature line.
fn own_line(line: &str) -> Result<(&str, [u8; 4], [u8; 64]), NoteError> {
    let (name, hash, signature) = signature_line(line)?;
    let signature = <[u8; 64]>::try_from(signature.as_slice())
        .map_err(|_| NoteError::Form("签名不是 68 字节的 Base64"))?;
    Ok((name, hash, signature))
}

/// The parts of a signature line: the key's name, the four bytes that tell it, and what follows.
fn signature_line(line: &str) -> Result<(&str, [u8; 4], Vec<u8>), NoteError> {
    let wrong = NoteError::Form("签名行的写法不正确");
    let (name, encoded) = line.strip_prefix(DASH).and_then(|l| l.split_once(' ')).ok_or(wrong)?;
    let bytes =
        BASE64.decode(encoded.as_bytes()).map_err(|_| NoteError::Form("签名不是 Base64"))?;
    let (hash, rest) = bytes.split_first_chunk::<4>().ok_or(NoteError::Form("签名太短"))?;
    Ok((name, *hash, rest.to_vec()))
}

/// The four bytes that tell a log's key under a name: the beginning of SM3(name ‖ newline ‖ type ‖
/// point), as `signed-note` makes them.
pub fn key_hash(name: &str, key: &PublicKey) -> [u8; 4] {
    hash_of_kind(name, SIGNATURE_TYPE, key)
}

fn hash_of_kind(name: &str, kind: &[u8], key: &PublicKey) -> [u8; 4] {
    let [a, b, c, d, ..] = sm3(&[name.as_bytes(), b"\n", kind, &key.to_bytes()]);
    [a, b, c, d]
}

/// A name is the host of a log or a witness and a little more: what is signed under it stays short enough to be read.
const NAME_BYTES_MAX: usize = 512;

/// Whether this can be a key's name in `signed-note`: not empty, not endless, no space of any kind, no `+`; and
/// no control characters, so that it cannot play with a terminal.
pub fn is_name(name: &str) -> bool {
    let length = 1..=NAME_BYTES_MAX;
    length.contains(&name.len())
        && !name.chars().any(|c| c.is_whitespace() || c.is_control() || c == '+')
}

#[cfg(test)]
mod tests;
