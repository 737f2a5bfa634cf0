//! Contents that were erased by a lawful order (个人信息保护法 art. 47): what an act said is gone with its salt and
//! its doer's signature, its leaf stays in the log, and the act of erasing lists the leaf. So every proof still
//! holds, and what is missing without such an act is found by the audit.

use std::collections::{BTreeMap, HashSet};

use base::{Id, Outcome, erased_words};
use data_encoding::HEXLOWER;
use seal::cert::Trust;
use seal::note::Believed;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::{Reader, Tx};

use crate::act::{Act, Recorded, Who, act_by_id, record};
use crate::log::Ledger;
use crate::receipt::{Check, InclusionProof, Receipt, Verdict, check_inclusion, verify_against};

const FORMAT: &str = "cityhall-erased-1";
/// So many contents are erased by one act at most: it lists all their leaves.
pub const ERASED_AT_ONCE: usize = 200;

/// By what the content of an act was erased.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erased {
    /// The act of erasing.
    pub by: Id<Act>,
    /// The number of the document that ordered it.
    pub document: String,
}

impl Erased {
    /// What stands in the place of what was erased.
    pub fn words(&self) -> String {
        erased_words(&self.document)
    }
}

/// Erases what these acts said, their salts, their doers' signatures and from where they were asked for, and
/// records the act of erasing, whose content then lists their leaves. Acts that were erased already, and acts of
/// erasing, stay as they are. Says how many were erased; where none was, nothing is recorded.
///
/// Authorise first: the doer comes from a `Permit`. At most [`ERASED_AT_ONCE`] at a time; the rest stays.
pub fn erase_contents(
    tx: &Tx<'_>,
    who: &Who,
    act: &Act,
    document: &str,
    ids: &[Id<Act>],
) -> Outcome<usize> {
    let mut leaves = Vec::new();
    for id in ids.iter().take(ERASED_AT_ONCE) {
        let leaf: Option<[u8; 32]> = tx.maybe(
            "SELECT a.leaf FROM ledger_acts a JOIN ledger_contents c ON c.act_id = a.id
             WHERE a.id = $1 AND NOT EXISTS (SELECT 1 FROM ledger_erased e WHERE e.by_act = a.id)",
            &[(*id).into()],
        )?;
        let Some(leaf) = leaf else { continue };
        // First, since the tables let nothing go without it.
        tx.run(
            "INSERT INTO ledger_erased (act_id, by_act, document) VALUES ($1, $2, $3)",
            &[(*id).into(), act.id.into(), document.into()],
        )?;
        tx.run("DELETE FROM ledger_contents WHERE act_id = $1", &[(*id).into()])?;
        tx.run("DELETE FROM ledger_signatures WHERE act_id = $1", &[(*id).into()])?;
        // Where somebody tried to sign in, the subject is what they typed, and no id.
        tx.run(
            "UPDATE ledger_acts SET address = NULL,
                 subject_id = CASE WHEN subject_kind = 'login' THEN '' ELSE subject_id END
             WHERE id = $1",
            &[(*id).into()],
        )?;
        leaves.push(HEXLOWER.encode(&leaf));
    }
    let count = leaves.len();
    if count > 0 {
        let told = json!({ "document": document, "acts": count, "leaves": leaves });
        record(tx, who, &act.clone().adding(told))?;
    }
    Ok(count)
}

/// The same of however many, each [`ERASED_AT_ONCE`] of them by an act of their own; the first is `act`, which is
/// recorded even where nothing was left to erase.
pub fn erase_all_contents(
    tx: &Tx<'_>,
    who: &Who,
    act: &Act,
    document: &str,
    ids: &[Id<Act>],
) -> Outcome<()> {
    let mut told = false;
    for some in ids.chunks(ERASED_AT_ONCE) {
        let next = match told {
            true => &act.again(json!({ "document": document, "removed": {} })),
            false => act,
        };
        told |= erase_contents(tx, who, next, document, some)? > 0;
    }
    if told { Ok(()) } else { record(tx, who, act) }
}

/// What is missing of these acts and of which no act of erasing tells, in words.
pub(crate) fn unlawful(reader: &Reader<'_>, acts: &[Recorded]) -> Outcome<Vec<String>> {
    let place = |act: &Recorded| act.seq.unwrap_or(-1);
    let mut wrong = Vec::new();
    let mut told: BTreeMap<String, HashSet<String>> = BTreeMap::new();
    for act in acts.iter().filter(|act| act.is_erased()) {
        let Some(erased) = &act.erased else {
            wrong.push(format!("第 {} 条（{}）的内容不见了，没有删除命令", place(act), act.id));
            continue;
        };
        let listed = match told.entry(erased.by.to_string()) {
            std::collections::btree_map::Entry::Occupied(known) => known.into_mut(),
            std::collections::btree_map::Entry::Vacant(new) => {
                let order = act_by_id(reader, erased.by)?;
                new.insert(order.map(|order| leaves_of(&order.json())).unwrap_or_default())
            }
        };
        if !listed.contains(&HEXLOWER.encode(&act.leaf)) {
            wrong.push(format!("第 {} 条（{}）的内容不见了，删除记录里没有它", place(act), act.id));
        }
    }
    Ok(wrong)
}

fn leaves_of(order: &Value) -> HashSet<String> {
    let leaves = order.pointer("/content/leaves").and_then(Value::as_array);
    leaves.into_iter().flatten().filter_map(|leaf| leaf.as_str().map(str::to_owned)).collect()
}

/// What a receipt file holds of an act whose content was erased: its leaf's place in the log, and the receipt of
/// the act of erasing, which lists the leaf. Every byte is covered by a signature or compared with the exact form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ErasedReceipt {
    /// `cityhall-erased-1`.
    pub format: String,
    /// The log's name.
    pub origin: String,
    /// Hash of the act's leaf, in hex.
    pub leaf: String,
    /// Its place in the log.
    pub inclusion: InclusionProof,
    /// The receipt of the act of erasing.
    pub order: Receipt,
}

impl ErasedReceipt {
    /// The file, in its one exact form.
    pub fn to_file(&self) -> Outcome<String> {
        let ordered = Self { order: self.order.ordered()?, ..self.clone() };
        let mut text = serde_json::to_string_pretty(&ordered).map_err(base::Fault::from)?;
        text.push('\n');
        Ok(text)
    }
}

impl Ledger {
    /// The receipt of an act whose content was erased. `None` if there is no such act, or its content stands, or
    /// it or the act of erasing has no place in the log yet.
    pub async fn erased_receipt(&self, id: Id<Act>) -> Outcome<Option<ErasedReceipt>> {
        let Some((act, Some(inclusion))) = self.in_log(id).await? else { return Ok(None) };
        let Some(erased) = &act.erased else { return Ok(None) };
        let Some(order) = self.receipt(erased.by).await? else { return Ok(None) };
        Ok(Some(ErasedReceipt {
            format: FORMAT.into(),
            origin: self.origin.to_string(),
            leaf: HEXLOWER.encode(&act.leaf),
            inclusion,
            order,
        }))
    }
}

/// Checks a receipt of what was erased; `None` if the file is none.
pub(crate) fn verify_erased(
    file: &str,
    keys: &dyn Believed,
    trust: Option<&Trust>,
) -> Option<Verdict> {
    let receipt: ErasedReceipt = serde_json::from_str(file).ok()?;
    let no = Verdict::no;
    let (Ok(exact), Ok(order)) = (receipt.to_file(), receipt.order.to_file()) else {
        return Some(no("file", "不是回执的写法"));
    };
    if receipt.format != FORMAT {
        return Some(no("format", "不是本系统认识的回执格式"));
    }
    if file.strip_suffix('\n').unwrap_or(file) != exact.trim_end_matches('\n') {
        return Some(no("file", "与回执的固定写法不同，文件被改动过"));
    }
    let leaf = HEXLOWER.decode(receipt.leaf.as_bytes()).ok();
    let Some(leaf) = leaf.and_then(|leaf| <[u8; 32]>::try_from(leaf).ok()) else {
        return Some(no("leaf", "存证指纹不是 32 字节的十六进制数"));
    };
    let mut checks = vec![check_inclusion(&receipt.origin, &receipt.inclusion, leaf, keys)];
    if receipt.order.origin != receipt.origin {
        return Some(no("order", "删除记录属于另一本登记簿"));
    }
    let of_order = verify_against(&order, keys, trust);
    let unjudged = of_order.unjudged;
    let of_order = of_order.checks.into_iter();
    checks.extend(
        of_order.map(|check| Check { words: format!("删除记录：{}", check.words), ..check }),
    );
    let listed = leaves_of(&receipt.order.act).contains(&receipt.leaf);
    let document = receipt.order.act.pointer("/content/document").and_then(Value::as_str);
    let words = match document.filter(|_| listed) {
        Some(document) => erased_words(document),
        None => "删除记录里没有这一条".into(),
    };
    checks.push(Check { part: "erased", words, holds: listed && document.is_some() });
    Some(Verdict { checks, unjudged })
}
