//! The verbs: bringing residents in.

use std::collections::HashMap;
use std::sync::Arc;

use access::{Actor, Over, Permit, authorise};
use base::{Day, Fault, Id, Moment, Outcome, Refusal, RefusalKind};
use data_encoding::HEXLOWER;
use frame::Hall;
use ledger::Act;
use seal::merkle::{Frontier, leaf_hash};
use serde_json::json;

use crate::rules;
use crate::store::{self, SealedRow};
use crate::terms::{IMPORT, Line, Load, REFUSED_MAX, Refused, Report, Tally};

/// Lines that are looked up, sealed and staged together: few enough that the writer is never held
/// for long, many enough that a load of a city takes minutes.
const CHUNK: usize = 500;

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
    bring_in(hall, by, source, read.lines, read.refused, tally).await
}

/// Where rows come from.
pub(crate) struct Source {
    /// `file` or `demo`.
    pub(crate) kind: &'static str,
    /// The file's name.
    pub(crate) name: String,
    /// Over the whole of it.
    pub(crate) digest: [u8; 32],
}

/// A name without folders, at most 120 characters.
fn tidy_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    last.chars().filter(|letter| !letter.is_control()).take(120).collect()
}

/// Stages lines, lets them count, and puts the load on record.
pub(crate) async fn bring_in(
    hall: &Arc<Hall>,
    by: By,
    source: Source,
    lines: Vec<Line>,
    mut refused: Vec<Refused>,
    mut tally: Tally,
) -> Outcome<Report> {
    let now = hall.now();
    let id: Id<Load> = Id::mint(now);
    let lines = Arc::new(lines);
    let Changes { rows, unchanged } = changes(hall, lines, now).await?;
    tally.unchanged = unchanged;
    tally.added = rows.iter().filter(|row| row.is_new()).count() as u64;
    tally.changed = rows.len() as u64 - tally.added;
    refused.truncate(REFUSED_MAX);
    let digest = source.digest;
    if rows.is_empty() {
        let before = hall.store.read(move |reader| store::load_of(reader, digest)).await?;
        if let Some(load) = before {
            return Ok(Report { load: load.id, again: true, tally, refused });
        }
    }
    let name = source.name.clone();
    let kind = source.kind;
    let asking = by.clone();
    hall.store
        .write(move |tx| {
            let permit = asking.permit(tx)?;
            store::begin(tx, &permit, id, kind, &name, digest, now)
        })
        .await?;
    let root = root_of(&rows);
    stage(hall, &by, id, rows, &refused, now.day()).await?;
    publish(hall, by, id, source, tally, root).await?;
    Ok(Report { load: id, again: false, tally, refused })
}

/// The lines that say something new, sealed.
struct Changes {
    rows: Vec<SealedRow>,
    unchanged: u64,
}

async fn changes(hall: &Arc<Hall>, lines: Arc<Vec<Line>>, now: Moment) -> Outcome<Changes> {
    let mut rows = Vec::new();
    let mut unchanged = 0;
    for from in (0..lines.len()).step_by(CHUNK) {
        let (keys, lines) = (hall.keys.clone(), lines.clone());
        let fresh = hall
            .store
            .read(move |reader| {
                let chunk: Vec<&Line> = lines.iter().skip(from).take(CHUNK).collect();
                let blinds: Vec<[u8; 32]> =
                    chunk.iter().map(|line| store::blind(&keys, &line.resident.number)).collect();
                let known: HashMap<[u8; 32], ([u8; 32], i64)> = store::standing(reader, &blinds)?
                    .into_iter()
                    .map(|(blind, mac, version)| (blind, (mac, version)))
                    .collect();
                let mut fresh = Vec::new();
                for (line, blind) in chunk.iter().zip(&blinds) {
                    let before = known.get(blind);
                    let same =
                        before.is_some_and(|(mac, _)| *mac == store::mac(&keys, &line.resident));
                    if !same {
                        let version = before.map_or(0, |(_, version)| *version);
                        fresh.push(store::sealed(&keys, line, version, now));
                    }
                }
                Ok((chunk.len() - fresh.len(), fresh))
            })
            .await?;
        unchanged += fresh.0 as u64;
        rows.extend(fresh.1);
    }
    Ok(Changes { rows, unchanged })
}

/// The Merkle root over the fingerprints of the rows, in the order of the file. The fingerprints
/// are made under a key, so that the root betrays nobody.
fn root_of(rows: &[SealedRow]) -> [u8; 32] {
    let mut frontier = Frontier::default();
    for row in rows {
        frontier.append(leaf_hash(row.mac()));
    }
    frontier.root()
}

async fn stage(
    hall: &Arc<Hall>,
    by: &By,
    load: Id<Load>,
    rows: Vec<SealedRow>,
    refused: &[Refused],
    day: Day,
) -> Outcome<()> {
    for chunk in rows.chunks(CHUNK) {
        let (by, chunk) = (by.clone(), chunk.to_vec());
        hall.store.write(move |tx| store::stage(tx, &by.permit(tx)?, load, &chunk, day)).await?;
    }
    for chunk in refused.chunks(CHUNK) {
        let (by, chunk) = (by.clone(), chunk.to_vec());
        hall.store.write(move |tx| store::keep_refused(tx, &by.permit(tx)?, load, &chunk)).await?;
    }
    Ok(())
}

async fn publish(
    hall: &Arc<Hall>,
    by: By,
    load: Id<Load>,
    source: Source,
    tally: Tally,
    root: [u8; 32],
) -> Outcome<()> {
    let now = hall.now();
    let act = Act::new(now, "population.loaded", "load", load)
        .authority("《中华人民共和国个人信息保护法》第三十四条")
        .content(json!({
            "source": source.kind,
            "file": source.name,
            "digest": HEXLOWER.encode(&source.digest),
            "read": tally.read,
            "added": tally.added,
            "changed": tally.changed,
            "unchanged": tally.unchanged,
            "refused": tally.refused,
            "root": HEXLOWER.encode(&root),
        }));
    hall.write(move |tx| {
        let permit = by.permit(tx)?;
        store::publish(tx, &permit, load, &tally, root, &act.id.to_string(), now)?;
        ledger::record(tx, permit.who(), &act)
    })
    .await
}

/// The refusal for a file that did not come with a form.
pub fn no_file() -> Refusal {
    let words = "请选择要导入的 CSV 文件";
    Refusal::new(RefusalKind::Invalid, "population.no_file", words).field("file", words)
}
