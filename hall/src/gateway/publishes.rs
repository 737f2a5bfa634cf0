//! What a gateway publishes out of the department's tables: read through a connector, mapped to the catalogue's items,
//! sent in parts of one run. `trial` tries a configuration before it goes live, `run` reads and sends, `state` is how it
//! stands, in the gateway's own store.

mod run;
mod state;
mod trial;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base::{Clock, Fault, Id, Moment, Outcome, Refusal, RefusalKind};
use data_encoding::HEXLOWER;
use exchange_contract::Mode;
use message::Message;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sources::file::Need;
use sources::mapping::{Item, Mapping};
use sources::source::{Connect, Filter, Manner, Secret, Source, TableShape, Unread};
use store::Tx;

use super::config::Config;
use super::sent::sent;
use super::site::Site;
use state::not_taken_in;

pub(super) use run::run;
pub(super) use state::{MIGRATIONS, arrived, refused, standing, want_now};
pub use trial::test_run;

/// The purpose under which publications travel, where nothing else is said.
const PURPOSE: &str = "publication";
const DAY_SECONDS: i64 = 86_400;

/// Hears that the centre has not taken in what it had, of a message of this name. Says whether it was one of a publication.
pub(super) fn hear(tx: &Tx<'_>, site: &Site, (id, word): (Id<Message>, &[u8])) -> Outcome<bool> {
    let Some(sent) = sent(tx, id)? else { return Ok(false) };
    let said: Value = serde_json::from_slice(word).unwrap_or_default();
    let reason = said.get("words").and_then(Value::as_str).unwrap_or_default().to_owned();
    let words = |name: &str| {
        let next = site.config.publishes.iter().find(|one| one.name() == name);
        let next = next.map(|one| one.next_after_refusal()).unwrap_or_default();
        format!("中心没有采用推送的数据：{reason}。{next}")
    };
    let name = not_taken_in(tx, sent.header(), words)?;
    if let Some(publication) = &name {
        tracing::warn!(publication, reason, "the centre has not taken in what was published");
    }
    Ok(name.is_some())
}

/// `[[publishes]]`: a table that is published as a resource.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublishFrom {
    /// The resource: for the centre its code in the catalogue.
    pub resource: String,
    /// To which organ; the centre where nothing is said.
    #[serde(default = "centre")]
    pub to: String,
    /// Under which purpose; between departments the agreed one.
    #[serde(default = "purpose")]
    pub purpose: String,
    /// In the name of which organ of this gateway; the first one where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The table; needed where the source has several.
    #[serde(default)]
    pub table: String,
    /// Each so many minutes,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every_minutes: Option<i64>,
    /// or each day at this time: `02:30`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub daily: Option<String>,
    /// The file whose first line is the password of the source's account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_file: Option<PathBuf>,
    /// The items by which a row is known at the centre, so that one that stays here is not taken for gone; where nothing is
    /// said, those that are the columns of the table's own key.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub key: Vec<String>,
    /// How new rows are found.
    #[serde(default = "whole")]
    pub manner: Manner,
    /// Which rows; all where nothing is said.
    #[serde(default)]
    pub filters: Vec<Filter>,
    /// Where the table is.
    pub connector: Connect,
    /// From columns to items.
    pub items: Vec<Item>,
}

fn centre() -> String {
    exchange::CENTRE.to_owned()
}

fn purpose() -> String {
    PURPOSE.to_owned()
}

fn whole() -> Manner {
    Manner::Whole
}

fn wrong(words: impl Into<String>) -> Refusal {
    Refusal::new(RefusalKind::Invalid, "gateway.publishes", words)
}

/// The minute of the day: `02:30` is 150.
fn minute_of(text: &str) -> Option<i64> {
    let (hour, minute) = text.split_once(':')?;
    let digits = |text: &str| text.len() == 2 && text.bytes().all(|c| c.is_ascii_digit());
    let (hour, minute): (i64, i64) = match digits(hour) && digits(minute) {
        true => (hour.parse().ok()?, minute.parse().ok()?),
        false => return None,
    };
    (hour < 24 && minute < 60).then_some(hour * 60 + minute)
}

impl PublishFrom {
    /// Its name among those of the gateway.
    pub(super) fn name(&self) -> String {
        format!("{}>{}", self.resource, self.to)
    }

    /// Those of one key arrive in their order: all runs of this.
    fn key(&self) -> String {
        format!("{}{}", state::KEY, self.resource)
    }

    /// Whether it can be run so.
    pub(super) fn fits(&self) -> Result<(), Refusal> {
        let named = |words: &str| wrong(format!("publishes 里的“{}”{words}", self.resource));
        if self.resource.is_empty() || self.resource.len() > 100 {
            return Err(named("要写资源的代码，最多 100 个字符"));
        }
        match (self.every_minutes, &self.daily) {
            (Some(minutes), None) if (1..=10_080).contains(&minutes) => {}
            (None, Some(time)) if minute_of(time).is_some() => {}
            (Some(_), None) => return Err(named("的 every_minutes 要在 1 到 10080 之间")),
            (None, Some(time)) => {
                return Err(named(&format!("的 daily 要写成 02:30 这样，不能是“{time}”")));
            }
            _ => return Err(named("要写 every_minutes 或者 daily，只写一个")),
        }
        if self.items.is_empty() {
            return Err(named("要写 items：哪一列对应哪个信息项"));
        }
        let names: BTreeSet<&str> = self.items.iter().map(|item| item.name.as_str()).collect();
        if names.len() != self.items.len() {
            return Err(named("的 items 里有重名的信息项"));
        }
        match self.key.iter().find(|name| !names.contains(name.as_str())) {
            Some(name) => Err(named(&format!("的 key 里写了“{name}”，items 里没有"))),
            None => Ok(()),
        }
    }

    /// The digest of all that decides what is sent; the password is no part of it, nor is when.
    pub(super) fn digest(&self) -> Outcome<String> {
        let mut bare = self.clone();
        (bare.every_minutes, bare.daily, bare.password_file) = (None, None, None);
        if let Some(secret) = password(&mut bare.connector) {
            *secret = Secret::default();
        }
        let value = serde_json::to_value(&bare).map_err(Fault::from)?;
        let bytes = message::canonical(&value).map_err(Fault::from)?;
        Ok(HEXLOWER.encode(&seal::sm3(&[&bytes])))
    }

    fn mapping(&self) -> Mapping {
        Mapping { items: self.items.clone() }
    }

    /// The same, with no value that has to be there.
    fn mapping_of_gone(&self) -> Mapping {
        let may = |item: &Item| Item { need: Need::May, ..item.clone() };
        Mapping { items: self.items.iter().map(may).collect() }
    }

    /// The places of the items by which a row is known; none where that is not known here.
    fn key_places(&self, shape: &TableShape) -> Vec<usize> {
        let named = |name: &String| self.items.iter().position(|item| item.name == *name);
        // An item that is a column as it lies.
        let held = |column: &String| {
            let is = |item: &Item| item.from.len() == 1 && item.from.first() == Some(column);
            self.items.iter().position(is)
        };
        let places: Option<Vec<usize>> = match self.key.is_empty() {
            true => shape.key.iter().map(held).collect(),
            false => self.key.iter().map(named).collect(),
        };
        places.unwrap_or_default()
    }

    /// Those items alone, each of which has to be there.
    fn mapping_of_key(&self, places: &[usize]) -> Mapping {
        let items = places.iter().filter_map(|place| self.items.get(*place));
        Mapping { items: items.map(|item| item.clone().must()).collect() }
    }

    /// How a run stands to what came before. One by watermark that the centre wants from the beginning is all of the table.
    fn mode(&self, from_the_beginning: bool) -> Mode {
        match self.manner {
            Manner::Whole => Mode::Whole,
            Manner::Watermark { .. } if from_the_beginning => Mode::Whole,
            Manner::Watermark { .. } => Mode::Watermark,
            Manner::Changes { .. } => Mode::Changes,
        }
    }

    /// What is said of rows that are never read, and what is to be done; `count` in words.
    fn passed_over(&self, count: &str) -> String {
        match &self.manner {
            Manner::Whole => {
                format!("有{count}行没有主键的值，读不到，没有推送。请给这些行补上主键")
            }
            Manner::Watermark { column, .. } => format!(
                "有{count}行的“{column}”是空的，按它读不到，没有推送。请给这一列补上值，或者改成整表推送（manner 写 whole）"
            ),
            Manner::Changes { sequence, .. } => {
                format!(
                    "变更表里有{count}行的“{sequence}”是空的，读不到，没有推送。请给这一列补上值"
                )
            }
        }
    }

    /// What follows, once the centre has not taken in what was published.
    fn next_after_refusal(&self) -> &'static str {
        match self.manner {
            Manner::Whole => "改好以后，下一次仍推送整张表",
            Manner::Watermark { .. } => "改好以后，下一次按计划从头推送整张表",
            Manner::Changes { .. } => {
                "下一次按计划从变更表的开头读起；变更表里没有全部数据的，请把 manner 改成 whole 推送一次，再改回来"
            }
        }
    }

    /// The columns that the items come from.
    fn columns(&self) -> Vec<String> {
        let mut columns: Vec<String> = Vec::new();
        for name in self.items.iter().flat_map(|item| &item.from) {
            if !columns.contains(name) {
                columns.push(name.clone());
            }
        }
        columns
    }

    /// The source. Nothing is reached for yet.
    fn open(&self, config: &Config, clock: Arc<dyn Clock>) -> Outcome<Box<dyn Source>> {
        opened(&self.connector, self.password_file.as_deref(), config, clock)
    }

    /// The table of those that the source has.
    fn choose(&self, tables: Vec<TableShape>) -> Result<TableShape, Refusal> {
        choose(tables, &self.table)
    }

    /// Whether it is to be read now, after it was last begun.
    fn is_due(&self, began: Option<Moment>, now: Moment) -> bool {
        let last = |began: Moment, at: Moment| at <= now && began < at;
        match (self.every_minutes, self.daily.as_deref().and_then(minute_of)) {
            (Some(minutes), _) => began.is_none_or(|at| at.plus_seconds(minutes * 60) <= now),
            (None, Some(minute)) => {
                let today = now.day().start().plus_seconds(minute * 60);
                let latest = if today <= now { today } else { today.plus_seconds(-DAY_SECONDS) };
                // One that was never read waits for its time.
                began.map_or(today <= now && now < today.plus_seconds(300), |began| {
                    last(began, latest)
                })
            }
            (None, None) => false,
        }
    }
}

/// The source of a connector. Nothing is reached for yet. Paths start from the configuration's folder.
pub(super) fn opened(
    connector: &Connect,
    password_file: Option<&Path>,
    config: &Config,
    clock: Arc<dyn Clock>,
) -> Outcome<Box<dyn Source>> {
    let mut connect = connector.clone();
    match &mut connect {
        Connect::Sqlite { path, .. } | Connect::Folder { path, .. } => *path = config.path(path),
        _ => {}
    }
    if let (Some(file), Some(secret)) = (password_file, password(&mut connect)) {
        let read = crate::secret::read(&config.path(file))?;
        *secret = Secret(read.to_string());
    }
    Ok(connect.open(clock).map_err(told)?)
}

/// The table of this name of those that a source has; the only one where none is named.
pub(super) fn choose(tables: Vec<TableShape>, name: &str) -> Result<TableShape, Refusal> {
    let named = |one: &TableShape| name.is_empty() || one.name == name || one.full_name() == name;
    let mut found = tables.into_iter().filter(named);
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one),
        (None, _) => Err(wrong(format!("数据源里没有名为“{name}”的表"))
            .remedy("请核对表名，或者请管理员授予账号查看权限")),
        (Some(one), Some(other)) => {
            let (one, other) = (one.full_name(), other.full_name());
            Err(wrong(format!("数据源里有“{one}”、“{other}”等几张表，请写明一张")))
        }
    }
}

fn password(connect: &mut Connect) -> Option<&mut Secret> {
    match connect {
        Connect::Postgres { server } | Connect::Mysql { server, .. } => Some(&mut server.password),
        _ => None,
    }
}

/// Why a source was not read, as whoever runs the gateway is told.
pub(super) fn told(unread: Unread) -> Refusal {
    let remedy = unread.remedy();
    Refusal::new(RefusalKind::Unavailable, unread.code(), unread.to_string()).remedy(remedy)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> PublishFrom {
        toml::from_str(&format!(
            "{text}\nresource = \"201001/000001\"\n[connector]\nkind = \"sqlite\"\npath = \"a.db\"\n\
             [[items]]\nname = \"code\"\nfrom = [\"no\"]\n"
        ))
        .unwrap()
    }

    fn at(text: &str) -> Moment {
        let (day, minute) = text.split_once(' ').unwrap();
        let day: base::Day = day.parse().unwrap();
        day.start().plus_seconds(minute_of(minute).unwrap() * 60)
    }

    #[test]
    fn it_is_due_each_so_many_minutes_or_once_a_day_at_its_time() {
        let often = one("every_minutes = 30");
        assert!(often.fits().is_ok());
        assert!(often.is_due(None, at("2026-03-02 10:00")));
        assert!(!often.is_due(Some(at("2026-03-02 10:00")), at("2026-03-02 10:29")));
        assert!(often.is_due(Some(at("2026-03-02 10:00")), at("2026-03-02 10:30")));
        let nightly = one("daily = \"02:30\"");
        let due = |began: &str, now: &str| nightly.is_due(Some(at(began)), at(now));
        assert!(!due("2026-03-02 02:30", "2026-03-03 02:29"));
        assert!(due("2026-03-02 02:30", "2026-03-03 02:30"));
        // The gateway was down at that time: it is made up for.
        assert!(due("2026-03-02 02:30", "2026-03-03 18:00"));
        assert!(!due("2026-03-03 18:00", "2026-03-04 01:00"));
        assert!(!nightly.is_due(None, at("2026-03-03 18:00")));
        assert!(nightly.is_due(None, at("2026-03-03 02:31")));
        for bad in ["", "every_minutes = 0", "daily = \"2:30\"", "daily = \"24:00\""] {
            assert!(one(bad).fits().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_row_is_known_by_what_is_said_or_by_the_columns_of_the_tables_own_key() {
        let shape = |key: &[&str]| TableShape {
            key: key.iter().map(|column| (*column).to_owned()).collect(),
            ..TableShape::default()
        };
        let plain = one("every_minutes = 30");
        assert_eq!(plain.key_places(&shape(&["no"])), [0]);
        assert!(plain.key_places(&shape(&["no", "other"])).is_empty(), "half a key is none");
        assert!(plain.key_places(&shape(&[])).is_empty());
        let said = one("every_minutes = 30\nkey = [\"code\"]");
        assert_eq!(said.key_places(&shape(&["other"])), [0]);
        assert!(said.fits().is_ok());
        assert!(one("every_minutes = 30\nkey = [\"nothing\"]").fits().is_err());
    }

    #[test]
    fn the_digest_tells_what_is_sent_and_not_when_or_by_which_password() {
        let digest = |text: &str| one(text).digest().unwrap();
        let often = digest("every_minutes = 30");
        assert_eq!(often, digest("daily = \"02:30\""));
        assert_ne!(often, digest("every_minutes = 30\nto = \"ezhou-wjw\""));
        assert_ne!(often, digest("every_minutes = 30\ntable = \"b\""));
    }
}
