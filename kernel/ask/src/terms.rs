//! Questions, answers and the terms on which they are exchanged.

use std::sync::Arc;

use base::{Day, Id, Moment, Outcome};
use seal::Keys;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::{FromRow, Reader, Row, Tx};

use crate::rules::{self, Condition, Rate};

/// Whom a question or a look is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    /// A person, by citizen number.
    Person(String),
    /// A legal entity, by unified social credit code.
    Entity(String),
    /// A case, by its id: whoever it is about.
    Case(String),
    /// A person of whom the city knows an account and no citizen number.
    Account(String),
    /// Nobody: public knowledge of the city, such as a service item. Leaves no access record.
    Nothing,
}

impl About {
    pub(crate) fn text(&self) -> String {
        match self {
            About::Person(number) => format!("person:{number}"),
            About::Entity(code) => format!("entity:{code}"),
            About::Case(id) => format!("case:{id}"),
            About::Account(id) => format!("account:{id}"),
            About::Nothing => "nothing".into(),
        }
    }
}

/// What one office may ask another. It stands in the answering office's contract crate.
pub trait Question: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// What comes back. Every field is optional: the terms decide which are given.
    type Answer: Serialize + DeserializeOwned + Send + Sync + 'static;
    /// `population.person`.
    const KIND: &'static str;
    /// Whom it is about: the access record is kept under this person or entity.
    fn about(&self) -> About;
}

/// An answer, with how fresh it is and how long it may be relied on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer<T> {
    /// The value, cut to the agreed fields; `None` if the office knows no such subject.
    pub value: Option<T>,
    /// When the register stood so.
    pub as_of: Moment,
    /// Rules refuse the answer after this moment.
    pub valid_until: Moment,
    /// The access record.
    pub ask_id: Id<Asked>,
    /// The answering office's title: 人口基础信息.
    pub source: String,
    /// The ground of the terms.
    pub ground: String,
}

/// One ask that was answered: names its access record.
pub struct Asked;

impl std::fmt::Debug for Asked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Asked")
    }
}

/// From a question as JSON to its answer as JSON. The answer is shared, since what is asked often is
/// kept and not made again.
pub type Answers = fn(&Reader<'_>, &Keys, &Value, Moment) -> Outcome<Option<Arc<Value>>>;

/// How an office answers one kind of question. The function reads in a transaction of its own.
#[derive(Clone, Copy)]
pub struct Answerer {
    /// The kind of question: `population.person`.
    pub kind: &'static str,
    /// The answering office's title.
    pub source: &'static str,
    /// From the question as JSON to the answer as JSON, `None` if the subject is not known.
    pub answer: Answers,
}

/// Whom an answer of a kind names besides the one whom the question is about: each of them has a look on record as well.
#[derive(Clone, Copy, Debug)]
pub struct Naming {
    /// The kind of question: `population.same_as`.
    pub kind: &'static str,
    /// From the answer as it is given.
    pub whom: fn(&Value) -> Vec<About>,
}

/// The terms on which one office may ask another.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    /// The asking office.
    pub asker: &'static str,
    /// The kind of question.
    pub kind: &'static str,
    /// Stable name of the purpose: `prefill`.
    pub purpose: &'static str,
    /// The purpose in the words that the person concerned will read.
    pub about: &'static str,
    /// The fields of the answer that are given; all others are cut away.
    pub fields: &'static [&'static str],
    /// Article the sharing rests on.
    pub ground: &'static str,
    /// How long an answer may be relied on.
    pub valid_seconds: i64,
}

/// Terms as they stand in the city.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// Purpose in words.
    pub about: String,
    /// Fields that are given.
    pub fields: Vec<String>,
    /// Ground.
    pub ground: String,
    /// How long an answer may be relied on.
    pub valid_seconds: i64,
    /// Only what meets all of these is told of.
    pub filter: Vec<Condition>,
    /// Nothing but yes or no is told.
    pub yes_no: bool,
    /// How often may be asked.
    pub rate: Rate,
    /// The first day.
    pub from: Day,
    /// The last day; none where there is none.
    pub until: Option<Day>,
    /// When they were ended before that, and why.
    pub ended: Option<(Moment, String)>,
    /// The code of the resource that they were agreed for; nothing where they are for a kind of question.
    pub resource: String,
}

/// The columns of [`Standing`].
pub(crate) const TERMS: &str = "about, fields, ground, valid_seconds, row_filter, yes_no, per_minute, \
                                per_day, from_day, until_day, ended_at, ended_why, resource";

impl FromRow for Standing {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        let (fields, filter): (String, String) = (row.get("fields")?, row.get("row_filter")?);
        let ended: Option<Moment> = row.get("ended_at")?;
        let why: String = row.get("ended_why")?;
        Ok(Self {
            about: row.get("about")?,
            fields: fields.split(',').map(str::to_owned).collect(),
            ground: row.get("ground")?,
            valid_seconds: row.get("valid_seconds")?,
            // Conditions that cannot be read are no reason to tell more.
            filter: serde_json::from_str(&filter)
                .map_err(|error| store::Error::Other(Box::new(error)))?,
            yes_no: row.get("yes_no")?,
            rate: Rate { per_minute: row.get("per_minute")?, per_day: row.get("per_day")? },
            from: row.get("from_day")?,
            until: row.get("until_day")?,
            ended: ended.map(|at| (at, why)),
            resource: row.get("resource")?,
        })
    }
}

/// Puts down terms that the city has not seen yet. What was changed or ended later stays so.
pub fn install_terms(tx: &Tx<'_>, terms: &[Terms], from: Day) -> Outcome<()> {
    for term in terms {
        tx.run(
            "INSERT INTO ask_terms (asker, kind, purpose, about, fields, ground, valid_seconds,
                                    from_day, until_day)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, NULL) ON CONFLICT DO NOTHING",
            &[
                term.asker.into(),
                term.kind.into(),
                term.purpose.into(),
                term.about.into(),
                term.fields.join(",").into(),
                term.ground.into(),
                term.valid_seconds.into(),
                from.into(),
            ],
        )?;
    }
    Ok(())
}

/// The terms in force on a day, if any.
pub fn terms_of(
    reader: &Reader<'_>,
    asker: &str,
    kind: &str,
    purpose: &str,
    day: Day,
) -> Outcome<Option<Standing>> {
    let terms = terms_ever(reader, asker, kind, purpose)?;
    Ok(terms.filter(|terms| rules::stands(terms, day).is_ok()))
}

/// The terms for this, whether they are in force, over, or not begun.
pub fn terms_ever(
    reader: &Reader<'_>,
    asker: &str,
    kind: &str,
    purpose: &str,
) -> Outcome<Option<Standing>> {
    Ok(reader.maybe(
        &format!("SELECT {TERMS} FROM ask_terms WHERE asker = $1 AND kind = $2 AND purpose = $3"),
        &[asker.into(), kind.into(), purpose.into()],
    )?)
}
