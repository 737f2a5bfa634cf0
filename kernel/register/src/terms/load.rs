//! A load: how far it has come, what came of it, and the lines that were not taken in.

use std::borrow::Cow;

use base::{Id, Moment};

/// A line that was not taken in. It never repeats what stood there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The line, from 1; the heading is the first.
    pub line: u64,
    /// The heading of the field; 整行 for the whole line.
    pub field: Cow<'static, str>,
    /// The rule it breaks, in a word: 校验码.
    pub rule: Cow<'static, str>,
    /// What is wrong, in plain words.
    pub words: String,
}

/// A load.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Load {
    /// Its id.
    pub id: Id<Load>,
    /// Its place in the order of loads.
    pub place: i64,
    /// `file`, `gateway` or `demo`.
    pub source: String,
    /// The file's name.
    pub name: String,
    /// Who brought it in.
    pub by_name: String,
    /// When it came to count.
    pub published_at: Moment,
    /// When it was undone.
    pub undone_at: Option<Moment>,
    /// What came of it.
    pub tally: Tally,
    /// The act that tells of it.
    pub act: String,
    /// The act that undid it; empty while it counts.
    pub undone_act: String,
    /// Its number, by which its rows are found.
    pub no: i64,
    /// How many rows it brought.
    pub size: u64,
    /// The root over them.
    pub root: [u8; 32],
}

/// How far a load has come that does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The browser is sending its file.
    Receiving,
    /// Its file is there and waits to be read.
    Waiting,
    /// Its lines are checked, held against the register, and what is new is written; it does not count yet.
    Staging,
    /// It has come to count.
    Published,
    /// It counted, and was undone.
    Undone,
    /// Its file could not be taken in, or its person may not bring any in.
    Refused,
    /// It says nothing that the same file did not say before.
    Same,
    /// So many would be in the register no more that a person is asked first.
    Held,
    /// It was interrupted, and nobody went on with it.
    Broken,
}

impl Stage {
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
            Stage::Held => "held",
            Stage::Broken => "broken",
        }
    }

    /// As people read it.
    pub const fn title(self) -> &'static str {
        match self {
            Stage::Receiving => "正在上传",
            Stage::Waiting => "等待处理",
            Stage::Staging => "正在比对写入",
            Stage::Published => "已经生效",
            Stage::Undone => "已经撤销",
            Stage::Refused => "没有导入",
            Stage::Same => "没有变化",
            Stage::Held => "等待确认",
            Stage::Broken => "处理中断",
        }
    }

    /// Whether it may still come to count.
    pub const fn is_under_way(self) -> bool {
        matches!(self, Stage::Receiving | Stage::Waiting | Stage::Staging)
    }

    /// Reads what is stored. One whose leavings are being removed, `breaking`, is broken.
    pub(crate) fn parse(text: &str) -> Self {
        use Stage::{Held, Published, Receiving, Refused, Same, Staging, Undone, Waiting};
        let all = [Receiving, Waiting, Staging, Published, Undone, Refused, Same, Held];
        all.into_iter().find(|stage| stage.as_str() == text).unwrap_or(Stage::Broken)
    }
}

/// A load that does not count, or not yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coming {
    /// Its id.
    pub id: Id<Load>,
    /// Its number, by which its rows are found.
    pub no: i64,
    /// The file's name.
    pub name: String,
    /// It came by a department's gateway.
    pub is_published: bool,
    /// Who brings it in.
    pub by_name: String,
    /// SM3 of the file.
    pub digest: [u8; 32],
    /// When it was begun.
    pub started_at: Moment,
    /// When it last moved.
    pub moved_at: Moment,
    /// How far it has come.
    pub stage: Stage,
    /// So many lines of this step are done,
    pub done: u64,
    /// of so many.
    pub total: u64,
    /// Why it will not come to count.
    pub words: String,
    /// The load of the same file that counts.
    pub same_as: Option<Id<Load>>,
    /// So many would be in the register no more; 0 where nobody is asked about it.
    pub going: u64,
    /// So many may go by it without asking a person again.
    pub allowed: u64,
}

/// What came of the lines of a load.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Lines that were read.
    pub read: u64,
    /// Subjects that were not in the register.
    pub added: u64,
    /// Subjects of which something changed.
    pub changed: u64,
    /// Subjects of which nothing changed.
    pub unchanged: u64,
    /// Subjects that are in the register no more.
    pub removed: u64,
    /// Subjects that stand today as they did: only how they were before has changed.
    pub earlier: u64,
    /// Lines that were refused.
    pub refused: u64,
}

/// What `import` gives back: the report on one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The load.
    pub load: Id<Load>,
    /// The file was brought in before and changed nothing now: the load is that of the first time.
    pub again: bool,
    /// What came of it.
    pub tally: Tally,
    /// The first of the refused lines, at most [`REFUSED_MAX`].
    pub refused: Vec<Refused>,
}

impl Report {
    /// Whether every line was taken in.
    pub fn is_clean(&self) -> bool {
        self.tally.refused == 0
    }

    /// The report in words, a line at a time: refused lines first, the sum at the end.
    pub fn lines(&self, unit: &str) -> Vec<String> {
        let mut lines: Vec<String> = self
            .refused
            .iter()
            .map(|one| format!("第 {} 行 {}（{}）：{}", one.line, one.field, one.rule, one.words))
            .collect();
        let Tally { read, added, changed, unchanged, removed, earlier, refused } = self.tally;
        if self.again {
            lines.push("这个文件以前导入过，没有变化".into());
        }
        lines.push(format!(
            "读到 {read} 行：新增 {added} {unit}，更改 {changed} {unit}，没有变化 {unchanged} {unit}，退回 {refused} 行"
        ));
        if earlier > 0 {
            lines.push(format!("只补记从前的情况、现在的登记不变 {earlier} {unit}"));
        }
        if removed > 0 {
            lines.push(format!("不再登记 {removed} {unit}"));
        }
        lines
    }
}

/// So many refused lines of a load are kept with their reasons.
pub const REFUSED_MAX: usize = 10_000;

/// A refused line as it was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The line.
    pub line: i64,
    /// The field.
    pub field: String,
    /// The rule.
    pub rule: String,
    /// What is wrong.
    pub words: String,
}
