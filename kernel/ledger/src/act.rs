//! The act and its commitment: the leaf format of the public log.

use base::{Day, Fault, Id, Moment, Outcome};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::{FromRow, Reader, Row, Tx};

use crate::erased::Erased;
use crate::signing::{self, Signed};

/// A kind of act, as the catalogue of acts lists it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActKind {
    /// `office.verb`, in the past: `approvals.accepted`.
    pub name: &'static str,
    /// What it says on a timeline: 受理.
    pub title: &'static str,
}

/// Who did it: a person in a post of an organ, a citizen, or the city's own clockwork.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Who {
    /// The account, unless it was the city's own clockwork or someone without an account.
    pub account: Option<String>,
    /// The name people know the person by.
    pub name: String,
    /// The post held: 窗口工作人员, 申请人, 系统.
    pub post: String,
    /// The organ's id; empty for citizens.
    pub organ: String,
    /// The organ's name at that time.
    pub organ_name: String,
    /// For whom it is done: whose post is exercised (受委托代行), or who has given a mandate (受委托代理).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_behalf: Option<OnBehalf>,
}

/// For whom somebody acts: the holder of a post that they exercise for a time, or who has given them a mandate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnBehalf {
    /// The holder's account.
    pub account: String,
    /// The holder's name.
    pub name: String,
    /// By which written mandate (授权委托书), if by one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mandate: Option<String>,
}

impl Who {
    /// The post in words, for colleagues: 受理岗, 受理岗（受李敏委托代行）, or 代理人（受李敏委托）.
    pub fn post_said(&self) -> String {
        post_said(&self.post, self.on_behalf.as_ref())
    }

    /// The city's own clockwork: jobs and listeners.
    pub fn clockwork() -> Self {
        Self {
            account: None,
            name: "系统".into(),
            post: "自动办理".into(),
            organ: String::new(),
            organ_name: String::new(),
            on_behalf: None,
        }
    }
}

/// What a post's name ends with while somebody else exercises it.
pub const DELEGATED: &str = "（受委托代行）";

/// A post in words, with the name of the one for whom it is exercised, if it is for somebody.
pub fn post_said(post: &str, whose: Option<&OnBehalf>) -> String {
    match whose {
        Some(one) if one.mandate.is_some() => format!("{post}（受{}委托）", one.name),
        Some(one) => format!("{}（受{}委托代行）", post.trim_end_matches(DELEGATED), one.name),
        None => post.to_owned(),
    }
}

/// One thing done to the city.
///
/// Make it before the transaction opens: the id and the salt are minted here, so that a
/// transaction that is run again writes the same act.
#[derive(Clone, Debug)]
pub struct Act {
    /// The act's id; names its receipt.
    pub id: Id<Act>,
    at: Moment,
    pub(crate) kind: String,
    subject_kind: String,
    subject_id: String,
    authority: String,
    content: Value,
    salt: [u8; 16],
}

impl Act {
    /// An act of `kind` (`office.verb`) on one subject (`case`, its id).
    pub fn new(now: Moment, kind: &str, subject_kind: &str, subject_id: impl ToString) -> Self {
        let id: Id<Act> = Id::mint(now);
        let salt: Id<Salt> = Id::mint(now);
        let more: Id<Salt> = Id::mint(now);
        // 160 bits of chance from two ids, folded to the salt's 128.
        let mixed = seal::sm3(&[&salt.bits().to_be_bytes(), &more.bits().to_be_bytes()]);
        let mut salt = [0u8; 16];
        salt.iter_mut().zip(mixed).for_each(|(to, from)| *to = from);
        Self {
            id,
            at: now,
            kind: kind.into(),
            subject_kind: subject_kind.into(),
            subject_id: subject_id.to_string(),
            authority: String::new(),
            content: Value::Null,
            salt,
        }
    }

    /// The same act on this subject: for what gets its number inside the transaction.
    #[must_use]
    pub fn on(mut self, subject_id: impl ToString) -> Self {
        self.subject_id = subject_id.to_string();
        self
    }

    /// The same act, done at this moment: for what happens when its turn has come, inside the transaction.
    #[must_use]
    pub fn done_at(mut self, now: Moment) -> Self {
        self.at = now;
        self
    }

    /// What exactly was done. Whole numbers only, within ±2^53, so that every reader of the
    /// canonical bytes agrees on them.
    #[must_use]
    pub fn content(mut self, content: Value) -> Self {
        self.content = content;
        self
    }

    /// The same act, whose content says this too.
    pub(crate) fn adding(mut self, more: Value) -> Self {
        match (&mut self.content, more) {
            (Value::Object(content), Value::Object(more)) => content.extend(more),
            (content, more) => *content = more,
        }
        self
    }

    /// Another act of the same kind on the same subject by the same authority, which says this.
    pub(crate) fn again(&self, content: Value) -> Self {
        Self::new(self.at, &self.kind, &self.subject_kind, &self.subject_id)
            .authority(self.authority.clone())
            .content(content)
    }

    /// The rule or role it rests on: 行政许可法第三十二条.
    #[must_use]
    pub fn authority(mut self, authority: impl Into<String>) -> Self {
        self.authority = authority.into();
        self
    }

    /// When it was done.
    pub fn at(&self) -> Moment {
        self.at
    }

    fn to_json(&self, who: &Who) -> Value {
        json!({
            "v": 1,
            "id": self.id.to_string(),
            "at": self.at.millis(),
            "kind": self.kind,
            "subject": { "kind": self.subject_kind, "id": self.subject_id },
            "who": who,
            "authority": self.authority,
            "content": self.content,
        })
    }
}

/// Only a source of chance for salts.
struct Salt;

/// The canonical bytes of an act (RFC 8785).
pub(crate) fn canonical(act: &Value) -> Result<Vec<u8>, Fault> {
    serde_json_canonicalizer::to_vec(act)
        .map_err(|error| Fault::while_doing("writing an act in canonical form", error))
}

/// The leaf of the public log: one version byte, then SM3 over the salt and the canonical bytes.
pub(crate) fn leaf_data(salt: &[u8], canonical: &[u8]) -> [u8; 33] {
    let mut leaf = [1u8; 33];
    let commitment = seal::sm3(&[salt, canonical]);
    leaf.iter_mut().skip(1).zip(commitment).for_each(|(to, from)| *to = from);
    leaf
}

/// Records an act in the transaction of the change it tells of.
///
/// Authorise first: the doer comes from a `Permit` (`permit.who()`). A decisive act of a person is refused
/// without that person's own signature over its canonical bytes ([`Signing`](crate::Signing)).
pub fn record(tx: &Tx<'_>, who: &Who, act: &Act) -> Outcome<()> {
    let body = canonical(&act.to_json(who))?;
    let signed = signing::demand(tx, who, act, &body)?;
    let leaf = signing::leaf(&act.salt, &body, signed.as_ref());
    let body = String::from_utf8(body).map_err(Fault::from)?;
    tx.run(
        "INSERT INTO ledger_acts (id, kind, subject_kind, subject_id, at, account, organ, leaf,
             address)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        &[
            act.id.into(),
            act.kind.as_str().into(),
            act.subject_kind.as_str().into(),
            act.subject_id.as_str().into(),
            act.at.into(),
            who.account.clone().into(),
            who.organ.as_str().into(),
            leaf.into(),
            tx.asked_from().map(|address| address.to_string()).into(),
        ],
    )?;
    tx.run(
        "INSERT INTO ledger_contents (act_id, body, salt) VALUES ($1, $2, $3)",
        &[act.id.into(), body.into(), act.salt.as_slice().into()],
    )?;
    if let Some(signed) = signed {
        tx.run(
            "INSERT INTO ledger_signatures (act_id, certificate, signature) VALUES ($1, $2, $3)",
            &[act.id.into(), signed.certificate.into(), signed.signature.to_vec().into()],
        )?;
    }
    tx.mark(leaf);
    Ok(())
}

/// An act as the ledger keeps it.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// Order of birth; only for paging.
    pub born: i64,
    /// The act's id.
    pub id: Id<Act>,
    /// Its place in the public log, once it has one.
    pub seq: Option<i64>,
    /// `office.verb`.
    pub kind: String,
    /// What it was done to.
    pub subject_kind: String,
    /// Which one.
    pub subject_id: String,
    /// When.
    pub at: Moment,
    /// Hash of its leaf.
    pub leaf: [u8; 32],
    /// From where it was asked for, while that is kept. No proof covers it.
    pub address: Option<String>,
    /// By what its content was erased, if it was.
    pub erased: Option<Erased>,
    pub(crate) account: Option<String>,
    pub(crate) organ: String,
    body: Option<String>,
    pub(crate) salt: Option<Vec<u8>>,
    signed: Option<Signed>,
}

impl Recorded {
    /// The whole act as JSON; `Null` once erased.
    pub fn json(&self) -> Value {
        self.body.as_deref().and_then(|body| serde_json::from_str(body).ok()).unwrap_or_default()
    }

    /// The act's content; `Null` once erased.
    pub fn content(&self) -> Value {
        self.json().get_mut("content").map(Value::take).unwrap_or_default()
    }

    /// The account that did it, unless it was the clockwork or someone without an account.
    pub fn account(&self) -> Option<&str> {
        self.account.as_deref()
    }

    /// Whether it was done in a post of an organ.
    pub fn in_a_post(&self) -> bool {
        !self.organ.is_empty()
    }

    /// Whether its content was erased.
    pub fn is_erased(&self) -> bool {
        self.body.is_none()
    }

    /// What stands in the place of the content that was erased.
    pub fn erased_words(&self) -> String {
        self.erased.as_ref().map_or_else(|| "内容已经不在".to_owned(), Erased::words)
    }

    /// The doer's own signature, if the act carries one.
    pub fn signed(&self) -> Option<&Signed> {
        self.signed.as_ref()
    }

    /// Who did it, unless erased.
    pub fn who(&self) -> Option<Who> {
        serde_json::from_value(self.json().get_mut("who")?.take()).ok()
    }

    /// The authority it rests on.
    pub fn authority(&self) -> String {
        self.json().get("authority").and_then(Value::as_str).unwrap_or_default().to_owned()
    }
}

impl FromRow for Recorded {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        let (certificate, signature): (Option<Vec<u8>>, Option<Vec<u8>>) =
            (row.get("certificate")?, row.get("signature")?);
        let signed = certificate.zip(signature);
        let (by, document): (Option<Id<Act>>, Option<String>) =
            (row.get("by_act")?, row.get("document")?);
        Ok(Self {
            born: row.get("born")?,
            id: row.get("id")?,
            seq: row.get("seq")?,
            kind: row.get("kind")?,
            subject_kind: row.get("subject_kind")?,
            subject_id: row.get("subject_id")?,
            at: row.get("at")?,
            leaf: row.get("leaf")?,
            address: row.get("address")?,
            erased: by.zip(document).map(|(by, document)| Erased { by, document }),
            account: row.get("account")?,
            organ: row.get("organ")?,
            body: row.get("body")?,
            salt: row.get("salt")?,
            signed: signed.and_then(|(certificate, signature)| {
                Some(Signed { certificate, signature: signature.try_into().ok()? })
            }),
        })
    }
}

const COLUMNS: &str = "a.born, a.id, a.seq, a.kind, a.subject_kind, a.subject_id, a.at, a.leaf, \
                       a.address, a.account, a.organ, c.body, c.salt, s.certificate, s.signature, \
                       e.by_act, e.document \
                       FROM ledger_acts a LEFT JOIN ledger_contents c ON c.act_id = a.id \
                       LEFT JOIN ledger_signatures s ON s.act_id = a.id \
                       LEFT JOIN ledger_erased e ON e.act_id = a.id";

/// The act with this id.
pub fn act_by_id(reader: &Reader<'_>, id: Id<Act>) -> Outcome<Option<Recorded>> {
    Ok(reader.maybe(&format!("SELECT {COLUMNS} WHERE a.id = $1"), &[id.into()])?)
}

/// The day of the first act: before it nothing is on record. None in a city that is not founded yet.
pub fn first_day(reader: &Reader<'_>) -> Outcome<Option<Day>> {
    let first: Option<Moment> =
        reader.maybe("SELECT at FROM ledger_acts WHERE at >= 0 ORDER BY at, born LIMIT 1", &[])?;
    Ok(first.map(Moment::day))
}

/// The acts on one subject, oldest first: its timeline. At most 500.
pub fn acts_of(
    reader: &Reader<'_>,
    subject_kind: &str,
    subject_id: &str,
) -> Outcome<Vec<Recorded>> {
    Ok(reader.all(
        &format!(
            "SELECT {COLUMNS} WHERE a.subject_kind = $1 AND a.subject_id = $2 \
             ORDER BY a.born LIMIT 500"
        ),
        &[subject_kind.into(), subject_id.into()],
    )?)
}

/// The acts after place `seq` of the log, in order, at most `limit`: what every follower reads.
pub fn acts_after(reader: &Reader<'_>, seq: i64, limit: i64) -> Outcome<Vec<Recorded>> {
    Ok(reader.all(
        &format!("SELECT {COLUMNS} WHERE a.seq > $1 ORDER BY a.seq LIMIT $2"),
        &[seq.into(), limit.into()],
    )?)
}

/// So many later acts are looked at in one go.
const LATER: i64 = 200;

/// Clocks of the processes of one city differ by less than this.
const SKEW_SECONDS: i64 = 60;

/// Whether any act of these kinds, later in the log than this one, is such: a listener that could not take an act hears it
/// late, and what it would do may have been overtaken. The log's order counts and not the clocks of two processes.
pub fn is_overtaken(
    reader: &Reader<'_>,
    act: &Recorded,
    kinds: &[&str],
    is_such: impl Fn(&Recorded) -> bool,
) -> Outcome<bool> {
    for kind in kinds {
        let mut after = (act.at.plus_seconds(-SKEW_SECONDS), 0);
        loop {
            let some = acts_since(reader, kind, after)?;
            if some.iter().any(|one| is_later(one, act) && is_such(one)) {
                return Ok(true);
            }
            match some.last() {
                Some(last) => after = (last.at, last.born),
                None => break,
            }
        }
    }
    Ok(false)
}

/// Whether one act stands behind another in the log; what has no place in it yet will stand behind what has.
fn is_later(one: &Recorded, than: &Recorded) -> bool {
    match (one.seq, than.seq) {
        (Some(one), Some(than)) => one > than,
        (None, Some(_)) => true,
        (Some(_), None) => false,
        (None, None) => one.born > than.born,
    }
}

/// The acts of a kind from a moment and a birth on, in their order.
fn acts_since(
    reader: &Reader<'_>,
    kind: &str,
    (at, born): (Moment, i64),
) -> Outcome<Vec<Recorded>> {
    Ok(reader.all(
        &format!(
            "SELECT {COLUMNS} WHERE a.kind = $1 AND (a.at, a.born) > ($2, $3)
             ORDER BY a.at, a.born LIMIT $4"
        ),
        &[kind.into(), at.into(), born.into(), LATER.into()],
    )?)
}

/// The acts of these births, in no order; at most a page of them.
pub(crate) fn acts_born(reader: &Reader<'_>, born: &[i64]) -> Outcome<Vec<Recorded>> {
    if born.is_empty() {
        return Ok(Vec::new());
    }
    let places: Vec<String> = (1..=born.len()).map(|place| format!("${place}")).collect();
    let params: Vec<store::Value> = born.iter().map(|born| (*born).into()).collect();
    let places = places.join(", ");
    Ok(reader.all(&format!("SELECT {COLUMNS} WHERE a.born IN ({places})"), &params)?)
}

/// The acts with these ids, the oldest first; of some dozen at most.
pub fn acts_by_ids(reader: &Reader<'_>, ids: &[Id<Act>]) -> Outcome<Vec<Recorded>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let places: Vec<String> = (1..=ids.len()).map(|place| format!("${place}")).collect();
    let params: Vec<store::Value> = ids.iter().map(|id| (*id).into()).collect();
    let places = places.join(", ");
    Ok(reader.all(
        &format!("SELECT {COLUMNS} WHERE a.id IN ({places}) ORDER BY a.at, a.born"),
        &params,
    )?)
}

/// The last acts of one account, newest first.
pub fn acts_by(reader: &Reader<'_>, account: &str, limit: i64) -> Outcome<Vec<Recorded>> {
    Ok(reader.all(
        &format!("SELECT {COLUMNS} WHERE a.account = $1 ORDER BY a.at DESC, a.born DESC LIMIT $2"),
        &[account.into(), limit.into()],
    )?)
}
