//! What can go wrong with seals and with the folder of keys.

use std::io;
use std::path::PathBuf;

use base::{Fault, Stop};

use crate::log_key::DeviceError;
use crate::merkle::TileError;

/// Why something sealed or signed could not be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// The bytes, the context or the key is another one; which of them cannot be told.
    #[error("the sealed bytes do not open with this key in this context")]
    Broken,
    /// Sealed under a key that this installation does not hold.
    #[error("sealed under key {0}, which this installation does not hold")]
    UnknownKey(String),
    /// Not the shape of sealed bytes at all.
    #[error("these are not sealed bytes: {0}")]
    Shape(&'static str),
    /// The device that signs or wraps did not.
    #[error("密码设备：{0}")]
    Device(#[from] DeviceError),
    /// A key in PEM or hexadecimal that is none.
    #[error("not an SM2 key: {0}")]
    Key(&'static str),
    /// A key file under another passphrase, or one that was damaged.
    #[error("口令不对，或者文件已损坏")]
    Passphrase,
    /// A good key, which lies on another curve.
    #[error("密钥不在 SM2 曲线上（GB/T 32918.5），不能使用")]
    OtherCurve,
    /// The value inside is not of the type that was asked for, or cannot be written as JSON.
    #[error("the sealed value is not of its type")]
    Json(#[from] serde_json::Error),
}

/// Why the folder of keys could not be made or opened. The words are for the operator.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeysError {
    /// There are no keys in this folder yet.
    #[error("目录 {0} 里没有密钥")]
    Missing(PathBuf),
    /// There are keys already, and keys are never overwritten.
    #[error("{0} 已经存在，密钥不会被覆盖")]
    AlreadyThere(PathBuf),
    /// Some files are there and some are not.
    #[error("密钥目录不完整，缺少 {0}。请从备份恢复；如果从未投入使用，请清空该目录后重新生成")]
    HalfMade(PathBuf),
    /// Others than the owner may read or change it.
    #[error("{path} 的权限是 {mode:04o}，其他用户可以访问。请执行 chmod {wanted:o} {path}", path = .path.display())]
    TooOpen {
        /// Which file or folder.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
        /// What they should be.
        wanted: u32,
    },
    /// The content is not what this program writes, or was sealed under another master key.
    #[error("{path} 的内容不正确：{why}", path = .path.display())]
    Content {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        why: &'static str,
    },
    /// Held by somebody else than the configuration says.
    #[error("{dir} 里的密钥由 {found} 保管，配置里写的是 {wanted}。请在 cityhall.toml 的 [keys] 里写 holder = \"{found}\"", dir = .dir.display())]
    OtherHolder {
        /// The folder.
        dir: PathBuf,
        /// Who holds them.
        found: &'static str,
        /// Who was said to.
        wanted: &'static str,
    },
    /// The device did not do what it was asked.
    #[error("密码设备：{0}")]
    Device(DeviceError),
    /// Another device, or another key in it.
    #[error("密码设备里的签名密钥不是这座城市登记簿的那一把。请接上原来的设备，并核对 key_index")]
    OtherDevice,
    /// A key that was told to this process does not open with its master key.
    #[error("收到的数据密钥打不开或不完整：{0}。各个进程的主密钥必须是同一把")]
    Told(&'static str),
    /// The disk said no.
    #[error("无法读写 {path}", path = .path.display())]
    Disk {
        /// Which file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Sealed data that do not open are ours to mend, never the caller's.
impl From<SealError> for Stop {
    fn from(error: SealError) -> Self {
        Fault::while_doing("using sealed data", error).into()
    }
}

/// So are tiles that do not hold what the log says.
impl From<TileError> for Stop {
    fn from(error: TileError) -> Self {
        Fault::while_doing("reading the log's tiles", error).into()
    }
}
