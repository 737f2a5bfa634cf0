//! Codes and numbers of firms that are valid and given once.

use base::CreditCode;

use crate::household::day_of;

/// GB 32100: no I, O, S, V, Z.
const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
const WEIGHTS: [u32; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];
const INNER_WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];
/// Five characters of the alphabet.
const NEW_CODES: u64 = 31 * 31 * 31 * 31 * 31;
const OLD_CODES: u64 = 100_000_000;
/// Without a factor in common with either: neighbours have codes that lie far apart.
const STEP: u64 = 15_485_863;

/// The code of the firm with this id. Those founded before October 2015, when the unified code began, keep the eight
/// digits of their organisation code, later ones have letters.
pub(super) fn code(class: &str, division: &str, id: u32, founded: i32) -> Option<CreditCode> {
    let nth = u64::from(id).wrapping_mul(STEP);
    let mut body = if founded < day_of(2015) + 273 {
        format!("{:08}", (nth + 5_010_007) % OLD_CODES)
    } else {
        let mut left = (nth + 700_001) % NEW_CODES;
        let mut letters = [b'0'; 5];
        for letter in letters.iter_mut().rev() {
            *letter = *ALPHABET.get(usize::try_from(left % 31).ok()?)?;
            left /= 31;
        }
        format!("MA4{}", std::str::from_utf8(&letters).ok()?)
    };
    body.push(inner_check(&body)?);
    let mut text = format!("{class}{division}{body}");
    text.push(outer_check(&text)?);
    CreditCode::parse(&text).ok()
}

/// GB 11714: the character that eight call for.
fn inner_check(body: &str) -> Option<char> {
    let mut sum = 0;
    for (letter, weight) in body.chars().zip(INNER_WEIGHTS) {
        sum += letter.to_digit(36)? * weight;
    }
    Some(match 11 - sum % 11 {
        10 => 'X',
        11 => '0',
        digit => char::from_digit(digit, 10)?,
    })
}

/// GB 32100: the character that seventeen call for.
fn outer_check(body: &str) -> Option<char> {
    let mut sum = 0;
    for (byte, weight) in body.bytes().zip(WEIGHTS) {
        sum += u32::try_from(ALPHABET.iter().position(|one| *one == byte)?).ok()? * weight;
    }
    let place = (31 - sum % 31) % 31;
    ALPHABET.get(usize::try_from(place).ok()?).map(|byte| char::from(*byte))
}

/// The number of a licence. It has the shape of such numbers, no more.
pub(super) fn licence(name: &str, id: u32) -> String {
    match name {
        "食品经营许可证" => format!("JY1420704{id:07}"),
        "食品生产许可证" => format!("SC101420704{id:05}"),
        "烟草专卖零售许可证" => format!("4207{id:08}"),
        "药品经营许可证" => format!("鄂DA711{id:05}"),
        "道路运输经营许可证" => format!("鄂交运管许可鄂州字4207{id:08}号"),
        "公共场所卫生许可证" => format!("鄂州卫公证字（2024）第{id:06}号"),
        _ => format!("鄂州许可{id:08}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_codes_have_the_check_characters_that_are_reckoned() {
        for known in ["914403001922038216", "9144030071526726XG", "91330100799655058B"] {
            assert_eq!(outer_check(&known[..17]), known.chars().last());
            assert_eq!(inner_check(&known[8..16]), known[16..17].chars().next());
        }
    }
}
