//! What is computed over rows: the text that a row's leaf commits to, and what stands on which day. Pure.

use std::collections::HashMap;

use base::Day;
use seal::Keys;
use seal::merkle::{Hash, leaf_hash};
use serde::Deserialize;

use crate::terms::Body;

/// So many bytes of a row's fingerprint are the salt of its leaf.
const SALT: usize = 16;

/// A body as its bytes stand: a JSON object of texts, its keys in the order of their bytes, no spaces.
pub(crate) fn body_text(body: &Body) -> String {
    // A map of texts is always JSON.
    serde_json::to_string(body).unwrap_or_default()
}

/// The fingerprint of what is said of a subject: equal for what says the same.
pub(crate) fn mac(keys: &Keys, register: &str, key: &str, gone: bool, body: &str) -> [u8; 32] {
    let gone = if gone { "gone" } else { "" };
    keys.mac("register.rows.mac", [register, key, gone, body].join("\n").as_bytes())
}

/// The salt of a row and its leaf in the tree of its load. The salt is the beginning of the row's fingerprint, which is
/// made under a key: a leaf so betrays nothing to who does not know the row already.
pub(crate) fn salt_and_leaf(
    register: &str,
    key: &str,
    body: &str,
    since: (Day, bool),
    mac: &[u8; 32],
) -> ([u8; SALT], Hash) {
    let text = committed_text(register, key, body, since);
    let mut salt = [0; SALT];
    salt.iter_mut().zip(mac).for_each(|(to, byte)| *to = *byte);
    (salt, leaf_of(&salt, &text))
}

/// The leaf of what was committed to.
pub(crate) fn leaf_of(salt: &[u8; SALT], text: &str) -> Hash {
    leaf_hash(&[salt.as_slice(), text.as_bytes()].concat())
}

/// What a leaf commits to, beside its salt: a JSON object, its fields in the order of their names. The body comes as
/// [`body_text`] makes it.
pub(crate) fn committed_text(
    register: &str,
    key: &str,
    body: &str,
    (from, gone): (Day, bool),
) -> String {
    // A text is always JSON.
    let quoted = |text: &str| serde_json::to_string(text).unwrap_or_default();
    let (key, register) = (quoted(key), quoted(register));
    format!(r#"{{"body":{body},"from":"{from}","gone":{gone},"key":{key},"register":{register}}}"#)
}

/// When a person is asked before many are gone: dated data.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Guard {
    /// From when on it holds.
    pub(crate) from: Day,
    /// More than so many of a hundred that were known.
    pub(crate) gone_percent: u64,
    /// On what it rests.
    pub(crate) basis: String,
}

impl Guard {
    /// The rule of a day, of all.
    pub(crate) fn on(mut all: Vec<Self>, day: Day) -> Option<Self> {
        all.retain(|one| one.from <= day);
        all.into_iter().max_by_key(|one| one.from)
    }

    /// Why a person is asked before these are gone, in words; nothing where nobody need be. Who stands on a line that
    /// nobody could read may be one of them.
    pub(crate) fn asks(&self, going: &Going, unit: &str) -> Option<String> {
        let Going { gone, known, unread, allowed } = *going;
        if gone == 0 || gone <= allowed {
            return None;
        }
        let many = gone.saturating_mul(100) > known.saturating_mul(self.gone_percent);
        if !many && unread == 0 {
            return None;
        }
        let per_mille = gone.saturating_mul(1_000) / known.max(1);
        let (whole, tenth) = (per_mille / 10, per_mille % 10);
        let mut words = format!(
            "这是全部登记，原来登记的 {known} {unit}里有 {gone} {unit}不在其中（{whole}.{tenth}%），生效以后不再登记"
        );
        if many {
            words.push_str(&format!("。超过 {}% 的，要有人确认", self.gone_percent));
        }
        if unread > 0 {
            words
                .push_str(&format!("。有 {unread} 行读不出说的是谁，可能就是其中的人，要有人确认"));
        }
        words.push_str(&format!("。依据：{}", self.basis));
        Some(words)
    }
}

/// How many would be gone by a load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Going {
    /// So many.
    pub(crate) gone: u64,
    /// Of so many that were known before, and that its source speaks of or spoke of.
    pub(crate) known: u64,
    /// So many lines could not be read.
    pub(crate) unread: u64,
    /// A person has let so many go.
    pub(crate) allowed: u64,
}

/// What a row says, in order to hold another against it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) mac: [u8; 32],
    pub(crate) from: Day,
    /// A source has said that day.
    pub(crate) dated: bool,
    pub(crate) place: i64,
    pub(crate) version: i64,
    pub(crate) gone: bool,
    pub(crate) body: Vec<u8>,
}

/// Of all rows of a subject, those that count: the one that is true on a day, and the highest version. The one that is
/// true is the last to begin by that day; of two that begin together the one that came to be known later.
#[derive(Clone, Debug, Default)]
pub(crate) struct Subject {
    rows: Vec<Standing>,
}

impl Subject {
    pub(crate) fn on(&self, day: Day) -> Option<&Standing> {
        self.on_by(day, i64::MAX)
    }

    /// The same by what had come to count up to this place.
    pub(crate) fn on_by(&self, day: Day, place: i64) -> Option<&Standing> {
        let begun = self.rows.iter().filter(|row| row.from <= day && row.place <= place);
        begun.max_by_key(|row| (row.from, row.place))
    }

    /// What was true on a day, one after another as it came to count before this place.
    pub(crate) fn came(&self, day: Day, place: i64) -> Vec<&Standing> {
        let mut places: Vec<i64> =
            self.rows.iter().map(|row| row.place).filter(|one| *one < place).collect();
        places.sort_unstable();
        let mut came: Vec<&Standing> =
            places.into_iter().filter_map(|one| self.on_by(day, one)).collect();
        came.dedup_by_key(|row| (row.place, row.from));
        came
    }

    /// What came to count behind this place.
    pub(crate) fn after(&self, place: i64) -> impl Iterator<Item = &Standing> {
        self.rows.iter().filter(move |row| row.place > place)
    }

    pub(crate) fn version(&self) -> i64 {
        self.rows.iter().map(|row| row.version).max().unwrap_or_default()
    }

    /// Whether it stood in the register, and does not any more after the last of its rows.
    pub(crate) fn is_gone(&self) -> bool {
        !self.rows.is_empty() && !self.is_there()
    }

    /// Whether it stands in the register after the last of its rows.
    pub(crate) fn is_there(&self) -> bool {
        let last = self.rows.iter().max_by_key(|row| row.version);
        last.is_some_and(|row| !row.gone)
    }
}

/// Rows by subject.
pub(crate) fn by_subject(
    rows: impl IntoIterator<Item = ([u8; 32], Standing)>,
) -> HashMap<[u8; 32], Subject> {
    let mut subjects: HashMap<[u8; 32], Subject> = HashMap::new();
    for (mark, row) in rows {
        subjects.entry(mark).or_default().rows.push(row);
    }
    subjects
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(from: i16, place: i64) -> Standing {
        let from = Day::new(from, 1, 1).expect("a day");
        let (mac, body) = ([0; 32], Vec::new());
        Standing { mac, from, dated: true, place, version: place, gone: false, body }
    }

    #[test]
    fn what_was_true_then_is_the_last_that_had_begun_however_late_it_came_to_be_known() {
        let day = |year| Day::new(year, 6, 1).expect("a day");
        let subject = Subject { rows: vec![row(2010, 1), row(2020, 2), row(2015, 3)] };
        assert_eq!(subject.on(day(2009)), None);
        assert_eq!(subject.on(day(2012)).map(|row| row.place), Some(1));
        assert_eq!(subject.on(day(2016)).map(|row| row.place), Some(3));
        assert_eq!(subject.on(day(2026)).map(|row| row.place), Some(2));
        let corrected = Subject { rows: vec![row(2010, 1), row(2010, 4)] };
        assert_eq!(corrected.on(day(2012)).map(|row| row.place), Some(4));
        let came = |subject: &Subject, place| -> Vec<i64> {
            subject.came(day(2026), place).iter().map(|row| row.place).collect()
        };
        assert_eq!(came(&subject, 4), [1, 2], "what was so before today is not how it stood");
        assert_eq!(came(&corrected, 4), [1]);
        assert_eq!(came(&corrected, 5), [1, 4]);
        assert_eq!(corrected.version(), 4);
    }

    #[test]
    fn a_person_is_asked_when_too_many_would_be_gone_or_nobody_knows_who_they_are() {
        let rules = include_str!("../data/rules.json");
        let all: Vec<Guard> = serde_json::from_str(rules).expect("the rules");
        assert!(all.iter().all(|one| !one.basis.is_empty() && one.gone_percent < 100));
        assert_eq!(Guard::on(all.clone(), Day::new(2019, 12, 31).expect("a day")), None);
        let guard = Guard::on(all, Day::new(2026, 1, 1).expect("a day")).expect("a rule");
        let asks = |gone, known, unread, allowed| {
            guard.asks(&Going { gone, known, unread, allowed }, "人")
        };
        assert_eq!(asks(5, 100, 0, 0), None, "a twentieth is none too many");
        let words = asks(6, 100, 0, 0).expect("words");
        assert!(words.contains("100 人里有 6 人不在其中（6.0%）"), "{words}");
        assert_eq!(asks(6, 100, 0, 6), None, "they were let go");
        assert!(asks(7, 100, 0, 6).is_some(), "one more was not");
        assert!(asks(1, 100, 1, 0).expect("words").contains("1 行读不出"));
        assert_eq!(asks(0, 100, 9, 0), None);
    }

    #[test]
    fn a_body_reads_the_same_however_it_was_put_together() {
        let body = |pairs: &[(&'static str, &str)]| -> Body {
            pairs.iter().map(|(name, value)| ((*name).into(), (*value).to_owned())).collect()
        };
        let one = body(&[("name", "张三"), ("address", "滨湖南路\"12\"号")]);
        let other = body(&[("address", "滨湖南路\"12\"号"), ("name", "张三")]);
        assert_eq!(body_text(&one), body_text(&other));
        assert_eq!(body_text(&one), r#"{"address":"滨湖南路\"12\"号","name":"张三"}"#);
    }

    #[test]
    fn a_leaf_changes_with_each_thing_that_it_commits_to() {
        let body: Body = [("name".into(), "张三".to_owned())].into();
        let day = Day::new(2026, 1, 1).expect("a day");
        let leaf = |register, key, from, gone, mac: u8| {
            salt_and_leaf(register, key, &body_text(&body), (from, gone), &[mac; 32]).1
        };
        let base = leaf("r", "k", day, false, 1);
        let others = [
            leaf("s", "k", day, false, 1),
            leaf("r", "l", day, false, 1),
            leaf("r", "k", Day::new(2026, 1, 2).expect("a day"), false, 1),
            leaf("r", "k", day, true, 1),
            leaf("r", "k", day, false, 2),
        ];
        assert!(others.iter().all(|other| *other != base));
        let text = committed_text("r", "k\"1\"", &body_text(&body), (day, false));
        let read: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(text, read.to_string());
    }

    proptest::proptest! {
        /// Who is asked about some is asked about more, and nobody is asked about none or about those who were let go.
        #[test]
        fn whoever_is_asked_about_some_is_asked_about_more(
            gone in 0u64..10_000, more in 0u64..10_000, known in 0u64..20_000, unread in 0u64..3,
            allowed in 0u64..10_000,
        ) {
            let basis = "依据".to_owned();
            let from = Day::new(2020, 1, 1).expect("a day");
            let guard = Guard { from, gone_percent: 5, basis };
            let asks = |gone| guard.asks(&Going { gone, known, unread, allowed }, "人").is_some();
            proptest::prop_assert!(!asks(0) && !asks(allowed));
            proptest::prop_assert!(!asks(gone) || asks(gone + more));
        }

        /// What stands on a day is never younger than that day, and nothing that began by then is younger than it.
        #[test]
        fn what_stands_on_a_day_had_begun_and_nothing_began_after_it(
            rows in proptest::collection::vec((1980i16..2040, 1i64..50), 0..12),
            year in 1970i16..2050,
        ) {
            let subject = Subject { rows: rows.iter().map(|one| row(one.0, one.1)).collect() };
            let day = Day::new(year, 6, 1).expect("a day");
            let begun: Vec<&Standing> = subject.rows.iter().filter(|one| one.from <= day).collect();
            match subject.on(day) {
                None => proptest::prop_assert!(begun.is_empty()),
                Some(stands) => {
                    let last = begun.iter().map(|one| (one.from, one.place)).max();
                    proptest::prop_assert_eq!(last, Some((stands.from, stands.place)));
                }
            }
        }
    }
}
