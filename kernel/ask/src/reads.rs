//! The access records: who looked at whose data, for what.

use access::Permit;
use base::{Id, Moment, Outcome};
use ledger::{Act, Who};
use seal::Keys;
use store::{FromRow, Reader, Row, Tx};

use crate::desk::SUBJECT;
use crate::terms::{About, Asked};

/// What stands among the fields of a look whose words were erased.
pub const ERASED: &str = "erased";

/// One look at a person's or an entity's data, as that person may read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    /// Id; pages go by it.
    pub id: Id<Asked>,
    /// When.
    pub at: Moment,
    /// The asking office's name.
    pub asker: String,
    /// What was asked.
    pub kind: String,
    /// The purpose in words, as the terms have it.
    pub purpose: String,
    /// The account of who looked; none for the city's own clockwork and for who had none.
    pub account: Option<String>,
    /// Who looked.
    pub name: String,
    /// For which organ; empty when it was the person.
    pub organ_name: String,
    /// In which post; empty where it was not written down.
    pub post: String,
    /// Which fields were given.
    pub fields: Vec<String>,
    /// Whether the register knew the subject.
    pub found: bool,
}

impl FromRow for Read {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        let fields: String = row.get("fields")?;
        Ok(Self {
            id: row.get("id")?,
            at: row.get("at")?,
            asker: row.get("asker")?,
            kind: row.get("kind")?,
            purpose: row.get("purpose")?,
            account: row.get("account")?,
            name: row.get("name")?,
            organ_name: row.get("organ_name")?,
            post: row.get("post")?,
            fields: fields.split(',').filter(|f| !f.is_empty()).map(str::to_owned).collect(),
            found: row.get("found")?,
        })
    }
}

/// A look to be put on record.
#[derive(Clone, Copy, Debug)]
pub struct Look<'a> {
    /// Its id.
    pub id: Id<Asked>,
    /// When.
    pub at: Moment,
    /// The office whose people look.
    pub asker: &'a str,
    /// What was asked.
    pub kind: &'a str,
    /// The purpose, in the words that the person concerned will read.
    pub purpose: &'a str,
    /// Who looked.
    pub who: &'a Who,
    /// Which fields were shown.
    pub fields: &'a [String],
    /// Whether there was anything.
    pub found: bool,
    /// The act that tells of it.
    pub act: Id<Act>,
}

/// Puts a look on record that was no question: somebody opened what a person had entered. The act that
/// tells of it names the record, so noting it twice notes it once.
pub fn note_look(tx: &Tx<'_>, keys: &Keys, about: &About, look: &Look<'_>) -> Outcome<()> {
    put_look(tx, keys.blind(SUBJECT, about.text().as_bytes()), look)
}

pub(crate) fn put_look(tx: &Tx<'_>, subject: [u8; 32], look: &Look<'_>) -> Outcome<()> {
    tx.run(
        "INSERT INTO ask_reads (id, at, asker, kind, purpose, subject, account, name,
                                organ_name, post, fields, found, act)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT DO NOTHING",
        &[
            look.id.into(),
            look.at.into(),
            look.asker.into(),
            look.kind.into(),
            look.purpose.into(),
            subject.into(),
            look.who.account.clone().into(),
            look.who.name.as_str().into(),
            look.who.organ_name.as_str().into(),
            look.who.post.as_str().into(),
            look.fields.join(",").into(),
            look.found.into(),
            look.act.into(),
        ],
    )?;
    Ok(())
}

/// A look with who looked: for who judges it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Looked {
    /// The look, as the person concerned may read it.
    pub read: Read,
    /// The act that tells of it.
    pub act: Id<Act>,
    subject: Vec<u8>,
}

impl Looked {
    /// Whether it was at the data of this person or entity.
    pub fn is_about(&self, keys: &Keys, about: &About) -> bool {
        self.subject == keys.blind(SUBJECT, about.text().as_bytes())
    }
}

impl FromRow for Looked {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        Ok(Self { read: Read::from_row(row)?, act: row.get("act")?, subject: row.get("subject")? })
    }
}

/// The look with this id.
pub fn look_by_id(reader: &Reader<'_>, id: Id<Asked>) -> Outcome<Option<Looked>> {
    Ok(reader.maybe(
        "SELECT id, at, asker, kind, purpose, name, organ_name, post, fields, found, account, act,
                subject
         FROM ask_reads WHERE id = $1",
        &[id.into()],
    )?)
}

/// The acts that tell of these looks, in no order; of some dozen at most.
pub fn acts_of_looks(reader: &Reader<'_>, looks: &[Id<Asked>]) -> Outcome<Vec<Id<Act>>> {
    if looks.is_empty() {
        return Ok(Vec::new());
    }
    let places: Vec<String> = (1..=looks.len()).map(|place| format!("${place}")).collect();
    let params: Vec<store::Value> = looks.iter().map(|id| (*id).into()).collect();
    let places = places.join(", ");
    Ok(reader.all(&format!("SELECT act FROM ask_reads WHERE id IN ({places})"), &params)?)
}

/// Erases what was said with the look that this act tells of, by a lawful order: why, and which fields or files. Who
/// looked and when stays. Says whether there was such a look.
pub fn erase_look(tx: &Tx<'_>, _permit: &Permit, act: Id<Act>, document: &str) -> Outcome<bool> {
    let erased = tx.run(
        "UPDATE ask_reads SET purpose = $1, fields = $2 WHERE act = $3",
        &[base::erased_words(document).into(), ERASED.into(), act.into()],
    )?;
    Ok(erased > 0)
}

/// Erases a person's name where they looked themselves, and where another looked for them by a mandate. Gives the
/// acts that tell of the latter: they name the person too.
pub fn erase_person(
    tx: &Tx<'_>,
    _permit: &Permit,
    keys: &Keys,
    (account, number): (&str, Option<String>),
    document: &str,
) -> Outcome<Vec<Id<Act>>> {
    let words = base::erased_words(document);
    tx.run(
        "UPDATE ask_reads SET name = $1 WHERE account = $2",
        &[words.as_str().into(), account.into()],
    )?;
    let Some(number) = number else { return Ok(Vec::new()) };
    let subject = keys.blind(SUBJECT, About::Person(number).text().as_bytes());
    let acts = tx.all(
        "SELECT act FROM ask_reads WHERE subject = $1 AND organ_name = '' AND account <> $2",
        &[subject.into(), account.into()],
    )?;
    tx.run(
        "UPDATE ask_reads SET post = $1 WHERE subject = $2 AND organ_name = '' AND account <> $3",
        &[words.into(), subject.into(), account.into()],
    )?;
    Ok(acts)
}

/// The looks at one subject's data, newest first, before `before`.
pub fn reads_about(
    reader: &Reader<'_>,
    keys: &Keys,
    about: &About,
    before: Option<Id<Asked>>,
    limit: i64,
) -> Outcome<Vec<Read>> {
    let subject = keys.blind(SUBJECT, about.text().as_bytes());
    let before = before.map_or_else(|| "~".to_owned(), |id| id.to_string());
    Ok(reader.all(
        "SELECT id, at, asker, kind, purpose, account, name, organ_name, post, fields, found
         FROM ask_reads
         WHERE subject = $1 AND id < $2 ORDER BY id DESC LIMIT $3",
        &[subject.into(), before.into(), limit.into()],
    )?)
}
