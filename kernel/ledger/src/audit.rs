//! Checks the whole log of a city against its acts: every commitment, the tree, the checkpoint.

use base::{Fault, Outcome};
use seal::PublicKey;
use seal::merkle::{self, Frontier};
use store::Store;

use crate::act::{Recorded, acts_after, canonical, leaf_data};
use crate::sequencer::head;

/// How many acts are read at a time.
const BATCH: i64 = 2_000;

/// What an audit found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Audit {
    /// Acts in the log.
    pub acts: i64,
    /// Of these, so many had their content erased.
    pub erased: i64,
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

/// Audits the log with its public key. Reads in batches, so that a city of any size fits.
pub async fn audit(store: &Store, key: &PublicKey) -> Outcome<Audit> {
    let mut audit = Audit::default();
    let Some(head) = store.read(head).await? else { return Ok(audit) };
    let mut frontier = Frontier::default();
    let mut next = 0;
    while next < head.size {
        let batch = store.read(move |reader| acts_after(reader, next - 1, BATCH)).await?;
        if batch.is_empty() {
            audit.note(format!("登记簿应有 {} 条，只找到 {next} 条", head.size));
            break;
        }
        for act in batch.into_iter().filter(|act| act.seq < Some(head.size)) {
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
    match seal::note::open(&head.checkpoint, key) {
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
    Ok(audit)
}

fn check_act(act: &Recorded, audit: &mut Audit) -> Result<(), Fault> {
    let Some(salt) = &act.salt else {
        audit.erased += 1;
        return Ok(());
    };
    let body = canonical(&act.json())?;
    if merkle::leaf_hash(&leaf_data(salt, &body)) != act.leaf {
        audit.note(format!("第 {} 条（{}）的内容与登记承诺不符", act.seq.unwrap_or(-1), act.id));
    }
    Ok(())
}
