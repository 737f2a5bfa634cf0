//! Pages of documents kept ready in memory: everybody who is not signed in reads the same bytes.
//!
//! A kept page is good for a second; then the document's version is looked up again, so that what
//! another process withdrew is gone a second later. What this process withdraws is gone at once.

use std::collections::HashMap;
use std::io::Write;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::Bytes;
use base::Id;
use flate2::Compression;
use flate2::write::GzEncoder;
use frame::Prefs;
use tokio::time::Instant;

use crate::terms::Document;

const FRESH: Duration = Duration::from_secs(1);
/// All kept pages together; past it they are dropped and kept anew.
const BYTES_MAX: usize = 32 * 1024 * 1024;

/// Which page: the document, the address it was asked for by, and how it looks.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    /// The document.
    pub id: Id<Document>,
    /// The path, without a query.
    pub path: String,
    /// Elder mode.
    pub elder: bool,
    /// Text size.
    pub larger: u8,
}

impl Key {
    /// The key of a request's page, if it may be kept: nobody is signed in and nothing is asked.
    pub fn of(cx: &frame::Cx, id: Id<Document>) -> Option<Self> {
        let plain = cx.person().is_none() && !cx.target().contains('?');
        let Prefs { elder, larger } = cx.prefs();
        plain.then(|| Self { id, path: cx.target().to_owned(), elder, larger })
    }
}

/// A kept page.
#[derive(Clone)]
pub(super) struct Page {
    /// The whole page.
    pub plain: Bytes,
    /// The same, compressed once for all who take it so.
    pub gzip: Bytes,
    /// The version of the document it shows.
    pub version: i64,
    checked: Instant,
}

impl Page {
    /// A page of this version.
    pub fn new(plain: Bytes, version: i64) -> std::io::Result<Self> {
        let mut packer = GzEncoder::new(Vec::new(), Compression::default());
        packer.write_all(&plain)?;
        let gzip = packer.finish()?.into();
        Ok(Self { plain, gzip, version, checked: Instant::now() })
    }

    fn size(&self) -> usize {
        self.plain.len() + self.gzip.len()
    }

    /// Whether it can be given without a look at the document.
    pub fn is_fresh(&self) -> bool {
        self.checked.elapsed() < FRESH
    }
}

#[derive(Default)]
struct Shelf {
    pages: HashMap<Key, Page>,
    bytes: usize,
}

static SHELF: LazyLock<Mutex<Shelf>> = LazyLock::new(Mutex::default);

fn shelf() -> MutexGuard<'static, Shelf> {
    SHELF.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The page kept under a key.
pub(super) fn find(key: &Key) -> Option<Page> {
    shelf().pages.get(key).cloned()
}

/// Keeps a page, or notes that a kept one was found to be good.
pub(super) fn keep(key: Key, page: &Page) {
    let mut shelf = shelf();
    if shelf.bytes + page.size() > BYTES_MAX {
        *shelf = Shelf::default();
    }
    shelf.bytes += page.size();
    let page = Page { checked: Instant::now(), ..page.clone() };
    if let Some(before) = shelf.pages.insert(key, page) {
        shelf.bytes = shelf.bytes.saturating_sub(before.size());
    }
}

/// Drops every page of a document.
pub(super) fn forget(id: Id<Document>) {
    let mut shelf = shelf();
    shelf.pages.retain(|key, _| key.id != id);
    shelf.bytes = shelf.pages.values().map(Page::size).sum();
}
