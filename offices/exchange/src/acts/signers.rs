//! By which certificates a gateway signs: the one that is registered, and those before it for as long as what they have
//! signed is on its way.

use ::store::Reader;
use base::{Moment, Outcome};
use data_encoding::HEXLOWER;
use message::Message;
use seal::cert::Certificate;

use super::session::broken;
use crate::store::certificates;
use crate::terms::Gateway;

/// A certificate with its fingerprint, hex: headers name it so.
type Named = (String, Certificate);

/// The certificates of one gateway.
#[derive(Clone, Debug)]
pub(super) struct Signers {
    registered: Named,
    former: Vec<Named>,
}

fn named(der: &[u8]) -> Outcome<Named> {
    let read = Certificate::read(der).map_err(|_| broken("certificate of a gateway"))?;
    Ok((HEXLOWER.encode(&read.fingerprint()), read))
}

impl Signers {
    /// Those by which something is taken in now.
    pub(super) fn of(reader: &Reader<'_>, gateway: &Gateway, now: Moment) -> Outcome<Self> {
        let former = certificates::of_gateway(reader, &gateway.name)?;
        let former = former.iter().filter(|one| now < one.until).map(|one| named(&one.der));
        Ok(Self { registered: named(&gateway.signing)?, former: former.collect::<Outcome<_>>()? })
    }

    fn all_named(&self) -> impl Iterator<Item = &Named> {
        std::iter::once(&self.registered).chain(&self.former)
    }

    /// All of them, the registered one first.
    pub(super) fn all(&self) -> impl Iterator<Item = &Certificate> {
        self.all_named().map(|(_, one)| one)
    }

    /// Whether one of them has this fingerprint.
    pub(super) fn has(&self, fingerprint: &str) -> bool {
        self.all_named().any(|(name, _)| name == fingerprint)
    }

    /// Whether a message is what has this digest, though another of them has signed it since: its sender was given another
    /// certificate before it heard that it was taken in.
    pub(super) fn signed_again(&self, message: &Message, digest: &str) -> bool {
        let mut others = self.all_named().filter(|(name, _)| *name != message.header().signer);
        others.any(|(name, _)| message.digest_by(name).is_ok_and(|one| one == digest))
    }

    /// The one of this fingerprint; where none has it, the one that is registered, by which what it has not signed does not
    /// hold.
    pub(super) fn by(&self, fingerprint: &str) -> &Certificate {
        let found = self.all_named().find(|(name, _)| name == fingerprint);
        &found.unwrap_or(&self.registered).1
    }
}
