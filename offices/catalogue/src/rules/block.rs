//! Blocks of rows: how cells lie in one, and the marks that say which values cannot be in it. Pure.

use std::collections::HashSet;

/// So many rows lie in a block; the last has fewer.
pub const ROWS: usize = 500;
/// What stands for a length of four bytes.
const LONG: u8 = u8::MAX;
/// Bits of the marks for each value: of blocks without a value, one in two hundred is looked into in vain.
const BITS: usize = 12;
/// So many bits are set for a value.
const TURNS: u64 = 4;

/// Puts a row behind those that lie there.
pub fn put<'c>(into: &mut Vec<u8>, cells: impl IntoIterator<Item = &'c str>) {
    for cell in cells {
        match u8::try_from(cell.len()) {
            Ok(length) if length < LONG => into.push(length),
            _ => {
                into.push(LONG);
                into.extend(u32::try_from(cell.len()).unwrap_or(u32::MAX).to_le_bytes());
            }
        }
        into.extend_from_slice(cell.as_bytes());
    }
}

/// Reads the rows of a block one after the other.
pub struct Rows<'b> {
    rest: &'b [u8],
    width: usize,
}

impl<'b> Rows<'b> {
    /// The rows of a block of so many columns.
    pub fn new(bytes: &'b [u8], width: usize) -> Self {
        Self { rest: bytes, width }
    }

    /// The next row, into `cells`; whether there was one. A block that breaks off in a row is broken.
    pub fn next(&mut self, cells: &mut Vec<&'b str>) -> Result<bool, Broken> {
        cells.clear();
        if self.rest.is_empty() || self.width == 0 {
            return Ok(false);
        }
        for _ in 0..self.width {
            cells.push(self.cell().ok_or(Broken)?);
        }
        Ok(true)
    }

    fn cell(&mut self) -> Option<&'b str> {
        let (first, rest) = self.rest.split_first()?;
        let (length, rest) = match *first {
            LONG => {
                let (length, rest) = rest.split_first_chunk::<4>()?;
                (usize::try_from(u32::from_le_bytes(*length)).ok()?, rest)
            }
            short => (usize::from(short), rest),
        };
        let (cell, rest) = rest.split_at_checked(length)?;
        self.rest = rest;
        std::str::from_utf8(cell).ok()
    }
}

/// A block is not what was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a block of rows breaks off")]
pub struct Broken;

/// A value of more bytes is not marked: nobody asks for all of a long text, and who does has every block looked into.
pub const MARKED_MAX: usize = 200;

/// The numbers by which marks know the values of a row.
pub fn numbers_of(cells: &[&str]) -> impl Iterator<Item = u64> {
    let short = cells.iter().enumerate().filter(|(_, cell)| cell.len() <= MARKED_MAX);
    short.map(|(at, cell)| number_of(at, cell.as_bytes()))
}

/// The number by which marks know a value of a column. It is the same for ever.
pub fn number_of(column: usize, value: &[u8]) -> u64 {
    // FNV-1a, then the last turn of splitmix: the bits of short texts come apart.
    let seed = 0xcbf2_9ce4_8422_2325 ^ u64::try_from(column).unwrap_or(u64::MAX);
    let folded = value
        .iter()
        .fold(seed, |folded, byte| (folded ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
    let mixed = (folded ^ (folded >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

fn bits(number: u64, of: usize) -> impl Iterator<Item = usize> {
    let of = u64::try_from(of).unwrap_or(u64::MAX).max(1);
    let step = (number >> 32) | 1;
    (0..TURNS).map(move |turn| {
        usize::try_from(number.wrapping_add(turn.wrapping_mul(step)) % of).unwrap_or_default()
    })
}

/// The marks of these values.
pub fn marks(numbers: &HashSet<u64>) -> Vec<u8> {
    let mut marks = vec![0u8; (numbers.len() * BITS).div_ceil(8).max(1)];
    let of = marks.len() * 8;
    for number in numbers {
        for bit in bits(*number, of) {
            if let Some(byte) = marks.get_mut(bit / 8) {
                *byte |= 1 << (bit % 8);
            }
        }
    }
    marks
}

/// Whether a value may be in the block with these marks; a no is sure.
pub fn may_hold(marks: &[u8], number: u64) -> bool {
    let of = marks.len() * 8;
    bits(number, of).all(|bit| marks.get(bit / 8).is_some_and(|byte| byte & (1 << (bit % 8)) != 0))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn rows_read_back_and_their_values_are_marked(
            rows in prop::collection::vec(prop::collection::vec("\\PC{0,300}", 3), 0..40),
        ) {
            let (mut block, mut numbers) = (Vec::new(), HashSet::new());
            for row in &rows {
                put(&mut block, row.iter().map(String::as_str));
                numbers.extend(row.iter().enumerate().map(|(at, cell)| number_of(at, cell.as_bytes())));
            }
            let (mut read, mut cells, mut back) = (Rows::new(&block, 3), Vec::new(), Vec::new());
            while read.next(&mut cells).unwrap() {
                back.push(cells.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>());
            }
            prop_assert_eq!(back, rows);
            let marks = marks(&numbers);
            prop_assert!(numbers.iter().all(|number| may_hold(&marks, *number)));
        }

        #[test]
        fn no_bytes_stop_the_reader(bytes in prop::collection::vec(any::<u8>(), 0..200), width in 0usize..5) {
            let (mut rows, mut cells) = (Rows::new(&bytes, width), Vec::new());
            while matches!(rows.next(&mut cells), Ok(true)) {
                prop_assert_eq!(cells.len(), width);
            }
        }
    }

    #[test]
    fn few_blocks_are_looked_into_in_vain() {
        let values: HashSet<u64> =
            (0..500).map(|at| number_of(0, format!("a{at}").as_bytes())).collect();
        let marks = marks(&values);
        let vain =
            (0..10_000).filter(|at| may_hold(&marks, number_of(0, format!("b{at}").as_bytes())));
        assert!(vain.count() < 200);
    }
}
