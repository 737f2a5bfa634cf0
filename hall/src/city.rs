//! Opens a city: its data folder, keys, database, index, and the offices around them.

use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use access::{Account, SignInRules};
use base::{Clock, Fault, Id, IpRange, Outcome, Refusal, RefusalKind};
use clock::Calendar;
use frame::{City, Hall};
use ledger::Ledger;
use seal::Keys;
use store::{Place, Settings, Store};
use vault::Vault;

use crate::config::Config;
use crate::ground;
use crate::holder;
use crate::log;
use crate::mail::Mailer;
use crate::offices::OFFICES;

/// The database file of a city on SQLite.
pub const DATABASE: &str = "city.db";
/// The folder of the installation's keys.
pub const KEYS: &str = "keys";

/// The log's public key, in the data folder.
pub const LOG_KEY: &str = "log.pub.pem";

/// Whether a data folder holds a city. One that is being founded or restored is none yet.
pub fn exists(data: &Path) -> bool {
    data.join(KEYS).exists() && !ground::is_unfinished(data)
}

/// Makes the keys of a new city on its ground, before anything of it is in the database. Refuses a
/// database in which a city stands. Says whether the database is empty.
pub fn found(data: &Path, config: &Config) -> Outcome<bool> {
    let store = open_store(data, config)?;
    demand_vacant(&store)?;
    let is_empty = store.tables()?.is_empty();
    drop(store);
    let holder = holder::holder(&config.keys, true)?;
    Keys::create_with(&data.join(KEYS), &holder).map_err(unfit_keys)?;
    Ok(is_empty)
}

/// Empties the database again in which this city did not come to stand; the words of the first trouble
/// are the ones that count. A city that another run has founded there meanwhile stays: it is known by not
/// having this run's account.
pub fn clear(data: &Path, config: &Config, ours: Option<Id<Account>>) {
    if config.database.is_none() {
        return;
    }
    let cleared = open_store(data, config).and_then(|store| {
        let stands = access::city_in(&store)?.is_some();
        let is_ours = match ours {
            Some(id) if stands => store.read_now(move |r| access::account_by_id(r, id))?.is_some(),
            _ => true,
        };
        if is_ours { Ok(store.empty_again()?) } else { Ok(()) }
    });
    if let Err(stop) = cleared {
        tracing::error!(fault = %stop, "what was begun could not be taken out of the database");
    }
}

/// Keys that cannot be made or opened: the words of these errors are for whoever runs the city.
pub fn unfit_keys(error: seal::KeysError) -> Refusal {
    let mut words = error.to_string();
    if let seal::KeysError::Disk { source, .. } = &error {
        words = format!("{words}：{}", crate::files::trouble(source));
    }
    Refusal::new(RefusalKind::Unavailable, "hall.keys", words)
}

/// Refuses a database in which a city stands: its keys are elsewhere. Tables without a city, which a
/// founding left that failed, are no hindrance.
fn demand_vacant(store: &Store) -> Outcome<()> {
    let Some(name) = access::city_in(store)? else { return Ok(()) };
    let words = format!("这个数据库里已经有一座城市（{name}），没有改动");
    Err(Refusal::new(RefusalKind::Conflict, "hall.database_in_use", words)
        .remedy(
            "要另建一座，请指定一个空的数据库；要接着用这一座，请把它的 keys/ 和 cityhall.toml \
             放进数据文件夹，再运行 cityhall serve；上次建到一半被中断的，请清空这个数据库再来",
        )
        .into())
}

/// Makes a folder that nobody but its owner can enter. One that stands keeps its mode.
pub fn make_folder(folder: &Path) -> Outcome<()> {
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(|error| crate::files::unwritable(folder, &error).into())
}

/// Opens the city in `data`. Refuses a database that lacks what the data folder knows of its log.
pub fn open(data: &Path, config: &Config, clock: Arc<dyn Clock>, demo: bool) -> Outcome<Arc<Hall>> {
    open_demanding(Demand::WholeLog, data, config, clock, demo)
}

/// What is demanded of the database of a city that opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Demand {
    /// The log goes on from the checkpoint that the data folder keeps.
    WholeLog,
    /// Nothing: only `accept-loss` opens a city so.
    Nothing,
}

/// Opens the city in `data`, demanding so much of its database.
pub fn open_demanding(
    demand: Demand,
    data: &Path,
    config: &Config,
    clock: Arc<dyn Clock>,
    demo: bool,
) -> Outcome<Arc<Hall>> {
    if ground::is_unfinished(data) {
        let words = format!("{} 里的城市没有建完或者没有恢复完", data.display());
        return Err(Refusal::new(RefusalKind::NotFound, "hall.unfinished", words)
            .remedy("请再运行一次 cityhall init 或者 cityhall restore，它会清理后从头做起")
            .into());
    }
    if !exists(data) {
        let words = format!("{} 里还没有城市", data.display());
        return Err(Refusal::new(RefusalKind::NotFound, "hall.no_city", words)
            .remedy("先运行 cityhall init 建立城市，或运行 cityhall demo 看演示")
            .into());
    }
    open_on_ground(demand, data, config, clock, demo)
}

/// Opens a city that is still being founded or restored.
pub fn open_on_ground(
    demand: Demand,
    data: &Path,
    config: &Config,
    clock: Arc<dyn Clock>,
    demo: bool,
) -> Outcome<Arc<Hall>> {
    let held_by = holder::holder(&config.keys, false)?;
    let keys = Arc::new(Keys::open_with(&data.join(KEYS), &held_by).map_err(unfit_keys)?);
    let store = open_store(data, config)?;
    // Before anything is written into what may be the wrong database.
    if demand == Demand::WholeLog {
        log::kept::demand(&store, &keys, data)?;
    }
    let demo = demo || crate::demo::stands_in(&store)?;
    let now = clock.now();
    let origin = origin_of(&config.url);
    let ledger =
        Ledger::new(store.clone(), keys.clone(), &origin).demanding(frame::signatories(OFFICES));
    let folder = data.join("index");
    let index = search::Index::open(&folder).map_err(|error| {
        let words = format!("全文索引 {} 打不开\n技术原因：{error}", folder.display());
        Refusal::new(RefusalKind::Unavailable, "hall.index", words)
            .remedy("没有别的进程在用它的话，可以把这个文件夹移走：启动时会重建")
    })?;
    let place = match &config.database {
        Some(_) => vault::Place::Rows,
        None => vault::Place::Folder(data.join("vault")),
    };
    let answerers = OFFICES.iter().flat_map(|office| office.answers).copied();
    let namings = OFFICES.iter().flat_map(|office| office.names).copied();
    let hall = Arc::new(Hall {
        city: City {
            name: config.city.name.clone(),
            site: config.city.site.clone(),
            division: config.city.division.clone(),
            url: config.url.clone(),
            demo,
        },
        vault: Vault::new(store.clone(), keys.clone(), place),
        search: Arc::new(index),
        desk: ask::Desk::new(store.clone(), ledger.clone(), keys.clone(), answerers)
            .naming(namings),
        post: Arc::new(Mailer::new(&config.mail, data)?),
        calendar: Arc::new(Calendar::china()),
        agent: config.agent.clone(),
        trusted_proxies: config.trusted_proxies.clone(),
        intranet: intranet(config)?,
        providers: crate::providers::known(&config.identity_providers, data)?,
        data: PathBuf::from(data),
        offices: OFFICES,
        bell: tokio::sync::Notify::new(),
        halt: frame::Halt::default(),
        sign_in: sign_in_rules(config, demo)?,
        store,
        ledger,
        keys,
        clock,
    });
    hall.install(now)?;
    publish_log_key(&hall)?;
    Ok(hall)
}

/// The private ranges from which lists of certificates may be fetched.
fn intranet(config: &Config) -> Outcome<Vec<IpRange>> {
    let ranges = config.intranet_sources.iter().map(|range| IpRange::parse(range));
    Ok(ranges.collect::<Result<_, _>>().map_err(|why| {
        Refusal::new(RefusalKind::Invalid, "hall.intranet_sources", why.to_string())
            .remedy("请改正 cityhall.toml 里的 intranet_sources")
    })?)
}

/// What signing in demands here: the house's rules and the city's own after them. A demo has its own.
fn sign_in_rules(config: &Config, demo: bool) -> Outcome<SignInRules> {
    let rules = if demo { identity::demo_sign_in()? } else { SignInRules::of_the_house()? };
    Ok(rules.with(config.sign_in.clone()).map_err(|words| {
        Refusal::new(RefusalKind::Invalid, "hall.sign_in_rules", words)
            .remedy("请改正 cityhall.toml 里的 [[sign_in]]")
    })?)
}

/// Lays the log's public key beside the data, for `cityhall verify`.
fn publish_log_key(hall: &Hall) -> Outcome<()> {
    let path = hall.data.join(LOG_KEY);
    if path.exists() {
        return Ok(());
    }
    let pem = hall.keys.log_key().public().to_pem().map_err(Fault::from)?;
    std::fs::write(path, pem)
        .map_err(|error| Fault::while_doing("writing the log's public key", error).into())
}

/// Opens the database alone.
pub fn open_store(data: &Path, config: &Config) -> Outcome<Store> {
    let place = match &config.database {
        Some(url) => Place::Postgres(url.clone()),
        None => Place::File(data.join(DATABASE)),
    };
    Ok(Store::open(&Settings::at(place))?)
}

/// The log's name: the site's host, then `/log`.
fn origin_of(url: &str) -> String {
    let host = url.split_once("://").map_or(url, |(_, host)| host);
    format!("{}/log", host.trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_data_folder_is_made_for_its_owner_alone() {
        let home = tempfile::tempdir().unwrap();
        let data = home.path().join("data/outbox");
        make_folder(&data).unwrap();
        let mode = std::fs::metadata(&data).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }
}
