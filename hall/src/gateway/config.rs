//! `gateway.toml`, and what `cityhall gateway init` lays down. Paths are read from the folder of the file.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use base::{Fault, Outcome, Refusal, RefusalKind};
use data_encoding::HEXLOWER;
use frame::Hall;
use seal::SigningKey;
use seal::cert::{Certificate, Request, Subject};
use serde::{Deserialize, Serialize};

use super::answers::AnswerTable;
use super::publishes::PublishFrom;
use super::subscribes::{self, SubscribeTo};
use crate::line::{GatewayInitArgs, say};
use crate::{city, files};

/// A configuration is short.
const CONFIG_BYTES_MAX: usize = 1024 * 1024;

/// The whole configuration.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The gateway's name, as it is registered: small letters, digits, hyphens.
    pub name: String,
    /// The organs for which it speaks; the first one where nothing else is said.
    pub organs: Vec<String>,
    /// The centre's address: `https://data.ezhou.example`. Plain HTTP on this machine only.
    pub centre: String,
    /// The authority that has issued the centre's TLS certificate (PEM): no other is believed. Without it, those of the
    /// system are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub centre_tls: Option<PathBuf>,
    /// The certificate of the city's authority for machines (PEM, SM2): whom to believe about gateways and the centre.
    pub authority: PathBuf,
    /// Where the department's systems come.
    #[serde(default = "default_listen")]
    pub listen: SocketAddr,
    /// The folder of the store.
    #[serde(default = "default_data")]
    pub data: PathBuf,
    /// The file whose first line the department's systems show as their token.
    #[serde(default = "default_token")]
    pub token_file: PathBuf,
    /// The public key of the centre's log (PEM): with it receipts are verified when they come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log_key: Option<PathBuf>,
    /// So many messages go under one signature at most; 1 signs each by itself.
    #[serde(default = "default_batch")]
    pub batch_max: usize,
    /// The keys.
    #[serde(default)]
    pub keys: Keys,
    /// What it answers, and by whom.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<AnswerFrom>,
    /// What it publishes, out of which tables.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub publishes: Vec<PublishFrom>,
    /// What it subscribes to, and where that goes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subscribes: Vec<SubscribeTo>,
    /// The folder of the file: what paths start from.
    #[serde(skip)]
    pub folder: PathBuf,
}

/// `[keys]`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Keys {
    /// The private key for signing (PEM), where no device holds it.
    pub signing: PathBuf,
    /// The private key for opening (PEM). A device of GM/T 0018 signs; what is sealed is opened with this file.
    pub sealing: PathBuf,
    /// The certificate for signing.
    pub signing_certificate: PathBuf,
    /// The certificate for being sealed to.
    pub sealing_certificate: PathBuf,
    /// The file whose first line is the passphrase of both private keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub passphrase_file: Option<PathBuf>,
    /// The device that signs in the place of `signing`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device: Option<crate::config::Device>,
    /// Keys for opening that were exchanged: what was sealed for them lies in the store, and is on its way.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub previous: Vec<Previous>,
}

/// A key for opening that was exchanged, under the same passphrase.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Previous {
    /// The private key (PEM).
    pub sealing: PathBuf,
    /// Its certificate.
    pub sealing_certificate: PathBuf,
}

impl Default for Keys {
    fn default() -> Self {
        Self {
            signing: "signing.pem".into(),
            sealing: "sealing.pem".into(),
            signing_certificate: "signing.crt".into(),
            sealing_certificate: "sealing.crt".into(),
            passphrase_file: None,
            device: None,
            previous: Vec::new(),
        }
    }
}

/// `[[answers]]`: who answers asks for a kind of data here.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnswerFrom {
    /// The kind of data.
    pub resource: String,
    /// A file of JSON lines: the first line whose members equal those of the question answers it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<PathBuf>,
    /// By which members of a file's lines, or fields of a table, may be asked: by others, an answer would tell what was not
    /// agreed on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub by: Vec<String>,
    /// A table of the department: the rows whose fields equal the members of the question answer it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<AnswerTable>,
    /// A system of the department that is asked by POST.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

impl AnswerFrom {
    /// What is wrong with it, in words.
    fn unfit(&self) -> Option<String> {
        let named = |words: &str| Some(format!("answers 里的“{}”{words}", self.resource));
        let by = [self.file.is_some(), self.table.is_some(), self.url.is_some()];
        if by.iter().filter(|one| **one).count() != 1 {
            return named("要写 file、table 或者 url，只写一个");
        }
        if self.url.is_some() != self.by.is_empty() {
            return named("：用 file 或 table 答复的要写 by（可以按哪几项查询），用 url 的不写");
        }
        let words = self.table.as_ref()?.unfit(&self.by)?;
        named(&format!("：{words}"))
    }
}

fn default_batch() -> usize {
    500
}

fn default_listen() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 7400))
}

fn default_data() -> PathBuf {
    "data".into()
}

fn default_token() -> PathBuf {
    "token".into()
}

fn wrong(words: impl Into<String>) -> Refusal {
    Refusal::new(RefusalKind::Invalid, "gateway.config", words)
}

impl Config {
    /// Reads a configuration.
    pub fn read(path: &Path) -> Outcome<Self> {
        let bytes = files::read(path, CONFIG_BYTES_MAX)
            .map_err(|why| wrong(format!("{} 读不出来：{why}", path.display())))?;
        let text = String::from_utf8(bytes).map_err(|_| wrong("配置不是 UTF-8 文本"))?;
        let mut config: Self = toml::from_str(&text)
            .map_err(|why| wrong(format!("{} 写得不对：{why}", path.display())))?;
        let folder = std::path::absolute(path).map_err(Fault::from)?;
        config.folder = folder.parent().unwrap_or(Path::new("/")).to_path_buf();
        config.fits()?;
        Ok(config)
    }

    /// Whether it can be run so.
    pub fn fits(&self) -> Result<(), Refusal> {
        if self.organs.is_empty() {
            return Err(wrong("organs 至少要写一个机关的编号"));
        }
        if !self.listen.ip().is_loopback() {
            return Err(wrong(format!("listen 只能是本机地址，不能是 {}", self.listen)));
        }
        let host = self
            .centre
            .strip_prefix("http://")
            .map(|rest| rest.split(['/', ':']).next().unwrap_or_default() == "127.0.0.1");
        let plain_at_home = host == Some(true);
        if !self.centre.starts_with("https://") && !plain_at_home {
            return Err(wrong(
                "centre 要以 https:// 开头；只有中心就在本机时，才能用 http://127.0.0.1",
            ));
        }
        if let Some(words) = self.answers.iter().find_map(AnswerFrom::unfit) {
            return Err(wrong(words));
        }
        for (place, one) in self.publishes.iter().enumerate() {
            one.fits()?;
            let again = self.publishes.iter().skip(place + 1).any(|it| it.name() == one.name());
            if again {
                let words = format!("publishes 里“{}”给 {} 写了两次", one.resource, one.to);
                return Err(wrong(words));
            }
        }
        subscribes::fit(self)
    }

    /// A path of the configuration.
    pub fn path(&self, path: &Path) -> PathBuf {
        self.folder.join(path)
    }
}

/// `cityhall gateway init`: two keys, two requests of certificates, a token, a configuration to be completed.
pub fn init(path: &Path, args: &GatewayInitArgs) -> Outcome<ExitCode> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    city::make_folder(folder)?;
    if path.exists() {
        let words = format!("{} 已经存在，没有改动", path.display());
        return Err(Refusal::new(RefusalKind::Conflict, "gateway.config_there", words).into());
    }
    let config = Config {
        name: args.name.clone(),
        organs: args.organ.clone(),
        centre: args.centre.trim_end_matches('/').to_owned(),
        centre_tls: None,
        authority: "authority.pem".into(),
        listen: default_listen(),
        data: default_data(),
        token_file: default_token(),
        log_key: None,
        keys: Keys::default(),
        batch_max: default_batch(),
        answers: Vec::new(),
        publishes: Vec::new(),
        subscribes: Vec::new(),
        folder: folder.to_path_buf(),
    };
    config.fits()?;
    let subject = Subject { organization: args.organization.clone(), ..Subject::named(&args.name) };
    for (key, request) in [("signing.pem", "signing.csr"), ("sealing.pem", "sealing.csr")] {
        let key = SigningKey::in_file(&folder.join(key)).map_err(city::unfit_keys)?;
        let made = Request::make(&subject, &key).and_then(|made| made.to_pem());
        let pem = made.map_err(|why| wrong(why.to_string()))?;
        write(&folder.join(request), pem.as_bytes())?;
    }
    lay_token(&folder.join("token"))?;
    let text = toml::to_string_pretty(&config).map_err(Fault::from)?;
    write(path, text.as_bytes())?;
    say(format!("密钥、证书申请和配置已经放在 {}", folder.display()));
    say(format!(
        "1. 请把 signing.csr（签名）和 sealing.csr（加密）交给本市的设备证书机构，名称写 {}",
        args.name
    ));
    say("2. 把签发的证书存成 signing.crt 和 sealing.crt，把机构自己的证书存成 authority.pem");
    say("3. 请数据交换中心用这两张证书登记本网关");
    say(format!("4. 启动：cityhall gateway --config {}", path.display()));
    Ok(ExitCode::SUCCESS)
}

/// The keys of a demo's gateway, made where there are none; gives the public halves: for signing, for being sealed to.
pub fn lay_keys(folder: &Path) -> Outcome<[seal::PublicKey; 2]> {
    let key = |name: &str| -> Outcome<seal::PublicKey> {
        let key = SigningKey::in_file(&folder.join(name)).map_err(city::unfit_keys)?;
        Ok(key.public())
    };
    Ok([key("signing.pem")?, key("sealing.pem")?])
}

/// What the police of the demo publishes: the table in its folder, into the register of residents.
const RESIDENTS: &str = r#"
resource = "101001/000001"
every_minutes = 60
key = ["公民身份号码"]
connector = { kind = "folder", path = "residents", settings = { quiet_seconds = 0 } }
items = [
  { name = "公民身份号码", from = ["公民身份号码"] },
  { name = "姓名", from = ["姓名"] },
  { name = "性别", from = ["性别"] },
  { name = "出生日期", from = ["出生日期"] },
  { name = "民族", from = ["民族"] },
  { name = "住址", from = ["住址"] },
  { name = "电话", from = ["电话"], need = "may" },
]
"#;

/// Everything else of a demo's gateway; the configuration last, which says that it is whole.
pub async fn lay_demo(
    hall: &Arc<Hall>,
    folder: &Path,
    gateway: &exchange::demo::DemoGateway,
    [signing, sealing]: &[Certificate; 2],
) -> Outcome<()> {
    let pem = |one: &Certificate| one.to_pem().map_err(|why| wrong(why.to_string()));
    write(&folder.join("signing.crt"), pem(signing)?.as_bytes())?;
    write(&folder.join("sealing.crt"), pem(sealing)?.as_bytes())?;
    let authority = certificates::demo::authority(hall).await?;
    write(&folder.join("authority.pem"), pem(&authority)?.as_bytes())?;
    let log = hall.keys.log_key().public().to_pem().map_err(Fault::from)?;
    write(&folder.join("log.pub.pem"), log.as_bytes())?;
    lay_token(&folder.join("token"))?;
    let births = AnswerFrom {
        resource: "health.births".into(),
        file: Some("births.jsonl".into()),
        by: vec!["mother".into()],
        table: None,
        url: None,
    };
    let config = Config {
        name: gateway.name.into(),
        organs: vec![gateway.organ.0.into()],
        centre: hall.city.url.clone(),
        centre_tls: None,
        authority: "authority.pem".into(),
        listen: default_listen(),
        data: default_data(),
        token_file: default_token(),
        log_key: Some("log.pub.pem".into()),
        keys: Keys::default(),
        batch_max: default_batch(),
        answers: if gateway.kinds.contains(&"health.births") { vec![births] } else { Vec::new() },
        publishes: match gateway.kinds.contains(&population::demo::DEMO_RESOURCE) {
            true => vec![toml::from_str(RESIDENTS).map_err(Fault::from)?],
            false => Vec::new(),
        },
        subscribes: Vec::new(),
        folder: folder.to_path_buf(),
    };
    let text = toml::to_string_pretty(&config).map_err(Fault::from)?;
    write(&folder.join("gateway.toml"), text.as_bytes())
}

/// A token by chance, its owner's alone.
pub(super) fn lay_token(path: &Path) -> Outcome<()> {
    let token = HEXLOWER.encode(&seal::seed());
    write(path, format!("{token}\n").as_bytes())?;
    crate::commands::restrict(path)
}

fn write(path: &Path, bytes: &[u8]) -> Outcome<()> {
    Ok(files::replace(path, bytes).map_err(|error| files::unwritable(path, &error))?)
}
