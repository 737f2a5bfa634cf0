//! Checks the whole log of a city against its acts: every commitment, the tree, the checkpoint.

use base::{Fault, Outcome};
use seal::merkle::{self, Frontier};
use seal::note::Believed;
use serde_json::Value;
use store::{Reader, Store};

use crate::act::{Recorded, acts_after, canonical};
use crate::erased;
use crate::log::Ledger;
use crate::sequencer::{Head, head, read_tile};
use crate::signing::{self, Signatories};
use crate::succession;

/// How many acts are read at a time.
const BATCH: i64 = 2_000;

/// What an audit found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Audit {
    /// Acts in the log.
    pub acts: i64,
    /// Of these, so many had their content erased.
    pub erased: i64,
    /// So many carry the signature of who did them.
    pub signed: i64,
    /// What does not hold, in words; empty if all is well. At most 50.
    pub wrong: Vec<String>,
}

impl Audit {
    fn note(&mut self, words: String) {
        if self.wrong.len() < 50 {
            self.wrong.push(words);
        }
    }
}

/// Audits the log with the keys that it has had, which must lead to one that is held here.
pub async fn audit_of_own(ledger: &Ledger) -> Outcome<Audit> {
    let (keys, origin) = (ledger.keys.clone(), ledger.origin.clone());
    let known = ledger.store.read(move |r| succession::known(r, &keys, &origin)).await?;
    match known {
        Ok(known) => audit(ledger, &known).await,
        Err(words) => {
            let mut found = audit(ledger, &ledger.keys.log_key().public()).await?;
            found.wrong.insert(0, words);
            Ok(found)
        }
    }
}

/// Audits the log with its public key, or its keys. Reads in batches, so that a city of any size fits.
pub async fn audit(ledger: &Ledger, keys: &dyn Believed) -> Outcome<Audit> {
    let (mut audit, store) = (Audit::default(), &ledger.store);
    let Some(head) = store.read(head).await? else { return Ok(audit) };
    let mut frontier = Frontier::default();
    let mut next = 0;
    while next < head.size {
        let signatories = ledger.signatories.clone();
        let (batch, wrong) = store
            .read(move |reader| {
                let batch = acts_after(reader, next - 1, BATCH)?;
                let mut wrong = unsigned(reader, &*signatories, &batch)?;
                wrong.extend(erased::unlawful(reader, &batch)?);
                Ok((batch, wrong))
            })
            .await?;
        wrong.into_iter().for_each(|words| audit.note(words));
        let logged: Vec<Recorded> =
            batch.into_iter().filter(|act| act.seq < Some(head.size)).collect();
        if logged.is_empty() {
            audit.note(format!("登记簿应有 {} 条，只找到 {next} 条", head.size));
            break;
        }
        for act in logged {
            if act.seq != Some(next) {
                audit.note(format!("第 {next} 条缺失"));
                next = act.seq.unwrap_or(next);
            }
            check_act(&act, &mut audit)?;
            frontier.append(act.leaf);
            next += 1;
        }
    }
    audit.acts = next;
    match seal::note::open(&head.checkpoint, keys) {
        Err(error) => audit.note(format!("检查点的签名无效：{error}")),
        Ok(checkpoint) => {
            let root = frontier.root();
            if checkpoint.size.cast_signed() != head.size
                || checkpoint.root != root
                || head.root != root
            {
                audit.note("登记簿的根与检查点不符".into());
            }
        }
    }
    check_tiles(store, head, &mut audit).await?;
    Ok(audit)
}

/// The acts that should carry their doer's signature and do not.
fn unsigned(
    reader: &Reader<'_>,
    signatories: &dyn Signatories,
    acts: &[Recorded],
) -> Outcome<Vec<String>> {
    let mut wrong = Vec::new();
    let whole = acts.iter().filter(|act| !act.is_erased() && act.signed().is_none());
    for act in whole.filter(|act| act.account().is_some()) {
        if signatories.demand(reader, &act.kind, act.at)? {
            let place = act.seq.unwrap_or(-1);
            wrong.push(format!("第 {place} 条（{}）应有本人签名，没有", act.id));
        }
    }
    Ok(wrong)
}

/// The tiles are what others read of the log, and what it grows from.
async fn check_tiles(store: &Store, head: Head, audit: &mut Audit) -> Outcome<()> {
    let size = head.size.unsigned_abs();
    let rebuilt = store
        .read(move |reader| {
            Ok(merkle::rebuild(size, None, |level, index, width| {
                let mut tile = read_tile(reader, level, index).ok_or("没有")?;
                // What came after the head was read.
                tile.truncate(width * 32);
                Ok::<_, &str>(tile)
            })
            .map_err(|unfit| unfit.to_string()))
        })
        .await?;
    match rebuilt {
        Ok(rebuilt) if rebuilt.root == head.root => {}
        Ok(_) => audit.note("登记簿的分块算出的根与检查点不符".into()),
        Err(unfit) => audit.note(format!("登记簿的分块不符：{unfit}")),
    }
    Ok(())
}

fn check_act(act: &Recorded, audit: &mut Audit) -> Result<(), Fault> {
    let Some(salt) = &act.salt else {
        audit.erased += 1;
        return Ok(());
    };
    let place = act.seq.unwrap_or(-1);
    let body = act.json();
    let bytes = canonical(&body)?;
    if signing::leaf(salt, &bytes, act.signed()) != act.leaf {
        audit.note(format!("第 {place} 条（{}）的内容与登记承诺不符", act.id));
    }
    if let Some(signed) = act.signed() {
        audit.signed += 1;
        if let Err(words) = signed.holds(&bytes, act.at) {
            audit.note(format!("第 {place} 条（{}）的本人签名：{words}", act.id));
        }
    }
    if !told_as_committed(act, &body) {
        audit.note(format!("第 {place} 条（{}）的索引与它的内容不符", act.id));
    }
    Ok(())
}

/// Whether the columns that timelines, listeners and auditors read say what the act itself says:
/// the commitment covers the act alone.
fn told_as_committed(act: &Recorded, body: &Value) -> bool {
    let (subject, who) = (&body["subject"], &body["who"]);
    body["id"] == act.id.to_string()
        && body["at"] == act.at.millis()
        && body["kind"] == act.kind
        && subject["kind"] == act.subject_kind
        && subject["id"] == act.subject_id
        && who["account"].as_str() == act.account.as_deref()
        && who["organ"] == act.organ
}
