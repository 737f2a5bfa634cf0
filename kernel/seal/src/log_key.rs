//! The key that signs for the log: in this process's memory, or in a cryptographic device.

use std::fmt;
use std::sync::Arc;

use zeroize::Zeroizing;

use crate::error::SealError;
use crate::sign::{PublicKey, SigningKey};

/// Why a device did not do what it was asked. The words are for the operator.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct DeviceError(pub String);

/// A cryptographic device: it keeps an SM2 key that never leaves it, and a key that wraps others.
/// Whoever has it to hand implements this; it may be gone at one call and back at the next.
pub trait Device: Send + Sync + fmt::Debug {
    /// The public half of the key that signs.
    fn public(&self) -> Result<PublicKey, DeviceError>;
    /// Signs a digest (e of GB/T 32918.2): r‖s.
    fn sign(&self, digest: &[u8; 32]) -> Result<[u8; 64], DeviceError>;
    /// Wraps a master key, for storage outside of the device.
    fn wrap(&self, master: &[u8; 32]) -> Result<Vec<u8>, DeviceError>;
    /// Unwraps what [`Device::wrap`] gave.
    fn unwrap(&self, wrapped: &[u8]) -> Result<Zeroizing<[u8; 32]>, DeviceError>;
}

/// The key that signs for the log.
#[derive(Clone)]
pub enum LogKey {
    /// In memory.
    Here(SigningKey),
    /// In a device.
    Device {
        /// Which.
        device: Arc<dyn Device>,
        /// The public half, as it was when the keys were opened.
        public: PublicKey,
    },
}

impl LogKey {
    /// The public half.
    pub fn public(&self) -> PublicKey {
        match self {
            LogKey::Here(key) => key.public(),
            LogKey::Device { public, .. } => public.clone(),
        }
    }

    /// Signs: r‖s, 64 bytes. A device may be gone or refuse; nothing else signs in its place. What it
    /// gives is verified before it is given on, so that a broken device spoils no log.
    pub fn sign(&self, message: &[u8]) -> Result<[u8; 64], SealError> {
        match self {
            LogKey::Here(key) => Ok(key.sign(message)),
            LogKey::Device { device, public } => {
                let signature = device.sign(&public.digest(message))?;
                if public.verify(message, &signature) {
                    return Ok(signature);
                }
                Err(DeviceError("密码设备给出的签名验证不通过".into()).into())
            }
        }
    }
}

impl fmt::Debug for LogKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LogKey(of {:?})", self.public())
    }
}
