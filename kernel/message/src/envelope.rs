//! Envelopes: an SM4 key, enclosed once for a receiver by SM2 and used for many messages.
//!
//! Every message carries the enclosed key of its session (about 120 bytes), so that a receiver can open any single
//! message after a restart, in any order, and so that sessions need no round trip; who has opened an envelope once
//! remembers its key, and opens the other messages of the session without SM2. A session ends after a time and a number
//! of messages: that bounds what one SM4 key that leaks gives away, and keeps random nonces far from meeting (2³²).
//!
//! There is no forward secrecy: who gets hold of the receiver's private key opens what was sealed for it and is still
//! kept somewhere. Certificates for sealing should live short, and bodies be deleted after their time. Nothing here
//! keeps replays away either: the session says nothing of who sent, and the signature and the guard do.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use base::Moment;
use data_encoding::HEXLOWER;
use seal::SigningKey;
use seal::cert::Certificate;
use zeroize::Zeroizing;

use crate::Wrong;
use crate::header::{Header, context};

/// After so long a session has its key exchanged, seconds.
pub const TURN_AFTER_SECONDS: i64 = 600;
/// After so many messages a session has its key exchanged.
pub const TURN_AFTER_USES: u64 = 10_000;
/// So many sessions are remembered at a time; then all are forgotten, which costs an SM2 operation each.
const REMEMBERED_MAX: usize = 4_096;

type Key = Zeroizing<[u8; 16]>;

/// The key of a session, and how it travels.
pub(crate) struct Enclosed {
    pub(crate) key: Key,
    pub(crate) envelope: String,
}

struct Session {
    key: Key,
    envelope: String,
    since: Moment,
    uses: u64,
}

/// Seals for receivers: one session each at a time.
#[derive(Default)]
pub struct Sealer {
    sessions: Mutex<HashMap<[u8; 32], Session>>,
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealer")
    }
}

impl Sealer {
    /// The session for this receiver, a new one where there is none that still counts.
    pub(crate) fn enclose_for(&self, to: &Certificate, now: Moment) -> Result<Enclosed, Wrong> {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        if sessions.len() > REMEMBERED_MAX {
            sessions.clear();
        }
        let name = to.fingerprint();
        let fresh = sessions.get_mut(&name).filter(|session| {
            let age = now.millis().abs_diff(session.since.millis());
            session.uses < TURN_AFTER_USES && age < TURN_AFTER_SECONDS.unsigned_abs() * 1_000
        });
        if let Some(session) = fresh {
            session.uses += 1;
            let (key, envelope) = (session.key.clone(), session.envelope.clone());
            return Ok(Enclosed { key, envelope });
        }
        let mut key: Key = Zeroizing::new([0; 16]);
        let chance = Zeroizing::new(seal::seed());
        key.iter_mut().zip(chance.iter()).for_each(|(to, from)| *to = *from);
        let enclosed = to.key().enclose(key.as_slice()).map_err(|_| Wrong::NotOpened)?;
        let envelope = HEXLOWER.encode(&enclosed);
        let session = Session { key: key.clone(), envelope: envelope.clone(), since: now, uses: 1 };
        sessions.insert(name, session);
        Ok(Enclosed { key, envelope })
    }
}

/// Opens what was sealed for certificates of one holder: the one that counts, and those before it.
pub struct Opener {
    keys: Vec<([u8; 32], SigningKey)>,
    opened: Mutex<HashMap<[u8; 32], Key>>,
}

impl fmt::Debug for Opener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Opener(of {} keys)", self.keys.len())
    }
}

impl Opener {
    /// Opens with these private keys, each named by its certificate's fingerprint.
    pub fn new(keys: Vec<([u8; 32], SigningKey)>) -> Self {
        Self { keys, opened: Mutex::default() }
    }

    /// The plain body of a message; its digest must have been compared before.
    pub fn open(&self, header: &Header, body: &[u8]) -> Result<Vec<u8>, Wrong> {
        let key = self.key_of(header)?;
        seal::sm4_gcm_open(&key, &context(&header.id, &header.from), body)
            .map_err(|_| Wrong::NotOpened)
    }

    fn key_of(&self, header: &Header) -> Result<Key, Wrong> {
        let named = |(name, _): &&([u8; 32], SigningKey)| HEXLOWER.encode(name) == header.body.to;
        let (name, private) = self.keys.iter().find(named).ok_or(Wrong::OtherReceiver)?;
        let enclosed = HEXLOWER.decode(header.body.envelope.as_bytes());
        let enclosed = enclosed.map_err(|_| Wrong::Shape("信封不是十六进制数"))?;
        let remembered = seal::sm3(&[name, &enclosed]);
        let lock = || self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(key) = lock().get(&remembered) {
            return Ok(key.clone());
        }
        let plain = private.disclose(&enclosed).map_err(|_| Wrong::NotOpened)?;
        let mut key: Key = Zeroizing::new([0; 16]);
        if plain.len() != key.len() {
            return Err(Wrong::NotOpened);
        }
        key.copy_from_slice(&plain);
        let mut opened = lock();
        if opened.len() >= REMEMBERED_MAX {
            opened.clear();
        }
        opened.insert(remembered, key.clone());
        Ok(key)
    }
}
