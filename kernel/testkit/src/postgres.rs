//! A PostgreSQL cluster for tests: one a test process, in a temporary folder, gone with the process
//! however that ends.
//!
//! With `CITYHALL_TEST_POSTGRES=postgres://user@host:port/postgres` the tests use a cluster that
//! runs already; the user must be allowed to create databases.

use std::fmt;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use postgres::{Client, NoTls};

const ENV: &str = "CITYHALL_TEST_POSTGRES";
const USER: &str = "cityhall";
/// A free port may be taken by somebody else before the server has it.
const STARTS_MAX: u32 = 3;

/// Makes a cluster, says where it is, waits until the test process is gone, and clears up. The
/// process holds the other end of standard input, which closes even when it is killed.
const SCRIPT: &str = r#"
trap '' INT HUP TERM
dir=$(mktemp -d "$TMP/cityhall-pg-XXXXXX") || exit 1
"$BIN/initdb" -D "$dir/data" -U "$PGUSER" --auth=trust --locale=C --encoding=UTF8 --no-sync \
    --no-instructions >"$dir/initdb" 2>&1 || { cat "$dir/initdb"; rm -rf "$dir"; exit 1; }
printf '%s\n' "listen_addresses = '127.0.0.1'" "port = $PORT" "unix_socket_directories = '$dir'" \
    "max_connections = 300" "shared_buffers = 128MB" "jit = off" "fsync = $FSYNC" \
    "full_page_writes = $FSYNC" "synchronous_commit = $FSYNC" >>"$dir/data/postgresql.conf"
"$BIN/pg_ctl" -D "$dir/data" -l "$dir/log" -t 60 -w start >/dev/null 2>&1 </dev/null \
    || { cat "$dir/log"; rm -rf "$dir"; exit 1; }
echo "ready $dir"
cat >/dev/null
"$BIN/pg_ctl" -D "$dir/data" -m immediate stop >/dev/null 2>&1
rm -rf "$dir"
"#;

/// How a cluster is started.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Whether commits are durable. Slow; only tests that kill the server want it.
    pub fsync: bool,
}

/// A running cluster.
#[derive(Debug)]
pub struct Cluster {
    /// The address up to the database's name.
    server: String,
    /// The address of the database from which others are created.
    home: String,
    /// What a cluster of our own needs.
    own: Option<Own>,
}

#[derive(Debug)]
struct Own {
    keeper: Child,
    bin: PathBuf,
    folder: PathBuf,
}

/// The cluster of this test process, started when it is first asked for.
pub fn cluster() -> &'static Cluster {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    CLUSTER.get_or_init(|| match std::env::var(ENV) {
        Ok(home) => Cluster::running(home),
        Err(_) => Cluster::start(Options::default()),
    })
}

impl Cluster {
    /// A cluster that runs already; `home` is the address of a database in it.
    fn running(home: String) -> Self {
        let bare = home.split('?').next().unwrap_or_default();
        let server = bare.rsplit_once('/').map(|(server, _)| server.to_owned());
        let server = server.unwrap_or_else(|| panic!("{ENV} names no database: {home}"));
        Self { server, home, own: None }
    }

    /// Starts a cluster of its own, which stops when it is dropped or the process ends.
    pub fn start(options: Options) -> Self {
        Self::start_in(&std::env::temp_dir(), options)
    }

    /// The same, with its data in a new folder inside `place`, which anyone may enter and write to.
    pub fn start_in(place: &Path, options: Options) -> Self {
        let bin = programs();
        let mut said = String::new();
        for _ in 0..STARTS_MAX {
            let port = free_port();
            match keeper(&bin, port, place, options) {
                Ok((keeper, folder)) => {
                    let server = format!("postgres://{USER}@127.0.0.1:{port}");
                    let home = format!("{server}/postgres");
                    return Self { server, home, own: Some(Own { keeper, bin, folder }) };
                }
                Err(words) => said = words,
            }
        }
        panic!("PostgreSQL did not start: {said}");
    }

    /// The address of a database of this cluster.
    pub fn url(&self, database: &str) -> String {
        format!("{}/{database}", self.server)
    }

    /// A new, empty database that sorts by code point. It is dropped with the answer.
    pub fn fresh_database(&self) -> FreshDatabase<'_> {
        self.create("template0 ENCODING 'UTF8' LOCALE 'C'")
    }

    /// A new database with what `model` holds. Nobody may be connected to `model`.
    pub fn fresh_database_like(&self, model: &FreshDatabase<'_>) -> FreshDatabase<'_> {
        self.create(&format!("\"{}\"", model.name))
    }

    fn create(&self, template: &str) -> FreshDatabase<'_> {
        // The hasher's keys are the standard library's only source of chance.
        let name = format!("test_{:016x}", RandomState::new().build_hasher().finish());
        self.command(&format!("CREATE DATABASE \"{name}\" TEMPLATE {template}"));
        FreshDatabase { url: self.url(&name), name, cluster: self }
    }

    /// The folder of a cluster of its own: everything the server writes.
    pub fn folder(&self) -> &Path {
        &self.own.as_ref().expect("only a cluster of its own has a folder").folder
    }

    /// Brings everything from the server's memory to its files.
    pub fn checkpoint(&self) {
        self.command("CHECKPOINT");
    }

    /// Kills every process of the server as a power cut would, and starts it again.
    pub fn crash(&self) {
        let own = self.own.as_ref().expect("only a cluster of its own can be crashed");
        let status = as_server_user(own.bin.join("pg_ctl").as_os_str())
            .arg("-D")
            .arg(own.folder.join("data"))
            .arg("-l")
            .arg(own.folder.join("log"))
            .args(["-m", "immediate", "-t", "60", "-w", "restart"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .expect("pg_ctl runs");
        assert!(status.success(), "PostgreSQL did not come back");
    }

    fn command(&self, sql: &str) {
        let said = on_a_thread(|| {
            let mut client = Client::connect(&self.home, NoTls)?;
            client.batch_execute(sql)
        });
        said.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    }
}

/// Runs this away from the caller's runtime, because the driver brings its own.
fn on_a_thread<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| scope.spawn(work).join().expect("it does not panic"))
}

impl Drop for Own {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}

/// A database of a test, dropped with this.
#[derive(Debug)]
pub struct FreshDatabase<'c> {
    cluster: &'c Cluster,
    name: String,
    url: String,
}

impl FreshDatabase<'_> {
    /// Its address.
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl fmt::Display for FreshDatabase<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.url)
    }
}

impl Drop for FreshDatabase<'_> {
    fn drop(&mut self) {
        let sql = format!("DROP DATABASE \"{}\" WITH (FORCE)", self.name);
        // A database that is left behind goes with the cluster.
        let _ = on_a_thread(|| {
            let mut client = Client::connect(&self.cluster.home, NoTls)?;
            client.batch_execute(&sql)
        });
    }
}

/// Where the newest server's programs are.
fn programs() -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut found: Vec<(u32, PathBuf)> = versions
        .filter_map(|entry| {
            let version = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .filter(|(_, bin)| bin.join("initdb").exists())
        .collect();
    found.sort();
    if let Some((_, bin)) = found.pop() {
        return bin;
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .find(|folder| folder.join("initdb").exists())
        .unwrap_or_else(|| panic!("PostgreSQL is not installed; install it or set {ENV}"))
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("its number").port()
}

/// A command run as a user whom the server serves: it refuses to run as root.
fn as_server_user(program: &std::ffi::OsStr) -> Command {
    let is_root = std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0);
    if !is_root {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups", "--"]).arg(program);
    // A folder that only root may enter is no place for another user's processes.
    command.current_dir("/");
    command
}

fn keeper(
    bin: &Path,
    port: u16,
    place: &Path,
    options: Options,
) -> Result<(Child, PathBuf), String> {
    let mut command = as_server_user("sh".as_ref());
    command
        .args(["-c", SCRIPT])
        .env("BIN", bin)
        .env("PORT", port.to_string())
        .env("PGUSER", USER)
        .env("FSYNC", if options.fsync { "on" } else { "off" })
        .env("TMP", place)
        .env("LC_ALL", "C")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        // Out of the terminal's group, so that an interrupt leaves it time to clear up.
        .process_group(0);
    let mut keeper = command.spawn().map_err(|error| error.to_string())?;
    let mut out = BufReader::new(keeper.stdout.take().ok_or("no output")?);
    let mut line = String::new();
    let _ = out.read_line(&mut line);
    if let Some(folder) = line.trim_end().strip_prefix("ready ") {
        return Ok((keeper, PathBuf::from(folder)));
    }
    let _ = out.read_to_string(&mut line);
    let _ = keeper.wait();
    Err(line)
}
