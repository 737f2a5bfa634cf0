//! Bringing a list in: the file is read and checked first, its lines are written in parts that hold nobody up, and one
//! transaction lets them count. A file of fifty thousand lines is the most; it is read while its sender waits, some
//! seconds. Larger ones would have to wait in parts, as those of the registers do.

use std::collections::HashMap;
use std::io::Cursor;
use std::sync::Arc;

use access::{Actor, Over, Permit, authorise};
use base::{CitizenNumber, Fault, Id, Outcome, Refusal};
use frame::{ActCx, Hall, not_found};
use ledger::Act;
use serde_json::json;
use sources::file::{Kind, Limits, Next, Reading, Table};
use store::{Reader, Tx};

use super::hold::{HOLD_JOB, WITHDRAW_JOB, enqueue};
use crate::rules;
use crate::store as rows;
use crate::terms::{
    BROUGHT, Extent, Line, Load, NUMBERS, PayList, Refused, Stage, TAKEN_BACK, UPLOAD,
};

/// No file is larger.
pub const BYTES_MAX: usize = 16 << 20;
/// No list is longer.
const ROWS_MAX: u64 = 50_000;
/// So many lines are written at once.
const AT_ONCE: usize = 500;
/// So many reasons are kept of a file.
const REFUSED_MAX: usize = 1_000;
/// What acts on lists name as their subject's kind.
const SUBJECT: &str = "list";
/// What acts on one file of a list do.
pub(super) const LOAD: &str = "list_load";
/// The ground on which a department brings who it pays.
const GROUND: &str = "政务数据共享条例（国务院令第809号）第三章";

/// A file as it came.
#[derive(Clone, Debug)]
pub struct Brought {
    /// The list's id, or the name of a new one.
    pub list: String,
    /// What it is to the list.
    pub extent: Extent,
    /// Its name.
    pub name: String,
    /// What stands in it.
    pub bytes: Vec<u8>,
}

/// A name without folders, at most 120 characters.
pub fn tidy_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    last.chars().filter(|letter| !letter.is_control()).take(120).collect()
}

/// What was read of a file.
struct Read {
    lines: Vec<Line>,
    refused: Vec<Refused>,
    refused_lines: i64,
    digest: [u8; 32],
}

/// Reads a file; refused when it cannot be one. Each wrong line is told, and the others are taken.
fn read(name: &str, bytes: Vec<u8>) -> Result<Read, Refusal> {
    let digest = seal::sm3(&[&bytes]);
    let reading = Reading {
        headings: rules::headings(),
        said: Kind::of_name(name),
        limits: Limits {
            bytes_max: BYTES_MAX as u64,
            rows_max: ROWS_MAX,
            unpacked_bytes_max: 200 << 20,
            ..Limits::default()
        },
        ..Reading::default()
    };
    let told = |bad: sources::BadFile| {
        let refusal = bad.refusal();
        let words = refusal.message.clone();
        refusal.field("file", words)
    };
    let mut table = Table::open(Cursor::new(bytes), &reading).map_err(told)?;
    let places = table.headings().places.clone();
    let mut read = Read { lines: Vec::new(), refused: Vec::new(), refused_lines: 0, digest };
    let mut seen: HashMap<CitizenNumber, Vec<Line>> = HashMap::new();
    while let Some(next) = table.next_row().map_err(told)? {
        let found = match next {
            Next::Row(row) => {
                let cell = |column: usize| {
                    places.get(column).copied().flatten().map_or("", |place| row.text(place))
                };
                let line = i64::try_from(row.line).unwrap_or(i64::MAX);
                rules::check(line, [cell(0), cell(1), cell(2), cell(3), cell(4)])
                    .and_then(|line| once(&mut seen, line))
            }
            Next::Trouble(troubles) => Err(troubles
                .iter()
                .map(|one| Refused {
                    line: i64::try_from(one.line).unwrap_or(i64::MAX),
                    field: one.column.clone(),
                    rule: one.rule.clone(),
                    words: one.words.clone(),
                })
                .collect()),
        };
        match found {
            Ok(line) => read.lines.push(line),
            Err(refused) => {
                read.refused_lines += 1;
                let room = REFUSED_MAX.saturating_sub(read.refused.len());
                read.refused.extend(refused.into_iter().take(room));
            }
        }
    }
    Ok(read)
}

/// The same payment to the same person stands in a file once.
fn once(seen: &mut HashMap<CitizenNumber, Vec<Line>>, line: Line) -> Result<Line, Vec<Refused>> {
    let before = seen.entry(line.number).or_default();
    if let Some(first) = before.iter().find(|one| rules::same_line(one, &line)) {
        let words = format!("与第 {} 行是同一个人的同一项发放", first.line);
        let field = "公民身份号码".to_owned();
        return Err(vec![Refused { line: line.line, field, rule: "重复".into(), words }]);
    }
    before.push(line.clone());
    Ok(line)
}

/// Brings a file of one's organ in. Gives its load.
pub async fn bring(hall: &Arc<Hall>, actor: &Actor, brought: Brought) -> Outcome<Id<Load>> {
    let (by, now) = (actor.clone(), actor.at());
    // Who may not is told so before anything is read.
    hall.store.read(move |r| own_organ(r, &by).map(|_| ())).await?;
    let Brought { list, extent, name, bytes } = brought;
    let file = name.clone();
    let parsed = tokio::task::spawn_blocking(move || read(&file, bytes));
    let read = parsed.await.map_err(Fault::from)??;
    let count = |len: usize| i64::try_from(len).unwrap_or(i64::MAX);
    let (by, id, new_list) = (actor.clone(), Id::mint(now), Id::mint(now));
    let load = Load {
        id,
        list: new_list,
        place: 0,
        extent,
        stage: Stage::Staging,
        name,
        digest: read.digest,
        by_name: String::new(),
        at: now,
        read: count(read.lines.len()) + read.refused_lines,
        taken: count(read.lines.len()),
        refused: read.refused_lines,
        held: false,
        act: String::new(),
        undone_at: None,
        undone_act: String::new(),
        forgotten_at: None,
        forgotten_act: String::new(),
    };
    let refused = read.refused;
    let load = hall
        .store
        .write(move |tx| {
            let permit = own_organ(tx, &by)?;
            let list = list_of(tx, &permit, (&list, new_list), now)?;
            let load = Load { list: list.id, by_name: permit.who().name.clone(), ..load.clone() };
            rows::begin_load(tx, &permit, &load)?;
            for one in &refused {
                rows::put_refused(tx, &permit, id, one)?;
            }
            Ok(load)
        })
        .await?;
    write_lines(hall, actor, id, read.lines).await?;
    let (by, act) = (actor.clone(), Act::new(now, BROUGHT, SUBJECT, load.list));
    hall.write(move |tx| let_count(tx, &own_organ(tx, &by)?, &load, &act)).await?;
    hall.bell.notify_one();
    Ok(id)
}

/// The permit of who brings lists of their organ.
fn own_organ(reader: &Reader<'_>, actor: &Actor) -> Outcome<Permit> {
    authorise(reader, actor, &UPLOAD, Over::Any)
}

/// The list of one's organ that was named, by its id or, where it is new, by its name.
fn list_of(
    tx: &Tx<'_>,
    permit: &Permit,
    (named, new): (&str, Id<PayList>),
    now: base::Moment,
) -> Outcome<PayList> {
    if let Ok(id) = named.parse::<Id<PayList>>()
        && let Some(list) = rows::list(tx, id)?
    {
        return match list.organ == permit.organ() {
            true => Ok(list),
            false => Err(not_found("这份名单").into()),
        };
    }
    let name = rules::list_name(named)?;
    if let Some(list) = rows::list_by_name(tx, permit.organ(), &name)? {
        return Ok(list);
    }
    let list = PayList {
        id: new,
        organ: permit.organ().to_owned(),
        organ_name: permit.who().organ_name.clone(),
        name,
    };
    rows::put_list(tx, permit, &list, now)?;
    Ok(list)
}

async fn write_lines(
    hall: &Arc<Hall>,
    actor: &Actor,
    load: Id<Load>,
    lines: Vec<Line>,
) -> Outcome<()> {
    for some in lines.chunks(AT_ONCE) {
        let (keys, some) = (hall.keys.clone(), some.to_vec());
        let kept = tokio::task::spawn_blocking(move || {
            let kept = |line: Line| {
                let number = line.number.as_str().as_bytes();
                let (sealed, blind) =
                    (keys.seal(NUMBERS, number), keys.blind(access::NUMBER, number));
                (line, sealed, blind)
            };
            some.into_iter().map(kept).collect::<Vec<_>>()
        });
        let (kept, by) = (kept.await.map_err(Fault::from)?, actor.clone());
        hall.store
            .write(move |tx| {
                let permit = own_organ(tx, &by)?;
                kept.iter().try_for_each(|(line, sealed, blind)| {
                    rows::put_line(tx, &permit, load, line, (sealed, blind))
                })
            })
            .await?;
    }
    Ok(())
}

fn let_count(tx: &Tx<'_>, permit: &Permit, load: &Load, act: &Act) -> Outcome<()> {
    let list = rows::list(tx, load.list)?.ok_or_else(|| not_found("这份名单"))?;
    if load.extent == Extent::Whole {
        rows::replace(tx, permit, list.id, load.id)?;
    }
    let place = rows::next_place(tx, list.id)?;
    rows::publish(tx, permit, load.id, (place, &act.id.to_string()))?;
    let digest: String = load.digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let act = act.clone().authority(GROUND).content(json!({
        "list": list.name, "organ": list.organ, "load": load.id.to_string(), "file": load.name,
        "digest": digest, "extent": load.extent.as_str(), "read": load.read, "taken": load.taken,
        "refused": load.refused,
    }));
    ledger::record(tx, permit.who(), &act)?;
    enqueue(tx, HOLD_JOB, load.id, load.at)
}

/// Takes the newest file of a list back, for a reason: what it had taken the place of counts again, and what was found in
/// it alone is withdrawn.
pub async fn undo(cx: &ActCx, id: Id<Load>, reason: &str) -> Outcome<()> {
    let (actor, now, reason) = (cx.actor().clone(), cx.now(), reason.trim().to_owned());
    let minted = Act::new(now, TAKEN_BACK, LOAD, id);
    cx.write(move |tx| {
        let unknown = || not_found("这次上传");
        let load = rows::load(tx, id)?.ok_or_else(unknown)?;
        let list = rows::list(tx, load.list)?.ok_or_else(unknown)?;
        // It is not told that there is one.
        let permit = authorise(tx, &actor, &UPLOAD, Over::Organ(list.organ.clone()))
            .map_err(|_| unknown())?;
        let newest = rows::newest(tx, list.id)? == load.place;
        rules::may_undo(load.stage, newest, &reason)?;
        rules::may_count_again(rows::is_lost(tx, id)?)?;
        let act = minted.clone().authority(GROUND).content(json!({
            "list": list.name, "organ": list.organ, "load": id.to_string(), "file": load.name,
            "reason": reason,
        }));
        rows::undo(tx, &permit, id, (now, &act.id.to_string()))?;
        rows::restore(tx, &permit, id)?;
        ledger::record(tx, permit.who(), &act)?;
        enqueue(tx, WITHDRAW_JOB, id, now)
    })
    .await?;
    cx.hall().bell.notify_one();
    Ok(())
}
