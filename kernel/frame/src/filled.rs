//! What a form sent: the three numbers of each day come as one day.

use std::collections::BTreeMap;

use axum::Form;
use axum::extract::{FromRequest, Request};
use base::{Refusal, RefusalKind};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::problem::Problem;

/// What the numbers of a day are called.
const PARTS: [&str; 3] = ["year", "month", "day"];

/// What a form sent, with each day that it asks for in three numbers (`until.year`, `until.month`, `until.day`) as one
/// text `YYYY-MM-DD` under the day's name. A body that is no form of ours is refused in plain words.
#[derive(Clone, Copy, Debug, Default)]
pub struct Filled<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Filled<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let sent = Form::<Vec<(String, String)>>::from_request(request, state).await;
        let Form(pairs) = sent.map_err(|_| unread())?;
        Ok(Self(read(pairs).ok_or_else(unread)?))
    }
}

/// The refusal of a body that is no form of ours.
pub fn unread() -> Refusal {
    Refusal::new(RefusalKind::Invalid, "bad_form", "提交的内容不完整，没有办理")
        .remedy("请回到上一页，重新提交")
}

fn read<T: DeserializeOwned>(pairs: Vec<(String, String)>) -> Option<T> {
    let pairs = with_days(pairs);
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    serde_urlencoded::from_str(&body).ok()
}

/// These pairs with the three numbers of each day as one text under the day's name. A day is what has a year; three empty
/// numbers leave what was sent whole, as programs do.
pub fn with_days(pairs: Vec<(String, String)>) -> Vec<(String, String)> {
    let years = pairs.iter().filter_map(|(name, _)| name.strip_suffix(".year"));
    let mut days: BTreeMap<String, [String; 3]> =
        years.map(|day| (day.to_owned(), Default::default())).collect();
    let mut whole = Vec::with_capacity(pairs.len());
    for (name, value) in pairs {
        let part = name.rsplit_once('.').and_then(|(day, part)| {
            days.get_mut(day)?.get_mut(PARTS.iter().position(|known| *known == part)?)
        });
        match part {
            Some(part) => *part = value,
            None => whole.push((name, value)),
        }
    }
    for (name, parts) in days {
        if let Some(day) = day_of(parts.each_ref().map(String::as_str)) {
            whole.retain(|(other, _)| *other != name);
            whole.push((name, day));
        }
    }
    whole
}

/// Year, month and day as a browser sent them, as one text; nothing where all three are empty. What is no day stays as it
/// was typed, part by part, so that it can be shown again.
pub fn day_of(parts: [&str; 3]) -> Option<String> {
    let [year, month, day] = parts.map(|part| {
        let counts = |sign: &char| !sign.is_control() && !sign.is_whitespace() && *sign != '-';
        part.chars().filter(counts).take(8).map(half_width).collect::<String>()
    });
    if year.is_empty() && month.is_empty() && day.is_empty() {
        return None;
    }
    let two = |part: String| if part.len() == 1 { format!("0{part}") } else { part };
    Some(format!("{year}-{}-{}", two(month), two(day)))
}

/// Full-width digits and Latin letters become what the rest of the world writes.
pub(crate) fn half_width(sign: char) -> char {
    match sign {
        '０'..='９' | 'Ａ'..='Ｚ' | 'ａ'..='ｚ' => {
            char::from_u32(u32::from(sign) - 0xFEE0).unwrap_or(sign)
        }
        '\u{a0}' => ' ',
        _ => sign,
    }
}

/// The words of who answers what another has proposed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Reasoned {
    /// Why.
    pub reason: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default, Deserialize)]
    #[serde(default)]
    struct Asked {
        from: String,
        until: String,
        reason: String,
    }

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn the_three_numbers_of_a_day_are_one_day() {
        let sent = pairs(&[
            ("until.year", "２０２６"),
            ("until.month", " 3"),
            ("until.day", "5 "),
            ("reason", "出差 & 休假"),
        ]);
        let asked: Asked = read(sent).unwrap();
        assert_eq!((asked.from.as_str(), asked.until.as_str()), ("", "2026-03-05"));
        assert_eq!(asked.reason, "出差 & 休假");
    }

    #[test]
    fn a_day_that_comes_whole_stays_whole() {
        let sent = pairs(&[("until", "2026-03-05"), ("until.year", ""), ("until.month", " ")]);
        let asked: Asked = read(sent).unwrap();
        assert_eq!(asked.until, "2026-03-05");
    }

    #[test]
    fn what_is_no_day_stays_as_it_was_typed() {
        let sent = pairs(&[("from.year", "26"), ("from.month", "13"), ("from.day", "")]);
        let asked: Asked = read(sent).unwrap();
        assert_eq!(asked.from, "26-13-");
        assert!(base::Day::typed(&asked.from).is_err());
    }

    #[test]
    fn what_only_ends_like_a_part_of_a_day_is_none() {
        let sent = pairs(&[("right.identity.day", "city"), ("from.year", "2026")]);
        let read: Vec<(String, String)> = read(sent).unwrap();
        assert_eq!(read, pairs(&[("right.identity.day", "city"), ("from", "2026--")]));
    }

    #[test]
    fn a_name_that_comes_twice_comes_twice() {
        let sent = pairs(&[("columns", "a"), ("columns", "b"), ("from.year", "2026")]);
        let read: Vec<(String, String)> = read(sent).unwrap();
        assert_eq!(read.len(), 3);
    }
}
