//! The door: takes connections in, under TLS where it has a certificate, and hands their requests to a
//! router. It waits for the head of a request no longer than said; what comes after the head, the router's
//! own limits keep to.

pub mod tls;

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_io_timeout::TimeoutStream;
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;

/// So long may the head of a request take to come, and so long may a connection say nothing between two.
pub const HEAD_MAX: Duration = Duration::from_secs(30);

/// So long may who asked take none of the answer.
const UNREAD_MAX: Duration = Duration::from_secs(60);
/// So many connections at a time; who comes then waits until another has gone.
pub const GUESTS_MAX: usize = 10_000;
/// So many of them from one address: who takes more keeps nobody else out.
pub const GUESTS_OF_ONE_MAX: usize = 500;
/// Beside its guests a process has files, databases and others open: so many.
const BESIDE_GUESTS: u64 = 500;
/// So long may what has begun go on when the door closes: who does not read the answer is left behind.
pub const LEAVE_MAX: Duration = Duration::from_secs(30);

/// How a door is kept.
#[derive(Clone)]
pub struct Keeping {
    /// So long a connection may take for its handshake, and for each head of a request.
    pub head_max: Duration,
    /// So long the other side may take none of an answer.
    pub unread_max: Duration,
    /// So long requests that have begun may go on when the door closes.
    pub leave_max: Duration,
    /// So many connections at a time; who comes then waits until another has gone.
    pub guests_max: usize,
    /// So many of them from one address; who comes from there then is turned away at once.
    pub guests_of_one_max: usize,
    /// From these addresses all of them may come: they are proxies of ours, and many come through one.
    pub trusted: Vec<IpAddr>,
    /// Takes connections in under TLS.
    pub tls: Option<TlsAcceptor>,
}

impl Default for Keeping {
    fn default() -> Self {
        Self {
            head_max: HEAD_MAX,
            unread_max: UNREAD_MAX,
            leave_max: LEAVE_MAX,
            guests_max: GUESTS_MAX,
            guests_of_one_max: GUESTS_OF_ONE_MAX,
            trusted: Vec::new(),
            tls: None,
        }
    }
}

/// Serves `app` on `listener` until `stop` comes; then lets the requests that have begun finish.
/// A connection whose next head has not come in time is closed.
pub async fn serve(
    listener: TcpListener,
    app: Router,
    keeping: Keeping,
    stop: impl Future<Output = ()>,
) {
    let leave_max = keeping.leave_max;
    let (told, listens) = watch::channel(false);
    let mut guests = JoinSet::new();
    let shares = Arc::new(Shares::default());
    let mut stop = pin!(stop);
    loop {
        let come = tokio::select! {
            () = &mut stop => break,
            Some(_) = guests.join_next() => continue,
            come = listener.accept(), if guests.len() < keeping.guests_max => come,
        };
        match come {
            Ok((stream, peer)) => {
                // Over its share: the connection is closed, which costs its place for a moment alone.
                let Some(place) = shares.take(peer.ip(), &keeping) else { continue };
                // The end of an answer does not wait until its beginning was acknowledged.
                let _ = stream.set_nodelay(true);
                let (app, keeping, listens) = (app.clone(), keeping.clone(), listens.clone());
                guests.spawn(async move {
                    receive(stream, peer, app, keeping, listens).await;
                    drop(place);
                });
            }
            Err(error) => wait_after(&error).await,
        }
    }
    drop(listener);
    told.send_replace(true);
    let gone = async { while guests.join_next().await.is_some() {} };
    if tokio::time::timeout(leave_max, gone).await.is_err() {
        tracing::warn!("the door closes on connections that would not end");
    }
}

/// How many places each neighbourhood has taken.
#[derive(Default)]
struct Shares(Mutex<HashMap<IpAddr, usize>>);

/// A place that is given back when its guest has gone.
struct Place {
    shares: Arc<Shares>,
    of: Option<IpAddr>,
}

impl Shares {
    /// A place for a guest from there, if the share of their neighbourhood is not taken.
    fn take(self: &Arc<Self>, peer: IpAddr, keeping: &Keeping) -> Option<Place> {
        let peer = peer.to_canonical();
        let ours = |proxy: &IpAddr| proxy.to_canonical() == peer;
        if keeping.trusted.iter().any(ours) {
            return Some(Place { shares: self.clone(), of: None });
        }
        let of = neighbourhood(peer);
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = taken.entry(of).or_default();
        if *count >= keeping.guests_of_one_max {
            return None;
        }
        *count += 1;
        Some(Place { shares: self.clone(), of: Some(of) })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some(of) = self.of else { return };
        let mut taken = self.shares.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = taken.get_mut(&of) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                taken.remove(&of);
            }
        }
    }
}

/// Who is counted together: an address of the older family; of the newer, the network of one household.
fn neighbourhood(peer: IpAddr) -> IpAddr {
    match peer {
        IpAddr::V4(_) => peer,
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() & !u128::from(u64::MAX)).into()),
    }
}

/// Lets this process open as much as the system allows it, and says where the places of the door are more.
pub fn look_at_descriptors(guests_max: usize) {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let had = getrlimit(Resource::Nofile);
    if had.current != had.maximum {
        let more = Rlimit { current: had.maximum, maximum: had.maximum };
        if let Err(error) = setrlimit(Resource::Nofile, more) {
            tracing::warn!(%error, "the limit of open files could not be raised");
        }
    }
    let now = getrlimit(Resource::Nofile).current;
    if let Some(lacks) = lacking(now, guests_max) {
        tracing::warn!(
            limit = now,
            wanted = lacks,
            "this process may open fewer files than its door has places: raise LimitNOFILE"
        );
    }
}

/// How many descriptors a door of so many places wants, where that is more than there may be; no limit is enough.
fn lacking(limit: Option<u64>, guests_max: usize) -> Option<u64> {
    let wanted = guests_max as u64 + BESIDE_GUESTS;
    limit.is_some_and(|limit| limit < wanted).then_some(wanted)
}

/// One connection. What goes wrong on it is the other side's affair: they are gone, or talk nonsense.
async fn receive(
    stream: TcpStream,
    peer: SocketAddr,
    app: Router,
    keeping: Keeping,
    mut told: watch::Receiver<bool>,
) {
    let head_max = keeping.head_max;
    // Under TLS and over the bare connection alike: what is written waits for who reads it.
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(keeping.unread_max));
    let stream = Box::pin(stream);
    let Some(tls) = keeping.tls else {
        return converse(stream, peer, app, head_max, told).await;
    };
    let shaken = tokio::select! {
        shaken = tokio::time::timeout(head_max, tls.accept(stream)) => shaken,
        _ = told.wait_for(|told| *told) => return,
    };
    if let Ok(Ok(stream)) = shaken {
        converse(stream, peer, app, head_max, told).await;
    }
}

/// What is said on a connection until it ends.
async fn converse(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    peer: SocketAddr,
    app: Router,
    head_max: Duration,
    mut told: watch::Receiver<bool>,
) {
    let service = service_fn(move |request: Request<Incoming>| answer(app.clone(), peer, request));
    let mut connection = pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(head_max)
            .serve_connection(TokioIo::new(stream), service)
    );
    tokio::select! {
        _ = connection.as_mut() => return,
        _ = told.wait_for(|told| *told) => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = connection.await;
}

async fn answer(
    app: Router,
    peer: SocketAddr,
    request: Request<Incoming>,
) -> Result<Response, Infallible> {
    let mut request = request.map(Body::new);
    request.extensions_mut().insert(ConnectInfo(peer));
    app.oneshot(request).await
}

/// A connection that broke while it was taken in is nothing; when the system has no more to give, trying
/// again at once would only keep it busy.
async fn wait_after(error: &std::io::Error) {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    if matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) {
        return;
    }
    tracing::error!(%error, "no connection could be taken in");
    tokio::time::sleep(Duration::from_secs(1)).await;
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};

    use axum::routing::get;
    use tokio::sync::oneshot;

    use super::*;

    /// What comes back until the connection is closed.
    fn said(address: SocketAddr, words: &str) -> String {
        let mut stream = std::net::TcpStream::connect(address).expect("connected");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a limit");
        stream.write_all(words.as_bytes()).expect("written");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("closed by the door");
        answer
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn who_sends_half_a_head_is_shut_out_and_others_are_answered() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (stop, stopped) = oneshot::channel::<()>();
        let app = Router::new().route(
            "/",
            get(|ConnectInfo(peer): ConnectInfo<SocketAddr>| async move { peer.ip().to_string() }),
        );
        let keeping = Keeping { head_max: Duration::from_millis(100), ..Keeping::default() };
        let served = tokio::spawn(serve(listener, app, keeping, async {
            let _ = stopped.await;
        }));
        let ask = |words: &'static str| tokio::task::spawn_blocking(move || said(address, words));
        let half = ask("GET / HTTP/1.1\r\nHost: city.test\r\nX-").await.expect("asked");
        assert!(!half.contains("200"), "{half}");
        assert_eq!(ask("").await.expect("asked"), "", "who says nothing");
        // The connection stays for a next request, and is closed when none comes.
        let whole = ask("GET / HTTP/1.1\r\nHost: city.test\r\n\r\n").await.expect("asked");
        assert!(whole.starts_with("HTTP/1.1 200") && whole.ends_with("127.0.0.1"), "{whole}");
        stop.send(()).expect("told");
        served.await.expect("the door closes");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_hides_behind_a_request_whose_end_is_told_twice_is_not_asked() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (stop, stopped) = oneshot::channel::<()>();
        let app = Router::new()
            .route("/", axum::routing::post(async |body: String| body))
            .route("/hidden", get(async || "hidden"));
        let served = tokio::spawn(serve(listener, app, Keeping::default(), async {
            let _ = stopped.await;
        }));
        let hidden = "GET /hidden HTTP/1.1\r\nHost: city.test\r\nConnection: close\r\n\r\n";
        let ask = async |lengths: &str, body: &str| {
            let head = format!("POST / HTTP/1.1\r\nHost: city.test\r\n{lengths}\r\n");
            let words = format!("{head}{body}{hidden}");
            tokio::task::spawn_blocking(move || said(address, &words)).await.expect("asked")
        };
        for (lengths, body) in [
            ("Content-Length: 2\r\nContent-Length: 3\r\n", "ab"),
            ("Content-Length: 2, 3\r\n", "ab"),
            ("Content-Length: +2\r\n", "ab"),
            ("Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n"),
            ("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"),
        ] {
            let answer = ask(lengths, body).await;
            assert!(answer.starts_with("HTTP/1.1 400"), "{lengths}: {answer}");
            assert!(!answer.contains("hidden"), "{lengths}: {answer}");
        }
        // With both, chunks count, and the connection ends (RFC 9112 6.3).
        for lengths in [
            "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n",
            "Transfer-Encoding: chunked\r\nContent-Length: 2\r\n",
        ] {
            let answer = ask(lengths, "0\r\n\r\n").await;
            assert!(answer.contains("connection: close") && !answer.contains("hidden"), "{answer}");
        }
        let whole = ask("Content-Length: 2\r\n", "ab").await;
        assert!(whole.starts_with("HTTP/1.1 200") && whole.contains("hidden"), "{whole}");
        stop.send(()).expect("told");
        served.await.expect("the door closes");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_request_that_has_begun_is_answered_after_the_door_is_told_to_close() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (stop, stopped) = oneshot::channel::<()>();
        let stop = std::sync::Arc::new(std::sync::Mutex::new(Some(stop)));
        // The door is told to close in the middle of the request.
        let app = Router::new().route(
            "/",
            get(async move || {
                if let Some(stop) = stop.lock().expect("the bell").take() {
                    let _ = stop.send(());
                }
                tokio::task::yield_now().await;
                "done"
            }),
        );
        let served = tokio::spawn(serve(listener, app, Keeping::default(), async {
            let _ = stopped.await;
        }));
        let words = "GET / HTTP/1.1\r\nHost: city.test\r\n\r\n";
        let asked = tokio::task::spawn_blocking(move || said(address, words));
        assert!(asked.await.expect("asked").ends_with("done"));
        served.await.expect("the door closes");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn who_reads_no_answer_takes_nobodys_place_for_ever() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (stop, stopped) = oneshot::channel::<()>();
        let app = Router::new()
            .route("/", get(async || vec![0u8; 64 * 1024 * 1024]))
            .route("/small", get(async || "served"));
        let keeping =
            Keeping { unread_max: Duration::from_millis(100), guests_max: 1, ..Keeping::default() };
        let served = tokio::spawn(serve(listener, app, keeping, async {
            let _ = stopped.await;
        }));
        let mut silent = std::net::TcpStream::connect(address).expect("connected");
        silent.write_all(b"GET / HTTP/1.1\r\nHost: city.test\r\n\r\n").expect("written");
        // There is one place: who comes next gets it when the first is let go.
        let words = "GET /small HTTP/1.1\r\nHost: city.test\r\nConnection: close\r\n\r\n";
        let asked = tokio::task::spawn_blocking(move || said(address, words));
        assert!(asked.await.expect("asked").ends_with("served"));
        stop.send(()).expect("told");
        served.await.expect("the door closes");
        drop(silent);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn one_address_takes_its_share_of_the_door_and_not_more() {
        let keeping = Keeping { guests_of_one_max: 2, ..Keeping::default() };
        let shares = Arc::new(Shares::default());
        let of = |peer: &str| shares.take(peer.parse().unwrap(), &keeping);
        let (first, _second) = (of("10.0.0.1").unwrap(), of("10.0.0.1").unwrap());
        assert!(of("10.0.0.1").is_none() && of("::ffff:10.0.0.1").is_none());
        let _other = of("10.0.0.2").expect("another address");
        drop(first);
        let _again = of("10.0.0.1").expect("a place that was given back");
        // One household of the newer family is one, however many addresses it has.
        let _six = (of("2001:db8:1:2::1").unwrap(), of("2001:db8:1:2:ffff::9").unwrap());
        assert!(of("2001:db8:1:2::77").is_none() && of("2001:db8:1:3::1").is_some());
        let proxied = Keeping { trusted: vec!["10.0.0.9".parse().unwrap()], ..keeping.clone() };
        let many: Vec<_> =
            (0..9).map(|_| shares.take("10.0.0.9".parse().unwrap(), &proxied)).collect();
        assert!(many.iter().all(Option::is_some), "many come through a proxy of ours");
        drop(many);
        assert_eq!(
            (lacking(Some(1_024), 10_000), lacking(Some(65_536), 10_000)),
            (Some(10_500), None)
        );
        assert_eq!(lacking(None, 10_000), None);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn who_comes_over_the_share_of_their_address_is_turned_away_at_once() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (stop, stopped) = oneshot::channel::<()>();
        let app = Router::new().route("/", get(async || "served"));
        let keeping = Keeping { guests_of_one_max: 2, ..Keeping::default() };
        let served = tokio::spawn(serve(listener, app, keeping, async {
            let _ = stopped.await;
        }));
        let words = "GET / HTTP/1.1\r\nHost: city.test\r\n\r\n";
        // Who was answered and stays has a place.
        let stays = move || {
            let mut stream = std::net::TcpStream::connect(address).expect("connected");
            stream.write_all(words.as_bytes()).expect("written");
            let mut first = [0u8; 1];
            let answered = stream.read(&mut first).is_ok_and(|count| count == 1);
            answered.then_some(stream)
        };
        let come = || tokio::task::spawn_blocking(stays);
        let held = (come().await.expect("asked"), come().await.expect("asked"));
        assert!(held.0.is_some() && held.1.is_some());
        assert!(come().await.expect("asked").is_none(), "no place is left for this address");
        drop(held);
        // As soon as the door has seen them go.
        let mut tries = 0;
        while come().await.expect("asked").is_none() {
            tries += 1;
            assert!(tries < 1_000, "a place is given back");
            tokio::task::yield_now().await;
        }
        stop.send(()).expect("told");
        served.await.expect("the door closes");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn who_does_not_read_the_answer_holds_no_door_open() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (stop, stopped) = oneshot::channel::<()>();
        // More than the system keeps for a connection.
        let app = Router::new().route("/", get(async || vec![0u8; 64 * 1024 * 1024]));
        let keeping = Keeping { leave_max: Duration::from_millis(100), ..Keeping::default() };
        let served = tokio::spawn(serve(listener, app, keeping, async {
            let _ = stopped.await;
        }));
        let mut stream = std::net::TcpStream::connect(address).expect("connected");
        stream.write_all(b"GET / HTTP/1.1\r\nHost: city.test\r\n\r\n").expect("written");
        let mut first = [0u8; 1];
        let (stream, first) = tokio::task::spawn_blocking(move || {
            stream.read_exact(&mut first).expect("the answer begins");
            (stream, first)
        })
        .await
        .expect("read");
        assert_eq!(&first, b"H");
        stop.send(()).expect("told");
        served.await.expect("the door closes");
        drop(stream);
    }
}
