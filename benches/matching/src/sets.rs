//! The sets and their models.

use matching::Model;

/// A set of records of which it is known who is who.
#[derive(Clone, Copy)]
pub(crate) struct Set {
    pub(crate) name: &'static str,
    model: &'static str,
    /// Two files, each without duplicates.
    pub(crate) link: bool,
}

const FEBRL: &str = include_str!("../models/febrl.json");
const CENSUS: &str = include_str!("../models/census.json");

pub(crate) const SETS: &[Set] = &[
    Set { name: "febrl1", model: FEBRL, link: false },
    Set { name: "febrl2", model: FEBRL, link: false },
    Set { name: "febrl3", model: FEBRL, link: false },
    Set { name: "febrl4", model: FEBRL, link: true },
    Set { name: "census", model: CENSUS, link: false },
];

impl Set {
    pub(crate) fn of(name: &str) -> Self {
        *SETS.iter().find(|set| set.name == name).expect("a set of this name")
    }

    pub(crate) fn model(self) -> Model {
        serde_json::from_str(self.model).expect("the model reads")
    }
}
