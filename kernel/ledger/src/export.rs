//! Exports: a file of many acts, each with its proof, that is checked offline with the log's public key.
//!
//! Its first line has the checkpoint; each line after it one act with its path to the checkpoint's root;
//! the last one the receipt of the act of exporting, whose content has the digest of all lines before.
//! So no act can be changed, and none be taken out or put in.

use std::collections::BTreeMap;

use base::{Fault, Outcome};
use data_encoding::HEXLOWER;
use seal::PublicKey;
use seal::cert::Trust;
use seal::merkle;
use seal::note::{Believed, Checkpoint};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::Reader;

use crate::act::Recorded;
use crate::receipt::{Check, Receipt, SignedBy, Verdict, hashes, leaf_of, verify_against};
use crate::sequencer::{head, read_tile};
use crate::signing::Judged;

const FORMAT: &str = "cityhall-export-1";
/// So many lines that do not hold are named.
const WRONG_MAX: usize = 20;

/// The lines of an export before its last one.
#[derive(Clone, Debug)]
pub struct Export {
    /// The lines, each with its line feed.
    pub text: String,
    /// How many acts stand in it.
    pub acts: usize,
    /// SM3 over the lines, in hex: belongs into the act of exporting, as `digest`.
    pub digest: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct First {
    format: String,
    origin: String,
    checkpoint: String,
    acts: usize,
    query: Value,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    /// The whole act, or the hash of its leaf where the content was erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    act: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    salt: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signed: Option<SignedBy>,
    #[serde(skip_serializing_if = "Option::is_none")]
    leaf: Option<String>,
    /// From where it was asked for. The last line alone proves it.
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    index: u64,
    path: Vec<String>,
}

impl Line {
    fn leaf(&self) -> Option<[u8; 32]> {
        match (&self.act, &self.salt, &self.leaf) {
            (Some(act), Some(salt), None) => leaf_of(act, salt, self.signed.as_ref()),
            (None, None, Some(leaf)) if self.signed.is_none() => {
                HEXLOWER.decode(leaf.as_bytes()).ok()?.try_into().ok()
            }
            _ => None,
        }
    }
}

/// The lines of these acts, proven in the log as it stands. `None` if one of them has no place in it yet:
/// the sequencer gives it within moments.
pub fn export(
    reader: &Reader<'_>,
    origin: &str,
    acts: &[Recorded],
    query: Value,
) -> Outcome<Option<Export>> {
    let Some(head) = head(reader)? else { return Ok(None) };
    let size = head.size.unsigned_abs();
    // Neighbours share most of their tiles.
    let prover = merkle::Prover::default();
    let first = First {
        format: FORMAT.into(),
        origin: origin.into(),
        checkpoint: head.checkpoint,
        acts: acts.len(),
        query,
    };
    let mut text = line(&first)?;
    for act in acts {
        let Some(index) = act.seq.filter(|seq| *seq < head.size) else { return Ok(None) };
        let index = index.unsigned_abs();
        let path = prover
            .inclusion(|level, n| read_tile(reader, level, n), index, size)
            .map_err(|error| Fault::while_doing("proving a place in the log", error))?;
        let salt = act.salt.as_deref().map(|salt| HEXLOWER.encode(salt));
        text.push_str(&line(&Line {
            leaf: salt.is_none().then(|| HEXLOWER.encode(&act.leaf)),
            act: salt.is_some().then(|| act.json()),
            salt,
            signed: act.signed().map(SignedBy::from),
            address: act.address.clone(),
            index,
            path: path.iter().map(|hash| HEXLOWER.encode(hash)).collect(),
        })?);
    }
    let digest = HEXLOWER.encode(&seal::sm3(&[text.as_bytes()]));
    Ok(Some(Export { text, acts: acts.len(), digest }))
}

fn line(value: &impl Serialize) -> Result<String, Fault> {
    let mut line = serde_json::to_string(value).map_err(Fault::from)?;
    line.push('\n');
    Ok(line)
}

impl Export {
    /// The whole file, with the receipt of the act of exporting.
    pub fn to_file(&self, receipt: &Receipt) -> Outcome<String> {
        Ok(format!("{}{}", self.text, line(receipt)?))
    }
}

/// Checks an export with the log's public key. Offline: nothing else is read. Who vouches for the doers'
/// certificates is not judged.
pub fn verify_export(file: &str, key: &PublicKey) -> Verdict {
    verify_export_against(file, key, None)
}

/// The same with the log's key or with all the keys that it has had; certificates are held against these
/// authorities, as they stood at the moment of each act.
pub fn verify_export_against(file: &str, keys: &dyn Believed, trust: Option<&Trust>) -> Verdict {
    let said = |part, words: String, holds| Check { part, words, holds };
    let no = |part, words: String| Verdict::no(part, words);
    let whole = file.strip_suffix('\n').unwrap_or(file);
    let Some((body, receipt)) = whole.rsplit_once('\n') else {
        return no("file", "不是导出文件，或者最后一行（导出的回执）不见了".into());
    };
    let mut lines = body.lines();
    let Some(first) = lines.next().and_then(|first| serde_json::from_str::<First>(first).ok())
    else {
        return no("file", "第 1 行不是导出文件的写法".into());
    };
    if first.format != FORMAT {
        return no("format", "不是本系统认识的导出格式".into());
    }
    let checkpoint = match seal::note::open(&first.checkpoint, keys) {
        Ok(checkpoint) if checkpoint.origin == first.origin => checkpoint,
        Ok(_) => return no("checkpoint", "第 1 行的检查点属于另一本登记簿".into()),
        Err(error) => return no("checkpoint", format!("第 1 行的检查点签名无效：{error}")),
    };
    let mut checks = Vec::new();
    let (mut count, mut signed) = (0, 0);
    let mut open: BTreeMap<String, usize> = BTreeMap::new();
    for (place, text) in (2..).zip(lines) {
        count += 1;
        match proven(text, &checkpoint, trust) {
            Ok(None) => {}
            Ok(Some(judged)) => {
                signed += 1;
                if let Some(why) = judged.open {
                    *open.entry(why).or_default() += 1;
                }
            }
            Err(words) if checks.len() < WRONG_MAX => {
                checks.push(said("acts", format!("第 {place} 行：{words}"), false));
            }
            Err(_) => {}
        }
    }
    if checks.is_empty() {
        let words = format!("{count} 条记录都编入了登记簿，检查点签名有效");
        checks.push(said("acts", words, true));
        if signed > 0 {
            checks.push(said("signed", format!("其中 {signed} 条的本人签名有效"), true));
        }
    }
    if count != first.acts {
        let words = format!("第 1 行说有 {} 条记录，实际有 {count} 条", first.acts);
        checks.push(said("acts", words, false));
    }
    let of_export = verify_against(receipt, keys, trust);
    checks.extend(of_export.checks);
    checks.push(told_whole(body, receipt));
    let mut unjudged: Vec<String> =
        open.into_iter().map(|(why, count)| format!("{count} 条的本人签名：{why}")).collect();
    unjudged.extend(of_export.unjudged);
    Verdict { checks, unjudged }
}

/// Whether the act of a line stands in the log; and what was found of its doer's signature, if it has one.
fn proven(
    text: &str,
    checkpoint: &Checkpoint,
    trust: Option<&Trust>,
) -> Result<Option<Judged>, String> {
    let line: Line = serde_json::from_str(text).map_err(|_| "不是一条记录的写法")?;
    let leaf = line.leaf().ok_or("记录、盐值或者承诺值的写法不对")?;
    let path = hashes(&line.path).ok_or("登记路径不是十六进制数")?;
    if !merkle::verify_inclusion(leaf, line.index, checkpoint.size, &path, checkpoint.root) {
        return Err("与登记簿不符，内容或者登记路径被改动过".into());
    }
    match (&line.act, &line.signed) {
        (Some(act), Some(signed)) => signed.check(act, trust).map(Some),
        _ => Ok(None),
    }
}

/// Whether the act of exporting tells of these very lines.
fn told_whole(body: &str, receipt: &str) -> Check {
    let digest = HEXLOWER.encode(&seal::sm3(&[body.as_bytes(), b"\n"]));
    let receipt: Option<Receipt> = serde_json::from_str(receipt).ok();
    let told = receipt
        .and_then(|receipt| Some(receipt.act.pointer("/content/digest")?.as_str()?.to_owned()));
    let holds = told.as_deref() == Some(digest.as_str());
    let words = match holds {
        true => "与导出时登记的摘要相符，没有增减和调换",
        false => "与导出时登记的摘要不符，有记录或者来源地址被改动、增减或者调换过",
    };
    Check { part: "digest", words: words.into(), holds }
}
