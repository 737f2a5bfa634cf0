//! Whether a number still names whom it named before. 居民身份证法 art. 3: a citizen number is one person's alone, for life. In
//! the register it is the key, so that a second person under it takes the place of the first, and no two rows show it.

use std::cmp::Ordering;

use crate::terms::Resident;

/// Whether another person stands under the number than before. Sex and day of birth tell nobody apart here: both stand in the
/// number, and a line that says otherwise is refused ([`super::check`]). So it is the name with what else is said beside it: who
/// only moved or bears another name is the same; who bears a wholly other name and lives elsewhere, or an akin one and agrees
/// in less still, is not. The dead are given no other name.
pub fn is_another(before: &Resident, now: &Resident) -> bool {
    let (one, other) = (before.name.as_str(), now.name.as_str());
    if one == other {
        return false;
    }
    let phones = before.phone.as_ref().zip(now.phone.as_ref());
    let apart = [
        before.address != now.address,
        phones.is_some_and(|(one, other)| one != other),
        before.ethnicity != now.ethnicity,
        before.life.died().or(now.life.died()).is_some(),
    ];
    let apart = apart.iter().filter(|differs| **differs).count();
    apart >= if are_akin(one, other) { 2 } else { 1 }
}

/// Whether two names share a family name, a given name, or another part: so they do where one was changed (民法典 arts. 1012,
/// 1015) or a letter was mistaken.
fn are_akin(one: &str, other: &str) -> bool {
    let is_mark = |letter: char| !letter.is_alphanumeric();
    let mut parts = one.split(is_mark).filter(|part| !part.is_empty());
    if parts.any(|part| other.split(is_mark).any(|theirs| theirs == part)) {
        return true;
    }
    let letters = |name: &str| name.chars().filter(|letter| !is_mark(*letter)).collect::<Vec<_>>();
    let (one, other) = (letters(one), letters(other));
    // Family names of two letters begin what is compared here: 欧阳小红 and 李小红 have the same given name.
    let given = |name: &[char]| name.get(1..).unwrap_or_default().to_vec();
    let (mine, theirs) = (given(&one), given(&other));
    let ends = |long: &[char], short: &[char]| !short.is_empty() && long.ends_with(short);
    one.first() == other.first() || ends(&mine, &theirs) || ends(&theirs, &mine)
}

/// What has become of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// It names another person, who first stood there by the load at this place.
    Another(i64),
    /// It names again who stood there before the last, first by the load at this place.
    Back(i64),
}

/// What a load, or undoing it, has made of a number: of its registrations before that and after, each with the place of its
/// load, in the order in which they came. Nothing where the same person stands there.
pub fn turn(before: &[(i64, Resident)], after: &[(i64, Resident)]) -> Option<Turn> {
    let (before, after) = (people(before), people(after));
    let since = after.last().filter(|_| !before.is_empty()).map(|(since, _)| *since)?;
    match after.len().cmp(&before.len()) {
        Ordering::Greater => Some(Turn::Another(since)),
        Ordering::Less => Some(Turn::Back(since)),
        Ordering::Equal => None,
    }
}

/// The people under a number, one upon another, each since the load by which they came: whoever comes back ends all that came
/// after them.
fn people(came: &[(i64, Resident)]) -> Vec<(i64, &Resident)> {
    let mut people: Vec<(i64, &Resident)> = Vec::new();
    for (place, now) in came {
        let since = people.iter().rposition(|(_, one)| !is_another(one, now));
        let since = match since {
            Some(at) => people.drain(at..).next().map_or(*place, |(since, _)| since),
            None => *place,
        };
        people.push((since, now));
    }
    people
}

#[cfg(test)]
mod tests {
    use base::{CitizenNumber, Day, PersonName, Phone};

    use super::*;
    use crate::terms::{Ethnicity, Life};

    const LAKE: &str = "鄂州市鄂城区滨湖南路12号";
    const HILL: &str = "鄂州市华容区楚藩大道9号";
    const ONE: Option<&str> = Some("13871234567");
    const OTHER: Option<&str> = Some("13612345678");

    fn person(name: &str, address: &str, phone: Option<&str>) -> Resident {
        Resident {
            number: CitizenNumber::parse("420704199003072468").expect("a number"),
            name: PersonName::parse(name).expect("a name"),
            ethnicity: Ethnicity::parse("汉族").expect("one of them"),
            address: address.to_owned(),
            phone: phone.map(|phone| Phone::parse(phone).expect("a phone")),
            life: Life::Living,
        }
    }

    fn dead(name: &str, address: &str) -> Resident {
        let died = Life::Died(Day::new(2020, 5, 1).expect("a day"));
        Resident { life: died, ..person(name, address, None) }
    }

    #[track_caller]
    fn same(before: &Resident, now: &Resident) {
        assert!(!is_another(before, now) && !is_another(now, before), "{before:?} {now:?}");
    }

    #[track_caller]
    fn another(before: &Resident, now: &Resident) {
        assert!(is_another(before, now) && is_another(now, before), "{before:?} {now:?}");
    }

    #[test]
    fn who_only_bears_another_name_is_the_same_person() {
        let chen = person("陈晓敏", LAKE, ONE);
        for renamed in ["陈思远", "李晓敏", "陈小敏", "周诗涵"] {
            same(&chen, &person(renamed, LAKE, ONE));
        }
        same(&person("欧阳小红", LAKE, None), &person("李小红", HILL, None));
        same(&person("阿依古丽·买买提", LAKE, None), &person("阿依古丽·艾合买提", HILL, None));
    }

    #[test]
    fn who_moved_has_another_phone_and_writes_down_another_nationality_is_the_same_person() {
        let moved = person("陈晓敏", HILL, OTHER);
        let nationality = Ethnicity::parse("土家族").expect("one of them");
        same(&person("陈晓敏", LAKE, ONE), &Resident { ethnicity: nationality, ..moved });
        same(&person("陈晓敏", LAKE, ONE), &person("陈思远", HILL, ONE));
        same(&person("陈晓敏", LAKE, ONE), &person("陈思远", HILL, None));
    }

    #[test]
    fn who_is_called_wholly_otherwise_and_lives_elsewhere_is_another_person() {
        let chen = person("陈晓敏", LAKE, ONE);
        another(&chen, &person("周诗涵", HILL, ONE));
        another(&chen, &person("周诗涵", LAKE, OTHER));
        another(&chen, &person("周诗涵", HILL, None));
        // A family name is shared by many: then nothing else agrees.
        another(&chen, &person("陈桂英", HILL, OTHER));
    }

    #[test]
    fn a_number_that_is_given_again_after_a_death_names_another_person() {
        another(&dead("陈晓敏", LAKE), &person("周诗涵", LAKE, None));
        another(&dead("陈晓敏", LAKE), &person("陈桂英", HILL, None));
        // The name on the record of a death is corrected.
        same(&dead("陈晓敏", LAKE), &dead("陈小敏", LAKE));
        same(&person("陈晓敏", LAKE, None), &dead("陈晓敏", LAKE));
    }

    #[test]
    fn whoever_comes_back_ends_all_that_came_after_them() {
        let (a, b, c) = (
            person("陈晓敏", LAKE, ONE),
            person("周诗涵", HILL, OTHER),
            person("王桂英", "武汉市武昌区中山路8号", None),
        );
        let a_renamed = person("陈思远", LAKE, ONE);
        let went = |people: &[&Resident]| -> Vec<(i64, Resident)> {
            (1..).zip(people).map(|(place, one)| (place, (*one).clone())).collect()
        };
        let turned = |before: &[&Resident], after: &[&Resident]| turn(&went(before), &went(after));
        assert_eq!(turned(&[], &[&a]), None, "the first is no other than anybody");
        assert_eq!(turned(&[&a], &[&a, &a_renamed]), None);
        assert_eq!(turned(&[&a], &[&a, &b]), Some(Turn::Another(2)));
        assert_eq!(turned(&[&a, &b], &[&a, &b, &a_renamed]), Some(Turn::Back(1)));
        assert_eq!(turned(&[&a, &b, &a], &[&a, &b, &a, &b]), Some(Turn::Another(4)));
        assert_eq!(turned(&[&a, &b], &[&a, &b, &c]), Some(Turn::Another(3)));
        assert_eq!(turned(&[&a, &b, &c], &[&a, &b, &c, &b]), Some(Turn::Back(2)));
        assert_eq!(turned(&[&a, &b, &c], &[&a, &b, &c, &a]), Some(Turn::Back(1)));
        // Undoing a load turns it round.
        assert_eq!(turned(&[&a, &b], &[&a]), Some(Turn::Back(1)));
        assert_eq!(turned(&[&a, &b, &a], &[&a, &b]), Some(Turn::Another(2)));
    }
}
