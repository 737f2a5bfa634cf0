//! Values: what goes into a statement and what comes out of a row.

use std::borrow::Cow;

use base::{Day, Id, Moment};

/// A parameter of a statement.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// No value.
    Null,
    /// BIGINT.
    Int(i64),
    /// DOUBLE PRECISION.
    Real(f64),
    /// TEXT.
    Text(String),
    /// BYTEA.
    Bytes(Vec<u8>),
}

/// A value still lying in the database's row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ValueRef<'a> {
    /// No value.
    Null,
    /// BIGINT.
    Int(i64),
    /// DOUBLE PRECISION.
    Real(f64),
    /// TEXT.
    Text(&'a str),
    /// BYTEA.
    Bytes(&'a [u8]),
}

impl From<ValueRef<'_>> for Value {
    fn from(value: ValueRef<'_>) -> Self {
        match value {
            ValueRef::Null => Value::Null,
            ValueRef::Int(number) => Value::Int(number),
            ValueRef::Real(number) => Value::Real(number),
            ValueRef::Text(text) => Value::Text(text.to_owned()),
            ValueRef::Bytes(bytes) => Value::Bytes(bytes.to_vec()),
        }
    }
}

impl Value {
    /// What kind of value it is, for an error's words.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Value::Null => "null",
            Value::Int(_) => "integer",
            Value::Real(_) => "real",
            Value::Text(_) => "text",
            Value::Bytes(_) => "bytes",
        }
    }
}

macro_rules! value_from {
    ($($kind:ty, $from:ident => $to:expr;)+) => {$(
        impl From<$kind> for Value {
            fn from($from: $kind) -> Self {
                $to
            }
        }
    )+};
}

value_from! {
    i64, number => Value::Int(number);
    i32, number => Value::Int(i64::from(number));
    i16, number => Value::Int(i64::from(number));
    u32, number => Value::Int(i64::from(number));
    u16, number => Value::Int(i64::from(number));
    u8, number => Value::Int(i64::from(number));
    bool, truth => Value::Int(i64::from(truth));
    f64, number => Value::Real(number);
    &str, text => Value::Text(text.to_owned());
    String, text => Value::Text(text);
    &String, text => Value::Text(text.clone());
    Cow<'_, str>, text => Value::Text(text.into_owned());
    Vec<u8>, bytes => Value::Bytes(bytes);
    &Vec<u8>, bytes => Value::Bytes(bytes.clone());
    &[u8], bytes => Value::Bytes(bytes.to_vec());
    Moment, moment => Value::Int(moment.millis());
    Day, day => Value::Int(day.number());
}

impl<const N: usize> From<[u8; N]> for Value {
    fn from(bytes: [u8; N]) -> Self {
        Value::Bytes(bytes.to_vec())
    }
}

impl<const N: usize> From<&[u8; N]> for Value {
    fn from(bytes: &[u8; N]) -> Self {
        Value::Bytes(bytes.to_vec())
    }
}

impl<T> From<Id<T>> for Value {
    fn from(id: Id<T>) -> Self {
        Value::Text(id.to_string())
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Value::Null, Into::into)
    }
}

/// A type that a column can be read as. Whatever is one can also be a row of one column.
pub trait FromValue: Sized {
    /// What a column must hold, for an error's words.
    const WANTED: &'static str;

    /// The value as this type; `None` when it is something else.
    fn from_value(value: ValueRef<'_>) -> Option<Self>;
}

macro_rules! from_value {
    ($($kind:ty, $wanted:literal, $pattern:pat => $to:expr;)+) => {$(
        impl FromValue for $kind {
            const WANTED: &'static str = $wanted;

            fn from_value(value: ValueRef<'_>) -> Option<Self> {
                match value {
                    $pattern => $to,
                    _ => None,
                }
            }
        }
    )+};
}

from_value! {
    i64, "integer", ValueRef::Int(number) => Some(number);
    i32, "integer of 32 bits", ValueRef::Int(number) => number.try_into().ok();
    i16, "integer of 16 bits", ValueRef::Int(number) => number.try_into().ok();
    u32, "natural number of 32 bits", ValueRef::Int(number) => number.try_into().ok();
    u16, "natural number of 16 bits", ValueRef::Int(number) => number.try_into().ok();
    u8, "natural number of 8 bits", ValueRef::Int(number) => number.try_into().ok();
    String, "text", ValueRef::Text(text) => Some(text.to_owned());
    Vec<u8>, "bytes", ValueRef::Bytes(bytes) => Some(bytes.to_vec());
    Moment, "moment", ValueRef::Int(millis) => Some(Moment::from_millis(millis));
    Day, "day", ValueRef::Int(number) => Some(Day::from_number(number));
}

impl FromValue for bool {
    const WANTED: &'static str = "0 or 1";

    fn from_value(value: ValueRef<'_>) -> Option<Self> {
        match value {
            ValueRef::Int(0) => Some(false),
            ValueRef::Int(1) => Some(true),
            _ => None,
        }
    }
}

impl FromValue for f64 {
    const WANTED: &'static str = "real";

    fn from_value(value: ValueRef<'_>) -> Option<Self> {
        match value {
            ValueRef::Real(number) => Some(number),
            // SQLite keeps a whole number in an expression as an integer.
            ValueRef::Int(number) => Some(number as f64),
            _ => None,
        }
    }
}

impl<const N: usize> FromValue for [u8; N] {
    const WANTED: &'static str = "bytes of a fixed length";

    fn from_value(value: ValueRef<'_>) -> Option<Self> {
        match value {
            ValueRef::Bytes(bytes) => bytes.try_into().ok(),
            _ => None,
        }
    }
}

impl<T> FromValue for Id<T> {
    const WANTED: &'static str = "id";

    fn from_value(value: ValueRef<'_>) -> Option<Self> {
        match value {
            ValueRef::Text(text) => text.parse().ok(),
            _ => None,
        }
    }
}

impl<T: FromValue> FromValue for Option<T> {
    const WANTED: &'static str = T::WANTED;

    fn from_value(value: ValueRef<'_>) -> Option<Self> {
        match value {
            ValueRef::Null => Some(None),
            value => T::from_value(value).map(Some),
        }
    }
}

impl FromValue for Value {
    const WANTED: &'static str = "value";

    fn from_value(value: ValueRef<'_>) -> Option<Self> {
        Some(value.into())
    }
}
