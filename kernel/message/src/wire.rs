//! How messages travel and are kept: a message as bytes, and a packet of many.

use base::Moment;
use data_encoding::HEXLOWER;
use seal::merkle::{Hash, leaf_hash};

use crate::Wrong;
use crate::batch::{PATH_MAX, Proof};
use crate::header::{Header, Sealed};
use crate::read::Reading;
use crate::terms::SignedTerms;

const MESSAGE: &[u8; 4] = b"CHM1";
const PACKET: &[u8; 4] = b"CHP1";
/// A packet never holds more messages.
pub const ITEMS_MAX: usize = 2_000;
/// No real terms are longer, bytes.
const TERMS_BYTES_MAX: u64 = 64 * 1024;

/// A message: header, sealed body, signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    header: Header,
    bytes: Vec<u8>,
    body: Vec<u8>,
    proof: Proof,
    /// Over `bytes`: asked for at each step.
    leaf: Hash,
}

impl Message {
    pub(crate) fn of(sealed: Sealed, leaf: Hash, proof: Proof) -> Self {
        let (header, bytes, body) = sealed.parts();
        Self { header, bytes, body, proof, leaf }
    }

    /// The header.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The sealed body.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The signature and the path to it.
    pub fn proof(&self) -> &Proof {
        &self.proof
    }

    /// The hash of its leaf: what its sender has signed, and what receipts name.
    pub fn leaf(&self) -> Hash {
        self.leaf
    }

    /// The same in hex.
    pub fn digest(&self) -> String {
        HEXLOWER.encode(&self.leaf())
    }

    /// The same of what it would be by another certificate of its sender.
    pub fn digest_by(&self, signer: &str) -> Result<String, Wrong> {
        let header = Header { signer: signer.to_owned(), ..self.header.clone() };
        Ok(HEXLOWER.encode(&leaf_hash(&header.bytes()?)))
    }

    /// Appends its bytes.
    pub fn write_onto(&self, to: &mut Vec<u8>) {
        to.extend_from_slice(MESSAGE);
        put(to, &self.bytes);
        put(to, &self.body);
        self.proof.write_onto(to);
    }

    /// Its bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let proof = 73 + 32 * self.proof.path.len();
        let mut bytes = Vec::with_capacity(self.bytes.len() + self.body.len() + proof + 1_024);
        self.write_onto(&mut bytes);
        bytes
    }

    /// Reads one message, and nothing behind it. A body above `body_bytes_max` is refused before it is copied.
    pub fn read(bytes: &[u8], body_bytes_max: u64) -> Result<Self, Wrong> {
        let mut reading = Reading::new(bytes);
        let message = Self::read_from(&mut reading, body_bytes_max)?;
        reading.end()?;
        Ok(message)
    }

    pub(crate) fn read_from(reading: &mut Reading<'_>, body_bytes_max: u64) -> Result<Self, Wrong> {
        reading.word(MESSAGE, "不是一条消息")?;
        let bytes = reading.part(crate::header::HEADER_BYTES_MAX as u64)?.to_vec();
        let header = Header::read(&bytes)?;
        let body = reading.part(body_bytes_max)?.to_vec();
        if header.body.bytes != body.len() as u64 {
            return Err(Wrong::OtherBody);
        }
        let proof = Proof::read_from(reading)?;
        let leaf = leaf_hash(&bytes);
        Ok(Self { header, bytes, body, proof, leaf })
    }

    /// Whether it was kept as these bytes until it was signed ([`Sealed::to_bytes`]), and nothing of it was written anew.
    pub fn is_of(&self, kept: &[u8]) -> bool {
        let mut reading = Reading::new(kept);
        let mut next_is = |part: &[u8]| reading.part(u32::MAX.into()).is_ok_and(|one| one == part);
        next_is(&self.bytes) && next_is(&self.body)
    }

    /// Its bytes with the terms that go with it, as [`Item::to_bytes`] gives them.
    pub fn as_item(&self, terms: Option<&SignedTerms>) -> Vec<u8> {
        let mut bytes = self.to_bytes();
        put(&mut bytes, &terms.map(SignedTerms::to_bytes).unwrap_or_default());
        bytes
    }
}

impl Proof {
    /// Its bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(73 + 32 * self.path.len());
        self.write_onto(&mut bytes);
        bytes
    }

    /// Reads what [`Self::to_bytes`] wrote.
    pub fn read(bytes: &[u8]) -> Result<Self, Wrong> {
        let mut reading = Reading::new(bytes);
        let proof = Self::read_from(&mut reading)?;
        reading.end()?;
        Ok(proof)
    }

    fn write_onto(&self, to: &mut Vec<u8>) {
        to.extend_from_slice(&self.size.to_be_bytes());
        to.extend_from_slice(&self.index.to_be_bytes());
        to.extend_from_slice(&self.signature);
        to.push(u8::try_from(self.path.len()).unwrap_or(u8::MAX));
        self.path.iter().for_each(|hash| to.extend_from_slice(hash));
    }

    fn read_from(reading: &mut Reading<'_>) -> Result<Self, Wrong> {
        let (size, index) = (reading.number()?, reading.number()?);
        let signature = *reading.array::<64>()?;
        let steps = usize::from(*reading.array::<1>()?.first().unwrap_or(&0));
        if steps > PATH_MAX {
            return Err(Wrong::Shape("签名路径太长"));
        }
        let mut path = Vec::with_capacity(steps);
        for _ in 0..steps {
            path.push(*reading.array::<32>()?);
        }
        Ok(Self { size, index, path, signature })
    }
}

impl Sealed {
    /// Its bytes, as they are kept until it is signed.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.header_bytes().len() + self.body().len() + 8);
        put(&mut bytes, self.header_bytes());
        put(&mut bytes, self.body());
        bytes
    }

    /// Reads what [`Self::to_bytes`] wrote.
    pub fn read(bytes: &[u8]) -> Result<Self, Wrong> {
        let mut reading = Reading::new(bytes);
        let bytes = reading.part(crate::header::HEADER_BYTES_MAX as u64)?;
        let header = Header::read(bytes)?;
        let body = reading.part(u32::MAX.into())?.to_vec();
        reading.end()?;
        Ok(Self::read_as(header, bytes.to_vec(), body))
    }

    /// The message that it has become by this signature.
    pub fn signed_as(self, proof: Proof) -> Message {
        let leaf = self.leaf();
        Message::of(self, leaf, proof)
    }
}

/// A message as it travels, with the terms by which the centre lets it pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// The message.
    pub message: Message,
    /// The terms, signed by the centre; from the centre to a gateway only.
    pub terms: Option<SignedTerms>,
}

/// The terms that were read last: with many messages come the same ones.
#[derive(Default)]
struct Known<'b>(&'b [u8], Option<SignedTerms>);

impl<'b> Known<'b> {
    fn terms(&mut self, bytes: &'b [u8]) -> Result<Option<SignedTerms>, Wrong> {
        if bytes.is_empty() {
            return Ok(None);
        }
        if bytes != self.0 {
            *self = Self(bytes, Some(SignedTerms::read(bytes)?));
        }
        Ok(self.1.clone())
    }
}

/// What one request carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet {
    /// What the sender's clock showed.
    pub sent: Moment,
    /// The messages, in their order.
    pub items: Vec<Item>,
}

impl Item {
    /// Its bytes, as they stand in a packet and in a queue.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.message.as_item(self.terms.as_ref())
    }

    /// Reads one item, and nothing behind it.
    pub fn read(bytes: &[u8], body_bytes_max: u64) -> Result<Self, Wrong> {
        let mut reading = Reading::new(bytes);
        let message = Message::read_from(&mut reading, body_bytes_max)?;
        let terms = Known::default().terms(reading.part(TERMS_BYTES_MAX)?)?;
        reading.end()?;
        Ok(Self { message, terms })
    }

    /// The terms of an item that was read before, which is not read again.
    pub fn terms_in(bytes: &[u8]) -> Result<&[u8], Wrong> {
        let mut reading = Reading::new(bytes);
        reading.word(MESSAGE, "不是一条消息")?;
        reading.part(u32::MAX.into())?;
        reading.part(u32::MAX.into())?;
        Proof::read_from(&mut reading)?;
        let terms = reading.part(TERMS_BYTES_MAX)?;
        reading.end()?;
        Ok(terms)
    }
}

impl Packet {
    /// Its bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let items: Vec<Vec<u8>> = self.items.iter().map(Item::to_bytes).collect();
        Self::assemble(self.sent, &items)
    }

    /// The bytes of a packet of items that are bytes already.
    pub fn assemble(sent: Moment, items: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = PACKET.to_vec();
        bytes.extend_from_slice(&sent.millis().to_be_bytes());
        bytes.extend_from_slice(&u32::try_from(items.len()).unwrap_or(u32::MAX).to_be_bytes());
        items.iter().for_each(|item| bytes.extend_from_slice(item));
        bytes
    }

    /// Reads a packet, all of it or nothing.
    pub fn read(bytes: &[u8], body_bytes_max: u64) -> Result<Self, Wrong> {
        let mut reading = Reading::new(bytes);
        reading.word(PACKET, "不是消息包")?;
        let sent = Moment::from_millis(i64::from_be_bytes(*reading.array::<8>()?));
        let count = reading.number()? as usize;
        if count > ITEMS_MAX {
            return Err(Wrong::Shape("一个包里的消息太多"));
        }
        let (mut items, mut known) = (Vec::new(), Known::default());
        for _ in 0..count {
            let message = Message::read_from(&mut reading, body_bytes_max)?;
            let terms = known.terms(reading.part(TERMS_BYTES_MAX)?)?;
            items.push(Item { message, terms });
        }
        reading.end()?;
        Ok(Self { sent, items })
    }
}

fn put(to: &mut Vec<u8>, part: &[u8]) {
    to.extend_from_slice(&u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
    to.extend_from_slice(part);
}
