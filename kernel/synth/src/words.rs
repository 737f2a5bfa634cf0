//! The words a city is made from, read once a process from `data/*.json`.

use std::collections::{BTreeMap, HashMap};
use std::sync::OnceLock;

use base::{Fault, Outcome, Sex};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::chance::Weights;
use crate::place::Places;

/// The decades of birth that the names know, the first of them.
const DECADE_FIRST: i16 = 1930;

/// `data/names.json` as it is written.
#[derive(Deserialize)]
struct NamesFile {
    surnames: Vec<(String, u64)>,
    given: GivenFile,
    minorities: BTreeMap<String, MinorityFile>,
    ethnic_groups: Vec<(String, String, u64)>,
}

#[derive(Deserialize)]
struct GivenFile {
    single_share: BTreeMap<String, f64>,
    popular_share: f64,
    rare: String,
    male: BTreeMap<String, DecadeFile>,
    female: BTreeMap<String, DecadeFile>,
    popular: PopularFile,
}

#[derive(Deserialize)]
struct DecadeFile {
    middle: String,
    last: String,
}

#[derive(Deserialize)]
struct PopularFile {
    male: BTreeMap<String, String>,
    female: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct MinorityFile {
    form: Form,
    #[serde(default)]
    surnames: String,
    #[serde(default)]
    clans: String,
    #[serde(default)]
    male: String,
    #[serde(default)]
    female: String,
}

/// How a nationality forms its names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Form {
    /// Own name, `·`, the father's name.
    Father,
    /// One name.
    Whole,
    /// The clan's name and one's own.
    Clan,
    /// As the Han do, with surnames of their own.
    Han,
}

/// Characters of one decade and sex, commonest first.
#[derive(Debug, Default)]
pub(crate) struct Cohort {
    pub(crate) middle: Vec<char>,
    pub(crate) last: Vec<char>,
    /// Whole given names that many bear.
    pub(crate) popular: Vec<(char, Option<char>)>,
    /// Of a thousand, so many are of one character.
    pub(crate) single: u64,
}

/// The names of a nationality that differ from those of the Han.
#[derive(Debug)]
pub(crate) struct Minority {
    pub(crate) form: Form,
    /// Places in [`Words::surnames`], for `Form::Han`.
    pub(crate) surnames: Vec<u16>,
    /// Places in [`Words::wholes`].
    pub(crate) clans: Vec<u16>,
    pub(crate) male: Vec<u16>,
    pub(crate) female: Vec<u16>,
}

/// All of it.
#[derive(Debug)]
pub(crate) struct Words {
    pub(crate) surnames: Vec<String>,
    pub(crate) surname_weights: Weights,
    /// Given names of nationalities that are not made of single characters.
    pub(crate) wholes: Vec<String>,
    pub(crate) male: Vec<Cohort>,
    pub(crate) female: Vec<Cohort>,
    /// Of a thousand, so many bear a whole given name of the popular ones.
    pub(crate) popular: u64,
    /// Characters that few fonts and few programs know.
    pub(crate) rare: Vec<char>,
    /// Codes and names of GB/T 3304.
    pub(crate) ethnic: Vec<(String, String)>,
    pub(crate) ethnic_weights: Weights,
    pub(crate) minorities: HashMap<u8, Minority>,
    pub(crate) places: Places,
}

impl Words {
    /// The characters for somebody born in this year.
    pub(crate) fn cohort(&self, sex: Sex, year: i16) -> Option<&Cohort> {
        let of = match sex {
            Sex::Male => &self.male,
            Sex::Female => &self.female,
        };
        let place = usize::try_from((year - DECADE_FIRST).max(0) / 10).ok()?;
        of.get(place.min(of.len().checked_sub(1)?))
    }
}

/// The words.
pub(crate) fn words() -> Outcome<&'static Words> {
    static WORDS: OnceLock<Result<Words, String>> = OnceLock::new();
    WORDS.get_or_init(read).as_ref().map_err(|why| Fault::said(why.clone()).into())
}

fn read() -> Result<Words, String> {
    let names: NamesFile = parsed("names.json", include_str!("../data/names.json"))?;
    let surnames: Vec<String> = names.surnames.iter().map(|(name, _)| name.clone()).collect();
    let places = Places::read(include_str!("../data/places.json"), &surnames)?;
    let mut wholes = Vec::new();
    let ethnic: Vec<(String, String)> =
        names.ethnic_groups.iter().map(|(code, name, _)| (code.clone(), name.clone())).collect();
    let mut minorities = HashMap::new();
    for (code, file) in &names.minorities {
        let place = ethnic.iter().position(|(known, _)| known == code);
        let place = place.and_then(|place| u8::try_from(place).ok());
        let place = place.ok_or_else(|| format!("names.json: no nationality {code}"))?;
        minorities.insert(place, minority(file, &surnames, &mut wholes)?);
    }
    Ok(Words {
        surname_weights: Weights::new(names.surnames.iter().map(|(_, weight)| *weight)),
        surnames,
        wholes,
        male: cohorts(&names.given, Sex::Male)?,
        female: cohorts(&names.given, Sex::Female)?,
        popular: thousandths(names.given.popular_share),
        rare: names.given.rare.chars().collect(),
        ethnic_weights: Weights::new(names.ethnic_groups.iter().map(|(_, _, weight)| *weight)),
        ethnic,
        minorities,
        places,
    })
}

/// Reads a data file of the crate.
pub(crate) fn parsed<T: DeserializeOwned>(name: &str, text: &str) -> Result<T, String> {
    serde_json::from_str(text).map_err(|error| format!("reading data/{name}: {error}"))
}

fn thousandths(share: f64) -> u64 {
    (0..1_000u32).filter(|n| f64::from(*n) < share * 1_000.0).count() as u64
}

fn minority(
    file: &MinorityFile,
    surnames: &[String],
    wholes: &mut Vec<String>,
) -> Result<Minority, String> {
    let mut keep = |text: &str| -> Vec<u16> {
        let kept = text.split_whitespace().map(|name| {
            wholes.push(name.to_owned());
            u16::try_from(wholes.len() - 1).unwrap_or_default()
        });
        kept.collect()
    };
    let (clans, male, female) = (keep(&file.clans), keep(&file.male), keep(&file.female));
    let known = |name: &str| {
        let place = surnames.iter().position(|one| one == name);
        place
            .and_then(|place| u16::try_from(place).ok())
            .ok_or_else(|| format!("names.json: no surname {name}"))
    };
    let surnames = file.surnames.split_whitespace().map(known).collect::<Result<_, _>>()?;
    Ok(Minority { form: file.form, surnames, clans, male, female })
}

fn cohorts(given: &GivenFile, sex: Sex) -> Result<Vec<Cohort>, String> {
    let (decades, popular) = match sex {
        Sex::Male => (&given.male, &given.popular.male),
        Sex::Female => (&given.female, &given.popular.female),
    };
    let mut cohorts = Vec::new();
    for (decade, file) in decades {
        let lacks = || format!("names.json: the decade {decade} lacks something");
        let share = given.single_share.get(decade).copied().ok_or_else(lacks)?;
        let popular = popular.get(decade).ok_or_else(lacks)?;
        let pair = |name: &str| {
            let mut letters = name.chars();
            letters.next().map(|first| (first, letters.next()))
        };
        cohorts.push(Cohort {
            middle: file.middle.chars().collect(),
            last: file.last.chars().collect(),
            popular: popular.split_whitespace().filter_map(pair).collect(),
            single: thousandths(share),
        });
    }
    Ok(cohorts)
}
