//! Counting what passes: into which slot of time, within which bound of milliseconds, and what half and most of the
//! messages took.

use base::Moment;

/// Five minutes: what is shown of the last hour.
pub const FINE_MS: i64 = 300_000;
/// An hour: what is shown of a day.
pub const HOUR_MS: i64 = 3_600_000;
/// A day of China: what is shown of a week.
pub const DAY_MS: i64 = HOUR_MS * 24;
/// So far is China's midnight before that of UTC.
const CHINA_MS: i64 = HOUR_MS * 8;

/// The bounds within which steps are counted, milliseconds. What takes longer than the last is counted with it: no message
/// counts for longer than a week.
pub const BOUNDS_MS: [i64; 24] = [
    5,
    10,
    20,
    50,
    100,
    200,
    500,
    1_000,
    2_000,
    5_000,
    10_000,
    30_000,
    60_000,
    120_000,
    300_000,
    600_000,
    1_800_000,
    3_600_000,
    7_200_000,
    21_600_000,
    43_200_000,
    86_400_000,
    259_200_000,
    604_800_000,
];

/// The slots that a moment falls into, with their grain.
pub fn slots(now: Moment) -> [(&'static str, i64); 3] {
    let begin = |length: i64| (now.millis() + CHINA_MS).div_euclid(length) * length - CHINA_MS;
    [("m", begin(FINE_MS)), ("h", begin(HOUR_MS)), ("d", begin(DAY_MS))]
}

/// The bound within which so many milliseconds lie.
pub fn bound_of(millis: i64) -> i64 {
    let fits = BOUNDS_MS.iter().find(|bound| millis <= **bound);
    fits.or(BOUNDS_MS.last()).copied().unwrap_or_default()
}

/// Within how many milliseconds so many per cent of the messages lie: the first bound with which that many are reached.
/// `counted` are bounds and how many messages lie within each and beyond the one before, in any order.
pub fn within_ms(counted: &[(i64, i64)], percent: i64) -> Option<i64> {
    let mut counted = counted.to_vec();
    counted.sort_unstable();
    let all: i64 = counted.iter().map(|(_, many)| many).sum();
    let wanted = (all.saturating_mul(percent) + 99) / 100;
    let mut reached = 0;
    counted.into_iter().filter(|(_, many)| *many > 0).find_map(|(bound, many)| {
        reached += many;
        (reached >= wanted).then_some(bound)
    })
}

/// A bound in words.
pub fn bound_words(millis: i64) -> String {
    match millis {
        ..1_000 => format!("{millis} 毫秒"),
        1_000..60_000 => format!("{} 秒", millis / 1_000),
        60_000..3_600_000 => format!("{} 分钟", millis / 60_000),
        3_600_000..86_400_000 => format!("{} 小时", millis / 3_600_000),
        _ => format!("{} 天", millis / 86_400_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_counted_within_its_bound_and_half_of_them_are_found_again() {
        assert_eq!((bound_of(-3), bound_of(5), bound_of(6)), (5, 5, 10));
        assert_eq!(bound_of(i64::MAX), 604_800_000);
        let counted = [(100, 1), (20, 90), (5_000, 9)];
        assert_eq!(within_ms(&counted, 50), Some(20));
        assert_eq!(within_ms(&counted, 91), Some(100));
        assert_eq!(within_ms(&counted, 95), Some(5_000));
        assert_eq!(within_ms(&[], 50), None);
        assert_eq!(within_ms(&[(20, 0)], 50), None);
    }

    #[test]
    fn an_hour_has_twelve_slots_and_each_begins_at_its_time() {
        let at = Moment::from_millis(HOUR_MS * 7 + FINE_MS * 3 + 17);
        let hour = [("m", HOUR_MS * 7 + FINE_MS * 3), ("h", HOUR_MS * 7)];
        assert_eq!(slots(at)[..2], hour);
        assert_eq!(slots(at)[2], ("d", Moment::from_millis(0).day().start().millis()));
    }
}
