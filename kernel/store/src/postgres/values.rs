//! Values on their way to and from PostgreSQL.

use std::error::Error as StdError;
use std::fmt;

use postgres::types::private::BytesMut;
use postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

use crate::error::Error;
use crate::row::Cells;
use crate::value::{Value, ValueRef};

type Boxed = Box<dyn StdError + Send + Sync>;

/// A parameter that does not fit what the statement has at its place.
#[derive(Debug)]
pub(super) struct Misfit {
    given: &'static str,
    wanted: String,
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} given where {} stands", self.given, self.wanted)
    }
}

impl StdError for Misfit {}

/// A parameter lent to PostgreSQL.
#[derive(Debug)]
pub(super) struct Bound<'a>(pub(super) &'a Value);

impl ToSql for Bound<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Boxed> {
        let misfit = || Misfit { given: self.0.kind(), wanted: ty.name().to_owned() };
        match (self.0, ty) {
            (Value::Null, _) => Ok(IsNull::Yes),
            (Value::Int(number), &Type::INT8) => number.to_sql(ty, out),
            (Value::Int(number), &Type::INT4) => i32::try_from(*number)?.to_sql(ty, out),
            (Value::Int(number), &Type::INT2) => i16::try_from(*number)?.to_sql(ty, out),
            (Value::Int(number), &Type::FLOAT8) => (*number as f64).to_sql(ty, out),
            (Value::Real(number), &Type::FLOAT8) => number.to_sql(ty, out),
            (Value::Text(text), _) if <&str as ToSql>::accepts(ty) => text.to_sql(ty, out),
            (Value::Bytes(bytes), &Type::BYTEA) => bytes.to_sql(ty, out),
            _ => Err(misfit().into()),
        }
    }

    /// Whether a value fits is only known with the value.
    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// A value of a row, as far as the store has a kind for it.
struct Cell<'a>(ValueRef<'a>);

impl<'a> FromSql<'a> for Cell<'a> {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Boxed> {
        Ok(Self(match *ty {
            Type::INT8 => ValueRef::Int(i64::from_sql(ty, raw)?),
            Type::INT4 => ValueRef::Int(i32::from_sql(ty, raw)?.into()),
            Type::INT2 => ValueRef::Int(i16::from_sql(ty, raw)?.into()),
            Type::BOOL => ValueRef::Int(bool::from_sql(ty, raw)?.into()),
            Type::FLOAT8 => ValueRef::Real(f64::from_sql(ty, raw)?),
            Type::FLOAT4 => ValueRef::Real(f32::from_sql(ty, raw)?.into()),
            Type::BYTEA => ValueRef::Bytes(raw),
            _ => ValueRef::Text(<&str>::from_sql(ty, raw)?),
        }))
    }

    fn from_sql_null(_: &Type) -> Result<Self, Boxed> {
        Ok(Self(ValueRef::Null))
    }

    fn accepts(ty: &Type) -> bool {
        let known = [
            Type::INT8,
            Type::INT4,
            Type::INT2,
            Type::BOOL,
            Type::FLOAT8,
            Type::FLOAT4,
            Type::BYTEA,
        ];
        known.contains(ty) || <&str as FromSql>::accepts(ty)
    }
}

/// A row of PostgreSQL.
pub(super) struct PostgresCells<'a>(pub(super) &'a postgres::Row);

impl Cells for PostgresCells<'_> {
    fn place(&self, column: &str) -> Option<usize> {
        self.0.columns().iter().position(|known| known.name().eq_ignore_ascii_case(column))
    }

    fn cell(&self, place: usize) -> Result<ValueRef<'_>, Error> {
        let Some(column) = self.0.columns().get(place) else {
            return Err(Error::Column(format!("#{place}")));
        };
        self.0.try_get::<_, Cell<'_>>(place).map(|cell| cell.0).map_err(|_| Error::Type {
            column: format!("{} ({}; CAST it)", column.name(), column.type_().name()),
            wanted: "BIGINT, DOUBLE PRECISION, TEXT or BYTEA",
        })
    }
}
