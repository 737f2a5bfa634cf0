//! The door: takes connections in, under TLS where it has a certificate, and hands their requests to a
//! router. It waits for the head of a request no longer than said; what comes after the head, the router's
//! own limits keep to.

pub mod tls;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
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
const GUESTS_MAX: usize = 10_000;
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
    let mut stop = pin!(stop);
    loop {
        let come = tokio::select! {
            () = &mut stop => break,
            Some(_) = guests.join_next() => continue,
            come = listener.accept(), if guests.len() < keeping.guests_max => come,
        };
        match come {
            Ok((stream, peer)) => {
                guests.spawn(receive(stream, peer, app.clone(), keeping.clone(), listens.clone()));
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
