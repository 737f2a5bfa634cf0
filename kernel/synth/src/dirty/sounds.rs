//! How characters sound and which ones look alike: from what is heard and seen comes what is written wrongly.

use std::collections::HashMap;
use std::sync::OnceLock;

use base::{Fault, Outcome};

use crate::chance::Chance;

/// The characters of names.
#[derive(Debug, Default)]
pub(super) struct Sounds {
    sound: HashMap<char, &'static str>,
    alike: HashMap<&'static str, Vec<char>>,
    /// By the sound that dialect makes of it.
    near: HashMap<String, Vec<char>>,
    similar: HashMap<char, Vec<char>>,
    traditional: HashMap<char, char>,
}

/// The tables, read once a process.
pub(super) fn sounds() -> Outcome<&'static Sounds> {
    static SOUNDS: OnceLock<Option<Sounds>> = OnceLock::new();
    let read = || {
        let sounds = include_str!("../../data/sounds.txt");
        Sounds::read(sounds, include_str!("../../data/shapes.txt"))
    };
    let wrong = || Fault::said("data/sounds.txt or data/shapes.txt cannot be read").into();
    SOUNDS.get_or_init(read).as_ref().ok_or_else(wrong)
}

/// What the dialects between Wuhan and Huangshi do not tell apart: zh and z, l and n, ng and n, h and f before u.
fn dialect(sound: &str) -> String {
    let mut heard = sound.to_owned();
    for (from, to) in [("zh", "z"), ("ch", "c"), ("sh", "s"), ("l", "n"), ("hu", "fu")] {
        if let Some(rest) = heard.strip_prefix(from) {
            heard = format!("{to}{rest}");
        }
    }
    for (from, to) in [("eng", "en"), ("ing", "in")] {
        if let Some(begin) = heard.strip_suffix(from) {
            heard = format!("{begin}{to}");
        }
    }
    heard
}

impl Sounds {
    fn read(sounds: &'static str, shapes: &'static str) -> Option<Self> {
        let mut read = Self::default();
        let lines = |text: &'static str| text.lines().filter(|line| !line.starts_with('#'));
        for line in lines(sounds) {
            let (sound, letters) = line.split_once(' ')?;
            let near = read.near.entry(dialect(sound)).or_default();
            // The first characters of a sound are those of names.
            near.extend(letters.chars().take(8));
            for letter in letters.chars() {
                read.sound.insert(letter, sound);
            }
            read.alike.insert(sound, letters.chars().collect());
        }
        for line in lines(shapes) {
            let (kind, groups) = line.split_once(' ')?;
            for group in groups.split_whitespace() {
                let letters: Vec<char> = group.chars().collect();
                match (kind, letters.as_slice()) {
                    ("traditional", [simple, full]) => {
                        read.traditional.insert(*simple, *full);
                    }
                    (_, all) => {
                        for letter in all {
                            read.similar.entry(*letter).or_default().extend(all);
                        }
                    }
                }
            }
        }
        Some(read)
    }

    /// A character that sounds the same.
    pub(super) fn homophone(&self, letter: char, chance: &mut Chance) -> Option<char> {
        other(self.alike.get(self.sound.get(&letter)?)?, letter, chance)
    }

    /// A character that sounds nearly the same.
    pub(super) fn near(&self, letter: char, chance: &mut Chance) -> Option<char> {
        other(self.near.get(&dialect(self.sound.get(&letter)?))?, letter, chance)
    }

    /// A character that looks nearly the same, or is a variant.
    pub(super) fn similar(&self, letter: char, chance: &mut Chance) -> Option<char> {
        other(self.similar.get(&letter)?, letter, chance)
    }

    /// The traditional character, where there is another.
    pub(super) fn traditional(&self, letter: char) -> Option<char> {
        self.traditional.get(&letter).copied()
    }

    /// In Latin letters, without a tone.
    pub(super) fn pinyin(&self, letter: char) -> Option<&'static str> {
        self.sound.get(&letter).copied()
    }
}

/// One of these that is another, the first ones more often.
fn other(of: &[char], letter: char, chance: &mut Chance) -> Option<char> {
    let others: Vec<char> = of.iter().copied().filter(|one| *one != letter).collect();
    chance.early(&others)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::words;

    #[test]
    fn every_common_character_of_a_name_has_a_sound() {
        let (words, sounds) = (words().expect("words"), sounds().expect("sounds"));
        for letter in words.surnames.iter().flat_map(|surname| surname.chars()) {
            assert!(sounds.pinyin(letter).is_some(), "{letter}");
        }
        for cohort in words.male.iter().chain(&words.female) {
            for letter in cohort.middle.iter().chain(&cohort.last) {
                assert!(sounds.pinyin(*letter).is_some(), "{letter}");
            }
        }
    }

    #[test]
    fn who_mishears_writes_another_character_of_the_same_sound() {
        let sounds = sounds().expect("sounds");
        let mut chance = Chance::of(1, crate::chance::Stream::Former, 0);
        let heard = sounds.homophone('张', &mut chance).expect("another");
        assert_eq!(sounds.pinyin(heard), Some("zhang"));
        assert_ne!(heard, '张');
        let near: Vec<char> = (0..200).filter_map(|_| sounds.near('陈', &mut chance)).collect();
        assert!(near.contains(&'程'), "{near:?}");
        assert_eq!(sounds.traditional('刘'), Some('劉'));
        let similar: Vec<char> =
            (0..50).filter_map(|_| sounds.similar('肖', &mut chance)).collect();
        assert!(similar.contains(&'萧'), "{similar:?}");
    }
}
