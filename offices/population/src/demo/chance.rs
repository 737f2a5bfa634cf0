//! Chance that comes out the same every time: SplitMix64. It decides nothing but how synthetic
//! people are called and where they live.

/// A source of numbers, determined by its seed.
pub struct Chance(u64);

impl Chance {
    /// From a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`; 0 when `end` is.
    pub fn below(&mut self, end: u64) -> u64 {
        let drawn = self.next();
        drawn.checked_rem(end).unwrap_or_default()
    }

    /// True so many times of a thousand.
    pub fn happens(&mut self, of_thousand: u64) -> bool {
        self.below(1_000) < of_thousand
    }

    /// One of these, the first ones more often.
    pub fn early<T: Copy>(&mut self, of: &[T]) -> Option<T> {
        let length = of.len() as u64;
        let place = self.below(length).min(self.below(length));
        of.get(usize::try_from(place).ok()?).copied()
    }

    /// One of these, each as often as its weight says.
    pub fn weighted<'t, T>(&mut self, of: &'t [T], weight: impl Fn(&T) -> u64) -> Option<&'t T> {
        let total: u64 = of.iter().map(&weight).sum();
        let mut left = self.below(total);
        for one in of {
            let own = weight(one);
            if left < own {
                return Some(one);
            }
            left -= own;
        }
        None
    }
}
