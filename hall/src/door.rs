//! The door: takes connections in and hands their requests to a router. It waits for the head of a
//! request no longer than said; what comes after the head, the router's own limits keep to.

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
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tower::ServiceExt;

/// So long may the head of a request take to come, and so long may a connection say nothing between two.
pub const HEAD_MAX: Duration = Duration::from_secs(30);

/// So many connections at a time; who comes then waits until another has gone.
const GUESTS_MAX: usize = 10_000;
/// So long may what has begun go on when the door closes: who does not read the answer is left behind.
pub const LEAVE_MAX: Duration = Duration::from_secs(30);

/// Serves `app` on `listener` until `stop` comes; then lets the requests that have begun finish.
/// A connection whose next head has not come within `head_max` is closed.
pub async fn serve(
    listener: TcpListener,
    app: Router,
    head_max: Duration,
    leave_max: Duration,
    stop: impl Future<Output = ()>,
) {
    let (told, listens) = watch::channel(false);
    let mut guests = JoinSet::new();
    let mut stop = pin!(stop);
    loop {
        let come = tokio::select! {
            () = &mut stop => break,
            Some(_) = guests.join_next() => continue,
            come = listener.accept(), if guests.len() < GUESTS_MAX => come,
        };
        match come {
            Ok((stream, peer)) => {
                guests.spawn(receive(stream, peer, app.clone(), head_max, listens.clone()));
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
        let head_max = Duration::from_millis(100);
        let served = tokio::spawn(serve(listener, app, head_max, LEAVE_MAX, async {
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
        let served = tokio::spawn(serve(listener, app, HEAD_MAX, LEAVE_MAX, async {
            let _ = stopped.await;
        }));
        let words = "GET / HTTP/1.1\r\nHost: city.test\r\n\r\n";
        let asked = tokio::task::spawn_blocking(move || said(address, words));
        assert!(asked.await.expect("asked").ends_with("done"));
        served.await.expect("the door closes");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn who_does_not_read_the_answer_holds_no_door_open() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (stop, stopped) = oneshot::channel::<()>();
        // More than the system keeps for a connection.
        let app = Router::new().route("/", get(async || vec![0u8; 64 * 1024 * 1024]));
        let served =
            tokio::spawn(serve(listener, app, HEAD_MAX, Duration::from_millis(100), async {
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
