//! A department's site: its keys, its store, what it knows of the centre. What is to be sent and what came lies in the
//! store; nothing is kept in memory alone.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use base::{Clock, Fault, Moment, Outcome, Refusal, RefusalKind};
use delivery::{Bound, Pace};
use message::{Opener, Sealer};
use seal::cert::{Certificate, Purpose};
use seal::{LogKey, PublicKey, SigningKey};
use store::{Place, Settings, Store};
use tokio::sync::Notify;

use super::answers::Tables;
use super::book::{Book, Told};
use super::centre::{Line, Trouble};
use super::config::{Config, Previous};
use super::publishes;
use super::rules::{self, Standing};
use crate::agent::{Passphrase, open_key};
use crate::{city, files};

/// What is to be sent.
pub(super) const OUT: &str = "out";
/// What was sent, signed: for evidence.
pub(super) const SENT: &str = "sent";
/// What came for the department's systems: answers under the names of their asks, and what was published.
pub(super) const IN: &str = "in";
/// Asks that wait to be answered here.
pub(super) const ASKS: &str = "asks";
/// What came of subscriptions, until it is taken up in its order.
pub(super) const SUBSCRIBED: &str = "subscribed";
/// How much a queue holds.
pub(super) const BOUND: Bound = Bound { letters_max: 100_000, bytes_max: 4 * 1024 * 1024 * 1024 };
/// How what is to be sent is tried again: until its time is over.
pub(super) const OUTWARDS: Pace =
    Pace { lease_seconds: 120, pause_seconds: 1, pause_seconds_max: 60, tries_max: i64::MAX };
/// How asks are answered again, and what came is handed out again.
pub(super) const INWARDS: Pace =
    Pace { lease_seconds: 60, pause_seconds: 2, pause_seconds_max: 300, tries_max: i64::MAX };
/// The book as it was told last, so that a gateway starts without the centre.
const BOOK: &str = "directory.json";
const BOOK_BYTES_MAX: usize = 64 * 1024 * 1024;

/// A department's site.
pub struct Site {
    pub(super) config: Config,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) store: Store,
    pub(super) line: Line,
    pub(super) key: LogKey,
    pub(super) signing: Certificate,
    sealing: Certificate,
    pub(super) opener: Opener,
    pub(super) sealer: Sealer,
    pub(super) token: String,
    /// Tables that answer.
    pub(super) tables: Tables,
    pub(super) log_key: Option<PublicKey>,
    authority: Certificate,
    book: RwLock<Option<Arc<Book>>>,
    standing: Mutex<Standing>,
    /// Rung when something is to be sent.
    pub(super) outwards: Notify,
    /// Rung when an ask is to be answered.
    pub(super) asked: Notify,
    /// Rung when something came for the department's systems.
    pub(super) came: Notify,
}

fn wrong(words: impl Into<String>) -> Refusal {
    Refusal::new(RefusalKind::Invalid, "gateway.unfit", words)
}

fn certificate(config: &Config, path: &Path) -> Outcome<Certificate> {
    let path = config.path(path);
    let bytes = files::read(&path, 64 * 1024)
        .map_err(|why| wrong(format!("{} 读不出来：{why}", path.display())))?;
    let read = Certificate::read(&bytes);
    Ok(read.map_err(|why| wrong(format!("{}：{why}", path.display())))?)
}

/// The keys for opening that were exchanged, each named by its certificate.
fn previous(config: &Config, phrase: Passphrase<'_>) -> Outcome<Vec<([u8; 32], SigningKey)>> {
    let read = |one: &Previous| {
        let sealing = certificate(config, &one.sealing_certificate)?;
        let key = open_key(&config.path(&one.sealing), phrase)?;
        match key.public() == *sealing.key() {
            true => Ok((sealing.fingerprint(), key)),
            false => {
                let path = one.sealing_certificate.display();
                Err(wrong(format!("previous 里的 {path} 和它的私钥不是一对")).into())
            }
        }
    };
    config.keys.previous.iter().map(read).collect()
}

impl Site {
    /// Opens a site as its configuration says.
    pub fn open(config: Config, clock: Arc<dyn Clock>) -> Outcome<Arc<Self>> {
        let keys = &config.keys;
        let (signing, sealing) = (
            certificate(&config, &keys.signing_certificate)?,
            certificate(&config, &keys.sealing_certificate)?,
        );
        let phrase = keys.passphrase_file.as_ref().map(|file| config.path(file));
        let phrase = Passphrase::File(phrase.as_deref());
        let key = match &keys.device {
            Some(device) => crate::holder::signing_device(device, &config.folder)?,
            None => LogKey::Here(open_key(&config.path(&keys.signing), phrase)?),
        };
        let opening = open_key(&config.path(&keys.sealing), phrase)?;
        for (fits, one, words) in [
            (key.public() == *signing.key(), &signing, "签名"),
            (opening.public() == *sealing.key(), &sealing, "加密"),
        ] {
            if !fits {
                return Err(wrong(format!("{words}证书和{words}私钥不是一对")).into());
            }
            let found = one.common_name().unwrap_or_default();
            if found != config.name {
                let words =
                    format!("{words}证书上的名称是“{found}”，配置里写的是“{}”", config.name);
                return Err(wrong(words).into());
            }
        }
        if !signing.is_for(Purpose::Signature) || !sealing.is_for(Purpose::Encipherment) {
            return Err(wrong("签名证书和加密证书放反了，或者用途不对").into());
        }
        let mut openers = vec![(sealing.fingerprint(), opening)];
        openers.extend(previous(&config, phrase)?);
        let log_key = config.log_key.as_ref().map(|path| config.path(path));
        let log_key = log_key.map(|path| crate::commands::read_key(&path)).transpose()?;
        let authority = certificate(&config, &config.authority)?;
        let data = config.path(&config.data);
        city::make_folder(&data)?;
        let store = Store::open(&Settings::at(Place::File(data.join("gateway.db"))))?;
        store.migrate(&[delivery::MIGRATIONS, publishes::MIGRATIONS])?;
        // Nobody else works on this store: what a process that was killed had taken is taken anew.
        let now = clock.now();
        store.write_now(move |tx| {
            delivery::come_back(tx, OUT, now)?;
            delivery::come_back(tx, SUBSCRIBED, now)?;
            delivery::come_back(tx, ASKS, now).map(drop)
        })?;
        let token = crate::secret::read(&config.path(&config.token_file))?;
        let ends = signing.until().min(sealing.until());
        let site = Arc::new(Self {
            line: Line::open(&config)?,
            opener: Opener::new(openers),
            sealer: Sealer::default(),
            token: token.to_string(),
            tables: Tables::default(),
            book: RwLock::default(),
            standing: Mutex::new(Standing { ends: Some(ends), ..Standing::default() }),
            outwards: Notify::new(),
            asked: Notify::new(),
            came: Notify::new(),
            config,
            clock,
            store,
            key,
            signing,
            sealing,
            log_key,
            authority,
        });
        site.recall();
        Ok(site)
    }

    pub(super) fn now(&self) -> Moment {
        self.clock.now()
    }

    /// The book of the last time, if there is one that still holds.
    fn recall(&self) {
        let path = self.config.path(&self.config.data).join(BOOK);
        let Ok(bytes) = files::read(&path, BOOK_BYTES_MAX) else { return };
        let Ok(told) = serde_json::from_slice::<Told>(&bytes) else { return };
        if let Ok(book) = Book::read(told, &self.authority, self.now()) {
            self.turn_to(book);
        }
    }

    /// From now on this book is believed.
    pub(super) fn turn_to(&self, book: Book) {
        let own = book.named(&self.config.name).and_then(|own| {
            let signs = own.signing == self.signing;
            let replaced = own.replaced(&self.signing.fingerprint());
            rules::registered_otherwise(signs, replaced, own.sealing == self.sealing)
        });
        *self.book.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(book));
        self.note(|standing| (standing.knows_centre, standing.registered) = (true, own));
    }

    /// What the centre has told of others.
    pub(super) fn book(&self) -> Option<Arc<Book>> {
        self.book.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Notes something of the site's own standing.
    pub(super) fn note(&self, change: impl FnOnce(&mut Standing)) {
        change(&mut self.standing.lock().unwrap_or_else(PoisonError::into_inner));
    }

    pub(super) fn standing(&self) -> Standing {
        self.standing.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether anything may be sent now.
    pub(super) fn may_send(&self) -> Result<(), Refusal> {
        rules::may_send(&self.standing(), self.now())
    }

    /// A token of the centre; notes how far the clocks are apart, and what the centre says. Blocks.
    pub(super) fn let_in(&self) -> Result<String, Trouble> {
        let now = self.now();
        match self.line.token(&self.key, now) {
            Ok((token, centre)) => {
                self.note(|standing| {
                    if let Some(centre) = centre {
                        standing.offset_ms = Some(now.millis() - centre.millis());
                    }
                    (standing.heard, standing.refused, standing.clock) = (Some(now), None, None);
                });
                Ok(token)
            }
            Err(trouble) => {
                if let Trouble::Refused { code, words } = &trouble {
                    tracing::warn!(code, words, "the centre does not let this gateway in");
                    let of_the_clock = (code == "exchange.clock").then(|| words.clone());
                    self.note(|standing| {
                        (standing.refused, standing.clock) = (Some(words.clone()), of_the_clock);
                    });
                }
                Err(trouble)
            }
        }
    }

    /// Reads the directory of the centre anew. Blocks.
    pub(super) fn learn(&self) -> Result<(), Trouble> {
        let token = self.let_in()?;
        let bytes = self.line.get("directory", &token)?;
        let told: Told = super::centre::read(&bytes)?;
        let book = Book::read(told, &self.authority, self.now())
            .map_err(|stop| Trouble::Away(format!("中心的通讯录不能用：{stop}"), 30))?;
        let path = self.config.path(&self.config.data).join(BOOK);
        if let Err(error) = files::replace(&path, &bytes) {
            tracing::warn!(%error, "the directory could not be kept");
        }
        self.turn_to(book);
        Ok(())
    }
}

/// A fault of work that was handed to another thread.
pub(super) fn broken(error: tokio::task::JoinError) -> base::Stop {
    Fault::from(error).into()
}
