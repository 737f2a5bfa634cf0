//! CBOR (RFC 8949), as much of it as browsers use for passkeys: of definite length, in a few kilobytes.

/// So deep may values stand in one another.
const DEEP_MAX: usize = 8;
/// So many may stand beside one another.
const WIDE_MAX: u64 = 64;

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Int(i64),
    Bytes(Vec<u8>),
    Text(String),
    Array,
    Map(Vec<(Value, Value)>),
    /// True, false, nothing, a number with a fraction.
    Simple,
}

impl Value {
    /// What stands in a map under a text.
    pub(super) fn named(&self, name: &str) -> Option<&Value> {
        self.under(&Value::Text(name.to_owned()))
    }

    /// What stands in a map under a number.
    pub(super) fn numbered(&self, number: i64) -> Option<&Value> {
        self.under(&Value::Int(number))
    }

    fn under(&self, key: &Value) -> Option<&Value> {
        let Value::Map(pairs) = self else { return None };
        pairs.iter().find(|(own, _)| own == key).map(|(_, value)| value)
    }

    pub(super) fn bytes(&self) -> Option<&[u8]> {
        if let Value::Bytes(bytes) = self { Some(bytes) } else { None }
    }
}

/// The value that these bytes begin with, and what follows it.
pub(super) fn read(bytes: &[u8]) -> Option<(Value, &[u8])> {
    value(bytes, 0)
}

fn value(bytes: &[u8], deep: usize) -> Option<(Value, &[u8])> {
    if deep > DEEP_MAX {
        return None;
    }
    let (first, rest) = bytes.split_first()?;
    let (kind, short) = (first >> 5, first & 0x1f);
    if kind == 7 {
        let width = match short {
            0..=23 => 0,
            24 => 1,
            25 => 2,
            26 => 4,
            27 => 8,
            _ => return None,
        };
        return Some((Value::Simple, rest.get(width..)?));
    }
    let (number, rest) = argument(short, rest)?;
    match kind {
        0 => Some((Value::Int(i64::try_from(number).ok()?), rest)),
        1 => Some((Value::Int(-1 - i64::try_from(number).ok()?), rest)),
        2 => {
            let (own, rest) = rest.split_at_checked(usize::try_from(number).ok()?)?;
            Some((Value::Bytes(own.to_vec()), rest))
        }
        3 => {
            let (own, rest) = rest.split_at_checked(usize::try_from(number).ok()?)?;
            Some((Value::Text(std::str::from_utf8(own).ok()?.to_owned()), rest))
        }
        4 if number <= WIDE_MAX => {
            let mut rest = rest;
            for _ in 0..number {
                (_, rest) = value(rest, deep + 1)?;
            }
            Some((Value::Array, rest))
        }
        5 if number <= WIDE_MAX => pairs(number, rest, deep),
        _ => None,
    }
}

fn pairs(count: u64, mut rest: &[u8], deep: usize) -> Option<(Value, &[u8])> {
    let mut pairs: Vec<(Value, Value)> = Vec::new();
    for _ in 0..count {
        let (key, after) = value(rest, deep + 1)?;
        let (own, after) = value(after, deep + 1)?;
        // Who writes a key twice means to be read in two ways.
        if pairs.iter().any(|(known, _)| *known == key) {
            return None;
        }
        pairs.push((key, own));
        rest = after;
    }
    Some((Value::Map(pairs), rest))
}

/// The number that a first byte announces.
fn argument(short: u8, rest: &[u8]) -> Option<(u64, &[u8])> {
    let width = match short {
        0..=23 => return Some((u64::from(short), rest)),
        24 => 1,
        25 => 2,
        26 => 4,
        27 => 8,
        _ => return None,
    };
    let (own, rest) = rest.split_at_checked(width)?;
    Some((own.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_as_the_standard_writes_them() {
        // RFC 8949 appendix A.
        assert_eq!(read(&[0x18, 0x64]).unwrap().0, Value::Int(100));
        assert_eq!(read(&[0x38, 0x63]).unwrap().0, Value::Int(-100));
        assert_eq!(read(&[0x44, 1, 2, 3, 4]).unwrap().0, Value::Bytes(vec![1, 2, 3, 4]));
        let (map, rest) = read(&[0xa2, 0x61, 0x61, 0x01, 0x61, 0x62, 0x82, 0x02, 0x03, 9]).unwrap();
        assert_eq!((map.named("a"), rest), (Some(&Value::Int(1)), &[9u8][..]));
        for broken in [&[][..], &[0x44, 1], &[0x5f, 0x41, 1, 0xff], &[0xa2, 1, 1, 1, 1]] {
            assert_eq!(read(broken), None, "{broken:?}");
        }
        assert_eq!(read(&[0x81; 64]), None, "too deep");
    }
}
