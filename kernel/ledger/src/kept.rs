//! A checkpoint kept outside the database, held against the log inside it: a database that was put
//! back to an older state, or exchanged for another, is noticed by what it lacks.

use base::{Moment, Outcome};
use seal::PublicKey;
use seal::merkle::{self, TileError};
use seal::note::{self, NoteError};
use store::{Dialect, Reader};

use crate::sequencer::{Head, head, read_tile};

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
pub fn standing(reader: &Reader<'_>, kept: &str, key: &PublicKey) -> Outcome<Standing> {
    let found = if has_log(reader)? { head(reader)? } else { None };
    let lost = |lack, found: Option<&Head>| {
        let found = found.map(|head| head.checkpoint.clone()).unwrap_or_default();
        Ok(Standing::Lost(Loss { kept: kept.to_owned(), found, lack }))
    };
    let checkpoint = match note::open(kept, key) {
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

/// Whether the database has the log's tables at all: the wrong database may be an empty one, and a
/// question to a table that is not there would be a fault.
fn has_log(reader: &Reader<'_>) -> Outcome<bool> {
    let count: i64 = reader.one(
        match reader.dialect() {
            Dialect::Sqlite => "SELECT COUNT(*) FROM sqlite_master WHERE name = 'ledger_head'",
            Dialect::Postgres => {
                "SELECT CAST(COUNT(*) AS BIGINT) FROM pg_class
                 WHERE oid = to_regclass('ledger_head')"
            }
        },
        &[],
    )?;
    Ok(count > 0)
}
