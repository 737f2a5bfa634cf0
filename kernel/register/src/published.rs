//! What a gateway has published as the source of a load: a part is read at a time, and again from its beginning. Where
//! somebody stands in it more than once, the last counts.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use base::{Day, Outcome, Refusal, RefusalKind};
use sources::file::Headings;
use sources::{Batch, Mark};

use crate::file::{Columns, Fields};
use crate::terms::{Entry, Lines, Mode, Part, Publication, Reading, Refused, Register, Source};

/// Gives a part by its number, from 1; nothing where it is not kept any more. It blocks.
pub(crate) type Parts = Arc<dyn Fn(i64) -> Outcome<Option<Part>> + Send + Sync>;

/// The rule under which a report tells of rows that stayed with the department, on no line.
pub(crate) const LEFT: &str = "网关";

/// A publication as the source of a load; refused when its items are not those of the register.
pub(crate) fn source(
    register: &'static Register,
    columns: &'static Columns,
    (name, told): (String, &Publication),
    parts: Parts,
    today: Day,
) -> Outcome<Source> {
    let wanted = (columns.headings)();
    let headings = Headings::of(told.items.clone(), &wanted).map_err(|bad| unfit(&bad))?;
    let digest = told.digest()?;
    let whole = told.mode == Mode::Whole;
    let left = Left { rows: told.left.unsigned_abs(), words: told.left_behind() };
    let (places, of) = (headings.places, told.parts);
    let table = Table { register, columns, places, parts, today, of, left };
    let open = move || -> Outcome<Box<dyn Reading>> {
        let last = if whole { HashMap::new() } else { table.last()? };
        let read = VecDeque::new();
        let table = table.clone();
        let left = table.left.clone();
        Ok(Box::new(Rows { table, whole, last, part: 0, line: 0, read, left }))
    };
    let lines = usize::try_from(told.rows).unwrap_or_default();
    Ok(Source { kind: "gateway", name, digest, lines, open: Arc::new(open) })
}

fn unfit(bad: &sources::BadFile) -> Refusal {
    let words = format!("推送的信息项和登记库的不同，{bad}");
    Refusal::new(RefusalKind::Invalid, "register.items", words)
        .remedy("请部门在网关配置里改好信息项，再推送一次")
}

#[derive(Clone)]
struct Table {
    register: &'static Register,
    columns: &'static Columns,
    places: Vec<Option<usize>>,
    parts: Parts,
    today: Day,
    /// So many parts.
    of: i64,
    left: Left,
}

/// Rows that stayed with the department.
#[derive(Clone)]
struct Left {
    /// So many of which nothing was read yet.
    rows: u64,
    /// What is said of them, once.
    words: Option<String>,
}

impl Left {
    /// What is said of them in the report: they stand on no line of what came.
    fn said(&mut self) -> Option<Refused> {
        let words = self.words.take()?;
        Some(Refused { line: 0, field: "整行".into(), rule: LEFT.into(), words })
    }
}

impl Table {
    /// The rows of a part, one after another, numbered from behind `line`; whether each is gone. Gives those that stayed with
    /// the department.
    fn each(
        &self,
        part: i64,
        line: &mut u64,
        mut row: impl FnMut(&Fields<'_>, bool),
    ) -> Outcome<Vec<Vec<Option<String>>>> {
        let part = (self.parts)(part)?.ok_or_else(over)?;
        let mut cells = Batch::new();
        let mut gone = vec![false; part.rows.len()];
        for place in &part.gone {
            if let Some(one) = gone.get_mut(*place) {
                *one = true;
            }
        }
        for (one, gone) in part.rows.iter().zip(gone) {
            *line += 1;
            row(&self.fields(&mut cells, one, *line), gone);
        }
        Ok(part.left)
    }

    fn fields<'b>(&'b self, cells: &'b mut Batch, row: &[Option<String>], line: u64) -> Fields<'b> {
        cells.clear();
        for cell in row {
            match cell {
                Some(text) => cells.push(text.trim(), Mark::Plain),
                None => cells.push("", Mark::Null),
            }
        }
        Fields::of(cells.open_row(line), &self.places)
    }

    /// For each subject the last row on which it stands, from 1.
    fn last(&self) -> Outcome<HashMap<[u8; 32], u64>> {
        let (mut last, mut line) = (HashMap::new(), 0);
        for part in 1..=self.of {
            self.each(part, &mut line, |fields, _| {
                if let Some(key) = (self.columns.key)(fields) {
                    last.insert(seal::sm3(&[key.as_bytes()]), fields.line());
                }
            })?;
        }
        Ok(last)
    }
}

fn over() -> Refusal {
    let words = "推送的数据已经过了保存期，没有导入";
    Refusal::new(RefusalKind::NotFound, "register.part_gone", words).remedy("请部门再推送一次")
}

/// The rows of a publication, a part at a time.
struct Rows {
    table: Table,
    whole: bool,
    last: HashMap<[u8; 32], u64>,
    part: i64,
    line: u64,
    /// What was read of the part.
    read: VecDeque<Lines>,
    left: Left,
}

impl Reading for Rows {
    fn next(&mut self, upto: usize) -> Outcome<Option<Lines>> {
        if self.read.is_empty() && self.part < self.table.of {
            self.part += 1;
            self.read_part(upto)?;
        }
        Ok(self.read.pop_front())
    }
}

impl Rows {
    /// Reads a part; a large one is more than one may take at once.
    fn read_part(&mut self, upto: usize) -> Outcome<()> {
        let Self { table, whole, last, part, line, read: all, left } = self;
        let mut read = Lines::default();
        read.refused.extend(left.said());
        let stayed = table.each(*part, line, |fields, gone| {
            if read.entries.len().max(read.refused_lines as usize) >= upto {
                all.push_back(std::mem::take(&mut read));
            }
            if *whole {
                return read.take(table.columns, fields, table.today);
            }
            let (key, line) = ((table.columns.key)(fields), fields.line());
            let last = key.as_ref().and_then(|key| last.get(&seal::sm3(&[key.as_bytes()])));
            match (gone, key) {
                _ if last.is_some_and(|last| *last > line) => {}
                (false, _) => read.take(table.columns, fields, table.today),
                (true, Some(key)) => read.entries.push(Entry::gone(table.register, line, key)),
                (true, None) => read.refuse(table.register, line),
            }
        })?;
        // Who stands on a row that stayed with the department is not missing.
        let mut cells = Batch::new();
        for row in &stayed {
            read.refused_keys.extend((table.columns.key)(&table.fields(&mut cells, row, 0)));
        }
        let told = stayed.len() as u64;
        read.refused_lines += told;
        left.rows = left.rows.saturating_sub(told);
        if *part == table.of {
            read.refused_lines += std::mem::take(&mut left.rows);
        }
        all.push_back(read);
        Ok(())
    }
}

impl Lines {
    /// Refuses a row that should take somebody out and does not say whom.
    fn refuse(&mut self, register: &Register, line: u64) {
        let heading = register.key.1;
        let words = format!("这一行要取消登记，但是{heading}不对");
        self.refused.push(Refused { line, field: heading.into(), rule: "写法".into(), words });
        self.refused_lines += 1;
    }
}
