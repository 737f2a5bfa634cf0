//! Chance that comes out the same every time: SplitMix64. It decides nothing but how synthetic people are called
//! and where they live.

/// Streams of chance of one city: what is drawn in one does not move what is drawn in another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stream {
    /// One a household.
    Household = 1,
    /// One a day.
    Day = 2,
    /// One a firm.
    Firm = 3,
    /// One a firm and year.
    FirmYear = 4,
    /// One a person and register.
    Entry = 5,
    /// One a household: where it lived before.
    Former = 6,
    /// One a building: whether it was numbered anew.
    Building = 7,
}

/// A source of numbers, determined by its seed.
#[derive(Clone, Debug)]
pub(crate) struct Chance(u64);

fn mixed(state: u64) -> u64 {
    let mut mixed = state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

impl Chance {
    /// Of the thing `number` of a stream.
    pub(crate) fn of(seed: u64, stream: Stream, number: u64) -> Self {
        let begun = mixed(seed.wrapping_add((stream as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)));
        Self(mixed(begun ^ number.wrapping_mul(0xd6e8_feb8_6659_fd93)))
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mixed(self.0)
    }

    /// A number below `end`; 0 when `end` is.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        let drawn = self.next();
        drawn.checked_rem(end).unwrap_or_default()
    }

    /// The same for small numbers.
    pub(crate) fn small(&mut self, end: u16) -> u16 {
        u16::try_from(self.below(u64::from(end))).unwrap_or_default()
    }

    /// A place below a length.
    pub(crate) fn place(&mut self, length: usize) -> usize {
        usize::try_from(self.below(length as u64)).unwrap_or_default()
    }

    /// A number of days from `least` to `most`, both among them.
    pub(crate) fn days(&mut self, least: i32, most: i32) -> i32 {
        let span = i64::from(most).saturating_sub(i64::from(least)).max(0).unsigned_abs() + 1;
        least.saturating_add(i32::try_from(self.below(span)).unwrap_or_default())
    }

    /// True so many times of a thousand.
    pub(crate) fn happens(&mut self, of_thousand: u64) -> bool {
        self.below(1_000) < of_thousand
    }

    /// True so many times of a million.
    pub(crate) fn seldom(&mut self, of_million: u64) -> bool {
        self.below(1_000_000) < of_million
    }

    /// One of these, all as often.
    pub(crate) fn one<T: Copy>(&mut self, of: &[T]) -> Option<T> {
        of.get(self.place(of.len())).copied()
    }

    /// One of these, the first ones more often.
    pub(crate) fn early<T: Copy>(&mut self, of: &[T]) -> Option<T> {
        let place = self.place(of.len()).min(self.place(of.len())).min(self.place(of.len()));
        of.get(place).copied()
    }
}

/// What is drawn by weight.
#[derive(Clone, Debug, Default)]
pub(crate) struct Weights(Vec<u64>);

impl Weights {
    /// In the order of the things weighed.
    pub(crate) fn new(weights: impl IntoIterator<Item = u64>) -> Self {
        let mut total = 0;
        Self(
            weights
                .into_iter()
                .map(|weight| {
                    total += weight;
                    total
                })
                .collect(),
        )
    }

    /// The place of one, each as often as its weight says; 0 when there are none.
    pub(crate) fn draw(&self, chance: &mut Chance) -> usize {
        let drawn = chance.below(self.0.last().copied().unwrap_or_default());
        self.0.partition_point(|end| *end <= drawn)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_repeats_itself_and_moves_no_other() {
        let drawn = |stream, number| Chance::of(7, stream, number).next();
        assert_eq!(drawn(Stream::Day, 3), drawn(Stream::Day, 3));
        assert_ne!(drawn(Stream::Day, 3), drawn(Stream::Day, 4));
        assert_ne!(drawn(Stream::Day, 3), drawn(Stream::Firm, 3));
    }

    #[test]
    fn what_weighs_nothing_is_never_drawn_and_what_weighs_more_more_often() {
        let weights = Weights::new([1, 0, 3]);
        let mut chance = Chance::of(1, Stream::Former, 0);
        let mut count = [0; 3];
        for _ in 0..4_000 {
            count[weights.draw(&mut chance)] += 1;
        }
        assert_eq!(count[1], 0);
        assert!((2_800..3_200).contains(&count[2]), "{count:?}");
    }

    #[test]
    fn days_lie_between_both_ends() {
        let mut chance = Chance::of(1, Stream::Former, 0);
        assert!((0..500).all(|_| (-3..=2).contains(&chance.days(-3, 2))));
        assert_eq!(chance.days(5, 5), 5);
    }
}
