//! The few queries that are put to a department's database, and how names and values come into them.
//!
//! - A name is taken from the shape that the database itself described, never from a configuration;
//!   what a configuration says is only compared with it. It is then quoted as the dialect quotes names,
//!   with its own quotes doubled.
//! - A value is written by the kind of its column: a number only if it consists of digits (and one point),
//!   truth as one of two words, all else as a text. PostgreSQL and SQLite know one sign of meaning inside
//!   a text, the quote, which is doubled (`standard_conforming_strings` is on in our sessions); MariaDB and
//!   MySQL know more, so that the bytes are written as hexadecimal digits there. NUL is refused.
//! - There is nothing else: no expression, no function, no fragment.

use super::{Column, ColumnKind, Filter, Operator, TableShape, Unread};

/// Whose SQL it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    Postgres,
    Mysql,
    Sqlite,
}

/// Where in the order of its columns a query begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Begin<'q> {
    /// With the first row. Rows without a value in the first column of the order are left out if there
    /// is an order.
    First,
    /// With the rows whose first column of the order is at least this.
    AtLeast(&'q str),
    /// After the row with these values.
    After(&'q [String]),
}

/// A query.
pub(super) struct Query<'q> {
    pub(super) table: &'q TableShape,
    pub(super) columns: &'q [&'q Column],
    pub(super) filters: &'q [Filter],
    pub(super) order: &'q [&'q Column],
    pub(super) begin: Begin<'q>,
}

impl Dialect {
    /// A name, quoted.
    pub(super) fn name(self, name: &str) -> Result<String, Unread> {
        if name.is_empty() || name.contains('\0') {
            return Err(Unread::Unfit(format!("名称“{}”无法使用", name.escape_debug())));
        }
        Ok(match self {
            Self::Mysql => format!("`{}`", name.replace('`', "``")),
            Self::Postgres | Self::Sqlite => format!("\"{}\"", name.replace('"', "\"\"")),
        })
    }

    /// A table, with its schema.
    pub(super) fn table(self, table: &TableShape) -> Result<String, Unread> {
        let name = self.name(&table.name)?;
        if table.schema.is_empty() {
            return Ok(name);
        }
        Ok(format!("{}.{name}", self.name(&table.schema)?))
    }

    /// A value as a literal for this column.
    pub(super) fn literal(self, column: &Column, value: &str) -> Result<String, Unread> {
        let bad = |why| {
            let (column, value) = (column.name.clone(), value.to_owned());
            Err(Unread::BadValue { column, value, why })
        };
        match column.kind {
            ColumnKind::Whole | ColumnKind::Decimal => match number(value) {
                Some(number) => Ok(number.to_owned()),
                None => bad("请填写数字"),
            },
            ColumnKind::YesNo => match (value, self) {
                ("true", Self::Postgres) => Ok("TRUE".to_owned()),
                ("false", Self::Postgres) => Ok("FALSE".to_owned()),
                ("true", _) => Ok("1".to_owned()),
                ("false", _) => Ok("0".to_owned()),
                _ => bad("请填写 true 或者 false"),
            },
            ColumnKind::Bytes => bad("这一列是二进制内容"),
            ColumnKind::Text | ColumnKind::Date | ColumnKind::Moment | ColumnKind::Other => {
                if value.contains('\0') {
                    return bad("其中有无法使用的字符");
                }
                Ok(self.text(value))
            }
        }
    }

    /// A text as a literal.
    pub(super) fn text(self, value: &str) -> String {
        match self {
            Self::Mysql => {
                let digits: String = value.bytes().map(|byte| format!("{byte:02X}")).collect();
                format!("_utf8mb4 X'{digits}'")
            }
            Self::Postgres | Self::Sqlite => format!("'{}'", value.replace('\'', "''")),
        }
    }

    /// A column as it is read.
    fn expression(self, column: &Column) -> Result<String, Unread> {
        let name = self.name(&column.name)?;
        Ok(match (self, column.kind) {
            (Self::Mysql, ColumnKind::Bytes) => format!("HEX({name})"),
            (Self::Mysql, ColumnKind::YesNo) => format!("{name} + 0"),
            (Self::Postgres, ColumnKind::Bytes) => format!("encode({name}, 'hex')"),
            _ => name,
        })
    }

    /// The whole query.
    pub(super) fn select(self, query: &Query<'_>) -> Result<String, Unread> {
        let columns = query.columns.iter().map(|column| self.expression(column));
        let columns = columns.collect::<Result<Vec<_>, _>>()?.join(", ");
        let mut sql = format!("SELECT {columns} FROM {}", self.table(query.table)?);
        let mut conditions = Vec::new();
        for filter in query.filters {
            conditions.push(self.condition(query.table, filter)?);
        }
        conditions.extend(self.begin(query)?);
        if !conditions.is_empty() {
            sql.push_str(" WHERE ");
            sql.push_str(&conditions.join(" AND "));
        }
        let order = query.order.iter().map(|column| self.name(&column.name));
        let order = order.collect::<Result<Vec<_>, _>>()?.join(", ");
        if !order.is_empty() {
            sql.push_str(" ORDER BY ");
            sql.push_str(&order);
        }
        Ok(sql)
    }

    /// How many rows that hold have no value in a column.
    pub(super) fn count_empty(
        self,
        table: &TableShape,
        column: &Column,
        filters: &[Filter],
    ) -> Result<String, Unread> {
        let mut sql = format!("SELECT COUNT(*) FROM {}", self.table(table)?);
        sql.push_str(&format!(" WHERE {} IS NULL", self.name(&column.name)?));
        for filter in filters {
            sql.push_str(&format!(" AND {}", self.condition(table, filter)?));
        }
        Ok(sql)
    }

    fn condition(self, table: &TableShape, filter: &Filter) -> Result<String, Unread> {
        let column = column(table, &filter.column)?;
        let name = self.name(&column.name)?;
        let sign = match filter.is {
            Operator::Filled => return Ok(format!("{name} IS NOT NULL")),
            Operator::Empty => return Ok(format!("{name} IS NULL")),
            Operator::NotEqual => {
                let value = self.literal(column, &filter.value)?;
                return Ok(format!("({name} <> {value} OR {name} IS NULL)"));
            }
            Operator::Equal => "=",
            Operator::Below => "<",
            Operator::AtMost => "<=",
            Operator::Above => ">",
            Operator::AtLeast => ">=",
        };
        Ok(format!("{name} {sign} {}", self.literal(column, &filter.value)?))
    }

    /// Where the rows begin. After (a, b) means `a >= x AND (a > x OR (a = x AND b > y))`: the first part
    /// is what an index can be entered with in every dialect.
    fn begin(self, query: &Query<'_>) -> Result<Vec<String>, Unread> {
        let Some(first) = query.order.first() else { return Ok(Vec::new()) };
        let name = self.name(&first.name)?;
        match &query.begin {
            Begin::First if first.nullable => Ok(vec![format!("{name} IS NOT NULL")]),
            Begin::First => Ok(Vec::new()),
            Begin::AtLeast(value) => Ok(vec![format!("{name} >= {}", self.literal(first, value)?)]),
            Begin::After(values) => {
                if values.len() != query.order.len() {
                    return Err(Unread::OtherPosition);
                }
                let mut later = String::new();
                for (column, value) in query.order.iter().zip(*values).rev() {
                    let (name, value) = (self.name(&column.name)?, self.literal(column, value)?);
                    later = match later.is_empty() {
                        true => format!("{name} > {value}"),
                        false => format!("({name} > {value} OR ({name} = {value} AND {later}))"),
                    };
                }
                let value = values.first().map_or("", String::as_str);
                Ok(vec![format!("{name} >= {}", self.literal(first, value)?), later])
            }
        }
    }
}

/// The column of this name in the shape that the database described.
pub(super) fn column<'t>(table: &'t TableShape, name: &str) -> Result<&'t Column, Unread> {
    table
        .column(name)
        .ok_or_else(|| Unread::NoColumn { table: table.full_name(), column: name.to_owned() })
}

/// A number as SQL writes one, without exponent.
fn number(value: &str) -> Option<&str> {
    let digits = value.strip_prefix('-').unwrap_or(value);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    let plain = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    (value.len() <= 80 && plain(whole) && plain(part)).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn col(name: &str, kind: ColumnKind) -> Column {
        Column { name: name.into(), kind, declared: "t".into(), nullable: false }
    }

    #[test]
    fn what_a_configuration_says_never_becomes_sql() {
        let evil = "x' OR 1=1; DROP TABLE t; --\\";
        let table = TableShape {
            name: "a\"b`c".into(),
            columns: vec![col("n", ColumnKind::Whole), col("t\"`'", ColumnKind::Text)],
            ..TableShape::default()
        };
        let filter = |column: &str, value: &str| Filter {
            column: column.into(),
            is: Operator::Equal,
            value: value.into(),
        };
        let columns: Vec<&Column> = table.columns.iter().collect();
        for dialect in [Dialect::Postgres, Dialect::Mysql, Dialect::Sqlite] {
            let ask = |filters: &[Filter]| {
                dialect.select(&Query {
                    table: &table,
                    columns: &columns,
                    filters,
                    order: &[],
                    begin: Begin::First,
                })
            };
            assert!(matches!(ask(&[filter("n", evil)]), Err(Unread::BadValue { .. })));
            assert!(matches!(ask(&[filter(evil, "1")]), Err(Unread::NoColumn { .. })));
            assert!(matches!(ask(&[filter("t\"`'", "\0")]), Err(Unread::BadValue { .. })));
            let sql = ask(&[filter("t\"`'", evil)]).unwrap();
            let expected = match dialect {
                Dialect::Mysql => {
                    "SELECT `n`, `t\"``'` FROM `a\"b``c` WHERE `t\"``'` = _utf8mb4 \
                     X'7827204F5220313D313B2044524F50205441424C4520743B202D2D5C'"
                }
                _ => {
                    "SELECT \"n\", \"t\"\"`'\" FROM \"a\"\"b`c\" WHERE \"t\"\"`'\" = \
                     'x'' OR 1=1; DROP TABLE t; --\\'"
                }
            };
            assert_eq!(sql, expected);
        }
    }

    #[test]
    fn a_reading_goes_on_after_its_last_row_whatever_the_number_of_columns() {
        let table = TableShape { name: "t".into(), ..TableShape::default() };
        let (at, id) = (col("at", ColumnKind::Moment), col("id", ColumnKind::Whole));
        let values = ["2026-01-01 08:00:00".to_owned(), "7".to_owned()];
        let query = Query {
            table: &table,
            columns: &[&id],
            filters: &[],
            order: &[&at, &id],
            begin: Begin::After(&values),
        };
        let sql = Dialect::Sqlite.select(&query).unwrap();
        let expected = "SELECT \"id\" FROM \"t\" WHERE \"at\" >= '2026-01-01 08:00:00' AND \
            (\"at\" > '2026-01-01 08:00:00' OR (\"at\" = '2026-01-01 08:00:00' AND \"id\" > 7)) \
            ORDER BY \"at\", \"id\"";
        assert_eq!(sql, expected);
    }
}
