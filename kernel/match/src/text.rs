//! One spelling for each kind of value: width, case, blanks, numerals, the order of a date.

use base::CitizenNumber;

use crate::table::Kind;

/// Writes the one spelling of a text; nothing if the text says nothing.
pub(crate) fn spell(kind: Kind, text: &str, into: &mut String) {
    match kind {
        Kind::Name => name(text, into),
        Kind::Address => address(text, into),
        Kind::Date => date(text, into),
        Kind::Number => number(text, into),
        Kind::Word => words(text, into),
        Kind::Blind => {}
    }
}

/// Half width, lower case.
fn plain(c: char) -> char {
    match c {
        '\0'..='\u{7f}' => c.to_ascii_lowercase(),
        '\u{4e00}'..='\u{9fff}' => c,
        '\u{3000}' => ' ',
        '\u{FF01}'..='\u{FF5E}' => {
            char::from_u32(c as u32 - 0xFEE0).unwrap_or(c).to_ascii_lowercase()
        }
        // The few letters that become two when they are small stay as they are.
        _ => {
            let mut small = c.to_lowercase();
            small.next().filter(|_| small.next().is_none()).unwrap_or(c)
        }
    }
}

fn is_common_han(c: char) -> bool {
    matches!(c, '\u{4e00}'..='\u{9fff}')
}

/// A letter, a digit or a Chinese character.
fn says(c: char) -> bool {
    c.is_ascii_alphanumeric() || (!c.is_ascii() && (is_han(c) || c.is_alphanumeric()))
}

pub(crate) fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{323AF}' | '〇')
}

/// Letters and digits in words with one blank between them; no blank beside a Chinese character.
fn words(text: &str, into: &mut String) {
    // Most of what is written in Chinese is as it should be.
    if text.chars().all(is_common_han) {
        return into.push_str(text);
    }
    let from = into.len();
    let mut gap = false;
    for c in text.chars().map(plain) {
        if says(c) {
            if gap && into.len() > from {
                let beside_han = is_han(c) || into.chars().next_back().is_some_and(is_han);
                into.extend((!beside_han).then_some(' '));
            }
            gap = false;
            into.push(c);
        } else if c != '\'' && c != '’' {
            gap = true;
        }
    }
}

/// A name: words without the points, blanks and hyphens that one writes and another leaves out.
fn name(text: &str, into: &mut String) {
    words(text, into);
}

/// Digits, letters and the stars that hide some; a citizen's number of 15 digits is raised to 18.
fn number(text: &str, into: &mut String) {
    let from = into.len();
    if text.bytes().all(|b| b.is_ascii_digit()) {
        into.push_str(text);
    } else {
        into.extend(text.chars().map(plain).filter(|c| c.is_ascii_alphanumeric() || *c == '*'));
    }
    if into.len() - from == 15
        && let Some(Ok(whole)) = into.get(from..).map(CitizenNumber::parse)
    {
        into.truncate(from);
        into.push_str(whole.as_str());
        into.make_ascii_lowercase();
    }
}

/// Eight digits, year first; what cannot be read so stays as it was written.
fn date(text: &str, into: &mut String) {
    let [year @ .., b'-', m, n, b'-', d, e] = text.as_bytes() else { return any_date(text, into) };
    let figures = [*m, *n, *d, *e];
    if year.len() != 4 || !year.iter().chain(&figures).all(u8::is_ascii_digit) {
        return any_date(text, into);
    }
    into.extend(year.iter().chain(&figures).map(|b| char::from(*b)));
}

fn any_date(text: &str, into: &mut String) {
    let mut groups = [0u32; 3];
    let mut wide = [0usize; 3];
    let mut at = 0usize;
    let mut open = false;
    let numerals = text.chars().any(is_han).then(|| arabic(text));
    for c in numerals.as_deref().unwrap_or(text).chars().map(plain) {
        if let Some(digit) = c.to_digit(10) {
            if let (Some(group), Some(count)) = (groups.get_mut(at), wide.get_mut(at)) {
                *group = group.saturating_mul(10).saturating_add(digit);
                *count += 1;
            }
            open = true;
        } else if open {
            at += 1;
            open = false;
        }
    }
    let [a, b, c] = groups;
    let day = match wide {
        // A time may follow the day.
        [8, _, _] => Some((a / 10_000, a / 100 % 100, a % 100)),
        [4, 1..=2, 1..=2] => Some((a, b, c)),
        [1..=2, 1..=2, 4] if a > 12 => Some((c, b, a)),
        [1..=2, 1..=2, 4] => Some((c, a, b)),
        _ => None,
    };
    match day {
        Some((year, month, day)) => {
            for (number, by) in [(year, 1000), (month, 10), (day, 10)] {
                digits(number, by, into);
            }
        }
        None => words(text, into),
    }
}

/// The digits of a number from the one of this weight on.
fn digits(number: u32, mut by: u32, into: &mut String) {
    while by > 0 {
        into.extend(char::from_digit(number / by % 10, 10));
        by /= 10;
    }
}

/// Letters, digits and hyphens between digits; Chinese numerals before a unit become digits.
fn address(text: &str, into: &mut String) {
    if !text.chars().any(is_han) {
        return words(text, into);
    }
    if text.chars().any(|c| numeral(c).is_some() || scale(c).is_some()) {
        let plain: String = text.chars().map(plain).collect();
        return address_of(arabic(&plain).chars(), into);
    }
    address_of(text.chars().map(plain), into);
}

fn address_of(text: impl Iterator<Item = char>, into: &mut String) {
    let mut before = None;
    for c in text {
        match c {
            '號' => into.push('号'),
            '樓' => into.push('楼'),
            '層' => into.push('层'),
            '棟' => into.push('栋'),
            '單' => into.push('单'),
            '-' | '－' | '—' | '―' | '–' | '#' if before.is_some_and(char::is_numeric) => {
                into.push('-');
            }
            _ if says(c) => into.push(c),
            _ => {}
        }
        before = Some(c);
    }
}

/// What counts houses, flats and days: a numeral before one of these is a number. Streets are not among them:
/// 五一路 is a name.
const UNITS: &str = "号號栋棟幢座楼樓单單层層室户戶弄组組队隊年月日";

/// Chinese numerals before a unit in digits: 一百二十三号 is 123号, 一九九零年 1990年, 3栋二单元 3栋2单元.
pub(crate) fn arabic(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut run = String::new();
    for c in text.chars() {
        if numeral(c).is_some() || (scale(c).is_some() && (!run.is_empty() || c == '十')) {
            run.push(c);
            continue;
        }
        flush(&mut run, UNITS.contains(c) || c == '-', &mut out);
        out.push(c);
    }
    flush(&mut run, false, &mut out);
    out
}

fn flush(run: &mut String, before_unit: bool, out: &mut String) {
    match before_unit.then(|| value(run)).flatten() {
        Some(value) if !run.is_empty() => out.push_str(&value),
        _ => out.push_str(run),
    }
    run.clear();
}

fn numeral(c: char) -> Option<u32> {
    Some(match c {
        '〇' | '零' | '○' => 0,
        '一' | '壹' => 1,
        '二' | '两' | '贰' => 2,
        '三' | '叁' => 3,
        '四' | '肆' => 4,
        '五' | '伍' => 5,
        '六' | '陆' => 6,
        '七' | '柒' => 7,
        '八' | '捌' => 8,
        '九' | '玖' => 9,
        _ => return None,
    })
}

fn scale(c: char) -> Option<u32> {
    Some(match c {
        '十' | '拾' => 10,
        '百' | '佰' => 100,
        '千' | '仟' => 1000,
        _ => return None,
    })
}

/// The digits of a run of numerals: spelt digit by digit, or with tens and hundreds.
fn value(run: &str) -> Option<String> {
    if !run.chars().any(|c| scale(c).is_some()) {
        return run.chars().map(|c| char::from_digit(numeral(c)?, 10)).collect();
    }
    let (mut sum, mut digit) = (0u32, None::<u32>);
    for c in run.chars() {
        match (numeral(c), scale(c)) {
            (Some(n), _) => digit = Some(n),
            (None, Some(by)) => sum = sum.saturating_add(digit.take().unwrap_or(1) * by),
            (None, None) => return None,
        }
    }
    Some(sum.saturating_add(digit.unwrap_or(0)).to_string())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::address::Parts;
    use crate::{Derive, derived};

    proptest! {
        #[test]
        fn whatever_is_written_has_a_spelling(
            text in prop_oneof![any::<String>(), "[0-9一二十百〇年月日号栋单元室路街道小区省市 -]{0,24}"],
        ) {
            for kind in [Kind::Name, Kind::Address, Kind::Number, Kind::Word, Kind::Date] {
                let once = spelt(kind, &text);
                for of in [Derive::Whole, Derive::Sound, Derive::Initials, Derive::Slice(6, 14), Derive::Last(4)] {
                    prop_assert_eq!(derived(kind, of, &text), derived(kind, of, &text));
                }
                if kind != Kind::Date && kind != Kind::Address {
                    prop_assert_eq!(spelt(kind, &once), once.clone(), "{:?}", kind);
                }
                Parts::read(&once);
            }
        }
    }

    fn spelt(kind: Kind, text: &str) -> String {
        let mut out = String::new();
        spell(kind, text, &mut out);
        out
    }

    #[test]
    fn a_day_is_one_day_in_every_spelling() {
        let written = [
            "1990-03-07",
            "19900307",
            "1990/3/7",
            "1990年3月7日",
            "一九九零年三月七日",
            "１９９０．３．７",
            "03/07/1990",
            "1990-03-07 00:00:00",
            "一九九〇年三月七日",
        ];
        for text in written {
            assert_eq!(spelt(Kind::Date, text), "19900307", "{text}");
        }
        assert_eq!(spelt(Kind::Date, "二〇〇一年十二月三十一日"), "20011231");
        assert_eq!(spelt(Kind::Date, "31/12/2001"), "20011231");
        assert_eq!(spelt(Kind::Date, "07/71/1958"), "19580771");
        assert_eq!(spelt(Kind::Date, "不详"), "不详");
    }

    #[test]
    fn a_citizens_number_of_fifteen_digits_is_the_one_of_eighteen() {
        let old = spelt(Kind::Number, "420702 900307 421");
        assert_eq!(old.len(), 18);
        assert!(old.starts_with("42070219900307421"));
        assert_eq!(spelt(Kind::Number, "１３９-0011 2233"), "13900112233");
        assert_eq!(spelt(Kind::Number, "11010519491231002X"), "11010519491231002x");
    }

    #[test]
    fn numerals_of_an_address_become_digits_and_names_of_streets_stay() {
        let same = [
            "五一路一百二十三号三栋二单元五零一室",
            "五一路123號3棟2單元501室",
            "五一路 １２３号，3栋2单元501室",
        ];
        for text in same {
            assert_eq!(spelt(Kind::Address, text), "五一路123号3栋2单元501室");
        }
        assert_eq!(spelt(Kind::Address, "十堰路二十号"), "十堰路20号");
        assert_eq!(spelt(Kind::Address, "Flat 3, 12 Mckillop St."), "flat 3 12 mckillop st");
    }

    #[test]
    fn names_lose_blanks_and_points() {
        assert_eq!(spelt(Kind::Name, "欧阳　娜 娜"), "欧阳娜娜");
        assert_eq!(spelt(Kind::Name, "阿依古丽·买买提"), "阿依古丽买买提");
        assert_eq!(spelt(Kind::Name, " O'Brien-Smith "), "obrien smith");
        assert_eq!(spelt(Kind::Name, "-"), "");
    }
}
