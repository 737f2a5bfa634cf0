//! The verbs: bringing residents in.

mod deaths;
mod load;
mod upload;

use std::sync::Arc;

use access::{Actor, Over, Permit, authorise};
use base::{Fault, Outcome, Refusal, RefusalKind};
use frame::Hall;

use crate::rules;
use crate::terms::{IMPORT, Report, Tally};

pub(crate) use deaths::{announce, announce_later};
pub(crate) use load::{Loading, Source};
pub(crate) use upload::{Upload, drop_file, read_in};

/// Who brings residents in.
#[derive(Clone, Debug)]
pub enum By {
    /// A person, with the right of a post.
    Person(Actor),
    /// Whoever runs commands on the city's own machine, and the demonstration.
    CommandLine,
}

impl By {
    fn permit(&self, reader: &::store::Reader<'_>) -> Outcome<Permit> {
        match self {
            By::Person(actor) => authorise(reader, actor, &IMPORT, Over::City),
            By::CommandLine => Ok(access::clockwork(IMPORT.name)),
        }
    }
}

/// Brings in a file of residents. Each wrong line is reported and the others are taken; the rows
/// are staged in chunks and count all at once; one act tells of the load, with the Merkle root over
/// its rows. The same file a second time changes nothing.
pub async fn import(hall: &Arc<Hall>, by: By, bytes: Vec<u8>, name: &str) -> Outcome<Report> {
    let asking = by.clone();
    hall.store.read(move |reader| asking.permit(reader).map(|_| ())).await?;
    let (now, name) = (hall.now(), tidy_name(name));
    let today = now.day();
    let (digest, read) =
        tokio::task::spawn_blocking(move || (seal::sm3(&[&bytes]), rules::read(&bytes, today)))
            .await
            .map_err(Fault::from)?;
    let read = read.map_err(Refusal::from)?;
    let tally = Tally { read: read.rows(), refused: read.refused_lines, ..Tally::default() };
    let source = Source { kind: "file", name, digest };
    Loading::new(hall, by, source).bring_in(hall, read.lines, read.refused, tally).await
}

/// A name without folders, at most 120 characters.
fn tidy_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    last.chars().filter(|letter| !letter.is_control()).take(120).collect()
}

/// The refusal for a file that did not come with a form.
pub fn no_file() -> Refusal {
    let words = "请选择要导入的 CSV 文件";
    Refusal::new(RefusalKind::Invalid, "population.no_file", words).field("file", words)
}
