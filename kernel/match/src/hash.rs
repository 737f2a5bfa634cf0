//! Hashing of keys, parts and values: quick, the same on every machine and in every run.

/// No hash ever is this, so it may stand for "nothing".
pub(crate) const NOTHING: u64 = 0;

const TURN: u64 = 0x9E37_79B9_7F4A_7C15;

/// Sixty-four bits of these bytes, never [`NOTHING`]. Two of a million keys fall together once in forty
/// million tables, and what falls together is compared all the same.
pub(crate) fn hash(bytes: &[u8]) -> u64 {
    let mut state = TURN ^ bytes.len() as u64;
    let mut chunks = bytes.chunks_exact(8);
    for chunk in chunks.by_ref() {
        let word = chunk.try_into().map(u64::from_le_bytes).unwrap_or_default();
        state = join(state, word);
    }
    let mut last = [0u8; 8];
    for (to, from) in last.iter_mut().zip(chunks.remainder()) {
        *to = *from;
    }
    join(state, u64::from_le_bytes(last)).max(1)
}

/// One hash of two, in this order.
pub(crate) fn join(state: u64, word: u64) -> u64 {
    let product = u128::from(state ^ word.rotate_left(23)) * u128::from(TURN | 1);
    let folded = (product as u64) ^ ((product >> 64) as u64);
    let spread = (folded ^ (folded >> 29) ^ word).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    spread ^ (spread >> 32)
}

/// The same numbers from the same seed, for samples.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Draw(pub(crate) u64);

impl Draw {
    /// A number below `limit`, which is not 0.
    pub(crate) fn below(&mut self, limit: u32) -> u32 {
        self.0 = self.0.wrapping_add(TURN);
        let word = join(self.0, TURN);
        ((u128::from(word) * u128::from(limit)) >> 64) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_hashes_differently() {
        let texts = ["", "a", "b", "ab", "ba", "420702199003074214", "420702199003074215"];
        let mut seen: Vec<u64> = texts.iter().map(|t| hash(t.as_bytes())).collect();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), texts.len());
        assert_ne!(join(1, 2), join(2, 1));
    }

    #[test]
    fn many_keys_spread_over_all_bits() {
        let mut low = vec![0u32; 1024];
        let mut high = vec![0u32; 1024];
        for n in 0..102_400u32 {
            let key = hash(format!("k{n}").as_bytes());
            low[(key & 1023) as usize] += 1;
            high[(key >> 54) as usize] += 1;
        }
        assert!(low.iter().chain(&high).all(|n| (50..=160).contains(n)));
    }
}
