//! A part of a publication, as it is read out of a message, and whether it may follow the one before.

use data_encoding::HEXLOWER;
use exchange_contract::{Mode, Rows};
use serde::{Deserialize, Serialize};

/// So many items has a resource at most.
const ITEMS_MAX: usize = 300;
/// So many letters has a name in it.
const NAME_MAX: usize = 128;
/// So many letters has the reason why rows stayed behind.
pub const WORDS_MAX: usize = 300;

/// A part, as it stands in the body of a message.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// What it belongs to.
    pub publication: Run,
    /// Its rows, each with as many cells as there are items.
    pub rows: Vec<Vec<Option<String>>>,
    /// Of them those that are gone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gone: Vec<usize>,
    /// Rows that stayed with their department, whose key could be read: as wide as the others, and empty but for the key.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left: Vec<Vec<Option<String>>>,
}

/// Rows that stayed with their department, since its gateway's checks refused them. They are not gone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Left {
    /// So many of a run, those whose key is told among them.
    pub rows: i64,
    /// Why the first of them did.
    pub words: String,
}

/// To which run a part belongs, and which it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// The name of the run, one for each reading of the table.
    pub run: String,
    /// The part, from 1.
    pub part: i64,
    /// How it stands to what came before.
    pub mode: Mode,
    /// The items of each row.
    pub items: Vec<String>,
    /// Of how many parts: in the last one alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<i64>,
    /// The digest over all parts, hex: in the last one alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// What stayed behind of the whole run: in the last one alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left: Option<Left>,
}

impl Part {
    /// What is wrong with it by itself.
    pub fn fits(&self) -> Result<(), &'static str> {
        let run = &self.publication;
        let short = |text: &String| !text.is_empty() && text.chars().count() <= NAME_MAX;
        if !short(&run.run) || run.part < 1 {
            return Err("没有写明是哪一次读取的第几部分");
        }
        if run.items.is_empty() || run.items.len() > ITEMS_MAX || !run.items.iter().all(short) {
            return Err("信息项的名称不对");
        }
        if run.of.is_some() != run.digest.is_some() || run.of.is_some_and(|of| of != run.part) {
            return Err("最后一部分要写明一共几部分和全部的摘要");
        }
        let mut all = self.rows.iter().chain(&self.left);
        if all.any(|row| row.len() != run.items.len()) {
            return Err("有一行的列数和信息项的个数不同");
        }
        let counted = |left: &Left| left.rows > 0 && left.words.chars().count() <= WORDS_MAX;
        if run.left.as_ref().is_some_and(|left| run.of.is_none() || !counted(left)) {
            return Err("没有推送的行数只在最后一部分里写，原因不能太长");
        }
        let gone = self.gone.iter().all(|place| *place < self.rows.len());
        match gone && (run.mode == Mode::Changes || self.gone.is_empty()) {
            true => Ok(()),
            false => Err("注明删除的行不存在，或者这种读取方式没有删除"),
        }
    }

    /// The rows, as whoever asks for them gets them.
    pub fn into_rows(self) -> Rows {
        Rows { rows: self.rows, gone: self.gone, left: self.left }
    }
}

/// The digest over the parts so far and one more: SM3 over the digest before (nothing for the first) and the canonical
/// JSON of the part's rows, and of those that stayed behind where any is told.
pub fn chained(before: &str, part: &Part) -> Result<String, message::Wrong> {
    let rows = match part.left.is_empty() {
        true => serde_json::json!({ "gone": part.gone, "rows": part.rows }),
        false => serde_json::json!({ "gone": part.gone, "left": part.left, "rows": part.rows }),
    };
    let rows = message::canonical(&rows)?;
    Ok(HEXLOWER.encode(&seal::sm3(&[before.as_bytes(), &rows])))
}

/// How far somebody has come who takes the parts of a subscription one after another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reached {
    /// Nothing but a whole is taken.
    pub whole: bool,
    /// The number of the last part,
    pub sequence: i64,
    /// the run to which it belongs; empty where that one is complete,
    pub run: String,
    /// which of it it is,
    pub part: i64,
    /// and the digest over those so far.
    pub chain: String,
}

/// How a part stands to what came before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Follows {
    /// It is the next one: so far is it then.
    Next(Reached),
    /// It is one of those that nobody waits for any more.
    Over,
    /// Something before it is missing, or is another than its sender says.
    Missing,
}

impl Reached {
    /// Whether a part of this number is the next one. A whole may begin at any time.
    pub fn follows(&self, sequence: i64, part: &Part) -> Follows {
        let run = &part.publication;
        let begins = run.mode == Mode::Whole && run.part == 1;
        if !begins && self.whole {
            return Follows::Over;
        }
        let first = run.part == 1 && self.run.is_empty();
        let next = run.run == self.run && run.part == self.part + 1;
        if !begins && (sequence != self.sequence + 1 || !first && !next) {
            return Follows::Missing;
        }
        let before = if run.part == 1 { "" } else { self.chain.as_str() };
        let Ok(chain) = chained(before, part) else { return Follows::Missing };
        if run.digest.as_ref().is_some_and(|digest| *digest != chain) {
            return Follows::Missing;
        }
        let complete = run.of.is_some();
        let run_now = if complete { String::new() } else { run.run.clone() };
        Follows::Next(Self { whole: false, sequence, run: run_now, part: run.part, chain })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_run((mode, run, number): (Mode, &str, i64), last: Option<&str>) -> Part {
        let run = Run {
            run: run.into(),
            part: number,
            mode,
            items: vec!["no".into()],
            of: last.map(|_| number),
            digest: last.map(str::to_owned),
            left: None,
        };
        let rows = vec![vec![Some(number.to_string())]];
        Part { publication: run, rows, ..Part::default() }
    }

    fn after(reached: &Reached, sequence: i64, part: &Part) -> Reached {
        match reached.follows(sequence, part) {
            Follows::Next(reached) => reached,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn parts_are_taken_in_their_order_and_what_lacks_one_is_seen() {
        let begun = Reached { whole: true, ..Reached::default() };
        let changes = of_run((Mode::Changes, "r0", 1), None);
        assert_eq!(begun.follows(1, &changes), Follows::Over, "the whole comes first");
        let first = of_run((Mode::Whole, "r1", 1), None);
        let one = after(&begun, 7, &first);
        let second = of_run((Mode::Whole, "r1", 2), Some("another"));
        assert_eq!(one.follows(8, &second), Follows::Missing, "it is another whole");
        let digest = chained(&one.chain, &second).unwrap();
        let second = of_run((Mode::Whole, "r1", 2), Some(&digest));
        assert_eq!(one.follows(9, &second), Follows::Missing, "a number is missing");
        let two = after(&one, 8, &second);
        assert_eq!((two.run.as_str(), two.part, two.whole), ("", 2, false));
        assert_eq!(two.follows(8, &second), Follows::Missing, "the centre counts behind");
        let alone = of_run((Mode::Changes, "r2", 1), None);
        let digest = chained("", &alone).unwrap();
        let alone = of_run((Mode::Changes, "r2", 1), Some(&digest));
        assert_eq!(after(&two, 9, &alone).sequence, 9);
        assert_eq!(two.follows(10, &alone), Follows::Missing);
        let open = after(&two, 9, &of_run((Mode::Changes, "r2", 1), None));
        assert_eq!(open.follows(10, &alone), Follows::Missing, "a run broke off");
        assert_eq!(after(&open, 20, &first).part, 1, "a whole makes all good");
    }

    fn part() -> Part {
        let run = Run { run: "1".into(), part: 1, items: vec!["a".into()], ..Run::default() };
        Part { publication: run, rows: vec![vec![Some("x".into())]], ..Part::default() }
    }

    #[test]
    fn what_stayed_behind_is_counted_in_the_last_part_and_stands_under_the_digest() {
        let mut last = part();
        (last.publication.of, last.publication.digest) = (Some(1), Some("d".into()));
        let left = |rows, words: &str| Some(Left { rows, words: words.into() });
        last.publication.left = left(2, "第 4 行“a”：没有值");
        assert_eq!(last.fits(), Ok(()));
        let first = Part { publication: Run { left: left(2, ""), ..part().publication }, ..part() };
        assert!(first.fits().is_err(), "in the last part alone");
        for bad in [left(0, ""), left(-1, ""), left(1, &"长".repeat(WORDS_MAX + 1))] {
            last.publication.left = bad;
            assert!(last.fits().is_err());
        }
        let keyed = Part { left: vec![vec![Some("7".into())]], ..part() };
        assert_eq!(keyed.fits(), Ok(()));
        assert!(Part { left: vec![vec![]], ..part() }.fits().is_err(), "as wide as the others");
        assert_ne!(chained("", &keyed).unwrap(), chained("", &part()).unwrap());
        assert_eq!(keyed.into_rows().left, [[Some("7".to_owned())]]);
    }

    #[test]
    fn a_part_that_cannot_be_one_is_told_so() {
        assert_eq!(part().fits(), Ok(()));
        let last = |of, digest: Option<&str>| {
            let mut part = part();
            (part.publication.of, part.publication.digest) = (of, digest.map(str::to_owned));
            part.fits()
        };
        assert_eq!(last(Some(1), Some("d")), Ok(()));
        assert!(last(Some(2), Some("d")).is_err());
        assert!(last(Some(1), None).is_err());
        assert!(Part { rows: vec![vec![]], ..part() }.fits().is_err());
        assert!(Part { gone: vec![0], ..part() }.fits().is_err(), "a whole has nothing gone");
        let mut changes = Part { gone: vec![0], ..part() };
        changes.publication.mode = Mode::Changes;
        assert_eq!(changes.fits(), Ok(()));
        changes.gone = vec![1];
        assert!(changes.fits().is_err());
    }

    #[test]
    fn the_digest_tells_rows_and_their_order() {
        let (one, mut other) = (part(), part());
        other.rows[0][0] = None;
        let both = chained(&chained("", &one).unwrap(), &other).unwrap();
        let turned = chained(&chained("", &other).unwrap(), &one).unwrap();
        assert_ne!(both, turned);
        assert_eq!(both.len(), 64);
    }
}
