//! A sheet of the catalogue: each of its resources is written down as a draft, in a transaction of its own. What is drafted
//! goes the way of all drafts: one sends it, another publishes it.

use std::io::Cursor;

use access::{Actor, Over, authorise};
use base::{Fault, Outcome, Refusal, Stop};
use frame::Hall;
use ledger::Act;
use sources::file::{Kind, Limits, Next, Reading, Table};

use super::provider_of;
use crate::acts::{classes, compile, guide};
use crate::rules::sheet::{Scribe, is_content, kept};
use crate::store as rows;
use crate::terms::{
    BadCell, COMPILE, DRAFTED, SUBJECT, SheetColumn, SheetLine, Written, numbers_of,
};

/// The columns of a sheet.
const COLUMNS: &str = include_str!("../../../data/sheet.json");
/// Whose numbers may stand in it for words.
const NUMBERS: &str = "guide-2017";
/// No sheet is larger.
pub const SHEET_BYTES_MAX: usize = 16 << 20;
/// So many lines it has at most.
const LINES_MAX: u64 = 200_000;

/// What stands in a sheet.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sheet {
    /// Its resources.
    pub resources: Vec<Written>,
    /// Lines that cannot be read at all.
    pub bad: Vec<BadCell>,
    /// Columns that are not looked at.
    pub unknown: Vec<String>,
    /// Columns that it has not, by their keys.
    pub unsaid: Vec<String>,
}

impl Sheet {
    /// What the columns are called that it has not, and of which a resource that stands keeps what it has.
    pub fn kept(&self) -> Outcome<Vec<String>> {
        let kept =
            |column: &SheetColumn| is_content(&column.key) && self.unsaid.contains(&column.key);
        let columns = columns()?.into_iter().filter(kept);
        Ok(columns.map(|column| column.heading.name).collect())
    }
}

/// The columns of a sheet, in the order of its cells.
pub fn columns() -> Outcome<Vec<SheetColumn>> {
    Ok(serde_json::from_str(COLUMNS).map_err(Fault::from)?)
}

/// Reads a sheet: CSV, a workbook or JSON. Refused where its headings lack one.
pub fn read_sheet(name: &str, bytes: &[u8]) -> Outcome<Sheet> {
    let (columns, classes) = (columns()?, classes()?);
    let numbers = numbers_of(NUMBERS)?.unwrap_or_default();
    let limits =
        Limits { bytes_max: SHEET_BYTES_MAX as u64, rows_max: LINES_MAX, ..Limits::default() };
    let headings = columns.iter().map(|column| column.heading.clone()).collect();
    let reading = Reading { headings, said: Kind::of_name(name), limits, ..Reading::default() };
    let told = |bad: sources::BadFile| -> Refusal {
        let refusal = bad.refusal();
        let words = refusal.message.clone();
        refusal.field("file", words)
    };
    let mut table = Table::open(Cursor::new(bytes), &reading).map_err(told)?;
    let (places, unknown) = (table.headings().places.clone(), table.headings().unknown.clone());
    let number = |line: u64| i64::try_from(line).unwrap_or(i64::MAX);
    let (mut lines, mut bad) = (Vec::new(), Vec::new());
    while let Some(next) = table.next_row().map_err(told)? {
        match next {
            Next::Row(row) if row.is_blank() => {}
            Next::Row(row) => {
                let cell = |at: &Option<usize>| at.map_or("", |at| row.text(at)).to_owned();
                let cells = places.iter().map(cell).collect();
                lines.push(SheetLine { line: number(row.line), cells });
            }
            Next::Trouble(troubles) => bad.extend(troubles.iter().map(|trouble| BadCell {
                line: number(trouble.line),
                field: trouble.column.clone(),
                rule: trouble.rule.clone(),
                words: trouble.words.clone(),
            })),
        }
    }
    let reader = Scribe { columns: &columns, classes: &classes, numbers: &numbers };
    let missing = columns.iter().zip(&places).filter(|(_, place)| place.is_none());
    let unsaid = missing.map(|(column, _)| column.key.clone()).collect();
    Ok(Sheet { resources: reader.resources(&lines), bad, unknown, unsaid })
}

/// What became of a resource of a sheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Drafted {
    /// A draft of it stands.
    Draft {
        /// Its key.
        key: String,
        /// Its code.
        code: String,
        /// The version that it will be.
        version: i64,
    },
    /// The newest version says the same already.
    Same {
        /// Its key.
        key: String,
        /// Its code.
        code: String,
    },
    /// Nothing was written, for these reasons.
    Wrong(Vec<BadCell>),
}

/// Whether somebody may write resources down at all: asked once before a long sheet.
pub async fn may_draft(hall: &Hall, editor: &Actor) -> Outcome<()> {
    let editor = editor.clone();
    hall.store.read(move |r| authorise(r, &editor, &COMPILE, Over::Any).map(|_| ())).await
}

/// Writes a resource of a sheet down, which lacks these columns. Of the same organ and name it is the next version, which keeps
/// what the sheet says nothing of; word for word the same it changes nothing.
pub async fn draft_in(
    hall: &Hall,
    editor: &Actor,
    written: &Written,
    unsaid: &[String],
) -> Outcome<Drafted> {
    if !written.wrong.is_empty() {
        return Ok(Drafted::Wrong(written.wrong.clone()));
    }
    let now = hall.now();
    let (act, guide, editor) = (Act::new(now, DRAFTED, SUBJECT, ""), guide(hall)?, editor.clone());
    let (brought, unsaid) = (written.resource.clone(), unsaid.to_vec());
    let outcome = hall
        .write(move |tx| {
            let mut resource = brought.clone();
            resource.provider = provider_of(tx, &resource.provider)?;
            let known = rows::head_by_name(tx, &resource.provider, &resource.name)?;
            if let Some(head) = &known {
                let standing = compile::newest(tx, head)?.resource;
                resource = kept(resource, &standing, &unsaid);
                if standing == resource {
                    return Ok(Drafted::Same { key: head.key.clone(), code: head.code.clone() });
                }
            }
            let key = known.as_ref().map(|head| head.key.as_str());
            let key = compile::write_in(tx, &editor, (key, &resource), (&act, &guide), now)?;
            let head = compile::found(tx, &key)?;
            Ok(Drafted::Draft { key, code: head.code, version: head.newest })
        })
        .await;
    match outcome {
        Err(Stop::Refused(refusal)) => Ok(Drafted::Wrong(of_refusal(written.line, &refusal)?)),
        outcome => outcome,
    }
}

/// What a refusal says, by the columns of the sheet.
fn of_refusal(line: i64, refusal: &Refusal) -> Outcome<Vec<BadCell>> {
    let columns = columns()?;
    let called = |field: &str| {
        let key = if field == "items" { "item_name" } else { field };
        let column = columns.iter().find(|column| column.key == key);
        column.map_or_else(|| "整行".to_owned(), |column| column.heading.name.clone())
    };
    if refusal.fields.is_empty() {
        let words = crate::acts::sets::said(refusal);
        return Ok(vec![BadCell { line, field: called(""), rule: "办理状态".into(), words }]);
    }
    let one = |one: &base::FieldError| BadCell {
        line,
        field: called(&one.field),
        rule: "编制指南的要求".into(),
        words: one.message.clone(),
    };
    Ok(refusal.fields.iter().map(one).collect())
}
