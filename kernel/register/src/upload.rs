//! A file that comes by the browser: it is kept in parts while it comes in, sealed, and read by a job, however long that
//! takes.

use base::{Fault, Id, Outcome, Refusal};
use ledger::Act;
use ledger::jobs::{self, Lane};
use seal::Hasher;
use serde_json::{Value, json};

use crate::load::{Loading, ends, is_held};
use crate::store;
use crate::terms::{By, Coming, Ground, Load, Publication, Register, Source, Stage};

/// A file waits in parts of so many bytes: few enough that writing one holds nobody up.
pub const PART_BYTES: usize = 1_048_576;
/// Parts of a file that are removed at a time.
const DROPPED_AT_ONCE: i64 = 8;

/// A file on its way in.
pub struct Upload {
    register: &'static Register,
    load: Id<Load>,
    by: By,
    name: String,
    no: Option<i64>,
    waiting: Vec<u8>,
    parts: i64,
    bytes: usize,
    digest: Hasher,
}

impl Upload {
    /// A file with this name; nothing of it is there yet.
    pub fn new(ground: &Ground, register: &'static Register, by: By, name: &str) -> Self {
        Self {
            register,
            load: Id::mint(ground.now()),
            by,
            name: name.to_owned(),
            no: None,
            waiting: Vec::new(),
            parts: 0,
            bytes: 0,
            digest: Hasher::default(),
        }
    }

    /// How much of it is there.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// The load that it will be.
    pub fn load(&self) -> Id<Load> {
        self.load
    }

    /// Takes more bytes. `begins` judges the name and the beginning as soon as that is there.
    pub async fn take(
        &mut self,
        ground: &Ground,
        bytes: &[u8],
        begins: impl Fn(&str, &[u8]) -> Outcome<()>,
    ) -> Outcome<()> {
        self.bytes += bytes.len();
        self.digest.update(bytes);
        self.waiting.extend_from_slice(bytes);
        while self.waiting.len() >= PART_BYTES {
            let rest = self.waiting.split_off(PART_BYTES);
            let part = std::mem::replace(&mut self.waiting, rest);
            if self.parts == 0 {
                begins(&self.name, &part)?;
            }
            self.keep(ground, part).await?;
        }
        Ok(())
    }

    /// The file is whole: it waits to be read by this job, whose body this is. Gives the load.
    pub async fn finish(
        mut self,
        ground: &Ground,
        begins: impl Fn(&str, &[u8]) -> Outcome<()>,
        (job, body): (&'static str, Value),
    ) -> Outcome<Id<Load>> {
        let last = std::mem::take(&mut self.waiting);
        if self.parts == 0 {
            begins(&self.name, &last)?;
        }
        if !last.is_empty() {
            self.keep(ground, last).await?;
        }
        let Some(no) = self.no else { return Err(Fault::said("a file without a byte").into()) };
        let (by, register, now, digest) =
            (self.by, self.register, ground.now(), self.digest.finish());
        ground
            .store
            .write(move |tx| {
                store::received(tx, &by.permit(tx, register)?, no, digest, now)?;
                jobs::enqueue(tx, Lane::Long, job, &body, now)
            })
            .await?;
        Ok(self.load)
    }

    /// Leaves nothing of a file that is not taken in.
    pub async fn give_up(self, ground: &Ground) -> Outcome<()> {
        let Some(no) = self.no else { return Ok(()) };
        drop_file(ground, self.register, no).await?;
        let right = self.register.right.name;
        let forget = move |tx: &::store::Tx<'_>| store::forget(tx, &access::clockwork(right), no);
        ground.store.write(forget).await
    }

    async fn keep(&mut self, ground: &Ground, part: Vec<u8>) -> Outcome<()> {
        let (by, register, now) = (self.by.clone(), self.register, ground.now());
        let (begun, number) = (self.no, self.parts);
        let new = store::New {
            id: self.load,
            register: register.name,
            source: "file",
            name: self.name.clone(),
            digest: [0; 32],
            stage: Stage::Receiving,
        };
        let keys = ground.keys.clone();
        let sealed = tokio::task::spawn_blocking(move || store::sealed_part(&keys, &part));
        let sealed = sealed.await.map_err(Fault::from)?;
        let no = ground
            .store
            .write(move |tx| {
                let permit = by.permit(tx, register)?;
                let no = match begun {
                    Some(no) => no,
                    None => store::begin(tx, &permit, &new, now)?,
                };
                store::put_part(tx, &permit, (no, number), &sealed, now)?;
                Ok(no)
            })
            .await?;
        self.no = Some(no);
        self.parts += 1;
        Ok(())
    }
}

/// Reads the file of a load and brings it in; `whole` says that it is all that the organ of who sent it has. What is wrong
/// with the whole file, or with the right of who sent it, ends the load with its reason. Done twice, it changes nothing.
pub async fn read_in(
    ground: &Ground,
    register: &'static Register,
    (load, by, whole): (Id<Load>, By, bool),
    source: impl Fn(Vec<u8>, &Coming) -> Outcome<Source> + Send + 'static,
) -> Outcome<()> {
    let found = move |r: &::store::Reader<'_>| {
        let counts = store::load(r, register.name, load)?;
        Ok((store::coming(r, register.name, load)?, counts.map(|load| load.no)))
    };
    let coming = match ground.store.read(found).await? {
        (Some(coming), _) => coming,
        // It came to count, and its file may be there still.
        (None, Some(no)) => return drop_file(ground, register, no).await,
        (None, None) => return Ok(()),
    };
    let (id, no, allowed) = (coming.id, coming.no, coming.allowed);
    if coming.stage == Stage::Held {
        return Ok(());
    }
    if coming.stage.is_under_way() {
        let outcome = match prepared(ground, register, by.clone(), (coming, source)).await {
            Ok(source) => {
                let loading = Loading::going_on(register, (id, no), by, source);
                let loading = if whole { loading.whole(allowed) } else { loading };
                loading.bring_in(ground).await.map(|_| ())
            }
            Err(stop) => {
                if let Some(refusal) = ends(&stop) {
                    end_as_refused(ground, register, (no, &by), refusal).await?;
                }
                Err(stop)
            }
        };
        match outcome {
            // It is read again once a person has said something.
            Err(stop) if is_held(&stop) => return Ok(()),
            // Why a load has ended its page says: the job is done.
            Err(stop) if ends(&stop).is_none() => return Err(stop),
            _ => {}
        }
    }
    drop_file(ground, register, no).await
}

/// The file of a load as a source, for who still may bring it in.
async fn prepared(
    ground: &Ground,
    register: &'static Register,
    by: By,
    (coming, source): (Coming, impl Fn(Vec<u8>, &Coming) -> Outcome<Source> + Send + 'static),
) -> Outcome<Source> {
    ground.store.read(move |reader| by.permit(reader, register).map(|_| ())).await?;
    let bytes = parts(ground, coming.no).await?;
    let source = tokio::task::spawn_blocking(move || {
        // A part that is missing looks like the end of the file.
        if seal::sm3(&[&bytes]) != coming.digest {
            return Err(Fault::said("the file of a load is not whole").into());
        }
        source(bytes, &coming)
    });
    source.await.map_err(Fault::from)?
}

/// Ends a load with the reason why it does not come to count. Of what a gateway has published an act tells it.
pub(crate) async fn end_as_refused(
    ground: &Ground,
    register: &'static Register,
    (no, by): (i64, &By),
    refusal: &Refusal,
) -> Outcome<()> {
    let words = match &refusal.remedy {
        Some(remedy) => format!("{}。{remedy}", refusal.message),
        None => refusal.message.clone(),
    };
    let (now, code) = (ground.now(), refusal.code);
    let act = Act::new(now, register.fed.refused, "register", register.name)
        .authority(register.authority);
    let is_published = matches!(by, By::Gateway(_));
    let refuse = move |tx: &::store::Tx<'_>| {
        let permit = access::clockwork(register.right.name);
        store::end(tx, &permit, no, Stage::Refused, &words, now)?;
        let told = if is_published { store::published_as(tx, no)? } else { None };
        match told {
            Some(waiting) => {
                let content = refused_publication(&waiting.told, code, &words);
                ledger::record(tx, permit.who(), &act.clone().content(content))
            }
            None => Ok(()),
        }
    };
    ground.ledger.write(refuse).await
}

/// What is told of a publication that does not come to count.
pub(crate) fn refused_publication(told: &Publication, code: &str, reason: &str) -> Value {
    json!({
        "resource": told.resource, "organ": told.organ, "gateway": told.gateway,
        "publication": told.publication, "rows": told.rows, "code": code, "reason": reason,
    })
}

/// The whole file of a load, from its parts.
async fn parts(ground: &Ground, no: i64) -> Outcome<Vec<u8>> {
    let mut bytes = Vec::new();
    for number in 0.. {
        let keys = ground.keys.clone();
        let part = move |reader: &::store::Reader<'_>| store::part(reader, &keys, (no, number));
        match ground.store.read(part).await? {
            Some(part) => bytes.extend(part),
            None => break,
        }
    }
    Ok(bytes)
}

/// Removes the parts of a file, some at a time.
pub async fn drop_file(ground: &Ground, register: &'static Register, no: i64) -> Outcome<()> {
    loop {
        let some = move |tx: &::store::Tx<'_>| {
            let permit = access::clockwork(register.right.name);
            store::drop_parts(tx, &permit, no, DROPPED_AT_ONCE)
        };
        if !ground.store.write(some).await? {
            return Ok(());
        }
    }
}
