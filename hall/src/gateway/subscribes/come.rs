//! Takes up one message of a subscription: a part goes to where the department wants it, in the transaction that moves the
//! subscription on.

use std::path::Path;
use std::sync::Arc;

use base::{Fault, Moment, Outcome, Refusal, RefusalKind};
use delivery::{Embedded, Letter, Put, Transport};
use exchange::{Follows, Part};
use message::{Header, Item, Kind, Order};
use serde_json::{Map, Value, json};
use store::Tx;

use super::state::{self, State};
use super::{To, name_of, words_of};
use crate::gateway::local::Kept;
use crate::gateway::site::{BOUND, IN, SUBSCRIBED, Site};
use crate::{city, files};

/// What came waits for the department's systems as long as it takes, seconds.
const WAITS_SECONDS: i64 = 10 * 365 * 86_400;

/// Takes up a message; fails where it cannot be put where it is wanted, and comes again.
pub(super) fn take_up(site: &Arc<Site>, item: &Item, now: Moment) -> Outcome<()> {
    let header = item.message.header();
    let name = name_of((&header.resource, &header.purpose), &header.to.organ);
    let to = site.config.subscribes.iter().find(|one| one.name(&site.config) == name);
    let known = {
        let name = name.clone();
        site.store.read_now(move |r| state::of(r, &name))?
    };
    let (Some(to), Some(known)) = (to.map(|one| &one.to), known) else {
        // Nobody wants it any more.
        return done(site, header, None);
    };
    let plain = site.opener.open(header, item.message.body()).map_err(|wrong| wrong.refusal())?;
    let body: Value = serde_json::from_slice(&plain).unwrap_or(Value::Null);
    let replied = header.in_reply_to.is_some_and(|ask| ask.to_string() == known.ask);
    match header.kind {
        Kind::Answer if replied && known.state == "asked" => {
            done(site, header, Some(State { state: "active".into(), ..known }))
        }
        Kind::Refusal if replied => {
            let (state, words) = ("stopped".into(), words_of(&body));
            let stopped = State { state, words, ..known }.waiting_for_a_whole();
            match to {
                To::Inbox => into_inbox(site, item, stopped, now),
                To::Folder(_) => done(site, header, Some(stopped)),
            }
        }
        Kind::Publish => {
            let part: Part = serde_json::from_value(body).map_err(Fault::from)?;
            given(site, (item, &part), (to, known), now)
        }
        _ => done(site, header, None),
    }
}

/// A part: it goes on if it follows what came before; else all is asked for again.
fn given(
    site: &Arc<Site>,
    (item, part): (&Item, &Part),
    (to, known): (&To, State),
    now: Moment,
) -> Outcome<()> {
    let header = item.message.header();
    let sequence = header.order.as_ref().and_then(|order| i64::try_from(order.sequence).ok());
    let sequence = sequence.unwrap_or_default();
    let follows = match part.fits() {
        Ok(()) => known.reached.follows(sequence, part),
        Err(_) => Follows::Missing,
    };
    let after = match follows {
        Follows::Over => return done(site, header, None),
        Follows::Missing => {
            let words = "少收了一部分，已经请中心从头再送".to_owned();
            let anew = State { state: "new".into(), words, ..known }.waiting_for_a_whole();
            return done(site, header, Some(anew));
        }
        Follows::Next(reached) => State {
            state: "active".into(),
            reached,
            rows: known.rows.saturating_add(i64::try_from(part.rows.len()).unwrap_or(i64::MAX)),
            came: now.millis(),
            words: String::new(),
            ..known
        },
    };
    match to {
        To::Inbox => into_inbox(site, item, after, now),
        To::Folder(folder) => {
            let folder = site.config.path(folder);
            city::make_folder(&folder)?;
            // Written again after a failure it is the same file under the same name.
            let path = folder.join(format!("{sequence:010}.jsonl"));
            write(&path, header, part)?;
            done(site, header, Some(after))
        }
    }
}

/// It is settled, and the subscription stands so.
fn done(site: &Site, header: &Header, after: Option<State>) -> Outcome<()> {
    let id = header.id;
    site.store.write_now(move |tx| {
        settle(tx, after.as_ref())?;
        Embedded.settle(tx, SUBSCRIBED, &[id]).map(drop)
    })
}

fn settle(tx: &Tx<'_>, after: Option<&State>) -> Outcome<()> {
    after.map_or(Ok(()), |after| state::put(tx, after))
}

/// It goes into the inbox, in its order; where that is full it waits.
fn into_inbox(site: &Site, item: &Item, after: State, now: Moment) -> Outcome<()> {
    let header = item.message.header();
    let to_key = |order: &Order| Order {
        key: format!("{}>{}", header.from.gateway, order.key),
        sequence: order.sequence,
    };
    let letter = Letter {
        id: header.id,
        order: header.order.as_ref().map(to_key),
        expires: now.plus_seconds(WAITS_SECONDS),
        content: Kept::message(item),
    };
    let id = header.id;
    site.store.write_now(move |tx| {
        let letter = std::slice::from_ref(&letter);
        if let Put::Full(_) = Embedded.put(tx, IN, letter, &BOUND, now)? {
            let words = "收件箱满了，订阅的数据在等";
            return Err(Refusal::new(RefusalKind::Unavailable, "gateway.busy", words).into());
        }
        settle(tx, Some(&after))?;
        Embedded.settle(tx, SUBSCRIBED, &[id]).map(drop)
    })?;
    site.came.notify_waiters();
    Ok(())
}

/// A part as a file of JSON lines: the first says what it is, then a row a line. It is there as a whole or not at all.
fn write(path: &Path, header: &Header, part: &Part) -> Outcome<()> {
    let run = &part.publication;
    let mut text = json!({
        "resource": header.resource, "purpose": header.purpose, "at": header.at,
        "message": header.id.to_string(), "run": run.run, "part": run.part, "of": run.of,
        "mode": run.mode, "rows": part.rows.len(),
    })
    .to_string();
    for (place, row) in part.rows.iter().enumerate() {
        let cell = |(item, cell): (&String, &Option<String>)| (item.clone(), json!(cell));
        let cells = run.items.iter().zip(row);
        let line = match part.gone.contains(&place) {
            // Its key alone.
            true => {
                let key: Map<String, Value> =
                    cells.filter(|(_, cell)| cell.is_some()).map(cell).collect();
                json!({ "gone": key })
            }
            false => json!({ "put": cells.map(cell).collect::<Map<String, Value>>() }),
        };
        text.push('\n');
        text.push_str(&line.to_string());
    }
    text.push('\n');
    Ok(files::replace(path, text.as_bytes()).map_err(|error| files::unwritable(path, &error))?)
}
