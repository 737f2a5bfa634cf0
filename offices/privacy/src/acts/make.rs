//! Making the file of an order, once, and destroying it when its time is over. Everybody whose data is in it has a look
//! on record before anybody can fetch it.

use std::collections::BTreeSet;
use std::sync::Arc;

use access::Permit;
use ask::{About, Asked, Deferral, Look};
use base::{Fault, Id, Moment, Outcome};
use data_encoding::HEXLOWER;
use frame::{Export, Hall};
use ledger::jobs::{self, Lane};
use ledger::{Act, Who};
use serde_json::json;
use store::Tx;
use vault::Staged;

use super::exports::{GROUND, filters_said, told};
use super::gather::{Gathered, gather};
use super::rule_on;
use crate::jobs::EXPORT_NAME as JOB;
use crate::rules::{csv, exports as rules};
use crate::store::{self as rows, EXPORTS};
use crate::terms::{
    EXPORT, EXPORT_DESTROYED, EXPORT_FILES, EXPORT_LAPSED, EXPORT_MADE, EXPORT_UNMADE, Made, Order,
    Stage,
};

/// The permit's name under which the clockwork makes and destroys files.
pub const CLOCKWORK: &str = "privacy.exports.clockwork";
/// Looks that one transaction writes: no writer waits for more.
const LOOKS_AT_ONCE: usize = 200;
/// What stands in the place of a file's name and content whose time is over.
const TIME_OVER: &str = "导出文件的保存期限";
/// What stands in the place of a content that was put together while something was erased.
const ERASED_MEANWHILE: &str = "制作文件期间的依法删除";

/// Enqueues the making of a file: one job, however often this is called.
pub fn take_up(tx: &Tx<'_>, id: Id<Order>, now: Moment) -> Outcome<()> {
    let (body, once) = (json!({ "order": id.to_string() }), format!("{JOB} {id}"));
    jobs::enqueue_once_in(tx, Lane::Long, JOB, &once, &body, now)
}

/// Makes the file of an order that was agreed to. Done again, it does nothing more; killed, it begins anew, and no look
/// is noted twice.
pub async fn make(hall: &Arc<Hall>, id: Id<Order>, now: Moment) -> Outcome<()> {
    let Some(order) = hall.store.read(move |r| EXPORTS.by_id::<Order, _>(r, id)).await? else {
        return Ok(());
    };
    if order.stage != Stage::Agreed {
        return Ok(());
    }
    let export = hall.export(&order.wish.export);
    let export = export.ok_or_else(|| Fault::said("no office declares this export any more"))?;
    let (begun, rule) = (hall.now(), rule_on(now.day())?);
    // Asked before anybody has a look on record of a file that would not be.
    if hall.store.read(move |r| rows::is_erasing_since(r, begun)).await? {
        return Err(being_erased().into());
    }
    hall.ledger.sequence(now).await?;
    let gathered = gather(hall, export, &order.asks(), rule.export_rows_max, Some(id)).await?;
    if let Err(refusal) = rules::fits(gathered.count(), rule.export_rows_max) {
        return unmade(hall, &order, &refusal.message, now).await;
    }
    let deferrals = look(hall, &order, export, &gathered).await?;
    let (digest, staged) = staged(hall, &order, export, &gathered).await?;
    let kept = now.plus_seconds(86_400 * rule.export_kept_days);
    let clockwork = access::clockwork(CLOCKWORK);
    let filters = filters_said(hall, (clockwork.who(), now), export, &order).await?;
    let mut content = told(&order, export, &filters);
    if let serde_json::Value::Object(content) = &mut content {
        content.insert("rows".into(), json!(gathered.count()));
        content.insert("people".into(), json!(gathered.people_count()));
        content.insert("entered_by".into(), json!(order.proposed.by));
        content.insert("digest".into(), json!(digest));
        content.insert("kept_until".into(), json!(kept.iso()));
        if !deferrals.is_empty() {
            content.insert("deferrals".into(), json!(deferrals));
        }
    }
    let act = Act::new(now, EXPORT_MADE, EXPORT, id).authority(GROUND).content(content);
    let finish = move |tx: &Tx<'_>| -> Outcome<()> {
        let permit = access::clockwork(CLOCKWORK);
        let stands =
            EXPORTS.by_id::<Order, _>(tx, id)?.is_some_and(|order| order.stage == Stage::Agreed);
        if !stands {
            return Ok(());
        }
        if rows::is_erasing_since(tx, begun)? {
            return Err(being_erased().into());
        }
        let file = vault::attach(tx, &staged, now)?;
        let made = Made { file, digest: digest.clone(), act: act.id, at: now, until: kept };
        rows::finish_export(tx, &permit, id, &made)?;
        ledger::record(tx, permit.who(), &act)
    };
    let finished = hall.write(finish).await;
    if finished.is_err() {
        hall.store.write(move |tx| forget_staged(tx, id)).await?;
    }
    finished
}

fn being_erased() -> Fault {
    Fault::said("something is or was being erased meanwhile: the file is made anew")
}

/// Destroys the key of what was put together and is not handed out, unless another run has finished the order by now.
/// The content, which nothing names, goes with a sweep of the vault; made anew it has a new key.
fn forget_staged(tx: &Tx<'_>, id: Id<Order>) -> Outcome<()> {
    if EXPORTS.by_id::<Order, _>(tx, id)?.is_some_and(|order| order.stage == Stage::Agreed) {
        vault::erase(tx, EXPORT_FILES, &id.to_string(), ERASED_MEANWHILE)?;
    }
    Ok(())
}

/// Ends an order of which no file is made: what there is now is not what was agreed to.
async fn unmade(hall: &Arc<Hall>, order: &Order, why: &str, now: Moment) -> Outcome<()> {
    let id = order.id;
    let act = Act::new(now, EXPORT_UNMADE, EXPORT, id)
        .authority(GROUND)
        .content(json!({ "because": why, "rows": order.counted_rows }));
    hall.write(move |tx| {
        let permit = access::clockwork(CLOCKWORK);
        if rows::end_unmade(tx, &permit, id, now)? {
            ledger::record(tx, permit.who(), &act)?;
        }
        Ok(())
    })
    .await
}

/// Notes a look for everybody whose data it is, some at a time. Says by which deferrals some are told of it afterwards.
async fn look(
    hall: &Arc<Hall>,
    order: &Order,
    export: &'static Export,
    gathered: &Gathered,
) -> Outcome<BTreeSet<String>> {
    let mut deferrals = BTreeSet::new();
    let answered = order.answer.zip(order.proposed.settled.as_ref());
    let Some((act, answered)) = answered else { return Ok(deferrals) };
    let all: Vec<(String, About)> = gathered.people.clone().into_iter().collect();
    let count = |count: usize| i64::try_from(count).map_err(Fault::from);
    let (rows_done, people) = (count(gathered.count())?, count(all.len())?);
    let told = Arc::new(Told::of(order, export, act, answered.at));
    let mut done = 0;
    for some in all.chunks(LOOKS_AT_ONCE) {
        done += some.len();
        let (some, told, keys) = (some.to_vec(), told.clone(), hall.keys.clone());
        let (id, so_far) = (order.id, count(done)?);
        let note = move |tx: &Tx<'_>| -> Outcome<Vec<Id<Deferral>>> {
            let mut by = Vec::new();
            for (name, about) in &some {
                by.extend(ask::note_look(tx, &keys, about, &told.look(name))?);
            }
            let permit = access::clockwork(CLOCKWORK);
            rows::note_progress(tx, &permit, id, (rows_done, so_far, people))?;
            Ok(by)
        };
        deferrals.extend(hall.store.write(note).await?.iter().map(ToString::to_string));
    }
    Ok(deferrals)
}

/// What every look of an order tells.
struct Told {
    order: Id<Order>,
    export: &'static str,
    office: &'static str,
    at: Moment,
    purpose: String,
    who: Who,
    fields: Vec<String>,
    act: Id<Act>,
}

impl Told {
    fn of(order: &Order, export: &'static Export, act: Id<Act>, at: Moment) -> Self {
        let chosen = export.columns.iter().filter(|column| {
            column.personal && order.wish.columns.iter().any(|name| name == column.name)
        });
        Self {
            order: order.id,
            export: export.name,
            office: export.name.split('.').next().unwrap_or_default(),
            at,
            purpose: format!(
                "导出：{}（交给{}；依据{}）",
                order.wish.purpose,
                order.wish.received_by(),
                order.wish.ground
            ),
            who: order.who(),
            fields: chosen.map(|column| column.title.to_owned()).collect(),
            act,
        }
    }

    /// The look at this person's data: its id follows from the order and the person, so that it is noted once.
    fn look(&self, name: &str) -> Look<'_> {
        let mixed = seal::sm3(&[self.order.to_string().as_bytes(), name.as_bytes()]);
        let chance = mixed.iter().take(10).fold(0u128, |all, byte| (all << 8) | u128::from(*byte));
        let born = u128::from(self.at.millis().unsigned_abs()) & ((1 << 48) - 1);
        let id: Id<Asked> = Id::from_bits((born << 80) | chance);
        Look {
            id,
            at: self.at,
            asker: self.office,
            kind: self.export,
            purpose: &self.purpose,
            who: &self.who,
            fields: &self.fields,
            found: true,
            act: self.act,
            case: None,
        }
    }
}

/// Puts the file together and seals it; gives its digest too.
async fn staged(
    hall: &Arc<Hall>,
    order: &Order,
    export: &'static Export,
    gathered: &Gathered,
) -> Outcome<(String, Staged)> {
    let day = order.proposed.at.day();
    let (name, media, bytes) = if export.has_chosen_columns() {
        let named = |name: &String| export.columns.iter().find(|column| column.name == *name);
        let titles: Vec<&str> =
            order.wish.columns.iter().filter_map(named).map(|column| column.title).collect();
        let text = csv::table(&titles, gathered.rows.iter().map(Vec::as_slice));
        (format!("{}-{day}.csv", export.name), "text/csv; charset=utf-8", text.into_bytes())
    } else {
        let query = json!({ "order": order.id.to_string(), "filters": order.wish.filters });
        let (origin, acts) = (hall.ledger.origin().to_owned(), gathered.acts.clone());
        let lines = hall.store.read(move |r| ledger::export(r, &origin, &acts, query.clone()));
        let lines =
            lines.await?.ok_or_else(|| Fault::said("an act has no place in the log yet"))?;
        let name = format!("{}-{day}.jsonl", export.name);
        (name, "application/x-ndjson", lines.text.into_bytes())
    };
    let digest = HEXLOWER.encode(&seal::sm3(&[&bytes]));
    let scope = order.id.to_string();
    let staged = hall.vault.stage_made((EXPORT_FILES, &scope), (export.name, &name, media), bytes);
    Ok((digest, staged.await?))
}

/// What comes round: takes up again what was agreed to and not made, ends what nobody answered, destroys files whose
/// time is over.
pub async fn round(hall: &Arc<Hall>, now: Moment) -> Outcome<()> {
    let today = now.day();
    let (agreed, open, ready) = hall
        .store
        .read(|r| {
            let of = |stage| rows::exports_in(r, stage);
            Ok((of(Stage::Agreed)?, of(Stage::Open)?, of(Stage::Ready)?))
        })
        .await?;
    if !agreed.is_empty() {
        let again = move |tx: &Tx<'_>| agreed.iter().try_for_each(|one| take_up(tx, one.id, now));
        hall.store.write(again).await?;
    }
    for order in open.into_iter().filter(|order| order.proposed.last_day < today) {
        let act = Act::new(now, EXPORT_LAPSED, EXPORT, order.id)
            .content(json!({ "last_day": order.proposed.last_day.to_string() }));
        hall.write(move |tx| {
            let permit = access::clockwork(CLOCKWORK);
            if EXPORTS.lapse(tx, &permit, Some(order.id), today)? {
                ledger::record(tx, permit.who(), &act)?;
            }
            Ok(())
        })
        .await?;
    }
    let over = |order: &Order| order.made.as_ref().is_some_and(|made| made.until <= now);
    for order in ready.into_iter().filter(over) {
        let act = destruction(&order, TIME_OVER, now);
        hall.write(move |tx| {
            destroy(tx, &access::clockwork(CLOCKWORK), &order, (&act, TIME_OVER), now)
        })
        .await?;
    }
    hall.vault.remove_erased().await.map(|_| ())
}

/// The act that tells of a file's end.
fn destruction(order: &Order, why: &str, now: Moment) -> Act {
    let digest = order.made.as_ref().map(|made| made.digest.as_str());
    Act::new(now, EXPORT_DESTROYED, EXPORT, order.id)
        .authority(GROUND)
        .content(json!({ "digest": digest, "because": why }))
}

/// Destroys the file of an order with its key, if it stands.
fn destroy(
    tx: &Tx<'_>,
    permit: &Permit,
    order: &Order,
    (act, why): (&Act, &str),
    now: Moment,
) -> Outcome<()> {
    if !rows::end_export(tx, permit, order.id, now)? {
        return Ok(());
    }
    vault::erase(tx, EXPORT_FILES, &order.id.to_string(), why)?;
    ledger::record(tx, permit.who(), act)
}

/// A lawful order to erase ends every file that still stands: whoever is erased may be in it. What is left in the
/// folder goes with what the order's own job takes away.
pub fn destroy_all(tx: &Tx<'_>, document: &str, now: Moment) -> Outcome<()> {
    let permit = access::clockwork(CLOCKWORK);
    for order in rows::exports_in(tx, Stage::Ready)? {
        let act = destruction(&order, &format!("依{document}删除个人信息"), now);
        destroy(tx, &permit, &order, (&act, document), now)?;
    }
    Ok(())
}
