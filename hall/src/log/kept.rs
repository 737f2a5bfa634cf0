//! The last checkpoint outside the database: a file in the data folder, from which a database that
//! was put back to an older state is told.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use base::{Fault, Moment, Outcome, Refusal, RefusalKind};
use frame::Hall;
use ledger::{Act, ActKind, Loss, Standing, Who};
use seal::Keys;
use store::Store;

use crate::files;

/// The file, in the data folder.
pub const FILE: &str = "checkpoint";
/// All public keys that the log has had, in the data folder.
pub const KEYS_FILE: &str = "log.keys";
/// A city that goes on without what its database lost.
pub const LOSS_ACCEPTED: ActKind =
    ActKind { name: "ledger.loss_accepted", title: "接受登记簿的缺失" };
/// How often the file is brought up to the log.
const TICK: Duration = Duration::from_millis(500);
/// A signed checkpoint is not longer.
const BYTES_MAX: usize = 16 * 1024;

/// Refuses a database that lacks what the data folder knows of its log.
pub fn demand(store: &Store, keys: &Arc<Keys>, data: &Path) -> Outcome<()> {
    let Some(loss) = loss(store, keys, data)? else { return Ok(()) };
    Err(Refusal::new(RefusalKind::Conflict, "hall.log_behind", loss.words())
        .remedy(format!(
            "如果连错了数据库，请改正配置；如果有更新的备份，请恢复它。确认缺少的记录找不回来，再运行 cityhall \
             accept-loss --data {} --because 原因：这件事会记入登记簿",
            data.display()
        ))
        .into())
}

/// What the database lacks, if anything.
pub fn loss(store: &Store, keys: &Arc<Keys>, data: &Path) -> Outcome<Option<Loss>> {
    let Some(kept) = read(data)? else { return Ok(None) };
    let keys = keys.clone();
    match store.read_now(move |reader| ledger::standing_of_own(reader, &kept, &keys))? {
        Standing::Whole(_) => Ok(None),
        Standing::Lost(loss) => Ok(Some(loss)),
    }
}

fn read(data: &Path) -> Outcome<Option<String>> {
    let path = data.join(FILE);
    if matches!(std::fs::metadata(&path), Err(error) if error.kind() == ErrorKind::NotFound) {
        return Ok(None);
    }
    let bytes = files::read(&path, BYTES_MAX).map_err(|why| {
        let words = format!("留存的检查点 {} 读不出来：{why}", path.display());
        Refusal::new(RefusalKind::Unavailable, "hall.kept", words)
    })?;
    // What is not text is no checkpoint, and is told as one that cannot be believed.
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}

/// Brings the file up to the log. A log that does not go on from what is kept leaves it as it is:
/// it is the evidence. Blocks.
pub fn keep(hall: &Hall) -> Outcome<()> {
    let kept = read(&hall.data)?;
    let (known, keys) = (kept.clone(), hall.keys.clone());
    let standing = hall.store.read_now(move |reader| match &known {
        Some(kept) => ledger::standing_of_own(reader, kept, &keys).map(Some),
        None => Ok(ledger::head(reader)?.map(Standing::Whole)),
    })?;
    match standing {
        Some(Standing::Lost(loss)) => Err(Fault::said(loss.words()).into()),
        Some(Standing::Whole(head)) if head.size > 0 && kept.as_ref() != Some(&head.checkpoint) => {
            files::replace(&hall.data.join(FILE), head.checkpoint.as_bytes())
                .map_err(|error| Fault::while_doing("keeping the last checkpoint", error))?;
            keep_keys(hall)
        }
        _ => Ok(()),
    }
}

/// Lays the keys that the log has had beside the data, for `cityhall verify`, once there is more than one.
fn keep_keys(hall: &Hall) -> Outcome<()> {
    let keys = hall.ledger.log_keys_now()?;
    let (path, text) = (hall.data.join(KEYS_FILE), keys.text());
    if keys.successions().len() == 0 || std::fs::read_to_string(&path).is_ok_and(|is| is == text) {
        return Ok(());
    }
    Ok(files::replace(&path, text.as_bytes())
        .map_err(|error| Fault::while_doing("writing the log's public keys", error))?)
}

/// Keeps the file up to the log until the process ends.
pub async fn follow(hall: Arc<Hall>) {
    let mut last = String::new();
    loop {
        let city = hall.clone();
        let outcome = tokio::task::spawn_blocking(move || keep(&city)).await;
        let words = match outcome {
            Ok(Ok(())) => String::new(),
            Ok(Err(stop)) => stop.to_string(),
            Err(error) => error.to_string(),
        };
        // The same trouble is told once, not twice a second.
        if !words.is_empty() && words != last {
            tracing::error!(fault = words, "the last checkpoint could not be kept");
        }
        last = words;
        tokio::time::sleep(TICK).await;
    }
}

/// Goes on without what the database lost: records an act with both checkpoints and the reason,
/// and lays the kept checkpoint aside. Gives the file where it lies now; `None` if nothing is lost.
pub fn accept_loss(hall: &Hall, because: &str) -> Outcome<Option<(Loss, PathBuf)>> {
    let Some(loss) = loss(&hall.store, &hall.keys, &hall.data)? else { return Ok(None) };
    let now = hall.now();
    let act = Act::new(now, LOSS_ACCEPTED.name, "log", hall.ledger.origin())
        .content(serde_json::json!({ "kept": loss.kept, "found": loss.found, "because": because }));
    hall.ledger.write_now(move |tx| ledger::record(tx, &Who::clockwork(), &act))?;
    hall.ledger.sequence_now(now)?;
    let aside = lay_aside(&hall.data, now)
        .map_err(|error| Fault::while_doing("laying the kept checkpoint aside", error))?;
    keep(hall)?;
    Ok(Some((loss, aside)))
}

fn lay_aside(data: &Path, now: Moment) -> std::io::Result<PathBuf> {
    let aside = data.join(format!("checkpoint.lost-{}", now.millis()));
    std::fs::rename(data.join(FILE), &aside)?;
    files::sync_folder_of(&aside)?;
    Ok(aside)
}
