//! How one key of a log succeeds another: a statement that both of them sign.
//!
//! ```text
//! ezhou.example/log/successor
//! 42
//! 04…        the old public key, 130 hexadecimal digits
//! 04…        the new one
//! 1795491700
//!
//! — ezhou.example/log 3q2+7w…
//! — ezhou.example/log 9hK0aQ…
//! ```
//!
//! Five lines: the log's name and `/successor`, the size up to which the old key signs alone, the two keys,
//! the time in seconds since 1970. After an empty line the old key's signature and the new one's, in the form
//! that checkpoints have: the old key says who follows it, the new one that it is held by whoever says so.

use super::{NoteError, TEXT_BYTES_MAX, halves, is_name, key_hash, line, own_line};
use crate::error::SealError;
use crate::log_key::LogKey;
use crate::sign::PublicKey;

/// Ends the first line, so that no checkpoint reads as a statement.
const KIND: &str = "/successor";

/// One key of a log is succeeded by another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Succession {
    /// The log's name.
    pub origin: String,
    /// Checkpoints of more acts than this are not believed by the old key alone.
    pub from: u64,
    /// The old key.
    pub old: PublicKey,
    /// The new one.
    pub new: PublicKey,
    /// When it was said: seconds since 1970, by the log's clock.
    pub seconds: u64,
}

impl Succession {
    /// The five lines that are signed.
    pub fn text(&self) -> String {
        let Self { origin, from, old, new, seconds } = self;
        format!("{origin}{KIND}\n{from}\n{}\n{}\n{seconds}\n", old.to_hex(), new.to_hex())
    }

    /// Reads the five lines, strictly: what is read renders to the same bytes.
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        let body = text.strip_suffix('\n').ok_or(NoteError::Form("最后一行没有结束"))?;
        let lines: Vec<&str> = body.split('\n').collect();
        let [first, from, old, new, seconds] = lines[..] else {
            return Err(NoteError::Form("应当是五行"));
        };
        let origin = first.strip_suffix(KIND).filter(|origin| is_name(origin));
        let origin = origin.ok_or(NoteError::Form("第一行不是登记簿名称和 /successor"))?;
        let key = |hex: &str| PublicKey::from_hex(hex).map_err(|_| NoteError::Form("不是公钥"));
        let number = |text: &str| text.parse().map_err(|_| NoteError::Form("不是数字"));
        let succession = Self {
            origin: origin.into(),
            from: number(from)?,
            old: key(old)?,
            new: key(new)?,
            seconds: number(seconds)?,
        };
        if succession.old == succession.new {
            return Err(NoteError::Keys("新旧是同一把公钥"));
        }
        match succession.text() == text {
            true => Ok(succession),
            false => Err(NoteError::Form("数字的写法不正确")),
        }
    }

    /// The statement under the signatures of both keys, which must be those that it names.
    pub fn sign(&self, old: &LogKey, new: &LogKey) -> Result<String, SealError> {
        if old.public() != self.old || new.public() != self.new {
            return Err(SealError::Key("not the keys that the statement names"));
        }
        let text = self.text();
        let mut signed = format!("{text}\n");
        for key in [old, new] {
            let signature = key.sign(text.as_bytes())?;
            signed.push_str(&line(&self.origin, &key.public(), &signature));
        }
        Ok(signed)
    }

    /// Reads a signed statement: both signatures must hold, in their order, and nothing else stand there.
    pub fn open(signed: &str) -> Result<Self, NoteError> {
        if signed.len() > TEXT_BYTES_MAX {
            return Err(NoteError::Form("太长"));
        }
        let (text, rest) = halves(signed)?;
        let succession = Self::parse(text)?;
        let lines = rest.strip_suffix('\n').ok_or(NoteError::Form("签名行的写法不正确"))?;
        let lines: Vec<&str> = lines.split('\n').collect();
        let [by_old, by_new] = lines[..] else {
            return Err(NoteError::Form("应当有新旧两把密钥的签名"));
        };
        for (line, key) in [(by_old, &succession.old), (by_new, &succession.new)] {
            let (name, hash, signature) = own_line(line)?;
            if name != succession.origin || hash != key_hash(name, key) {
                return Err(NoteError::OtherKey);
            }
            if !key.verify(text.as_bytes(), &signature) {
                return Err(NoteError::Signature);
            }
        }
        Ok(succession)
    }
}

#[cfg(test)]
mod tests;
