//! TLS at the door: the certificate that is shown, taken anew when its files change, and the second door
//! that sends plain HTTP on.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use axum::Router;
use axum::extract::Request;
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base::{Moment, Outcome, Refusal, RefusalKind};
use frame::Hall;
use rustls::ServerConfig;
use rustls::crypto::ring::{default_provider, sign::any_supported_type};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tokio_rustls::TlsAcceptor;
use x509_cert::Certificate;
use x509_cert::der::Decode;

use crate::config;
use crate::files;

/// So often the files are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// A chain is short.
const CHAIN_BYTES_MAX: usize = 1024 * 1024;
/// From so many days before the end on the log reminds of it, once a day.
const REMINDED_DAYS: i64 = 30;

/// The certificate of this door and its key.
pub struct Tls {
    certificate: PathBuf,
    key: PathBuf,
    shown: Arc<Shown>,
    acceptor: TlsAcceptor,
}

/// Until when the certificate of this process's door holds, in milliseconds; nothing before there is one. A process
/// has one door of its own under TLS.
static UNTIL: AtomicI64 = AtomicI64::new(i64::MIN);

/// How it stands with the certificate that a door shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It holds longer than one is reminded of it.
    Good,
    /// It ends within so many days.
    EndsSoon(i64),
    /// It has ended: browsers refuse the city. The door stays open, since a program may still be let in by its
    /// keeper, and a new certificate is taken without closing it.
    Ended(Moment),
}

impl Standing {
    /// Of a certificate that holds until then.
    pub fn of(until: Moment, now: Moment) -> Self {
        match days_left(until, now) {
            ..0 => Standing::Ended(until),
            days @ 0..REMINDED_DAYS => Standing::EndsSoon(days),
            _ => Standing::Good,
        }
    }

    /// One word for programs.
    pub fn as_str(self) -> &'static str {
        match self {
            Standing::Good => "good",
            Standing::EndsSoon(_) => "ends-soon",
            Standing::Ended(_) => "ended",
        }
    }
}

/// Days until a moment; fewer than none once it has come.
fn days_left(until: Moment, now: Moment) -> i64 {
    (until.millis() - now.millis() - 1).div_euclid(24 * 3_600_000)
}

/// How it stands with the certificate of this process's door, and how many days are left; none where others speak
/// TLS for it.
pub fn standing(now: Moment) -> Option<(Standing, i64)> {
    let until = UNTIL.load(Ordering::Relaxed);
    let until = (until != i64::MIN).then(|| Moment::from_millis(until))?;
    Some((Standing::of(until, now), days_left(until, now)))
}

/// Until when the certificate holds that `[tls]` names, as it stands in the files now.
pub fn until_in_files(told: &config::Tls, data: &Path) -> Outcome<Moment> {
    Ok(read(&data.join(&told.certificate), &data.join(&told.key))?.until)
}

/// What is shown to who comes in now.
#[derive(Debug)]
struct Shown(RwLock<Kept>);

#[derive(Clone, Debug)]
struct Kept {
    pair: Arc<CertifiedKey>,
    until: Moment,
    read: Stamp,
}

/// By what one sees that the two files are other ones.
type Stamp = [Option<(SystemTime, u64)>; 2];

impl ResolvesServerCert for Shown {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.now().pair)
    }
}

impl Shown {
    fn now(&self) -> Kept {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Tls {
    /// Reads the certificate and the key that `[tls]` names; names are of files in the data folder.
    pub fn open(told: &config::Tls, data: &Path) -> Outcome<Self> {
        let (certificate, key) = (data.join(&told.certificate), data.join(&told.key));
        let shown = Arc::new(Shown(RwLock::new(read(&certificate, &key)?)));
        // TLS 1.2 and 1.3 with the suites that rustls holds for sound; it knows no others.
        let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| unfit(&certificate, &error.to_string()))?
            .with_no_client_auth()
            .with_cert_resolver(shown.clone());
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        let acceptor = TlsAcceptor::from(Arc::new(config));
        Ok(Self { certificate, key, shown, acceptor })
    }

    /// Takes connections in under TLS.
    pub fn acceptor(&self) -> TlsAcceptor {
        self.acceptor.clone()
    }

    /// Until when the certificate that is shown holds.
    pub fn until(&self) -> Moment {
        self.shown.now().until
    }

    /// Shows what stands in the files now, if they have changed. What does not fit together leaves the
    /// certificate that was shown before. Says whether another is shown.
    pub fn look(&self) -> Outcome<bool> {
        let stamp = stamp(&self.certificate, &self.key);
        if self.shown.now().read == stamp {
            return Ok(false);
        }
        // What does not fit is looked at again the next time: its mode may be what was wrong.
        let new = read(&self.certificate, &self.key)?;
        *self.shown.0.write().unwrap_or_else(PoisonError::into_inner) = new;
        Ok(true)
    }
}

/// Looks at the files for as long as the city is open, and reminds of the end. The same trouble is told once.
pub async fn follow(tls: Arc<Tls>, hall: Arc<Hall>) {
    let (mut reminded, mut last) = (None, String::new());
    loop {
        let looked = tls.look();
        if let Ok(true) = looked {
            tracing::info!(until = %tls.until().day(), "the door shows its new certificate");
        }
        let words = looked.err().map(|stop| stop.to_string()).unwrap_or_default();
        if !words.is_empty() && words != last {
            tracing::error!(fault = words, "the certificate of the door is not exchanged");
        }
        last = words;
        let (now, until) = (hall.now(), tls.until());
        UNTIL.store(until.millis(), Ordering::Relaxed);
        let standing = Standing::of(until, now);
        // Told once a day; and at once when it has come to its end.
        let said = Some((now.day(), standing.as_str()));
        if reminded != said {
            match standing {
                Standing::Good => {}
                Standing::EndsSoon(days) => {
                    tracing::warn!(days, "the certificate of the door ends soon");
                }
                Standing::Ended(at) => {
                    let at = at.to_minute();
                    tracing::error!(
                        at,
                        "the certificate of the door has ended: browsers refuse it"
                    );
                }
            }
            reminded = said;
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Sends who comes by plain HTTP to the city's own address. Nothing that was sent in the open is done.
pub fn sent_on(url: String) -> Router {
    Router::new().fallback(move |request: Request| {
        let url = url.clone();
        async move { to(&url, &request) }
    })
}

fn to(url: &str, request: &Request) -> Response {
    let close = (header::CONNECTION, "close".to_owned());
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let words = format!("这里不收内容，请改用 {url}\n");
        return (StatusCode::FORBIDDEN, [close], words).into_response();
    }
    // A program that sends its token in the open shall notice.
    if request.uri().path().starts_with("/api/") {
        let words =
            format!("程序接口只在 {url} 提供，请改用它；刚才的令牌已经在明文里传过，请停用\n");
        return (StatusCode::FORBIDDEN, [close], words).into_response();
    }
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let to = (header::LOCATION, format!("{url}{path}"));
    (StatusCode::PERMANENT_REDIRECT, [close, to]).into_response()
}

fn stamp(certificate: &Path, key: &Path) -> Stamp {
    [certificate, key].map(|path| {
        let facts = std::fs::metadata(path).ok()?;
        Some((facts.modified().ok()?, facts.len()))
    })
}

/// A chain and its key, if they belong together.
fn read(certificate: &Path, key: &Path) -> Outcome<Kept> {
    // Before reading, so that what is written meanwhile is seen by the next look.
    let read = stamp(certificate, key);
    let pem = files::read(certificate, CHAIN_BYTES_MAX).map_err(|why| unfit(certificate, &why))?;
    let chain: Vec<_> = CertificateDer::pem_slice_iter(&pem)
        .collect::<Result<_, _>>()
        .map_err(|error| unfit(certificate, &format!("不是 PEM\n技术原因：{error}")))?;
    let Some(own) = chain.first() else {
        return Err(unfit(certificate, "里面没有证书").into());
    };
    let until = ends(own).ok_or_else(|| unfit(certificate, "第一张不是 X.509 证书"))?;
    let pem = seal::read_private(key).map_err(|error| unfit(key, &error.to_string()))?;
    let pem = pem.ok_or_else(|| unfit(key, "没有这个文件"))?;
    let secret = PrivateKeyDer::from_pem_slice(pem.as_bytes())
        .map_err(|_| unfit(key, "里面没有 PEM 写的私钥"))?;
    let signer = any_supported_type(&secret).map_err(|_| {
        unfit(
            key,
            "不是 RSA、ECDSA（P-256、P-384）或者 Ed25519 的私钥；国密站点证书由 TLCP 网关使用",
        )
    })?;
    let pair = CertifiedKey::new(chain, signer);
    pair.keys_match().map_err(|_| unfit(key, "不是第一张证书的私钥"))?;
    Ok(Kept { pair: Arc::new(pair), until, read })
}

fn ends(certificate: &CertificateDer<'_>) -> Option<Moment> {
    let certificate = Certificate::from_der(certificate).ok()?;
    let end = certificate.tbs_certificate().validity().not_after.to_unix_duration();
    Some(Moment::from_millis(i64::try_from(end.as_millis()).ok()?))
}

fn unfit(path: &Path, why: &str) -> Refusal {
    let words = format!("{} 不能用来开门：{why}", path.display());
    Refusal::new(RefusalKind::Invalid, "hall.tls", words).remedy(
        "cityhall.toml 的 [tls] 里，certificate 是证书链（自己的在最前），key 是它的私钥，都是 PEM",
    )
}
