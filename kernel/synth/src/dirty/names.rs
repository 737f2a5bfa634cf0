//! How names are written wrongly.

use super::registers::Slip;
use super::sounds::Sounds;
use crate::chance::Chance;

/// Pet names that fit every child.
const PET: [&str; 8] = ["毛毛", "宝宝", "豆豆", "乐乐", "小宝", "妞妞", "牛牛", "果果"];

/// The name with this error; the same when it does not fit the name.
pub(super) fn wrong(
    slip: Slip,
    name: &str,
    surname: &str,
    sounds: &Sounds,
    chance: &mut Chance,
) -> String {
    let given = name.strip_prefix(surname).unwrap_or(name);
    let changed = match slip {
        Slip::Homophone => {
            one_letter(name, chance, |letter, chance| sounds.homophone(letter, chance))
        }
        Slip::NearSound => one_letter(name, chance, |letter, chance| sounds.near(letter, chance)),
        Slip::Similar => similar(name, sounds, chance),
        Slip::Traditional => {
            Some(name.chars().map(|letter| sounds.traditional(letter).unwrap_or(letter)).collect())
        }
        Slip::Swapped => (!surname.is_empty()).then(|| format!("{given}{surname}")),
        Slip::Pinyin => pinyin(surname, given, sounds, chance),
        Slip::MissingCharacter => missing(surname, given, chance),
        Slip::Nickname => nickname(surname, given, chance),
        Slip::Spaced => {
            let spaced = name.chars().count() == 2 && !surname.is_empty();
            spaced.then(|| {
                format!("{surname}{}{given}", if chance.happens(500) { ' ' } else { '　' })
            })
        }
        _ => None,
    };
    changed.filter(|changed| !changed.is_empty()).unwrap_or_else(|| name.to_owned())
}

/// The name with one of its characters exchanged: the last ones more often than the surname.
fn one_letter(
    name: &str,
    chance: &mut Chance,
    exchange: impl Fn(char, &mut Chance) -> Option<char>,
) -> Option<String> {
    let mut letters: Vec<char> = name.chars().collect();
    let place = chance.place(letters.len()).max(chance.place(letters.len()));
    let letter = letters.get_mut(place)?;
    *letter = exchange(*letter, chance)?;
    Some(letters.into_iter().collect())
}

/// The name with a character that looks like the right one, where one does.
fn similar(name: &str, sounds: &Sounds, chance: &mut Chance) -> Option<String> {
    let mut letters: Vec<char> = name.chars().collect();
    for letter in letters.iter_mut().rev() {
        if let Some(other) = sounds.similar(*letter, chance) {
            *letter = other;
            return Some(letters.into_iter().collect());
        }
    }
    None
}

fn pinyin(surname: &str, given: &str, sounds: &Sounds, chance: &mut Chance) -> Option<String> {
    let spelt = |part: &str| {
        let mut all = String::new();
        for letter in part.chars() {
            all.push_str(sounds.pinyin(letter)?);
        }
        let mut letters = all.chars();
        let first = letters.next()?.to_ascii_uppercase();
        Some(format!("{first}{}", letters.as_str()))
    };
    let (surname, given) = (spelt(surname)?, spelt(given)?);
    Some(match chance.below(3) {
        0 => format!("{surname} {given}"),
        1 => format!("{given} {surname}"),
        _ => format!("{surname}{given}").to_uppercase(),
    })
}

fn missing(surname: &str, given: &str, chance: &mut Chance) -> Option<String> {
    let mut letters: Vec<char> = given.chars().collect();
    if letters.len() < 2 {
        return None;
    }
    letters.remove(chance.place(letters.len()));
    Some(surname.chars().chain(letters).collect())
}

fn nickname(surname: &str, given: &str, chance: &mut Chance) -> Option<String> {
    let last = given.chars().last()?;
    Some(match chance.below(5) {
        0 => format!("{last}{last}"),
        1 => format!("小{last}"),
        2 => format!("{surname}{last}{last}"),
        3 => format!("{surname}{}", chance.one(&PET)?),
        _ => chance.one(&PET)?.to_owned(),
    })
}
