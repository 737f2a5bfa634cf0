//! Rows: what a query gives, one at a time.

use crate::error::Error;
use crate::value::{FromValue, ValueRef};

/// One row of a result, while the query stands on it.
pub struct Row<'a> {
    cells: &'a dyn Cells,
}

/// What a database's row can do.
pub(crate) trait Cells {
    /// The place of a column, if there is one of that name.
    fn place(&self, column: &str) -> Option<usize>;
    /// The value at a place.
    fn cell(&self, place: usize) -> Result<ValueRef<'_>, Error>;
}

impl<'a> Row<'a> {
    pub(crate) fn new(cells: &'a dyn Cells) -> Self {
        Self { cells }
    }

    /// The column of this name.
    pub fn get<T: FromValue>(&self, column: &str) -> Result<T, Error> {
        let wrong = || Error::Type { column: column.to_owned(), wanted: T::WANTED };
        let place = self.cells.place(column).ok_or_else(|| Error::Column(column.to_owned()))?;
        T::from_value(self.cells.cell(place)?).ok_or_else(wrong)
    }

    /// The column at this place, counted from 0.
    pub fn at<T: FromValue>(&self, place: usize) -> Result<T, Error> {
        let wrong = || Error::Type { column: format!("#{place}"), wanted: T::WANTED };
        T::from_value(self.cells.cell(place)?).ok_or_else(wrong)
    }
}

/// A type that a row can be read as.
pub trait FromRow: Sized {
    /// The row as this type.
    fn from_row(row: &Row<'_>) -> Result<Self, Error>;
}

/// A row of one column.
impl<T: FromValue> FromRow for T {
    fn from_row(row: &Row<'_>) -> Result<Self, Error> {
        row.at(0)
    }
}

macro_rules! tuple_from_row {
    ($($name:ident $place:literal),+) => {
        /// A row of so many columns, by their places.
        impl<$($name: FromValue),+> FromRow for ($($name,)+) {
            fn from_row(row: &Row<'_>) -> Result<Self, Error> {
                Ok(($(row.at::<$name>($place)?,)+))
            }
        }
    };
}

tuple_from_row!(A 0);
tuple_from_row!(A 0, B 1);
tuple_from_row!(A 0, B 1, C 2);
tuple_from_row!(A 0, B 1, C 2, D 3);
tuple_from_row!(A 0, B 1, C 2, D 3, E 4);
tuple_from_row!(A 0, B 1, C 2, D 3, E 4, F 5);
tuple_from_row!(A 0, B 1, C 2, D 3, E 4, F 5, G 6);
tuple_from_row!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);
tuple_from_row!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8);
tuple_from_row!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9);
