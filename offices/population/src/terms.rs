//! The nouns: a resident, a load of residents, a line that was refused.

mod ethnicity;
mod words;

pub use ethnicity::Ethnicity;
pub use words::{Community, Decade, Given, Group, Street, Words, words};

use access::{Permission, Reach};
use ask::Terms;
use base::{CitizenNumber, Day, Id, Moment, PersonName, Phone};

/// Looking one person up.
pub static LOOK: Permission = Permission {
    name: "population.look",
    about: "查询人口信息",
    roles: &[("registrar", Reach::City)],
};

/// Bringing residents in.
pub static IMPORT: Permission = Permission {
    name: "population.import",
    about: "导入人口信息",
    roles: &[("registrar", Reach::City)],
};

/// What the register knows of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resident {
    /// Citizen number; sex and day of birth stand in it.
    pub number: CitizenNumber,
    /// Name.
    pub name: PersonName,
    /// Nationality of the fifty-six (GB/T 3304).
    pub ethnicity: Ethnicity,
    /// Where the person is registered to live.
    pub address: String,
    /// Phone, where one is known.
    pub phone: Option<Phone>,
    /// Whether they live.
    pub life: Life,
}

/// What is known of whether somebody lives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Life {
    /// The file has no column for it: what the register knows stays.
    #[default]
    Unsaid,
    /// No death is known.
    Living,
    /// They died on this day.
    Died(Day),
}

impl Life {
    /// The day of the death.
    pub const fn died(self) -> Option<Day> {
        match self {
            Life::Died(day) => Some(day),
            Life::Unsaid | Life::Living => None,
        }
    }

    /// As the register has it.
    pub fn known(died: Option<Day>) -> Self {
        died.map_or(Life::Living, Life::Died)
    }
}

/// A resident with the line of the file it stood in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The line, from 1; the heading is the first.
    pub line: u64,
    /// Who.
    pub resident: Resident,
}

/// A line that was not taken in. It never repeats what stood there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The line, from 1; the heading is the first.
    pub line: u64,
    /// The heading of the field; 整行 for the whole line.
    pub field: &'static str,
    /// The rule it breaks, in a word: 校验码.
    pub rule: &'static str,
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
    /// `file` or `demo`.
    pub source: String,
    /// The file's name.
    pub name: String,
    /// Who brought it in.
    pub by_name: String,
    /// When it counted.
    pub published_at: Moment,
    /// What came of it.
    pub tally: Tally,
    /// The act that tells of it.
    pub act: String,
}

/// How far a load has come that does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The browser is sending its file.
    Receiving,
    /// Its file is there and waits to be read.
    Waiting,
    /// Its lines are held against the register.
    Comparing,
    /// What is new is being written; it does not count yet.
    Staging,
    /// It has come to count.
    Published,
    /// Its file could not be taken in, or its person may not bring any in.
    Refused,
    /// It says nothing that the same file did not say before.
    Same,
    /// It was interrupted, and nobody went on with it.
    Broken,
}

impl Stage {
    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Stage::Receiving => "receiving",
            Stage::Waiting => "waiting",
            Stage::Comparing => "comparing",
            Stage::Staging => "staging",
            Stage::Published => "published",
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
            Stage::Comparing => "正在比对",
            Stage::Staging => "正在写入",
            Stage::Published => "已经生效",
            Stage::Refused => "没有导入",
            Stage::Same => "没有变化",
            Stage::Broken => "处理中断",
        }
    }

    /// Whether it may still come to count.
    pub const fn is_under_way(self) -> bool {
        matches!(self, Stage::Receiving | Stage::Waiting | Stage::Comparing | Stage::Staging)
    }

    pub(crate) fn parse(text: &str) -> Self {
        use Stage::{Broken, Comparing, Published, Receiving, Refused, Same, Staging, Waiting};
        let all = [Receiving, Waiting, Comparing, Staging, Published, Refused, Same];
        all.into_iter().find(|stage| stage.as_str() == text).unwrap_or(Broken)
    }
}

/// A load that does not count, or not yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coming {
    /// Its id.
    pub id: Id<Load>,
    /// The file's name.
    pub name: String,
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
}

/// What came of the lines of a load.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Lines that were read.
    pub read: u64,
    /// People who were not in the register.
    pub added: u64,
    /// People of whom something changed.
    pub changed: u64,
    /// People of whom nothing changed.
    pub unchanged: u64,
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
    pub fn lines(&self) -> Vec<String> {
        let mut lines: Vec<String> = self
            .refused
            .iter()
            .map(|one| format!("第 {} 行 {}（{}）：{}", one.line, one.field, one.rule, one.words))
            .collect();
        let Tally { read, added, changed, unchanged, refused } = self.tally;
        if self.again {
            lines.push("这个文件以前导入过，没有变化".into());
        }
        lines.push(format!(
            "读到 {read} 行：新增 {added} 人，更改 {changed} 人，没有变化 {unchanged} 人，退回 {refused} 行"
        ));
        lines
    }
}

/// A file waits in parts of so many bytes: few enough that writing one holds nobody up.
pub const PART_BYTES: usize = 1_048_576;

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

/// A resident as the register gives it out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Who.
    pub resident: Resident,
    /// Since when the register stands so.
    pub valid_from: Day,
}

/// Registrars look on these terms, and on no others.
pub(crate) const fn own(purpose: &'static str, about: &'static str) -> Terms {
    Terms {
        asker: "population",
        kind: "population.person",
        purpose,
        about,
        fields: &["name", "sex", "birth", "address", "phone", "died"],
        ground: "《中华人民共和国个人信息保护法》第三十四条",
        valid_seconds: 600,
    }
}
