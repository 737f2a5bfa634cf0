//! A department's gateway has published a table: it is brought in as any other source is, after all that came before it.

use std::sync::Arc;

use base::{Fault, Moment, Outcome, RefusalKind, Stop};
use data_encoding::HEXLOWER_PERMISSIVE;
use exchange_contract::{Completed, Mode, PublicationPart, Rows};
use frame::Hall;
use ledger::jobs::{self, Lane};
use ledger::{Recorded, Who};
use serde_json::{Value, json};
use store::Tx;
use tokio::runtime::Handle;

use super::source::Change;
use super::{By, Source, bring};
use crate::rules::refuse;
use crate::store as rows;
use crate::terms::{BRING, Extent};

/// The job that takes up what was published of a resource.
pub const TAKE_UP: &str = "catalogue.take_up";
/// So many resources are looked at in one round.
const AT_ONCE: i64 = 100;

/// Hears that a publication is there as a whole.
pub fn hear_publication(hall: &Hall, tx: &Tx<'_>, act: &Recorded) -> Outcome<()> {
    let told: Completed = serde_json::from_value(act.content()).map_err(Fault::from)?;
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
pub async fn take_up_job(hall: Arc<Hall>, body: Value, _now: Moment) -> Outcome<()> {
    let key = body.get("key").and_then(Value::as_str).unwrap_or_default().to_owned();
    loop {
        let of = key.clone();
        let Some(waiting) = hall.store.read(move |r| rows::next_publication(r, &of)).await? else {
            return Ok(());
        };
        let told = &waiting.told;
        let (source, extent) = match told.mode {
            Mode::Whole => (whole(&hall, told), Extent::Whole),
            Mode::Watermark | Mode::Changes => (changes(&hall, told).await?, Extent::Changes),
        };
        let proof = format!("网关“{}”推送，办理记录 {}", told.gateway, waiting.act);
        match bring(&hall, &key, source, extent, (By::Part, &proof)).await {
            // Why a load was refused its page says. What others overtook again and again is tried later.
            Err(Stop::Refused(refusal)) if refusal.kind != RefusalKind::Unavailable => {}
            Err(stop) => return Err(stop),
            Ok(_) => {}
        }
        let no = waiting.no;
        let permit = access::clockwork(BRING.name);
        hall.store.write(move |tx| rows::drop_publication(tx, &permit, no)).await?;
    }
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
            Ok(rows.rows.into_iter().map(cells).collect())
        })
    };
    Source::parts("gateway", (&name, digest, lines), headings, make)
}

/// What was added, changed or taken out: of each row what was said last.
async fn changes(hall: &Arc<Hall>, told: &Completed) -> Outcome<Source> {
    let mut all = Vec::new();
    for number in 1..=told.parts {
        let Rows { rows, gone } = part(hall, told, number).await?;
        all.extend(
            rows.into_iter()
                .enumerate()
                .map(|(at, row)| Change { cells: cells(row), gone: gone.contains(&at) }),
        );
    }
    let (name, digest, lines) = named(told);
    Ok(Source::changes("gateway", (&name, digest, lines), told.items.clone(), all))
}
