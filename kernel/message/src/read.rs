//! Reading bytes from outside, one part after another; what is missing is said as such.

use crate::Wrong;

/// Bytes that are read from their beginning.
#[derive(Debug)]
pub struct Reading<'a>(&'a [u8]);

impl<'a> Reading<'a> {
    /// Begins to read.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The next `count` bytes.
    pub fn take(&mut self, count: usize) -> Result<&'a [u8], Wrong> {
        let missing = count.saturating_sub(self.0.len());
        let (taken, rest) = self.0.split_at_checked(count).ok_or(Wrong::Half(missing as u64))?;
        self.0 = rest;
        Ok(taken)
    }

    /// The next `N` bytes.
    pub fn array<const N: usize>(&mut self) -> Result<&'a [u8; N], Wrong> {
        let missing = N.saturating_sub(self.0.len());
        let (taken, rest) = self.0.split_first_chunk::<N>().ok_or(Wrong::Half(missing as u64))?;
        self.0 = rest;
        Ok(taken)
    }

    /// The next number, 32 bits, the highest byte first.
    pub fn number(&mut self) -> Result<u32, Wrong> {
        Ok(u32::from_be_bytes(*self.array::<4>()?))
    }

    /// The next part: its length, then its bytes. One that says to be longer than `most` is refused at once.
    pub fn part(&mut self, most: u64) -> Result<&'a [u8], Wrong> {
        let length = self.number()?;
        if u64::from(length) > most {
            return Err(Wrong::TooLarge { found: length.into(), most });
        }
        self.take(length as usize)
    }

    /// The word that must stand here.
    pub fn word(&mut self, word: &[u8; 4], otherwise: &'static str) -> Result<(), Wrong> {
        match self.array::<4>()? == word {
            true => Ok(()),
            false => Err(Wrong::Shape(otherwise)),
        }
    }

    /// Refuses what is left.
    pub fn end(&self) -> Result<(), Wrong> {
        match self.0.is_empty() {
            true => Ok(()),
            false => Err(Wrong::Shape("后面还有多余的内容")),
        }
    }
}
