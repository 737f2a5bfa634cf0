//! The vault itself: in by [`Vault::stage`], out by [`Vault::fetch`].

use std::collections::HashSet;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base::{Fault, Id, Moment, Outcome};
use data_encoding::HEXLOWER;
use seal::Keys;
use store::Store;
use tokio::sync::{RwLock, Semaphore};
use zeroize::Zeroizing;

use crate::folder;
use crate::judge::judge;
use crate::limits::Limits;
use crate::refusal::FileRefusal;
use crate::ring::enclosed_context;
use crate::rows::{self, Sealed};
use crate::terms::{File, FileInfo, Key, Place, Staged, Swept};

/// Files that are judged, sealed or opened at one time. Each is in memory twice or three times
/// over, and takes a processor for itself.
const AT_ONCE: usize = 4;
/// Contents or keys that one transaction of a sweep looks at or deletes: no writer waits for more.
const SWEPT_AT_ONCE: u32 = 500;
/// What the key of addresses is drawn from a scope's key with.
const ADDRESS: &[u8] = b"cityhall vault address";

/// The files of one city. Cheap to clone; all clones are the same vault.
#[derive(Clone)]
pub struct Vault {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    keys: Arc<Keys>,
    place: Place,
    limits: Arc<Limits>,
    turns: Semaphore,
    /// A sweep is alone: between a file and its row stands nobody.
    sweeping: RwLock<()>,
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vault").field("place", &self.inner.place).finish_non_exhaustive()
    }
}

/// A scope's key in the open.
struct ScopeKey {
    id: Id<Key>,
    secret: Zeroizing<[u8; 16]>,
    wrapped: Vec<u8>,
}

impl ScopeKey {
    fn address(&self, bytes: &[u8]) -> String {
        let key = seal::hmac_sm3(self.secret.as_slice(), &[ADDRESS]);
        HEXLOWER.encode(&seal::hmac_sm3(&key, &[bytes]))
    }
}

impl Vault {
    /// A vault over this database, with the limits of `data/limits.json`.
    pub fn new(store: Store, keys: Arc<Keys>, place: Place) -> Self {
        Self::with(store, keys, place, Limits::default())
    }

    /// A vault with limits of its own.
    pub fn with(store: Store, keys: Arc<Keys>, place: Place, limits: Limits) -> Self {
        let inner = Inner {
            store,
            keys,
            place,
            limits: Arc::new(limits),
            turns: Semaphore::new(AT_ONCE),
            sweeping: RwLock::new(()),
        };
        Self { inner: Arc::new(inner) }
    }

    pub(crate) fn place(&self) -> Place {
        self.inner.place.clone()
    }

    pub(crate) fn store(&self) -> &Store {
        &self.inner.store
    }

    /// The limits, for the words beside a file field.
    pub fn limits(&self) -> &Limits {
        &self.inner.limits
    }

    /// Judges a file for a scope (`kind` and `scope`), seals it and makes it durable, before the
    /// transaction that names it by [`crate::attach`]. `label` says what it is there for.
    ///
    /// Refuses with a [`FileRefusal`]; after a refusal nothing is left behind.
    pub async fn stage(
        &self,
        kind: &str,
        scope: &str,
        label: &str,
        name: &str,
        bytes: Vec<u8>,
    ) -> Outcome<Staged> {
        let inner = self.inner.clone();
        let _turn = inner.turns.acquire().await.map_err(Fault::from)?;
        let limits = inner.limits.clone();
        let (size, given) = (bytes.len() as u64, name.to_owned());
        let (judged, bytes) =
            blocking(move || Ok((judge(&given, &bytes, &limits)?, bytes))).await?;

        let (held_kind, held_scope) = (kind.to_owned(), scope.to_owned());
        let (used, known) = inner
            .store
            .read(move |reader| {
                let used = rows::used(reader, &held_kind, &held_scope)?;
                Ok((used, rows::key_of(reader, &held_kind, &held_scope)?))
            })
            .await?;
        used.room_for(size, &inner.limits)?;
        let key = inner.scope_key(known)?;
        let id = key.id;
        let address = inner.keep(kind, scope, key, bytes).await?;
        Ok(Staged {
            scope_kind: kind.to_owned(),
            scope_id: scope.to_owned(),
            label: label.to_owned(),
            name: judged.name,
            size,
            media_type: judged.media_type,
            address,
            key: id,
            chance: Id::<File>::mint(Moment::from_millis(0)).bits(),
            limits: inner.limits.clone(),
        })
    }

    /// The same for a file that the city makes itself: nobody judges it, and it is of this media type.
    pub async fn stage_made(
        &self,
        (kind, scope): (&str, &str),
        (label, name, media_type): (&str, &str, &str),
        bytes: Vec<u8>,
    ) -> Outcome<Staged> {
        let inner = self.inner.clone();
        let _turn = inner.turns.acquire().await.map_err(Fault::from)?;
        let size = bytes.len() as u64;
        let (held_kind, held_scope) = (kind.to_owned(), scope.to_owned());
        let known = inner.store.read(move |reader| rows::key_of(reader, &held_kind, &held_scope));
        let key = inner.scope_key(known.await?)?;
        let id = key.id;
        let address = inner.keep(kind, scope, key, bytes).await?;
        Ok(Staged {
            scope_kind: kind.to_owned(),
            scope_id: scope.to_owned(),
            label: label.to_owned(),
            name: name.to_owned(),
            size,
            media_type: media_type.to_owned(),
            address,
            key: id,
            chance: Id::<File>::mint(Moment::from_millis(0)).bits(),
            limits: inner.limits.clone(),
        })
    }

    /// A file with its content. The caller has checked that the person may see it. Refuses
    /// [`FileRefusal::NoFile`] and [`FileRefusal::Erased`]; a content that is missing or changed
    /// is a fault.
    pub async fn fetch(&self, id: Id<File>) -> Outcome<(FileInfo, Vec<u8>)> {
        let inner = self.inner.clone();
        let _turn = inner.turns.acquire().await.map_err(Fault::from)?;
        let look = move |reader: &store::Reader<'_>| {
            Ok((rows::file(reader, id)?, rows::sealed(reader, id)?))
        };
        let (Some(info), Some(sealed)) = inner.store.read(look).await? else {
            return Err(FileRefusal::NoFile.into());
        };
        let opener = inner.clone();
        let bytes = blocking(move || opener.open(sealed)).await?;
        Ok((info, bytes))
    }

    /// Whether a scope's key opens.
    pub(crate) fn unwraps(&self, id: Id<Key>, wrapped: &[u8]) -> bool {
        self.inner.keys.unwrap_key(&enclosed_context(id), wrapped).is_ok()
    }

    /// Whether a content opens; `None` where its key was erased or it is not there.
    pub(crate) async fn opens(&self, sealed: Sealed) -> Outcome<Option<bool>> {
        let inner = self.inner.clone();
        let _turn = inner.turns.acquire().await.map_err(Fault::from)?;
        let opener = inner.clone();
        blocking(move || {
            let there = match &opener.place {
                Place::Folder(root) => folder::path(root, &sealed.address).exists(),
                Place::Rows => sealed.content.is_some(),
            };
            if !there || sealed.wrapped.is_none() {
                return Ok(None);
            }
            Ok(Some(opener.open(sealed).is_ok()))
        })
        .await
    }

    /// Takes the contents that were erased by a lawful order out of the folder; on rows they went with the
    /// erasing. Says how many. Done again, it does what is left.
    pub async fn remove_erased(&self) -> Outcome<u64> {
        let inner = &self.inner;
        let mut removed = 0;
        loop {
            let listed = |reader: &store::Reader<'_>| rows::erased_contents(reader, SWEPT_AT_ONCE);
            let addresses = inner.store.read(listed).await?;
            if addresses.is_empty() {
                return Ok(removed);
            }
            removed += addresses.len() as u64;
            if let Place::Folder(root) = inner.place.clone() {
                let gone = addresses.clone();
                blocking(move || gone.iter().try_for_each(|one| folder::remove(&root, one)))
                    .await?;
            }
            let note = move |tx: &store::Tx<'_>| {
                addresses.iter().try_for_each(|address| rows::note_removed(tx, address))
            };
            inner.store.write(note).await?;
        }
    }

    /// Takes away what no file has named for [`Limits::orphan_hours`], and what a crash left in
    /// the folder. For a job that runs daily; stagings wait for a step of it at the longest.
    pub async fn sweep(&self, now: Moment) -> Outcome<Swept> {
        let inner = self.inner.clone();
        let before = now.plus_seconds(-3_600 * i64::from(inner.limits.orphan_hours));
        self.remove_erased().await?;
        inner.mark(now, rows::mark_contents).await?;
        inner.mark(now, rows::mark_keys).await?;
        let mut swept = Swept::default();
        loop {
            // A content that is staged anew while it goes away would be found and lost.
            let _alone = inner.sweeping.write().await;
            let drop = move |tx: &store::Tx<'_>| rows::drop_orphans(tx, before, SWEPT_AT_ONCE);
            let addresses = inner.store.write(drop).await?;
            let count = addresses.len();
            swept.contents += count as u64;
            if let Place::Folder(root) = inner.place.clone() {
                let remove =
                    move || addresses.iter().try_for_each(|one| folder::remove(&root, one));
                blocking(remove).await?;
            }
            if count < SWEPT_AT_ONCE as usize {
                break;
            }
        }
        loop {
            let drop = move |tx: &store::Tx<'_>| rows::drop_keys(tx, before, SWEPT_AT_ONCE);
            let count = inner.store.write(drop).await?;
            swept.keys += count;
            if count < u64::from(SWEPT_AT_ONCE) {
                break;
            }
        }
        if let Place::Folder(root) = &inner.place {
            swept.leftovers = inner.sweep_folder(root).await?;
        }
        Ok(swept)
    }
}

/// Marks a page of what a sweep may take away, from behind a key; gives the last key of the page.
type Mark = fn(&store::Tx<'_>, Moment, &str, u32) -> Outcome<Option<String>>;

impl Inner {
    /// Marks a whole table, page by page in the order of its key, each in a transaction of its own.
    async fn mark(&self, now: Moment, page: Mark) -> Outcome<()> {
        let mut after = String::new();
        loop {
            let from = after.clone();
            let marked = move |tx: &store::Tx<'_>| page(tx, now, &from, SWEPT_AT_ONCE);
            match self.store.write(marked).await? {
                Some(last) => after = last,
                None => return Ok(()),
            }
        }
    }

    /// The scope's key in the open: the one it has, or a new one that is not noted yet.
    fn scope_key(&self, known: Option<(Id<Key>, Vec<u8>)>) -> Outcome<ScopeKey> {
        if let Some((id, wrapped)) = known {
            let secret =
                self.keys.unwrap_key(&enclosed_context(id), &wrapped).map_err(unwrapping)?;
            return Ok(ScopeKey { id, secret, wrapped });
        }
        let id = base::chance::afresh(|| Id::mint(Moment::from_millis(0)));
        let (secret, wrapped) = self.keys.new_wrapped_key(&enclosed_context(id));
        Ok(ScopeKey { id, secret, wrapped })
    }

    /// Seals a content and makes it durable together with its key; gives its address.
    async fn keep(
        self: &Arc<Self>,
        kind: &str,
        scope: &str,
        key: ScopeKey,
        bytes: Vec<u8>,
    ) -> Outcome<String> {
        let _no_sweep = self.sweeping.read().await;
        let size = bytes.len() as u64;
        let sealer = self.clone();
        let (id, wrapped) = (key.id, key.wrapped.clone());
        let (address, content) = blocking(move || {
            let address = key.address(&bytes);
            if let Place::Folder(root) = &sealer.place
                && folder::stands(root, &address)?
            {
                return Ok((address, None));
            }
            let sealed = seal::sm4_gcm_seal(&key.secret, address.as_bytes(), &bytes);
            match &sealer.place {
                Place::Folder(root) => {
                    folder::write(root, &address, &sealed)?;
                    Ok((address, None))
                }
                Place::Rows => Ok((address, Some(sealed))),
            }
        })
        .await?;
        let (kind, scope, noted) = (kind.to_owned(), scope.to_owned(), address.clone());
        self.store
            .write(move |tx| {
                rows::add_key(tx, id, &kind, &scope, &wrapped)?;
                rows::add_content(tx, &noted, size, content.as_deref())
            })
            .await?;
        Ok(address)
    }

    fn open(&self, sealed: Sealed) -> Outcome<Vec<u8>> {
        let wrapped = sealed.wrapped.ok_or(FileRefusal::Erased { document: sealed.erased })?;
        let key = self.scope_key(Some((sealed.key, wrapped)))?;
        let content = match &self.place {
            Place::Folder(root) => folder::read(root, &sealed.address)?,
            Place::Rows => sealed.content,
        };
        let content =
            content.ok_or_else(|| Fault::said(format!("no content at {}", sealed.address)))?;
        // The address is bound in, so one content never passes for another.
        let bytes = seal::sm4_gcm_open(&key.secret, sealed.address.as_bytes(), &content);
        Ok(bytes.map_err(|error| Fault::while_doing("opening a content of the vault", error))?)
    }

    async fn sweep_folder(&self, root: &Path) -> Outcome<u64> {
        let mut leftovers = 0;
        let listed: PathBuf = root.to_owned();
        for prefix in blocking(move || folder::prefixes(&listed)).await? {
            let looked_up = prefix.clone();
            // A content that is staged stands before it is named.
            let _alone = self.sweeping.write().await;
            let known = self.store.read(move |reader| rows::addresses(reader, &looked_up)).await?;
            let known: HashSet<String> = known.into_iter().collect();
            let root = root.to_owned();
            leftovers += blocking(move || folder::keep_only(&root, &prefix, &known)).await?;
        }
        Ok(leftovers)
    }
}

fn unwrapping(error: seal::SealError) -> Fault {
    Fault::while_doing("unwrapping a key of the vault", error)
}

/// Runs what takes long or touches the disk away from the threads that answer requests.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Outcome<T> + Send + 'static,
) -> Outcome<T> {
    tokio::task::spawn_blocking(work).await.map_err(Fault::from)?
}
