//! A dataset: the rows behind a resource, and the loads that bring them.

use base::{Id, Moment};

use super::Item;

/// What a file says of a dataset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// All of it: who is missing is gone.
    Whole,
    /// What was added or changed, by key; the rest stays.
    Changes,
}

impl Extent {
    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Extent::Whole => "whole",
            Extent::Changes => "changes",
        }
    }

    /// As people read it.
    pub const fn title(self) -> &'static str {
        match self {
            Extent::Whole => "全部数据",
            Extent::Changes => "新增和更改",
        }
    }

    /// As stored.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Whole, Self::Changes].into_iter().find(|one| one.as_str() == text)
    }
}

/// How far a load has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The browser is sending its file.
    Receiving,
    /// Its file waits to be read.
    Waiting,
    /// Its rows are checked and written; they do not count yet.
    Staging,
    /// It has come to count.
    Published,
    /// It counted, and was undone.
    Undone,
    /// It was not taken in.
    Refused,
    /// It says what stands already.
    Same,
    /// It was interrupted, and nobody went on with it.
    Broken,
}

impl Stage {
    const ALL: [Self; 8] = [
        Self::Receiving,
        Self::Waiting,
        Self::Staging,
        Self::Published,
        Self::Undone,
        Self::Refused,
        Self::Same,
        Self::Broken,
    ];

    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Stage::Receiving => "receiving",
            Stage::Waiting => "waiting",
            Stage::Staging => "staging",
            Stage::Published => "published",
            Stage::Undone => "undone",
            Stage::Refused => "refused",
            Stage::Same => "same",
            Stage::Broken => "broken",
        }
    }

    /// As people read it.
    pub const fn title(self) -> &'static str {
        match self {
            Stage::Receiving => "正在上传",
            Stage::Waiting => "等待处理",
            Stage::Staging => "正在核对写入",
            Stage::Published => "已经生效",
            Stage::Undone => "已经撤销",
            Stage::Refused => "没有导入",
            Stage::Same => "没有变化",
            Stage::Broken => "处理中断",
        }
    }

    /// Whether it may still come to count.
    pub const fn is_under_way(self) -> bool {
        matches!(self, Stage::Receiving | Stage::Waiting | Stage::Staging)
    }

    /// As stored; what is unknown was broken off.
    pub fn parse(text: &str) -> Self {
        Self::ALL.into_iter().find(|one| one.as_str() == text).unwrap_or(Stage::Broken)
    }
}

/// What came of the rows of a load.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Rows that were read.
    pub read: i64,
    /// Those whose key was not there.
    pub added: i64,
    /// Those of which something changed.
    pub changed: i64,
    /// Those of which nothing did.
    pub unchanged: i64,
    /// Rows that are there no more.
    pub gone: i64,
    /// Rows that were refused.
    pub refused: i64,
}

/// A field that was not taken in. It never repeats what stood there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadCell {
    /// The line, from 1; the heading is the first.
    pub line: i64,
    /// The item's name; 整行 for the whole line.
    pub field: String,
    /// The rule it breaks, in a word.
    pub rule: String,
    /// What is wrong.
    pub words: String,
}

/// What stands of a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dataset {
    /// The resource.
    pub key: String,
    /// The number of the load whose rows stand; 0 where none does.
    pub standing: i64,
    /// Moves with each load that comes to count or is undone.
    pub moves: i64,
    /// How many rows stand.
    pub rows: i64,
    /// Since when.
    pub changed_at: Moment,
}

/// A load of a dataset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetLoad {
    /// Its number, by which its blocks are found.
    pub no: i64,
    /// Its id, as addresses have it.
    pub id: Id<SetLoad>,
    /// The resource.
    pub key: String,
    /// What it says.
    pub extent: Extent,
    /// `file`, `demo`, or what else brings rows.
    pub source: String,
    /// The file's name.
    pub name: String,
    /// By which it can be proved where it came from: the exchange's token.
    pub proof: String,
    /// Who brought it.
    pub by_name: String,
    /// SM3 of the file.
    pub digest: [u8; 32],
    /// The items of its rows, in the order of the columns.
    pub shape: Vec<Item>,
    /// Whether its rows lie sealed.
    pub sealed: bool,
    /// How far it has come.
    pub stage: Stage,
    /// Why it does not count, or what was seen on the way.
    pub words: String,
    /// So many lines are done,
    pub done: i64,
    /// of about so many.
    pub total: i64,
    /// What came of its rows.
    pub tally: Tally,
    /// How many rows stand by it.
    pub size: i64,
    /// The root over them.
    pub root: [u8; 32],
    /// The act of its coming to count; empty before.
    pub act: String,
    /// The act of its being undone; empty while it counts.
    pub undone_act: String,
    /// The load that stood before it.
    pub before: i64,
    /// When it was begun.
    pub started_at: Moment,
    /// When it last moved.
    pub moved_at: Moment,
}

/// The items that name a row, by place; all of them where none is marked as key.
pub fn key_places(shape: &[Item]) -> Vec<usize> {
    let marked: Vec<usize> =
        shape.iter().enumerate().filter(|(_, item)| item.key).map(|(place, _)| place).collect();
    if marked.is_empty() { (0..shape.len()).collect() } else { marked }
}
