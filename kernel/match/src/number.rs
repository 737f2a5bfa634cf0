//! Days of eight digits and numbers with a check character.

/// 11010519491231002X and its like (GB 11643): the last of 18 follows from the others. Numbers of another length
/// have no check, so nothing is wrong with them here.
pub(crate) fn is_valid(number: &[u8]) -> bool {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    const CHECKS: &[u8; 11] = b"10x98765432";
    let Some((last, body)) = number.split_last().filter(|(_, body)| body.len() == 17) else {
        return true;
    };
    let digits = body.iter().map(|b| u32::from(b.wrapping_sub(b'0')));
    let sum: u32 = digits.zip(WEIGHTS).map(|(digit, weight)| digit.min(9) * weight).sum();
    let dated = body.get(6..14).is_some_and(is_day);
    body.iter().all(u8::is_ascii_digit) && dated && CHECKS.get((sum % 11) as usize) == Some(last)
}

/// Two valid numbers of one division and day of birth.
pub(crate) fn twins(a: &[u8], b: &[u8]) -> bool {
    a.len() == 18 && a.get(..14) == b.get(..14) && is_valid(a) && is_valid(b) && b.len() == 18
}

fn is_day(digits: &[u8]) -> bool {
    let (month, day) = (digits.get(4..6), digits.get(6..8));
    (Some(&b"01"[..])..=Some(&b"12"[..])).contains(&month)
        && (Some(&b"01"[..])..=Some(&b"31"[..])).contains(&day)
}

pub(crate) fn day_month_swapped(a: &[u8], b: &[u8]) -> bool {
    let (Some((year, [m, n, d, e])), Some((other, [p, q, f, g]))) =
        (a.split_last_chunk::<4>(), b.split_last_chunk::<4>())
    else {
        return false;
    };
    year == other && [m, n] == [f, g] && [d, e] == [p, q]
}

pub(crate) fn year_near(a: &[u8], b: &[u8], years: u8) -> bool {
    let (Some((year, rest)), Some((other, others))) =
        (a.split_first_chunk::<4>(), b.split_first_chunk::<4>())
    else {
        return false;
    };
    let number = |digits: &[u8; 4]| {
        digits.iter().fold(0u32, |n, b| n * 10 + u32::from(b.wrapping_sub(b'0')))
    };
    rest.len() == 4 && rest == others && number(year).abs_diff(number(other)) <= u32::from(years)
}

/// The same but for what is hidden by stars in one of them.
pub(crate) fn masked(a: &[u8], b: &[u8]) -> bool {
    let hidden = |x: u8, y: u8| x == b'*' || y == b'*';
    a.len() == b.len()
        && a.iter().zip(b).any(|(x, y)| hidden(*x, *y))
        && a.iter().zip(b).all(|(x, y)| x == y || hidden(*x, *y))
}

/// The number of a day; `None` for what is none.
fn day_number(digits: &[u8]) -> Option<i64> {
    let number = |from: usize, to: usize| {
        let digits = digits.get(from..to)?.iter().map(|b| i64::from(b.wrapping_sub(b'0')));
        Some(digits.fold(0, |n, digit| n * 10 + digit))
    };
    let day = base::Day::new(
        i16::try_from(number(0, 4)?).ok()?,
        i8::try_from(number(4, 6)?).ok()?,
        i8::try_from(number(6, 8)?).ok()?,
    );
    day.map(|day| day.number())
}

pub(crate) fn days_within(a: &[u8], b: &[u8], days: u16) -> bool {
    match (day_number(a), day_number(b)) {
        (Some(a), Some(b)) => a.abs_diff(b) <= u64::from(days),
        _ => false,
    }
}

/// 1990-03-01 or 1990-01-01 for 1990-03-17.
pub(crate) fn first_of_month(a: &[u8], b: &[u8]) -> bool {
    let first = |short: &[u8], long: &[u8]| {
        short.len() == 8
            && long.len() == 8
            && short.get(6..) == Some(b"01")
            && (short.get(..6) == long.get(..6)
                || short.get(4..6) == Some(b"01") && short.get(..4) == long.get(..4))
    };
    first(a, b) || first(b, a)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_character_tells_a_slip() {
        assert!(is_valid(b"11010519491231002x"));
        assert!(!is_valid(b"11010519491231003x"));
        assert!(!is_valid(b"11010519491331002x"));
        assert!(is_valid(b"4089216"), "no check, no slip");
    }

    #[test]
    fn stars_hide_and_first_days_stand_for_unknown_ones() {
        assert!(masked(b"420702********421x", b"42070219900307421x"));
        assert!(!masked(b"420702********421x", b"42070319900307421x"));
        assert!(!masked(b"42070219900307421x", b"42070219900307421x"));
        assert!(
            first_of_month(b"19900301", b"19900317") && first_of_month(b"19900317", b"19900101")
        );
        assert!(!first_of_month(b"19900401", b"19900317"));
        assert!(
            days_within(b"19900301", b"19900415", 50) && !days_within(b"19900301", b"19900515", 50)
        );
    }

    #[test]
    fn days_that_one_mistakes_for_another() {
        assert!(day_month_swapped(b"19900307", b"19900703"));
        assert!(!day_month_swapped(b"19900307", b"19910703"));
        assert!(year_near(b"19900307", b"19910307", 1));
        assert!(!year_near(b"19900307", b"19920307", 1));
        assert!(!year_near(b"19900307", b"19910308", 1));
    }
}
