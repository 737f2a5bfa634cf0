//! A record as it is written: what is right, and the errors that the register's rates let happen.

use base::{Phone, Sex};

use super::Entry;
use super::addresses::{self, Manner};
use super::names;
use super::numbers::{wrong_birth, wrong_number};
use super::registers::{Register, Slip};
use super::sounds::Sounds;
use crate::chance::Chance;
use crate::city::Resident;
use crate::place::Address;

/// Who is careless makes so many times as many errors.
const CARELESS: u64 = 4;
/// What goes wrong in names, in the order in which it is tried; one of them at most, but for what comes after.
const OF_NAMES: [Slip; 8] = [
    Slip::Homophone,
    Slip::NearSound,
    Slip::Similar,
    Slip::Traditional,
    Slip::MissingCharacter,
    Slip::Nickname,
    Slip::Swapped,
    Slip::Pinyin,
];
const OF_NUMBERS: [Slip; 5] =
    [Slip::OldNumber, Slip::OneDigit, Slip::OneDigitChecked, Slip::Transposed, Slip::MaskedNumber];
const OF_BIRTHS: [Slip; 4] = [Slip::Lunar, Slip::DayMonth, Slip::YearOff, Slip::FirstOfMonth];

/// What is right about a person, and what was right before or is about their family.
pub(super) struct Right {
    pub(super) resident: Resident,
    pub(super) surname: String,
    pub(super) former: Address,
    pub(super) former_phone: String,
    pub(super) shared_phone: Option<String>,
    pub(super) relatives_number: Option<String>,
    pub(super) is_child: bool,
}

struct Clerk<'c> {
    register: &'c Register,
    times: u64,
}

impl Clerk<'_> {
    fn slips(&self, slip: Slip, chance: &mut Chance) -> bool {
        let rate = self.register.rate(slip) * self.times;
        rate > 0 && chance.seldom(rate * 100)
    }

    fn one_of(&self, slips: &[Slip], chance: &mut Chance) -> Option<Slip> {
        slips.iter().copied().find(|slip| self.slips(*slip, chance))
    }
}

/// The record.
pub(super) fn written(
    register: &'static Register,
    sounds: &Sounds,
    right: &Right,
    chance: &mut Chance,
) -> Entry {
    let careless = chance.happens(register.careless);
    let clerk = Clerk { register, times: if careless { CARELESS } else { 1 } };
    let (address, division) = address(&clerk, right, chance);
    let mut entry = Entry {
        truth: right.resident.id,
        source: &register.name,
        name: name(&clerk, sounds, right, chance),
        sex: sex(&clerk, right, chance),
        birth: birth(&clerk, right, chance),
        number: number(&clerk, right, chance),
        phone: phone(&clerk, right, chance),
        address,
        division,
    };
    if clerk.slips(Slip::Shifted, chance) {
        shift(&mut entry);
    }
    entry
}

fn name(clerk: &Clerk<'_>, sounds: &Sounds, right: &Right, chance: &mut Chance) -> String {
    let mut name = right.resident.name.as_str().to_owned();
    if let Some(slip) = clerk.one_of(&OF_NAMES, chance)
        && (slip != Slip::Nickname || right.is_child)
    {
        name = names::wrong(slip, &name, &right.surname, sounds, chance);
    }
    if clerk.slips(Slip::Spaced, chance) {
        name = names::wrong(Slip::Spaced, &name, &right.surname, sounds, chance);
    }
    name
}

fn sex(clerk: &Clerk<'_>, right: &Right, chance: &mut Chance) -> String {
    if clerk.slips(Slip::NoSex, chance) {
        return String::new();
    }
    let sex = match (right.resident.sex(), clerk.slips(Slip::WrongSex, chance)) {
        (Sex::Male, false) | (Sex::Female, true) => Sex::Male,
        (Sex::Female, false) | (Sex::Male, true) => Sex::Female,
    };
    sex.chinese().to_owned()
}

fn birth(clerk: &Clerk<'_>, right: &Right, chance: &mut Chance) -> String {
    if clerk.slips(Slip::NoBirth, chance) {
        return String::new();
    }
    let birth = right.resident.birth();
    let wrong = clerk.one_of(&OF_BIRTHS, chance);
    wrong.and_then(|slip| wrong_birth(slip, birth, chance)).unwrap_or(birth).to_string()
}

fn number(clerk: &Clerk<'_>, right: &Right, chance: &mut Chance) -> String {
    if clerk.slips(Slip::NoNumber, chance) {
        return String::new();
    }
    if clerk.slips(Slip::RelativesNumber, chance)
        && let Some(number) = &right.relatives_number
    {
        return number.clone();
    }
    let number = right.resident.number.as_str();
    match clerk.one_of(&OF_NUMBERS, chance) {
        Some(slip) => wrong_number(slip, number, chance),
        None => number.to_owned(),
    }
}

fn phone(clerk: &Clerk<'_>, right: &Right, chance: &mut Chance) -> String {
    if clerk.slips(Slip::NoPhone, chance) {
        return String::new();
    }
    let own = right.resident.phone.as_ref().map(|phone| Phone::as_str(phone).to_owned());
    if own.is_none() || clerk.slips(Slip::SharedPhone, chance) {
        return right.shared_phone.clone().or(own).unwrap_or_default();
    }
    if clerk.slips(Slip::FormerPhone, chance) {
        return right.former_phone.clone();
    }
    own.unwrap_or_default()
}

fn address(clerk: &Clerk<'_>, right: &Right, chance: &mut Chance) -> (String, String) {
    let moved = clerk.slips(Slip::FormerAddress, chance);
    let address = if moved { &right.former } else { &right.resident.address };
    let division = address.division.to_owned();
    if clerk.slips(Slip::NoAddress, chance) {
        return (String::new(), if chance.happens(500) { division } else { String::new() });
    }
    let left_out = if clerk.slips(Slip::ShortAddress, chance) { 1 + chance.small(4) } else { 0 };
    let missing = if clerk.slips(Slip::PartMissing, chance) { 1 + chance.small(4) } else { 0 };
    let manner = Manner {
        left_out: u8::try_from(left_out).unwrap_or_default(),
        dashes: clerk.slips(Slip::Dashes, chance),
        numerals: clerk.slips(Slip::Numerals, chance),
        old_number: clerk.slips(Slip::Renumbered, chance),
        missing: u8::try_from(missing).unwrap_or_default(),
    };
    (addresses::written(address, manner), division)
}

/// Every field one column too far, as when a sheet was pasted beside its place.
fn shift(entry: &mut Entry) {
    let mut carried = String::new();
    for field in [
        &mut entry.name,
        &mut entry.sex,
        &mut entry.birth,
        &mut entry.number,
        &mut entry.phone,
        &mut entry.address,
    ] {
        std::mem::swap(field, &mut carried);
    }
}
