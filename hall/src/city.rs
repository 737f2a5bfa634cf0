//! Opens a city: its data folder, keys, database, index, and the offices around them.

use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base::{Clock, Fault, Outcome, Refusal, RefusalKind};
use clock::Calendar;
use frame::{City, Hall};
use ledger::Ledger;
use seal::Keys;
use store::{Place, Settings, Store};
use vault::Vault;

use crate::config::Config;
use crate::log;
use crate::mail::Mailer;
use crate::offices::OFFICES;

/// The database file of a city on SQLite.
pub const DATABASE: &str = "city.db";
/// The folder of the installation's keys.
pub const KEYS: &str = "keys";

/// The log's public key, in the data folder.
pub const LOG_KEY: &str = "log.pub.pem";

/// Whether a data folder holds a city.
pub fn exists(data: &Path) -> bool {
    data.join(KEYS).exists()
}

/// Makes the data folder and the keys of a new city. Refuses to touch one that stands.
pub fn found(data: &Path) -> Outcome<()> {
    if exists(data) {
        let words = format!("{} 里已经有一座城市，没有改动", data.display());
        return Err(Refusal::new(RefusalKind::Conflict, "hall.city_exists", words)
            .remedy("要启动它，请运行 cityhall serve；要另建一座，请用 --data 指定别的文件夹")
            .into());
    }
    make_folder(data)?;
    Keys::create(&data.join(KEYS))
        .map_err(|error| Fault::while_doing("making the installation's keys", error))?;
    Ok(())
}

/// Makes a folder that nobody but its owner can enter. One that stands keeps its mode.
pub fn make_folder(folder: &Path) -> Outcome<()> {
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(|error| Fault::while_doing("making the data folder", error).into())
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
    if !exists(data) {
        let words = format!("{} 里还没有城市", data.display());
        return Err(Refusal::new(RefusalKind::NotFound, "hall.no_city", words)
            .remedy("先运行 cityhall init 建立城市，或运行 cityhall demo 看演示")
            .into());
    }
    let keys = Keys::open(&data.join(KEYS))
        .map_err(|error| Fault::while_doing("opening the installation's keys", error))?;
    let keys = Arc::new(keys);
    let store = open_store(data, config)?;
    // Before anything is written into what may be the wrong database.
    if demand == Demand::WholeLog {
        log::kept::demand(&store, &keys, data)?;
    }
    let now = clock.now();
    let origin = origin_of(&config.url);
    let ledger = Ledger::new(store.clone(), keys.clone(), &origin);
    let index = search::Index::open(&data.join("index"))
        .map_err(|error| Fault::while_doing("opening the search index", error))?;
    let place = match &config.database {
        Some(_) => vault::Place::Rows,
        None => vault::Place::Folder(data.join("vault")),
    };
    let answerers = OFFICES.iter().flat_map(|office| office.answers).copied();
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
        desk: ask::Desk::new(store.clone(), ledger.clone(), keys.clone(), answerers),
        post: Arc::new(Mailer::new(&config.mail, data)?),
        calendar: Arc::new(Calendar::china()),
        trusted_proxies: config.trusted_proxies.clone(),
        data: PathBuf::from(data),
        offices: OFFICES,
        bell: tokio::sync::Notify::new(),
        store,
        ledger,
        keys,
        clock,
    });
    hall.install(now)?;
    publish_log_key(&hall)?;
    Ok(hall)
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
