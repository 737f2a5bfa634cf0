//! Rows come in: a source is read and checked, written beside what stands in blocks, and counts all at once, if nothing else
//! came to count meanwhile. The newest load can be undone.

mod apart;
mod changes;
mod fold;
mod jobs;
mod published;
mod read;
mod source;
mod upload;

pub use apart::apart;
pub use changes::{answer_changes, answer_standing};
pub use jobs::{bring_job, draw_job, sweep_job};
pub use published::{TAKE_UP, hear_publication, take_up_job, wake};
pub use read::{Found, Walk, answer_rows, open_load, record, search};
pub use source::{Change, Lines, Reading, Source, beginning};
pub use upload::{BYTES_MAX, Upload};

use access::{Actor, Over, Permit, authorise};
use base::{Fault, Id, Moment, Outcome, Refusal, RefusalKind, Stop};
use data_encoding::HEXLOWER;
use frame::Hall;
use ledger::Act;
use serde_json::json;
use store::{Reader, Tx};
use tokio::sync::mpsc;

use super::compile;
use crate::rules;
use crate::store::{self as rows, Arrival, Counts};
use crate::terms::{
    BRING, BROUGHT, Dataset, Extent, Item, Resource, SUBJECT, SetLoad, Stage, TAKEN_BACK, Tally,
};
use fold::{Came, Chunk, Folding};

/// On what rows are brought in.
pub const GROUND: &str = "《政务数据共享条例》（国务院令第809号）第三章";
/// So many fields that were refused are kept with their reasons.
const BAD_MAX: i64 = 10_000;
/// So often a load begins again because another one came to count meanwhile.
const TRIES_MAX: usize = 5;
/// What a word of the report may be.
const PROOF_MAX: usize = 2_000;

/// By which changes are refused where a whole table is wanted.
const WHOLE_WANTED: &str = "catalogue.whole_wanted";

/// Who brings rows.
#[derive(Clone, Debug)]
pub enum By {
    /// A person, by the right of a post at the organ that provides the resource.
    Person(Actor),
    /// The gateway of an organ, by id, which has published: rows come from who provides the resource, also when it changed
    /// hands on the way.
    Gateway(String),
    /// A part of the program that has judged already who may: the demonstration.
    Part,
}

impl By {
    /// The permit to bring rows of a resource of this organ, or take them back.
    pub fn permit(&self, reader: &Reader<'_>, provider: &str) -> Outcome<Permit> {
        match self {
            By::Person(actor) => authorise(reader, actor, &BRING, Over::Organ(provider.into())),
            By::Gateway(organ) if organ != provider => {
                let words = "这个资源现在由别的部门提供，推送的数据没有导入";
                Err(rules::refuse("catalogue.not_provider", words).into())
            }
            By::Gateway(_) | By::Part => Ok(access::clockwork(BRING.name)),
        }
    }
}

/// What came of bringing rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The load.
    pub load: Id<SetLoad>,
    /// Nothing changed: what came stands already.
    pub same: bool,
    /// What came of its rows.
    pub tally: Tally,
    /// How many rows stand now.
    pub rows: i64,
}

/// Whether everybody may see the rows of a resource.
pub fn is_public(resource: &Resource) -> bool {
    resource.open && resource.open_condition.is_empty()
}

/// Whether rows of these items are what is open of a resource now.
pub fn is_open_load(resource: &Resource, shape: &[Item], sealed: bool) -> bool {
    is_public(resource) && !sealed && shape == resource.items
}

/// Brings rows of a published resource in, from any source. `proof` is kept with the load and told by its act: by it can be
/// shown where the rows came from. All or nothing; the same rows a second time change nothing.
pub async fn bring(
    hall: &Hall,
    key: &str,
    source: Source,
    extent: Extent,
    (by, proof): (By, &str),
) -> Outcome<Report> {
    let now = hall.now();
    let (key, asking) = (key.to_owned(), by.clone());
    let proof: String = proof.chars().take(PROOF_MAX).collect();
    let new = {
        let (name, kind, digest) = (source.name.clone(), source.kind.to_owned(), source.digest);
        let (id, total) = (Id::mint(now), source.lines);
        move |tx: &Tx<'_>| {
            let (head, resource) = resource(tx, &key)?;
            let permit = asking.permit(tx, &head)?;
            let load = SetLoad {
                name: name.clone(),
                proof: proof.clone(),
                total,
                digest,
                source: kind.clone(),
                ..fresh(id, &key, extent, &resource, now)
            };
            let no = rows::begin_load(tx, &permit, &load)?;
            Ok(SetLoad { no, ..load })
        }
    };
    let load = hall.store.write(new).await?;
    Bringing { load, provider: None, by, source }.run(hall).await
}

/// A load that begins.
fn fresh(id: Id<SetLoad>, key: &str, extent: Extent, resource: &Resource, now: Moment) -> SetLoad {
    SetLoad {
        no: 0,
        id,
        key: key.to_owned(),
        extent,
        source: "file".into(),
        name: String::new(),
        proof: String::new(),
        by_name: String::new(),
        digest: [0; 32],
        shape: resource.items.clone(),
        sealed: !is_public(resource),
        stage: Stage::Staging,
        words: String::new(),
        done: 0,
        total: 0,
        tally: Tally::default(),
        size: 0,
        root: [0; 32],
        act: String::new(),
        undone_act: String::new(),
        before: 0,
        started_at: now,
        moved_at: now,
    }
}

/// The organ that provides a resource, and the resource as it is in force.
fn resource(reader: &Reader<'_>, key: &str) -> Outcome<(String, Resource)> {
    let head = compile::found(reader, key)?;
    let resource = compile::in_force(reader, &head)?.resource;
    if resource.items.is_empty() {
        let words = "这个资源没有信息项，不能导入数据";
        return Err(rules::refuse("catalogue.no_items", words).into());
    }
    Ok((head.provider, resource))
}

/// A load on its way.
struct Bringing {
    load: SetLoad,
    provider: Option<String>,
    by: By,
    source: Source,
}

impl Bringing {
    async fn run(mut self, hall: &Hall) -> Outcome<Report> {
        let outcome = self.tried(hall).await;
        if let Err(stop) = &outcome
            && let Some(refusal) = ends(stop)
        {
            self.end(hall, Stage::Refused, &said(refusal), Tally::default()).await?;
        }
        hall.bell.notify_one();
        outcome
    }

    async fn tried(&mut self, hall: &Hall) -> Outcome<Report> {
        for _ in 0..TRIES_MAX {
            self.clear(hall).await?;
            let (key, by, extent) = (self.load.key.clone(), self.by.clone(), self.load.extent);
            let (provider, before) = hall
                .store
                .read(move |r| {
                    let (provider, _) = resource(r, &key)?;
                    by.permit(r, &provider)?;
                    if extent == Extent::Changes && rows::wanting(r, &key)?.is_some() {
                        return Err(whole_wanted().into());
                    }
                    Ok((provider, (rows::dataset(r, &key)?, rows::standing(r, &key)?)))
                })
                .await?;
            self.provider = Some(provider);
            let (set, stood) = before;
            let stood = stood.map(|(_, load)| load);
            if self.is_same_file(stood.as_ref()) {
                return self.same(hall, Tally::default()).await;
            }
            let came = self.stage(hall, stood.clone()).await?;
            let stands = |stood: &SetLoad| stood.root == came.root && stood.size == came.size;
            if stood.as_ref().is_some_and(|stood| stands(stood) && stood.shape == self.load.shape) {
                return self.same(hall, came.tally).await;
            }
            if let Some(report) = self.publish(hall, set, stood, came).await? {
                return Ok(report);
            }
        }
        let words = "这期间别的文件不断导入，这个文件没有导入";
        Err(Refusal::new(RefusalKind::Unavailable, "catalogue.overtaken", words)
            .remedy("请等别的导入结束以后再导入一次")
            .into())
    }

    fn is_same_file(&self, stood: Option<&SetLoad>) -> bool {
        stood.is_some_and(|stood| {
            stood.digest == self.source.digest
                && stood.extent == self.load.extent
                && stood.shape == self.load.shape
                && stood.sealed == self.load.sealed
        })
    }

    /// Reads, checks and writes all that will stand.
    async fn stage(&self, hall: &Hall, stood: Option<SetLoad>) -> Outcome<Came> {
        let (send, mut chunks) = mpsc::channel(2);
        let folding = Folding {
            store: hall.store.clone(),
            keys: hall.keys.clone(),
            load: self.load.clone(),
            source: self.source.clone(),
            stood,
            send,
        };
        let thread = tokio::runtime::Handle::current();
        let folded = tokio::task::spawn_blocking(move || folding.run(&thread));
        let mut kept = 0i64;
        let mut written = Ok(());
        while let Some(chunk) = chunks.recv().await {
            written = self.write(hall, chunk, &mut kept).await;
            if written.is_err() {
                break;
            }
        }
        // Whoever sends stops once nobody takes.
        drop(chunks);
        let came = folded.await.map_err(Fault::from)?;
        written.and(came)
    }

    async fn write(&self, hall: &Hall, mut chunk: Chunk, kept: &mut i64) -> Outcome<()> {
        let room = usize::try_from(BAD_MAX - *kept).unwrap_or_default();
        chunk.bad.truncate(room);
        let first = *kept;
        *kept += i64::try_from(chunk.bad.len()).unwrap_or_default();
        let (no, sealed, total) = (self.load.no, self.load.sealed, self.source.lines);
        let (by, provider, now) = (self.by.clone(), self.organ(), hall.now());
        hall.store
            .write(move |tx| {
                let permit = by.permit(tx, &provider)?;
                rows::put_blocks(tx, &permit, (no, sealed), &chunk.blocks)?;
                rows::keep_bad_cells(tx, &permit, (no, first), &chunk.bad)?;
                let so_far = (chunk.read.min(total), total);
                rows::move_load(tx, &permit, (no, Stage::Staging), so_far, now)
            })
            .await
    }

    fn organ(&self) -> String {
        self.provider.clone().unwrap_or_default()
    }

    /// Lets the load count, unless another one came to count meanwhile; the report then is none.
    async fn publish(
        &self,
        hall: &Hall,
        set: Option<Dataset>,
        stood: Option<SetLoad>,
        came: Came,
    ) -> Outcome<Option<Report>> {
        let (now, load) = (hall.now(), self.load.clone());
        let act = self.act(&came, now);
        let counts = Counts {
            tally: came.tally,
            size: came.size,
            root: came.root,
            act: act.id.to_string(),
            words: came.words,
            drawings: came.drawings,
        };
        let moves = set.map(|set| set.moves);
        let before = stood.map_or(0, |stood| stood.no);
        let by = self.by.clone();
        let report = Report { load: load.id, same: false, tally: counts.tally, rows: counts.size };
        let counted = hall
            .write(move |tx| {
                let (provider, resource) = resource(tx, &load.key)?;
                let permit = by.permit(tx, &provider)?;
                if rows::dataset(tx, &load.key)?.map(|set| set.moves) != moves {
                    return Ok(false);
                }
                if resource.items != load.shape || is_public(&resource) == load.sealed {
                    let words = "这期间这个资源的信息项或者开放与否变了，文件没有导入";
                    return Err(Refusal::new(
                        RefusalKind::Invalid,
                        "catalogue.resource_moved",
                        words,
                    )
                    .into());
                }
                if !rows::publish_load(tx, &permit, (&load.key, load.no, before), &counts, now)? {
                    return Err(Fault::said("a load that was to count is not on its way").into());
                }
                if load.extent == Extent::Whole {
                    rows::want_no_more(tx, &permit, &load.key)?;
                }
                let arrival = Arrival { at: now, rows: counts.size, act: counts.act.clone() };
                rows::put_arrival(tx, &load.key, &arrival)?;
                ledger::record(tx, permit.who(), &act).map(|()| true)
            })
            .await?;
        Ok(counted.then_some(report))
    }

    fn act(&self, came: &Came, now: Moment) -> Act {
        let (load, tally) = (&self.load, came.tally);
        Act::new(now, BROUGHT, SUBJECT, &load.key).authority(GROUND).content(json!({
            "load": load.id.to_string(), "extent": load.extent.as_str(), "source": load.source,
            "file": load.name, "digest": HEXLOWER.encode(&self.source.digest), "proof": load.proof,
            "read": tally.read, "added": tally.added, "changed": tally.changed,
            "unchanged": tally.unchanged, "gone": tally.gone, "refused": tally.refused,
            "rows": came.size, "root": HEXLOWER.encode(&came.root),
        }))
    }

    /// Ends a load that says what stands already: it has come all the same, and on its day.
    async fn same(&self, hall: &Hall, tally: Tally) -> Outcome<Report> {
        self.end(hall, Stage::Same, "和现在的数据一样，什么都没有改变", tally).await?;
        let (key, whole, now) =
            (self.load.key.clone(), self.load.extent == Extent::Whole, hall.now());
        let rows = hall
            .store
            .write(move |tx| {
                let permit = access::clockwork(BRING.name);
                if whole {
                    rows::want_no_more(tx, &permit, &key)?;
                }
                let Some((set, load)) = rows::standing(tx, &key)? else { return Ok(0) };
                let arrival = Arrival { at: now, rows: set.rows, act: load.act };
                rows::put_arrival(tx, &key, &arrival).map(|()| set.rows)
            })
            .await?;
        Ok(Report { load: self.load.id, same: true, tally, rows })
    }

    async fn end(&self, hall: &Hall, stage: Stage, words: &str, tally: Tally) -> Outcome<()> {
        let (no, words, now) = (self.load.no, words.to_owned(), hall.now());
        hall.store
            .write(move |tx| {
                let permit = access::clockwork(BRING.name);
                rows::end_load(tx, &permit, (no, stage, &words), &tally, now)
            })
            .await?;
        remove(hall, no).await
    }

    /// Takes away what an earlier try has written.
    async fn clear(&self, hall: &Hall) -> Outcome<()> {
        let no = self.load.no;
        hall.store
            .write(move |tx| {
                let permit = access::clockwork(BRING.name);
                rows::forget_bad_cells(tx, &permit, no)
            })
            .await?;
        while hall
            .store
            .write(move |tx| rows::remove_blocks(tx, &access::clockwork(BRING.name), no))
            .await?
        {}
        Ok(())
    }
}

/// Something that came before was not taken in: changes would be applied to rows that lack it.
fn whole_wanted() -> Refusal {
    let words = "以前推送的数据有一次没有导入，现有的数据不全，不能只导入新增和更改";
    Refusal::new(RefusalKind::Invalid, WHOLE_WANTED, words).remedy("请导入或者推送一次全部数据")
}

/// Removes all that lies of a load, some at a time.
async fn remove(hall: &Hall, no: i64) -> Outcome<()> {
    let permit = || access::clockwork(BRING.name);
    while hall.store.write(move |tx| rows::remove_some(tx, &permit(), no)).await? {}
    hall.store.write(move |tx| rows::let_go(tx, &permit(), no)).await
}

/// The refusal that ends a load. What is overtaken or cannot be had now is tried again.
fn ends(stop: &Stop) -> Option<&Refusal> {
    match stop {
        Stop::Refused(refusal) => Some(refusal),
        Stop::Failed(_) => None,
    }
}

/// A refusal in one line, with what to do.
pub fn said(refusal: &Refusal) -> String {
    match &refusal.remedy {
        Some(remedy) => format!("{}。{remedy}", refusal.message),
        None => refusal.message.clone(),
    }
}

/// Takes the load back that stands. What stood before it stands again, if it still lies here.
pub async fn undo(hall: &Hall, key: &str, id: Id<SetLoad>, by: By) -> Outcome<()> {
    let (now, key) = (hall.now(), key.to_owned());
    let act = Act::new(now, TAKEN_BACK, SUBJECT, &key).authority(GROUND);
    hall.write(move |tx| {
        let head = compile::found(tx, &key)?;
        let permit = by.permit(tx, &head.provider)?;
        let stands = rows::standing(tx, &key)?.map(|(_, load)| load);
        let load = stands.filter(|load| load.id == id).ok_or_else(|| {
            rules::refuse("catalogue.not_newest", "只能撤销最近一次生效的导入")
        })?;
        let before = rows::set_load(tx, load.before)?;
        if load.before > 0 && !rows::is_held(tx, load.before)? {
            let words = "再以前的数据已经清理，不能撤销；请导入正确的全部数据";
            return Err(rules::refuse("catalogue.nothing_before", words).into());
        }
        let act = act.clone().content(json!({
            "load": load.id.to_string(), "file": load.name, "rows": before.as_ref().map_or(0, |one| one.size),
        }));
        rows::undo_load(tx, &permit, (&load, before.as_ref()), &act.id.to_string(), now)?;
        if load.source == published::SOURCE {
            // The gateway goes on from where it was: what was taken back would be lacking for ever.
            let words = "网关推送的数据被撤销了一次";
            rows::want_whole(tx, &permit, (&key, words, &act.id.to_string()), now)?;
        }
        ledger::record(tx, permit.who(), &act)
    })
    .await
}
