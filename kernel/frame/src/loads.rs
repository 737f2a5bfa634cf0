//! The desk where lines come into a register: bringing a file in, the reports on what came, and undoing a load. The
//! office that keeps the register says what a line of it is; everything else is the same for all.

mod coming;
mod jobs;
mod pages;
mod report;

use base::{Day, Outcome, Refusal};
use register::{Register, Source};

use crate::parts::Tab;

pub use jobs::{import, sweep};
pub use pages::{Asked, list, take_in};
pub use report::{show, undo};

/// What the desk of one register is.
pub struct LoadDesk {
    /// The register.
    pub register: &'static Register,
    /// The register's title: 人口基础信息.
    pub title: &'static str,
    /// Where its first page is.
    pub home: &'static str,
    /// Where its loads are.
    pub path: &'static str,
    /// The job that reads a file.
    pub job: &'static str,
    /// The parts of the register's desk, this one marked.
    pub tabs: fn() -> Vec<Tab>,
    /// What stands in the files, for the hint of the field.
    pub hint: fn() -> String,
    /// How their names end.
    pub endings: &'static [&'static str],
    /// No file is larger.
    pub bytes_max: usize,
    /// Whether the beginning of a file can be that of one.
    pub begins: fn(&[u8]) -> Result<(), Refusal>,
    /// A file with this name and digest as the source of a load.
    pub source: fn(FileIn, Day) -> Outcome<Source>,
}

/// A file that is to be read.
pub struct FileIn {
    /// Its name.
    pub name: String,
    /// SM3 of it.
    pub digest: [u8; 32],
    /// What stands in it.
    pub bytes: Vec<u8>,
}

impl LoadDesk {
    fn too_large(&self) -> Refusal {
        let words = format!("文件太大：最多 {} MB", self.bytes_max / 1_048_576);
        Refusal::new(base::RefusalKind::TooLarge, "register.too_large", words.clone())
            .remedy("请分成几个文件导入")
            .field("file", words)
    }
}

/// The refusal for a file that did not come with a form.
pub fn no_file() -> Refusal {
    let words = "请选择要导入的文件";
    Refusal::new(base::RefusalKind::Invalid, "register.no_file", words).field("file", words)
}

/// A name without folders, at most 120 characters.
pub fn tidy_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    last.chars().filter(|letter| !letter.is_control()).take(120).collect()
}
