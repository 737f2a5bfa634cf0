//! The room of foreign code for tokens: the calls of GM/T 0016, and handles that close what they opened. Everything
//! that leaves this room is plain bytes or a number of the standard.
//!
//! What must hold for it to be sound, and is taken on trust because no program can check it: the file is a library that
//! follows GM/T 0016 on this machine's calling convention (`extern "C"`), it writes no more into a buffer than the
//! length beside it says, and a handle it gave is good until it is closed. What can be checked is: null handles, lengths
//! that come back, which calls the library has.
//!
//! **How wide ULONG is.** GM/T 0016-2012 6.2 has it as 32 bits (`typedef UINT32 ULONG`), and so have GmSSL's `skf.h` and
//! most makers for Linux. Some makers' headers kept `unsigned long`, which on 64-bit Linux is 64 bits (GmSSL has
//! `SGD_NATIVE_LONG` for them), and nothing in a library tells which. So what is called here works with both: where the
//! library writes a ULONG there are 8 bytes that were zero, of which the low ones hold it either way on a little-endian
//! machine; where it takes one, a whole register goes over, of which it reads what it wants; where it returns one, the
//! low half is looked at; and the one structure with a ULONG in it (ECCPUBLICKEYBLOB) comes back with its length, from
//! which follows where the point begins. A machine of the other byte order is refused.
#![allow(unsafe_code, reason = "the maker's library speaks C; see above")]

use std::error::Error;
use std::ffi::{CStr, CString, c_char, c_int, c_uchar, c_void};
use std::path::Path;
use std::ptr;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::Failed;

type Handle = *mut c_void;
/// Room for a ULONG of either width; see above.
type Ulong = u64;
/// What a call returns: the low half of a ULONG.
type Code = u32;

/// Coordinates have room for curves of 512 bits.
const ECC_MAX: usize = 64;
/// Lists of names and certificates are shorter; makers allow certificates of 4 or 16 KiB.
const ANSWER_BYTES_MAX: usize = 16 * 1024;
/// TRUE of the standard: the key that signs, the tokens that are plugged in.
const TRUE: c_int = 1;
/// USER_TYPE: the PIN of who holds the token, not of who administers it.
const USER_PIN: Ulong = 1;
/// So long another program is waited for that has the token to itself.
const LOCK_MILLISECONDS: Ulong = 5_000;
/// SAR_NOTSUPPORTYETERR.
const NOT_SUPPORTED: Code = 0x0A00_0003;
/// SAR_INVALIDHANDLEERR: said here where a call went well and gave no handle.
const INVALID_HANDLE: Code = 0x0A00_0005;

/// ECCSIGNATUREBLOB of GM/T 0016.
#[repr(C)]
struct EccSignature {
    r: [c_uchar; ECC_MAX],
    s: [c_uchar; ECC_MAX],
}

/// Lists names of what stands in a handle.
type Enumerate = unsafe extern "C" fn(Handle, *mut c_char, *mut Ulong) -> Code;
/// Opens what has this name in a handle.
type Open = unsafe extern "C" fn(Handle, *const c_char, *mut Handle) -> Code;
/// Exports something of a container, for signing or not.
type Export = unsafe extern "C" fn(Handle, c_int, *mut c_uchar, *mut Ulong) -> Code;
/// Takes a handle and nothing else.
type Plain = unsafe extern "C" fn(Handle) -> Code;

/// The calls that are used, with the names and the order of the standard.
struct Calls {
    enum_dev: unsafe extern "C" fn(c_int, *mut c_char, *mut Ulong) -> Code,
    connect: unsafe extern "C" fn(*const c_char, *mut Handle) -> Code,
    disconnect: Plain,
    lock: unsafe extern "C" fn(Handle, Ulong) -> Code,
    unlock: Plain,
    enum_application: Enumerate,
    open_application: Open,
    close_application: Plain,
    clear_secure_state: Plain,
    verify_pin: unsafe extern "C" fn(Handle, Ulong, *const c_char, *mut Ulong) -> Code,
    enum_container: Enumerate,
    open_container: Open,
    close_container: Plain,
    export_public: Export,
    export_certificate: Export,
    sign: unsafe extern "C" fn(Handle, *const c_uchar, Ulong, *mut EccSignature) -> Code,
}

/// A maker's library, loaded.
pub(super) struct Library {
    calls: Calls,
    /// Unloads the library when it goes: after the calls, which point into it.
    _loaded: libloading::Library,
}

fn done(call: &'static str, code: Code) -> Result<(), Failed> {
    if code == 0 { Ok(()) } else { Err(Failed { call, code }) }
}

/// Looks a call up.
///
/// # Safety
///
/// `T` is the type of a pointer to the library's function of this name, and what is given is used only
/// while the library is loaded.
unsafe fn call<T: Copy>(loaded: &libloading::Library, name: &CStr) -> Result<T, String> {
    // SAFETY: the caller answers for the type.
    let symbol = unsafe { loaded.get::<T>(name.to_bytes_with_nul()) };
    let words = |error| format!("令牌的库里没有 {}\n技术原因：{error}", name.to_string_lossy());
    symbol.map(|symbol| *symbol).map_err(words)
}

impl Library {
    pub(super) fn load(path: &Path) -> Result<Self, String> {
        if cfg!(target_endian = "big") {
            return Err("这台机器的字节序不能用令牌的库".into());
        }
        let cannot = |error: libloading::Error| {
            // What the system says stands beneath what the crate says.
            let why = error.source().map_or(error.to_string(), ToString::to_string);
            format!("令牌的库 {} 加载不了\n技术原因：{why}", path.display())
        };
        // SAFETY: loading runs the library's initialisers. Who runs the program names the file, which is
        // taken on trust like the program itself.
        let loaded = unsafe { libloading::Library::new(path) }.map_err(cannot)?;
        // SAFETY: each field has the type of the standard's call with the name beside it, as wide as said
        // above; the pointers are used no longer than `_loaded` lives, since both stand in one `Library`.
        let calls = unsafe {
            Calls {
                enum_dev: call(&loaded, c"SKF_EnumDev")?,
                connect: call(&loaded, c"SKF_ConnectDev")?,
                disconnect: call(&loaded, c"SKF_DisConnectDev")?,
                lock: call(&loaded, c"SKF_LockDev")?,
                unlock: call(&loaded, c"SKF_UnlockDev")?,
                enum_application: call(&loaded, c"SKF_EnumApplication")?,
                open_application: call(&loaded, c"SKF_OpenApplication")?,
                close_application: call(&loaded, c"SKF_CloseApplication")?,
                clear_secure_state: call(&loaded, c"SKF_ClearSecureState")?,
                verify_pin: call(&loaded, c"SKF_VerifyPIN")?,
                enum_container: call(&loaded, c"SKF_EnumContainer")?,
                open_container: call(&loaded, c"SKF_OpenContainer")?,
                close_container: call(&loaded, c"SKF_CloseContainer")?,
                export_public: call(&loaded, c"SKF_ExportPublicKey")?,
                export_certificate: call(&loaded, c"SKF_ExportCertificate")?,
                sign: call(&loaded, c"SKF_ECCSignData")?,
            }
        };
        Ok(Self { calls, _loaded: loaded })
    }

    /// The names of the tokens that are plugged in.
    pub(super) fn devices(&self) -> Result<Vec<String>, Failed> {
        named("SKF_EnumDev", |names, size| {
            // SAFETY: the call writes at most as many bytes as `size` says, and how many it wrote.
            unsafe { (self.calls.enum_dev)(TRUE, names, size) }
        })
    }
}

/// The names that an enumerating call writes: one after another, each ended by a zero, the list by another.
fn named(
    call: &'static str,
    ask: impl FnOnce(*mut c_char, *mut Ulong) -> Code,
) -> Result<Vec<String>, Failed> {
    let bytes = answered(call, |out, size| ask(out.cast(), size))?;
    let names = bytes.split(|byte| *byte == 0).take_while(|name| !name.is_empty());
    Ok(names.map(|name| String::from_utf8_lossy(name).into_owned()).collect())
}

/// What a call writes into a buffer whose length goes to and fro.
fn answered(
    call: &'static str,
    ask: impl FnOnce(*mut c_uchar, *mut Ulong) -> Code,
) -> Result<Vec<u8>, Failed> {
    let mut bytes = vec![0u8; ANSWER_BYTES_MAX];
    let mut size = ANSWER_BYTES_MAX as Ulong;
    done(call, ask(bytes.as_mut_ptr(), &raw mut size))?;
    bytes.truncate(usize::try_from(size).unwrap_or(ANSWER_BYTES_MAX));
    Ok(bytes)
}

/// A handle as a call gave it, or the failure.
fn opened(call: &'static str, code: Code, handle: Handle) -> Result<Handle, Failed> {
    done(call, code)?;
    if handle.is_null() {
        return Err(Failed { call, code: INVALID_HANDLE });
    }
    Ok(handle)
}

fn name_of(name: &str, call: &'static str) -> Result<CString, Failed> {
    CString::new(name).map_err(|_| Failed { call, code: 0x0A00_0009 })
}

/// A token that is connected and, where it can be, this program's alone; let go when this goes.
pub(super) struct Device {
    library: Arc<Library>,
    handle: Handle,
    locked: bool,
}

impl Device {
    pub(super) fn connect(library: &Arc<Library>, name: &str) -> Result<Self, Failed> {
        let (call, name) = ("SKF_ConnectDev", name_of(name, "SKF_ConnectDev")?);
        let mut handle = ptr::null_mut();
        // SAFETY: the call reads a text that ends with a zero and writes one handle.
        let code = unsafe { (library.calls.connect)(name.as_ptr(), &raw mut handle) };
        let handle = opened(call, code, handle)?;
        let mut device = Self { library: library.clone(), handle, locked: false };
        // SAFETY: the device is connected.
        match unsafe { (library.calls.lock)(handle, LOCK_MILLISECONDS) } {
            0 => device.locked = true,
            // It is shared then, as others share it.
            NOT_SUPPORTED => {}
            code => return Err(Failed { call: "SKF_LockDev", code }),
        }
        Ok(device)
    }

    pub(super) fn applications(&self) -> Result<Vec<String>, Failed> {
        named("SKF_EnumApplication", |names, size| {
            // SAFETY: the device is connected; the call writes no more than `size` says.
            unsafe { (self.library.calls.enum_application)(self.handle, names, size) }
        })
    }

    pub(super) fn application(&self, name: &str) -> Result<Application<'_>, Failed> {
        let (call, name) = ("SKF_OpenApplication", name_of(name, "SKF_OpenApplication")?);
        let mut handle = ptr::null_mut();
        // SAFETY: the device is connected; the call reads a text and writes one handle.
        let code = unsafe {
            (self.library.calls.open_application)(self.handle, name.as_ptr(), &raw mut handle)
        };
        Ok(Application { device: self, handle: opened(call, code, handle)?, verified: false })
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        // SAFETY: the device was connected by `connect`, locked or not, and is used no more.
        unsafe {
            if self.locked {
                (self.library.calls.unlock)(self.handle);
            }
            (self.library.calls.disconnect)(self.handle);
        }
    }
}

/// An application of a token. Closed when it goes; a PIN that was verified counts no more then.
pub(super) struct Application<'d> {
    device: &'d Device,
    handle: Handle,
    verified: bool,
}

impl Application<'_> {
    /// Shows the PIN. Where the token refuses it, how many tries it says are left.
    pub(super) fn verify(&mut self, pin: &str) -> Result<(), (Failed, u32)> {
        let mut text = Zeroizing::new(Vec::with_capacity(pin.len() + 1));
        text.extend_from_slice(pin.as_bytes());
        text.push(0);
        let mut left: Ulong = 0;
        // SAFETY: the application is open; the call reads a text that ends with a zero, and writes one number.
        let code = unsafe {
            let pin = text.as_ptr().cast();
            (self.device.library.calls.verify_pin)(self.handle, USER_PIN, pin, &raw mut left)
        };
        self.verified = code == 0;
        done("SKF_VerifyPIN", code).map_err(|failed| (failed, left as u32))
    }

    pub(super) fn containers(&self) -> Result<Vec<String>, Failed> {
        named("SKF_EnumContainer", |names, size| {
            // SAFETY: the application is open; the call writes no more than `size` says.
            unsafe { (self.device.library.calls.enum_container)(self.handle, names, size) }
        })
    }

    pub(super) fn container(&self, name: &str) -> Result<Container<'_>, Failed> {
        let (call, name) = ("SKF_OpenContainer", name_of(name, "SKF_OpenContainer")?);
        let mut handle = ptr::null_mut();
        // SAFETY: the application is open; the call reads a text and writes one handle.
        let code = unsafe {
            let calls = &self.device.library.calls;
            (calls.open_container)(self.handle, name.as_ptr(), &raw mut handle)
        };
        Ok(Container { library: &self.device.library, handle: opened(call, code, handle)? })
    }
}

impl Drop for Application<'_> {
    fn drop(&mut self) {
        let calls = &self.device.library.calls;
        // SAFETY: the application was opened by `application` and is used no more.
        unsafe {
            if self.verified {
                (calls.clear_secure_state)(self.handle);
            }
            (calls.close_application)(self.handle);
        }
    }
}

/// A container: a key pair for signing and its certificate, and maybe a pair for encrypting. Closed when it goes.
pub(super) struct Container<'a> {
    library: &'a Library,
    handle: Handle,
}

impl Container<'_> {
    /// The public half of the SM2 key that signs: 0x04, x, y. `None` if the container has a key of another kind.
    pub(super) fn public(&self) -> Result<Option<[u8; 65]>, Failed> {
        let blob = answered("SKF_ExportPublicKey", |out, size| {
            // SAFETY: the container is open; the call writes no more than `size` says.
            unsafe { (self.library.calls.export_public)(self.handle, TRUE, out, size) }
        })?;
        // ECCPUBLICKEYBLOB: a ULONG of either width, both coordinates to the right of their room.
        let begins = match blob.len() {
            132 => 4,
            136 => 8,
            _ => return Ok(None),
        };
        let mut point = [4u8; 65];
        let (x, y) = blob.get(begins..).unwrap_or_default().split_at(ECC_MAX);
        let halves = x.iter().skip(32).chain(y.iter().skip(32));
        point.iter_mut().skip(1).zip(halves).for_each(|(to, from)| *to = *from);
        Ok(Some(point))
    }

    /// The certificate of the key that signs, DER.
    pub(super) fn certificate(&self) -> Result<Vec<u8>, Failed> {
        answered("SKF_ExportCertificate", |out, size| {
            // SAFETY: the container is open; the call writes no more than `size` says.
            unsafe { (self.library.calls.export_certificate)(self.handle, TRUE, out, size) }
        })
    }

    /// Signs a digest: r‖s. The PIN was verified before.
    pub(super) fn sign(&self, digest: &[u8; 32]) -> Result<[u8; 64], Failed> {
        let mut signed = EccSignature { r: [0; ECC_MAX], s: [0; ECC_MAX] };
        // SAFETY: the container is open; the call reads 32 bytes and writes one structure.
        let code = unsafe {
            let (data, size) = (digest.as_ptr(), digest.len() as Ulong);
            (self.library.calls.sign)(self.handle, data, size, &raw mut signed)
        };
        done("SKF_ECCSignData", code)?;
        let mut signature = [0u8; 64];
        let halves = signed.r.iter().skip(32).chain(signed.s.iter().skip(32));
        signature.iter_mut().zip(halves).for_each(|(to, from)| *to = *from);
        Ok(signature)
    }
}

impl Drop for Container<'_> {
    fn drop(&mut self) {
        // SAFETY: the container was opened by `container` and is used no more.
        unsafe { (self.library.calls.close_container)(self.handle) };
    }
}
