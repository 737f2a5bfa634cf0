//! The desk where lines come into a register: bringing a file in, the reports on what came, and undoing a load. The
//! office that keeps the register says what a line of it is; everything else is the same for all.

mod coming;
mod feeds;
mod jobs;
mod look;
mod pages;
mod report;
pub mod rooms;
mod then;

use base::{Fault, Outcome, Refusal};
use register::file::{self, Columns, FileIn};
use register::{By, Loading, Register, Report, Source};

use crate::hall::Hall;
use crate::parts::Tab;

pub use coming::Word;
pub use feeds::{Provided, Wished, fed_terms};
pub use look::{Entered, LookDesk, Sought};
pub use pages::Asked;
pub use rooms::Keeper;
pub use then::{PROOF, Then, proof};

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
    /// The columns of its files.
    pub columns: &'static Columns,
    /// Where it is said which departments' gateways feed it.
    pub feeds: &'static str,
    /// The office, and the purpose for which it asks in order to be fed.
    pub fed: (&'static str, &'static str),
}

/// No file is larger.
pub const BYTES_MAX: usize = 400 * 1_048_576;
/// How the names of files end.
const ENDINGS: &[&str] = &["csv", "txt", "xlsx", "json", "jsonl"];

impl LoadDesk {
    fn too_large() -> Refusal {
        let words = format!("文件太大：最多 {} MB", BYTES_MAX / 1_048_576);
        Refusal::new(base::RefusalKind::TooLarge, "register.too_large", words.clone())
            .remedy("请分成几个文件导入")
            .field("file", words)
    }
}

/// Brings in a file for whoever may. Each wrong line is reported and the others are taken; what is new is staged in
/// chunks and counts all at once; one act tells of the load, with the Merkle root over its rows. The same file a second
/// time changes nothing.
pub async fn bring_in(
    hall: &Hall,
    desk: &'static LoadDesk,
    by: By,
    bytes: Vec<u8>,
    name: &str,
) -> Outcome<Report> {
    let asking = by.clone();
    hall.store.read(move |reader| asking.permit(reader, desk.register).map(|_| ())).await?;
    let (name, today) = (tidy_name(name), hall.now().day());
    let read = move || {
        let digest = seal::sm3(&[&bytes]);
        file::source(desk.columns, FileIn { name, digest, bytes }, today)
    };
    let source = tokio::task::spawn_blocking(read).await.map_err(Fault::from)??;
    bring_in_from(hall, desk.register, by, source).await
}

/// The same from any source.
pub async fn bring_in_from(
    hall: &Hall,
    register: &'static Register,
    by: By,
    source: Source,
) -> Outcome<Report> {
    let ground = hall.ground();
    let report = Loading::new(&ground, register, by, source).bring_in(&ground).await?;
    hall.bell.notify_one();
    Ok(report)
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
