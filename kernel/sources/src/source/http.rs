//! A program that answers over HTTP with JSON, page by page. Nothing but the host that was agreed upon is
//! asked, wherever its answers point.

mod page;

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use ureq::tls::{Certificate, RootCerts, TlsConfig, TlsProvider};
use url::Url;

use self::page::Page;
use super::folder::{columns, text_column};
use super::ordered::before;
use super::{
    Change, Go, Manner, Portion, Position, Secret, Selection, Sink, Source, TableShape, Tls, Unread,
};

const REDIRECTS_MAX: usize = 3;
/// How long to stay away when it is not said.
const LATER_SECONDS: u64 = 60;
const LATER_SECONDS_MAX: u64 = 86_400;
/// No reading has more pages; a program that always tells of another one is caught here.
const PAGES_MAX: u64 = 1_000_000;

/// What is asked, and how. All of it is data.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Api {
    /// The address of the first page.
    pub address: String,
    /// Headers of each request: the department's key.
    #[serde(default)]
    pub headers: Vec<(String, Secret)>,
    /// Where in an answer the list of objects stands, by names; nowhere: the answer is the list.
    #[serde(default)]
    pub rows_at: Vec<String>,
    /// How the next page is found.
    #[serde(default)]
    pub paging: Paging,
    /// The parameter that takes the last value when a table is read by watermark.
    #[serde(default)]
    pub since: Option<String>,
    /// Bytes of an answer at most.
    #[serde(default = "page_bytes_max")]
    pub page_bytes_max: u64,
    /// Seconds that an answer may take.
    #[serde(default = "seconds_max")]
    pub seconds_max: u64,
}

fn page_bytes_max() -> u64 {
    16 << 20
}

fn seconds_max() -> u64 {
    60
}

/// How the next page is found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "by")]
pub enum Paging {
    /// There is one page.
    #[default]
    None,
    /// By the header `Link`, `rel="next"`.
    Link,
    /// By an address in the answer, at these names.
    Next {
        /// The names.
        at: Vec<String>,
    },
    /// By a mark in the answer, at these names, which is sent as this parameter.
    Cursor {
        /// The names.
        at: Vec<String>,
        /// The parameter.
        parameter: String,
    },
    /// By a number that grows by one, until a page is empty.
    Number {
        /// The parameter.
        parameter: String,
        /// The number of the first page.
        first: u64,
    },
}

/// Before which page a reading stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct At {
    /// The address, the mark or the number of the next page; none before the first.
    pub next: Option<String>,
    /// The value from which on this reading asks.
    #[serde(default)]
    pub since: Option<String>,
    /// The highest value that was seen.
    #[serde(default)]
    pub mark: Option<String>,
}

/// A program.
pub struct Http {
    api: Api,
    first: Url,
    agent: ureq::Agent,
}

impl Http {
    /// The program at this address.
    pub fn new(api: Api, tls: &Tls) -> Result<Self, Unread> {
        let bad = |_| Unread::Unfit("接口的地址无法使用，应以 http:// 或者 https:// 开头".into());
        let first: Url = api.address.parse().map_err(bad)?;
        match (first.scheme(), tls) {
            ("https", Tls::Roots { .. }) | ("http", _) if first.has_host() => {}
            ("https", Tls::Off) => {
                return Err(Unread::Unfit("https 的接口要有信任的机构证书".into()));
            }
            _ => return Err(Unread::Unfit("接口的地址无法使用".into())),
        }
        let mut config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(None)
            .timeout_global(Some(Duration::from_secs(api.seconds_max)))
            .user_agent(concat!("cityhall/", env!("CARGO_PKG_VERSION")));
        if let Some(roots) = tls.roots()? {
            let roots = roots.iter().map(|root| Certificate::from_der(root.as_ref()).to_owned());
            let roots = RootCerts::new_with_certs(&roots.collect::<Vec<_>>());
            let tls = TlsConfig::builder().provider(TlsProvider::Rustls).root_certs(roots).build();
            config = config.tls_config(tls);
        }
        Ok(Self { api, first, agent: config.build().into() })
    }

    /// The address of a page.
    fn page_address(&self, at: &At) -> Result<Url, Unread> {
        let mut address = self.first.clone();
        match (&self.api.paging, &at.next) {
            (Paging::Link | Paging::Next { .. }, Some(next)) => {
                return self.joined(&self.first, next);
            }
            (Paging::Cursor { parameter, .. }, Some(cursor)) => {
                set(&mut address, parameter, cursor)
            }
            (Paging::Number { parameter, first }, next) => {
                let number = next.clone().unwrap_or_else(|| first.to_string());
                set(&mut address, parameter, &number);
            }
            (Paging::None, Some(_)) => return Err(Unread::OtherPosition),
            (_, None) => {}
        }
        if let (Some(parameter), Some(since)) = (&self.api.since, &at.since) {
            set(&mut address, parameter, since);
        }
        Ok(address)
    }

    /// An address that an answer points to, if it is of the same host.
    fn joined(&self, from: &Url, to: &str) -> Result<Url, Unread> {
        let to = from.join(to).map_err(|_| Unread::Answer("下一页的地址无法使用".into()))?;
        if to.origin() != self.first.origin() {
            let host = to.host_str().unwrap_or("别处");
            return Err(Unread::Answer(format!("接口要转到 {host}，没有跟随")));
        }
        Ok(to)
    }

    fn fetch(&self, mut address: Url) -> Result<Page, Unread> {
        for _ in 0..=REDIRECTS_MAX {
            let mut request = self.agent.get(address.as_str()).header("accept", "application/json");
            for (name, value) in &self.api.headers {
                request = request.header(name, &value.0);
            }
            let mut answer = request.call().map_err(|error| self.told(error))?;
            let header = |name: &str| {
                let value = answer.headers().get(name)?;
                value.to_str().ok().map(str::to_owned)
            };
            match answer.status().as_u16() {
                200 => {}
                301 | 302 | 303 | 307 | 308 => {
                    let to = header("location").unwrap_or_default();
                    address = self.joined(&address, &to)?;
                    continue;
                }
                401 | 403 => return Err(Unread::Denied("接口拒绝了请求".into())),
                404 => return Err(Unread::NoTable(self.name())),
                429 | 503 => {
                    let said = header("retry-after").and_then(|value| value.trim().parse().ok());
                    let seconds = said.unwrap_or(LATER_SECONDS).min(LATER_SECONDS_MAX);
                    return Err(Unread::Later { seconds });
                }
                status => return Err(Unread::Answer(format!("状态是 {status}"))),
            }
            let link = header("link").and_then(|link| page::next_of(&link));
            let body = answer.body_mut().with_config().limit(self.api.page_bytes_max).read_to_vec();
            let body = body.map_err(|error| self.told(error))?;
            return Page::read(&body, &self.api, link);
        }
        Err(Unread::Answer("转来转去没有结果".into()))
    }

    fn told(&self, error: ureq::Error) -> Unread {
        match error {
            ureq::Error::BodyExceedsLimit(_) => Unread::TooLarge(self.api.page_bytes_max >> 20),
            ureq::Error::Timeout(_) => Unread::TooLong(self.api.seconds_max),
            error @ (ureq::Error::HostNotFound | ureq::Error::ConnectionFailed) => {
                Unread::Unreachable("接口".into(), Some(error.into()))
            }
            ureq::Error::Io(error) if error.kind() == std::io::ErrorKind::ConnectionRefused => {
                Unread::Unreachable("接口".into(), Some(error.into()))
            }
            error => Unread::broken(error),
        }
    }

    fn name(&self) -> String {
        let last = self.first.path_segments().and_then(|mut parts| parts.next_back());
        last.filter(|part| !part.is_empty()).unwrap_or("rows").to_owned()
    }
}

fn set(address: &mut Url, parameter: &str, value: &str) {
    let kept: Vec<(String, String)> =
        address.query_pairs().into_owned().filter(|(name, _)| name != parameter).collect();
    let mut pairs = address.query_pairs_mut();
    pairs.clear().extend_pairs(kept).append_pair(parameter, value);
}

impl Source for Http {
    /// One table, with the names of the objects on the first page.
    fn describe(&mut self) -> Result<Vec<TableShape>, Unread> {
        let page = self.fetch(self.page_address(&At::default())?)?;
        let columns = page.names().iter().map(|name| text_column(name)).collect();
        Ok(vec![TableShape { name: self.name(), columns, ..TableShape::default() }])
    }

    fn read(
        &mut self,
        selection: &Selection,
        from: &Position,
        sink: &mut Sink<'_>,
    ) -> Result<Position, Unread> {
        let mut at = match from {
            Position::Start => At::default(),
            Position::Page(at) => at.clone(),
            _ => return Err(Unread::OtherPosition),
        };
        let watermark = match &selection.manner {
            Manner::Whole => None,
            Manner::Watermark { column, overlap } if self.api.since.is_some() => {
                Some((column.as_str(), *overlap))
            }
            _ => {
                let words = "接口只能整体读取，或者在约定了起始参数时按更新时间读取";
                return Err(Unread::Unfit(words.into()));
            }
        };
        if at.next.is_none() {
            // Rows of the overlap come again, since a program tells no order in which they could be known.
            let overlap = watermark.map_or(0, |(_, overlap)| overlap);
            at.since = at.mark.as_ref().map(|mark| before(mark, overlap));
        }
        let names = columns(selection)?;
        for _ in 0..PAGES_MAX {
            let page = self.fetch(self.page_address(&at)?)?;
            if let Some(difference) = page.difference(&selection.agreed) {
                return Err(Unread::Changed { table: self.name(), difference });
            }
            let (rows, troubles) = page.rows(selection, &names);
            let changes = vec![Change::Put; rows.len()];
            if let Some((column, _)) = watermark {
                at.mark = page.highest(column, at.mark.take());
            }
            let next = self.next(&page, &at);
            if next.is_some() && next == at.next {
                return Err(Unread::Answer("下一页又是这一页".into()));
            }
            let is_last = next.is_none();
            at.next = next;
            let after = match (is_last, watermark) {
                (true, None) => Position::Start,
                _ => Position::Page(at.clone()),
            };
            let portion = Portion {
                columns: &names,
                rows: &rows,
                changes: &changes,
                troubles: &troubles,
                notes: &[],
                partial: false,
                after: &after,
            };
            let empty = rows.is_empty() && troubles.is_empty();
            let go = if empty { Go::On } else { sink(&portion).map_err(Unread::Taker)? };
            if is_last || go == Go::Stop {
                return Ok(after);
            }
        }
        Err(Unread::Answer("页数没有尽头".into()))
    }
}

impl Http {
    /// Where the next page is, if there is one.
    fn next(&self, page: &Page, at: &At) -> Option<String> {
        match &self.api.paging {
            Paging::None => None,
            Paging::Link => page.link.clone(),
            Paging::Next { at: path } | Paging::Cursor { at: path, .. } => {
                match page::within(&page.whole, path)? {
                    Value::String(text) if !text.is_empty() => Some(text.clone()),
                    Value::Number(number) => Some(number.to_string()),
                    _ => None,
                }
            }
            Paging::Number { first, .. } if !page.is_empty() => {
                let number = at.next.as_ref().and_then(|next| next.parse().ok()).unwrap_or(*first);
                Some(number.saturating_add(1).to_string())
            }
            Paging::Number { .. } => None,
        }
    }
}
