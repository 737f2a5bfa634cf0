//! Who holds the installation's keys, as `[keys]` of the configuration says, and where the secret comes
//! from that opens them: a file or a descriptor, a credential of systemd, or a person at the terminal.
//! It is never taken from the environment or the command line, which other processes can read.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use base::{Outcome, Refusal, RefusalKind};
use sdf::{Place, SdfDevice};
use seal::{Device, Holder, Keys, LogKey};
use zeroize::Zeroizing;

use crate::config::{self, HeldBy};

/// Where systemd lays what `LoadCredential=` names.
const CREDENTIALS: &str = "CREDENTIALS_DIRECTORY";
/// The credential with the passphrase of the keys.
const PASSPHRASE: &str = "cityhall.passphrase";
/// The credential with the device's PIN.
const PIN: &str = "cityhall.pin";

/// The holder of the keys that stand, or that are to be made.
pub fn holder(keys: &config::Keys, new: bool) -> Outcome<Holder> {
    match keys.holder {
        HeldBy::File => Ok(Holder::File),
        HeldBy::EncryptedFile => {
            let named = keys.passphrase_file.as_deref();
            Ok(Holder::Passphrase(secret("密钥口令", named, PASSPHRASE, new)?))
        }
        HeldBy::Sdf => {
            let device = keys.device.as_ref().ok_or_else(|| {
                Refusal::new(
                    RefusalKind::Invalid,
                    "hall.no_device",
                    "配置写明密钥由密码设备保管，没有写是哪一台",
                )
                .remedy(
                    "请在 cityhall.toml 里补上 [keys.device]：library、signing_key、wrapping_key",
                )
            })?;
            let place = Place {
                library: device.library.clone(),
                signing_key: device.signing_key,
                wrapping_key: device.wrapping_key,
                pin: secret("密码设备的 PIN", device.pin_file.as_deref(), PIN, false)?,
                answer_max: sdf::ANSWER_MAX,
            };
            let opened = SdfDevice::open(place).map_err(seal::KeysError::Device);
            Ok(Holder::Device(Arc::new(opened.map_err(crate::city::unfit_keys)?)))
        }
    }
}

/// The key of a device that signs, for who keeps no installation's keys. Files are named from `folder`.
pub fn signing_device(device: &config::Device, folder: &Path) -> Outcome<LogKey> {
    let pin_file = device.pin_file.as_ref().map(|file| folder.join(file));
    let place = Place {
        library: device.library.clone(),
        signing_key: device.signing_key,
        wrapping_key: device.wrapping_key,
        pin: secret("密码设备的 PIN", pin_file.as_deref(), PIN, false)?,
        answer_max: sdf::ANSWER_MAX,
    };
    let unfit = |error| crate::city::unfit_keys(seal::KeysError::Device(error));
    let opened: Arc<dyn Device> = Arc::new(SdfDevice::open(place).map_err(unfit)?);
    let public = opened.public().map_err(unfit)?;
    Ok(LogKey::Device { device: opened, public })
}

/// What is said of how the keys are held: whether it is good enough is not for the words to soften.
pub fn standing(keys: &Keys) -> &'static str {
    match keys.holder() {
        "file" => "明文文件，只供开发和演示，不符合密码应用要求",
        "encrypted-file" => "口令加密的文件；不是密码设备，不符合密码应用要求",
        _ => "密码设备（GM/T 0018）：主密钥由设备解开，登记簿由设备签名；是否合规以密评结论为准",
    }
}

/// A secret from the file that is named, else from systemd's credential, else from the terminal.
fn secret(
    what: &str,
    named: Option<&Path>,
    credential: &str,
    new: bool,
) -> Outcome<Zeroizing<String>> {
    let laid = std::env::var_os(CREDENTIALS).map(|folder| PathBuf::from(folder).join(credential));
    if let Some(path) = named.map(Path::to_path_buf).or(laid.filter(|path| path.exists())) {
        return crate::secret::read(&path);
    }
    crate::secret::asked(what, new).ok_or_else(|| {
        let words = format!("没有{what}，打不开密钥");
        let remedy = format!(
            "请在终端里运行并输入，或者在 cityhall.toml 的 [keys] 里写明存放它的文件（权限 600），\
             或者用 systemd 的 LoadCredential={credential} 交给服务"
        );
        Refusal::new(RefusalKind::Invalid, "hall.no_secret", words).remedy(remedy).into()
    })
}
