//! A cryptographic device behind its vendor's library, as GM/T 0018 names the calls (SDF): it signs for
//! the log with a key that never leaves it, and wraps the master key under a key of its own.
//!
//! `library.rs` is the room of foreign code, and the only one; here is what is asked of it. A session is
//! opened when it is needed and thrown away when a call fails, so that a device that was unplugged and
//! plugged in again is found at the next call. Calls come one at a time.
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)
)]

mod library;

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use seal::{Device, DeviceError, PublicKey};
use zeroize::Zeroizing;

use library::{Library, Session};

/// Where a device is, and which of its keys are ours.
#[derive(Clone)]
pub struct Place {
    /// The vendor's library.
    pub library: PathBuf,
    /// The index of the key pair that signs.
    pub signing_key: u32,
    /// The index of the key that wraps (KEK).
    pub wrapping_key: u32,
    /// What opens the private key of `signing_key`.
    pub pin: Zeroizing<String>,
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Place({}, keys {} and {})",
            self.library.display(),
            self.signing_key,
            self.wrapping_key
        )
    }
}

/// A device.
pub struct SdfDevice {
    place: Place,
    library: Arc<Library>,
    session: Mutex<Option<Session>>,
}

impl fmt::Debug for SdfDevice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SdfDevice({:?})", self.place)
    }
}

impl SdfDevice {
    /// Loads the library and opens a first session. The library runs inside this process: whoever may
    /// write its file may do what the program may.
    pub fn open(place: Place) -> Result<Self, DeviceError> {
        let library = Arc::new(Library::load(&place.library)?);
        let device = Self { place, library, session: Mutex::new(None) };
        device.with(|_| Ok(()))?;
        Ok(device)
    }

    /// Does this in a session. One that fails is thrown away with what it had open.
    fn with<T>(
        &self,
        work: impl FnOnce(&Session) -> Result<T, DeviceError>,
    ) -> Result<T, DeviceError> {
        let mut held = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        let session = match held.take() {
            Some(session) => session,
            None => {
                let session = Session::open(&self.library)?;
                session.get_right(self.place.signing_key, self.place.pin.as_bytes())?;
                session
            }
        };
        let done = work(&session)?;
        *held = Some(session);
        Ok(done)
    }
}

/// Cut into the pieces of a wrapped master key: the length of the wrapped session key, that key, the
/// initial vector, the master key under the session key (SM4-CBC: two blocks, nothing to fill up).
const IV: usize = 16;
const MASTER: usize = 32;

impl Device for SdfDevice {
    fn public(&self) -> Result<PublicKey, DeviceError> {
        let point = self.with(|session| session.public_key(self.place.signing_key))?;
        PublicKey::from_bytes(&point)
            .map_err(|_| DeviceError("设备给出的签名公钥不是 SM2 曲线上的点".into()))
    }

    fn sign(&self, digest: &[u8; 32]) -> Result<[u8; 64], DeviceError> {
        self.with(|session| session.sign(self.place.signing_key, digest))
    }

    fn wrap(&self, master: &[u8; 32]) -> Result<Vec<u8>, DeviceError> {
        self.with(|session| {
            let (key, under) = session.new_key(self.place.wrapping_key)?;
            let iv = session.random::<IV>()?;
            let sealed = session.encrypt(&key, &iv, master)?;
            let length = u32::try_from(under.len()).unwrap_or_default().to_be_bytes();
            Ok([length.as_slice(), &under, &iv, &sealed].concat())
        })
    }

    fn unwrap(&self, wrapped: &[u8]) -> Result<Zeroizing<[u8; 32]>, DeviceError> {
        let broken = || DeviceError("主密钥的密文不完整".into());
        let (length, rest) = wrapped.split_first_chunk::<4>().ok_or_else(broken)?;
        let length = u32::from_be_bytes(*length) as usize;
        let (under, rest) = rest.split_at_checked(length).ok_or_else(broken)?;
        let (iv, sealed) = rest.split_first_chunk::<IV>().ok_or_else(broken)?;
        let sealed = <&[u8; MASTER]>::try_from(sealed).map_err(|_| broken())?;
        self.with(|session| {
            let key = session.import_key(self.place.wrapping_key, under)?;
            session.decrypt(&key, iv, sealed)
        })
    }
}
