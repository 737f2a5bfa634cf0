//! Where a log is read from: a site, or a folder in the same layout. Nothing that comes from there
//! is believed: sizes are limited, redirects are not followed, and every error has words.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::time::Duration;

use seal::merkle::{TILE_WIDTH, tile_path};
use seal::note::{LOG_KEYS_BYTES_MAX, NOTE_BYTES_MAX};

use crate::files;

/// How long one answer may take.
const ANSWER_MAX: Duration = Duration::from_secs(30);
/// The list of the log's keys, beside its checkpoint.
pub const KEYS: &str = "keys";
/// So many tiles are asked for at once: far sites answer late.
const AHEAD: u64 = 16;

/// A place that holds a log.
pub enum Source {
    /// `checkpoint` and `tile/` in a folder.
    Folder(PathBuf),
    /// The same under an address.
    Site {
        /// The log's address, without a slash at the end.
        log: String,
        /// Asks it.
        agent: ureq::Agent,
    },
}

impl Source {
    /// The place that was named: an address of a city or of its log, or else a folder.
    pub fn at(place: &str) -> Self {
        if !place.starts_with("http://") && !place.starts_with("https://") {
            return Self::Folder(place.into());
        }
        let site = place.trim_end_matches('/');
        let log = if site.ends_with("/log") { site.to_owned() } else { format!("{site}/log") };
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(ANSWER_MAX))
            .max_idle_connections_per_host(AHEAD as usize)
            .user_agent(concat!("cityhall/", env!("CARGO_PKG_VERSION")))
            .build();
        Self::Site { log, agent: agent.into() }
    }

    /// The signed checkpoint.
    pub fn checkpoint(&self) -> Result<String, String> {
        let bytes = self.read("checkpoint", NOTE_BYTES_MAX + 1)?;
        String::from_utf8(bytes).map_err(|_| "不是文本".to_owned())
    }

    /// The list of the log's keys; none where nothing of that name is published.
    pub fn keys(&self) -> Result<Option<String>, String> {
        let there = match self {
            Self::Folder(folder) => folder.join(KEYS).exists(),
            Self::Site { log, agent } => is_there(agent, &format!("{log}/{KEYS}"))?,
        };
        if !there {
            return Ok(None);
        }
        let bytes = self.read(KEYS, LOG_KEYS_BYTES_MAX + 1)?;
        String::from_utf8(bytes).map(Some).map_err(|_| "不是文本".to_owned())
    }

    fn tile(&self, level: u8, index: u64, width: usize) -> Result<Vec<u8>, String> {
        // A byte more than wanted shows that it is too wide.
        self.read(&tile_path(level, index, width), width * 32 + 1)
    }

    fn read(&self, path: &str, bytes_max: usize) -> Result<Vec<u8>, String> {
        match self {
            Self::Folder(folder) => files::read(&folder.join(path), bytes_max),
            Self::Site { log, agent } => fetch(agent, &format!("{log}/{path}"), bytes_max),
        }
    }
}

/// Whether a site has this at all.
fn is_there(agent: &ureq::Agent, url: &str) -> Result<bool, String> {
    let answer = agent.get(url).call().map_err(|error| unreached(&error))?;
    Ok(answer.status().as_u16() != 404)
}

fn fetch(agent: &ureq::Agent, url: &str, bytes_max: usize) -> Result<Vec<u8>, String> {
    let mut answer = agent.get(url).call().map_err(|error| unreached(&error))?;
    match answer.status().as_u16() {
        200 => {}
        404 => return Err("网站说没有（404）".into()),
        status @ 300..400 => return Err(format!("网站要转到别处（{status}），没有跟随")),
        status => return Err(format!("网站的答复是 {status}")),
    }
    let body = answer.body_mut().with_config().limit(bytes_max as u64);
    body.read_to_vec().map_err(|error| match error {
        ureq::Error::BodyExceedsLimit(_) => format!("比 {bytes_max} 字节还长，没有读完"),
        error => unreached(&error),
    })
}

fn unreached(error: &ureq::Error) -> String {
    format!("联系不上网站\n技术原因：{error}")
}

/// The tiles of a log of a known size; from a site those of level 0 are asked for ahead.
pub struct Tiles<'a> {
    source: &'a Source,
    size: u64,
    ahead: VecDeque<(u64, Result<Vec<u8>, String>)>,
}

impl<'a> Tiles<'a> {
    /// The tiles of a log of `size` leaves.
    pub fn new(source: &'a Source, size: u64) -> Self {
        Self { source, size, ahead: VecDeque::new() }
    }

    /// One tile.
    pub fn read(&mut self, level: u8, index: u64, width: usize) -> Result<Vec<u8>, String> {
        if level > 0 || matches!(self.source, Source::Folder(_)) {
            return self.source.tile(level, index, width);
        }
        if self.ahead.front().is_none_or(|(ahead, _)| *ahead != index) {
            self.ahead = self.ask(index);
        }
        match self.ahead.pop_front() {
            Some((_, tile)) => tile,
            None => self.source.tile(level, index, width),
        }
    }

    /// Asks for this tile of level 0 and those after it, side by side.
    fn ask(&self, from: u64) -> VecDeque<(u64, Result<Vec<u8>, String>)> {
        let full = TILE_WIDTH as u64;
        let wanted = (from..from + AHEAD).filter_map(|index| {
            let left = self.size.checked_sub(index.checked_mul(full)?)?;
            (left > 0).then_some((index, left.min(full) as usize))
        });
        std::thread::scope(|scope| {
            let asked: Vec<_> = wanted
                .map(|(index, width)| {
                    (index, scope.spawn(move || self.source.tile(0, index, width)))
                })
                .collect();
            asked
                .into_iter()
                .map(|(index, answer)| {
                    let tile = answer.join().unwrap_or_else(|_| Err("读取时出错".into()));
                    (index, tile)
                })
                .collect()
        })
    }
}
