//! How far two sequences are apart: changes, swaps, and the likeness of Jaro and Winkler. Over bytes for what is
//! written in Latin letters and digits, over characters for Chinese.

/// The longest sequence that is looked at; the rest of a longer one is left out.
const LENGTH_MAX: usize = 64;

/// What sequences are made of: a few bits of each thing tell at once that most do not stand on the other side.
pub(crate) trait Letter: Ord + Copy {
    /// One of 64 bits.
    fn bit(self) -> u64;
}

impl Letter for u8 {
    fn bit(self) -> u64 {
        1 << (self & 63)
    }
}

impl Letter for char {
    fn bit(self) -> u64 {
        1 << (u32::from(self) & 63)
    }
}

/// How many letters of each side cannot stand on the other.
fn strangers<T: Letter>(a: &[T], b: &[T]) -> (usize, usize) {
    let bits = |all: &[T]| all.iter().fold(0, |bits, letter| bits | letter.bit());
    let (of_a, of_b) = (bits(a), bits(b));
    let without = |all: &[T], bits: u64| all.iter().filter(|x| x.bit() & bits == 0).count();
    (without(a, of_b), without(b, of_a))
}

fn cut<T>(all: &[T]) -> &[T] {
    all.get(..LENGTH_MAX).unwrap_or(all)
}

/// Whether exactly one place differs.
pub(crate) fn one_differs<T: PartialEq>(a: &[T], b: &[T]) -> bool {
    a.len() == b.len() && a.iter().zip(b).filter(|(x, y)| x != y).count() == 1
}

/// Whether two neighbours have changed places.
pub(crate) fn transposed<T: PartialEq>(a: &[T], b: &[T]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let Some(at) = a.iter().zip(b).position(|(x, y)| x != y) else { return false };
    match (a.get(at..), b.get(at..)) {
        (Some([x, y, rest @ ..]), Some([v, w, others @ ..])) => x == w && y == v && rest == others,
        _ => false,
    }
}

/// Whether one is the other with a single thing more.
pub(crate) fn one_missing<T: PartialEq>(a: &[T], b: &[T]) -> bool {
    let (short, long) = if a.len() < b.len() { (a, b) } else { (b, a) };
    if short.len() + 1 != long.len() {
        return false;
    }
    let same = short.iter().zip(long).take_while(|(x, y)| x == y).count();
    short.get(same..) == long.get(same + 1..)
}

/// Whether one can be made of the other by so many changes: insert, leave out, replace, swap neighbours.
pub(crate) fn within<T: Letter>(a: &[T], b: &[T], changes: u8) -> bool {
    let (a, b) = (cut(a), cut(b));
    let limit = usize::from(changes);
    let (in_a, in_b) = strangers(a, b);
    if a.len().abs_diff(b.len()).max(in_a).max(in_b) > limit {
        return false;
    }
    let mut rows = [[0u8; LENGTH_MAX + 1]; 3];
    let [before, last, here] = &mut rows;
    let (mut before, mut last, mut here) = (before, last, here);
    for (cell, n) in last.iter_mut().zip(0..) {
        *cell = n;
    }
    let mut previous: Option<&T> = None;
    for (x, row) in a.iter().zip(1u8..) {
        let mut left = row;
        let mut corner = last.first().copied().unwrap_or_default();
        let mut earlier: Option<(&T, u8)> = None;
        let mut least = row;
        if let Some(cell) = here.first_mut() {
            *cell = row;
        }
        for (at, y) in (1..).zip(b) {
            let above = last.get(at).copied().unwrap_or(u8::MAX);
            let mut best = (corner + u8::from(x != y)).min(left + 1).min(above + 1);
            if let (Some(p), Some((q, swap))) = (previous, earlier)
                && p == y
                && q == x
            {
                best = best.min(swap + 1);
            }
            earlier = Some((y, before.get(at - 1).copied().unwrap_or(u8::MAX - 1)));
            if let Some(cell) = here.get_mut(at) {
                *cell = best;
            }
            (left, corner, least) = (best, above, least.min(best));
        }
        if usize::from(least) > limit {
            return false;
        }
        previous = Some(x);
        (before, last, here) = (last, here, before);
    }
    usize::from(last.get(b.len()).copied().unwrap_or(u8::MAX)) <= limit
}

/// The most that [`jaro_winkler`] can be, at a glance.
pub(crate) fn jaro_winkler_most<T: Letter>(a: &[T], b: &[T]) -> f64 {
    let (a, b) = (cut(a), cut(b));
    if a.is_empty() || b.is_empty() {
        return 0.0;
    }
    let (in_a, in_b) = strangers(a, b);
    let common = (a.len() - in_a).min(b.len() - in_b) as f64;
    let jaro = (common / a.len() as f64 + common / b.len() as f64 + 1.0) / 3.0;
    if common == 0.0 { 0.0 } else { jaro + prefix(a, b) * 0.1 * (1.0 - jaro) }
}

fn prefix<T: PartialEq>(a: &[T], b: &[T]) -> f64 {
    a.iter().zip(b).take(4).take_while(|(x, y)| x == y).count() as f64
}

/// The likeness of Jaro and Winkler, 0 to 1: what is common in nearly the same places, more for a common
/// beginning of up to four.
pub(crate) fn jaro_winkler<T: Letter>(a: &[T], b: &[T]) -> f64 {
    // Who is looked for first decides ties, so the order is always the same.
    let (a, b) = if (a.len(), a) <= (b.len(), b) { (cut(a), cut(b)) } else { (cut(b), cut(a)) };
    if a.is_empty() || b.is_empty() {
        return 0.0;
    }
    let jaro = jaro(a, b);
    if jaro <= 0.7 {
        return jaro;
    }
    jaro + prefix(a, b) * 0.1 * (1.0 - jaro)
}

fn jaro<T: PartialEq>(a: &[T], b: &[T]) -> f64 {
    let reach = (a.len().max(b.len()) / 2).saturating_sub(1);
    let (mut in_a, mut in_b) = (0u64, 0u64);
    for (at, x) in a.iter().enumerate() {
        let from = at.saturating_sub(reach);
        let window = b.iter().enumerate().take(at + reach + 1).skip(from);
        let free = window.filter(|(n, _)| in_b & (1 << n) == 0).find(|(_, y)| *y == x);
        if let Some((n, _)) = free {
            in_a |= 1 << at;
            in_b |= 1 << n;
        }
    }
    let common = f64::from(in_a.count_ones());
    if common == 0.0 {
        return 0.0;
    }
    let matched = |all, bits: u64| {
        std::iter::zip(0u32.., all).filter(move |(n, _)| bits & (1 << n) != 0).map(|(_, x)| x)
    };
    let moved = matched(a.iter(), in_a).zip(matched(b.iter(), in_b)).filter(|(x, y)| x != y);
    let moved = (moved.count() / 2) as f64;
    let (wide_a, wide_b) = (a.len() as f64, b.len() as f64);
    (common / wide_a + common / wide_b + (common - moved) / common) / 3.0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn jw(a: &str, b: &str) -> f64 {
        jaro_winkler(a.as_bytes(), b.as_bytes())
    }

    #[test]
    fn the_examples_of_the_literature() {
        let near = |a: f64, b: f64| (a - b).abs() < 0.001;
        assert!(near(jw("martha", "marhta"), 0.961));
        assert!(near(jw("dwayne", "duane"), 0.840));
        assert!(near(jw("dixon", "dicksonx"), 0.813));
        assert!(near(jw("same", "same"), 1.0));
        assert!(near(jw("abc", "xyz"), 0.0));
    }

    #[test]
    fn changes_are_counted_with_swaps() {
        let within = |a: &str, b: &str, n| super::within(a.as_bytes(), b.as_bytes(), n);
        assert!(within("mitchell", "mitchel", 1) && !within("mitchell", "mitch", 2));
        assert!(within("abcd", "abdc", 1) && within("ab", "ba", 1) && !within("ab", "ba", 0));
        assert!(within("kitten", "sitting", 3) && !within("kitten", "sitting", 2));
        assert!(within("", "a", 1) && within("", "", 0));
    }

    #[test]
    fn slips_of_the_hand() {
        assert!(transposed(b"19900307", b"19903007") && !transposed(b"19900307", b"19900307"));
        assert!(one_differs(b"123", b"124") && !one_differs(b"123", b"154"));
        assert!(one_missing(b"1234", b"124") && !one_missing(b"1234", b"12"));
    }

    proptest! {
        #[test]
        fn which_comes_first_does_not_matter(a in "[a-d]{0,9}", b in "[a-d]{0,9}") {
            let (a, b) = (a.as_bytes(), b.as_bytes());
            prop_assert_eq!(jaro_winkler(a, b).to_bits(), jaro_winkler(b, a).to_bits());
            for n in 0..4 {
                prop_assert_eq!(within(a, b, n), within(b, a, n));
            }
            prop_assert_eq!(transposed(a, b), transposed(b, a));
            prop_assert_eq!(one_missing(a, b), one_missing(b, a));
            prop_assert!((0.0..=1.0).contains(&jaro_winkler(a, b)));
            prop_assert!(jaro_winkler(a, b) <= jaro_winkler_most(a, b) + 1e-9);
        }
    }
}
