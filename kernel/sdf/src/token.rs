//! An official's token (UKey) behind its maker's library, as GM/T 0016 names the calls (SKF): the agent on the
//! official's own machine signs with the key in it.
//!
//! `token/library.rs` is the room of foreign code; here is what is asked of it. The token is opened for each thing that
//! is asked of it and let go at once, so that other programs may use it between, and a token that was pulled out and
//! plugged in again is found the next time.

mod library;

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, TryLockError};

use seal::PublicKey;

use library::{Application, Container, Device, Library};

/// Where a token is. What is not named is found: where there is one of a kind, or one that signs SM2, it is that.
#[derive(Clone, Debug)]
pub struct TokenPlace {
    /// The maker's library.
    pub library: PathBuf,
    /// The token, where several are plugged in.
    pub device: Option<String>,
    /// The application in it.
    pub application: Option<String>,
    /// The container of the key.
    pub container: Option<String>,
}

/// Why a token did not do what it was asked. The words are for who holds it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// The PIN is not right.
    #[error("令牌的 PIN 不对，还可以试 {left} 次，再不对令牌就会锁死")]
    WrongPin {
        /// How often it may be tried before the token locks itself.
        left: u32,
    },
    /// The PIN was wrong too often.
    #[error("令牌的 PIN 已经锁死，请带令牌到发证机构解锁")]
    Locked,
    /// The token is not there.
    #[error("没有找到令牌，请插好令牌再试")]
    Gone,
    /// Another program has the token to itself, or the call before has not come back.
    #[error("令牌正被别的程序占用，请等它用完再试")]
    Busy,
    /// There are several, or none that fits.
    #[error("{0}")]
    Unclear(String),
    /// What the library says, or that it cannot be loaded.
    #[error("{0}")]
    Failed(String),
}

/// A call of the standard that failed, with its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Failed {
    call: &'static str,
    code: u32,
}

/// What a number of the standard means, where it is known (GM/T 0016-2012, annex A).
fn meaning(code: u32) -> &'static str {
    match code {
        0x0A00_0001 => "操作失败",
        0x0A00_0002 => "未知错误",
        0x0A00_0003 => "令牌不支持这个接口",
        0x0A00_0004 => "文件操作错误",
        0x0A00_0005 => "句柄无效，令牌可能重新插过，请再试一次",
        0x0A00_0006 => "参数无效",
        0x0A00_0007 | 0x0A00_0008 => "令牌里的文件读写错误",
        0x0A00_0009 => "名称的长度不对，请核对令牌、应用、容器的名称",
        0x0A00_000A => "密钥不是用来签名的",
        0x0A00_000B => "模的长度不对",
        0x0A00_000C => "令牌没有初始化，请到发证机构办理",
        0x0A00_000D => "对象错误",
        0x0A00_000E => "内存错误",
        0x0A00_000F => "令牌没有及时回应",
        0x0A00_0010 | 0x0A00_0011 => "令牌不接受要签名的数据",
        0x0A00_0012 => "令牌产生随机数出错",
        0x0A00_0013 | 0x0A00_0014 => "令牌的杂凑运算出错",
        0x0A00_001B => "容器里没有签名密钥",
        0x0A00_001C => "容器里没有证书",
        0x0A00_001D => "这一项不能导出",
        0x0A00_0020 => "令牌给出的内容太长",
        0x0A00_0026 => "PIN 无效",
        0x0A00_0027 => "PIN 的长度不对",
        0x0A00_0029 => "用户的 PIN 没有初始化，请到发证机构办理",
        0x0A00_002A => "PIN 的类型不对",
        0x0A00_002B => "应用的名称不对",
        0x0A00_002D => "没有登录，令牌不签名",
        0x0A00_002E => "令牌里没有这个应用，请核对 --application",
        0x0A00_0030 => "令牌的空间不足",
        0x0A00_0031 => "令牌里没有这个文件",
        0x0A00_0032 => "容器太多",
        0x0A00_0034 | 0x0A00_0035 => "令牌里没有这个容器，请核对 --container",
        _ => "请查令牌的手册",
    }
}

impl From<Failed> for TokenError {
    fn from(Failed { call, code }: Failed) -> Self {
        match code {
            0x0A00_000F if call == "SKF_LockDev" => Self::Busy,
            0x0A00_0023 => Self::Gone,
            0x0A00_0025 => Self::Locked,
            _ => Self::Failed(format!("{call} 返回 0x{code:08x}：{}", meaning(code))),
        }
    }
}

/// A token. What is asked of it is asked by one at a time.
pub struct Token {
    place: TokenPlace,
    library: Mutex<Arc<Library>>,
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token({:?})", self.place)
    }
}

/// What a token tells without its PIN.
#[derive(Clone, Debug)]
pub struct TokenFacts {
    /// Its name.
    pub device: String,
    /// The application in it.
    pub application: String,
    /// The container of the key.
    pub container: String,
    /// The key that signs.
    pub public: PublicKey,
    /// Its certificate (DER), if one was written into the token.
    pub certificate: Option<Vec<u8>>,
}

impl Token {
    /// Loads the library; the token itself need not be there yet. The library runs inside this process: whoever
    /// may write its file may do what the program may.
    pub fn load(place: TokenPlace) -> Result<Self, TokenError> {
        let library = Arc::new(Library::load(&place.library).map_err(TokenError::Failed)?);
        Ok(Self { place, library: Mutex::new(library) })
    }

    fn library(&self) -> Result<MutexGuard<'_, Arc<Library>>, TokenError> {
        match self.library.try_lock() {
            Ok(library) => Ok(library),
            Err(TryLockError::Poisoned(broken)) => Ok(broken.into_inner()),
            // A call that does not come back holds up nobody else.
            Err(TryLockError::WouldBlock) => Err(TokenError::Busy),
        }
    }

    /// What it tells without its PIN.
    pub fn facts(&self) -> Result<TokenFacts, TokenError> {
        self.with(None, |found, container| {
            let certificate = match container.certificate() {
                Ok(der) => Some(der).filter(|der| !der.is_empty()),
                // SAR_CERTNOTFOUNTERR, and what is said where a container has never had one.
                Err(Failed { code: 0x0A00_001C | 0x0A00_0001 | 0x0A00_0031, .. }) => None,
                Err(failed) => return Err(failed.into()),
            };
            Ok(TokenFacts { certificate, ..found })
        })
    }

    /// Shows the token its PIN and does nothing else.
    pub fn verify(&self, pin: &str) -> Result<(), TokenError> {
        self.with(Some(pin), |_, _| Ok(()))
    }

    /// Signs a message with SM2 (GB/T 32918.2, the default identity of GM/T 0009): r‖s. What the token gives is
    /// verified with its public key before it is given on.
    pub fn sign(&self, pin: &str, message: &[u8]) -> Result<[u8; 64], TokenError> {
        self.with(Some(pin), |found, container| {
            let signature = container.sign(&found.public.digest(message))?;
            if found.public.verify(message, &signature) {
                return Ok(signature);
            }
            Err(TokenError::Failed("令牌给出的签名验证不通过".into()))
        })
    }

    /// Opens the token as far as its container, does this, and lets go of it.
    fn with<T>(
        &self,
        pin: Option<&str>,
        work: impl FnOnce(TokenFacts, &Container<'_>) -> Result<T, TokenError>,
    ) -> Result<T, TokenError> {
        let library = self.library()?;
        let names = library.devices()?;
        let name = match (&self.place.device, names.as_slice()) {
            (_, []) => return Err(TokenError::Gone),
            (Some(wanted), _) if names.contains(wanted) => wanted.clone(),
            (Some(wanted), _) => {
                let words = format!("没有插着名为 {wanted} 的令牌，插着的是：{}", names.join("、"));
                return Err(TokenError::Unclear(words));
            }
            (None, _) => one_of("令牌", "--device", names)?,
        };
        let device = Device::connect(&library, &name)?;
        let application = match &self.place.application {
            Some(name) => name.clone(),
            None => one_of("应用", "--application", device.applications()?)?,
        };
        let mut opened = device.application(&application)?;
        // Which key it is is looked at before the PIN is shown: a wrong name costs no try.
        let (name_of_container, public) = self.key(&opened)?;
        if let Some(pin) = pin {
            if pin.contains('\0') {
                return Err(TokenError::Failed("PIN 里有不能用的字符".into()));
            }
            opened.verify(pin).map_err(|(failed, left)| match failed.code {
                0x0A00_0024 if left > 0 => TokenError::WrongPin { left },
                0x0A00_0024 => TokenError::Locked,
                _ => failed.into(),
            })?;
        }
        let container = opened.container(&name_of_container)?;
        let found = TokenFacts {
            device: name,
            application,
            container: name_of_container,
            public,
            certificate: None,
        };
        work(found, &container)
    }

    /// The container that is named, or the one with an SM2 key.
    fn key(&self, opened: &Application<'_>) -> Result<(String, PublicKey), TokenError> {
        let unfit = || TokenError::Failed("令牌给出的公钥不是 SM2 曲线上的点".into());
        let public = |name: &str| -> Result<Option<PublicKey>, Failed> {
            let point = opened.container(name)?.public()?;
            Ok(point.and_then(|point| PublicKey::from_bytes(&point).ok()))
        };
        if let Some(name) = &self.place.container {
            return Ok((name.clone(), public(name)?.ok_or_else(unfit)?));
        }
        let mut found = Vec::new();
        for name in opened.containers()? {
            // A container without a key, or with one of another kind, is none of those that are looked for.
            if let Ok(Some(key)) = public(&name) {
                found.push((name, key));
            }
        }
        let names = found.iter().map(|(name, _)| name.clone()).collect();
        let name = one_of("SM2 密钥的容器", "--container", names)?;
        found.into_iter().find(|(known, _)| *known == name).ok_or_else(unfit)
    }
}

/// The only one; where there are several, which is meant must be said.
fn one_of(what: &str, option: &str, mut names: Vec<String>) -> Result<String, TokenError> {
    match names.len() {
        0 => Err(TokenError::Unclear(format!("令牌里没有{what}，请核对令牌，或者到发证机构办理"))),
        1 => Ok(names.remove(0)),
        _ => {
            let words = format!("有几个{what}，请用 {option} 写明是哪一个：{}", names.join("、"));
            Err(TokenError::Unclear(words))
        }
    }
}
