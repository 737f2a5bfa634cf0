//! Lists of who is paid what, as departments bring them: a file each time.

use base::{CitizenNumber, Day, Id, Moment, PersonName};

/// A list of a department: 高龄津贴.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PayList {
    /// Its id.
    pub id: Id<PayList>,
    /// Whose.
    pub organ: String,
    /// That organ's name when the list was made.
    pub organ_name: String,
    /// Its name.
    pub name: String,
}

/// What a file is to its list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// The whole list: it takes the place of what counted.
    Whole,
    /// More lines beside those that count.
    More,
}

impl Extent {
    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Extent::Whole => "whole",
            Extent::More => "more",
        }
    }

    /// As read.
    pub fn parse(text: &str) -> Option<Self> {
        [Extent::Whole, Extent::More].into_iter().find(|one| one.as_str() == text)
    }

    /// As people say it.
    pub const fn title(self) -> &'static str {
        match self {
            Extent::Whole => "完整名单",
            Extent::More => "补充",
        }
    }
}

/// Where a file stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Its lines are being written.
    Staging,
    /// They count.
    Counts,
    /// A whole list has taken its place.
    Replaced,
    /// It was taken back.
    Undone,
    /// It counted no longer, and its lines were removed.
    Forgotten,
}

impl Stage {
    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Stage::Staging => "staging",
            Stage::Counts => "counts",
            Stage::Replaced => "replaced",
            Stage::Undone => "undone",
            Stage::Forgotten => "forgotten",
        }
    }

    /// As read.
    pub fn parse(text: &str) -> Option<Self> {
        let all = [Stage::Staging, Stage::Counts, Stage::Replaced, Stage::Undone, Stage::Forgotten];
        all.into_iter().find(|one| one.as_str() == text)
    }

    /// As people say it.
    pub const fn title(self) -> &'static str {
        match self {
            Stage::Staging => "没有写完",
            Stage::Counts => "在用",
            Stage::Replaced => "已被新名单代替",
            Stage::Undone => "已经撤销",
            Stage::Forgotten => "到期，内容已删除",
        }
    }
}

/// A file of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Load {
    /// Its id.
    pub id: Id<Load>,
    /// Of which list.
    pub list: Id<PayList>,
    /// Its place among those of the list that came to count.
    pub place: i64,
    /// What it is to the list.
    pub extent: Extent,
    /// Where it stands.
    pub stage: Stage,
    /// The file's name.
    pub name: String,
    /// SM3 of the file.
    pub digest: [u8; 32],
    /// Who brought it.
    pub by_name: String,
    /// When.
    pub at: Moment,
    /// Lines that were read.
    pub read: i64,
    /// Lines that were taken in.
    pub taken: i64,
    /// Lines that were not.
    pub refused: i64,
    /// Whether the running watches were held against all of it.
    pub held: bool,
    /// The act by which it came to count.
    pub act: String,
    /// When it was taken back.
    pub undone_at: Option<Moment>,
    /// The act of that.
    pub undone_act: String,
    /// When its lines were removed.
    pub forgotten_at: Option<Moment>,
    /// The act of that.
    pub forgotten_act: String,
}

/// A line of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The line of the file.
    pub line: i64,
    /// Whose.
    pub number: CitizenNumber,
    /// As the department calls them.
    pub name: PersonName,
    /// What is paid.
    pub pays: String,
    /// Since when.
    pub since: Option<Day>,
    /// Until when, where it has an end.
    pub until: Option<Day>,
}

/// What was wrong with a line. It never repeats what stood there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The line of the file.
    pub line: i64,
    /// The heading.
    pub field: String,
    /// The rule, in two to four characters.
    pub rule: String,
    /// What is wrong and what to do.
    pub words: String,
}
