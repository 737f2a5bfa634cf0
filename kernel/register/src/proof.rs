//! What a register said of a subject, with its proof: the row, its salt, its path to the root over its load, and the
//! receipt of the act that let the load count. Whoever holds the log's key checks it offline.
//!
//! It proves that the register came to say so at that moment, and where the load was undone before the proof was made, that
//! too. That nothing later said otherwise, no single row proves: that the register's history shows, and a whole log.

use ::store::Reader;
use base::{Day, Fault, Moment, Outcome};
use data_encoding::HEXLOWER;
use ledger::{Act, Check, Ledger, Receipt, Verdict, verify_against};
use seal::Keys;
use seal::cert::Trust;
use seal::merkle::{self, Hash};
use seal::note::Believed;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::rules::{body_text, committed_text, leaf_of};
use crate::store;
use crate::terms::{Body, Load, Register, Version};

/// The format's name.
const FORMAT: &str = "cityhall-register-1";
/// No path is longer: a load of more rows than there are people on earth.
const PATH_MAX: usize = 64;

/// A row of a register with its proof, as it is written to a file.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    /// `cityhall-register-1`.
    pub format: String,
    /// The register: `population.residents`.
    pub register: String,
    /// Whom the row is about: a citizen number.
    pub key: String,
    /// What it says.
    pub body: Body,
    /// Since when that is true.
    pub from: String,
    /// Whether it says that the subject is in the register no more.
    pub gone: bool,
    /// The salt of its leaf, in hexadecimal.
    pub salt: String,
    /// Its place among the rows of its load.
    pub place: u64,
    /// How many rows the load brought.
    pub size: u64,
    /// The hashes beside its way to the root, from below.
    pub path: Vec<String>,
    /// The receipt of the act that let the load count.
    pub receipt: Receipt,
    /// The receipt of the act that undid it, where it was undone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undone: Option<Receipt>,
}

/// The proof of a version before its receipt is there.
struct Row {
    salt: [u8; 16],
    path: Vec<Hash>,
    load: Load,
}

/// Proves a version of a subject. Nothing while the act of its load has no place in the log and no signature yet.
pub async fn prove(
    ground: &crate::Ground,
    register: &'static Register,
    key: &str,
    version: &Version,
) -> Outcome<Option<Proof>> {
    let (keys, at, load) = (ground.keys.clone(), version.at, version.load);
    let (of, body) = (key.to_owned(), version.body.clone());
    let (from, gone) = (version.from, version.gone);
    let found = ground.store.read(move |reader| {
        let Some(load) = store::load(reader, register.name, load)? else { return Ok(None) };
        row(reader, &keys, register, (&of, &body, from, gone), (load, at.1)).map(Some)
    });
    let Some(row) = found.await? else { return Ok(None) };
    let Some(counted) = receipt(&ground.ledger, &row.load.act).await? else { return Ok(None) };
    let undone = match row.load.undone_at {
        None => None,
        Some(_) => match receipt(&ground.ledger, &row.load.undone_act).await? {
            None => return Ok(None),
            undone => undone,
        },
    };
    Ok(Some(Proof {
        format: FORMAT.into(),
        register: register.name.into(),
        key: key.into(),
        body: version.body.clone(),
        from: from.to_string(),
        gone,
        salt: HEXLOWER.encode(&row.salt),
        place: version.at.1.unsigned_abs(),
        size: row.load.size,
        path: row.path.iter().map(|hash| HEXLOWER.encode(hash)).collect(),
        receipt: counted,
        undone,
    }))
}

async fn receipt(ledger: &Ledger, act: &str) -> Outcome<Option<Receipt>> {
    let act = act.parse::<base::Id<Act>>();
    ledger.receipt(act.map_err(|_| Fault::said("the act of a load is none"))?).await
}

fn row(
    reader: &Reader<'_>,
    keys: &Keys,
    register: &Register,
    (key, body, from, gone): (&str, &Body, Day, bool),
    (load, at): (Load, i64),
) -> Outcome<Row> {
    let text = body_text(body);
    let mac = crate::rules::mac(keys, register.name, key, gone, &text);
    let (salt, leaf) = crate::rules::salt_and_leaf(register.name, key, &text, (from, gone), &mac);
    let no = load.no;
    // What the database cannot give is missing to the proof, which says so.
    let stored = |level, place| store::tile(reader, no, (level, place)).ok().flatten();
    let at = at.unsigned_abs();
    let path = merkle::prove_inclusion(stored, at, load.size).map_err(Fault::from)?;
    if !merkle::verify_inclusion(leaf, at, load.size, &path, load.root) {
        return Err(Fault::said("a row of a register is not what its load committed to").into());
    }
    Ok(Row { salt, path, load })
}

impl Proof {
    /// As it is written to a file.
    pub fn text(&self) -> Outcome<String> {
        Ok(serde_json::to_string_pretty(self).map_err(Fault::from)?)
    }

    /// Whether this receipt is of such an act of the register's office: `loaded`.
    fn is_act(&self, receipt: &Receipt, what: &str) -> bool {
        let kind = self.register.split('.').next().map(|office| format!("{office}.{what}"));
        receipt.act.get("kind").and_then(Value::as_str) == kind.as_deref()
    }

    /// How many rows the act of the load says that it brought. Acts of before say how many subjects, each of which had one.
    fn size_of_act(&self) -> Option<u64> {
        let content = self.receipt.act.get("content")?;
        let count = |name: &str| content.get(name).and_then(Value::as_u64);
        count("size").or_else(|| Some(count("added")? + count("changed")? + count("removed")?))
    }

    /// Whether the row stands in the load of the receipt, at its place among so many.
    fn row_holds(&self) -> bool {
        let root = root_of(self);
        let named = self.receipt.act.pointer("/content/root").and_then(Value::as_str);
        root.is_some()
            && root.as_deref() == named
            && self.size_of_act() == Some(self.size)
            && self.is_act(&self.receipt, "loaded")
    }

    /// Whether the act of this receipt has undone the load of the other.
    fn undone_holds(&self, undone: &Receipt) -> bool {
        let load = self.receipt.act.get("subject");
        self.is_act(undone, "load_undone") && load.is_some() && undone.act.get("subject") == load
    }
}

/// When an act was done.
fn done_at(receipt: &Receipt) -> Option<Moment> {
    serde_json::from_value(receipt.act.get("at")?.clone()).ok()
}

/// Checks a proof with the log's keys. Offline: nothing else is read.
pub fn verify(file: &str, keys: &dyn Believed, trust: Option<&Trust>) -> Verdict {
    let said = |part, words: String, holds| Check { part, words, holds };
    let proof: Proof = match serde_json::from_str(file) {
        Ok(proof) => proof,
        Err(error) => {
            let words = format!("不是登记证明的写法\n技术原因：{error}");
            return Verdict::of(vec![said("file", words, false)]);
        }
    };
    if proof.format != FORMAT {
        let words = "不是本系统认识的登记证明格式".to_owned();
        return Verdict::of(vec![said("format", words, false)]);
    }
    let told = |receipt: &Receipt| {
        verify_against(&serde_json::to_string(receipt).unwrap_or_default(), keys, trust)
    };
    let mut verdict = told(&proof.receipt);
    let holds = proof.row_holds();
    let words = match (holds, done_at(&proof.receipt)) {
        (true, Some(at)) => format!(
            "“{}”自 {} 起如此登记，{} 入库，是那次入库的第 {} 条，共 {} 条。以后有没有更改，这份证明不说明",
            proof.register,
            proof.from,
            at.to_minute(),
            proof.place + 1,
            proof.size
        ),
        (true, None) => "登记的内容在那次入库之中".to_owned(),
        (false, _) => "登记的内容不在那次入库之中，或者被改动过".to_owned(),
    };
    verdict.checks.insert(0, said("row", words, holds));
    if let Some(undone) = &proof.undone {
        let holds = proof.undone_holds(undone);
        let words = match (holds, done_at(undone)) {
            (true, Some(at)) => format!("那次入库已在 {} 撤销，此后不再算数", at.to_minute()),
            _ => "所附的撤销回执不是那次入库的".to_owned(),
        };
        let more = told(undone);
        verdict.checks.insert(1, said("undone", words, holds));
        verdict.checks.extend(more.checks);
        verdict.unjudged.extend(more.unjudged);
    }
    verdict
}

/// The root that the path of a proof leads to.
fn root_of(proof: &Proof) -> Option<String> {
    let from = Day::typed(&proof.from).ok()?;
    let salt: [u8; 16] = HEXLOWER.decode(proof.salt.as_bytes()).ok()?.try_into().ok()?;
    let text =
        committed_text(&proof.register, &proof.key, &body_text(&proof.body), (from, proof.gone));
    if proof.path.len() > PATH_MAX {
        return None;
    }
    let hash = |text: &String| HEXLOWER.decode(text.as_bytes()).ok()?.try_into().ok();
    let path: Vec<Hash> = proof.path.iter().map(hash).collect::<Option<_>>()?;
    let leaf = leaf_of(&salt, &text);
    merkle::root_from_path(leaf, proof.place, proof.size, &path).map(|root| HEXLOWER.encode(&root))
}
