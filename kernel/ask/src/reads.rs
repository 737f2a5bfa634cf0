//! The access records: who looked at whose data, for what. One function writes them. The person concerned reads them
//! through two, which leave out what a deferral keeps untold, as if it were not there; the desk reads with a permit.

use access::Permit;
use base::{Id, Moment, Outcome};
use ledger::{Act, Who};
use seal::Keys;
use store::{FromRow, Reader, Row, Tx};

use crate::deferrals::{COLUMNS, Deferral, deferring};
use crate::subjects::{known, mark, subject};
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
    /// By what it was told of afterwards, if it was.
    pub deferred: Option<Deferral>,
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
            deferred: match row.get::<Option<Id<Deferral>>>("deferral_id")? {
                Some(_) => Some(Deferral::from_row(row)?),
                None => None,
            },
        })
    }
}

/// A look with what deferred it.
const LOOKS: &str = "r.id, r.at, r.asker, r.kind, r.purpose, r.account, r.name, r.organ_name, \
                     r.post, r.fields, r.found, r.act";
const FROM: &str = "FROM ask_reads r LEFT JOIN ask_deferrals d ON d.id = r.deferral";

/// What the person concerned may see of looks: [`crate::rules::is_told`] in SQL. A deferral that is not there keeps its
/// looks untold. `$3` is the present moment.
const TOLD: &str = "(r.deferral IS NULL OR d.ends_at <= $3)";

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
    /// The id of the case in which it was, if in one.
    pub case: Option<&'a str>,
}

/// Puts a look on record, and says by which deferral the person concerned is told of it afterwards, if by one: the act
/// that tells of it says so too ([`crate::saying`]). Noting it twice notes it once.
pub fn note_look(
    tx: &Tx<'_>,
    keys: &Keys,
    about: &About,
    look: &Look<'_>,
) -> Outcome<Option<Id<Deferral>>> {
    note_look_on(tx, keys, (about, None), look)
}

/// The same of what names somebody besides: the look is that of `about`, and deferred where the looks at either are.
pub fn note_look_on(
    tx: &Tx<'_>,
    keys: &Keys,
    (about, named): (&About, Option<&About>),
    look: &Look<'_>,
) -> Outcome<Option<Id<Deferral>>> {
    let mut marks = vec![mark(keys, about)];
    marks.extend(named.map(|named| mark(keys, named)));
    marks.extend(look.case.map(|id| mark(keys, &About::Case(id.to_owned()))));
    let subject = subject(tx, keys, &marks.first().copied().unwrap_or_default())?;
    put_look(tx, keys, (subject, &marks), look)
}

/// The one writer of looks. The first mark is that of the subject whose look it is, which whoever calls has found.
pub(crate) fn put_look(
    tx: &Tx<'_>,
    keys: &Keys,
    (subject, marks): ([u8; 32], &[[u8; 32]]),
    look: &Look<'_>,
) -> Outcome<Option<Id<Deferral>>> {
    let deferral = deferring(tx, keys, (subject, marks), look.who, look.at)?;
    tx.run(
        "INSERT INTO ask_reads (id, at, asker, kind, purpose, subject, account, name,
                                organ_name, post, fields, found, act, deferral)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
         ON CONFLICT DO NOTHING",
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
            deferral.into(),
        ],
    )?;
    Ok(deferral)
}

/// A look with who looked: for who judges it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Looked {
    /// The look, as the person concerned may read it.
    pub read: Read,
    /// The act that tells of it.
    pub act: Id<Act>,
}

impl FromRow for Looked {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        Ok(Self { read: Read::from_row(row)?, act: row.get("act")? })
    }
}

/// The look with this id at the data of this person, if they are told of it by now.
pub fn own_look(
    reader: &Reader<'_>,
    keys: &Keys,
    about: &About,
    id: Id<Asked>,
    now: Moment,
) -> Outcome<Option<Looked>> {
    let Some(subject) = known(reader, keys, &mark(keys, about))? else { return Ok(None) };
    Ok(reader.maybe(
        &format!("SELECT {LOOKS}, {COLUMNS} {FROM} WHERE r.subject = $1 AND r.id = $2 AND {TOLD}"),
        &[subject.into(), id.into(), now.into()],
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

/// The look with this id, told or not: for the desk.
pub fn look_by_id(reader: &Reader<'_>, _permit: &Permit, id: Id<Asked>) -> Outcome<Option<Looked>> {
    Ok(reader.maybe(&format!("SELECT {LOOKS}, {COLUMNS} {FROM} WHERE r.id = $1"), &[id.into()])?)
}

/// The looks of which the person concerned is told by this deferral, told or not, newest first, before `before`: for the
/// desk.
pub fn looks_deferred(
    reader: &Reader<'_>,
    _permit: &Permit,
    deferral: Id<Deferral>,
    (before, limit): (Option<Id<Asked>>, i64),
) -> Outcome<Vec<Looked>> {
    let before = before.map_or_else(|| "~".to_owned(), |id| id.to_string());
    Ok(reader.all(
        &format!(
            "SELECT {LOOKS}, {COLUMNS} {FROM}
             WHERE r.deferral = $1 AND r.id < $2 ORDER BY r.id DESC LIMIT $3"
        ),
        &[deferral.into(), before.into(), limit.into()],
    )?)
}

/// The account of who did this look.
pub fn looker_of(reader: &Reader<'_>, id: Id<Asked>) -> Outcome<Option<String>> {
    let found: Option<Option<String>> =
        reader.maybe("SELECT account FROM ask_reads WHERE id = $1", &[id.into()])?;
    Ok(found.flatten())
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
    let known = known(tx, keys, &mark(keys, &About::Person(number)))?;
    let Some(subject) = known else { return Ok(Vec::new()) };
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

/// The looks at this person's data of which they are told by now, newest first, before `before`.
pub fn reads_about(
    reader: &Reader<'_>,
    keys: &Keys,
    about: &About,
    (before, limit): (Option<Id<Asked>>, i64),
    now: Moment,
) -> Outcome<Vec<Read>> {
    let before = before.map_or_else(|| "~".to_owned(), |id| id.to_string());
    let Some(subject) = known(reader, keys, &mark(keys, about))? else { return Ok(Vec::new()) };
    Ok(reader.all(
        &format!(
            "SELECT {LOOKS}, {COLUMNS} {FROM}
             WHERE r.subject = $1 AND r.id < $2 AND {TOLD} ORDER BY r.id DESC LIMIT $4"
        ),
        &[subject.into(), before.into(), now.into(), limit.into()],
    )?)
}
