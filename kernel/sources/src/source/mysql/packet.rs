//! What stands in a packet: numbers with the low byte first, and texts with their length before them.

use super::super::Unread;

/// Reads a packet from its beginning.
pub(super) struct Cursor<'p> {
    bytes: &'p [u8],
    /// The packet was longer than what is kept of one.
    pub(super) oversize: bool,
}

impl<'p> Cursor<'p> {
    pub(super) fn new(bytes: &'p [u8], oversize: bool) -> Self {
        Self { bytes, oversize }
    }

    pub(super) fn rest(&self) -> &'p [u8] {
        self.bytes
    }

    pub(super) fn first(&self) -> Option<u8> {
        self.bytes.first().copied()
    }

    pub(super) fn take(&mut self, count: usize) -> Result<&'p [u8], Unread> {
        let (taken, rest) = self.bytes.split_at_checked(count).ok_or_else(short)?;
        self.bytes = rest;
        Ok(taken)
    }

    pub(super) fn byte(&mut self) -> Result<u8, Unread> {
        Ok(self.take(1)?.first().copied().unwrap_or(0))
    }

    /// A number of so many bytes.
    pub(super) fn number(&mut self, bytes: usize) -> Result<u64, Unread> {
        let taken = self.take(bytes)?;
        Ok(taken.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    /// A number whose first byte says how long it is.
    pub(super) fn length(&mut self) -> Result<u64, Unread> {
        match self.byte()? {
            0xFC => self.number(2),
            0xFD => self.number(3),
            0xFE => self.number(8),
            0xFB | 0xFF => Err(short()),
            small => Ok(u64::from(small)),
        }
    }

    /// A text with its length before it; `None` for no value.
    pub(super) fn text_value(&mut self) -> Result<Option<&'p [u8]>, Unread> {
        if self.first() == Some(0xFB) {
            self.byte()?;
            return Ok(None);
        }
        let length = self.length()?;
        self.take(usize::try_from(length).map_err(|_| short())?).map(Some)
    }

    /// A text that ends with NUL, or with the packet.
    pub(super) fn until_nul(&mut self) -> &'p [u8] {
        let end = self.bytes.iter().position(|byte| *byte == 0);
        let text = self.bytes.get(..end.unwrap_or(self.bytes.len())).unwrap_or_default();
        self.bytes = self.bytes.get(text.len() + 1..).unwrap_or_default();
        text
    }
}

fn short() -> Unread {
    Unread::Answer("MySQL 的答复不完整".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_texts_are_read_and_short_packets_refused() {
        let bytes = [0xFC, 0x01, 0x02, 3, b'a', b'b', b'c', 0xFB, b'x', 0, 9, b'y'];
        let mut cursor = Cursor::new(&bytes, false);
        assert_eq!(cursor.length().unwrap(), 0x0201);
        assert_eq!(cursor.text_value().unwrap(), Some(&b"abc"[..]));
        assert_eq!(cursor.text_value().unwrap(), None);
        assert_eq!(cursor.until_nul(), b"x");
        assert!(cursor.text_value().is_err());
        let huge = [0xFE, 255, 255, 255, 255, 255, 255, 255, 255];
        assert!(Cursor::new(&huge, false).text_value().is_err());
        assert!(Cursor::new(&[], false).byte().is_err());
    }
}
