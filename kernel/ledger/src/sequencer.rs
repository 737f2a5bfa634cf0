//! The sequencer gives every act its place in the public log: it appends the leaves to the Merkle
//! tree, keeps the tree's tiles, and signs a checkpoint, all in one transaction whose first step
//! takes the head row. Among several processes that row is the fence.

use base::{Fault, Moment, Outcome};
use data_encoding::HEXLOWER;
use seal::merkle;
use seal::note::Checkpoint;
use store::{FromRow, Reader, Row, Tx};

use crate::log::Ledger;
use crate::receipt::InclusionProof;
use crate::succession;

/// How many acts one tick takes at most.
const BATCH_MAX: i64 = 4_096;

/// The head of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// How many acts have a place.
    pub size: i64,
    /// The root over them.
    pub root: [u8; 32],
    /// The signed checkpoint.
    pub checkpoint: String,
    /// When the last acts were given their places.
    pub at: Moment,
}

impl FromRow for Head {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        Ok(Self {
            size: row.get("size")?,
            root: row.get("root")?,
            checkpoint: row.get("checkpoint")?,
            at: row.get("at")?,
        })
    }
}

impl Ledger {
    /// One tick: gives a place to every act that has none, and says how many there were. Run it
    /// every 200 ms; a tick with nothing to do costs one indexed read.
    pub async fn sequence(&self, now: Moment) -> Outcome<usize> {
        let idle = self.store.read(|reader| Ok(unsequenced(reader, 1)?.is_empty())).await?;
        if idle {
            return Ok(0);
        }
        let (keys, origin) = (self.keys.clone(), self.origin.clone());
        self.store.write(move |tx| sequence_batch(tx, &keys, &origin, now)).await
    }

    /// The same, blocking, until every act has its place: for the command line and for tests.
    pub fn sequence_now(&self, now: Moment) -> Outcome<()> {
        loop {
            let (keys, origin) = (self.keys.clone(), self.origin.clone());
            let count = self.store.write_now(move |tx| sequence_batch(tx, &keys, &origin, now))?;
            if count == 0 {
                return Ok(());
            }
        }
    }

    /// The head of the log, once there is one.
    pub async fn head(&self) -> Outcome<Option<Head>> {
        self.store.read(head).await
    }

    /// The hashes of one tile of the log as far as it is filled; `None` if there is none.
    pub async fn tile(&self, level: u8, index: u64) -> Outcome<Option<Vec<u8>>> {
        // A database counts to 2⁶³.
        let Ok(n) = i64::try_from(index) else { return Ok(None) };
        let sql = "SELECT hashes FROM ledger_tiles WHERE level = $1 AND n = $2";
        let level = i64::from(level);
        self.store.read(move |r| Ok(r.maybe(sql, &[level.into(), n.into()])?)).await
    }
}

fn unsequenced(reader: &Reader<'_>, limit: i64) -> Outcome<Vec<(i64, [u8; 32])>> {
    Ok(reader.all(
        "SELECT born, leaf FROM ledger_acts WHERE seq IS NULL ORDER BY born LIMIT $1",
        &[limit.into()],
    )?)
}

/// The head of the log, once there is one.
pub fn head(reader: &Reader<'_>) -> Outcome<Option<Head>> {
    Ok(reader.maybe("SELECT size, root, checkpoint, at FROM ledger_head WHERE id = 1", &[])?)
}

/// Since when an act waits for its place, if one does: the log stands still when that is long ago.
pub fn waiting_since(reader: &Reader<'_>) -> Outcome<Option<Moment>> {
    Ok(reader.maybe("SELECT at FROM ledger_acts WHERE seq IS NULL ORDER BY born LIMIT 1", &[])?)
}

/// Takes the head row first, so that only one process appends at a time.
pub(crate) fn take_head(tx: &Tx<'_>, now: Moment) -> Outcome<Head> {
    tx.run(
        "INSERT INTO ledger_head (id, size, root, checkpoint, at) VALUES (1, 0, $1, '', $2)
         ON CONFLICT (id) DO UPDATE SET at = $2",
        &[merkle::root(&[]).into(), now.into()],
    )?;
    Ok(head(tx)?.ok_or_else(|| Fault::said("the log has no head"))?)
}

fn sequence_batch(tx: &Tx<'_>, keys: &seal::Keys, origin: &str, now: Moment) -> Outcome<usize> {
    let head = take_head(tx, now)?;
    let acts = unsequenced(tx, BATCH_MAX)?;
    if acts.is_empty() {
        return Ok(0);
    }
    demand_whole_edge(tx, &head)?;
    let size = head.size;
    for (place, (born, _)) in (size..).zip(&acts) {
        tx.run("UPDATE ledger_acts SET seq = $1 WHERE born = $2", &[place.into(), (*born).into()])?;
    }
    let leaves: Vec<[u8; 32]> = acts.iter().map(|(_, leaf)| *leaf).collect();
    let old_size = size.unsigned_abs();
    let fault = |error| Fault::while_doing("appending to the log's tiles", error);
    let appended =
        merkle::append(|level, n| read_tile(tx, level, n), old_size, &leaves).map_err(fault)?;
    for tile in &appended.tiles {
        tx.run(
            "INSERT INTO ledger_tiles (level, n, hashes) VALUES ($1, $2, $3)
             ON CONFLICT (level, n) DO UPDATE SET hashes = excluded.hashes",
            &[
                i64::from(tile.level).into(),
                (tile.index as i64).into(),
                tile.hashes.as_slice().into(),
            ],
        )?;
    }
    let checkpoint = Checkpoint {
        origin: origin.into(),
        size: old_size + leaves.len() as u64,
        root: appended.root,
    };
    let signed = checkpoint.sign_by_all(&succession::signers(tx, keys)?)?;
    tx.run(
        "UPDATE ledger_head SET size = $1, root = $2, checkpoint = $3 WHERE id = 1",
        &[(checkpoint.size as i64).into(), checkpoint.root.into(), signed.into()],
    )?;
    Ok(acts.len())
}

/// Refuses to go on from tiles that do not give the root that was signed last: whatever they hold
/// would be signed, and the log would have two faces under the city's own key.
fn demand_whole_edge(reader: &Reader<'_>, head: &Head) -> Result<(), Fault> {
    let root = merkle::root_at(|level, n| read_tile(reader, level, n), head.size.unsigned_abs())
        .map_err(|error| Fault::while_doing("reading the log's tiles", error))?;
    if root != head.root {
        return Err(Fault::said("the log's tiles do not give the root that was signed"));
    }
    Ok(())
}

pub(crate) fn read_tile(reader: &Reader<'_>, level: u8, n: u64) -> Option<Vec<u8>> {
    let found: Result<Option<Vec<u8>>, _> = reader.maybe(
        "SELECT hashes FROM ledger_tiles WHERE level = $1 AND n = $2",
        &[i64::from(level).into(), (n as i64).into()],
    );
    found.ok().flatten()
}

/// The proof that the act at place `seq` is in the log as its present head has it.
pub(crate) fn inclusion(
    reader: &Reader<'_>,
    prover: &merkle::Prover,
    seq: i64,
) -> Outcome<Option<InclusionProof>> {
    let Some(head) = head(reader)? else { return Ok(None) };
    if seq >= head.size {
        return Ok(None);
    }
    let (index, size) = (seq.unsigned_abs(), head.size.unsigned_abs());
    let path = prover
        .inclusion(|level, n| read_tile(reader, level, n), index, size)
        .map_err(|error| Fault::while_doing("proving a place in the log", error))?;
    Ok(Some(InclusionProof {
        index,
        path: path.iter().map(|hash| HEXLOWER.encode(hash)).collect(),
        checkpoint: head.checkpoint,
    }))
}
