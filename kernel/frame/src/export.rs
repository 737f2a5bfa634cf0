//! What an office lets be taken out of the house. It declares it in its descriptor; an order of two people says what is
//! taken and for what, and the office that protects personal information carries it out.

use std::collections::BTreeMap;
use std::sync::Arc;

use access::Permission;
use ask::About;
use base::{Day, FieldError, Moment, Outcome};
use ledger::Sought;
use store::Reader;

use crate::hall::Hall;
use crate::office::Later;

/// Something that can be taken out by an order.
#[derive(Clone, Copy)]
pub struct Export {
    /// `approvals.cases`.
    pub name: &'static str,
    /// 办件.
    pub title: &'static str,
    /// What stands in the file, in a sentence.
    pub about: &'static str,
    /// Who may propose it: over the organ that the order names, or over the city.
    pub propose: &'static Permission,
    /// Who may agree; where none is named, who protects personal information.
    pub agree: Option<&'static Permission>,
    /// Whether an order is over the organ that the filter `organ` names, and over the city only without one.
    pub of_organs: bool,
    /// What stands in a row.
    pub columns: &'static [ExportColumn],
    /// By what the rows are narrowed.
    pub filters: &'static [ExportFilter],
    /// What is wrong with what was typed into the filters.
    pub check: fn(&Reader<'_>, &ExportAsked) -> Outcome<Vec<FieldError>>,
    /// How the rows are had.
    pub rows: ExportRows,
}

impl Export {
    /// Whether those who order it choose the columns.
    pub fn has_chosen_columns(&self) -> bool {
        matches!(self.rows, ExportRows::Table(_))
    }
}

/// A column of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExportColumn {
    /// `applicant`.
    pub name: &'static str,
    /// 申请人.
    pub title: &'static str,
    /// Whether what stands in it is personal.
    pub personal: bool,
}

/// A filter of an export.
#[derive(Clone, Copy, Debug)]
pub struct ExportFilter {
    /// `from`.
    pub name: &'static str,
    /// 从哪天起.
    pub title: &'static str,
    /// What is typed.
    pub kind: ExportFilterKind,
}

/// What is typed into a filter.
#[derive(Clone, Copy, Debug)]
pub enum ExportFilterKind {
    /// A day.
    Day,
    /// One of the organs.
    Organ,
    /// A service item, by name or by code; what is asked for is its code.
    Item,
    /// A word.
    Words,
    /// One of these: what is sent, and what people call it.
    One(fn(&Hall) -> Vec<(&'static str, String)>),
}

/// What an order asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExportAsked {
    /// What was typed into the filters, those left empty left out.
    pub filters: BTreeMap<String, String>,
    /// The columns, by name, in the order of their declaration.
    pub columns: Vec<String>,
    /// What is younger than the order is not taken.
    pub before: Option<Moment>,
}

/// The calendar's last year.
const END: Moment = Moment::from_millis(253_402_300_799_000);

impl ExportAsked {
    /// What was typed into a filter.
    pub fn said(&self, name: &str) -> &str {
        self.filters.get(name).map_or("", String::as_str)
    }

    /// The moments between the days `from` and `until`, or what is wrong with them.
    pub fn days(&self) -> Result<(Moment, Moment), Vec<FieldError>> {
        let mut wrong = Vec::new();
        let mut day = |field: &str| -> Option<Day> {
            let text = self.said(field);
            let read = Day::typed(text).ok();
            if read.is_none() && !text.is_empty() {
                let message = "请写完整的日期：年、月、日".into();
                wrong.push(FieldError { field: field.into(), message });
            }
            read
        };
        let (from, until) = (day("from"), day("until"));
        if let (Some(from), Some(until)) = (from, until)
            && until < from
        {
            let message = "截止日期在起始日期以前，请改正其中一个".into();
            wrong.push(FieldError { field: "until".into(), message });
        }
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let from = from.map_or(Moment::from_millis(0), Day::start);
        let until = until.map_or(END, |day| day.plus(1).start());
        Ok((from, self.before.map_or(until, |before| until.min(before))))
    }
}

/// A row of an export.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExportRow {
    /// One cell a column that was asked for.
    pub cells: Vec<String>,
    /// Whose data it is: each of them sees that it was taken out.
    pub people: Vec<About>,
}

/// Some rows of an export.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExportPage {
    /// The rows.
    pub rows: Vec<ExportRow>,
    /// Where the next page begins; none on the last.
    pub next: Option<String>,
}

/// Reads a page of rows: what was asked for, behind where, at most so many.
pub type ExportTable = fn(Arc<Hall>, ExportAsked, Option<String>, i64) -> Later<ExportPage>;

/// How the rows of an export are had.
#[derive(Clone, Copy)]
pub enum ExportRows {
    /// As a table, page by page.
    Table(ExportTable),
    /// As acts with their proof, those that this seeks.
    Acts(fn(&Reader<'_>, &ExportAsked) -> Outcome<Sought>),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(from: &str, until: &str) -> ExportAsked {
        let typed = [("from", from), ("until", until)];
        let typed = typed.into_iter().filter(|(_, text)| !text.is_empty());
        let filters = typed.map(|(name, text)| (name.to_owned(), text.to_owned())).collect();
        ExportAsked { filters, ..ExportAsked::default() }
    }

    #[test]
    fn the_last_day_counts_to_its_end_and_never_beyond_the_order() {
        let day = |day| Day::new(2026, 3, day).unwrap().start();
        assert_eq!(asked("2026-03-02", "2026-03-04").days(), Ok((day(2), day(5))));
        let cut = ExportAsked { before: Some(day(3)), ..asked("2026-03-02", "2026-03-04") };
        assert_eq!(cut.days(), Ok((day(2), day(3))));
        let wrong = |from, until| asked(from, until).days().unwrap_err()[0].field.clone();
        assert_eq!(wrong("昨天", ""), "from");
        assert_eq!(wrong("2026-03-02", "2026-03-01"), "until");
    }
}
