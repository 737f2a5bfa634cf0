//! How addresses are written: whole or in part, in figures or in words, under the old number of the house.

use crate::chance::{Chance, Stream};
use crate::place::Address;

/// How a clerk writes an address.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Manner {
    /// How many of province, city, district, street or town are left out.
    pub(super) left_out: u8,
    /// 3-2-502.
    pub(super) dashes: bool,
    /// 十二号.
    pub(super) numerals: bool,
    /// Under the old number, where the building was numbered anew.
    pub(super) old_number: bool,
    /// Which part is missing: 1 the flat, 2 the flat and the entrance, 3 the estate, 4 the number of the house.
    pub(super) missing: u8,
}

/// Of a thousand buildings, so many were numbered anew.
const RENUMBERED: u64 = 140;

/// The address, as somebody writes it.
pub(super) fn written(address: &Address, manner: Manner) -> String {
    let figure = |number: u16| if manner.numerals { words(number) } else { number.to_string() };
    let mut text = String::with_capacity(96);
    let before = ["湖北省", "鄂州市", address.district, address.street];
    for part in before.into_iter().skip(usize::from(manner.left_out)) {
        text.push_str(part);
    }
    let number = if manner.old_number { old_number(address) } else { address.number };
    let Some(road) = address.road else {
        text.push_str(address.community);
        text.push_str(&figure(u16::from(address.group)));
        text.push('组');
        if manner.missing == 0 {
            text.push_str(&figure(number));
            text.push('号');
        }
        return text;
    };
    text.push_str(road);
    if manner.missing != 4 {
        text.push_str(&figure(number));
        text.push('号');
    }
    if manner.missing != 3 {
        text.push_str(address.estate.unwrap_or_default());
    }
    if address.block > 0 {
        flat(&mut text, address, manner);
    }
    text
}

fn flat(text: &mut String, address: &Address, manner: Manner) {
    let (block, unit, room) = (address.block, address.unit, address.room);
    if manner.dashes {
        text.push_str(&match manner.missing {
            1 => format!("{block}-{unit}"),
            2 => block.to_string(),
            _ => format!("{block}-{unit}-{room}"),
        });
        return;
    }
    let (block, unit) = (u16::from(block), u16::from(unit));
    let figure = |number: u16| if manner.numerals { words(number) } else { number.to_string() };
    text.push_str(&format!("{}栋", figure(block)));
    if manner.missing == 2 {
        return;
    }
    text.push_str(&format!("{}单元", figure(unit)));
    if manner.missing == 1 {
        return;
    }
    let room = if manner.numerals { digits(room) } else { room.to_string() };
    text.push_str(&format!("{room}室"));
}

/// The number that the house had before; the same for all who live in it.
fn old_number(address: &Address) -> u16 {
    let mut key: u64 = address.division.parse().unwrap_or_default();
    for letter in address.road.unwrap_or_default().chars() {
        key = key.wrapping_mul(31).wrapping_add(u64::from(letter));
    }
    let key = key.wrapping_mul(1_009).wrapping_add(u64::from(address.number));
    let mut building = Chance::of(1, Stream::Building, key);
    if building.happens(RENUMBERED) { 1 + building.small(200) } else { address.number }
}

const DIGITS: [&str; 10] = ["〇", "一", "二", "三", "四", "五", "六", "七", "八", "九"];

/// 五〇二.
fn digits(number: u16) -> String {
    let figures = number.to_string();
    figures.bytes().filter_map(|byte| DIGITS.get(usize::from(byte - b'0'))).copied().collect()
}

/// 一百二十三.
fn words(number: u16) -> String {
    let digit = |digit: u16| DIGITS.get(usize::from(digit)).copied().unwrap_or_default();
    let (hundreds, tens, ones) = (number / 100, number / 10 % 10, number % 10);
    if hundreds > 9 {
        return digits(number);
    }
    let mut text = String::new();
    if hundreds > 0 {
        text.push_str(digit(hundreds));
        text.push('百');
    }
    match (hundreds, tens) {
        (0, 0) => {}
        (0, 1) => text.push('十'),
        (_, 0) if ones > 0 => text.push('零'),
        (_, 0) => {}
        (_, tens) => {
            text.push_str(digit(tens));
            text.push('十');
        }
    }
    if ones > 0 || number == 0 {
        text.push_str(digit(ones));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_people_write_them() {
        let written: Vec<String> = [0, 7, 10, 12, 20, 100, 105, 110, 123].map(words).to_vec();
        let known =
            ["〇", "七", "十", "十二", "二十", "一百", "一百零五", "一百一十", "一百二十三"];
        assert_eq!(written, known);
        assert_eq!(digits(1502), "一五〇二");
    }
}
