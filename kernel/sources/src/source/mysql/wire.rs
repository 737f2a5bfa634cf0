//! Packets on the wire, and the answer to a query.

use std::io::{BufReader, Read, Write};

use super::super::rows::ROW_BYTES_MAX;
use super::super::{Go, Unread};
use super::Stream;
use super::packet::Cursor;

/// A packet of this length goes on in the next.
const PART: usize = 0xFF_FFFF;
const COLUMNS_MAX: u64 = 4_096;
const QUERY: u8 = 3;

/// A connection.
pub(super) struct Wire {
    stream: BufReader<Box<dyn Stream>>,
    sequence: u8,
    packet: Vec<u8>,
    oversize: bool,
    /// Whether the server is MariaDB.
    pub(super) is_mariadb: bool,
}

impl Wire {
    pub(super) fn new(stream: Box<dyn Stream>, sequence: u8, is_mariadb: bool) -> Self {
        let stream = BufReader::with_capacity(64 * 1024, stream);
        Self { stream, sequence, packet: Vec::new(), oversize: false, is_mariadb }
    }

    /// Reads one packet. Of a longer one than any row may be, the rest is passed over.
    pub(super) fn receive(&mut self) -> Result<Cursor<'_>, Unread> {
        self.packet.clear();
        self.oversize = false;
        loop {
            let mut head = [0; 4];
            self.stream.read_exact(&mut head).map_err(broken)?;
            let [low, middle, high, sequence] = head;
            self.sequence = sequence.wrapping_add(1);
            let length = usize::from(low) | usize::from(middle) << 8 | usize::from(high) << 16;
            let kept = length.min((ROW_BYTES_MAX + 1).saturating_sub(self.packet.len()));
            let before = self.packet.len();
            self.packet.resize(before + kept, 0);
            let to = self.packet.get_mut(before..).unwrap_or_default();
            self.stream.read_exact(to).map_err(broken)?;
            let passed = (length - kept) as u64;
            if passed > 0 {
                self.oversize = true;
                let got =
                    std::io::copy(&mut self.stream.by_ref().take(passed), &mut std::io::sink());
                if got.map_err(broken)? != passed {
                    return Err(broken(std::io::ErrorKind::UnexpectedEof.into()));
                }
            }
            if length < PART {
                break;
            }
        }
        Ok(Cursor::new(&self.packet, self.oversize))
    }

    /// Sends one packet.
    pub(super) fn send(&mut self, content: &[u8]) -> Result<(), Unread> {
        let mut framed = Vec::with_capacity(content.len() + 4);
        let mut rest = content;
        loop {
            let (part, more) = rest.split_at(rest.len().min(PART));
            let [low, middle, high, ..] = (part.len() as u32).to_le_bytes();
            framed.extend([low, middle, high, self.sequence]);
            framed.extend_from_slice(part);
            self.sequence = self.sequence.wrapping_add(1);
            rest = more;
            if part.len() < PART {
                break;
            }
        }
        let stream = self.stream.get_mut();
        stream.write_all(&framed).and_then(|()| stream.flush()).map_err(broken)
    }

    /// Puts a query and hands over its rows as they come, with how many cells they have.
    pub(super) fn run(
        &mut self,
        sql: &str,
        row: &mut dyn FnMut(&mut Cursor<'_>, usize) -> Result<Go, Unread>,
    ) -> Result<Go, Unread> {
        self.sequence = 0;
        let mut content = vec![QUERY];
        content.extend_from_slice(sql.as_bytes());
        self.send(&content)?;
        let mut answer = self.receive()?;
        let columns = match answer.first() {
            Some(0x00) => return Ok(Go::On),
            Some(0xFF) => return Err(failure(answer)),
            Some(0xFB) => return Err(Unread::Answer("服务器要求读取本机的文件，已拒绝".into())),
            _ => answer.length()?,
        };
        if columns > COLUMNS_MAX {
            return Err(Unread::Answer("列太多".into()));
        }
        for _ in 0..columns {
            self.receive()?;
        }
        // A mark stands between columns and rows.
        self.receive()?;
        loop {
            let mut packet = self.receive()?;
            match packet.first() {
                Some(0xFE) if packet.rest().len() < 9 => return Ok(Go::On),
                Some(0xFF) if !packet.oversize => return Err(failure(packet)),
                _ => {}
            }
            if row(&mut packet, columns as usize)? == Go::Stop {
                return Ok(Go::Stop);
            }
        }
    }
}

/// What the server says is wrong.
pub(super) fn failure(mut packet: Cursor<'_>) -> Unread {
    let code = packet.take(1).and_then(|_| packet.number(2)).unwrap_or(0);
    let mut said = packet.rest();
    // `#` and the five signs of the SQL state.
    if said.first() == Some(&b'#') {
        said = said.get(6..).unwrap_or_default();
    }
    let words = String::from_utf8_lossy(said).into_owned();
    match code {
        // Access: account, database, host, table, column.
        1044 | 1045 | 1049 | 1130 | 1142 | 1143 | 1227 | 1698 => Unread::Denied(words),
        1146 => Unread::NoTable(words),
        // Time: MySQL, MariaDB, and waiting for a lock.
        3024 | 1969 | 1205 => Unread::TooLong(0),
        // The server is going down, or somebody ended the connection.
        1053 | 1077 | 1317 | 1927 => Unread::broken(words),
        _ => Unread::Answer(words),
    }
}

pub(super) fn broken(error: std::io::Error) -> Unread {
    match error.kind() {
        std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut => Unread::TooLong(0),
        _ => Unread::broken(error),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor as Bytes;

    use proptest::prelude::*;

    use super::*;

    /// Says what it was told to say, whatever it is asked.
    struct Said(Bytes<Vec<u8>>);

    impl Read for Said {
        fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
            self.0.read(to)
        }
    }

    impl Write for Said {
        fn write(&mut self, from: &[u8]) -> std::io::Result<usize> {
            Ok(from.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn packets(contents: &[Vec<u8>]) -> Vec<u8> {
        let framed = contents.iter().flat_map(|content| {
            let [low, middle, high, ..] = (content.len() as u32).to_le_bytes();
            [&[low, middle, high, 1][..], content].concat()
        });
        framed.collect()
    }

    fn answered(bytes: Vec<u8>) -> Result<Vec<Vec<Option<Vec<u8>>>>, Unread> {
        let mut wire = Wire::new(Box::new(Said(Bytes::new(bytes))), 0, true);
        let mut rows = Vec::new();
        wire.run("SELECT", &mut |row, count| {
            let cells = (0..count).map(|_| row.text_value().map(|cell| cell.map(<[u8]>::to_vec)));
            rows.push(cells.collect::<Result<_, _>>()?);
            Ok(Go::On)
        })?;
        Ok(rows)
    }

    #[test]
    fn an_answer_is_read_row_by_row_and_one_that_breaks_off_is_told() {
        let end = vec![0xFE, 0, 0, 2, 0];
        let row = b"\x01a\xFB".to_vec();
        let contents = [vec![2], vec![], vec![], end.clone(), row.clone(), row, end];
        let bytes = packets(&contents);
        let cell = Some(b"a".to_vec());
        assert_eq!(answered(bytes.clone()).unwrap(), [[cell.clone(), None], [cell, None]]);
        for length in 0..bytes.len() {
            assert!(matches!(answered(bytes[..length].to_vec()), Err(Unread::Broken(_))));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(500))]

        #[test]
        fn whatever_a_server_says_nothing_breaks(
            contents in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..12),
        ) {
            let _ = answered(packets(&contents));
        }
    }
}
