//! What firms are made from, read once a process from `data/firms.json`.

use std::sync::OnceLock;

use base::{Fault, Outcome};
use serde::Deserialize;

use crate::chance::Weights;
use crate::words::parsed;

#[derive(Deserialize)]
struct File {
    brand: String,
    kinds: Vec<Kind>,
    industries: Vec<Industry>,
    organs: String,
    institutions: String,
    village_institutions: String,
    unincorporated: String,
    societies: String,
}

/// A kind of entity.
#[derive(Debug, Deserialize)]
pub(crate) struct Kind {
    /// The first two characters of its code (GB 32100).
    pub(crate) class: String,
    pub(crate) name: String,
    /// With what a company's name ends.
    #[serde(default)]
    pub(crate) ending: String,
    /// The line of GB/T 4754 for what does not trade.
    #[serde(default)]
    pub(crate) industry: Option<(String, String)>,
    weight: u64,
}

/// A line of GB/T 4754, and how those in it call themselves.
#[derive(Debug, Deserialize)]
pub(crate) struct Industry {
    pub(crate) code: String,
    pub(crate) name: String,
    weight: u64,
    pub(crate) firm: String,
    pub(crate) shop: String,
    #[serde(default)]
    pub(crate) coop: String,
    /// What one must hold to do it.
    #[serde(default)]
    pub(crate) licence: Option<String>,
}

/// All of it.
#[derive(Debug)]
pub(crate) struct FirmWords {
    pub(crate) brand: Vec<char>,
    pub(crate) kinds: Vec<Kind>,
    pub(crate) kind_weights: Weights,
    pub(crate) industries: Vec<Industry>,
    /// Of companies, of shops, of cooperatives: an industry that has no word for them weighs nothing.
    pub(crate) firm_weights: Weights,
    pub(crate) shop_weights: Weights,
    pub(crate) coop_weights: Weights,
    pub(crate) organs: Vec<String>,
    pub(crate) institutions: Vec<String>,
    pub(crate) village_institutions: Vec<String>,
    pub(crate) unincorporated: Vec<String>,
    pub(crate) societies: Vec<String>,
}

/// The words.
pub(crate) fn firm_words() -> Outcome<&'static FirmWords> {
    static WORDS: OnceLock<Result<FirmWords, String>> = OnceLock::new();
    WORDS.get_or_init(read).as_ref().map_err(|why| Fault::said(why.clone()).into())
}

fn read() -> Result<FirmWords, String> {
    let file: File = parsed("firms.json", include_str!("../data/firms.json"))?;
    let weights = |word: fn(&Industry) -> &str| {
        let weight = |one: &Industry| if word(one).is_empty() { 0 } else { one.weight };
        Weights::new(file.industries.iter().map(weight))
    };
    let list = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<String>>();
    Ok(FirmWords {
        brand: file.brand.chars().collect(),
        kind_weights: Weights::new(file.kinds.iter().map(|kind| kind.weight)),
        firm_weights: weights(|one| &one.firm),
        shop_weights: weights(|one| &one.shop),
        coop_weights: weights(|one| &one.coop),
        organs: list(&file.organs),
        institutions: list(&file.institutions),
        village_institutions: list(&file.village_institutions),
        unincorporated: list(&file.unincorporated),
        societies: list(&file.societies),
        kinds: file.kinds,
        industries: file.industries,
    })
}
