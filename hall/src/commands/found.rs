//! `cityhall init`: keys, three administrators with one-time codes, an empty city.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use access::{Account, NewOrgan};
use base::{Clock, Fault, Id, Outcome, SystemClock};
use ledger::Act;

use crate::city::{self, Demand};
use crate::config::Config;
use crate::files;
use crate::ground::Ground;
use crate::line::say;

/// The three separated administrators: role and name of the account.
const ADMINS: [(&str, &str); 3] =
    [("sysadmin", "系统管理员"), ("secadmin", "安全管理员"), ("auditor", "审计管理员")];

/// An administrator of a new city.
type Admin = (Id<Account>, &'static str, &'static str, String);

/// Founds a city in an empty data folder and a database without a city; or leaves both as they were.
pub fn init(data: &Path, mut config: Config, database: Option<String>) -> Outcome<ExitCode> {
    if database.is_some() {
        config.database = database;
    }
    let ground = Ground::take(data)?;
    let is_empty = city::found(data, &config)?;
    let admins = mint_admins()?;
    let founded = found(data, &config, &admins);
    if founded.is_err() && is_empty {
        city::clear(data, &config, admins.first().map(|(id, ..)| *id));
    }
    founded?;
    ground.keep()?;
    say(format!("城市已经建在 {}", data.display()));
    say("三位管理员的一次性代码（只显示这一次，7 天内有效），请分别交给三个人：");
    for (_, role, name, code) in &admins {
        say(format!("  {name}  用户名 {role}  一次性代码 {code}"));
    }
    say(format!("设置密码：{}/code", config.url));
    say(format!("启动：cityhall serve --data {}", data.display()));
    Ok(ExitCode::SUCCESS)
}

fn mint_admins() -> Outcome<Vec<Admin>> {
    let now = SystemClock.now();
    let mint = |(role, name)| Ok((Id::mint(now), role, name, identity::mint_code()?));
    ADMINS.into_iter().map(mint).collect()
}

/// Puts the new city into the database.
fn found(data: &Path, config: &Config, admins: &[Admin]) -> Outcome<()> {
    write_config(data, config)?;
    let clock = Arc::new(SystemClock);
    let hall = city::open_on_ground(Demand::WholeLog, data, config, clock, false)?;
    let now = hall.now();
    let root = NewOrgan {
        id: "city".into(),
        parent: None,
        name: format!("{}人民政府", config.city.name),
        short_name: "市政府".into(),
        kind: "government".into(),
        code: "000".into(),
        credit_code: None,
        division: config.city.division.clone(),
        place: 0,
        duties: String::new(),
        phone: String::new(),
    };
    let act = Act::new(now, "hall.founded", "city", &config.city.division)
        .content(serde_json::json!({ "city": config.city.name }));
    let (keys, codes) = (hall.keys.clone(), admins.to_vec());
    hall.ledger.write_now(move |tx| {
        identity::found(tx, &keys, &root, &codes, now)?;
        ledger::record(tx, &ledger::Who::clockwork(), &act)
    })?;
    hall.ledger.sequence_now(now)?;
    crate::log::kept::keep(&hall)
}

/// Writes the configuration of a city into its data folder, for its owner alone.
pub fn write_config(data: &Path, config: &Config) -> Outcome<()> {
    let path = data.join("cityhall.toml");
    let text = toml::to_string_pretty(config).map_err(Fault::from)?;
    // It may hold the password of the database: it is nobody else's from its first byte on.
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    let written = options.open(&path).and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| files::unwritable(&path, &error))?;
    restrict(&path)
}

/// Lets only the owner read a file.
pub fn restrict(path: &Path) -> Outcome<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))
        .map_err(|error| Fault::while_doing("restricting a file to its owner", error).into())
}
