//! What was sent, signed, for evidence. What was sent as it was put down lies in the queue out: beside it the signature
//! alone is kept.

use base::{Fault, Id, Outcome};
use delivery::{Letter, open_letter};
use message::{Item, Message, Proof, Sealed};
use store::Reader;

use super::site::{OUT, SENT};

/// Before a signature that stands alone.
const ALONE: u8 = b'P';

/// A message that goes out.
pub(super) struct Signed {
    pub(super) message: Message,
    /// Whether the queue out holds it word for word.
    is_as_put: bool,
}

impl std::ops::Deref for Signed {
    type Target = Message;

    fn deref(&self) -> &Message {
        &self.message
    }
}

impl Signed {
    /// A message that was put down as these bytes.
    pub(super) fn of(message: Message, put: &[u8]) -> Self {
        let is_as_put = message.is_of(put);
        Self { message, is_as_put }
    }

    /// As it is kept.
    pub(super) fn letter(&self) -> Letter {
        let header = self.message.header();
        let content = match self.is_as_put {
            true => [&[ALONE][..], &self.message.proof().to_bytes()].concat(),
            false => self.message.as_item(None),
        };
        Letter { id: header.id, order: None, expires: header.expires(), content }
    }
}

/// A message that was sent, by its name.
pub(super) fn sent(reader: &Reader<'_>, id: Id<Message>) -> Outcome<Option<Message>> {
    let Some(kept) = open_letter(reader, SENT, id)? else { return Ok(None) };
    let message = match kept.split_first() {
        Some((&ALONE, proof)) => {
            let Some(put) = open_letter(reader, OUT, id)? else { return Ok(None) };
            let proof = Proof::read(proof).map_err(Fault::from)?;
            Sealed::read(&put).map_err(Fault::from)?.signed_as(proof)
        }
        _ => Item::read(&kept, u64::from(u32::MAX)).map_err(Fault::from)?.message,
    };
    Ok(Some(message))
}
