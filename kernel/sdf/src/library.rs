//! The room of foreign code: the calls of GM/T 0018, their structures, and handles that close what they
//! opened. Everything that leaves this room is plain bytes or an error in words.
//!
//! What must hold for it to be sound, and is taken on trust because no program can check it: the file is
//! a library that follows GM/T 0018 on this machine's calling convention (`extern "C"`), it writes no
//! more into a buffer than the standard says, and a handle it gave is good until it is closed. What can
//! be checked is: null handles, lengths that come back, which calls the library has.
#![allow(unsafe_code, reason = "the vendor's library speaks C; see above")]

use std::ffi::{CStr, c_int, c_uchar, c_uint, c_void};
use std::path::Path;
use std::ptr;
use std::sync::Arc;

use seal::DeviceError;
use zeroize::Zeroizing;

type Handle = *mut c_void;

/// SGD_SM4_CBC.
const SGD_SM4_CBC: c_uint = 0x0000_0402;
/// From SDR_COMMFAIL to SDR_OPENSESSION: the device could not be spoken to. Every other code is an answer.
const SDR_COMMFAIL: c_int = 0x0100_0003;
const SDR_OPENSESSION: c_int = 0x0100_0006;
/// Coordinates have room for curves of 512 bits.
const ECC_MAX: usize = 64;
/// So long may a wrapped session key be: an SM4 block and what a vendor adds.
const WRAPPED_MAX: usize = 512;

/// ECCrefPublicKey of GM/T 0018.
#[repr(C)]
struct EccPublicKey {
    bits: c_uint,
    x: [c_uchar; ECC_MAX],
    y: [c_uchar; ECC_MAX],
}

/// ECCSignature of GM/T 0018.
#[repr(C)]
struct EccSignature {
    r: [c_uchar; ECC_MAX],
    s: [c_uchar; ECC_MAX],
}

/// The calls that are used, with the names and the order of the standard.
struct Calls {
    open_device: unsafe extern "C" fn(*mut Handle) -> c_int,
    close_device: unsafe extern "C" fn(Handle) -> c_int,
    open_session: unsafe extern "C" fn(Handle, *mut Handle) -> c_int,
    close_session: unsafe extern "C" fn(Handle) -> c_int,
    random: unsafe extern "C" fn(Handle, c_uint, *mut c_uchar) -> c_int,
    get_right: unsafe extern "C" fn(Handle, c_uint, *const c_uchar, c_uint) -> c_int,
    export_public: unsafe extern "C" fn(Handle, c_uint, *mut EccPublicKey) -> c_int,
    sign: unsafe extern "C" fn(Handle, c_uint, *const c_uchar, c_uint, *mut EccSignature) -> c_int,
    new_key: unsafe extern "C" fn(
        Handle,
        c_uint,
        c_uint,
        c_uint,
        *mut c_uchar,
        *mut c_uint,
        *mut Handle,
    ) -> c_int,
    import_key:
        unsafe extern "C" fn(Handle, c_uint, c_uint, *const c_uchar, c_uint, *mut Handle) -> c_int,
    destroy_key: unsafe extern "C" fn(Handle, Handle) -> c_int,
    encrypt: Cipher,
    decrypt: Cipher,
}

/// SDF_Encrypt and SDF_Decrypt: session, key, algorithm, initial vector (which is changed), data in,
/// data out with its length.
type Cipher = unsafe extern "C" fn(
    Handle,
    Handle,
    c_uint,
    *mut c_uchar,
    *const c_uchar,
    c_uint,
    *mut c_uchar,
    *mut c_uint,
) -> c_int;

/// A vendor's library, loaded.
pub(crate) struct Library {
    calls: Calls,
    /// Unloads the library when it goes: after the calls, which point into it.
    _loaded: libloading::Library,
}

/// A failed call in words: the standard's number, and what it means where that is known.
fn failed(call: &str, code: c_int) -> DeviceError {
    let code = u32::from_ne_bytes(code.to_ne_bytes());
    let why = match code {
        0x0100_0001 => "未知错误",
        0x0100_0002 => "设备不支持这个接口",
        0x0100_0003 => "与设备通信失败，请检查设备是否接好、是否通电",
        0x0100_0004 => "设备运算模块没有响应",
        0x0100_0005 => "打开设备失败，请检查设备是否接好、是否通电",
        0x0100_0006 => "创建会话失败",
        0x0100_0007 => "没有私钥使用权限，请核对 PIN",
        0x0100_0008 => "密钥不存在，请核对密钥索引",
        0x0100_0009 => "设备不支持这个算法",
        0x0100_000C => "私钥运算失败",
        0x0100_000D => "签名失败",
        0x0100_000F => "对称密码运算失败",
        _ => "请查设备手册",
    };
    DeviceError(format!("{call} 返回 0x{code:08x}：{why}"))
}

fn done(call: &str, code: c_int) -> Result<(), DeviceError> {
    if code == 0 { Ok(()) } else { Err(failed(call, code)) }
}

/// Looks a call up.
///
/// # Safety
///
/// `T` is the type of a pointer to the library's function of this name, and what is given is used only
/// while the library is loaded.
unsafe fn call<T: Copy>(loaded: &libloading::Library, name: &CStr) -> Result<T, DeviceError> {
    // SAFETY: the caller answers for the type.
    let symbol = unsafe { loaded.get::<T>(name.to_bytes_with_nul()) };
    let words = |error| format!("设备库里没有 {}\n技术原因：{error}", name.to_string_lossy());
    symbol.map(|symbol| *symbol).map_err(|error| DeviceError(words(error)))
}

impl Library {
    pub(crate) fn load(path: &Path) -> Result<Self, DeviceError> {
        let cannot = |error: libloading::Error| {
            DeviceError(format!("设备库 {} 加载不了\n技术原因：{error}", path.display()))
        };
        // SAFETY: loading runs the library's initialisers. The operator names the file, which is taken
        // on trust like the program itself.
        let loaded = unsafe { libloading::Library::new(path) }.map_err(cannot)?;
        // SAFETY: each field has the type of the standard's call with the name beside it; the pointers are
        // used no longer than `_loaded` lives, since both stand in one `Library`.
        let calls = unsafe {
            Calls {
                open_device: call(&loaded, c"SDF_OpenDevice")?,
                close_device: call(&loaded, c"SDF_CloseDevice")?,
                open_session: call(&loaded, c"SDF_OpenSession")?,
                close_session: call(&loaded, c"SDF_CloseSession")?,
                random: call(&loaded, c"SDF_GenerateRandom")?,
                get_right: call(&loaded, c"SDF_GetPrivateKeyAccessRight")?,
                export_public: call(&loaded, c"SDF_ExportSignPublicKey_ECC")?,
                sign: call(&loaded, c"SDF_InternalSign_ECC")?,
                new_key: call(&loaded, c"SDF_GenerateKeyWithKEK")?,
                import_key: call(&loaded, c"SDF_ImportKeyWithKEK")?,
                destroy_key: call(&loaded, c"SDF_DestroyKey")?,
                encrypt: call(&loaded, c"SDF_Encrypt")?,
                decrypt: call(&loaded, c"SDF_Decrypt")?,
            }
        };
        Ok(Self { calls, _loaded: loaded })
    }
}

/// Why there is no right to use a private key.
pub(crate) enum NoRight {
    /// The device said no: the PIN is not right, by whatever number, and a device locks itself after some of these.
    Denied(DeviceError),
    /// The device did not answer the question.
    Failed(DeviceError),
}

/// A session with the device, which it closes with the device when it goes.
pub(crate) struct Session {
    library: Arc<Library>,
    device: Handle,
    session: Handle,
}

// SAFETY: the standard's handles may be used from any thread, by one at a time; `SdfDevice` holds a
// session behind a lock.
unsafe impl Send for Session {}

impl Session {
    pub(crate) fn open(library: &Arc<Library>) -> Result<Self, DeviceError> {
        let (mut device, mut session) = (ptr::null_mut(), ptr::null_mut());
        // SAFETY: the call writes one handle to where the pointer shows.
        done("SDF_OpenDevice", unsafe { (library.calls.open_device)(&raw mut device) })?;
        if device.is_null() {
            return Err(failed("SDF_OpenDevice", 0x0100_0005));
        }
        // SAFETY: `device` was opened above; the call writes one handle.
        let opened = unsafe { (library.calls.open_session)(device, &raw mut session) };
        if opened != 0 || session.is_null() {
            // SAFETY: `device` was opened above and is used no more.
            unsafe { (library.calls.close_device)(device) };
            return Err(failed("SDF_OpenSession", if opened == 0 { 0x0100_0006 } else { opened }));
        }
        Ok(Self { library: library.clone(), device, session })
    }

    /// Gets the right to use a private key.
    pub(crate) fn get_right(&self, key: u32, pin: &[u8]) -> Result<(), NoRight> {
        // SAFETY: the session is open; the call reads `pin` up to its length.
        let code =
            unsafe { (self.library.calls.get_right)(self.session, key, pin.as_ptr(), length(pin)) };
        done("SDF_GetPrivateKeyAccessRight", code).map_err(|error| match code {
            SDR_COMMFAIL..=SDR_OPENSESSION => NoRight::Failed(error),
            _ => NoRight::Denied(error),
        })
    }

    pub(crate) fn random<const N: usize>(&self) -> Result<[u8; N], DeviceError> {
        let mut bytes = [0u8; N];
        // SAFETY: the session is open; the call writes as many bytes as it is told, which are there.
        let code = unsafe {
            (self.library.calls.random)(self.session, length(&bytes), bytes.as_mut_ptr())
        };
        done("SDF_GenerateRandom", code)?;
        Ok(bytes)
    }

    /// The public half of a signing key: 0x04, x, y.
    pub(crate) fn public_key(&self, key: u32) -> Result<[u8; 65], DeviceError> {
        let mut public = EccPublicKey { bits: 0, x: [0; ECC_MAX], y: [0; ECC_MAX] };
        // SAFETY: the session is open; the call writes one structure of the standard.
        let code =
            unsafe { (self.library.calls.export_public)(self.session, key, &raw mut public) };
        done("SDF_ExportSignPublicKey_ECC", code)?;
        let mut point = [4u8; 65];
        let halves = low(&public.x).iter().chain(low(&public.y));
        point.iter_mut().skip(1).zip(halves).for_each(|(to, from)| *to = *from);
        Ok(point)
    }

    /// Signs a digest: r‖s.
    pub(crate) fn sign(&self, key: u32, digest: &[u8; 32]) -> Result<[u8; 64], DeviceError> {
        let mut signed = EccSignature { r: [0; ECC_MAX], s: [0; ECC_MAX] };
        // SAFETY: the session is open; the call reads 32 bytes and writes one structure.
        let code = unsafe {
            let (data, size) = (digest.as_ptr(), length(digest));
            (self.library.calls.sign)(self.session, key, data, size, &raw mut signed)
        };
        done("SDF_InternalSign_ECC", code)?;
        let mut signature = [0u8; 64];
        let halves = low(&signed.r).iter().chain(low(&signed.s));
        signature.iter_mut().zip(halves).for_each(|(to, from)| *to = *from);
        Ok(signature)
    }

    /// A new SM4 key inside the device, and the same wrapped under its key `kek`.
    pub(crate) fn new_key(&self, kek: u32) -> Result<(SessionKey<'_>, Vec<u8>), DeviceError> {
        let mut wrapped = vec![0u8; WRAPPED_MAX];
        let (mut size, mut key) = (length(&wrapped), ptr::null_mut());
        // SAFETY: the session is open; there is room for more than any device wraps a key of 128 bits
        // into, and `size` says so; the call writes the length and one handle.
        let code = unsafe {
            let (out, size, key) = (wrapped.as_mut_ptr(), &raw mut size, &raw mut key);
            (self.library.calls.new_key)(self.session, 128, SGD_SM4_CBC, kek, out, size, key)
        };
        done("SDF_GenerateKeyWithKEK", code)?;
        let key = SessionKey::of(self, key, "SDF_GenerateKeyWithKEK")?;
        if size as usize > WRAPPED_MAX {
            return Err(failed("SDF_GenerateKeyWithKEK", 0x0100_0001));
        }
        wrapped.truncate(size as usize);
        Ok((key, wrapped))
    }

    /// The key that [`Session::new_key`] wrapped, inside the device.
    pub(crate) fn import_key(
        &self,
        kek: u32,
        wrapped: &[u8],
    ) -> Result<SessionKey<'_>, DeviceError> {
        let mut key = ptr::null_mut();
        // SAFETY: the session is open; the call reads `wrapped` up to its length, writes one handle.
        let code = unsafe {
            let (data, size, key) = (wrapped.as_ptr(), length(wrapped), &raw mut key);
            (self.library.calls.import_key)(self.session, SGD_SM4_CBC, kek, data, size, key)
        };
        done("SDF_ImportKeyWithKEK", code)?;
        SessionKey::of(self, key, "SDF_ImportKeyWithKEK")
    }

    /// SM4-CBC over two blocks.
    pub(crate) fn encrypt(
        &self,
        key: &SessionKey<'_>,
        iv: &[u8; 16],
        plain: &[u8; 32],
    ) -> Result<Vec<u8>, DeviceError> {
        let sealed = self.cipher("SDF_Encrypt", self.library.calls.encrypt, key, iv, plain)?;
        Ok(sealed.to_vec())
    }

    /// What [`Session::encrypt`] made.
    pub(crate) fn decrypt(
        &self,
        key: &SessionKey<'_>,
        iv: &[u8; 16],
        sealed: &[u8; 32],
    ) -> Result<Zeroizing<[u8; 32]>, DeviceError> {
        self.cipher("SDF_Decrypt", self.library.calls.decrypt, key, iv, sealed)
    }

    fn cipher(
        &self,
        name: &str,
        call: Cipher,
        key: &SessionKey<'_>,
        iv: &[u8; 16],
        data: &[u8; 32],
    ) -> Result<Zeroizing<[u8; 32]>, DeviceError> {
        let (mut iv, mut out) = (*iv, Zeroizing::new([0u8; 64]));
        let mut size = length(out.as_slice());
        // SAFETY: session and key are open; the call reads 32 bytes, changes the 16 of `iv`, and writes
        // as many as it reads into twice that room, whose length `size` says.
        let code = unsafe {
            let (iv, data_at, data_size) = (iv.as_mut_ptr(), data.as_ptr(), length(data));
            let (out, size) = (out.as_mut_ptr(), &raw mut size);
            call(self.session, key.key, SGD_SM4_CBC, iv, data_at, data_size, out, size)
        };
        done(name, code)?;
        match out.first_chunk::<32>() {
            Some(whole) if size == 32 => Ok(Zeroizing::new(*whole)),
            _ => Err(failed(name, 0x0100_0001)),
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // SAFETY: both were opened by `open` and are used no more.
        unsafe {
            (self.library.calls.close_session)(self.session);
            (self.library.calls.close_device)(self.device);
        }
    }
}

/// A key inside the device, destroyed there when this goes.
pub(crate) struct SessionKey<'s> {
    session: &'s Session,
    key: Handle,
}

impl<'s> SessionKey<'s> {
    fn of(session: &'s Session, key: Handle, call: &str) -> Result<Self, DeviceError> {
        if key.is_null() {
            return Err(failed(call, 0x0100_0008));
        }
        Ok(Self { session, key })
    }
}

impl Drop for SessionKey<'_> {
    fn drop(&mut self) {
        let Session { library, session, .. } = self.session;
        // SAFETY: the key belongs to the session, which is still open, and is used no more.
        unsafe { (library.calls.destroy_key)(*session, self.key) };
    }
}

/// The last 32 bytes: the standard writes numbers to the right.
fn low(number: &[u8; ECC_MAX]) -> &[u8; 32] {
    number.last_chunk::<32>().unwrap_or(&[0; 32])
}

/// A length as the standard counts it. Nothing here is longer than a wrapped key in its file.
fn length(bytes: &[u8]) -> c_uint {
    c_uint::try_from(bytes.len()).unwrap_or_default()
}
