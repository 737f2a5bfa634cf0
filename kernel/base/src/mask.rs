//! Masks: what a list shows of a person. The whole value needs a permission of its own, a reason,
//! and leaves an access record (个人信息保护法 art. 51).
//!
//! Each takes any text and never shows more than its rule, even of a text that is not what it
//! should be.

use crate::Phone;

/// What stands for a part of unknown length.
const HIDDEN: &str = "****";

/// What stands in the place of what was erased under a document of this number (个人信息保护法 art. 47).
pub fn erased_words(document: &str) -> String {
    format!("内容已依{document}删除")
}

/// Keeps so many characters at each end and puts a star for each one between; a text too short to
/// hide anything becomes stars altogether.
pub(crate) fn middle(text: &str, head: usize, tail: usize) -> String {
    let length = text.chars().count();
    let hides = length > head + tail;
    text.chars()
        .enumerate()
        .map(
            |(place, letter)| {
                if hides && (place < head || place >= length - tail) { letter } else { '*' }
            },
        )
        .collect()
}

/// A person's name: `张*`, `张*三`, `欧**娜`. Names of organisations are public and not masked.
pub fn name(name: &str) -> String {
    let name = name.trim();
    match name.chars().count() {
        0 | 1 => "*".to_owned(),
        2 => middle(name, 1, 0),
        _ => middle(name, 1, 1),
    }
}

/// A citizen number in a list inside the city: `420702********6634`.
pub fn citizen_number(number: &str) -> String {
    middle(number.trim(), 6, 4)
}

/// A citizen number on a page that everyone reads: `420***********6634`.
pub fn citizen_number_for_all(number: &str) -> String {
    middle(number.trim(), 3, 4)
}

/// A telephone number: `138****5678`, `0711-****123`; the numbers of services stay.
pub fn phone(number: &str) -> String {
    Phone::parse(number).map_or_else(|_| HIDDEN.to_owned(), |phone| phone.masked())
}

/// An address down to its street or town, the number and everything after it hidden:
/// `鄂城区凤凰街道滨湖西路****`.
pub fn address(address: &str) -> String {
    const KEEPERS: [char; 13] =
        ['省', '市', '州', '盟', '区', '县', '旗', '镇', '乡', '道', '路', '街', '巷'];
    let address = address.trim();
    let mut shown = 0;
    let mut before = None;
    for (place, letter) in address.char_indices() {
        if letter.is_numeric() && !is_chinese_numeral(letter) {
            break;
        }
        // 小区, 社区 and 园区 are where people live, not a district.
        let estate = letter == '区' && matches!(before, Some('小' | '社' | '园'));
        if KEEPERS.contains(&letter) && !estate && before.is_some() {
            shown = place + letter.len_utf8();
        }
        before = Some(letter);
    }
    match address.split_at_checked(shown) {
        Some((shown, "")) if !shown.is_empty() => shown.to_owned(),
        Some((shown, _)) => format!("{shown}{HIDDEN}"),
        None => HIDDEN.to_owned(),
    }
}

/// 中山一路 is a street's name, not a house number.
fn is_chinese_numeral(letter: char) -> bool {
    "〇零一二三四五六七八九十百".contains(letter)
}

/// An e-mail address: `a***@example.org`.
pub fn email(email: &str) -> String {
    match email.trim().rsplit_once('@') {
        Some((user, domain)) if !user.is_empty() && !domain.is_empty() => {
            let first: String = user.chars().take(1).collect();
            format!("{first}***@{domain}")
        }
        _ => HIDDEN.to_owned(),
    }
}

/// A bank account: its last four characters, `****1234`.
pub fn bank_account(account: &str) -> String {
    let digits: Vec<char> = account.chars().filter(|letter| !letter.is_whitespace()).collect();
    match digits.len().checked_sub(4) {
        Some(hidden) if hidden > 0 => {
            let last: String = digits.iter().skip(hidden).collect();
            format!("{HIDDEN}{last}")
        }
        _ => HIDDEN.to_owned(),
    }
}

/// A number plate: province, authority and the last two characters, `鄂G·***12`.
pub fn plate(plate: &str) -> String {
    let plain = |letter: &char| letter.is_alphanumeric();
    let letters: Vec<char> = plate.chars().filter(plain).collect();
    let (Some(head), Some(last)) = (letters.get(..2), letters.len().checked_sub(2)) else {
        return HIDDEN.to_owned();
    };
    if last < 4 {
        return HIDDEN.to_owned();
    }
    let tail: String = letters.iter().skip(last).collect();
    format!("{}·***{tail}", head.iter().collect::<String>())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_keep_what_the_rule_keeps() {
        for (whole, masked) in [
            ("张三", "张*"),
            ("张小三", "张*三"),
            ("欧阳娜娜", "欧**娜"),
            ("𠮷野家", "𠮷*家"),
            ("张", "*"),
            ("", "*"),
        ] {
            assert_eq!(name(whole), masked);
        }
    }

    #[test]
    fn numbers_keep_what_the_rule_keeps() {
        assert_eq!(citizen_number("420702199003076634"), "420702********6634");
        assert_eq!(citizen_number_for_all("420702199003076634"), "420***********6634");
        assert_eq!(citizen_number("4207021990"), "**********");
        assert_eq!(phone("13812345678"), "138****5678");
        assert_eq!(phone("0711-3355123"), "0711-****123");
        assert_eq!(phone("3355123"), "****");
        assert_eq!(bank_account("6222 0200 1111 2222 333"), "****2333");
        assert_eq!(bank_account("123"), "****");
        assert_eq!(plate("鄂G·12312"), "鄂G·***12");
        assert_eq!(plate("鄂GD12345"), "鄂G·***45");
        assert_eq!(plate("鄂G1"), "****");
    }

    #[test]
    fn addresses_keep_the_street_and_hide_the_house() {
        for (whole, masked) in [
            ("鄂州市鄂城区凤凰街道滨湖西路88号3栋501室", "鄂州市鄂城区凤凰街道滨湖西路****"),
            ("鄂城区滨湖西路阳光小区3栋", "鄂城区滨湖西路****"),
            ("鄂城区中山一路１２号", "鄂城区中山一路****"),
            ("梁子湖区太和镇马龙村三组", "梁子湖区太和镇****"),
            ("华容区", "华容区"),
            ("某处", "****"),
            ("", "****"),
        ] {
            assert_eq!(address(whole), masked);
        }
    }

    #[test]
    fn an_email_keeps_one_letter_and_its_domain() {
        assert_eq!(email("zhangsan@example.org"), "z***@example.org");
        assert_eq!(email("zhangsan"), "****");
        assert_eq!(email("@example.org"), "****");
    }

    proptest! {
        #[test]
        fn no_mask_shows_a_whole_text_it_does_not_know(text in "\\PC{0,30}") {
            for masked in [name(&text), citizen_number(&text), citizen_number_for_all(&text)] {
                prop_assert!(masked.contains('*') || text.trim().is_empty());
            }
            prop_assert!(email(&text).contains('*'));
            prop_assert!(bank_account(&text).contains('*'));
            prop_assert!(plate(&text).contains('*'));
        }

        #[test]
        fn no_digit_of_an_address_survives(text in "[鄂城区路街号室0-9]{0,20}") {
            prop_assert!(!address(&text).contains(|letter: char| letter.is_ascii_digit()));
        }
    }
}
