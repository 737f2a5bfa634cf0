//! The keys that a log has had, and what each of them is believed.

use super::{NoteError, Succession, is_name};
use crate::sign::PublicKey;

/// The first line of the list.
const FORMAT: &str = "cityhall-log-keys-1";
/// So many keys at most has one log: one a year, for as long as anybody looks back.
const KEYS_MAX: usize = 64;
/// A list is not longer.
pub const LOG_KEYS_BYTES_MAX: usize = 192 * 1024;
/// The lines of a signed statement.
const STATEMENT_LINES: usize = 8;

/// Whose signatures over a log's checkpoints count: one key, or the keys that succeeded one another.
pub trait Believed: Sync {
    /// Every key of the log that is known, the oldest first.
    fn known(&self) -> &[PublicKey];
    /// The place, among those, of the key that a checkpoint of this size must be signed by.
    fn signer(&self, size: u64) -> usize;
}

impl Believed for PublicKey {
    fn known(&self) -> &[PublicKey] {
        std::slice::from_ref(self)
    }

    fn signer(&self, _: u64) -> usize {
        0
    }
}

/// The keys of one log, the oldest first, with the statements that lead from each to the next. Every
/// signature in it was verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogKeys {
    origin: String,
    keys: Vec<PublicKey>,
    steps: Vec<Step>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Step {
    said: Succession,
    signed: String,
}

/// How a list of keys stands to one that was believed before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// It says the same, or goes on from it.
    GoesOn,
    /// It is a beginning of what was believed.
    Behind,
    /// The same key is succeeded by two: the log has two faces, or somebody else has its key.
    Split,
    /// It has none of the keys that were believed.
    Strange,
}

impl LogKeys {
    /// A log that has had one key.
    pub fn only(origin: &str, key: PublicKey) -> Self {
        Self { origin: origin.into(), keys: vec![key], steps: Vec::new() }
    }

    /// The key, and those that the signed statements lead to from it.
    pub fn from_first<'a>(
        origin: &str,
        first: PublicKey,
        statements: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, NoteError> {
        let mut keys = Self::only(origin, first);
        for signed in statements {
            keys.add(signed)?;
        }
        Ok(keys)
    }

    /// The log's name.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The statements, the oldest first.
    pub fn successions(&self) -> impl DoubleEndedIterator<Item = &Succession> + ExactSizeIterator {
        self.steps.iter().map(|step| &step.said)
    }

    /// The key that signs now.
    pub fn newest(&self) -> Option<&PublicKey> {
        self.keys.last()
    }

    /// Whether this key was or is one of them.
    pub fn has(&self, key: &PublicKey) -> bool {
        self.keys.contains(key)
    }

    /// Goes on by one signed statement: it must be of this log, name the newest key as the old one, and go
    /// back neither in size nor in time; no key comes twice.
    pub fn add(&mut self, signed: &str) -> Result<(), NoteError> {
        let said = Succession::open(signed)?;
        if said.origin != self.origin {
            return Err(NoteError::Keys("声明属于另一本登记簿"));
        }
        if self.newest() != Some(&said.old) {
            return Err(NoteError::Keys("声明里的旧公钥不是上一把公钥"));
        }
        if self.has(&said.new) {
            return Err(NoteError::Keys("同一把公钥出现两次"));
        }
        let last = self.steps.last().map(|step| &step.said);
        if last.is_some_and(|last| last.from > said.from || last.seconds > said.seconds) {
            return Err(NoteError::Keys("大小或者时间往回走"));
        }
        if self.keys.len() == KEYS_MAX {
            return Err(NoteError::Keys("公钥太多"));
        }
        self.keys.push(said.new.clone());
        self.steps.push(Step { said, signed: signed.into() });
        Ok(())
    }

    /// The list as it is published: append-only, so that an older one is a beginning of a newer one.
    pub fn text(&self) -> String {
        let first = self.keys.first().map(PublicKey::to_hex).unwrap_or_default();
        let steps: String = self.steps.iter().map(|step| format!("\n{}", step.signed)).collect();
        format!("{FORMAT}\n{}\n{first}\n{steps}", self.origin)
    }

    /// Reads a list in its one exact form, and verifies every statement in it. Whom it is of is for whoever
    /// asks: [`LogKeys::has`] the key that they trust.
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        if text.len() > LOG_KEYS_BYTES_MAX {
            return Err(NoteError::Form("太长"));
        }
        let body = text.strip_suffix('\n').ok_or(NoteError::Form("最后一行没有结束"))?;
        let mut lines = body.split('\n');
        if lines.next() != Some(FORMAT) {
            return Err(NoteError::Form("不是登记簿公钥的清单"));
        }
        let (Some(origin), Some(first)) = (lines.next(), lines.next()) else {
            return Err(NoteError::Form("缺少登记簿名称或者公钥"));
        };
        if !is_name(origin) {
            return Err(NoteError::Form("登记簿名称不正确"));
        }
        let first = PublicKey::from_hex(first).map_err(|_| NoteError::Form("不是公钥"))?;
        let mut keys = Self::only(origin, first);
        while let Some(line) = lines.next() {
            if !line.is_empty() {
                return Err(NoteError::Form("声明之间没有空行"));
            }
            let statement: Vec<&str> = lines.by_ref().take(STATEMENT_LINES).collect();
            keys.add(&format!("{}\n", statement.join("\n")))?;
        }
        match keys.text() == text {
            true => Ok(keys),
            false => Err(NoteError::Form("写法不正确")),
        }
    }

    /// The list, if the key that is trusted is one of it.
    pub fn parse_trusting(text: &str, trusted: &PublicKey) -> Result<Self, NoteError> {
        let keys = Self::parse(text)?;
        if keys.has(trusted) {
            Ok(keys)
        } else {
            Err(NoteError::Keys("里面没有您信任的公钥"))
        }
    }

    /// How this list stands to one that was believed before.
    pub fn relation(&self, believed: &Self) -> Relation {
        if self.origin != believed.origin {
            return Relation::Strange;
        }
        if self.contains(believed) {
            Relation::GoesOn
        } else if believed.contains(self) {
            Relation::Behind
        } else if self.keys.iter().any(|key| believed.has(key)) {
            Relation::Split
        } else {
            Relation::Strange
        }
    }

    /// Whether all that the other says stands in this one, statement by statement.
    fn contains(&self, other: &Self) -> bool {
        let first = other.keys.first();
        let Some(at) = self.keys.iter().position(|key| Some(key) == first) else { return false };
        let mut own = self.successions().skip(at);
        other.successions().all(|said| own.next() == Some(said))
    }
}

impl Believed for LogKeys {
    fn known(&self) -> &[PublicKey] {
        &self.keys
    }

    fn signer(&self, size: u64) -> usize {
        self.successions().filter(|said| said.from < size).count()
    }
}

#[cfg(test)]
mod tests;
