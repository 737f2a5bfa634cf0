//! The verbs: bringing residents in.

mod deaths;

use std::sync::Arc;

use base::{Day, Fault, Outcome, Refusal};
use frame::Hall;
use frame::loads::{FileIn, tidy_name};
use register::{Loading, Reading, Report, Source};

use crate::rules::Table;
use crate::terms::RESIDENTS;

pub(crate) use deaths::announce;
pub use register::By;

/// Brings in a file of residents. Each wrong line is reported and the others are taken; the rows
/// are staged in chunks and count all at once; one act tells of the load, with the Merkle root over
/// its rows. The same file a second time changes nothing.
pub async fn import(hall: &Arc<Hall>, by: By, bytes: Vec<u8>, name: &str) -> Outcome<Report> {
    let asking = by.clone();
    hall.store.read(move |reader| asking.permit(reader, &RESIDENTS).map(|_| ())).await?;
    let (name, today) = (tidy_name(name), hall.now().day());
    let read = move || {
        let digest = seal::sm3(&[&bytes]);
        source(FileIn { name, digest, bytes }, today)
    };
    let source = tokio::task::spawn_blocking(read).await.map_err(Fault::from)??;
    bring_in(hall, by, source).await
}

/// Brings in what comes from a source.
pub(crate) async fn bring_in(hall: &Arc<Hall>, by: By, source: Source) -> Outcome<Report> {
    let ground = hall.ground();
    let report = Loading::new(&ground, &RESIDENTS, by, source).bring_in(&ground).await?;
    hall.bell.notify_one();
    Ok(report)
}

/// A file as the source of a load.
pub(crate) fn source(file: FileIn, today: Day) -> Outcome<Source> {
    let text = Table::decode(&file.bytes).map_err(Refusal::from)?;
    let lines = text.bytes().filter(|byte| *byte == b'\n').count();
    let open = move || {
        let table = Table::open(text.clone(), today).map_err(Refusal::from)?;
        Ok(Box::new(table) as Box<dyn Reading>)
    };
    // What is wrong with the headings is said before anything is begun.
    open().map(drop)?;
    let (name, digest) = (file.name, file.digest);
    Ok(Source { kind: "file", name, digest, lines, open: Arc::new(open) })
}
