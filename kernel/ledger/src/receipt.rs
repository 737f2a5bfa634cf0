//! Receipts: a file that proves one act, checked offline with nothing but the log's public key.

use base::{Fault, Moment, Outcome};
use data_encoding::{BASE64, HEXLOWER};
use seal::PublicKey;
use seal::cert::Trust;
use seal::merkle;
use seal::note::Believed;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::act::canonical;
use crate::signing::{self, Judged, Signed};

/// Says which format it is; a change of the format changes this line.
const FORMAT: &str = "cityhall-receipt-1";

/// What a receipt file holds. The file is this value printed in an exact form, so that every byte
/// of it is either covered by a signature or compared with that form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// `cityhall-receipt-1`.
    pub format: String,
    /// The log's name.
    pub origin: String,
    /// The whole act, keys in canonical order.
    pub act: Value,
    /// The salt of its commitment, 16 bytes in hex.
    pub salt: String,
    /// The doer's own signature, which decisive acts carry.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signed: Option<SignedBy>,
    /// The signature over the commit group, given at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<GroupProof>,
    /// The place in the public log, given when the sequencer has been by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inclusion: Option<InclusionProof>,
}

/// The doer's own signature over the act's canonical bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedBy {
    /// The certificate (DER), base 64.
    pub certificate: String,
    /// SM2 signature (r‖s), in hex.
    pub signature: String,
}

impl From<&Signed> for SignedBy {
    fn from(signed: &Signed) -> Self {
        Self {
            certificate: BASE64.encode(&signed.certificate),
            signature: HEXLOWER.encode(&signed.signature),
        }
    }
}

impl SignedBy {
    pub(crate) fn read(&self) -> Option<Signed> {
        Some(Signed {
            certificate: BASE64.decode(self.certificate.as_bytes()).ok()?,
            signature: HEXLOWER.decode(self.signature.as_bytes()).ok()?.try_into().ok()?,
        })
    }

    /// Whether it is over this act, by a certificate that was good at its time, in the name of who did it, and of an
    /// authority that is trusted.
    pub(crate) fn check(&self, act: &Value, trust: Option<&Trust>) -> Result<Judged, String> {
        let signed = self.read().ok_or("不是签名和证书的写法")?;
        let at = act.get("at").and_then(Value::as_i64).map(Moment::from_millis);
        let at = at.ok_or("办理记录没有时间")?;
        let bytes = canonical(act).map_err(|_| "办理记录没有规范写法")?;
        let name = act.pointer("/who/name").and_then(Value::as_str).unwrap_or_default();
        signed.judged(&bytes, (at, name), trust)
    }
}

/// The hash of the leaf of an act with its salt in hex, and with its doer's signature if it carries one.
pub(crate) fn leaf_of(act: &Value, salt: &str, signed: Option<&SignedBy>) -> Option<[u8; 32]> {
    let salt = HEXLOWER.decode(salt.as_bytes()).ok().filter(|salt| salt.len() == 16)?;
    let signed = match signed {
        Some(signed) => Some(signed.read()?),
        None => None,
    };
    Some(signing::leaf(&salt, &canonical(act).ok()?, signed.as_ref()))
}

/// A leaf's path to its commit group's root, and the log key's signature over that root.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupProof {
    /// How many acts the group holds.
    pub size: u64,
    /// Which of them this is, from 0.
    pub index: u64,
    /// The hashes from the leaf up, in hex.
    pub path: Vec<String>,
    /// SM2 signature (r‖s) over the group statement, in hex.
    pub signature: String,
}

/// A leaf's path to the root of a signed checkpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InclusionProof {
    /// The act's place in the log, from 0.
    pub index: u64,
    /// The hashes from the leaf up, in hex.
    pub path: Vec<String>,
    /// The signed checkpoint (C2SP checkpoint, SM2).
    pub checkpoint: String,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// Which part of the file.
    pub part: &'static str,
    /// What was found, in words.
    pub words: String,
    /// Whether it holds.
    pub holds: bool,
}

/// The answer: yes only if everything holds and at least one signature covers the act.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// Each thing that was looked at, in order.
    pub checks: Vec<Check>,
    /// What could not be judged by what was at hand, in words: it is neither good nor bad.
    pub unjudged: Vec<String>,
}

impl Verdict {
    /// Whether the receipt is good.
    pub fn holds(&self) -> bool {
        !self.checks.is_empty() && self.checks.iter().all(|check| check.holds)
    }

    /// What these come to.
    pub fn of(checks: Vec<Check>) -> Self {
        Self { checks, unjudged: Vec::new() }
    }

    pub(crate) fn no(part: &'static str, words: impl Into<String>) -> Self {
        Self::of(vec![Check { part, words: words.into(), holds: false }])
    }
}

/// The statement that the log key signs over a commit group.
pub(crate) fn group_statement(origin: &str, size: u64, root: &[u8; 32]) -> Vec<u8> {
    format!("cityhall-group-1\n{origin}\n{size}\n{}\n", HEXLOWER.encode(root)).into_bytes()
}

impl Receipt {
    pub(crate) fn new(
        origin: &str,
        act: Value,
        salt: &[u8],
        signed: Option<&Signed>,
    ) -> Result<Self, Fault> {
        let act = serde_json::from_slice(&canonical(&act)?).map_err(Fault::from)?;
        Ok(Self {
            format: FORMAT.into(),
            origin: origin.into(),
            act,
            salt: HEXLOWER.encode(salt),
            signed: signed.map(SignedBy::from),
            group: None,
            inclusion: None,
        })
    }

    /// The file, in its one exact form.
    pub fn to_file(&self) -> Outcome<String> {
        let mut text = serde_json::to_string_pretty(self).map_err(Fault::from)?;
        text.push('\n');
        Ok(text)
    }

    /// The same, with the act's keys in canonical order.
    pub(crate) fn ordered(&self) -> Outcome<Self> {
        let act = serde_json::from_slice(&canonical(&self.act)?).map_err(Fault::from)?;
        Ok(Self { act, ..self.clone() })
    }

    /// The hash of the act's leaf in the log, in hex: what stands for the act where its words do not.
    pub fn fingerprint(&self) -> Option<String> {
        self.leaf().map(|leaf| HEXLOWER.encode(&leaf))
    }

    /// By which certificate its doer signed the act, if it carries a signature.
    pub fn whose_signature(&self) -> Option<String> {
        Some(self.signed.as_ref()?.read()?.whose())
    }

    fn leaf(&self) -> Option<[u8; 32]> {
        leaf_of(&self.act, &self.salt, self.signed.as_ref())
    }
}

pub(crate) fn hashes(path: &[String]) -> Option<Vec<[u8; 32]>> {
    path.iter().map(|hash| HEXLOWER.decode(hash.as_bytes()).ok()?.try_into().ok()).collect()
}

/// Checks a receipt file with the log's public key. Offline: nothing else is read. Who vouches for the doer's
/// certificate is not judged.
pub fn verify(file: &str, key: &PublicKey) -> Verdict {
    verify_against(file, key, None)
}

/// The same with the log's key or with all the keys that it has had; certificates are held against these
/// authorities, as they stood at the moment of the act.
pub fn verify_against(file: &str, keys: &dyn Believed, trust: Option<&Trust>) -> Verdict {
    if let Some(verdict) = crate::erased::verify_erased(file, keys, trust) {
        return verdict;
    }
    let receipt: Receipt = match serde_json::from_str(file) {
        Ok(receipt) => receipt,
        Err(error) => {
            return Verdict::no(
                "file",
                format!(
                    "第 {} 行第 {} 列不是回执的写法\n技术原因：{error}",
                    error.line(),
                    error.column()
                ),
            );
        }
    };
    if receipt.format != FORMAT {
        return Verdict::no("format", "不是本系统认识的回执格式");
    }
    if let Some(verdict) = exact_form(file, &receipt) {
        return verdict;
    }
    let Some(leaf) = receipt.leaf() else {
        return Verdict::no("salt", "盐值不是 16 字节的十六进制数，或者本人签名不是规定的写法");
    };
    let (mut checks, mut unjudged) = (Vec::new(), Vec::new());
    let of_the_city = receipt.group.is_some() || receipt.inclusion.is_some();
    if let Some(group) = &receipt.group {
        let (check, superseded) = check_group(&receipt.origin, group, leaf, keys);
        checks.push(check);
        if superseded && receipt.inclusion.is_none() {
            unjudged.push(SUPERSEDED.into());
        }
    }
    if let Some(inclusion) = &receipt.inclusion {
        checks.push(check_inclusion(&receipt.origin, inclusion, leaf, keys));
    }
    if checks.is_empty() {
        return Verdict::no("group", "回执里没有任何签名");
    }
    if checks.iter().all(|check| !check.holds) {
        checks.insert(
            0,
            Check {
                part: "act",
                words: "办理记录（act）、盐值（salt）或登记簿名称（origin）与签名不符，内容被改动过，或公钥不是这本登记簿的"
                    .into(),
                holds: false,
            },
        );
    }
    if let Some(signed) = receipt.signed.as_ref().filter(|_| of_the_city) {
        let (words, holds) = match signed.check(&receipt.act, trust) {
            Ok(judged) => {
                unjudged.extend(judged.open.map(|why| format!("本人签名：{why}")));
                (format!("本人签名有效：{}", judged.whose), true)
            }
            Err(words) => (format!("本人签名：{words}"), false),
        };
        checks.push(Check { part: "signed", words, holds });
    }
    if receipt.inclusion.is_none() {
        unjudged.push(NOT_IN_LOG.into());
    }
    Verdict { checks, unjudged }
}

/// What a receipt does not show yet that was fetched as soon as it was given.
const NOT_IN_LOG: &str = "登记簿：这份回执里还没有它在登记簿里的位置，过一会儿再取一次，就能核对";

/// Compares the file with its exact form and names the first byte that differs. There are two: the
/// printed one, and the one without spaces in which answers of the interface carry a receipt; a
/// line feed at the end may be missing.
fn exact_form(file: &str, receipt: &Receipt) -> Option<Verdict> {
    let ordered = receipt.ordered().ok()?;
    let printed = ordered.to_file().ok()?;
    let packed = serde_json::to_string(&ordered).ok()?;
    let given = file.strip_suffix('\n').unwrap_or(file);
    if given == packed || given == printed.trim_end_matches('\n') {
        return None;
    }
    let exact = if given.contains('\n') { printed } else { packed };
    let at = exact.bytes().zip(file.bytes()).take_while(|(a, b)| a == b).count();
    let line = file.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1;
    Some(Verdict::no(
        "file",
        format!("第 {line} 行（第 {at} 字节）与回执的固定写法不同，文件被改动过"),
    ))
}

/// What is said of a receipt that an old key of the log alone vouches for: whoever stole it could have made it.
const SUPERSEDED: &str =
    "提交时的签名出自登记簿后来更换掉的密钥，回执里没有登记簿里的位置；请向城市重新取一份回执";

/// Whether the group's signature is one of the log's keys; and whether of one that has been succeeded.
fn check_group(
    origin: &str,
    group: &GroupProof,
    leaf: [u8; 32],
    keys: &dyn Believed,
) -> (Check, bool) {
    let part = "group";
    let said = |words: &str, holds| (Check { part, words: words.into(), holds }, false);
    let Some(path) = hashes(&group.path) else {
        return said("提交组路径不是十六进制数", false);
    };
    let Some(root) = merkle::root_from_path(leaf, group.index, group.size, &path) else {
        return said("提交组路径的长度与位置不符", false);
    };
    let signature = HEXLOWER.decode(group.signature.as_bytes()).ok();
    let Some(signature) = signature.and_then(|bytes| <[u8; 64]>::try_from(bytes).ok()) else {
        return said("提交组签名不是 64 字节的十六进制数", false);
    };
    let statement = group_statement(origin, group.size, &root);
    match keys.known().iter().rposition(|key| key.verify(&statement, &signature)) {
        Some(place) => (said("提交时的签名有效", true).0, place + 1 < keys.known().len()),
        None => said("提交时的签名与内容不符", false),
    }
}

pub(crate) fn check_inclusion(
    origin: &str,
    inclusion: &InclusionProof,
    leaf: [u8; 32],
    keys: &dyn Believed,
) -> Check {
    let part = "inclusion";
    let said = |words: String, holds| Check { part, words, holds };
    let Some(path) = hashes(&inclusion.path) else {
        return said("登记路径不是十六进制数".into(), false);
    };
    let checkpoint = match seal::note::open(&inclusion.checkpoint, keys) {
        Ok(checkpoint) => checkpoint,
        Err(error) => return said(format!("登记簿检查点的签名无效：{error}"), false),
    };
    if checkpoint.origin != origin {
        return said("检查点属于另一本登记簿".into(), false);
    }
    if merkle::verify_inclusion(leaf, inclusion.index, checkpoint.size, &path, checkpoint.root) {
        said(format!("已编入登记簿第 {} 号，检查点签名有效", inclusion.index), true)
    } else {
        said("登记路径通不到检查点的根".into(), false)
    }
}

#[cfg(test)]
mod tests {
    use seal::cert::{Authority, Issue, Profile, Serial, Subject};
    use seal::note::{LogKeys, Succession};
    use seal::{LogKey, SigningKey};
    use serde_json::json;

    use super::*;

    fn day(month: i8, day: i8) -> Moment {
        base::Day::new(2026, month, day).unwrap().start()
    }

    fn authority() -> Authority {
        let (key, name) = (SigningKey::generate(), Subject::named("湖北电子认证"));
        Authority::found(&name, key, Serial::mint(), day(1, 1), day(12, 31)).unwrap()
    }

    /// A receipt of an act that 赵局 did on the 1st of June, signed by a certificate of this name and time and by the
    /// log's key. The city refuses such a signature when it is given: this receipt is of a city that did not.
    fn receipt(
        log: &SigningKey,
        authority: &Authority,
        (name, from, until): (&str, Moment, Moment),
    ) -> String {
        let (key, subject) = (SigningKey::generate(), Subject::named(name));
        let certificate = authority
            .issue(&Issue {
                serial: Serial::mint(),
                subject: &subject,
                key: &key.public(),
                profile: Profile::Signature,
                from,
                until,
                list: None,
                ocsp: None,
            })
            .unwrap();
        let who = json!({ "name": "赵局" });
        let act = json!({ "at": day(6, 1).millis(), "kind": "approvals.granted", "who": who });
        let signed = Signed {
            certificate: certificate.der().to_vec(),
            signature: key.sign(&canonical(&act).unwrap()),
        };
        let mut receipt = Receipt::new("city.test", act, &[7; 16], Some(&signed)).unwrap();
        let root = receipt.leaf().unwrap();
        let signature = log.sign(&group_statement("city.test", 1, &root));
        let signature = HEXLOWER.encode(&signature);
        receipt.group = Some(GroupProof { size: 1, index: 0, path: Vec::new(), signature });
        receipt.to_file().unwrap()
    }

    /// The words of the one thing that does not hold, which is the doer's signature.
    fn wrong(verdict: &Verdict) -> &str {
        let wrong: Vec<_> = verdict.checks.iter().filter(|check| !check.holds).collect();
        assert!(!verdict.holds() && wrong.len() == 1, "{verdict:?}");
        assert_eq!(wrong[0].part, "signed");
        &wrong[0].words
    }

    #[test]
    fn a_certificate_that_was_out_of_its_time_at_the_act_makes_a_receipt_worthless() {
        let (log, authority) = (SigningKey::generate(), authority());
        let told =
            |from, until| verify(&receipt(&log, &authority, ("赵局", from, until)), &log.public());
        let good = told(day(5, 1), day(7, 1));
        assert!(good.holds(), "{good:?}");
        // Its first moment counts, its end does not.
        assert!(told(day(6, 1), day(7, 1)).holds());
        for (from, until) in
            [(day(5, 1), day(6, 1)), (day(5, 1), day(5, 31)), (day(6, 2), day(7, 1))]
        {
            assert_eq!(wrong(&told(from, until)), "本人签名：办理的时候证书不在有效期内");
        }
    }

    #[test]
    fn a_certificate_is_in_the_name_of_who_did_the_act_and_of_an_authority_that_is_trusted() {
        let (log, ours, other) = (SigningKey::generate(), authority(), authority());
        let of = |name| receipt(&log, &ours, (name, day(5, 1), day(7, 1)));
        let told = |file: &str, trust: Option<&Trust>| verify_against(file, &log.public(), trust);
        let knows = |authority: &Authority| {
            Trust::new(seal::cert::Lists::IfThere).root(authority.certificate().clone()).unwrap()
        };
        // A number after the name is the authority's; another name is another person.
        assert!(told(&of("赵局 1042"), None).holds());
        let bad = told(&of("钱局"), None);
        assert!(wrong(&bad).contains("证书上的名字是“钱局”，记录里的经办人是“赵局”"), "{bad:?}");
        // Nobody's word is no judgement, and is said to be none.
        let file = of("赵局");
        let open = told(&file, None);
        assert!(open.holds() && open.unjudged.len() == 2, "{open:?}");
        assert!(open.unjudged[0].contains("没有判断证书"), "{open:?}");
        let good = told(&file, Some(&knows(&ours)));
        assert!(good.holds() && good.unjudged == [NOT_IN_LOG], "{good:?}");
        // Another authority, of the same name or not.
        let bad = told(&file, Some(&knows(&other)));
        assert!(wrong(&bad).contains("不是签发机构的"), "{bad:?}");
        let none = Trust::new(seal::cert::Lists::IfThere);
        let bad = told(&file, Some(&none));
        assert!(wrong(&bad).contains("不在给出的名单里"), "{bad:?}");
        // A list that does not reach to the day of the act says nothing of it.
        let old = ours.list(1, day(5, 1), day(5, 8), &[]).unwrap();
        let open = told(&file, Some(&knows(&ours).list(old)));
        assert!(open.holds() && open.unjudged[0].contains("吊销列表已经过期"), "{open:?}");
    }

    #[test]
    fn a_receipt_of_a_key_that_was_succeeded_holds_and_is_marked_where_that_key_alone_vouches() {
        let (log, next, authority) = (SigningKey::generate(), SigningKey::generate(), authority());
        let text = receipt(&log, &authority, ("赵局", day(1, 1), day(12, 31)));
        let (old, new) = (LogKey::Here(log.clone()), LogKey::Here(next.clone()));
        let (origin, first) = ("city.test".to_owned(), log.public());
        let (old_key, new_key) = (first.clone(), next.public());
        let said = Succession { origin, from: 9, old: old_key, new: new_key, seconds: 1 };
        let statement = said.sign(&old, &new).unwrap();
        let keys = LogKeys::from_first("city.test", first, [statement.as_str()]).unwrap();
        let verdict = verify_against(&text, &keys, None);
        assert!(verdict.holds(), "{verdict:?}");
        assert!(verdict.unjudged.iter().any(|words| words == SUPERSEDED), "{verdict:?}");
        let of_next = receipt(&next, &authority, ("赵局", day(1, 1), day(12, 31)));
        let verdict = verify_against(&of_next, &keys, None);
        assert!(verdict.holds() && !verdict.unjudged.iter().any(|words| words == SUPERSEDED));
        assert!(!verify_against(&of_next, &log.public(), None).holds());
        let thief = receipt(&SigningKey::generate(), &authority, ("赵局", day(1, 1), day(12, 31)));
        assert!(!verify_against(&thief, &keys, None).holds());
    }
}
