//! A checkpoint kept outside the database, held against the log inside it: a database that was put
//! back to an older state, or exchanged for another, is noticed by what it lacks.

use base::{Fault, Moment, Outcome};
use seal::Keys;
use seal::merkle::{self, TileError};
use seal::note::{self, Believed, NoteError};
use store::{Dialect, Reader};

use crate::sequencer::{Head, head, read_tile};
use crate::succession;

/// What a kept checkpoint says about the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The log goes on from where the checkpoint was signed. Its head.
    Whole(Head),
    /// It does not.
    Lost(Loss),
}

/// What is wrong with the database, and the two checkpoints that show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loss {
    /// The checkpoint that was kept, signature and all.
    pub kept: String,
    /// The one that the database has; empty if it has none.
    pub found: String,
    /// What it lacks.
    pub lack: Lack,
}

/// What a database lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lack {
    /// The kept checkpoint itself cannot be believed.
    Checkpoint(NoteError),
    /// Acts at the end of the log.
    Acts {
        /// The first place that is missing.
        from: u64,
        /// The place after the last one that is missing.
        to: u64,
        /// When the last act was given its place that is there.
        since: Option<Moment>,
    },
    /// The first so many acts are not those that were signed.
    Beginning {
        /// How many.
        size: u64,
    },
}

impl Loss {
    /// What is missing, for people.
    pub fn words(&self) -> String {
        match &self.lack {
            Lack::Checkpoint(why) => {
                format!("数据库之外留存的检查点不能用来核对登记簿：{why}")
            }
            Lack::Acts { from, to, since } => {
                let since = match since {
                    Some(since) => format!("{} 以后", since.to_minute()),
                    None => "从建立城市起".into(),
                };
                format!(
                    "数据库比留存的检查点旧：登记簿应当至少有 {to} 条，现在只有 {from} 条，缺少第 {from} 号到第 {} 号\
                     共 {} 条办理记录，都是{since}的",
                    to.saturating_sub(1),
                    to.saturating_sub(*from),
                )
            }
            Lack::Beginning { size } => {
                format!("数据库里的登记簿与留存的检查点不符：前 {size} 条的内容不是当时签名的内容")
            }
        }
    }
}

/// Holds the log in the database against a checkpoint that was kept outside of it: the log must be
/// at least as long, and have the same root at that size. Reads a handful of tiles.
pub fn standing(reader: &Reader<'_>, kept: &str, keys: &dyn Believed) -> Outcome<Standing> {
    let found = if has_table(reader, "ledger_head")? { head(reader)? } else { None };
    let lost = |lack, found: Option<&Head>| {
        let found = found.map(|head| head.checkpoint.clone()).unwrap_or_default();
        Ok(Standing::Lost(Loss { kept: kept.to_owned(), found, lack }))
    };
    let checkpoint = match note::open(kept, keys) {
        Ok(checkpoint) => checkpoint,
        Err(why) => return lost(Lack::Checkpoint(why), found.as_ref()),
    };
    let size = found.as_ref().map_or(0, |head| head.size.unsigned_abs());
    let Some(head) = found.as_ref().filter(|_| size >= checkpoint.size) else {
        let since = found.as_ref().filter(|head| head.size > 0).map(|head| head.at);
        return lost(Lack::Acts { from: size, to: checkpoint.size, since }, found.as_ref());
    };
    let root = match size == checkpoint.size {
        true => Ok(head.root),
        false => merkle::root_at(|level, n| read_tile(reader, level, n), checkpoint.size),
    };
    match root {
        Ok(root) if root == checkpoint.root => Ok(Standing::Whole(head.clone())),
        Ok(_) | Err(TileError::Narrow { .. }) => {
            lost(Lack::Beginning { size: checkpoint.size }, Some(head))
        }
        Err(error) => Err(error.into()),
    }
}

/// The same for the city itself, by the keys that its database leads to from one that is held here; and by any
/// that is held here, where the database was put back to before a succession or is another one.
pub fn standing_of_own(reader: &Reader<'_>, kept: &str, keys: &Keys) -> Outcome<Standing> {
    if has_table(reader, "ledger_successions")?
        && let Some((origin, _)) = kept.split_once('\n')
        && let Ok(Ok(known)) = succession::known(reader, keys, origin)
        && note::open(kept, &known).is_ok()
    {
        return standing(reader, kept, &known);
    }
    let held: Vec<_> = keys.log_keys().iter().map(seal::LogKey::public).collect();
    let by = held.iter().find(|key| note::open(kept, *key).is_ok()).or_else(|| held.first());
    standing(reader, kept, by.ok_or_else(|| Fault::said("no key of the log is held"))?)
}

/// Whether the database has a table of the log at all: the wrong database may be an empty one, and a
/// question to a table that is not there would be a fault.
fn has_table(reader: &Reader<'_>, name: &str) -> Outcome<bool> {
    let count: i64 = reader.one(
        match reader.dialect() {
            Dialect::Sqlite => "SELECT COUNT(*) FROM sqlite_master WHERE name = $1",
            Dialect::Postgres => {
                "SELECT CAST(COUNT(*) AS BIGINT) FROM pg_class WHERE oid = to_regclass($1)"
            }
        },
        &[name.into()],
    )?;
    Ok(count > 0)
}
