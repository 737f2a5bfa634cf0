//! Publications to the centre: parts are gathered as they come; the last one, if nothing is missing, makes it whole. Then
//! whoever listens is told, and asks for the rows.

use std::sync::Arc;

use ::store::{Reader, Tx};
use access::Permit;
use base::{Fault, Id, Moment, Outcome, Refusal, RefusalKind};
use exchange_contract::{COMPLETE, Completed, PublicationPart};
use ledger::Act;
use message::{Header, Item};
use seal::Keys;
use serde_json::Value;

use super::centre::centre;
use crate::rules::parts::{Part, chained};
use crate::store::publications::{self, Publication};
use crate::terms::{CENTRE, queue_of};

/// A part that was read and holds by itself, with the names of what it may begin or complete: they are minted before the
/// transaction, which may run twice.
#[derive(Clone, Debug)]
pub struct Come {
    /// The part.
    pub part: Arc<Part>,
    id: Id<Publication>,
    act: Act,
}

impl Come {
    /// The part in a body.
    pub fn read(gateway: &str, plain: &[u8], now: Moment) -> Result<Self, Refusal> {
        let unread = |words: String| Refusal::new(RefusalKind::Invalid, "exchange.part", words);
        let part: Part = serde_json::from_slice(plain)
            .map_err(|why| unread(format!("推送的内容不是规定的写法，第 {} 行", why.line())))?;
        part.fits().map_err(|why| unread(format!("推送的内容不对：{why}")))?;
        let act = Act::new(now, COMPLETE, "gateway", gateway);
        Ok(Self { part: Arc::new(part), id: Id::mint(now), act })
    }
}

fn missing(words: impl Into<String>) -> Refusal {
    Refusal::new(RefusalKind::Conflict, "exchange.part_missing", words)
        .remedy("请从头再读取、推送一次")
}

/// Puts a part to those before it. Refused where one is missing, or where the whole is not what its sender says.
pub(super) fn gather(
    tx: &Tx<'_>,
    permit: &Permit,
    header: &Header,
    come: &Come,
    now: Moment,
) -> Outcome<Result<(), Refusal>> {
    let (part, gateway) = (&*come.part, header.from.gateway.as_str());
    let run = &part.publication;
    let known = publications::of_run(tx, gateway, &run.run)?;
    let before = match (known, run.part) {
        (Some(known), _) => known,
        (None, 1) => {
            let new = begun(header, come, now);
            publications::begin(tx, permit, &new)?;
            new
        }
        (None, part) => {
            let words = format!("这是第 {part} 部分，前面的部分没有收到");
            return Ok(Err(missing(words)));
        }
    };
    if let Err(refusal) = follows(&before, header, part) {
        return Ok(Err(refusal));
    }
    let rows = i64::try_from(part.rows.len()).unwrap_or(i64::MAX);
    let mut after = Publication {
        parts: run.part,
        rows: before.rows.saturating_add(rows),
        bytes: before.bytes.saturating_add(i64::try_from(header.body.bytes).unwrap_or(0)),
        chain: chained(&before.chain, part).map_err(Fault::from)?,
        left: before.left.saturating_add(i64::try_from(part.left.len()).unwrap_or(i64::MAX)),
        changed: now,
        ..before
    };
    if let Some(left) = &run.left {
        after.left = after.left.max(left.rows);
        after.left_words.clone_from(&left.words);
    }
    if let Some(digest) = &run.digest {
        if *digest != after.chain {
            let words = "各部分合起来的摘要和发送方写的不同，这次推送没有采用";
            return Ok(Err(Refusal::new(RefusalKind::Conflict, "exchange.part_digest", words)
                .remedy("请从头再读取、推送一次")));
        }
        after.state = "complete".into();
    }
    publications::put_part(tx, permit, &after, (header.id, rows))?;
    if after.state == "complete" {
        announce(tx, permit, &come.act, &after)?;
    }
    Ok(Ok(()))
}

fn begun(header: &Header, come: &Come, now: Moment) -> Publication {
    let run = &come.part.publication;
    Publication {
        id: come.id,
        gateway: header.from.gateway.clone(),
        organ: header.from.organ.clone(),
        resource: header.resource.clone(),
        run: run.run.clone(),
        mode: run.mode,
        items: run.items.clone(),
        parts: 0,
        rows: 0,
        bytes: 0,
        chain: String::new(),
        left: 0,
        left_words: String::new(),
        refused: String::new(),
        began: now,
        changed: now,
        state: "coming".into(),
    }
}

/// Whether a part is the next one of the publication that is coming.
fn follows(before: &Publication, header: &Header, part: &Part) -> Result<(), Refusal> {
    let run = &part.publication;
    if before.state != "coming" {
        return Err(missing("这一次推送已经结束，或者被后来的一次代替了"));
    }
    if run.part != before.parts + 1 {
        let words = format!("这是第 {} 部分，前面只收到 {} 部分", run.part, before.parts);
        return Err(missing(words));
    }
    let same = (&before.resource, &before.organ) == (&header.resource, &header.from.organ)
        && (&before.items, before.mode) == (&run.items, run.mode);
    match same {
        true => Ok(()),
        false => Err(missing("这一部分的资源、信息项或者方式和前面的不同")),
    }
}

fn announce(tx: &Tx<'_>, permit: &Permit, act: &Act, whole: &Publication) -> Outcome<()> {
    let told = Completed {
        publication: whole.id.to_string(),
        resource: whole.resource.clone(),
        organ: whole.organ.clone(),
        gateway: whole.gateway.clone(),
        mode: whole.mode,
        items: whole.items.clone(),
        parts: whole.parts,
        rows: whole.rows,
        digest: whole.chain.clone(),
        left: whole.left,
        left_words: whole.left_words.clone(),
    };
    let content = serde_json::to_value(told).map_err(Fault::from)?;
    ledger::record(tx, permit.who(), &act.clone().content(content))
}

/// Answers [`PublicationPart`]: the rows of one part, opened. Nothing where there is none, or where its bytes are not kept
/// any more.
pub(crate) fn part(
    reader: &Reader<'_>,
    keys: &Keys,
    asked: &Value,
    _: Moment,
) -> Outcome<Option<Arc<Value>>> {
    let Ok(asked) = serde_json::from_value::<PublicationPart>(asked.clone()) else {
        return Ok(None);
    };
    let known = publications::message_of(reader, &asked.publication, asked.part)?;
    let Some(id) = known else { return Ok(None) };
    let Some(bytes) = delivery::open_letter(reader, &queue_of(CENTRE), id)? else {
        return Ok(None);
    };
    let item = Item::read(&bytes, u64::from(u32::MAX)).map_err(Fault::from)?;
    let header = item.message.header();
    let plain = centre(reader, keys)?.opener.open(header, item.message.body());
    let part: Part =
        serde_json::from_slice(&plain.map_err(|wrong| wrong.refusal())?).map_err(Fault::from)?;
    let rows = serde_json::to_value(part.into_rows()).map_err(Fault::from)?;
    Ok(Some(Arc::new(rows)))
}
