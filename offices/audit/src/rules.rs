//! The verdicts: what a form asks for, and how long something took.

pub mod dated;
pub mod events;

use std::collections::BTreeSet;

use ask::Asked;
use base::{Day, FieldError, Id, Moment};
use ledger::{Place, Recorded, Sought};
use serde_json::Value;

use crate::terms::Wanted;

/// Beyond the end of every calendar here.
const END: Moment = Moment::from_millis(253_402_300_799_000);

/// All acts there are.
pub fn always() -> Sought {
    Sought::between(Moment::from_millis(0), END)
}

/// What a form asks for, but for the person and the case, who must be looked up; or what is wrong with it.
pub fn sought(wanted: &Wanted) -> Result<Sought, Vec<FieldError>> {
    let mut wrong = Vec::new();
    let mut complain = |field: &str, message: &str| {
        wrong.push(FieldError { field: field.into(), message: message.into() });
    };
    let mut day = |field: &str, text: &str| -> Option<Day> {
        let text = text.trim();
        if text.is_empty() {
            return None;
        }
        Day::typed(text).map_err(|why| complain(field, &why.words(text))).ok()
    };
    let (from, until) = (day("from", &wanted.from), day("until", &wanted.until));
    if let (Some(from), Some(until)) = (from, until)
        && until < from
    {
        complain("until", "截止日期在起始日期以前，请改正其中一个");
    }
    let address = ledger::address(&wanted.address);
    if address.is_none() && !wanted.address.trim().is_empty() {
        complain("address", "请写完整的 IP 地址，例如 10.1.2.3");
    }
    let (kind, id) = (wanted.kind.trim(), wanted.id.trim());
    if kind.is_empty() && !id.is_empty() {
        complain("kind", "请选择这个编号是哪一种对象的");
    }
    if id.is_empty() && !kind.is_empty() {
        complain("id", "请写明对象的编号；查办件的，也可以只写办件编号");
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let all = always();
    let said = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    Ok(Sought {
        subject: said(kind).zip(said(id)),
        address,
        organ: said(&wanted.organ),
        kind: said(&wanted.act),
        from: from.map_or(all.from, Day::start),
        until: until.map_or(all.until, |day| day.plus(1).start()),
        ..all
    })
}

/// So many looks at a draft are shown with its case.
const LOOKS_MAX: usize = 50;

/// The looks on which what was filed rests: made for the draft, before there was a case, and named by the act that
/// says where its entries came from.
pub fn looks_before(acts: &[Recorded]) -> Vec<Id<Asked>> {
    let mut looks = BTreeSet::new();
    for act in acts {
        let content = act.content();
        let fields = content.get("fields").and_then(Value::as_array);
        let asks = fields.into_iter().flatten().filter_map(|field| field.get("ask")?.as_str());
        looks.extend(asks.filter_map(|ask| ask.parse::<Id<Asked>>().ok()));
    }
    looks.into_iter().take(LOOKS_MAX).collect()
}

/// Acts of two sources in the order of time.
pub fn along(first: Vec<Recorded>, second: Vec<Recorded>) -> Vec<Recorded> {
    let mut all = first;
    all.extend(second);
    all.sort_by_key(|act| (act.at, act.born));
    all
}

/// A place in a list as it stands in an address, and back. What is no place is the beginning.
pub fn place(text: &str) -> Option<Place> {
    let (at, born) = text.split_once('-')?;
    Some(Place { at: Moment::from_millis(at.parse().ok()?), born: born.parse().ok()? })
}

/// A place in a list as it stands in an address.
pub fn place_text(place: Place) -> String {
    format!("{}-{}", place.at.millis(), place.born)
}

/// How much time lies between two moments: 3 天 2 小时. None if it is less than a minute.
pub fn between(earlier: Moment, later: Moment) -> Option<String> {
    let minutes = (later.millis() - earlier.millis()) / 60_000;
    let (days, hours, rest) = (minutes / 1_440, minutes / 60 % 24, minutes % 60);
    match (days, hours, rest) {
        (..=0, 0, ..=0) => None,
        (..=0, 0, rest) => Some(format!("{rest} 分钟")),
        (..=0, hours, 0) => Some(format!("{hours} 小时")),
        (..=0, hours, rest) => Some(format!("{hours} 小时 {rest} 分钟")),
        (days, 0, _) => Some(format!("{days} 天")),
        (days, hours, _) => Some(format!("{days} 天 {hours} 小时")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong_in(wanted: &Wanted) -> Vec<String> {
        sought(wanted).err().unwrap_or_default().into_iter().map(|error| error.field).collect()
    }

    #[test]
    fn what_is_wrong_is_said_beside_its_field_all_at_once() {
        let wanted = Wanted {
            from: "昨天".into(),
            address: "10.1.2".into(),
            id: "x".into(),
            ..Wanted::default()
        };
        assert_eq!(wrong_in(&wanted), ["from", "address", "kind"]);
        let turned =
            Wanted { from: "2026-03-02".into(), until: "2026-03-01".into(), ..Wanted::default() };
        assert_eq!(wrong_in(&turned), ["until"]);
    }

    #[test]
    fn the_last_day_is_sought_to_its_end() {
        let wanted = Wanted { until: "2026-03-02".into(), ..Wanted::default() };
        let until = sought(&wanted).unwrap().until;
        assert_eq!(until, Day::new(2026, 3, 3).unwrap().start());
    }

    #[test]
    fn a_place_comes_back() {
        let there = Place { at: Moment::from_millis(1_772_413_200_000), born: 17 };
        assert_eq!(place(&place_text(there)), Some(there));
        for text in ["", "17", "a-b", "1-"] {
            assert_eq!(place(text), None);
        }
    }

    #[test]
    fn time_between_is_said_in_two_units_at_most() {
        let at = |minutes: i64| Moment::from_millis(minutes * 60_000);
        let said = |minutes| between(at(0), at(minutes)).unwrap_or_default();
        assert_eq!(said(0), "");
        assert_eq!(said(59), "59 分钟");
        assert_eq!(said(60), "1 小时");
        assert_eq!(said(61), "1 小时 1 分钟");
        assert_eq!(said(1_440), "1 天");
        assert_eq!(said(1_440 * 3 + 125), "3 天 2 小时");
    }
}
