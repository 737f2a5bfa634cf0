//! The shape of a table: what it looked like when it was agreed upon, and what is different today.

use std::fmt;

use serde::{Deserialize, Serialize};
use sm3::{Digest, Sm3};

/// A table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableShape {
    /// The schema it stands in, where the source has schemas.
    #[serde(default)]
    pub schema: String,
    /// Its name.
    pub name: String,
    /// Its columns, in their order.
    pub columns: Vec<Column>,
    /// The columns of its key, in their order; none if it has none.
    #[serde(default)]
    pub key: Vec<String>,
    /// About how many rows it has, if the source says.
    #[serde(default)]
    pub rows_about: Option<u64>,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: ColumnKind,
    /// Its type in the source's own words.
    pub declared: String,
    /// Whether it may be without a value.
    pub nullable: bool,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnKind {
    /// Text.
    Text,
    /// Whole numbers.
    Whole,
    /// Numbers with decimals.
    Decimal,
    /// Yes or no; handed over as `true` and `false`.
    YesNo,
    /// Days.
    Date,
    /// Moments.
    Moment,
    /// Bytes; handed over in hexadecimal digits.
    Bytes,
    /// Something else, handed over as the source writes it.
    Other,
}

impl TableShape {
    /// The column of this name, exactly.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// With its schema, as people write it.
    pub fn full_name(&self) -> String {
        if self.schema.is_empty() {
            self.name.clone()
        } else {
            format!("{}.{}", self.schema, self.name)
        }
    }

    /// The same for tables that look the same: SM3 over names and types of columns, whatever their
    /// order, and the key.
    pub fn fingerprint(&self) -> String {
        let mut columns: Vec<_> =
            self.columns.iter().map(|column| (&column.name, &column.declared)).collect();
        columns.sort_unstable();
        let mut hash = Sm3::new();
        let mut part = |text: &str| {
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text.as_bytes());
        };
        for (name, declared) in columns {
            part(name);
            part(declared);
        }
        for name in &self.key {
            part(name);
        }
        hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// What is different today; `None` if it looks the same.
    pub fn difference(&self, today: &TableShape) -> Option<Difference> {
        let names = |all: &[Column], other: &TableShape| {
            let news = all.iter().filter(|column| other.column(&column.name).is_none());
            news.map(|column| column.name.clone()).collect::<Vec<_>>()
        };
        let retyped = self.columns.iter().filter_map(|was| {
            let is = today.column(&was.name)?;
            (is.declared != was.declared)
                .then(|| (was.name.clone(), was.declared.clone(), is.declared.clone()))
        });
        let difference = Difference {
            added: names(&today.columns, self),
            removed: names(&self.columns, today),
            retyped: retyped.collect(),
            key: (self.key != today.key).then(|| today.key.clone()),
        };
        (difference != Difference::default()).then_some(difference)
    }
}

/// What is different between a table as it was and as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// Columns that are new.
    pub added: Vec<String>,
    /// Columns that are gone.
    pub removed: Vec<String>,
    /// Columns of another type: name, the type it was, the type it is.
    pub retyped: Vec<(String, String, String)>,
    /// The key, if it is another.
    pub key: Option<Vec<String>>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        let listed = |names: &[String]| {
            names.iter().map(|name| format!("“{name}”")).collect::<Vec<_>>().join("、")
        };
        if !self.added.is_empty() {
            parts.push(format!("多了 {}", listed(&self.added)));
        }
        if !self.removed.is_empty() {
            parts.push(format!("少了 {}", listed(&self.removed)));
        }
        for (name, was, is) in &self.retyped {
            parts.push(format!("“{name}”的类型由 {was} 变为 {is}"));
        }
        match self.key.as_deref() {
            Some([]) => parts.push("没有主键了".to_owned()),
            Some(key) => parts.push(format!("主键变为 {}", listed(key))),
            None => {}
        }
        f.write_str(&parts.join("；"))
    }
}
