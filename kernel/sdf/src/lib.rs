//! A cryptographic device behind its vendor's library, as GM/T 0018 names the calls (SDF): it signs for
//! the log with a key that never leaves it, and wraps the master key under a key of its own. And an official's
//! token (UKey), as GM/T 0016 names the calls (SKF): `token.rs`.
//!
//! `library.rs` and `token/library.rs` are the rooms of foreign code, and the only ones; here is what is asked of the
//! device. A session is opened when it is needed and thrown away when a call fails, so that a device that was
//! unplugged and plugged in again is found at the next call. Calls come one at a time, on a thread of their own, and
//! are waited for no longer than said.
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)
)]

mod library;
mod token;

use std::fmt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use seal::{Device, DeviceError, PublicKey};
use zeroize::Zeroizing;

use library::{Library, NoRight, Session};

pub use token::{Token, TokenError, TokenFacts, TokenPlace};

/// A device that has not answered after so long is treated as one that is gone. Writing waits for its
/// signature, and so do all who write.
pub const ANSWER_MAX: Duration = Duration::from_secs(5);

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
    /// So long an answer is waited for: [`ANSWER_MAX`].
    pub answer_max: Duration,
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

/// A device. A thread of its own calls the library, one call after the other, so that a call that does not
/// come back holds up that thread and nobody else.
pub struct SdfDevice {
    place: Place,
    calls: Mutex<Calls>,
    /// The number of the last call that came back.
    back: Arc<AtomicU64>,
    /// The number of the last call that was given up.
    given_up: AtomicU64,
}

/// The way to the thread of the library.
struct Calls {
    to: Sender<Work>,
    /// The number of the last call.
    last: u64,
}

type Work = Box<dyn FnOnce(&mut Bench) + Send>;

/// What the thread of the library has before it.
struct Bench {
    place: Place,
    library: Arc<Library>,
    session: Option<Session>,
    /// The PIN was refused. It is not tried again: the device would lock itself.
    denied: Option<DeviceError>,
}

impl Bench {
    /// Does this in a session. One that fails is thrown away with what it had open.
    fn with<T>(
        &mut self,
        work: impl FnOnce(&Session) -> Result<T, DeviceError>,
    ) -> Result<T, DeviceError> {
        let session = match self.session.take() {
            Some(session) => session,
            None => self.open()?,
        };
        let done = work(&session)?;
        self.session = Some(session);
        Ok(done)
    }

    fn open(&mut self) -> Result<Session, DeviceError> {
        if let Some(denied) = &self.denied {
            let words =
                format!("{denied}。为免设备锁死，本程序不再用这个 PIN 试，改正以后请重新启动");
            return Err(DeviceError(words));
        }
        let session = Session::open(&self.library)?;
        match session.get_right(self.place.signing_key, self.place.pin.as_bytes()) {
            Ok(()) => Ok(session),
            Err(NoRight::Failed(error)) => Err(error),
            Err(NoRight::Denied(error)) => {
                self.denied = Some(error.clone());
                Err(error)
            }
        }
    }
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
        let (to, work) = mpsc::channel::<Work>();
        let mut bench = Bench { place: place.clone(), library, session: None, denied: None };
        std::thread::Builder::new()
            .name("sdf".into())
            .spawn(move || work.into_iter().for_each(|work| work(&mut bench)))
            .map_err(|error| DeviceError(format!("密码设备的线程启动不了\n技术原因：{error}")))?;
        let device = Self {
            place,
            calls: Mutex::new(Calls { to, last: 0 }),
            back: Arc::default(),
            given_up: AtomicU64::new(0),
        };
        device.with(|_| Ok(()))?;
        Ok(device)
    }

    /// Does this in a session, and waits so long as `answer_max` says. While a call that was given up has
    /// not come back, no other is made.
    fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Session) -> Result<T, DeviceError> + Send + 'static,
    ) -> Result<T, DeviceError> {
        if self.given_up.load(Ordering::SeqCst) > self.back.load(Ordering::SeqCst) {
            return Err(DeviceError("密码设备的上一次调用还没有返回，请检查设备".into()));
        }
        let (answer, answered) = mpsc::sync_channel(1);
        let number = {
            let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
            calls.last += 1;
            let (number, back) = (calls.last, self.back.clone());
            let work: Work = Box::new(move |bench| {
                let done = bench.with(work);
                back.store(number, Ordering::SeqCst);
                // Who has given up hears it no more.
                let _ = answer.send(done);
            });
            calls.to.send(work).map_err(|_| DeviceError("密码设备的线程已经停止".into()))?;
            number
        };
        answered.recv_timeout(self.place.answer_max).unwrap_or_else(|why| {
            if why == RecvTimeoutError::Disconnected {
                return Err(DeviceError("密码设备的调用中断了".into()));
            }
            self.given_up.fetch_max(number, Ordering::SeqCst);
            let seconds = self.place.answer_max.as_secs_f32();
            Err(DeviceError(format!("密码设备 {seconds} 秒没有回应，请检查设备")))
        })
    }
}

/// Cut into the pieces of a wrapped master key: the length of the wrapped session key, that key, the
/// initial vector, the master key under the session key (SM4-CBC: two blocks, nothing to fill up).
const IV: usize = 16;
const MASTER: usize = 32;

impl Device for SdfDevice {
    fn public(&self) -> Result<PublicKey, DeviceError> {
        let key = self.place.signing_key;
        let point = self.with(move |session| session.public_key(key))?;
        PublicKey::from_bytes(&point)
            .map_err(|_| DeviceError("设备给出的签名公钥不是 SM2 曲线上的点".into()))
    }

    fn sign(&self, digest: &[u8; 32]) -> Result<[u8; 64], DeviceError> {
        let (key, digest) = (self.place.signing_key, *digest);
        self.with(move |session| session.sign(key, &digest))
    }

    fn wrap(&self, master: &[u8; 32]) -> Result<Vec<u8>, DeviceError> {
        let (kek, master) = (self.place.wrapping_key, Zeroizing::new(*master));
        self.with(move |session| {
            let (key, under) = session.new_key(kek)?;
            let iv = session.random::<IV>()?;
            let sealed = session.encrypt(&key, &iv, &master)?;
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
        let sealed = *<&[u8; MASTER]>::try_from(sealed).map_err(|_| broken())?;
        let (kek, under, iv) = (self.place.wrapping_key, under.to_vec(), *iv);
        self.with(move |session| {
            let key = session.import_key(kek, &under)?;
            session.decrypt(&key, &iv, &sealed)
        })
    }
}
