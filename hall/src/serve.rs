//! Serves the city until it is told to stop.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use base::{Fault, Outcome, Refusal, RefusalKind};
use frame::Hall;
use tokio::net::TcpListener;

use crate::bus;
use crate::config::{self, Config};
use crate::door::tls::{self, Tls};
use crate::door::{self, Keeping};
use crate::log::witnesses::Witness;

/// So many at a time are sent on from plain HTTP; the places of the city's own door are others.
const REDIRECTED_MAX: usize = 100;
/// So many of them from one address.
const REDIRECTED_OF_ONE_MAX: usize = 10;

/// Where a city is served, and how it is reached there.
pub struct Doors {
    listen: SocketAddr,
    tls: Option<Arc<Tls>>,
    /// How many come in at a time.
    places: config::Door,
    /// Where plain HTTP is sent on to the city's address.
    redirect: Option<SocketAddr>,
}

impl Doors {
    /// A door for this machine, or for whoever was told that it is a demo.
    pub fn plain(listen: SocketAddr) -> Self {
        Self { listen, tls: None, places: config::Door::default(), redirect: None }
    }

    /// The doors that the configuration asks for. Passwords do not travel in the open: an address that
    /// other machines reach needs TLS of our own, or a proxy that speaks it.
    pub fn of(config: &Config, listen: SocketAddr, data: &Path) -> Outcome<Self> {
        let Some(told) = &config.tls else {
            let plain = Self { places: config.door, ..Self::plain(listen) };
            if listen.ip().is_loopback() {
                return Ok(plain);
            }
            if !config.trusted_proxies.is_empty() {
                demand_https(config, "trusted_proxies")?;
                return Ok(plain);
            }
            let words = format!("不能在 {listen} 上用明文开门：密码和个人信息会在路上被看到");
            return Err(Refusal::new(RefusalKind::Forbidden, "hall.plain_door", words)
                .remedy(
                    "请在 cityhall.toml 里写 [tls]；前面有加密的代理或者 TLCP 网关的，\
                     请把它的地址写进 trusted_proxies",
                )
                .into());
        };
        demand_https(config, "[tls]")?;
        let tls = Some(Arc::new(Tls::open(told, data)?));
        Ok(Self { listen, tls, places: config.door, redirect: told.redirect })
    }

    /// How its address begins.
    pub fn scheme(&self) -> &'static str {
        if self.tls.is_some() { "https" } else { "http" }
    }
}

/// A runtime for one command.
pub fn runtime() -> Result<tokio::runtime::Runtime, Fault> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Fault::while_doing("starting the runtime", error))
}

/// A browser is held to TLS by the city's own address: cookies and all.
fn demand_https(config: &Config, because: &str) -> Outcome<()> {
    if config.url.starts_with("https://") {
        return Ok(());
    }
    let words = format!("配置了 {because}，url 却是 {}", config.url);
    Err(Refusal::new(RefusalKind::Invalid, "hall.url_is_plain", words)
        .remedy("请把 url 写成 https:// 开头的地址")
        .into())
}

/// Serves `hall` until the process is asked to end; then lets requests finish.
/// `ready` is told once the doors are open.
pub async fn serve(
    hall: Arc<Hall>,
    (witnesses, bus): (Vec<Witness>, Option<bus::Told>),
    doors: Doors,
    ready: impl FnOnce(SocketAddr),
) -> Outcome<()> {
    let listener = bind(doors.listen).await?;
    let address = listener.local_addr().map_err(Fault::from)?;
    door::look_at_descriptors(doors.places.connections_max);
    // Through our own proxies, and from this machine, many come by one address.
    let mut trusted = hall.trusted_proxies.clone();
    trusted.extend([IpAddr::from(Ipv4Addr::LOCALHOST), IpAddr::from(Ipv6Addr::LOCALHOST)]);
    let keeping = Keeping {
        guests_max: doors.places.connections_max,
        guests_of_one_max: doors.places.connections_of_one_max,
        trusted,
        ..Keeping::default()
    };
    if let Some(redirect) = doors.redirect {
        let listener = bind(redirect).await?;
        let app = tls::sent_on(hall.city.url.clone());
        let keeping = Keeping {
            guests_max: REDIRECTED_MAX,
            guests_of_one_max: REDIRECTED_OF_ONE_MAX,
            ..keeping.clone()
        };
        tokio::spawn(door::serve(listener, app, keeping, told_to_stop()));
    }
    let proxies = Proxies(hall.trusted_proxies.clone(), hall.city.url.clone());
    let app = kept_to(proxies, address, doors.tls.is_some(), frame::serve::router(&hall));
    if let Some(tls) = &doors.tls {
        tokio::spawn(tls::follow(tls.clone(), hall.clone()));
    }
    tokio::spawn(frame::clockwork::run(hall.clone()));
    tokio::spawn(crate::log::kept::follow(hall.clone()));
    tokio::spawn(crate::log::witnesses::follow(hall.clone(), witnesses));
    tokio::spawn(bus::follow(hall.clone(), bus));
    let control = hall.clone();
    tokio::spawn(async move {
        if let Err(stop) = crate::control::listen(control).await {
            tracing::error!(fault = %stop, "the control socket is closed");
        }
    });
    ready(address);
    let tls = doors.tls.map(|tls| tls.acceptor());
    let city = hall.clone();
    let to_stop = async move {
        tokio::select! {
            () = told_to_stop() => {}
            () = city.halt.asked() => {}
        }
    };
    door::serve(listener, app, Keeping { tls, ..keeping }, to_stop).await;
    let _ = std::fs::remove_file(hall.data.join("control.sock"));
    match hall.halt.why() {
        Some(why) => Err(why.clone().into()),
        None => Ok(()),
    }
}

async fn bind(listen: SocketAddr) -> Outcome<TcpListener> {
    Ok(TcpListener::bind(listen).await.map_err(|error| crate::files::closed(listen, &error))?)
}

/// The proxies through which a city is reached, and its address there.
struct Proxies(Vec<IpAddr>, String);

/// The city behind the door at `address`, as those see it who come to that door.
fn kept_to(proxies: Proxies, address: SocketAddr, speaks_tls: bool, city: Router) -> Router {
    if speaks_tls || address.ip().to_canonical().is_loopback() {
        return city;
    }
    city.layer(from_fn_with_state(Arc::new(proxies), only_by_proxy))
}

/// A door that speaks no TLS is for the proxies that do: who comes past them would send a password in the
/// open, and say from where they come themselves.
async fn only_by_proxy(
    State(proxies): State<Arc<Proxies>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
    next: Next,
) -> Response {
    let Proxies(named, url) = &*proxies;
    let peer = peer.ip().to_canonical();
    if peer.is_loopback() || named.iter().any(|proxy| proxy.to_canonical() == peer) {
        return next.run(request).await;
    }
    let words = format!("这里只接代理转来的访问，请访问 {url}\n");
    (StatusCode::FORBIDDEN, words).into_response()
}

/// Comes when the process is asked to end.
pub async fn told_to_stop() {
    let interrupt = tokio::signal::ctrl_c();
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = interrupt => {}
        () = terminate => {}
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::routing::get;
    use tower::ServiceExt;

    use super::*;

    #[tokio::test]
    async fn a_door_without_tls_answers_its_proxies_and_this_machine_alone() {
        let door = |address: &str, speaks_tls| {
            let proxies = Proxies(vec!["10.0.0.7".parse().unwrap()], "https://city.test".into());
            let city = Router::new().route("/", get(async || "开门"));
            kept_to(proxies, address.parse().unwrap(), speaks_tls, city)
        };
        let plain = door("0.0.0.0:80", false);
        for (peer, status) in [
            ("10.0.0.7:9", 200),
            ("[::ffff:10.0.0.7]:9", 200),
            ("127.0.0.1:9", 200),
            ("10.0.0.8:9", 403),
            ("[2001:db8::7]:9", 403),
        ] {
            let mut request = Request::new(Body::empty());
            let peer: SocketAddr = peer.parse().unwrap();
            request.extensions_mut().insert(ConnectInfo(peer));
            let answer = plain.clone().oneshot(request).await.unwrap();
            assert_eq!(answer.status().as_u16(), status, "{peer}");
        }
        for (address, speaks_tls) in [("0.0.0.0:443", true), ("127.0.0.1:80", false)] {
            let mut request = Request::new(Body::empty());
            request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([10, 0, 0, 8], 9))));
            let answer = door(address, speaks_tls).oneshot(request).await.unwrap();
            assert_eq!(answer.status().as_u16(), 200, "{address}");
        }
    }
}
