//! The organisation tree.

mod changes;
mod coming;

pub use changes::{
    OrganChange, OrganState, PostIn, change_organ, may_change_organ, organs_on, posts_in, states_of,
};
pub use coming::{
    ComingChange, ComingState, coming_by_id, coming_changes, coming_of, founding_of, put_coming,
    settle_coming, stuck_changes,
};

use base::{Day, Outcome};
use serde::{Deserialize, Serialize};
use store::{FromRow, Reader, Row, Store, Tx};

use crate::terms::Permit;

/// An organ: a government, a department, a district, a street.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Organ {
    /// Stable id: `ezhou-mzj`.
    pub id: String,
    /// The organ above it.
    pub parent: Option<String>,
    /// Full name: 鄂州市民政局.
    pub name: String,
    /// Short name: 市民政局.
    pub short_name: String,
    /// `government`, `department`, `district` or `street`.
    pub kind: String,
    /// Three digits, unique in the city: part of case numbers.
    pub code: String,
    /// Unified social credit code.
    pub credit_code: Option<String>,
    /// Division code.
    pub division: String,
    /// Ids from the root down: `/ezhou/ezhou-mzj/`.
    pub path: String,
    /// What it does, in plain sentences.
    pub duties: String,
    /// Telephone.
    pub phone: String,
    /// First day; the day zero for one that was there from the start.
    pub from: Day,
    /// Last day, if it has ended.
    pub until: Option<Day>,
    /// The organ that took its place.
    pub successor: Option<String>,
}

impl Organ {
    /// Whether there is such an organ on that day.
    pub fn stands(&self, on: Day) -> bool {
        self.from <= on && self.until.is_none_or(|until| on <= until)
    }
}

impl FromRow for Organ {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        Ok(Self {
            id: row.get("id")?,
            parent: row.get("parent")?,
            name: row.get("name")?,
            short_name: row.get("short_name")?,
            kind: row.get("kind")?,
            code: row.get("code")?,
            credit_code: row.get("credit_code")?,
            division: row.get("division")?,
            path: row.get("path")?,
            duties: row.get("duties")?,
            phone: row.get("phone")?,
            from: row.get("from_day")?,
            until: row.get("until_day")?,
            successor: row.get("successor")?,
        })
    }
}

const COLUMNS: &str = "id, parent, name, short_name, kind, code, credit_code, division, path, \
                       duties, phone, from_day, until_day, successor FROM access_organs";

/// An organ to be entered; the path follows from the parent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewOrgan {
    /// Stable id.
    pub id: String,
    /// The organ above it, which must stand already.
    pub parent: Option<String>,
    /// Full name.
    pub name: String,
    /// Short name.
    pub short_name: String,
    /// `government`, `department`, `district` or `street`.
    pub kind: String,
    /// Three digits.
    pub code: String,
    /// Unified social credit code.
    pub credit_code: Option<String>,
    /// Division code.
    pub division: String,
    /// Order among its sisters.
    pub place: i64,
    /// What it does.
    pub duties: String,
    /// Telephone.
    pub phone: String,
}

/// Enters an organ, or brings an entered one up to date. A parent that does not stand is a
/// constraint error of the caller's data.
pub fn put_organ(tx: &Tx<'_>, permit: &Permit, organ: &NewOrgan) -> Outcome<()> {
    put_organ_from(tx, permit, organ, Day::from_number(0))
}

/// The same from a day on, which is kept of an organ that is new.
fn put_organ_from(tx: &Tx<'_>, _permit: &Permit, organ: &NewOrgan, from: Day) -> Outcome<()> {
    let above: (String, String) = match &organ.parent {
        Some(parent) => tx.one(
            "SELECT path, district_path FROM access_organs WHERE id = $1",
            &[parent.as_str().into()],
        )?,
        None => ("/".into(), String::new()),
    };
    let path = format!("{}{}/", above.0, organ.id);
    let district = match (above.1.is_empty(), organ.kind.as_str()) {
        (true, "district") => path.clone(),
        _ => above.1,
    };
    tx.run(
        "INSERT INTO access_organs (id, parent, name, short_name, kind, code, credit_code, division,
                                    path, place, duties, phone, district_path, from_day)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, short_name = excluded.short_name,
             code = excluded.code, credit_code = excluded.credit_code, place = excluded.place,
             duties = excluded.duties, phone = excluded.phone",
        &[
            organ.id.as_str().into(),
            organ.parent.clone().into(),
            organ.name.as_str().into(),
            organ.short_name.as_str().into(),
            organ.kind.as_str().into(),
            organ.code.as_str().into(),
            organ.credit_code.clone().into(),
            organ.division.as_str().into(),
            path.into(),
            organ.place.into(),
            organ.duties.as_str().into(),
            organ.phone.as_str().into(),
            district.into(),
            from.into(),
        ],
    )?;
    tx.run(
        "INSERT INTO access_organ_states (organ, turn, from_day, parent, name, short_name)
         VALUES ($1, 0, $2, $3, $4, $5) ON CONFLICT (organ, turn) DO NOTHING",
        &[
            organ.id.as_str().into(),
            from.into(),
            organ.parent.clone().into(),
            organ.name.as_str().into(),
            organ.short_name.as_str().into(),
        ],
    )?;
    Ok(())
}

pub(crate) fn path_of(reader: &Reader<'_>, id: &str) -> Outcome<Option<String>> {
    Ok(reader.maybe("SELECT path FROM access_organs WHERE id = $1", &[id.into()])?)
}

/// The name of the city that stands in a database: of its topmost organ. `None` where there are no
/// tables yet, or no organ in them. Holds the thread up.
pub fn city_in(store: &Store) -> Outcome<Option<String>> {
    if !store.tables()?.iter().any(|table| table == "access_organs") {
        return Ok(None);
    }
    store.read_now(|reader| {
        Ok(reader.maybe(
            "SELECT name FROM access_organs WHERE parent IS NULL ORDER BY place LIMIT 1",
            &[],
        )?)
    })
}

/// The organ with this id.
pub fn organ_by_id(reader: &Reader<'_>, id: &str) -> Outcome<Option<Organ>> {
    Ok(reader.maybe(&format!("SELECT {COLUMNS} WHERE id = $1"), &[id.into()])?)
}

/// The organ with this id, or with this unified social credit code: programs of other houses know one of the two.
pub fn organ_by_id_or_credit(reader: &Reader<'_>, named: &str) -> Outcome<Option<Organ>> {
    if let Some(organ) = organ_by_id(reader, named)? {
        return Ok(Some(organ));
    }
    // A city has some hundred organs, so that a table read whole is no matter.
    let sql =
        format!("SELECT {COLUMNS} WHERE credit_code = $1 ORDER BY until_day NULLS FIRST LIMIT 1");
    Ok(reader.maybe(&sql, &[named.into()])?)
}

/// An organ whose successor has ended, too, has its successor's; so often at most.
const GENERATIONS: usize = 20;

/// The organ that answers for what this one did: itself while it stands, else the successor that stands.
pub fn organ_answering(reader: &Reader<'_>, id: &str) -> Outcome<Option<Organ>> {
    let mut one = organ_by_id(reader, id)?;
    for _ in 0..GENERATIONS {
        match one {
            Some(Organ { successor: Some(next), .. }) => one = organ_by_id(reader, &next)?,
            found => return Ok(found.filter(|organ| organ.until.is_none())),
        }
    }
    Ok(None)
}

/// Those of these organs that have ended by a day; at most 100 are asked about.
pub fn organs_ended(reader: &Reader<'_>, ids: &[String], on: Day) -> Outcome<Vec<Organ>> {
    let ids: Vec<&String> = ids.iter().take(100).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let places: Vec<String> = (2..ids.len() + 2).map(|place| format!("${place}")).collect();
    let mut values: Vec<store::Value> = vec![on.into()];
    values.extend(ids.into_iter().map(|id| id.as_str().into()));
    let sql = format!(
        "SELECT {COLUMNS} WHERE id IN ({}) AND until_day IS NOT NULL AND until_day < $1",
        places.join(", ")
    );
    Ok(reader.all(&sql, &values)?)
}

/// The organs right below one, in their order.
pub fn children_of(reader: &Reader<'_>, parent: &str) -> Outcome<Vec<Organ>> {
    Ok(reader.all(
        &format!("SELECT {COLUMNS} WHERE parent = $1 ORDER BY place, id LIMIT 1000"),
        &[parent.into()],
    )?)
}

/// All organs, parents before children. A city has some hundred.
pub fn organs(reader: &Reader<'_>) -> Outcome<Vec<Organ>> {
    Ok(reader.all(&format!("SELECT {COLUMNS} ORDER BY path LIMIT 5000"), &[])?)
}

/// The ids of an organ and of all below it. Ids are ASCII, so `0` follows `/` in every collation
/// that is used here.
pub fn subtree_of(reader: &Reader<'_>, id: &str) -> Outcome<Vec<String>> {
    let Some(path) = path_of(reader, id)? else { return Ok(Vec::new()) };
    let end = format!("{}0", path.trim_end_matches('/'));
    Ok(reader.all(
        "SELECT id FROM access_organs WHERE path >= $1 AND path < $2 ORDER BY path",
        &[path.into(), end.into()],
    )?)
}
