//! What Chinese characters have in common: the shape one is a variant of, the sound, the look.

use std::collections::HashMap;
use std::sync::LazyLock;

use pinyin::ToPinyin;

/// Variant → the character that stands for all its shapes.
static VARIANTS: LazyLock<HashMap<char, char>> = LazyLock::new(|| {
    let lines = include_str!("../data/variants.txt").lines().filter(|l| !l.starts_with('#'));
    let mut map = HashMap::with_capacity(5_000);
    for line in lines {
        let mut chars = line.chars();
        if let Some(first) = chars.next() {
            map.extend(chars.map(|c| (c, first)));
        }
    }
    map
});

/// Characters that are taken for one another → the numbers of their groups.
static ALIKE: LazyLock<HashMap<char, Vec<u16>>> = LazyLock::new(|| {
    let lines = include_str!("../data/alike.txt").lines().filter(|l| !l.starts_with('#'));
    let mut map: HashMap<char, Vec<u16>> = HashMap::new();
    for (group, line) in (0u16..).zip(lines) {
        for c in line.chars() {
            map.entry(folded(c)).or_default().push(group);
        }
    }
    map
});

/// How a character sounds as a surname, where that is not how it mostly sounds.
const SURNAMES: &[(char, &str)] = &[
    ('单', "shan"),
    ('曾', "zeng"),
    ('解', "xie"),
    ('仇', "qiu"),
    ('区', "ou"),
    ('查', "zha"),
    ('任', "ren"),
    ('盖', "ge"),
    ('朴', "piao"),
    ('尉', "wei"),
    ('翟', "zhai"),
    ('覃', "qin"),
    ('种', "chong"),
    ('缪', "miao"),
    ('宓', "mi"),
    ('乐', "yue"),
];

/// A syllable without its tone: its letters, five bits each; 0 for none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Syllable(pub(crate) u32);

impl Syllable {
    fn of(letters: &str) -> Self {
        let ascii = letters.chars().map(|c| if c == 'ü' { 'v' } else { c }).filter(char::is_ascii);
        Self(ascii.take(6).fold(0, |bits, c| bits << 5 | (u32::from(c) & 31)))
    }

    /// Its letters.
    pub(crate) fn letters(self) -> impl Iterator<Item = u8> {
        let letters = (0..6).rev().map(move |n| (self.0 >> (5 * n)) & 31);
        letters.filter(|letter| *letter > 0).map(|letter| letter as u8 | 0x60)
    }

    /// The first letter, as its number in the alphabet.
    pub(crate) fn initial(self) -> u8 {
        let mut bits = self.0;
        while bits >= 32 {
            bits >>= 5;
        }
        bits as u8
    }

    /// What southern speech does not tell apart becomes one: zh z, ch c, sh s, n l, f h, -ng -n.
    pub(crate) fn blurred(self) -> Self {
        let spelt: String = self.letters().map(char::from).collect();
        let spelt = spelt.strip_suffix('g').map(str::to_owned).unwrap_or(spelt);
        let blurred = match spelt.as_bytes() {
            [b'z' | b'c' | b's', b'h', ..] => spelt.replacen('h', "", 1),
            [b'n', ..] => spelt.replacen('n', "l", 1),
            [b'h', b'u', _, ..] => spelt.replacen("hu", "f", 1),
            _ => spelt,
        };
        Self::of(&blurred)
    }
}

/// The character that stands for all shapes of this one.
pub(crate) fn folded(c: char) -> char {
    VARIANTS.get(&c).copied().unwrap_or(c)
}

/// How a Chinese name is written in Latin letters, surname first: 张伟 is `zhangwei`.
pub fn latin(name: &str) -> String {
    let sounds = name.chars().enumerate().map(|(n, c)| syllable(folded(c), n == 0));
    sounds.flat_map(Syllable::letters).map(char::from).collect()
}

/// Whether a hand or a scanner takes one for the other; both are folded.
pub(crate) fn alike(a: char, b: char) -> bool {
    let groups = |c| ALIKE.get(&c).map(Vec::as_slice).unwrap_or_default();
    groups(a).iter().any(|group| groups(b).contains(group))
}

/// The sound of a character; of what is no Chinese character, itself.
pub(crate) fn syllable(c: char, leads: bool) -> Syllable {
    let surname = SURNAMES.iter().find(|(known, _)| leads && *known == c);
    match (surname, c.to_pinyin()) {
        (Some((_, sound)), _) => Syllable::of(sound),
        (None, Some(sound)) => Syllable::of(sound.plain()),
        (None, None) => Syllable(c as u32 | 1 << 31),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sounds(name: &str) -> Vec<Syllable> {
        name.chars().enumerate().map(|(n, c)| syllable(c, n == 0)).collect()
    }

    #[test]
    fn zhang_is_zhang_whichever_is_written() {
        assert_eq!(sounds("张伟"), sounds("章伟"));
        assert_ne!(sounds("张伟"), sounds("王伟"));
        assert_eq!(sounds("单"), vec![Syllable::of("shan")]);
        assert_eq!(syllable('张', true).initial(), b'z' & 31);
    }

    #[test]
    fn southern_speech_blurs_what_it_does_not_tell_apart() {
        let blurred = |a: &str, b: &str| Syllable::of(a).blurred() == Syllable::of(b).blurred();
        assert!(blurred("zhang", "zan"));
        assert!(blurred("li", "ni"));
        assert!(blurred("lin", "ling"));
        assert!(blurred("huang", "fang"));
        assert!(!blurred("li", "wang"));
    }

    #[test]
    fn shapes_of_one_character_fold_together() {
        for (a, b) in [('國', '国'), ('昇', '升'), ('峯', '峰'), ('囯', '国'), ('張', '张')]
        {
            assert_eq!(folded(a), folded(b), "{a} {b}");
        }
        assert!(alike('未', '末') && alike('末', '未'));
        assert!(!alike('未', '王'));
    }
}
