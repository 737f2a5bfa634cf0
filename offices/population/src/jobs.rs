//! Later work: reading a file that came by the browser, and removing what an interrupted load left
//! behind.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use base::{Fault, Moment, Outcome};
use frame::Hall;
use serde::Deserialize;
use serde_json::Value;

use crate::terms::{Coming, IMPORT as RIGHT, Stage};
use crate::{acts, store};

/// The kind of job that announces deaths.
pub const ANNOUNCE: &str = "population.announce";
/// The kind of job that reads a file.
pub const IMPORT: &str = "population.import";
/// A load that has not moved for so long was interrupted. A job that fails is given up within hours.
const ABANDONED_SECONDS: i64 = 24 * 3_600;
/// Rows removed at a time.
const SWEEP_ROWS: usize = 1_000;

type Done = Pin<Box<dyn Future<Output = Outcome<()>> + Send + 'static>>;

/// What the job of an upload needs.
#[derive(Deserialize)]
struct Sent {
    load: String,
    account: String,
}

/// Reads the file of a load and brings it in.
pub fn import(hall: Arc<Hall>, body: Value, _now: Moment) -> Done {
    Box::pin(async move {
        let sent = Sent::deserialize(&body).map_err(Fault::from)?;
        let load = sent.load.parse().map_err(|_| Fault::said("the load of a job is none"))?;
        let account = sent.account.parse().map_err(|_| Fault::said("its account is none"))?;
        acts::read_in(&hall, load, account).await
    })
}

/// What the job of announcing needs.
#[derive(Deserialize)]
struct Came {
    load: String,
}

/// Announces the deaths that a load has brought.
pub fn announce(hall: Arc<Hall>, body: Value, _now: Moment) -> Done {
    Box::pin(async move {
        let came = Came::deserialize(&body).map_err(Fault::from)?;
        let load = came.load.parse().map_err(|_| Fault::said("the load of a job is none"))?;
        acts::announce(&hall, load).await
    })
}

/// Removes what loads have staged that never came to count, some rows at a time.
pub fn sweep(hall: Arc<Hall>, _body: Value, now: Moment) -> Done {
    Box::pin(async move {
        let then = now.plus_seconds(-ABANDONED_SECONDS);
        while let Some(load) = hall.store.read(move |reader| store::abandoned(reader, then)).await?
        {
            acts::drop_file(&hall, load.id).await?;
            let swept = move |tx: &::store::Tx<'_>| sweep_some(tx, &load, now);
            hall.store.write(swept).await?;
        }
        Ok(())
    })
}

fn sweep_some(tx: &::store::Tx<'_>, load: &Coming, now: Moment) -> Outcome<()> {
    let permit = access::clockwork(RIGHT.name);
    if store::unstage(tx, &permit, load.id, SWEEP_ROWS)? {
        return Ok(());
    }
    store::drop_refused(tx, &permit, load.id)?;
    // Of a file that never came in whole, nobody was told that it was taken.
    if load.stage == Stage::Receiving {
        return store::forget(tx, &permit, load.id);
    }
    let words = "处理中断，一天没有进展，这个文件没有生效。请再导入一次";
    store::end(tx, &permit, load.id, Stage::Broken, words, now)
}
