//! The words of `data/names.json`: the table of nationalities, and what synthetic residents are
//! made from.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use base::{Fault, Outcome};
use serde::Deserialize;

/// All of it.
#[derive(Debug, Deserialize)]
pub struct Words {
    /// Surnames with their weights.
    pub surnames: Vec<(String, u64)>,
    /// Given names.
    pub given: Given,
    /// GB/T 3304.
    pub ethnic_groups: Vec<Group>,
    /// The streets and towns of the city.
    pub streets: Vec<Street>,
}

/// Characters of given names by decade of birth.
#[derive(Debug, Deserialize)]
pub struct Given {
    /// Share of given names of one character.
    pub single_share: BTreeMap<String, f64>,
    /// For men.
    pub male: BTreeMap<String, Decade>,
    /// For women.
    pub female: BTreeMap<String, Decade>,
}

/// Characters of one decade, commonest first.
#[derive(Debug, Deserialize)]
pub struct Decade {
    /// For the first of two.
    pub middle: String,
    /// For the last.
    pub last: String,
}

/// A nationality.
#[derive(Debug, Deserialize)]
pub struct Group {
    /// Two digits.
    pub code: String,
    /// 汉族.
    pub name: String,
    /// Of ten thousand; 0 is never made.
    pub weight: u64,
}

/// A street or town.
#[derive(Debug, Deserialize)]
pub struct Street {
    /// Nine digits.
    pub code: String,
    /// 凤凰街道.
    pub name: String,
    /// Six digits of its district.
    pub district: String,
    /// How many of a thousand or so live there.
    pub weight: u64,
    /// Roads.
    pub roads: Vec<String>,
    /// Communities and villages.
    pub communities: Vec<Community>,
}

/// A community or village.
#[derive(Debug, Deserialize)]
pub struct Community {
    /// 伯浩村.
    pub name: String,
}

/// The words. Read once a process.
pub fn words() -> Outcome<&'static Words> {
    static WORDS: OnceLock<Result<Words, String>> = OnceLock::new();
    WORDS
        .get_or_init(|| {
            serde_json::from_str(include_str!("../../data/names.json"))
                .map_err(|error| error.to_string())
        })
        .as_ref()
        .map_err(|error| Fault::said(format!("reading data/names.json: {error}")).into())
}
