//! What people are called: by the year of their birth, their nationality, their father.

use base::Sex;

use crate::chance::Chance;
use crate::words::{Form, Words};

/// No second part.
const NONE: u16 = u16::MAX;
/// Of a thousand children, so many bear their mother's surname.
const MOTHERS_SURNAME: u64 = 40;
/// Of a thousand who live in a village, so many bear the surname of its clan.
const CLAN: u64 = 350;
/// Of a million, so many bear a character that few programs know.
const RARE: u64 = 1_500;
/// Of a thousand siblings of one sex, so many share a character.
const SHARED: u64 = 220;

/// A name in few bytes; [`Name::text`] says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Name {
    /// A surname and one or two characters.
    Han { surname: u16, first: char, second: Option<char> },
    /// One or two of [`Words::wholes`], perhaps with a dot between.
    Joined { left: u16, right: u16, dot: bool },
}

/// Whose name is wanted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted {
    pub(crate) sex: Sex,
    /// Of birth.
    pub(crate) year: i16,
    /// Place in the table of nationalities.
    pub(crate) ethnicity: u8,
    pub(crate) father: Option<Name>,
    pub(crate) mother: Option<Name>,
    /// An older brother's or sister's of the same sex.
    pub(crate) sibling: Option<Name>,
    /// The surname of the clan whose village it is.
    pub(crate) clan: Option<u16>,
    /// Twins are named alike.
    pub(crate) twin: bool,
}

impl Name {
    /// In characters.
    pub(crate) fn text(self, words: &Words) -> String {
        let mut text = self.surname(words).to_owned();
        self.push_given(words, &mut text);
        text
    }

    /// The surname; nothing where a name has none.
    pub(crate) fn surname(self, words: &Words) -> &str {
        match self {
            Name::Han { surname, .. } => {
                words.surnames.get(usize::from(surname)).map_or("", String::as_str)
            }
            Name::Joined { .. } => "",
        }
    }

    fn push_given(self, words: &Words, text: &mut String) {
        match self {
            Name::Han { first, second, .. } => text.extend(std::iter::once(first).chain(second)),
            Name::Joined { left, right, dot } => {
                let whole =
                    |place: u16| words.wholes.get(usize::from(place)).map_or("", String::as_str);
                text.push_str(whole(left));
                if dot {
                    text.push('·');
                }
                text.push_str(whole(right));
            }
        }
    }
}

/// A name for somebody.
pub(crate) fn name(words: &Words, chance: &mut Chance, wanted: &Wanted) -> Option<Name> {
    let minority = words.minorities.get(&wanted.ethnicity);
    let Some(minority) = minority else { return han(words, chance, wanted, &[]) };
    let own = match wanted.sex {
        Sex::Male => &minority.male,
        Sex::Female => &minority.female,
    };
    match minority.form {
        Form::Han => han(words, chance, wanted, &minority.surnames),
        Form::Whole => Some(Name::Joined { left: chance.one(own)?, right: NONE, dot: false }),
        Form::Father => {
            let father = match wanted.father {
                Some(Name::Joined { left, .. }) => left,
                _ => chance.one(&minority.male)?,
            };
            Some(Name::Joined { left: chance.one(own)?, right: father, dot: true })
        }
        Form::Clan => {
            let clan = match wanted.father {
                Some(Name::Joined { left, .. }) => left,
                _ => chance.one(&minority.clans)?,
            };
            Some(Name::Joined { left: clan, right: chance.one(own)?, dot: false })
        }
    }
}

fn han(words: &Words, chance: &mut Chance, wanted: &Wanted, surnames: &[u16]) -> Option<Name> {
    let surname = surname(words, chance, wanted, surnames)?;
    let (first, second) = given(words, chance, wanted)?;
    Some(Name::Han { surname, first, second })
}

fn surname(words: &Words, chance: &mut Chance, wanted: &Wanted, own: &[u16]) -> Option<u16> {
    let of = |name: Option<Name>| match name {
        Some(Name::Han { surname, .. }) => Some(surname),
        _ => None,
    };
    let (father, mother) = (of(wanted.father), of(wanted.mother));
    if let (Some(_), Some(mother)) = (father, mother)
        && wanted.sibling.is_none()
        && chance.happens(MOTHERS_SURNAME)
    {
        return Some(mother);
    }
    if let Some(inherited) = of(wanted.sibling).or(father).or(mother) {
        return Some(inherited);
    }
    if let Some(clan) = wanted.clan
        && chance.happens(CLAN)
    {
        return Some(clan);
    }
    if let Some(surname) = chance.one(own) {
        return Some(surname);
    }
    u16::try_from(words.surname_weights.draw(chance)).ok()
}

fn given(words: &Words, chance: &mut Chance, wanted: &Wanted) -> Option<(char, Option<char>)> {
    let cohort = words.cohort(wanted.sex, wanted.year)?;
    if chance.seldom(RARE) {
        let rare = chance.one(&words.rare)?;
        let alone = chance.happens(300);
        return Some(if alone {
            (rare, None)
        } else {
            (chance.early(&cohort.middle)?, Some(rare))
        });
    }
    if let Some(Name::Han { first, second: Some(second), .. }) = wanted.sibling
        && (wanted.twin || chance.happens(SHARED))
    {
        let other = loop {
            let drawn = chance.early(&cohort.last)?;
            if drawn != second {
                break drawn;
            }
        };
        return Some((first, Some(other)));
    }
    if chance.happens(words.popular) {
        return chance.early(&cohort.popular);
    }
    let last = chance.early(&cohort.last)?;
    if chance.happens(cohort.single) {
        return Some((last, None));
    }
    // 婷婷: a character twice, for girls since the eighties.
    if wanted.sex == Sex::Female && wanted.year >= 1980 && chance.happens(15) {
        return Some((last, Some(last)));
    }
    Some((chance.early(&cohort.middle)?, Some(last)))
}
