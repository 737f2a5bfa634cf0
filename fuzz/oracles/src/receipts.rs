//! Receipts: only what the log signed verifies, in its exact forms. The receipts here are made by
//! the words of `docs/ledger-format.md`, not by the ledger's own code.

use std::sync::LazyLock;

use ledger::{ErasedReceipt, Receipt, verify};
use seal::merkle::{Hash, leaf_hash, path, root};
use seal::note::Checkpoint;
use seal::{Keys, PublicKey, sm3};
use serde_json::{Value, json};

const ORIGIN: &str = "test.example/log";
const SALT: [u8; 16] = [7; 16];
/// Its canonical bytes (RFC 8785).
const ACT: &str = concat!(
    r#"{"at":1772413200000,"authority":"行政许可法第三十二条","content":{"days":20,"note":"\"好\"\n","#,
    r#""parts":[]},"id":"01kjpvjmm0000000000000000a","kind":"approvals.accepted","subject":"#,
    r#"{"id":"01kjpvjmm0000000000000000b","kind":"case"},"v":1,"who":{"account":null,"name":"系统","#,
    r#""organ":"","organ_name":"","post":"自动办理"}}"#,
);

static KEYS: LazyLock<Keys> = LazyLock::new(Keys::for_tests);
static PUBLIC: LazyLock<PublicKey> = LazyLock::new(|| KEYS.log_key().public());

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The hash of the leaf of an act with the salt.
fn leaf_of(act: &str) -> Hash {
    let commitment = sm3(&[&SALT, act.as_bytes()]);
    leaf_hash(&[&[1], commitment.as_slice()].concat())
}

/// So many leaves, with this one at its place, and the way from it to the root.
fn among(leaf: Hash, count: u8, place: usize) -> (Vec<Hash>, Vec<String>) {
    let mut leaves: Vec<Hash> = (0..count).map(|n| leaf_hash(&[n])).collect();
    leaves[place] = leaf;
    let way = path(&leaves, place).iter().map(|hash| hex(hash)).collect();
    (leaves, way)
}

fn inclusion(leaf: Hash) -> Value {
    let (log, way) = among(leaf, 5, 3);
    let checkpoint = Checkpoint { origin: ORIGIN.into(), size: 5, root: root(&log) };
    let checkpoint = checkpoint.sign_by(&KEYS.log_key()).expect("signed");
    json!({ "index": 3, "path": way, "checkpoint": checkpoint })
}

/// What the log signed of one act: its place in a commit group, and in the log.
static SIGNED: LazyLock<Value> = LazyLock::new(|| {
    let leaf = leaf_of(ACT);
    let (group, way) = among(leaf, 2, 1);
    let statement = format!("cityhall-group-1\n{ORIGIN}\n2\n{}\n", hex(&root(&group)));
    json!({
        "format": "cityhall-receipt-1",
        "origin": ORIGIN,
        "act": serde_json::from_str::<Value>(ACT).unwrap(),
        "salt": hex(&SALT),
        "group": {
            "size": 2, "index": 1, "path": way,
            "signature": hex(&KEYS.log_key().sign(statement.as_bytes()).expect("signed")),
        },
        "inclusion": inclusion(leaf),
    })
});

/// What is left of that act once it was erased: its place in the log, and an act that lists its leaf.
static ERASED: LazyLock<Value> = LazyLock::new(|| {
    let leaf = leaf_of(ACT);
    let act = ACT.replace(
        r#"{"days":20,"note":"\"好\"\n","parts":[]}"#,
        &format!(r#"{{"document":"鄂〔2026〕1号","leaves":["{}"]}}"#, hex(&leaf)),
    );
    json!({
        "format": "cityhall-erased-1",
        "origin": ORIGIN,
        "leaf": hex(&leaf),
        "inclusion": inclusion(leaf),
        "order": {
            "format": "cityhall-receipt-1",
            "origin": ORIGIN,
            "act": serde_json::from_str::<Value>(&act).unwrap(),
            "salt": hex(&SALT),
            "inclusion": inclusion(leaf_of(&act)),
        },
    })
});

/// Takes the bytes for a receipt file, and for a change to one that is good.
pub fn check(bytes: &[u8]) {
    let text = crate::text(bytes);
    let verdict = verify(&text, &PUBLIC);
    assert!(!verdict.checks.is_empty(), "a verdict says what was looked at");
    if verdict.holds() {
        match serde_json::from_str::<ErasedReceipt>(&text) {
            Ok(left) => assert_eq!(serde_json::to_value(&left).unwrap(), *ERASED, "what is left"),
            Err(_) => only_what_was_signed(&text),
        }
    }
    if let [place, more, new, ..] = bytes {
        let place = usize::from(*place) * 7 + usize::from(*more);
        let good = serde_json::from_value::<Receipt>(SIGNED.clone()).unwrap().to_file().unwrap();
        changed(&good, place, *new);
        let left = serde_json::from_value::<ErasedReceipt>(ERASED.clone()).unwrap();
        changed(&left.to_file().unwrap(), place, *new);
    }
}

/// One that holds says what was signed, by one of the two proofs or by both.
fn only_what_was_signed(file: &str) {
    let receipt: Receipt = serde_json::from_str(file).expect("it was read");
    assert_eq!(serde_json::to_string(&receipt.act).unwrap(), ACT, "the act");
    let told = serde_json::to_value(&receipt).unwrap();
    for (part, value) in told.as_object().unwrap() {
        assert_eq!(value, &SIGNED[part], "{part}");
    }
    assert!(receipt.group.is_some() || receipt.inclusion.is_some());
    let forms = [receipt.to_file().expect("a file"), serde_json::to_string(&receipt).unwrap()];
    let given = file.strip_suffix('\n').unwrap_or(file);
    assert!(forms.iter().any(|form| form.trim_end() == given), "in its exact form");
}

/// No byte of a good file can be another one.
fn changed(good: &str, place: usize, new: u8) {
    assert!(verify(good, &PUBLIC).holds(), "{:?}", verify(good, &PUBLIC));
    let mut forged = good.as_bytes().to_vec();
    let place = place % forged.len();
    if forged[place] != new {
        forged[place] = new;
        let forged = String::from_utf8_lossy(&forged);
        assert!(!verify(&forged, &PUBLIC).holds(), "byte {place} was changed to {new}");
    }
}
