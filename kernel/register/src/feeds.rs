//! What feeds a register by itself: saying so, and taking up what departments' gateways have published, one publication
//! after another, each as the load that any other source becomes.

use std::sync::Arc;

use ::store::{Reader, Tx};
use access::{Actor, Over, Permit, authorise};
use base::{Fault, Id, Moment, Outcome, Refusal, RefusalKind};
use ledger::Act;
use ledger::jobs::{self, Lane};
use serde_json::{Value, json};

use crate::file::Columns;
use crate::load::{Loading, ends, is_held};
use crate::published::{self, Parts};
use crate::store;
use crate::terms::{By, Feed, Ground, Load, Mode, Part, Publication, Register, Stage};
use crate::upload::{end_as_refused, refused_publication};

/// No reason is longer, in characters.
const REASON_MAX: usize = 500;

/// A resource that is to feed a register.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Opening {
    /// Its code.
    pub resource: String,
    /// What the catalogue calls it.
    pub title: String,
    /// The organ that provides it, by the catalogue.
    pub organ: String,
    /// The organ's name.
    pub organ_name: String,
    /// Why.
    pub reason: String,
}

fn refuse(kind: RefusalKind, code: &'static str, words: impl Into<String>) -> Refusal {
    Refusal::new(kind, code, words)
}

/// The reason that a person gives: it has to be said.
fn reason_of(text: &str, words: &'static str) -> Result<String, Refusal> {
    let reason = text.trim();
    let long = reason.chars().count() > REASON_MAX;
    if reason.is_empty() || long {
        let words =
            if long { format!("理由最多 {REASON_MAX} 个字") } else { words.to_owned() };
        let refusal = refuse(RefusalKind::Invalid, "register.reason", words.clone());
        return Err(refusal.field("reason", words));
    }
    Ok(reason.to_owned())
}

/// The permit to say what feeds a register.
fn may_say(by: &By, reader: &Reader<'_>, register: &Register) -> Outcome<Permit> {
    match by {
        By::Person(actor) => authorise(reader, actor, register.fed.right, Over::City),
        By::CommandLine => Ok(access::clockwork(register.fed.right.name)),
        By::Gateway(_) => Err(unknown_feed().into()),
    }
}

/// Lets a resource of the catalogue feed a register from now on.
pub async fn open(
    ground: &Ground,
    register: &'static Register,
    by: By,
    new: Opening,
) -> Outcome<Id<Feed>> {
    let reason = reason_of(&new.reason, "请写明为什么由它提供登记")?;
    let now = ground.now();
    let id = Id::mint(now);
    let act = Act::new(now, register.fed.opened, "feed", id).authority(register.authority);
    let Opening { resource, title, organ, organ_name, .. } = new;
    let words = format!("由“{title}”（{resource}，{organ_name}）的网关推送登记");
    let act = act.content(json!({
        "title": words, "register": register.name, "resource": resource, "organ": organ,
        "reason": reason,
    }));
    let (opened_by, closed) = (String::new(), None);
    let act_id = act.id.to_string();
    let feed = Feed {
        id,
        resource,
        title,
        organ,
        organ_name,
        reason,
        opened_by,
        opened_at: now,
        act: act_id,
        closed,
    };
    ground
        .ledger
        .write(move |tx| {
            let permit = may_say(&by, tx, register)?;
            if store::fed_by(tx, &feed.resource)?.is_some() {
                let words = "这个资源已经是登记库的来源";
                let refusal = refuse(RefusalKind::Conflict, "register.fed_already", words);
                return Err(refusal.field("resource", words).into());
            }
            store::put_feed(tx, &permit, (register.name, &feed))?;
            ledger::record(tx, permit.who(), &act)
        })
        .await?;
    Ok(id)
}

/// Ends a feed: what has not come to count does not any more.
pub async fn close(
    ground: &Ground,
    register: &'static Register,
    by: By,
    (id, reason): (Id<Feed>, &str),
) -> Outcome<()> {
    let reason = reason_of(reason, "请写明为什么停止")?;
    let now = ground.now();
    let act = Act::new(now, register.fed.closed, "feed", id).authority(register.authority);
    ground
        .ledger
        .write(move |tx| {
            let permit = may_say(&by, tx, register)?;
            let feed = store::feed(tx, register.name, id)?.ok_or_else(unknown_feed)?;
            if !store::close_feed(tx, &permit, id, (&reason, now))? {
                return Err(unknown_feed().into());
            }
            let content = json!({
                "register": register.name, "resource": feed.resource, "organ": feed.organ,
                "reason": reason,
            });
            ledger::record(tx, permit.who(), &act.clone().content(content))
        })
        .await
}

fn unknown_feed() -> Refusal {
    refuse(RefusalKind::NotFound, "register.no_such_feed", "没有这个在用的来源")
}

/// Hears that something was published, by an act of this moment. If it feeds the register, it waits as a load from here on;
/// heard twice, it is one.
pub fn note(
    tx: &Tx<'_>,
    register: &'static Register,
    told: &Publication,
    (act, at): (&str, Moment),
    now: Moment,
) -> Outcome<()> {
    let Some((name, feed)) = store::fed_by(tx, &told.resource)? else { return Ok(()) };
    // What came before somebody said that it should stands where it went then.
    let feeds = name == register.name && feed.organ == told.organ && at >= feed.opened_at;
    if !feeds || store::is_known(tx, &told.publication)? {
        return Ok(());
    }
    let id: Id<Load> =
        told.publication.parse().map_err(|_| Fault::said("a publication has no id"))?;
    let organ_name = feed.organ_name;
    let permit = By::Gateway(Arc::new(told.by(&organ_name))).permit(tx, register)?;
    let new = store::New {
        id,
        register: register.name,
        source: "gateway",
        name: format!("{}（{}网关推送）", feed.title, organ_name),
        digest: told.digest()?,
        stage: Stage::Waiting,
    };
    let no = store::begin(tx, &permit, &new, now)?;
    store::put_publication(tx, &permit, (register.name, no), (told, &organ_name, act))?;
    wake(tx, register, now)
}

/// What waits is taken up.
fn wake(tx: &Tx<'_>, register: &'static Register, now: Moment) -> Outcome<()> {
    jobs::enqueue(tx, Lane::Long, register.fed.job, &json!({}), now)
}

/// Sees to it that what waits is taken up, should the job that was to do it have been given up.
pub async fn rouse(ground: &Ground, register: &'static Register) -> Outcome<()> {
    let next = move |r: &Reader<'_>| store::next_published(r, register.name);
    if ground.store.read(next).await?.is_none() {
        return Ok(());
    }
    let now = ground.now();
    ground.store.write(move |tx| wake(tx, register, now)).await
}

/// Takes up all that waits, one after another. `parts` gives the parts of a publication, and may block. What cannot be
/// read says so on its page, and the next one follows.
pub async fn take_up(
    ground: &Ground,
    register: &'static Register,
    columns: &'static Columns,
    parts: impl Fn(&Publication, i64) -> Outcome<Option<Part>> + Clone + Send + Sync + 'static,
) -> Outcome<()> {
    let next = move |r: &Reader<'_>| store::next_published(r, register.name);
    while let Some(waiting) = ground.store.read(next).await? {
        let (no, told) = (waiting.no, Arc::new(waiting.told.clone()));
        let (of, parts) = (told.clone(), parts.clone());
        let parts: Parts = Arc::new(move |number| parts(&of, number));
        let today = ground.now().day();
        let name = waiting.name.clone();
        let source = published::source(register, columns, (name, &told), parts, today);
        let outcome = match source {
            Ok(source) => {
                let by = By::Gateway(Arc::new(told.by(&waiting.organ_name)));
                let loading = Loading::going_on(register, (waiting.load, no), by, source);
                let whole = told.mode == Mode::Whole;
                let loading = if whole { loading.whole(waiting.allowed) } else { loading };
                loading.bring_in(ground).await.map(drop)
            }
            Err(stop) => {
                if let Some(refusal) = ends(&stop) {
                    let by = By::Gateway(Arc::new(told.by(&waiting.organ_name)));
                    end_as_refused(ground, register, (no, &by), refusal).await?;
                }
                Err(stop)
            }
        };
        match outcome {
            // Why it has ended, or waits for a person, its page says.
            Err(stop) if ends(&stop).is_none() && !is_held(&stop) => return Err(stop),
            _ => {}
        }
    }
    Ok(())
}

/// What a person says of a load by which many would be gone: it counts, or it does not. `read` is the job, with its body,
/// that reads its file, should it be one.
pub async fn settle(
    ground: &Ground,
    register: &'static Register,
    actor: Actor,
    (id, accepted, reason): (Id<Load>, bool, &str),
    read: (&'static str, Value),
) -> Outcome<()> {
    let reason = reason_of(reason, "请写明理由")?;
    let now = ground.now();
    let act = Act::new(now, register.fed.settled, "load", id).authority(register.authority);
    let refused = Act::new(now, register.fed.refused, "register", register.name)
        .authority(register.authority);
    ground
        .ledger
        .write(move |tx| {
            let permit = authorise(tx, &actor, register.right, Over::City)?;
            let coming = store::coming(tx, register.name, id)?;
            let coming = coming.filter(|one| one.stage == Stage::Held).ok_or_else(not_held)?;
            let (gone, unit) = (coming.going, register.unit);
            let title = match accepted {
                true => format!("确认“{}”：{gone} {unit}不再登记", coming.name),
                false => format!("不采用“{}”", coming.name),
            };
            let done = match accepted {
                true => store::release(tx, &permit, id, now)?,
                false => {
                    let words = format!("{}决定不采用：{reason}", permit.who().name);
                    store::end(tx, &permit, coming.no, Stage::Refused, &words, now)?;
                    if let Some(one) = store::published_as(tx, coming.no)? {
                        let content = refused_publication(&one.told, "register.declined", &words);
                        ledger::record(tx, permit.who(), &refused.clone().content(content))?;
                    }
                    true
                }
            };
            if !done {
                return Err(not_held().into());
            }
            match coming.is_published {
                // Those behind it go on either way.
                true => wake(tx, register, now)?,
                // The file is read, or taken away.
                false => jobs::enqueue(tx, Lane::Long, read.0, &read.1, now)?,
            }
            let content = json!({
                "title": title, "load": id.to_string(), "accepted": accepted, "gone": gone,
                "reason": reason,
            });
            ledger::record(tx, permit.who(), &act.clone().content(content))
        })
        .await
}

fn not_held() -> Refusal {
    refuse(RefusalKind::Conflict, "register.not_held", "这次导入不在等待确认，可能别人已经处理了")
}
