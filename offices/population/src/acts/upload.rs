//! A file that comes by the browser: it is kept in parts while it comes in, and read by a job, however
//! long that takes.

use std::sync::Arc;

use access::Account;
use base::{Fault, Id, Outcome, Refusal, Stop};
use frame::{ActCx, Hall, acting_as};
use ledger::jobs::{self, Lane};
use seal::Hasher;
use serde_json::json;

use super::load::{Loading, Source};
use super::{By, no_file, tidy_name};
use crate::rules::{self, BYTES_MAX, BadFile};
use crate::terms::{IMPORT, Load, PART_BYTES, Stage, Tally};
use crate::{jobs as later, store};

/// Parts of a file that are removed at a time.
const DROPPED_AT_ONCE: i64 = 8;

/// A file on its way in.
pub(crate) struct Upload {
    load: Id<Load>,
    by: By,
    account: String,
    name: String,
    waiting: Vec<u8>,
    parts: i64,
    bytes: usize,
    digest: Hasher,
}

impl Upload {
    /// A file with this name; nothing of it is there yet.
    pub(crate) fn new(cx: &ActCx, name: &str) -> Outcome<Self> {
        Ok(Self {
            load: Id::mint(cx.now()),
            by: By::Person(cx.actor().clone()),
            account: cx.signed_in()?.account.to_string(),
            name: tidy_name(name),
            waiting: Vec::new(),
            parts: 0,
            bytes: 0,
            digest: Hasher::default(),
        })
    }

    /// Takes more bytes. Refuses what cannot be a register as soon as its beginning is there.
    pub(crate) async fn take(&mut self, hall: &Arc<Hall>, bytes: &[u8]) -> Outcome<()> {
        self.bytes += bytes.len();
        if self.bytes > BYTES_MAX {
            return Err(Refusal::from(BadFile::TooLarge).into());
        }
        self.digest.update(bytes);
        self.waiting.extend_from_slice(bytes);
        while self.waiting.len() >= PART_BYTES {
            let rest = self.waiting.split_off(PART_BYTES);
            let part = std::mem::replace(&mut self.waiting, rest);
            self.keep(hall, part).await?;
        }
        Ok(())
    }

    /// The file is whole: it waits to be read. Gives the load.
    pub(crate) async fn finish(mut self, hall: &Arc<Hall>) -> Outcome<Id<Load>> {
        if self.bytes == 0 {
            return Err(no_file().into());
        }
        let last = std::mem::take(&mut self.waiting);
        if !last.is_empty() {
            self.keep(hall, last).await?;
        }
        let (by, load, now) = (self.by, self.load, hall.now());
        let digest = self.digest.finish();
        let body = json!({ "load": load.to_string(), "account": self.account });
        hall.store
            .write(move |tx| {
                store::received(tx, &by.permit(tx)?, load, digest, now)?;
                jobs::enqueue(tx, Lane::Long, later::IMPORT, &body, now)
            })
            .await?;
        Ok(load)
    }

    /// Leaves nothing of a file that is not taken in.
    pub(crate) async fn give_up(self, hall: &Arc<Hall>) -> Outcome<()> {
        if self.parts == 0 {
            return Ok(());
        }
        drop_file(hall, self.load).await?;
        let load = self.load;
        let forget =
            move |tx: &::store::Tx<'_>| store::forget(tx, &access::clockwork(IMPORT.name), load);
        hall.store.write(forget).await
    }

    async fn keep(&mut self, hall: &Arc<Hall>, part: Vec<u8>) -> Outcome<()> {
        if self.parts == 0 {
            rules::begins(&part).map_err(Refusal::from)?;
        }
        let (by, load, number, now) = (self.by.clone(), self.load, self.parts, hall.now());
        let new = store::New {
            id: load,
            source: "file",
            name: self.name.clone(),
            digest: [0; 32],
            stage: Stage::Receiving,
        };
        let keys = hall.keys.clone();
        let sealed = tokio::task::spawn_blocking(move || store::sealed_part(&keys, &part));
        let sealed = sealed.await.map_err(Fault::from)?;
        hall.store
            .write(move |tx| {
                let permit = by.permit(tx)?;
                if number == 0 {
                    store::begin(tx, &permit, &new, now)?;
                }
                store::put_part(tx, &permit, load, number, &sealed)
            })
            .await?;
        self.parts += 1;
        Ok(())
    }
}

/// Reads the file of a load and brings it in, for the person who sent it. What is wrong with the whole
/// file, or with the person's right, ends the load with its reason. Done twice, it changes nothing.
pub(crate) async fn read_in(hall: &Arc<Hall>, load: Id<Load>, account: Id<Account>) -> Outcome<()> {
    let found = hall
        .store
        .read(move |r| Ok((store::coming(r, load)?, access::account_by_id(r, account)?)))
        .await?;
    let (Some(coming), Some(account)) = found else { return drop_file(hall, load).await };
    if !coming.stage.is_under_way() {
        return drop_file(hall, load).await;
    }
    let by = By::Person(acting_as(&account, hall.now()));
    let source = Source { kind: "file", name: coming.name, digest: coming.digest };
    match bring_in(hall, by, load, source).await {
        Err(Stop::Refused(refusal)) if refusal.kind != base::RefusalKind::Conflict => {
            let words = match &refusal.remedy {
                Some(remedy) => format!("{}。{remedy}", refusal.message),
                None => refusal.message.clone(),
            };
            let now = hall.now();
            let refuse = move |tx: &::store::Tx<'_>| {
                let permit = access::clockwork(IMPORT.name);
                store::end(tx, &permit, load, Stage::Refused, &words, now)
            };
            hall.store.write(refuse).await?;
        }
        outcome => outcome?,
    }
    drop_file(hall, load).await
}

async fn bring_in(hall: &Arc<Hall>, by: By, load: Id<Load>, source: Source) -> Outcome<()> {
    let asking = by.clone();
    hall.store.read(move |reader| asking.permit(reader).map(|_| ())).await?;
    let (bytes, today) = (file(hall, load).await?, hall.now().day());
    let read = tokio::task::spawn_blocking(move || rules::read(&bytes, today));
    let read = read.await.map_err(Fault::from)?.map_err(Refusal::from)?;
    let tally = Tally { read: read.rows(), refused: read.refused_lines, ..Tally::default() };
    let loading = Loading::going_on(load, by, source);
    // What an earlier try left behind.
    loading.unstage(hall).await?;
    loading.bring_in(hall, read.lines, read.refused, tally).await.map(|_| ())
}

async fn file(hall: &Arc<Hall>, load: Id<Load>) -> Outcome<Vec<u8>> {
    let mut bytes = Vec::new();
    for number in 0.. {
        let keys = hall.keys.clone();
        match hall.store.read(move |reader| store::part(reader, &keys, load, number)).await? {
            Some(part) => bytes.extend(part),
            None => break,
        }
    }
    Ok(bytes)
}

/// Removes the parts of a file, some at a time.
pub(crate) async fn drop_file(hall: &Arc<Hall>, load: Id<Load>) -> Outcome<()> {
    loop {
        let some = move |tx: &::store::Tx<'_>| {
            let permit = access::clockwork(IMPORT.name);
            store::drop_parts(tx, &permit, load, DROPPED_AT_ONCE)
        };
        if !hall.store.write(some).await? {
            return Ok(());
        }
    }
}
