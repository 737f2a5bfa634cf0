//! What the city shows of its log: the newest checkpoint that witnesses elsewhere have signed too,
//! and how it stands with each of them.

use base::Outcome;
use seal::merkle::{self, Hash};
use seal::note::{Believed, Note};
use store::{FromRow, Reader, Row, Tx};

use crate::log::Ledger;
use crate::sequencer::read_tile;

/// How it stands with a witness.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WitnessStanding {
    /// Its name.
    pub name: String,
    /// How many acts the log had that it signed last; 0 if it never did.
    pub size: i64,
    /// When it did: seconds since 1970, by its clock.
    pub cosigned: i64,
    /// Whether it says that it knows another log under our name.
    pub conflict: bool,
    /// What went wrong since, in words; empty if nothing did.
    pub trouble: String,
}

impl FromRow for WitnessStanding {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        Ok(Self {
            name: row.get("name")?,
            size: row.get("size")?,
            cosigned: row.get("cosigned")?,
            conflict: row.get::<i64>("conflict")? != 0,
            trouble: row.get("trouble")?,
        })
    }
}

impl Ledger {
    /// The signed checkpoint that the city shows to everybody, with the lines of its witnesses if
    /// it has any; `None` for a log without any act.
    pub async fn published(&self) -> Outcome<Option<String>> {
        let sql = "SELECT COALESCE((SELECT note FROM ledger_published WHERE id = 1), checkpoint)
                   FROM ledger_head WHERE id = 1 AND size > 0";
        self.store.read(move |reader| Ok(reader.maybe(sql, &[])?)).await
    }
}

/// The proof that the log's first `old` acts are the beginning of its first `size`.
pub fn consistency(reader: &Reader<'_>, old: u64, size: u64) -> Outcome<Vec<Hash>> {
    Ok(merkle::prove_consistency(|level, n| read_tile(reader, level, n), old, size)?)
}

/// Shows this note from now on, unless a newer one is shown already. Over the same checkpoint the
/// cosignatures of both are shown, so that processes that publish side by side lose none.
pub fn publish(tx: &Tx<'_>, note: &Note, keys: &dyn Believed) -> Outcome<()> {
    let shown: Option<String> = tx.maybe("SELECT note FROM ledger_published WHERE id = 1", &[])?;
    let mut note = note.clone();
    // What does not open any more (the key was changed) is no reason to show nothing new.
    if let Some(shown) = shown.and_then(|shown| Note::open(&shown, keys).ok()) {
        if shown.checkpoint.size > note.checkpoint.size {
            return Ok(());
        }
        if shown.checkpoint == note.checkpoint {
            shown.cosignatures().iter().cloned().for_each(|line| note.add(line));
        }
    }
    tx.run(
        "INSERT INTO ledger_published (id, size, note) VALUES (1, $1, $2)
         ON CONFLICT (id) DO UPDATE SET size = excluded.size, note = excluded.note",
        &[note.checkpoint.size.cast_signed().into(), note.text().into()],
    )?;
    Ok(())
}

/// How it stands with each witness, in the order of their names.
pub fn witnesses(reader: &Reader<'_>) -> Outcome<Vec<WitnessStanding>> {
    Ok(reader.all(
        "SELECT name, size, cosigned, conflict, trouble FROM ledger_witnesses ORDER BY name",
        &[],
    )?)
}

/// Writes down how it stands with a witness. What it has signed does not become less.
pub fn note_witness(tx: &Tx<'_>, standing: &WitnessStanding) -> Outcome<()> {
    tx.run(
        "INSERT INTO ledger_witnesses (name, size, cosigned, conflict, trouble)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (name) DO UPDATE
         SET size = excluded.size, cosigned = excluded.cosigned, conflict = excluded.conflict,
             trouble = excluded.trouble
         WHERE ledger_witnesses.size <= excluded.size",
        &[
            standing.name.as_str().into(),
            standing.size.into(),
            standing.cosigned.into(),
            i64::from(standing.conflict).into(),
            standing.trouble.as_str().into(),
        ],
    )?;
    Ok(())
}

/// Forgets witnesses that are not among these. Without any, the checkpoint is shown as it is signed.
pub fn retain_witnesses(tx: &Tx<'_>, names: &[String]) -> Outcome<()> {
    for known in witnesses(tx)? {
        if !names.contains(&known.name) {
            tx.run("DELETE FROM ledger_witnesses WHERE name = $1", &[known.name.into()])?;
        }
    }
    if names.is_empty() {
        tx.run("DELETE FROM ledger_published WHERE id = 1", &[])?;
    }
    Ok(())
}
