//! Three nodes of NATS JetStream on the loopback, each in a folder of its own, to be killed and started again.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;

/// How many nodes.
pub const NODES: usize = 3;

/// The account and password that the nodes let in.
const USER: &str = "exchange";
const PASSWORD: &str = "cityhall-test";

/// A cluster. Its nodes come back to their ports and folders.
pub struct Cluster {
    folder: tempfile::TempDir,
    ports: [[u16; 3]; NODES],
    nodes: [Mutex<Option<Child>>; NODES],
}

impl Cluster {
    /// Nodes that are configured and not started; `permissions` is what the account may not do.
    pub fn at_rest(permissions: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let ports = std::array::from_fn(|_| [port(), port(), port()]);
        let cluster = Self { folder, ports, nodes: std::array::from_fn(|_| Mutex::default()) };
        let routes: Vec<String> =
            ports.iter().map(|[_, route, _]| format!("nats-route://127.0.0.1:{route}")).collect();
        for (node, [client, route, watch]) in ports.iter().enumerate() {
            let store = cluster.folder.path().join(format!("n{node}"));
            let text = format!(
                "server_name: n{node}\nlisten: 127.0.0.1:{client}\nhttp: 127.0.0.1:{watch}\n\
                 jetstream {{ store_dir: \"{}\", max_file_store: 8G, max_memory_store: 64M }}\n\
                 cluster {{ name: city, listen: 127.0.0.1:{route}, routes: [{}] }}\n\
                 authorization {{ users = [ {{ user: {USER}, password: \"{PASSWORD}\"{permissions} }} ] }}\n",
                store.display(),
                routes.join(", "),
            );
            std::fs::write(cluster.configuration(node), text).expect("a configuration");
        }
        cluster
    }

    /// Nodes that are up and have chosen a leader.
    pub fn up() -> Self {
        let cluster = Self::at_rest("");
        cluster.begin_all();
        cluster
    }

    fn configuration(&self, node: usize) -> PathBuf {
        self.folder.path().join(format!("n{node}.conf"))
    }

    /// `[bus]` of a city; the password lies in a file beside.
    pub fn told(&self, more: &str) -> String {
        let password = self.folder.path().join("password");
        crate::program::private(&password, PASSWORD);
        let servers: Vec<String> = self
            .ports
            .iter()
            .map(|[client, ..]| format!("\"nats://127.0.0.1:{client}\""))
            .collect();
        format!(
            "[bus]\nservers = [{}]\nuser = \"{USER}\"\npassword_file = \"{}\"\n{more}\n",
            servers.join(", "),
            password.display()
        )
    }

    pub fn begin(&self, node: usize) {
        let log = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.folder.path().join(format!("n{node}.log")))
            .expect("a log");
        let child = Command::new(server())
            .arg("-c")
            .arg(self.configuration(node))
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("nats-server starts: scripts/need nats-server");
        *self.nodes[node].lock().unwrap() = Some(child);
    }

    #[allow(clippy::disallowed_methods, reason = "a test of running programs waits for them")]
    pub fn begin_all(&self) {
        (0..NODES).for_each(|node| self.begin(node));
        let began = Instant::now();
        while self.ask(0, "jsz")["meta_cluster"]["leader"].as_str().is_none_or(str::is_empty) {
            assert!(began.elapsed() < Duration::from_secs(30), "the nodes choose no leader");
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// `kill -9`.
    pub fn end(&self, node: usize) {
        if let Some(mut child) = self.nodes[node].lock().unwrap().take() {
            child.kill().expect("it is killed");
            child.wait().expect("it ends");
        }
    }

    /// The node that leads the stream, if one does.
    pub fn leader(&self) -> Option<usize> {
        (0..NODES).find_map(|node| {
            let told = self.ask(node, "jsz?streams=true");
            let stream = &told["account_details"][0]["stream_detail"][0];
            let name = stream["cluster"]["leader"].as_str()?;
            name.strip_prefix('n')?.parse().ok()
        })
    }

    /// How many letters the stream holds.
    pub fn letters(&self) -> Option<u64> {
        let told = self.ask(self.leader()?, "jsz?streams=true");
        told["account_details"][0]["stream_detail"][0]["state"]["messages"].as_u64()
    }

    fn ask(&self, node: usize, what: &str) -> Value {
        let url = format!("http://127.0.0.1:{}/{what}", self.ports[node][2]);
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .timeout_global(Some(Duration::from_secs(2)))
            .build()
            .into();
        let Ok(mut answer) = agent.get(url).call() else { return Value::Null };
        answer.body_mut().read_json().unwrap_or_default()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        (0..NODES).for_each(|node| self.end(node));
    }
}

/// A port that stays free until its node begins, and while the node is away: beneath those that the system gives to
/// connections by itself, another for each node of this program.
fn port() -> u16 {
    const PORTS: u32 = 12_000;
    static NEXT: AtomicU32 = AtomicU32::new(0);
    loop {
        let at =
            std::process::id().wrapping_mul(97).wrapping_add(NEXT.fetch_add(1, Ordering::SeqCst));
        let port = 20_000 + u16::try_from(at % PORTS).expect("it is small");
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// Debian lays it where not everybody looks.
fn server() -> &'static str {
    let there = "/usr/sbin/nats-server";
    if Path::new(there).exists() { there } else { "nats-server" }
}
