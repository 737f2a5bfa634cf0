//! The SQL of the portal.

mod imports;
mod redrafts;

use access::Permit;
use base::{Day, Id, Moment, Outcome};
use store::{FromRow, Reader, Row, Tx};

use crate::terms::{Column, Document, Finding, Heading, Kin, Manner, Reviewed, Shelf, State};

pub use imports::{checked, import, imported, put_import, unchecked};
pub use redrafts::{after, before, put_redraft};

/// Enters a column, or brings an entered one up to date.
pub fn put_column(tx: &Tx<'_>, _permit: &Permit, column: &Column, place: i64) -> Outcome<()> {
    tx.run(
        "INSERT INTO portal_columns (slug, title, about, ground, freshness_days, class, place,
             shown, latest_on)
         VALUES ($1, $2, $3, $4, $5, $6, $7, 0, NULL)
         ON CONFLICT (slug) DO UPDATE SET title = excluded.title, about = excluded.about,
             ground = excluded.ground, freshness_days = excluded.freshness_days,
             class = excluded.class, place = excluded.place",
        &[
            column.slug.as_str().into(),
            column.title.as_str().into(),
            column.about.as_str().into(),
            column.ground.as_str().into(),
            column.freshness_days.into(),
            column.class.as_str().into(),
            place.into(),
        ],
    )?;
    Ok(())
}

/// One more document is open in a column since this day.
pub fn count_in(tx: &Tx<'_>, _permit: &Permit, column: &str, day: Day) -> Outcome<()> {
    tx.run(
        "UPDATE portal_columns SET shown = shown + 1, latest_on =
             CASE WHEN latest_on IS NULL OR latest_on < $2 THEN $2 ELSE latest_on END
         WHERE slug = $1",
        &[column.into(), day.into()],
    )?;
    Ok(())
}

/// One document less is open in a column.
pub fn count_out(tx: &Tx<'_>, _permit: &Permit, column: &str) -> Outcome<()> {
    tx.run(
        "UPDATE portal_columns SET shown = shown - 1, latest_on =
             (SELECT MAX(published_on) FROM portal_documents
              WHERE state = 'published' AND column_slug = $1)
         WHERE slug = $1",
        &[column.into()],
    )?;
    Ok(())
}

const COLUMN: &str = "slug, title, about, ground, freshness_days, class, shown, latest_on \
                      FROM portal_columns";

/// The columns in their order, with what stands in them. There are some dozen.
pub fn shelves(reader: &Reader<'_>) -> Outcome<Vec<Shelf>> {
    Ok(reader.all(&format!("SELECT {COLUMN} ORDER BY place, slug LIMIT 200"), &[])?)
}

/// One column with what stands in it.
pub fn shelf(reader: &Reader<'_>, slug: &str) -> Outcome<Option<Shelf>> {
    Ok(reader.maybe(&format!("SELECT {COLUMN} WHERE slug = $1"), &[slug.into()])?)
}

/// One column.
pub fn column(reader: &Reader<'_>, slug: &str) -> Outcome<Option<Column>> {
    Ok(shelf(reader, slug)?.map(|shelf| shelf.column))
}

const DOCUMENT: &str = "id, column_slug, state, title, number, maker, written_on, effective_on, \
                        history, blocks, note, text_hash, organ, editor, editor_name, returned, \
                        published_at, version FROM portal_documents";
const HEADING: &str = "id, column_slug, state, title, number, maker, written_on, published_on, \
                       editor_name, updated_at FROM portal_documents";

/// A document in whatever state.
pub fn document(reader: &Reader<'_>, id: Id<Document>) -> Outcome<Option<Document>> {
    Ok(reader.maybe(&format!("SELECT {DOCUMENT} WHERE id = $1"), &[id.into()])?)
}

/// A published document.
pub fn published(reader: &Reader<'_>, id: Id<Document>) -> Outcome<Option<Document>> {
    Ok(reader
        .maybe(&format!("SELECT {DOCUMENT} WHERE id = $1 AND state = 'published'"), &[id.into()])?)
}

/// The documents of this column with this title and text, the newest first.
pub fn same_text(
    reader: &Reader<'_>,
    column: &str,
    title: &str,
    hash: [u8; 32],
) -> Outcome<Vec<Kin>> {
    Ok(reader.all(
        "SELECT id, column_slug, title, state, returned FROM portal_documents
         WHERE column_slug = $1 AND title = $2 AND text_hash = $3 ORDER BY id DESC LIMIT 20",
        &[column.into(), title.into(), hash.into()],
    )?)
}

/// The version of a published document: what a kept page of it is checked against.
pub fn published_version(reader: &Reader<'_>, id: Id<Document>) -> Outcome<Option<i64>> {
    Ok(reader.maybe(
        "SELECT version FROM portal_documents WHERE id = $1 AND state = 'published'",
        &[id.into()],
    )?)
}

/// A document of this column with this title that has not ended.
pub fn same_title(reader: &Reader<'_>, column: &str, title: &str) -> Outcome<Option<Id<Document>>> {
    Ok(reader.maybe(
        "SELECT id FROM portal_documents
         WHERE column_slug = $1 AND title = $2 AND state NOT IN ('withdrawn', 'kept') LIMIT 1",
        &[column.into(), title.into()],
    )?)
}

/// Published documents of a column, newest first, before a key of `(day, id)`.
pub fn shown(
    reader: &Reader<'_>,
    column: &str,
    before: Option<(Day, Id<Document>)>,
    limit: i64,
) -> Outcome<Vec<Heading>> {
    let (day, id) = key(before);
    Ok(reader.all(
        &format!(
            "SELECT {HEADING} WHERE state = 'published' AND column_slug = $1
               AND (published_on, id) < ($2, $3)
             ORDER BY published_on DESC, id DESC LIMIT $4"
        ),
        &[column.into(), day.into(), id.into(), limit.into()],
    )?)
}

/// The newest published documents of all columns, before a key of `(day, id)`.
pub fn latest(
    reader: &Reader<'_>,
    before: Option<(Day, Id<Document>)>,
    limit: i64,
) -> Outcome<Vec<Heading>> {
    let (day, id) = key(before);
    Ok(reader.all(
        &format!(
            "SELECT {HEADING} WHERE state = 'published' AND (published_on, id) < ($1, $2)
             ORDER BY published_on DESC, id DESC LIMIT $3"
        ),
        &[day.into(), id.into(), limit.into()],
    )?)
}

fn key(before: Option<(Day, Id<Document>)>) -> (i64, String) {
    match before {
        Some((day, id)) => (day.number(), id.to_string()),
        None => (i64::MAX, String::new()),
    }
}

/// Documents in one state, oldest change first, after a key of `(moment, id)`: the desk's lists.
pub fn in_state(
    reader: &Reader<'_>,
    state: State,
    after: Option<(Moment, Id<Document>)>,
    limit: i64,
) -> Outcome<Vec<Heading>> {
    let (moment, id) = match after {
        Some((moment, id)) => (moment.millis(), id.to_string()),
        None => (i64::MIN, String::new()),
    };
    Ok(reader.all(
        &format!(
            "SELECT {HEADING} WHERE state = $1 AND (updated_at, id) > ($2, $3)
             ORDER BY updated_at, id LIMIT $4"
        ),
        &[state.as_str().into(), moment.into(), id.into(), limit.into()],
    )?)
}

/// Documents in one state, newest change first, before a key of `(moment, id)`: what has ended.
pub fn ended(
    reader: &Reader<'_>,
    state: State,
    before: Option<(Moment, Id<Document>)>,
    limit: i64,
) -> Outcome<Vec<Heading>> {
    let (moment, id) = match before {
        Some((moment, id)) => (moment.millis(), id.to_string()),
        None => (i64::MAX, String::new()),
    };
    Ok(reader.all(
        &format!(
            "SELECT {HEADING} WHERE state = $1 AND (updated_at, id) < ($2, $3)
             ORDER BY updated_at DESC, id DESC LIMIT $4"
        ),
        &[state.as_str().into(), moment.into(), id.into(), limit.into()],
    )?)
}

/// An editor's documents in one state, newest change first, before a key of `(moment, id)`.
pub fn of_editor(
    reader: &Reader<'_>,
    editor: &str,
    state: State,
    before: Option<(Moment, Id<Document>)>,
    limit: i64,
) -> Outcome<Vec<Heading>> {
    let (moment, id) = match before {
        Some((moment, id)) => (moment.millis(), id.to_string()),
        None => (i64::MAX, String::new()),
    };
    Ok(reader.all(
        &format!(
            "SELECT {HEADING} WHERE editor = $1 AND state = $2 AND (updated_at, id) < ($3, $4)
             ORDER BY updated_at DESC, id DESC LIMIT $5"
        ),
        &[editor.into(), state.as_str().into(), moment.into(), id.into(), limit.into()],
    )?)
}

/// How many drafts of an editor were given back by a reviewer.
pub fn given_back(reader: &Reader<'_>, editor: &str) -> Outcome<i64> {
    Ok(reader.one(
        "SELECT CAST(COUNT(*) AS BIGINT) FROM portal_documents
         WHERE editor = $1 AND state = 'draft' AND returned IS NOT NULL",
        &[editor.into()],
    )?)
}

/// The reviews of a document, newest first.
pub fn reviews_of(reader: &Reader<'_>, document: Id<Document>) -> Outcome<Vec<Reviewed>> {
    Ok(reader.all(
        "SELECT conclusion, remark, reviewer_name, at FROM portal_reviews
         WHERE document = $1 ORDER BY id DESC LIMIT 50",
        &[document.into()],
    )?)
}

/// How many documents wait for a reviewer.
pub fn waiting(reader: &Reader<'_>) -> Outcome<i64> {
    Ok(reader.one(
        "SELECT CAST(COUNT(*) AS BIGINT) FROM portal_documents WHERE state = 'in_review'",
        &[],
    )?)
}

/// Writes a document whole: a new one, or the next version of one. Another version than the one
/// that was read is not overwritten: says whether it was written.
pub fn save(
    tx: &Tx<'_>,
    _permit: &Permit,
    document: &Document,
    read_version: i64,
    now: Moment,
) -> Outcome<bool> {
    let changed = tx.run(
        "INSERT INTO portal_documents (id, column_slug, state, title, number, maker, written_on,
             effective_on, history, blocks, note, text_hash, organ, editor, editor_name, returned,
             published_at, published_on, created_at, updated_at, version)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
                 $19, $19, $20)
         ON CONFLICT (id) DO UPDATE SET column_slug = excluded.column_slug,
             state = excluded.state, title = excluded.title, number = excluded.number,
             maker = excluded.maker, written_on = excluded.written_on,
             effective_on = excluded.effective_on, history = excluded.history,
             blocks = excluded.blocks, note = excluded.note, text_hash = excluded.text_hash,
             returned = excluded.returned, published_at = excluded.published_at,
             published_on = excluded.published_on, updated_at = excluded.updated_at,
             version = excluded.version
         WHERE portal_documents.version = $21",
        &[
            document.id.into(),
            document.column.as_str().into(),
            document.state.as_str().into(),
            document.title.as_str().into(),
            document.number.clone().into(),
            document.maker.clone().into(),
            document.written_on.into(),
            document.effective_on.into(),
            json(&document.history).into(),
            json(&document.blocks).into(),
            document.note.clone().into(),
            document.text_hash.into(),
            document.organ.as_str().into(),
            document.editor.as_str().into(),
            document.editor_name.as_str().into(),
            document.returned.clone().into(),
            document.published_at.into(),
            document.published_at.map(|at| at.day()).into(),
            now.into(),
            document.version.into(),
            read_version.into(),
        ],
    )?;
    Ok(changed == 1)
}

fn json<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// Puts a review down.
pub fn put_review(tx: &Tx<'_>, permit: &Permit, review: &Review<'_>, now: Moment) -> Outcome<()> {
    tx.run(
        "INSERT INTO portal_reviews (id, document, text_hash, findings, conclusion, remark,
             reviewer, reviewer_name, at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        &[
            review.id.into(),
            review.document.into(),
            review.text_hash.into(),
            json(&review.findings).into(),
            review.manner.as_str().into(),
            review.remark.into(),
            permit.account().into(),
            permit.who().name.as_str().into(),
            now.into(),
        ],
    )?;
    Ok(())
}

/// A review to be put down.
pub struct Review<'a> {
    /// Id.
    pub id: Id<Review<'static>>,
    /// What was reviewed.
    pub document: Id<Document>,
    /// Over which text.
    pub text_hash: [u8; 32],
    /// What the pre-scan had found.
    pub findings: &'a [Finding],
    /// How the text came to be open, or not.
    pub manner: Manner,
    /// In the reviewer's words.
    pub remark: &'a str,
}

impl FromRow for Shelf {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        Ok(Self {
            column: Column {
                slug: row.get("slug")?,
                title: row.get("title")?,
                about: row.get("about")?,
                ground: row.get("ground")?,
                freshness_days: row.get("freshness_days")?,
                class: row.get("class")?,
            },
            shown: row.get("shown")?,
            latest_on: row.get("latest_on")?,
        })
    }
}

impl FromRow for Reviewed {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        Ok(Self {
            manner: Manner::parse(&row.get::<String>("conclusion")?),
            remark: row.get("remark")?,
            reviewer_name: row.get("reviewer_name")?,
            at: row.get("at")?,
        })
    }
}

impl FromRow for Document {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        let json = |name: &str| row.get::<String>(name);
        Ok(Self {
            id: row.get("id")?,
            column: row.get("column_slug")?,
            state: State::parse(&json("state")?),
            title: row.get("title")?,
            number: row.get("number")?,
            maker: row.get("maker")?,
            written_on: row.get("written_on")?,
            effective_on: row.get("effective_on")?,
            history: serde_json::from_str(&json("history")?).unwrap_or_default(),
            blocks: serde_json::from_str(&json("blocks")?).unwrap_or_default(),
            note: row.get("note")?,
            text_hash: row.get("text_hash")?,
            organ: row.get("organ")?,
            editor: row.get("editor")?,
            editor_name: row.get("editor_name")?,
            returned: row.get("returned")?,
            published_at: row.get("published_at")?,
            version: row.get("version")?,
        })
    }
}

impl FromRow for Heading {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        Ok(Self {
            id: row.get("id")?,
            column: row.get("column_slug")?,
            state: State::parse(&row.get::<String>("state")?),
            title: row.get("title")?,
            number: row.get("number")?,
            maker: row.get("maker")?,
            written_on: row.get("written_on")?,
            published_on: row.get("published_on")?,
            editor_name: row.get("editor_name")?,
            updated_at: row.get("updated_at")?,
        })
    }
}
