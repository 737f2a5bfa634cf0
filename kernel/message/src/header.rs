//! The header: who writes to whom, about what, until when, and the digest of the body.

use base::{Id, Moment};
use data_encoding::HEXLOWER;
use seal::cert::Certificate;
use seal::merkle::{Hash, leaf_hash};
use serde::{Deserialize, Serialize};

use crate::envelope::Sealer;
use crate::wire::Message;
use crate::{Wrong, written};

/// No real header is longer, bytes.
pub(crate) const HEADER_BYTES_MAX: usize = 32 * 1024;
const FIELDS_MAX: usize = 300;
const NAME_CHARS_MAX: usize = 128;

/// What a message is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Asks for data.
    Ask,
    /// Answers an ask.
    Answer,
    /// Says why an ask is not answered.
    Refusal,
    /// Sends data unasked, as was agreed.
    Publish,
    /// Says that messages have arrived.
    Ack,
}

impl Kind {
    /// As it stands in the header.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Ask => "ask",
            Kind::Answer => "answer",
            Kind::Refusal => "refusal",
            Kind::Publish => "publish",
            Kind::Ack => "ack",
        }
    }

    /// In the words of people.
    pub fn words(self) -> &'static str {
        match self {
            Kind::Ask => "查询",
            Kind::Answer => "答复",
            Kind::Refusal => "拒绝",
            Kind::Publish => "推送",
            Kind::Ack => "确认",
        }
    }

    /// From its name.
    pub fn named(name: &str) -> Option<Self> {
        let all = [Kind::Ask, Kind::Answer, Kind::Refusal, Kind::Publish, Kind::Ack];
        all.into_iter().find(|kind| kind.name() == name)
    }
}

/// One end of a message: a gateway, and the organ for which it speaks.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct End {
    /// The gateway's name: small letters, digits and hyphens.
    pub gateway: String,
    /// The organ's id.
    pub organ: String,
}

impl End {
    /// This organ at this gateway.
    pub fn new(gateway: &str, organ: &str) -> Self {
        Self { gateway: gateway.to_owned(), organ: organ.to_owned() }
    }
}

/// The place of a message among those that must be taken one after another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// By what they are ordered: one person, one firm, one data set.
    pub key: String,
    /// Which of them it is, from 1, without gaps.
    pub sequence: u64,
}

/// What the header says of the body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    /// How long it is, sealed, bytes.
    pub bytes: u64,
    /// SM3 over the sealed bytes, hex.
    pub digest: String,
    /// The SM4 key under which it is sealed, enclosed for that holder by SM2 (SM2Cipher, DER), hex.
    pub envelope: String,
    /// The certificate for whose holder it is sealed: SM3 over its DER, hex.
    pub to: String,
}

/// The header, all of which is signed. Here and below it stands in the order of its names; see [`crate::written`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// When it was made, milliseconds since 1970.
    pub at: i64,
    /// What is said of the body.
    pub body: Body,
    /// Until when it counts, milliseconds since 1970.
    pub expires: i64,
    /// The fields that are asked for; none are all that were agreed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<String>,
    /// Who sends.
    pub from: End,
    /// The message's own name, minted by its sender.
    pub id: Id<Message>,
    /// To which message it belongs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_reply_to: Option<Id<Message>>,
    /// What it is for.
    pub kind: Kind,
    /// Its place among those of one key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<Order>,
    /// For which agreed purpose.
    pub purpose: String,
    /// The kind of data: `population.person`.
    pub resource: String,
    /// By which certificate it is signed: SM3 over its DER, hex.
    pub signer: String,
    /// By which terms it is sent: the digest of [`crate::Terms`], hex.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terms: Option<String>,
    /// Who is to get it.
    pub to: End,
    /// 1.
    pub v: u64,
}

impl Header {
    /// Reads a header in its one exact form.
    pub fn read(bytes: &[u8]) -> Result<Self, Wrong> {
        not_too_long(bytes)?;
        let header: Self = match serde_json::from_slice(bytes) {
            Ok(header) => header,
            Err(_) => return Err(other_version(bytes).unwrap_or(Wrong::Shape("消息头读不懂"))),
        };
        if header.v != 1 {
            return Err(Wrong::Version(header.v));
        }
        header.shaped()?;
        if written(&header)? != bytes {
            return Err(Wrong::Shape("消息头不是规范写法（RFC 8785）"));
        }
        Ok(header)
    }

    /// The bytes that are hashed and signed; no more than anybody reads.
    pub fn bytes(&self) -> Result<Vec<u8>, Wrong> {
        self.shaped()?;
        let bytes = written(self)?;
        not_too_long(&bytes)?;
        Ok(bytes)
    }

    fn shaped(&self) -> Result<(), Wrong> {
        let named = [&self.from.gateway, &self.to.gateway, &self.from.organ, &self.to.organ];
        if !named.iter().all(|name| is_name(name)) {
            return Err(Wrong::Shape("网关或机构的名称只能用小写字母、数字和连字符"));
        }
        let texts = [&self.resource, &self.purpose].into_iter().chain(&self.fields);
        let keys = self.order.iter().map(|order| &order.key);
        if !texts.chain(keys).all(|text| is_text(text)) || self.fields.len() > FIELDS_MAX {
            return Err(Wrong::Shape("资源、用途、字段或排序键太长，或者有看不见的字符"));
        }
        let digests = [&self.body.digest, &self.body.to, &self.signer].into_iter();
        if !digests.chain(&self.terms).all(|digest| is_digest(digest)) {
            return Err(Wrong::Shape("摘要不是 64 位小写十六进制数"));
        }
        let enclosed = HEXLOWER.decode(self.body.envelope.as_bytes());
        if enclosed.is_err() || self.body.envelope.len() > 512 {
            return Err(Wrong::Shape("信封不是十六进制数"));
        }
        // Beyond it numbers have no one form in JSON (RFC 8785).
        let exact = 1u64 << 53;
        let counts = [self.at.unsigned_abs(), self.expires.unsigned_abs(), self.body.bytes];
        let sequence = self.order.as_ref().map_or(0, |order| order.sequence);
        if counts.into_iter().chain([sequence]).any(|count| count >= exact) {
            return Err(Wrong::Shape("数字太大"));
        }
        Ok(())
    }

    /// When it was made.
    pub fn at(&self) -> Moment {
        Moment::from_millis(self.at)
    }

    /// Until when it counts.
    pub fn expires(&self) -> Moment {
        Moment::from_millis(self.expires)
    }
}

fn not_too_long(bytes: &[u8]) -> Result<(), Wrong> {
    let (found, most) = (bytes.len() as u64, HEADER_BYTES_MAX as u64);
    if found > most { Err(Wrong::HeaderTooLong { found, most }) } else { Ok(()) }
}

/// What a header of a later version says of itself.
fn other_version(bytes: &[u8]) -> Option<Wrong> {
    let value: serde_json::Value = serde_json::from_slice(bytes).ok()?;
    value.get("v")?.as_u64().filter(|version| *version != 1).map(Wrong::Version)
}

fn is_name(name: &str) -> bool {
    let letter = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-' || c == b'_';
    !name.is_empty() && name.len() <= 64 && name.bytes().all(letter)
}

fn is_text(text: &str) -> bool {
    text.chars().count() <= NAME_CHARS_MAX && !text.chars().any(char::is_control)
}

pub(crate) fn is_digest(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|c| c.is_ascii_digit() || (b'a'..=b'f').contains(&c))
}

/// A message that is to be sent: everything but body and signature.
#[derive(Clone, Debug)]
pub struct Draft {
    /// Its name.
    pub id: Id<Message>,
    /// What it is for.
    pub kind: Kind,
    /// Who sends.
    pub from: End,
    /// Who is to get it.
    pub to: End,
    /// When it is made.
    pub at: Moment,
    /// Until when it counts.
    pub expires: Moment,
    /// To which message it belongs.
    pub in_reply_to: Option<Id<Message>>,
    /// The kind of data.
    pub resource: String,
    /// For which agreed purpose.
    pub purpose: String,
    /// The fields that are asked for.
    pub fields: Vec<String>,
    /// By which terms.
    pub terms: Option<String>,
    /// Its place among those of one key.
    pub order: Option<Order>,
}

impl Draft {
    /// Seals the body for the holder of `to` and writes the header in the name of the certificate `signer`.
    pub fn seal(
        self,
        sealer: &Sealer,
        to: &Certificate,
        signer: &[u8; 32],
        plain: &[u8],
    ) -> Result<Sealed, Wrong> {
        let enclosed = sealer.enclose_for(to, self.at)?;
        let body = seal::sm4_gcm_seal(&enclosed.key, &context(&self.id, &self.from), plain);
        let header = Header {
            v: 1,
            id: self.id,
            kind: self.kind,
            from: self.from,
            to: self.to,
            at: self.at.millis(),
            expires: self.expires.millis(),
            in_reply_to: self.in_reply_to,
            resource: self.resource,
            purpose: self.purpose,
            fields: self.fields,
            terms: self.terms,
            order: self.order,
            body: Body {
                bytes: body.len() as u64,
                digest: HEXLOWER.encode(&seal::sm3(&[&body])),
                to: HEXLOWER.encode(&to.fingerprint()),
                envelope: enclosed.envelope,
            },
            signer: HEXLOWER.encode(signer),
        };
        Sealed::of(header, body)
    }
}

/// What the body is bound to: it opens in the message for which it was sealed, and in no other.
pub(crate) fn context(id: &Id<Message>, from: &End) -> Vec<u8> {
    format!("cityhall-body-1\n{id}\n{}\n{}\n", from.gateway, from.organ).into_bytes()
}

/// A message that wants a signature yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    header: Header,
    bytes: Vec<u8>,
    body: Vec<u8>,
}

impl Sealed {
    /// Puts header and body together.
    pub fn of(header: Header, body: Vec<u8>) -> Result<Self, Wrong> {
        let bytes = header.bytes()?;
        Ok(Self { header, bytes, body })
    }

    /// Of a header that was read from these bytes.
    pub(crate) fn read_as(header: Header, bytes: Vec<u8>, body: Vec<u8>) -> Self {
        Self { header, bytes, body }
    }

    /// The header.
    pub fn header(&self) -> &Header {
        &self.header
    }

    pub(crate) fn header_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The sealed body.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The same in the name of another certificate of the same gateway: what waited while it was renewed.
    pub fn signed_by(mut self, signer: &[u8; 32]) -> Result<Self, Wrong> {
        let signer = HEXLOWER.encode(signer);
        if self.header.signer != signer {
            self.header.signer = signer;
            self.bytes = self.header.bytes()?;
        }
        Ok(self)
    }

    /// The same under another number of its key: its receiver has taken other numbers than its sender believed.
    pub fn numbered(mut self, sequence: u64) -> Result<Self, Wrong> {
        if let Some(order) = self.header.order.as_mut().filter(|order| order.sequence != sequence) {
            order.sequence = sequence;
            self.bytes = self.header.bytes()?;
        }
        Ok(self)
    }

    /// The hash of its leaf.
    pub fn leaf(&self) -> Hash {
        leaf_hash(&self.bytes)
    }

    pub(crate) fn parts(self) -> (Header, Vec<u8>, Vec<u8>) {
        (self.header, self.bytes, self.body)
    }
}
