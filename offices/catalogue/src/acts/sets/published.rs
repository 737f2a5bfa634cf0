//! A department's gateway has published a table: it is brought in as any other source is, after all that came before it.

use std::sync::Arc;

use base::{Fault, Moment, Outcome, Refusal, RefusalKind, Stop};
use data_encoding::HEXLOWER_PERMISSIVE;
use exchange_contract::{COMPLETE, Completed, Mode, PublicationPart, Rows};
use frame::Hall;
use ledger::jobs::{self, Lane};
use ledger::{Act, Recorded, Who};
use serde::Deserialize;
use serde_json::{Value, json};
use store::Tx;
use tokio::runtime::Handle;

use super::fold::{CHANGES_MAX, too_many_changes};
use super::source::{Change, Left, Part};
use super::{By, GROUND, Source, bring};
use crate::rules::refuse;
use crate::store::{self as rows, Waiting};
use crate::terms::{BRING, Extent, NOT_TAKEN_UP, SUBJECT};

/// The job that takes up what was published of a resource.
pub const TAKE_UP: &str = "catalogue.take_up";
/// How rows that a gateway has published are known by.
pub(super) const SOURCE: &str = "gateway";
/// What could not be taken up for so long is refused, so that what came after it is.
const WAITS_SECONDS: i64 = 24 * 3_600;
/// So many resources are looked at in one round.
const AT_ONCE: i64 = 100;

/// What a register tells of a resource that feeds it, or does not any more.
#[derive(Deserialize)]
struct Fed {
    resource: String,
    register: String,
}

/// Hears that a publication is there as a whole, and of which resources it is a register's: those are no datasets.
pub fn hear_publication(hall: &Hall, tx: &Tx<'_>, act: &Recorded) -> Outcome<()> {
    if act.kind != COMPLETE {
        let fed: Fed = serde_json::from_value(act.content()).map_err(Fault::from)?;
        let (permit, opened) = (access::clockwork(BRING.name), act.kind.ends_with("opened"));
        return match opened {
            true => rows::put_fed(tx, &permit, (&fed.resource, &fed.register)),
            false => rows::drop_fed(tx, &permit, &fed.resource),
        };
    }
    let told: Completed = serde_json::from_value(act.content()).map_err(Fault::from)?;
    if rows::fed_register(tx, &told.resource)?.is_some() {
        return Ok(());
    }
    // As its page is addressed: a code has a stroke.
    let key = told.resource.replace('/', "-");
    let permit = access::clockwork(BRING.name);
    rows::put_publication(tx, &permit, (&key, &told, &act.id.to_string()), hall.now())?;
    enqueue(tx, &key, hall.now())
}

fn enqueue(tx: &Tx<'_>, key: &str, now: Moment) -> Outcome<()> {
    let (once, body) = (format!("{TAKE_UP} {key}"), json!({ "key": key }));
    jobs::enqueue_once_in(tx, Lane::Long, TAKE_UP, &once, &body, now)
}

/// Sees to it that what waits is taken up: one may have come while the last was just done.
pub async fn wake(hall: &Hall, now: Moment) -> Outcome<()> {
    let keys = hall.store.read(|r| rows::keys_waiting(r, AT_ONCE)).await?;
    if keys.is_empty() {
        return Ok(());
    }
    hall.write(move |tx| keys.iter().try_for_each(|key| enqueue(tx, key, now))).await
}

/// Takes up all that was published of a resource, one after another.
pub async fn take_up_job(hall: Arc<Hall>, body: Value, now: Moment) -> Outcome<()> {
    let key = body.get("key").and_then(Value::as_str).unwrap_or_default().to_owned();
    loop {
        let of = key.clone();
        let Some(waiting) = hall.store.read(move |r| rows::next_publication(r, &of)).await? else {
            return Ok(());
        };
        match taken_up(&hall, &waiting).await {
            Ok(()) => done(&hall, waiting.no).await?,
            // What others overtook again and again is tried later.
            Err(Stop::Refused(refusal)) if refusal.kind != RefusalKind::Unavailable => {
                refused(&hall, waiting, &refusal).await?;
            }
            // What fails again and again holds up all that came after it.
            Err(stop) if waiting.at.plus_seconds(WAITS_SECONDS) < now => {
                let refusal = refuse("catalogue.not_taken_up", "收下以后一天没能导入");
                let _: Option<()> = frame::spared("taking up a publication", Err(fault_of(stop)));
                refused(&hall, waiting, &refusal).await?;
            }
            Err(stop) => return Err(stop),
        }
    }
}

async fn done(hall: &Hall, no: i64) -> Outcome<()> {
    let permit = access::clockwork(BRING.name);
    hall.store.write(move |tx| rows::drop_publication(tx, &permit, no)).await
}

fn fault_of(stop: Stop) -> Fault {
    match stop {
        Stop::Failed(fault) => fault,
        Stop::Refused(refusal) => Fault::said(refusal.message),
    }
}

async fn taken_up(hall: &Arc<Hall>, waiting: &Waiting) -> Outcome<()> {
    let told = &waiting.told;
    let (source, extent) = match told.mode {
        Mode::Whole => (whole(hall, told), Extent::Whole),
        Mode::Watermark | Mode::Changes => (changes(hall, told).await?, Extent::Changes),
    };
    let source = source.without(Left { rows: told.left, words: told.left_words.clone() });
    let proof = format!("网关“{}”推送，办理记录 {}", told.gateway, waiting.act);
    let by = By::Gateway(told.organ.clone());
    bring(hall, &waiting.key, source, extent, (by, &proof)).await.map(drop)
}

/// A publication is not taken in. The gateway has gone on since: what stands lacks it, so that nothing but all of the table
/// is taken in after it. It is told by an act, for the desk and for who tells the gateway.
async fn refused(hall: &Hall, waiting: Waiting, refusal: &Refusal) -> Outcome<()> {
    let (now, told, said) = (hall.now(), &waiting.told, super::said(refusal));
    let act = Act::new(now, NOT_TAKEN_UP, SUBJECT, &waiting.key).authority(GROUND).content(json!({
        "resource": told.resource, "organ": told.organ, "gateway": told.gateway,
        "publication": told.publication, "told": waiting.act, "rows": told.rows,
        "code": refusal.code, "reason": said,
    }));
    hall.write(move |tx| {
        let permit = access::clockwork(BRING.name);
        rows::drop_publication(tx, &permit, waiting.no)?;
        rows::want_whole(tx, &permit, (&waiting.key, &said, &act.id.to_string()), now)?;
        ledger::record(tx, permit.who(), &act)
    })
    .await
}

fn named(told: &Completed) -> (String, [u8; 32], i64) {
    let digest = HEXLOWER_PERMISSIVE.decode(told.digest.as_bytes()).ok();
    let digest = digest.and_then(|bytes| bytes.try_into().ok()).unwrap_or_default();
    (format!("网关推送（{}）", told.gateway), digest, told.rows)
}

async fn part(hall: &Hall, told: &Completed, part: i64) -> Outcome<Rows> {
    let question = PublicationPart { publication: told.publication.clone(), part };
    let (who, now) = (Who::clockwork(), hall.now());
    let answer = hall.desk.ask("catalogue", "datasets", &who, &question, now).await?;
    let gone =
        || refuse("catalogue.part_gone", "推送的数据已经过了保存期，没有导入，请部门再推送一次");
    Ok(answer.value.ok_or_else(gone)?)
}

fn cells(row: Vec<Option<String>>) -> Vec<String> {
    row.into_iter().map(Option::unwrap_or_default).collect()
}

/// All of a table, read a part at a time.
fn whole(hall: &Arc<Hall>, told: &Completed) -> Source {
    let (name, digest, lines) = named(told);
    let (hall, told) = (hall.clone(), told.clone());
    let thread = Handle::current();
    let headings = told.items.clone();
    let make = move || {
        let (hall, told, thread) = (hall.clone(), told.clone(), thread.clone());
        (1..=told.parts).map(move |number| {
            let rows = thread.block_on(part(&hall, &told, number))?;
            let all = |rows: Vec<_>| rows.into_iter().map(cells).collect();
            Ok(Part { rows: all(rows.rows), left: all(rows.left) })
        })
    };
    Source::parts(SOURCE, (&name, digest, lines), headings, make)
}

/// What was added, changed or taken out: of each row what was said last.
async fn changes(hall: &Arc<Hall>, told: &Completed) -> Outcome<Source> {
    // They are held in memory: nothing is fetched that would not be taken.
    let most = i64::try_from(CHANGES_MAX).unwrap_or(i64::MAX);
    if told.rows > most {
        return Err(too_many_changes().into());
    }
    let mut all: Vec<Change> = Vec::new();
    for number in 1..=told.parts {
        if all.len() > CHANGES_MAX {
            return Err(too_many_changes().into());
        }
        let Rows { rows, gone, .. } = part(hall, told, number).await?;
        all.extend(
            rows.into_iter()
                .enumerate()
                .map(|(at, row)| Change { cells: cells(row), gone: gone.contains(&at) }),
        );
    }
    let (name, digest, lines) = named(told);
    Ok(Source::changes(SOURCE, (&name, digest, lines), told.items.clone(), all))
}
