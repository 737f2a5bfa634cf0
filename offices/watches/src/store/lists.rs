//! Lists, their files, and the lines of those.

use access::Permit;
use base::{Day, Fault, Id, Moment, Outcome};
use seal::Keys;
use store::{FromRow, Reader, Row, Tx, Value};

use super::odd;
use crate::terms::{Extent, Line, Load, NUMBERS, PayList, Refused, Stage};

/// A city has some hundred lists; no page shows more.
const LISTS_MAX: i64 = 500;
/// A hundred people stand on no more lines that count.
const FOUND_MAX: i64 = 5_000;

impl FromRow for PayList {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        Ok(Self {
            id: row.get("id")?,
            organ: row.get("organ")?,
            organ_name: row.get("organ_name")?,
            name: row.get("name")?,
        })
    }
}

/// Puts a new list down.
pub fn put_list(tx: &Tx<'_>, _permit: &Permit, list: &PayList, now: Moment) -> Outcome<()> {
    tx.run(
        "INSERT INTO watches_lists (id, organ, organ_name, name, made_at) VALUES ($1, $2, $3, $4, $5)",
        &[
            list.id.into(),
            list.organ.as_str().into(),
            list.organ_name.as_str().into(),
            list.name.as_str().into(),
            now.into(),
        ],
    )?;
    Ok(())
}

/// A list.
pub fn list(reader: &Reader<'_>, id: Id<PayList>) -> Outcome<Option<PayList>> {
    Ok(reader.maybe(
        "SELECT id, organ, organ_name, name FROM watches_lists WHERE id = $1",
        &[id.into()],
    )?)
}

/// The list of this name of an organ.
pub fn list_by_name(reader: &Reader<'_>, organ: &str, name: &str) -> Outcome<Option<PayList>> {
    Ok(reader.maybe(
        "SELECT id, organ, organ_name, name FROM watches_lists WHERE organ = $1 AND name = $2",
        &[organ.into(), name.into()],
    )?)
}

/// The lists of an organ, or all.
pub fn lists(reader: &Reader<'_>, organ: Option<&str>) -> Outcome<Vec<PayList>> {
    let all = "SELECT id, organ, organ_name, name FROM watches_lists";
    Ok(match organ {
        Some(organ) => reader.all(
            &format!("{all} WHERE organ = $1 ORDER BY name LIMIT {LISTS_MAX}"),
            &[organ.into()],
        )?,
        None => reader.all(&format!("{all} ORDER BY organ, name LIMIT {LISTS_MAX}"), &[])?,
    })
}

/// The same, with how many lines of each count and when the last of them came.
pub fn lists_with_counts(
    reader: &Reader<'_>,
    organ: Option<&str>,
) -> Outcome<Vec<(PayList, i64, Option<Moment>)>> {
    let counts: Vec<(String, i64, Moment)> = reader.all(
        "SELECT list, CAST(SUM(taken) AS BIGINT) AS lines, CAST(MAX(at) AS BIGINT) AS at
         FROM watches_loads WHERE state = 'counts' GROUP BY list LIMIT 1000",
        &[],
    )?;
    let lists = lists(reader, organ)?;
    Ok(lists
        .into_iter()
        .map(|list| {
            let id = list.id.to_string();
            let known = counts.iter().find(|(of, ..)| *of == id);
            (list, known.map_or(0, |known| known.1), known.map(|known| known.2))
        })
        .collect())
}

const LOAD: &str = "id, list, place, extent, state, name, digest, by_name, at, read_lines, taken, refused, held, act, \
                    undone_at, undone_act, forgotten_at, forgotten_act FROM watches_loads";

impl FromRow for Load {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        Ok(Self {
            id: row.get("id")?,
            list: row.get("list")?,
            place: row.get("place")?,
            extent: Extent::parse(&row.get::<String>("extent")?).ok_or_else(|| odd("extent"))?,
            stage: Stage::parse(&row.get::<String>("state")?).ok_or_else(|| odd("state"))?,
            name: row.get("name")?,
            digest: row.get("digest")?,
            by_name: row.get("by_name")?,
            at: row.get("at")?,
            read: row.get("read_lines")?,
            taken: row.get("taken")?,
            refused: row.get("refused")?,
            held: row.get("held")?,
            act: row.get("act")?,
            undone_at: row.get("undone_at")?,
            undone_act: row.get("undone_act")?,
            forgotten_at: row.get("forgotten_at")?,
            forgotten_act: row.get("forgotten_act")?,
        })
    }
}

/// Puts a file down whose lines are about to be written.
pub fn begin_load(tx: &Tx<'_>, _permit: &Permit, load: &Load) -> Outcome<()> {
    tx.run(
        "INSERT INTO watches_loads (id, list, place, extent, state, replaced_by, name, digest, by_name, at,
                                    read_lines, taken, refused, held, act, undone_act)
         VALUES ($1, $2, 0, $3, 'staging', '', $4, $5, $6, $7, $8, $9, $10, 0, '', '')",
        &[
            load.id.into(),
            load.list.into(),
            load.extent.as_str().into(),
            load.name.as_str().into(),
            load.digest.into(),
            load.by_name.as_str().into(),
            load.at.into(),
            load.read.into(),
            load.taken.into(),
            load.refused.into(),
        ],
    )?;
    Ok(())
}

/// Writes a line, its number in the forms in which it is kept.
pub fn put_line(
    tx: &Tx<'_>,
    _permit: &Permit,
    load: Id<Load>,
    line: &Line,
    (sealed, blind): (&[u8], &[u8]),
) -> Outcome<()> {
    tx.run(
        "INSERT INTO watches_lines (load, line, number_sealed, number_blind, name, pays, since, until)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        &[
            load.into(),
            line.line.into(),
            sealed.into(),
            blind.into(),
            line.name.as_str().into(),
            line.pays.as_str().into(),
            line.since.into(),
            line.until.into(),
        ],
    )?;
    Ok(())
}

/// Writes why a line was not taken in.
pub fn put_refused(
    tx: &Tx<'_>,
    _permit: &Permit,
    load: Id<Load>,
    refused: &Refused,
) -> Outcome<()> {
    tx.run(
        "INSERT INTO watches_refused (load, line, field, rule, words) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (load, line, field) DO NOTHING",
        &[
            load.into(),
            refused.line.into(),
            refused.field.as_str().into(),
            refused.rule.as_str().into(),
            refused.words.as_str().into(),
        ],
    )?;
    Ok(())
}

/// The place of the next file of a list.
pub fn next_place(reader: &Reader<'_>, list: Id<PayList>) -> Outcome<i64> {
    Ok(reader.one(
        "SELECT CAST(COALESCE(MAX(place), 0) + 1 AS BIGINT) FROM watches_loads WHERE list = $1",
        &[list.into()],
    )?)
}

/// The place of the newest file of a list that counts; 0 where none does.
pub fn newest(reader: &Reader<'_>, list: Id<PayList>) -> Outcome<i64> {
    Ok(reader.one(
        "SELECT CAST(COALESCE(MAX(place), 0) AS BIGINT) FROM watches_loads WHERE list = $1 AND state = 'counts'",
        &[list.into()],
    )?)
}

/// What counted of a list gives its place to a whole one.
pub fn replace(tx: &Tx<'_>, _permit: &Permit, list: Id<PayList>, by: Id<Load>) -> Outcome<()> {
    tx.run(
        "UPDATE watches_loads SET state = 'replaced', replaced_by = $2 WHERE list = $1 AND state = 'counts'",
        &[list.into(), by.into()],
    )?;
    Ok(())
}

/// A file comes to count.
pub fn publish(
    tx: &Tx<'_>,
    _permit: &Permit,
    load: Id<Load>,
    (place, act): (i64, &str),
) -> Outcome<()> {
    let published = tx.run(
        "UPDATE watches_loads SET state = 'counts', place = $2, act = $3 WHERE id = $1 AND state = 'staging'",
        &[load.into(), place.into(), act.into()],
    )?;
    if published == 1 { Ok(()) } else { Err(Fault::said("a file of a list was swept away").into()) }
}

/// A file does not count any more.
pub fn undo(
    tx: &Tx<'_>,
    _permit: &Permit,
    load: Id<Load>,
    (at, act): (Moment, &str),
) -> Outcome<()> {
    tx.run(
        "UPDATE watches_loads SET state = 'undone', undone_at = $2, undone_act = $3 WHERE id = $1",
        &[load.into(), at.into(), act.into()],
    )?;
    Ok(())
}

/// What a file had taken the place of counts again.
pub fn restore(tx: &Tx<'_>, _permit: &Permit, by: Id<Load>) -> Outcome<()> {
    tx.run(
        "UPDATE watches_loads SET state = 'counts', replaced_by = '' WHERE replaced_by = $1 AND state = 'replaced'",
        &[by.into()],
    )?;
    Ok(())
}

/// A file.
pub fn load(reader: &Reader<'_>, id: Id<Load>) -> Outcome<Option<Load>> {
    Ok(reader.maybe(&format!("SELECT {LOAD} WHERE id = $1"), &[id.into()])?)
}

/// The files of a list that came to count, the newest first, before a place.
pub fn loads_of(
    reader: &Reader<'_>,
    list: Id<PayList>,
    (before, limit): (i64, i64),
) -> Outcome<Vec<Load>> {
    let sql = format!(
        "SELECT {LOAD} WHERE list = $1 AND state IN ('counts', 'replaced', 'undone', 'forgotten') AND place < $2
         ORDER BY place DESC LIMIT $3"
    );
    Ok(reader.all(&sql, &[list.into(), before.into(), limit.into()])?)
}

/// The files that count, of a list or of all.
pub fn counting(reader: &Reader<'_>, list: Option<Id<PayList>>) -> Outcome<Vec<Load>> {
    Ok(match list {
        Some(list) => reader.all(
            &format!(
                "SELECT {LOAD} WHERE list = $1 AND state = 'counts' ORDER BY place LIMIT 1000"
            ),
            &[list.into()],
        )?,
        None => reader.all(
            &format!("SELECT {LOAD} WHERE state = 'counts' ORDER BY at, id LIMIT 5000"),
            &[],
        )?,
    })
}

/// Notes that the running watches were held against all of a file.
pub fn note_load_held(tx: &Tx<'_>, _permit: &Permit, load: Id<Load>) -> Outcome<()> {
    tx.run("UPDATE watches_loads SET held = 1 WHERE id = $1", &[load.into()])?;
    Ok(())
}

/// A line that counts, with the list and the file in which it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paid {
    /// The list.
    pub list: PayList,
    /// The file's load.
    pub load: String,
    /// The file's name.
    pub file: String,
    /// When it came.
    pub came: Moment,
    /// The line of the file.
    pub line: i64,
    number_sealed: Vec<u8>,
    number_blind: Vec<u8>,
    /// As the department calls them.
    pub name: String,
    /// What is paid.
    pub pays: String,
    /// Since when.
    pub since: Option<Day>,
    /// Until when.
    pub until: Option<Day>,
}

impl Paid {
    /// Whether the number is the one of these forms.
    pub fn is_of(&self, forms: &[Vec<u8>; 2]) -> bool {
        forms.contains(&self.number_blind)
    }

    /// The citizen number.
    pub fn number(&self, keys: &Keys) -> Outcome<String> {
        let number = keys.unseal(NUMBERS, &self.number_sealed).map_err(Fault::from)?;
        Ok(String::from_utf8(number).map_err(Fault::from)?)
    }
}

impl FromRow for Paid {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        Ok(Self {
            list: PayList {
                id: row.get("list")?,
                organ: row.get("organ")?,
                organ_name: row.get("organ_name")?,
                name: row.get("list_name")?,
            },
            load: row.get("load")?,
            file: row.get("file")?,
            came: row.get("came")?,
            line: row.get("line")?,
            number_sealed: row.get("number_sealed")?,
            number_blind: row.get("number_blind")?,
            name: row.get("name")?,
            pays: row.get("pays")?,
            since: row.get("since")?,
            until: row.get("until")?,
        })
    }
}

const PAID: &str = "l.load, l.line, l.number_sealed, l.number_blind, l.name, l.pays, l.since, l.until, o.name AS file, o.at AS came, o.list, \
                    s.name AS list_name, s.organ, s.organ_name
             FROM watches_lines l JOIN watches_loads o ON o.id = l.load JOIN watches_lists s ON s.id = o.list";

/// Lines of a file that counts, behind a line of it.
pub fn paid_of(
    reader: &Reader<'_>,
    load: Id<Load>,
    (after, limit): (i64, i64),
) -> Outcome<Vec<Paid>> {
    let sql = format!(
        "SELECT {PAID} WHERE l.load = $1 AND l.line > $2 AND o.state = 'counts' ORDER BY l.line LIMIT $3"
    );
    Ok(reader.all(&sql, &[load.into(), after.into(), limit.into()])?)
}

/// What counts of one person.
pub fn paid_to(reader: &Reader<'_>, forms: [Vec<u8>; 2]) -> Outcome<Vec<Paid>> {
    paid_to_all(reader, &[forms])
}

/// What counts of these people, on whichever list, in the order of files and lines.
pub fn paid_to_all(reader: &Reader<'_>, people: &[[Vec<u8>; 2]]) -> Outcome<Vec<Paid>> {
    if people.is_empty() {
        return Ok(Vec::new());
    }
    let forms: Vec<Value> = people.iter().flatten().map(|form| form.as_slice().into()).collect();
    let places: Vec<String> = (1..=forms.len()).map(|place| format!("${place}")).collect();
    // The state as an expression, so that the number leads and not the files that count: those are all lines.
    let sql = format!(
        "SELECT {PAID} WHERE l.number_blind IN ({}) AND (o.state || '') = 'counts' LIMIT {FOUND_MAX}",
        places.join(", ")
    );
    let mut found: Vec<Paid> = reader.all(&sql, &forms)?;
    found.sort_by(|one, other| (&one.load, one.line).cmp(&(&other.load, other.line)));
    Ok(found)
}

/// How many lines that count stand under another name elsewhere; of a list or of all. As with [`matches`].
pub fn two_names(reader: &Reader<'_>, list: Option<Id<PayList>>) -> Outcome<i64> {
    let all = "SELECT CAST(COUNT(*) AS BIGINT) FROM watches_loads o
               JOIN watches_lines l ON l.load = o.id
               WHERE o.state = 'counts' AND EXISTS (
                   SELECT 1 FROM watches_lines m JOIN watches_loads p ON p.id = m.load
                   WHERE m.number_blind = l.number_blind AND m.name <> l.name AND (p.state || '') = 'counts')";
    Ok(match list {
        Some(list) => reader.one(&format!("{all} AND o.list = $1"), &[list.into()])?,
        None => reader.one(all, &[])?,
    })
}

/// How many lines that count are paid to somebody who had died before the payment ended; of a list or of all. What a key
/// that is being exchanged hides for a moment is not counted: it is found all the same.
pub fn matches(reader: &Reader<'_>, list: Option<Id<PayList>>) -> Outcome<i64> {
    let all = "SELECT CAST(COUNT(*) AS BIGINT) FROM watches_loads o
               JOIN watches_lines l ON l.load = o.id
               JOIN watches_deaths d ON d.person_blind = l.number_blind
               WHERE o.state = 'counts' AND (l.until IS NULL OR l.until >= d.died)";
    Ok(match list {
        Some(list) => reader.one(&format!("{all} AND o.list = $1"), &[list.into()])?,
        None => reader.one(all, &[])?,
    })
}

impl FromRow for Refused {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        Ok(Self {
            line: row.get("line")?,
            field: row.get("field")?,
            rule: row.get("rule")?,
            words: row.get("words")?,
        })
    }
}

/// What was wrong with lines of a file, behind a line and a field.
pub fn refused(
    reader: &Reader<'_>,
    load: Id<Load>,
    (line, field): (i64, &str),
    limit: i64,
) -> Outcome<Vec<Refused>> {
    Ok(reader.all(
        "SELECT line, field, rule, words FROM watches_refused
         WHERE load = $1 AND (line, field) > ($2, $3) ORDER BY line, field LIMIT $4",
        &[load.into(), line.into(), field.into(), limit.into()],
    )?)
}
