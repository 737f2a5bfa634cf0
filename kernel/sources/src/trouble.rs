//! What can be wrong with a file: with one row of it, or with the whole.

use base::{Refusal, RefusalKind};

/// Stands for a column where the whole row is meant.
pub const WHOLE_ROW: &str = "整行";

/// A row that cannot be read. The rest of the file goes on.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Trouble {
    /// The line of the file, from 1.
    pub line: u64,
    /// The heading of the column, or [`WHOLE_ROW`].
    pub column: String,
    /// What kind of trouble, in two to four characters: `列数`, `编码`.
    pub rule: String,
    /// What is wrong and what to do, in plain Chinese.
    pub words: String,
}

impl Trouble {
    /// A trouble of a whole row.
    pub fn of_row(line: u64, rule: &str, words: impl Into<String>) -> Self {
        Self { line, column: WHOLE_ROW.into(), rule: rule.into(), words: words.into() }
    }

    /// A trouble of one cell.
    pub fn of_cell(line: u64, column: &str, rule: &str, words: impl Into<String>) -> Self {
        Self { line, column: column.into(), rule: rule.into(), words: words.into() }
    }
}

/// Why a whole file cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum BadFile {
    /// There is nothing in it, or nothing under the headings.
    #[error("文件中没有数据")]
    Empty,
    /// It ends in the middle.
    #[error("文件不完整，{0}")]
    Half(String),
    /// It is of another kind than a table.
    #[error("{0}，不是可以读取的表格")]
    NotTable(&'static str),
    /// Its name says one kind, its content another.
    #[error("文件名说它是 {said}，内容却是 {is}")]
    Renamed {
        /// What the name says.
        said: &'static str,
        /// What it is.
        is: &'static str,
    },
    /// A workbook under a password, or of the kind before 2007.
    #[error("这是旧版（.xls）或者加了密码的工作簿，无法读取")]
    OldOrLocked,
    /// Damaged inside.
    #[error("文件已损坏，无法读取：{0}")]
    Damaged(String),
    /// It has no sheet of this name.
    #[error("工作簿中没有名为“{wanted}”的工作表，有：{found}")]
    NoSheet {
        /// The name that was asked for.
        wanted: String,
        /// The names that are there.
        found: String,
    },
    /// A heading stands there twice.
    #[error("表头“{0}”出现了不止一次")]
    Twice(String),
    /// Headings that must be there are not.
    #[error("{0}")]
    Missing(Missing),
    /// More than the limit.
    #[error("文件超过 {limit} {unit}")]
    TooMuch {
        /// The limit.
        limit: u64,
        /// Of what: 行, 列, MB.
        unit: &'static str,
    },
    /// Unpacked it would be larger than the limit.
    #[error("工作簿解开以后超过 {0} MB，可能是有意做成的压缩炸弹")]
    Bomb(u64),
    /// Its characters are in no encoding that is known.
    #[error("文件的文字编码无法识别")]
    Encoding,
    /// It could not be read from where it lies.
    #[error("文件没有读完：{0}")]
    Io(#[from] std::io::Error),
}

/// Headings that are missing, each with the heading in the file that is most like it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing(pub Vec<(String, Option<String>)>);

impl std::fmt::Display for Missing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("缺少表头：")?;
        for (place, (name, near)) in self.0.iter().enumerate() {
            if place > 0 {
                f.write_str("，")?;
            }
            write!(f, "“{name}”")?;
            if let Some(near) = near {
                write!(f, "（文件中有“{near}”，是否就是它？）")?;
            }
        }
        Ok(())
    }
}

impl BadFile {
    /// Stable, for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "sources.empty",
            Self::Half(_) => "sources.half",
            Self::NotTable(_) => "sources.not_a_table",
            Self::Renamed { .. } => "sources.renamed",
            Self::OldOrLocked => "sources.old_or_locked",
            Self::Damaged(_) => "sources.damaged",
            Self::NoSheet { .. } => "sources.no_sheet",
            Self::Twice(_) => "sources.heading_twice",
            Self::Missing(_) => "sources.heading_missing",
            Self::TooMuch { .. } => "sources.too_much",
            Self::Bomb(_) => "sources.bomb",
            Self::Encoding => "sources.encoding",
            Self::Io(_) => "sources.unread",
        }
    }

    /// What whoever brought the file can do now.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Empty => "请确认导出的是有数据的表，第一行是表头，再重新上传",
            Self::Half(_) => "请重新导出或者重新传送完整的文件，再上传",
            Self::NotTable(_) => "请导出为 CSV、Excel 工作簿（.xlsx）或者 JSON，再上传",
            Self::Renamed { .. } => "请不要改文件的扩展名；改回原来的扩展名，再上传",
            Self::OldOrLocked => "请用表格软件打开，去掉密码，另存为 .xlsx，再上传",
            Self::Damaged(_) => "请用表格软件打开并另存一份，再上传；打不开的，请重新导出",
            Self::NoSheet { .. } => "请核对工作表的名称，再上传",
            Self::Twice(_) => "请删去或者改名重复的一列，再上传",
            Self::Missing(_) => "请把表头改成约定的名称，再上传",
            Self::TooMuch { .. } => "请分成几个文件上传",
            Self::Bomb(_) => "请另存为 CSV，再上传",
            Self::Encoding => "请另存为 UTF-8 编码的 CSV，再上传",
            Self::Io(_) => "请稍后再试；仍不行的，请联系管理员",
        }
    }

    /// As the person is told.
    pub fn refusal(&self) -> Refusal {
        let kind = match self {
            Self::TooMuch { .. } | Self::Bomb(_) => RefusalKind::TooLarge,
            Self::Io(_) => RefusalKind::Unavailable,
            _ => RefusalKind::Invalid,
        };
        Refusal::new(kind, self.code(), self.to_string()).remedy(self.remedy())
    }
}

impl From<BadFile> for base::Stop {
    fn from(bad: BadFile) -> Self {
        bad.refusal().into()
    }
}
