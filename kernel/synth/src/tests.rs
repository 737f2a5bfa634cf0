//! What always holds in a synthetic city.

mod changes;
mod dirty;
mod people;

use crate::City;

/// FNV-1a over lines: enough to see that bytes are the same.
fn digest(lines: impl Iterator<Item = String>) -> u64 {
    lines.fold(0xcbf2_9ce4_8422_2325, |sum, line| {
        line.bytes()
            .chain([b'\n'])
            .fold(sum, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
    })
}

fn city(residents: u32) -> City {
    City::new(420_700, residents).expect("a city")
}
