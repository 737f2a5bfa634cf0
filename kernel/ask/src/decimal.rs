//! Numbers as they are written, compared by what they say: `9` is less than `18`, `12.5` is `12.50`. No digit is lost, however
//! many there are. Pure.

use std::cmp::Ordering;

use serde_json::Value;

/// A number: its digits without zeros at either end, and where its point stands among them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Decimal {
    below: bool,
    point: i64,
    digits: String,
}

impl Decimal {
    /// The number that a value is, or that its text says.
    pub(crate) fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Number(number) => Self::read(&number.to_string()),
            Value::String(text) => Self::read(text),
            _ => None,
        }
    }

    fn read(text: &str) -> Option<Self> {
        let (below, rest) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (rest, power) = match rest.split_once(['e', 'E']) {
            Some((rest, power)) => (rest, power.parse::<i64>().ok()?),
            None => (rest, 0),
        };
        let (left, right) = rest.split_once('.').unwrap_or((rest, ""));
        let all = format!("{left}{right}");
        if left.is_empty() || !all.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let digits = all.trim_start_matches('0');
        let zeros = i64::try_from(all.len() - digits.len()).ok()?;
        let point = i64::try_from(left.len()).ok()?.checked_add(power)?.checked_sub(zeros)?;
        let digits = digits.trim_end_matches('0').to_owned();
        Some(match digits.is_empty() {
            true => Self { below: false, point: 0, digits },
            false => Self { below, point, digits },
        })
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let size = |one: &Self| (!one.digits.is_empty(), one.point);
        match (self.below, other.below) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (below, _) => {
                let order = size(self).cmp(&size(other)).then(self.digits.cmp(&other.digits));
                if below { order.reverse() } else { order }
            }
        }
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_are_compared_by_what_they_say() {
        let of = |value: Value| Decimal::of(&value).unwrap();
        assert!(of(json!("9")) < of(json!(18)));
        assert_eq!(of(json!("012.50")), of(json!(12.5)));
        assert_eq!(of(json!("-0")), of(json!(0)));
        assert_eq!(of(json!(1e-14)), of(json!("0.00000000000001")));
        assert!(of(json!("-2")) < of(json!("-1.5")));
        assert!(of(json!("12345678901234567890.01")) > of(json!("12345678901234567890")));
        for none in [json!(""), json!("12a"), json!(null), json!(true), json!("."), json!("1e")] {
            assert_eq!(Decimal::of(&none), None, "{none}");
        }
    }

    proptest! {
        /// As whole numbers of the machine are, wherever the point is put.
        #[test]
        fn the_order_is_that_of_numbers(one in -100_000i64..100_000, other in -100_000i64..100_000, zeros in 0usize..4) {
            let text = |number: i64| {
                let sign = if number < 0 { "-" } else { "" };
                let size = number.abs();
                json!(format!("{sign}{}{}.{:03}", "0".repeat(zeros), size / 1_000, size % 1_000))
            };
            let order = Decimal::of(&text(one)).unwrap().cmp(&Decimal::of(&text(other)).unwrap());
            prop_assert_eq!(order, one.cmp(&other));
        }

        #[test]
        fn no_text_stops_the_reader(text in "\\PC{0,20}|[-0-9.eE]{0,30}") {
            let _ = Decimal::of(&Value::String(text));
        }
    }
}
