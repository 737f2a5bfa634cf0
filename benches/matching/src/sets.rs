//! The sets and their models.

use matching::Model;

/// A set of records of which it is known who is who.
#[derive(Clone, Copy)]
pub(crate) struct Set {
    pub(crate) name: &'static str,
    /// The file of its records; the peer reads that one.
    pub(crate) file: &'static str,
    model: &'static str,
    /// Two files, each without duplicates.
    pub(crate) link: bool,
    /// Our side gets the records sealed, with blind keys, and opens them in memory.
    pub(crate) sealed: bool,
}

const FEBRL: &str = include_str!("../models/febrl.json");
const RESIDENTS: &str = include_str!("../models/residents.json");
const CENSUS: &str = include_str!("../models/census.json");

pub(crate) const SETS: &[Set] = &[
    Set { name: "febrl1", file: "febrl1", model: FEBRL, link: false, sealed: false },
    Set { name: "febrl2", file: "febrl2", model: FEBRL, link: false, sealed: false },
    Set { name: "febrl3", file: "febrl3", model: FEBRL, link: false, sealed: false },
    Set { name: "febrl4", file: "febrl4", model: FEBRL, link: true, sealed: false },
    Set { name: "census", file: "census", model: CENSUS, link: false, sealed: false },
    Set { name: "residents", file: "residents", model: RESIDENTS, link: false, sealed: false },
    Set {
        name: "residents-sealed",
        file: "residents",
        model: RESIDENTS,
        link: false,
        sealed: true,
    },
];

impl Set {
    pub(crate) fn of(name: &str) -> Self {
        *SETS.iter().find(|set| set.name == name).expect("a set of this name")
    }

    pub(crate) fn model(self) -> Model {
        serde_json::from_str(self.model).expect("the model reads")
    }
}
