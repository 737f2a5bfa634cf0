//! An article's page as the city serves it, against nginx with the same bytes as a file. The same
//! load generator asks both in turn on the loopback.

use std::fs;
use std::net::{SocketAddr, TcpListener as StdListener};
use std::path::Path;
use std::process::{Child, Command};
use std::time::Duration;

use axum::http::header::ACCEPT_ENCODING;
use testkit::City;
use tokio::net::{TcpListener, TcpStream};

use crate::place::city;
use crate::table::{Line, Reach, median};

const ROUNDS: usize = 3;

/// The lines of the table.
pub(crate) async fn run() -> Vec<Line> {
    let city = city().await;
    let path = article(&city).await;
    let bytes = city.visitor().get(&path).await.expect(200).text;
    let ours = open_doors(&city).await;
    let folder = tempfile::tempdir().expect("a folder");
    let (_nginx, theirs) = nginx(folder.path(), &bytes).await;
    let ours = format!("http://{ours}{path}");
    let theirs = format!("http://{theirs}/article.html");
    let mut lines = Vec::new();
    let about = bytes.len() / 1024;
    // With gzip ours gives what it compressed once, nginx compresses each time: beside the point,
    // and printed beside it.
    for (name, accept, reach) in [
        ("article page", "identity", Reach::AtLeast(0.5)),
        ("  beside it, gzip on the fly", "gzip", Reach::None),
    ] {
        let (mut of_ours, mut of_theirs) = (Vec::new(), Vec::new());
        load(&ours, accept, 1).await;
        for _ in 0..ROUNDS {
            of_ours.push(load(&ours, accept, 4).await);
            of_theirs.push(load(&theirs, accept, 4).await);
        }
        let name = format!("{name} ({about} KB)");
        lines.push(Line::rates(&name, median(of_ours), median(of_theirs), reach));
    }
    lines
}

/// Publishes the demo's articles; the path of one.
async fn article(city: &City) -> String {
    for role in ["editor", "reviewer"] {
        city.account(role, "刘晓燕", role, "ezhou").await;
    }
    let (editor, reviewer) = (city.actor("editor").await, city.actor("reviewer").await);
    portal::demo(&city.hall, &editor, &reviewer).await.expect("the articles are published");
    city.settle().await;
    let home = city.visitor().get("/").await.expect(200).text;
    let links = home.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    let mut articles = links.filter(|link| link.starts_with("/info/") && link.len() > 30);
    articles.next().expect("an article").to_owned()
}

/// Serves the city as the program does: with its clockwork.
async fn open_doors(city: &City) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let app = frame::serve::router(&city.hall).into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(frame::clockwork::run(city.hall.clone()));
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

/// A server that ends with this.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        // Asked to end, nginx takes its workers along.
        let asked = Command::new("kill").arg(self.0.id().to_string()).status();
        if asked.is_ok_and(|status| status.success()) {
            let _ = self.0.wait();
        }
    }
}

/// nginx as Debian builds it, on as many cores, without an access log.
async fn nginx(folder: &Path, bytes: &str) -> (Server, SocketAddr) {
    fs::create_dir_all(folder.join("www")).expect("a folder");
    fs::write(folder.join("www/article.html"), bytes).expect("the page");
    let free = StdListener::bind("127.0.0.1:0").expect("a port");
    let address = free.local_addr().expect("an address");
    drop(free);
    let home = folder.display();
    let conf = format!(
        "daemon off; worker_processes auto; pid {home}/pid; error_log {home}/error.log;
         user root;
         events {{ worker_connections 768; }}
         http {{
             sendfile on; tcp_nopush on; access_log off; gzip on; keepalive_requests 1000000;
             default_type text/html; charset utf-8;
             client_body_temp_path {home}/t1; proxy_temp_path {home}/t2;
             fastcgi_temp_path {home}/t3; uwsgi_temp_path {home}/t4; scgi_temp_path {home}/t5;
             server {{ listen {address}; root {home}/www; }}
         }}"
    );
    fs::write(folder.join("nginx.conf"), conf).expect("its configuration");
    let child = Command::new("nginx")
        .arg("-p")
        .arg(folder)
        .arg("-e")
        .arg(folder.join("error.log"))
        .arg("-c")
        .arg(folder.join("nginx.conf"))
        .spawn()
        .expect("nginx starts: scripts/need nginx");
    while TcpStream::connect(address).await.is_err() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    (Server(child), address)
}

/// Requests a second.
async fn load(url: &str, accept: &str, seconds: u32) -> f64 {
    let mut wrk = Command::new("wrk");
    wrk.args(["-t2", "-c64"])
        .arg(format!("-d{seconds}s"))
        .arg("-H")
        .arg(format!("{ACCEPT_ENCODING}: {accept}"))
        .arg(url);
    let out = tokio::task::spawn_blocking(move || wrk.output()).await.expect("a thread");
    let said = out.expect("wrk runs: scripts/need wrk").stdout;
    let said = String::from_utf8_lossy(&said);
    assert!(!said.contains("Non-2xx"), "{said}");
    let rate = said.lines().find_map(|line| line.strip_prefix("Requests/sec:"));
    rate.and_then(|rate| rate.trim().parse().ok()).unwrap_or_else(|| panic!("{said}"))
}
