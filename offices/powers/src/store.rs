//! The SQL of the library of powers.

use std::collections::BTreeSet;

use access::Permit;
use base::{Day, Fault, Id, Moment, Outcome};
use powers_contract::ItemVersion;
use serde_json::Value;
use store::{FromRow, Reader, Row, Tx};

use crate::rules::Whole;
use crate::terms::{Codes, Item, Laws, Theme, ThemeKind, Version, shipped};

/// A version as the library keeps it.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Names the row.
    pub id: Id<Version>,
    /// The item.
    pub item: Item,
    /// Its form; null when there is none.
    pub form: Value,
    /// What its short names of laws stand for. Empty in versions that an earlier program published:
    /// their laws ship with the program.
    pub laws: Laws,
    /// The last day it is in force, when a later version follows.
    pub effective_to: Option<Day>,
    /// When it was published.
    pub published_at: Moment,
}

impl FromRow for Entry {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        let json = |column: &str| row.get::<String>(column);
        let wrong = |error: serde_json::Error| store::Error::Other(Box::new(error));
        Ok(Self {
            id: row.get("id")?,
            item: serde_json::from_str(&json("body")?).map_err(wrong)?,
            form: serde_json::from_str(&json("form")?).map_err(wrong)?,
            laws: serde_json::from_str(&json("laws")?).map_err(wrong)?,
            effective_to: row.get("effective_to")?,
            published_at: row.get("published_at")?,
        })
    }
}

/// A line of a list.
#[derive(Clone, Debug)]
pub struct Line {
    /// Local code; lists go by it.
    pub code: String,
    /// Name in URLs.
    pub slug: String,
    /// Name.
    pub name: String,
    /// The organ's full name.
    pub organ_name: String,
    /// The item.
    pub item: Item,
}

impl FromRow for Line {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        let body: String = row.get("body")?;
        Ok(Self {
            code: row.get("local_code")?,
            slug: row.get("slug")?,
            name: row.get("name")?,
            organ_name: row.get("organ_name")?,
            item: serde_json::from_str(&body)
                .map_err(|error| store::Error::Other(Box::new(error)))?,
        })
    }
}

const ENTRY: &str = "id, body, form, laws, effective_to, published_at FROM powers_items";

/// The version of an item in force on a day, by slug or by local code.
pub fn in_force(reader: &Reader<'_>, name: &str, day: Day) -> Outcome<Option<Entry>> {
    let column = if is_code(name) { "local_code" } else { "slug" };
    Ok(reader.maybe(
        &format!(
            "SELECT {ENTRY} WHERE {column} = $1 AND state = 'published' AND effective_from <= $2
               AND (effective_to IS NULL OR effective_to >= $2)
             ORDER BY version DESC LIMIT 1"
        ),
        &[name.into(), day.into()],
    )?)
}

/// The id of the version of an item in force on a day, by slug or by local code.
pub fn id_in_force(reader: &Reader<'_>, name: &str, day: Day) -> Outcome<Option<Id<Version>>> {
    let column = if is_code(name) { "local_code" } else { "slug" };
    Ok(reader.maybe(
        &format!(
            "SELECT id FROM powers_items
             WHERE {column} = $1 AND state = 'published' AND effective_from <= $2
               AND (effective_to IS NULL OR effective_to >= $2)
             ORDER BY version DESC LIMIT 1"
        ),
        &[name.into(), day.into()],
    )?)
}

/// A local code begins with a digit, a slug never does.
fn is_code(name: &str) -> bool {
    name.bytes().next().is_some_and(|first| first.is_ascii_digit())
}

/// A row by its id, in whatever state.
pub fn entry(reader: &Reader<'_>, id: Id<Version>) -> Outcome<Option<Entry>> {
    Ok(reader.maybe(&format!("SELECT {ENTRY} WHERE id = $1"), &[id.into()])?)
}

/// The newest version of an item, in whatever state.
pub fn newest(reader: &Reader<'_>, slug: &str) -> Outcome<Option<Entry>> {
    Ok(reader.maybe(
        &format!("SELECT {ENTRY} WHERE slug = $1 ORDER BY version DESC LIMIT 1"),
        &[slug.into()],
    )?)
}

/// A version of an item by its number, in whatever state.
pub fn version(reader: &Reader<'_>, slug: &str, version: i64) -> Outcome<Option<Entry>> {
    Ok(reader.maybe(
        &format!("SELECT {ENTRY} WHERE slug = $1 AND version = $2"),
        &[slug.into(), version.into()],
    )?)
}

/// The other item, if any, that has this local code from a day on.
pub fn other_with_code(
    reader: &Reader<'_>,
    local_code: &str,
    slug: &str,
    from: Day,
) -> Outcome<Option<String>> {
    Ok(reader.maybe(
        "SELECT slug FROM powers_items
         WHERE local_code = $1 AND slug <> $2 AND state = 'published'
           AND (effective_to IS NULL OR effective_to >= $3)
         ORDER BY version DESC LIMIT 1",
        &[local_code.into(), slug.into(), from.into()],
    )?)
}

/// Enters a version. Its predecessor ends on the day before.
pub fn publish(
    tx: &Tx<'_>,
    _permit: &Permit,
    id: Id<Version>,
    whole: Whole<'_>,
    now: Moment,
) -> Outcome<()> {
    let Whole { item, form, laws } = whole;
    let body = serde_json::to_string(item).map_err(Fault::from)?;
    let laws = serde_json::to_string(laws).map_err(Fault::from)?;
    tx.run(
        "UPDATE powers_items SET effective_to = $3
         WHERE slug = $1 AND version < $2 AND (effective_to IS NULL OR effective_to > $3)",
        &[item.slug.as_str().into(), item.version.into(), item.effective_from.plus(-1).into()],
    )?;
    tx.run(
        "INSERT INTO powers_items (id, slug, local_code, base_code, impl_code, version, name, organ,
                                   organ_name, kind, state, effective_from, effective_to, body,
                                   form, published_at, laws)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, NULL, $13, $14, $15, $16)",
        &[
            id.into(),
            item.slug.as_str().into(),
            item.local_code.as_str().into(),
            item.base_code.as_str().into(),
            item.impl_code.as_str().into(),
            item.version.into(),
            item.name.as_str().into(),
            item.organ.as_str().into(),
            item.organ_name().into(),
            item.kind.as_str().into(),
            item.state.as_str().into(),
            item.effective_from.into(),
            body.into(),
            form.to_string().into(),
            now.into(),
            laws.into(),
        ],
    )?;
    for (facet, code) in facets(item) {
        put_facet(tx, id, facet, code)?;
    }
    Ok(())
}

fn put_facet(tx: &Tx<'_>, id: Id<Version>, facet: &str, code: &str) -> Outcome<()> {
    tx.run(
        "INSERT INTO powers_facets (item, facet, code) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        &[id.into(), facet.into(), code.into()],
    )?;
    Ok(())
}

/// Enters a theme of the city's own, or gives it other words. A new one stands after the others.
pub fn put_theme(tx: &Tx<'_>, _permit: &Permit, theme: &Theme) -> Outcome<()> {
    tx.run(
        "INSERT INTO powers_themes (code, kind, title, hint, place)
         VALUES ($1, $2, $3, $4, (SELECT COALESCE(MAX(place), 0) + 1 FROM powers_themes))
         ON CONFLICT (code) DO UPDATE SET kind = excluded.kind, title = excluded.title,
             hint = excluded.hint",
        &[
            theme.code.as_str().into(),
            theme.kind.as_str().into(),
            theme.title.as_str().into(),
            theme.hint.as_str().into(),
        ],
    )?;
    Ok(())
}

impl FromRow for Theme {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        let kind: String = row.get("kind")?;
        Ok(Self {
            // An unknown kind, written by a newer program, is found by nobody here.
            kind: ThemeKind::parse(&kind).unwrap_or(ThemeKind::Event),
            code: row.get("code")?,
            title: row.get("title")?,
            hint: row.get("hint")?,
        })
    }
}

/// The code tables as they stand in the city: those that ship with the program, and its own themes.
pub fn codes(reader: &Reader<'_>) -> Outcome<Codes> {
    let own = reader.all(
        "SELECT code, kind, title, hint FROM powers_themes ORDER BY place, code LIMIT 2000",
        &[],
    )?;
    Ok(shipped::codes()?.with_themes(own))
}

fn facets(item: &Item) -> Vec<(&'static str, &str)> {
    let mut facets = vec![("organ", item.organ.as_str())];
    facets.extend(item.list("natural_person_theme").into_iter().map(|code| ("theme", code)));
    facets.extend(item.list("legal_person_theme").into_iter().map(|code| ("theme", code)));
    facets.extend(item.life_events.iter().map(|code| ("event", code.as_str())));
    if item.for_persons() {
        facets.push(("object", "person"));
    }
    if item.for_firms() {
        facets.push(("object", "firm"));
    }
    facets
}

/// What the list is narrowed by; `None` is not narrowed.
#[derive(Clone, Debug, Default)]
pub struct Narrowed {
    /// Organ id.
    pub organ: Option<String>,
    /// Code of a theme.
    pub theme: Option<String>,
    /// Code of an event.
    pub event: Option<String>,
    /// `person` or `firm`.
    pub object: Option<String>,
}

impl Narrowed {
    fn chosen(&self) -> Vec<(&'static str, &str)> {
        [
            ("organ", &self.organ),
            ("theme", &self.theme),
            ("event", &self.event),
            ("object", &self.object),
        ]
        .into_iter()
        .filter_map(|(facet, code)| Some((facet, code.as_deref()?)))
        .collect()
    }

    /// Whether anything is chosen.
    pub fn is_empty(&self) -> bool {
        self.chosen().is_empty()
    }
}

const STANDING: &str = "i.state = 'published' AND i.effective_from <= $1
                        AND (i.effective_to IS NULL OR i.effective_to >= $1)";

/// The condition of every chosen facet, with the values that belong to it from `$first` on.
fn narrowing(narrowed: &Narrowed, first: usize) -> (String, Vec<store::Value>) {
    let (mut sql, mut values) = (String::new(), Vec::new());
    for (place, (facet, code)) in narrowed.chosen().into_iter().enumerate() {
        let (facet_at, code_at) = (first + place * 2, first + place * 2 + 1);
        sql.push_str(&format!(
            " AND EXISTS (SELECT 1 FROM powers_facets f
                          WHERE f.item = i.id AND f.facet = ${facet_at} AND f.code = ${code_at})"
        ));
        values.extend([facet.into(), code.into()]);
    }
    (sql, values)
}

/// The items in force on a day, by local code, after `after`.
pub fn list(
    reader: &Reader<'_>,
    day: Day,
    narrowed: &Narrowed,
    after: &str,
    limit: i64,
) -> Outcome<Vec<Line>> {
    let (conditions, more) = narrowing(narrowed, 4);
    let mut values = vec![day.into(), after.into(), limit.into()];
    values.extend(more);
    Ok(reader.all(
        &format!(
            "SELECT i.local_code, i.slug, i.name, i.organ_name, i.body FROM powers_items i
             WHERE {STANDING} AND i.local_code > $2{conditions}
             ORDER BY i.local_code LIMIT $3"
        ),
        &values,
    )?)
}

/// What the items are called that are in force on a day: code, slug, name, the organ's name; those of one organ, or of
/// all where none is named, whose names hold these words.
pub fn names(
    reader: &Reader<'_>,
    day: Day,
    (organ, words): (&str, &str),
    limit: i64,
) -> Outcome<Vec<(String, String, String, String)>> {
    let narrowed = Narrowed {
        organ: Some(organ.to_owned()).filter(|organ| !organ.is_empty()),
        ..Narrowed::default()
    };
    let escaped = words.trim().to_lowercase().replace('!', "!!").replace('%', "!%");
    let like = format!("%{}%", escaped.replace('_', "!_"));
    let (conditions, more) = narrowing(&narrowed, 4);
    let mut values = vec![day.into(), like.as_str().into(), limit.into()];
    values.extend(more);
    Ok(reader.all(
        &format!(
            "SELECT i.local_code, i.slug, i.name, i.organ_name FROM powers_items i
             WHERE {STANDING} AND lower(i.name) LIKE $2 ESCAPE '!'{conditions}
             ORDER BY i.local_code LIMIT $3"
        ),
        &values,
    )?)
}

/// What the items of these codes are called, by their newest version: code, slug, name, the organ's name.
pub fn names_of(
    reader: &Reader<'_>,
    codes: &[String],
) -> Outcome<Vec<(String, String, String, String)>> {
    if codes.is_empty() {
        return Ok(Vec::new());
    }
    let values: Vec<store::Value> = codes.iter().map(|code| code.as_str().into()).collect();
    Ok(reader.all(
        &format!(
            "SELECT i.local_code, i.slug, i.name, i.organ_name FROM powers_items i
             WHERE i.local_code IN ({}) AND i.version = (
                 SELECT MAX(o.version) FROM powers_items o WHERE o.local_code = i.local_code)
             ORDER BY i.local_code",
            places(1, values.len())
        ),
        &values,
    )?)
}

/// The forms of these versions, as JSON.
pub fn forms(reader: &Reader<'_>, versions: &[ItemVersion]) -> Outcome<Vec<(ItemVersion, String)>> {
    if versions.is_empty() {
        return Ok(Vec::new());
    }
    let codes: BTreeSet<&str> = versions.iter().map(|one| one.code.as_str()).collect();
    let numbers: BTreeSet<i64> = versions.iter().map(|one| one.version).collect();
    let mut values: Vec<store::Value> = codes.iter().map(|code| (*code).into()).collect();
    values.extend(numbers.iter().map(|number| store::Value::from(*number)));
    let rows: Vec<(String, i64, String)> = reader.all(
        &format!(
            "SELECT local_code, version, form FROM powers_items
             WHERE local_code IN ({}) AND version IN ({})",
            places(1, codes.len()),
            places(codes.len() + 1, numbers.len())
        ),
        &values,
    )?;
    let all = rows.into_iter().map(|(code, version, form)| (ItemVersion { code, version }, form));
    Ok(all.filter(|(of, _)| versions.contains(of)).collect())
}

/// `count` places for values from the `from`th on.
fn places(from: usize, count: usize) -> String {
    let places: Vec<String> = (from..from + count).map(|place| format!("${place}")).collect();
    places.join(", ")
}

/// The items of these slugs that are in force, in the order of the slugs: what a search has found.
pub fn lines(reader: &Reader<'_>, slugs: &[String], day: Day) -> Outcome<Vec<Line>> {
    if slugs.is_empty() {
        return Ok(Vec::new());
    }
    let places: Vec<String> = (2..slugs.len() + 2).map(|place| format!("${place}")).collect();
    let mut values = vec![day.into()];
    values.extend(slugs.iter().map(Into::into));
    let mut lines: Vec<Line> = reader.all(
        &format!(
            "SELECT i.local_code, i.slug, i.name, i.organ_name, i.body FROM powers_items i
             WHERE {STANDING} AND i.slug IN ({})",
            places.join(", ")
        ),
        &values,
    )?;
    lines.sort_by_key(|line| slugs.iter().position(|slug| *slug == line.slug));
    Ok(lines)
}

/// How many items are in force on a day.
pub fn tally(reader: &Reader<'_>, day: Day, narrowed: &Narrowed) -> Outcome<i64> {
    let (conditions, more) = narrowing(narrowed, 2);
    let mut values = vec![day.into()];
    values.extend(more);
    let sql =
        format!("SELECT CAST(COUNT(*) AS BIGINT) FROM powers_items i WHERE {STANDING}{conditions}");
    Ok(reader.one(&sql, &values)?)
}

/// How many items in force each code of each facet has: facet, code, items.
pub fn tallies(reader: &Reader<'_>, day: Day) -> Outcome<Vec<(String, String, i64)>> {
    Ok(reader.all(
        &format!(
            "SELECT f.facet, f.code, CAST(COUNT(*) AS BIGINT) FROM powers_facets f
             WHERE f.item IN (SELECT i.id FROM powers_items i WHERE {STANDING})
             GROUP BY f.facet, f.code ORDER BY f.facet, f.code LIMIT 2000"
        ),
        &[day.into()],
    )?)
}

/// The organs that have items in force: id, full name, items.
pub fn organs(reader: &Reader<'_>, day: Day) -> Outcome<Vec<(String, String, i64)>> {
    Ok(reader.all(
        &format!(
            "SELECT i.organ, MAX(i.organ_name), CAST(COUNT(*) AS BIGINT) FROM powers_items i
             WHERE {STANDING} GROUP BY i.organ ORDER BY i.organ LIMIT 500"
        ),
        &[day.into()],
    )?)
}
