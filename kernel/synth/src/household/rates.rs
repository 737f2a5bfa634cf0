//! How many children, who stays with their parents, who lives on: about what a city in Hubei has seen.

use base::{Day, Sex};

use crate::chance::Chance;

/// The number of the first day of a year.
pub(crate) fn day_of(year: i16) -> i32 {
    let day = Day::new(year, 1, 1).map_or(0, Day::number);
    i32::try_from(day).unwrap_or_default()
}

/// How many children a woman born on this day has in her life.
pub(super) fn children_by(born: i32, chance: &mut Chance) -> u16 {
    let more = |chance: &mut Chance, of_thousand: u64| u16::from(chance.happens(of_thousand));
    match Day::from_number(i64::from(born)).year() {
        ..1950 => 3 + chance.small(3),
        1950..1960 => 2 + chance.small(2),
        1960..1970 => 1 + more(chance, 480) + more(chance, 120),
        1970..1980 => 1 + more(chance, 480) + more(chance, 60),
        1980..1990 => more(chance, 970) + more(chance, 590) + more(chance, 80),
        _ => more(chance, 920) + more(chance, 540),
    }
}

/// Of a thousand children who might have been born then, so many were.
pub(super) fn born_of_thousand(day: i32) -> u64 {
    match Day::from_number(i64::from(day)).year() {
        1959..=1961 => 500,
        ..1974 => 1_000,
        1974..=1981 => 900,
        1982..=1990 => 1_000,
        1991..=2010 => 930,
        2011..=2017 => 1_000,
        2018..=2019 => 880,
        2020..=2021 => 760,
        _ => 640,
    }
}

/// Of a thousand children of this age, so many live with their parents.
pub(super) fn stays(age: i32, sex: Sex) -> u64 {
    let son = sex == Sex::Male;
    match age {
        ..18 => 985,
        18..24 => 880,
        24..30 => {
            if son {
                520
            } else {
                380
            }
        }
        30..40 => {
            if son {
                330
            } else {
                110
            }
        }
        40..55 => {
            if son {
                200
            } else {
                50
            }
        }
        _ => {
            if son {
                110
            } else {
                30
            }
        }
    }
}

/// Of a thousand who would be of this age, so many are alive.
pub(super) fn alive_of_thousand(age: i32) -> u64 {
    match age {
        ..55 => 960,
        55..65 => 900,
        65..75 => 780,
        75..80 => 600,
        80..85 => 430,
        85..90 => 240,
        90..95 => 90,
        95..100 => 25,
        _ => 5,
    }
}
