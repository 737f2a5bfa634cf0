//! The order of what was found, and the place in it where a page ends.
//!
//! Order: the score, then the newer, then a number drawn from the key, so that no two are equal.

use std::cmp::Ordering;

use tantivy::collector::{Collector, SegmentCollector};
use tantivy::columnar::Column;
use tantivy::{DocAddress, DocId, Score, SegmentOrdinal, SegmentReader};

/// Where one found thing stands in the order.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub score: Score,
    pub day: i64,
    pub order: u64,
}

impl Place {
    /// Best first.
    fn compare(&self, other: &Self) -> Ordering {
        other
            .score
            .total_cmp(&self.score)
            .then(other.day.cmp(&self.day))
            .then(self.order.cmp(&other.order))
    }
}

/// One found thing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found {
    pub place: Place,
    pub address: DocAddress,
}

/// The number drawn from a key (FNV-1a): the same in every process and after every rebuild.
pub(crate) fn order_of(key: &str) -> u64 {
    key.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// Where a page ended, as it travels in an address.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cursor {
    pub place: Place,
    pub relaxed: bool,
}

impl Cursor {
    pub(crate) fn write(&self) -> String {
        let kind = if self.relaxed { 'r' } else { 'w' };
        let Place { score, day, order } = self.place;
        format!("{kind}{:08x}{day:016x}{order:016x}", score.to_bits())
    }

    /// `None` for what no page has given out: then the first page it is.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let part = |from: usize, to: usize| {
            let digits = text.get(from..to)?;
            let plain = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
            plain.then(|| u64::from_str_radix(digits, 16).ok()).flatten()
        };
        let relaxed = match text.get(..1)? {
            "w" => false,
            "r" => true,
            _ => return None,
        };
        let score = f32::from_bits(u32::try_from(part(1, 9)?).ok()?);
        let (day, order) = (part(9, 25)?.cast_signed(), part(25, 41)?);
        (text.len() == 41).then_some(Self { place: Place { score, day, order }, relaxed })
    }
}

/// Counts all that is found and keeps the best `limit` after a place.
pub(crate) struct Best {
    pub limit: usize,
    pub after: Option<Place>,
}

impl Best {
    /// Leaves the best `limit`, in no order.
    fn cut(&self, found: &mut Vec<Found>) {
        if found.len() > self.limit {
            found.select_nth_unstable_by(self.limit, |a, b| a.place.compare(&b.place));
            found.truncate(self.limit);
        }
    }
}

impl Collector for Best {
    type Fruit = (usize, Vec<Found>);
    type Child = SegmentBest;

    fn for_segment(
        &self,
        segment: SegmentOrdinal,
        reader: &SegmentReader,
    ) -> tantivy::Result<SegmentBest> {
        Ok(SegmentBest {
            segment,
            days: reader.fast_fields().i64("published_on")?,
            orders: reader.fast_fields().u64("order")?,
            best: Best { limit: self.limit, after: self.after },
            total: 0,
            at_least: Score::NEG_INFINITY,
            found: Vec::new(),
        })
    }

    fn requires_scoring(&self) -> bool {
        true
    }

    fn merge_fruits(&self, segments: Vec<(usize, Vec<Found>)>) -> tantivy::Result<Self::Fruit> {
        let total = segments.iter().map(|(total, _)| total).sum();
        let mut found: Vec<Found> = segments.into_iter().flat_map(|(_, found)| found).collect();
        if let Some(after) = self.after {
            // Scores move a little whenever the index changes. The last hit of the page before is
            // looked up by its number, so the next page begins behind it wherever it stands now.
            let anchor = found.iter().find(|one| one.place.order == after.order);
            let after = anchor.map_or(after, |one| one.place);
            found.retain(|one| after.compare(&one.place) == Ordering::Less);
        }
        self.cut(&mut found);
        found.sort_unstable_by(|a, b| a.place.compare(&b.place));
        Ok((total, found))
    }
}

/// The same for one segment.
pub(crate) struct SegmentBest {
    segment: SegmentOrdinal,
    days: Column<i64>,
    orders: Column<u64>,
    best: Best,
    total: usize,
    /// What scores less is not among the best any more.
    at_least: Score,
    found: Vec<Found>,
}

impl SegmentCollector for SegmentBest {
    type Fruit = (usize, Vec<Found>);

    fn collect(&mut self, doc: DocId, score: Score) {
        self.total += 1;
        if score < self.at_least {
            return;
        }
        let place = Place {
            score,
            day: self.days.first(doc).unwrap_or(i64::MIN),
            order: self.orders.first(doc).unwrap_or(0),
        };
        self.found.push(Found { place, address: DocAddress::new(self.segment, doc) });
        // A later page needs all of them, since the place where it begins is not known yet.
        if self.best.after.is_none() && self.found.len() >= 4 * self.best.limit.max(16) {
            self.best.cut(&mut self.found);
            let worst = self.found.iter().map(|one| one.place.score).min_by(f32::total_cmp);
            self.at_least = worst.unwrap_or(Score::NEG_INFINITY);
        }
    }

    fn harvest(self) -> (usize, Vec<Found>) {
        (self.total, self.found)
    }
}
