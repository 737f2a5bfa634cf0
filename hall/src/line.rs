//! The command line.

use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;

use base::Stop;
use clap::{Args, Parser, Subcommand};

/// CityHall: the platform on which a city runs its e-government.
#[derive(Parser, Debug)]
#[command(name = "cityhall", version, about, max_term_width = 100)]
pub struct Line {
    /// The data folder
    #[arg(long, global = true, default_value = "data", value_name = "DIR")]
    pub data: PathBuf,
    /// The configuration file [default: cityhall.toml in the data folder]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// What to do
    #[command(subcommand)]
    pub verb: Verb,
}

/// The verbs.
#[derive(Subcommand, Debug)]
pub enum Verb {
    /// Fill an empty city with the demo and serve it
    Demo(DemoArgs),
    /// Found a city: keys, three administrators with one-time codes, an empty database
    Init(InitArgs),
    /// Serve the city
    Serve(ServeArgs),
    /// Bring the database up to this program
    Migrate,
    /// Check the city: configuration, keys, database, log, index
    Check,
    /// Write every table anew, so that what was erased is in no file of the database; nobody writes meanwhile
    Scrub,
    /// Write a backup of the city, while it runs
    Backup {
        /// The file to write
        file: PathBuf,
    },
    /// Restore a backup into an empty data folder
    Restore {
        /// The backup
        file: PathBuf,
    },
    /// Go on with a database that has lost acts of its log; the reason is recorded
    AcceptLoss {
        /// Why what is missing cannot be had back
        #[arg(long, value_name = "WORDS")]
        because: String,
    },
    /// Give an administrator who lost the password a new one-time code; all administrators see it
    Readmit {
        /// The account
        account: String,
    },
    /// The keys that seal what the city keeps
    #[command(subcommand)]
    Keys(KeysVerb),
    /// Bring data in
    #[command(subcommand)]
    Import(Import),
    /// Watch the logs of cities and cosign their checkpoints: for others than the city
    Witness(WitnessArgs),
    /// Run a department's site of the data exchange: for departments. Configured by --config FILE
    Gateway(GatewayArgs),
    /// Sign what pages of a city ask for, on an official's own machine, with a token or a key in a file
    Agent(AgentArgs),
    /// Sign a text with a key in a token or in a file; ask for a certificate; put a key file under a passphrase
    Sign(SignArgs),
    /// Check a receipt or a whole log
    #[command(subcommand)]
    Verify(Verify),
}

/// `demo`.
#[derive(Args, Debug)]
pub struct DemoArgs {
    /// Where to listen
    #[arg(long, default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// postgres://… instead of SQLite in the data folder
    #[arg(long, value_name = "URL")]
    pub database: Option<String>,
    /// How many synthetic residents; a city has 1080000
    #[arg(long, default_value_t = 10_000, value_name = "N",
        value_parser = clap::value_parser!(u32).range(..=i64::from(population::RESIDENTS_MAX)))]
    pub residents: u32,
    /// How many synthetic cases of the last three months
    #[arg(long, default_value_t = 480, value_name = "N")]
    pub cases: usize,
    /// Connect four departments' gateways: their folders lie in demo-gateways/ of the data folder
    #[arg(long)]
    pub gateways: bool,
    /// Serve on an address that others can reach
    #[arg(long)]
    pub i_know_this_is_a_demo: bool,
}

/// `agent`.
#[derive(Args, Debug)]
pub struct AgentArgs {
    /// Whose key signs
    #[command(flatten)]
    pub key: KeyArgs,
    /// The address of the city whose pages may ask, as the browser shows it: https://www.ezhou.example
    #[arg(long, required = true, value_name = "URL")]
    pub city: Vec<String>,
    /// Where to listen, on this machine
    #[arg(long, default_value = "127.0.0.1:7390")]
    pub listen: SocketAddr,
    /// Sign without asking at the terminal
    #[arg(long)]
    pub unattended: bool,
    /// Ask for the token's PIN at each signature, and keep it nowhere
    #[arg(long, requires = "skf", conflicts_with = "pin_file")]
    pub ask_pin: bool,
}

/// Whose key signs: one in a file, or one in a token.
#[derive(Args, Clone, Debug)]
pub struct KeyArgs {
    /// The private key (SM2, PKCS#8 PEM, with a passphrase or without)
    #[arg(long, value_name = "FILE", required_unless_present = "skf", conflicts_with = "skf")]
    pub key: Option<PathBuf>,
    /// The file whose first line is the passphrase of the key [default: asked for at the terminal]
    #[arg(long, value_name = "FILE", conflicts_with = "skf")]
    pub passphrase_file: Option<PathBuf>,
    /// The library of a token's maker (GM/T 0016), in the place of a key in a file
    #[arg(long, value_name = "LIBRARY")]
    pub skf: Option<PathBuf>,
    /// The token, where several are plugged in
    #[arg(long, value_name = "NAME", requires = "skf")]
    pub device: Option<String>,
    /// The application in the token, where it has several
    #[arg(long, value_name = "NAME", requires = "skf")]
    pub application: Option<String>,
    /// The container of the key, where several have an SM2 key
    #[arg(long, value_name = "NAME", requires = "skf")]
    pub container: Option<String>,
    /// The file whose first line is the token's PIN [default: asked for at the terminal]
    #[arg(long, value_name = "FILE", requires = "skf")]
    pub pin_file: Option<PathBuf>,
}

/// `init`.
#[derive(Args, Debug)]
pub struct InitArgs {
    /// postgres://… instead of SQLite in the data folder
    #[arg(long, value_name = "URL")]
    pub database: Option<String>,
}

/// `serve`.
#[derive(Args, Debug)]
pub struct ServeArgs {
    /// Where to listen [default: as configured]
    #[arg(long)]
    pub listen: Option<SocketAddr>,
}

/// `witness`.
#[derive(Args, Debug)]
pub struct WitnessArgs {
    /// The witness's private key; made at the first start
    #[arg(long, value_name = "FILE")]
    pub key: PathBuf,
    /// The witness's name, as notes show it: `witness.example`
    #[arg(long)]
    pub name: String,
    /// The folder of what it has signed
    #[arg(long, value_name = "DIR")]
    pub state: PathBuf,
    /// Where to listen
    #[arg(long, default_value = "127.0.0.1:8090")]
    pub listen: SocketAddr,
    /// A log to watch: its name and its public key; may be given several times
    #[arg(long, required = true, value_name = "ORIGIN=FILE")]
    pub log: Vec<String>,
}

/// `gateway`.
#[derive(Args, Debug)]
pub struct GatewayArgs {
    /// What to do [default: run it]
    #[command(subcommand)]
    pub verb: Option<GatewayVerb>,
    /// Where to listen for the department's systems, on this machine [default: as configured]
    #[arg(long)]
    pub listen: Option<SocketAddr>,
    /// The centre's address [default: as configured]
    #[arg(long, value_name = "URL")]
    pub centre: Option<String>,
}

/// `gateway …`.
#[derive(Subcommand, Debug)]
pub enum GatewayVerb {
    /// Make keys, two requests for certificates, a token and a configuration beside each other
    Init(GatewayInitArgs),
    /// Try what shall be published: read some rows, say what becomes of them, send nothing
    TestRun(GatewayTestRunArgs),
}

/// `gateway test-run`.
#[derive(Args, Debug)]
pub struct GatewayTestRunArgs {
    /// The resource, as the configuration names it under [[publishes]]
    pub resource: String,
    /// So many rows are tried
    #[arg(long, default_value_t = 1_000)]
    pub rows: usize,
}

/// `gateway init`.
#[derive(Args, Debug)]
pub struct GatewayInitArgs {
    /// The gateway's name: small letters, digits, hyphens
    #[arg(long)]
    pub name: String,
    /// The organ for which it speaks, by id; may be given several times
    #[arg(long, required = true, value_name = "ID")]
    pub organ: Vec<String>,
    /// The department's name in the requests
    #[arg(long, value_name = "NAME")]
    pub organization: Option<String>,
    /// The centre's address: https://data.ezhou.example
    #[arg(long, value_name = "URL")]
    pub centre: String,
}

/// `sign`.
#[derive(Args, Debug)]
pub struct SignArgs {
    /// Whose key signs
    #[command(flatten)]
    pub key: KeyArgs,
    /// Write a request for a certificate (PKCS#10) in this name; the key is made where there is none
    #[arg(long, value_name = "NAME", conflicts_with = "skf")]
    pub request: Option<String>,
    /// The organ in the request
    #[arg(long, value_name = "NAME", requires = "request")]
    pub organization: Option<String>,
    /// Put the key in the file under a passphrase, or under another one
    #[arg(long, conflicts_with_all = ["request", "skf"])]
    pub protect: bool,
    /// The file whose first line is the new passphrase [default: asked for at the terminal]
    #[arg(long, value_name = "FILE", requires = "protect")]
    pub new_passphrase_file: Option<PathBuf>,
    /// Write the certificate that stands in the token, PEM
    #[arg(long, requires = "skf", conflicts_with = "file")]
    pub certificate: bool,
    /// The text to sign [default: what comes in]
    #[arg(conflicts_with_all = ["request", "protect"])]
    pub file: Option<PathBuf>,
}

/// `keys`.
#[derive(Subcommand, Debug, Clone, Copy, serde::Serialize, serde::Deserialize)]
pub enum KeysVerb {
    /// Show who holds the keys and how far the exchange of each has come
    Show,
    /// Make a new sealing key; what stands under the old one is sealed anew in the background
    Rotate {
        /// The key that covers what values are found by instead
        #[arg(long, conflicts_with = "master")]
        cover: bool,
        /// The master key instead, which encloses the others
        #[arg(long)]
        master: bool,
    },
    /// Destroy the sealing keys under which nothing is left
    Retire {
        /// Those that cover what values are found by instead
        #[arg(long)]
        cover: bool,
        /// Also where values stand under them that no key opens
        #[arg(long)]
        give_up_broken: bool,
    },
}

/// `import`.
#[derive(Subcommand, Debug, Clone, serde::Serialize, serde::Deserialize)]
pub enum Import {
    /// Publish documents; the reviewer answers for them and finds them on the workbench to check
    Documents {
        /// Files (.md, .txt) and folders of them
        #[arg(required = true)]
        paths: Vec<PathBuf>,
        /// The column to publish in
        #[arg(long)]
        column: String,
        /// The editor's account
        #[arg(long = "as", default_value = "editor")]
        editor: String,
        /// The account of the reviewer who answers for them: another person
        #[arg(long, default_value = "reviewer")]
        reviewed_by: String,
    },
    /// Publish service items: items.json with its forms in forms/ beside it
    Items {
        /// Folders that hold items.json, and files like it
        #[arg(required = true)]
        paths: Vec<PathBuf>,
        /// The account in whose post the items are published
        #[arg(long = "as", default_value = "reviewer", value_name = "ACCOUNT")]
        publisher: String,
        /// The private key with which that person signs (SM2, PKCS#8 PEM)
        #[arg(long, value_name = "FILE")]
        key: Option<PathBuf>,
        /// The file whose first line is the passphrase of the key
        #[arg(long, value_name = "FILE", requires = "key")]
        passphrase_file: Option<PathBuf>,
    },
    /// Take in resources of the catalogue of government data: a sheet (CSV, XLSX) becomes drafts, a file like
    /// offices/catalogue/data/demo.json is published
    Catalogue {
        /// The file
        file: PathBuf,
        /// The account that writes them down and sends them
        #[arg(long = "as", default_value = "datamanager", value_name = "ACCOUNT")]
        editor: String,
        /// The account of another person, who publishes them; a sheet needs none
        #[arg(long, value_name = "ACCOUNT")]
        reviewed_by: Option<String>,
        /// The private key with which that other person signs (SM2, PKCS#8 PEM)
        #[arg(long, value_name = "FILE")]
        key: Option<PathBuf>,
        /// The file whose first line is the passphrase of the key
        #[arg(long, value_name = "FILE", requires = "key")]
        passphrase_file: Option<PathBuf>,
    },
    /// Enter the city's own rules of the audit: a file like offices/audit/data/rules.json
    AuditRules {
        /// The file
        file: PathBuf,
    },
    /// Load residents from a file (CSV, XLSX, JSON): 公民身份号码,姓名,性别,出生日期,民族,住址,电话
    Residents {
        /// The file
        file: PathBuf,
    },
    /// Load legal entities from a file (CSV, XLSX, JSON): 统一社会信用代码,名称,类型,登记状态,法定代表人,成立日期,登记机关,住所,经营范围
    Entities {
        /// The file
        file: PathBuf,
    },
}

/// `verify`.
#[derive(Subcommand, Debug)]
pub enum Verify {
    /// Check a receipt
    Receipt {
        /// The receipt
        file: PathBuf,
        /// The log's public key [default: log.pub.pem in the data folder]
        #[arg(long, value_name = "FILE")]
        key: Option<PathBuf>,
        /// The list of all keys that the log has had (a city publishes it at /log/keys), which leads from that key to
        /// the others [default: log.keys in the data folder, where its key is used too]
        #[arg(long, value_name = "FILE")]
        keys: Option<PathBuf>,
        /// Authorities that are trusted to issue certificates, and their revocation lists, in PEM (a city publishes its
        /// own at /log/authorities); may be given several times
        #[arg(long, value_name = "FILE")]
        trust: Vec<PathBuf>,
    },
    /// Check an export of acts
    Export {
        /// The export
        file: PathBuf,
        /// The log's public key [default: log.pub.pem in the data folder]
        #[arg(long, value_name = "FILE")]
        key: Option<PathBuf>,
        /// The list of all keys that the log has had (a city publishes it at /log/keys), which leads from that key to
        /// the others [default: log.keys in the data folder, where its key is used too]
        #[arg(long, value_name = "FILE")]
        keys: Option<PathBuf>,
        /// Authorities that are trusted to issue certificates, and their revocation lists, in PEM (a city publishes its
        /// own at /log/authorities); may be given several times
        #[arg(long, value_name = "FILE")]
        trust: Vec<PathBuf>,
    },
    /// Check what a register said of somebody: a file that its desk gave out
    Register {
        /// The proof
        file: PathBuf,
        /// The log's public key [default: log.pub.pem in the data folder]
        #[arg(long, value_name = "FILE")]
        key: Option<PathBuf>,
        /// The list of all keys that the log has had (a city publishes it at /log/keys), which leads from that key to
        /// the others [default: log.keys in the data folder, where its key is used too]
        #[arg(long, value_name = "FILE")]
        keys: Option<PathBuf>,
    },
    /// Check the evidence of a data exchange: what was asked and answered, on which terms, and what the centre's log says
    Exchange {
        /// The file
        file: PathBuf,
        /// The public key of the centre's log [default: log.pub.pem in the data folder]
        #[arg(long, value_name = "FILE")]
        key: Option<PathBuf>,
        /// The list of all keys that the log has had, which leads from that key to the others
        #[arg(long, value_name = "FILE")]
        keys: Option<PathBuf>,
        /// The city's authority for machines (PEM): whom to believe about gateways. Without it, the file's own is taken, and
        /// that is said
        #[arg(long, value_name = "FILE")]
        authority: Option<PathBuf>,
    },
    /// Check a whole published log
    Log(VerifyLog),
}

/// `verify log`.
#[derive(Args, Debug)]
pub struct VerifyLog {
    /// The address of a city or of its log, or a folder that holds `checkpoint` and `tile/`
    #[arg(value_name = "DIR|URL")]
    pub place: String,
    /// The log's public key [default: log.pub.pem in the data folder]
    #[arg(long, value_name = "FILE")]
    pub key: Option<PathBuf>,
    /// An older checkpoint, whose log must be the beginning of this one
    #[arg(long, value_name = "FILE")]
    pub since: Option<PathBuf>,
    /// Demand the cosignature of this witness; may be given several times
    #[arg(long, value_name = "NAME=FILE")]
    pub witness: Vec<String>,
    /// Keep what was read, in the same layout
    #[arg(long, value_name = "DIR")]
    pub save: Option<PathBuf>,
}

/// Writes a line for the person at the terminal. Nobody listening is no reason to stop a city.
pub fn say(words: impl AsRef<str>) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{}", words.as_ref());
    let _ = out.flush();
}

/// Writes a line for the person, beside what the command gives.
#[allow(clippy::print_stderr, reason = "the command line speaks to a person")]
pub fn aside(words: impl AsRef<str>) {
    eprintln!("{}", words.as_ref());
}

/// What a stop says to the person at the terminal, in lines: what went wrong, beside which field,
/// and what to do. A fault's own words are for whoever mends the program, and come last.
pub fn words_of(stop: &Stop) -> String {
    match stop {
        Stop::Refused(refusal) => {
            let fields = refusal.fields.iter();
            let fields = fields.map(|field| format!("  {}：{}", field.field, field.message));
            let lines = std::iter::once(refusal.message.clone()).chain(fields);
            lines.chain(refusal.remedy.clone()).collect::<Vec<_>>().join("\n")
        }
        Stop::Failed(fault) => format!("出错了，没有做完\n技术原因：{}", fault.chain()),
    }
}

/// Says what went wrong.
#[allow(clippy::print_stderr, reason = "the command line speaks to a person")]
pub fn complain(stop: &Stop) {
    eprintln!("{}", words_of(stop));
}

#[cfg(test)]
mod tests {
    use base::{Fault, Refusal, RefusalKind};

    use super::*;

    #[test]
    fn a_fault_is_said_in_chinese_with_its_cause_in_a_line_of_its_own() {
        let fault = Fault::while_doing("packing the vault", std::io::Error::other("no disk"));
        let words = "出错了，没有做完\n技术原因：packing the vault: no disk";
        assert_eq!(words_of(&fault.into()), words);
        let refusal =
            Refusal::new(RefusalKind::Invalid, "t", "不行").remedy("请改").field("a", "不对");
        assert_eq!(words_of(&refusal.into()), "不行\n  a：不对\n请改");
    }
}
