//! The departments' registers: whom they cover, and how often each error comes there. Data.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use base::{Fault, Outcome};
use serde::Deserialize;

use crate::words::parsed;

/// Nobody stands in one register more often.
pub(super) const COPIES: u32 = 3;

/// A kind of error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Slip {
    /// 张伟 → 章伟.
    Homophone,
    /// 陈 → 程: what dialect does not tell apart.
    NearSound,
    /// 末 → 未, 付 → 傅.
    Similar,
    /// 刘 → 劉.
    Traditional,
    /// Given name before surname.
    Swapped,
    /// Letters for characters.
    Pinyin,
    /// A character of the given name is missing.
    MissingCharacter,
    /// 浩浩, 小宝.
    Nickname,
    /// 张 伟.
    Spaced,
    /// The number of fifteen digits.
    OldNumber,
    /// A wrong digit: the check digit shows it.
    OneDigit,
    /// A wrong digit with the check digit that fits it.
    OneDigitChecked,
    /// Two digits in the wrong order.
    Transposed,
    /// Digits hidden by stars.
    MaskedNumber,
    /// The number of somebody else in the household.
    RelativesNumber,
    /// None.
    NoNumber,
    /// The day of the lunar calendar, taken for the civil one.
    Lunar,
    /// Day and month exchanged.
    DayMonth,
    /// A year too early or too late.
    YearOff,
    /// Only the month is known.
    FirstOfMonth,
    /// None.
    NoBirth,
    /// Where the household lived before.
    FormerAddress,
    /// Without province, city, district.
    ShortAddress,
    /// A part is missing: the flat, the entrance, the estate.
    PartMissing,
    /// 3-2-502.
    Dashes,
    /// 十二号.
    Numerals,
    /// The old number of a building that was numbered anew, where it was.
    Renumbered,
    /// None.
    NoAddress,
    /// The one before.
    FormerPhone,
    /// That of somebody in the household.
    SharedPhone,
    /// None.
    NoPhone,
    /// The other one.
    WrongSex,
    /// None.
    NoSex,
    /// Every field stands one column too far.
    Shifted,
}

#[derive(Deserialize)]
struct File {
    registers: Vec<Register>,
}

/// A register.
#[derive(Debug, Deserialize)]
pub(super) struct Register {
    pub(super) name: String,
    /// Ages from, up to, and of a thousand so many.
    covers: Vec<(i32, i32, u64)>,
    /// Of a thousand entries, so many are there once more.
    pub(super) again: u64,
    /// Of a thousand entries, so many were made by somebody careless.
    pub(super) careless: u64,
    /// Of ten thousand entries, so many have this error.
    rates: BTreeMap<Slip, u64>,
}

impl Register {
    /// Of a thousand of this age, so many stand in it.
    pub(super) fn share(&self, in_age: impl Fn((i32, i32)) -> bool) -> u64 {
        let band = self.covers.iter().find(|(from, to, _)| in_age((*from, *to)));
        band.map_or(0, |(_, _, share)| *share)
    }

    /// Of ten thousand entries, so many have this error.
    pub(super) fn rate(&self, slip: Slip) -> u64 {
        self.rates.get(&slip).copied().unwrap_or_default()
    }
}

/// The registers. The first is the residents' own, in which everybody stands who stands in no other.
pub(super) fn registers() -> Outcome<&'static [Register]> {
    static REGISTERS: OnceLock<Result<File, String>> = OnceLock::new();
    let read = || parsed("registers.json", include_str!("../../data/registers.json"));
    let file = REGISTERS.get_or_init(read).as_ref();
    file.map(|file| file.registers.as_slice()).map_err(|why| Fault::said(why.clone()).into())
}
