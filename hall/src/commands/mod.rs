//! The verbs of the command line. A verb that needs the city asks the server that runs on the data
//! folder, and opens the city itself only when there is none.

mod backup;
mod check;
mod found;
mod import;
mod keys;
mod loss;
mod restore;
mod sign;
mod verify;

pub use backup::{PARTS, VAULT};
pub use found::{restrict, write_config};
pub use restore::unpack;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use base::{Fault, Outcome, Refusal, RefusalKind, SystemClock};
use frame::Hall;
use seal::PublicKey;
use store::Scrub;

use crate::agent::{self, Agent, AskPin, Asks, Tokens};
use crate::config::Config;
use crate::control::{Task, Teller, hand_over};
use crate::gateway;
use crate::line::{
    AgentArgs, DemoArgs, GatewayArgs, GatewayVerb, Line, ServeArgs, Verb, WitnessArgs, say,
};
use crate::log::kept;
use crate::log::witnesses::Witness;
use crate::serve::Doors;
use crate::witness;
use crate::{bus, city, demo, files, log, serve};

/// Does what the line says.
pub fn run(line: Line) -> Outcome<ExitCode> {
    let Line { data, config: named, verb } = line;
    let config = || Config::find(named.as_deref(), &data);
    match verb {
        Verb::Demo(args) => run_demo(&data, config()?, &args),
        Verb::Init(args) => found::init(&data, config()?, args.database),
        Verb::Serve(args) => run_serve(&data, config()?, &args),
        Verb::Migrate => {
            if hand_over(&data, &Task::Migrate)? == Some(true) {
                return Ok(ExitCode::SUCCESS);
            }
            // Opening a city brings it up to this program.
            city::open(&data, &config()?, Arc::new(SystemClock), false)?;
            say("数据库已是本程序的版本");
            Ok(ExitCode::SUCCESS)
        }
        Verb::Check => hand(&data, config()?, Task::Check),
        Verb::Scrub => hand(&data, config()?, Task::Scrub),
        Verb::Backup { file } => hand(&data, config()?, Task::Backup { file: absolute(&file)? }),
        Verb::Restore { file } => restore::restore(&data, named.as_deref(), &file),
        Verb::AcceptLoss { because } => loss::accept(&data, &config()?, &because),
        Verb::Readmit { account } => hand(&data, config()?, Task::Readmit { account }),
        Verb::Keys(verb) => hand(&data, config()?, Task::Keys(verb)),
        Verb::Import(import) => {
            let import = import::with_absolute_paths(import)?;
            hand(&data, config()?, Task::Import(import))
        }
        Verb::Witness(args) => run_witness(&args),
        Verb::Gateway(args) => run_gateway(named.as_deref(), args),
        Verb::Sign(args) => sign::sign(&args),
        Verb::Agent(args) => run_agent(&args),
        Verb::Verify(what) => verify::verify(&data, what),
    }
}

fn absolute(path: &Path) -> Result<PathBuf, Fault> {
    std::path::absolute(path).map_err(Fault::from)
}

/// Does a task in the running server, or here if there is none.
fn hand(data: &Path, config: Config, task: Task) -> Outcome<ExitCode> {
    let good = match hand_over(data, &task)? {
        Some(good) => good,
        None => {
            let runtime = serve::runtime()?;
            let hall = city::open(data, &config, Arc::new(SystemClock), false)?;
            runtime.block_on(async {
                // On a database that others serve the keys may change under a long command.
                tokio::spawn(frame::rotation::keep_following(hall.clone()));
                let (sender, mut told) = tokio::sync::mpsc::unbounded_channel();
                let teller = Teller(sender);
                let work = async {
                    let records =
                        matches!(task, Task::Import(_) | Task::Readmit { .. } | Task::Keys(_));
                    let outcome = perform(&hall, task, &teller).await;
                    // What only looks leaves the city as it stands.
                    if records {
                        frame::clockwork::catch_up(&hall).await?;
                    }
                    tokio::task::block_in_place(|| kept::keep(&hall))?;
                    drop(teller);
                    outcome
                };
                let listen = async {
                    while let Some(words) = told.recv().await {
                        say(words);
                    }
                };
                tokio::join!(work, listen).0
            })?
        }
    };
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Does a task in this process. Says whether all went well.
pub async fn perform(hall: &Arc<Hall>, task: Task, teller: &Teller) -> Outcome<bool> {
    match task {
        Task::Backup { file } => backup::backup(hall, &file, teller).await,
        Task::Import(import) => import::import(hall, import, teller).await,
        Task::Readmit { account } => readmit(hall, &account, teller).await,
        Task::Keys(verb) => keys::keys(hall, verb, teller).await,
        Task::Check => check::check(hall, teller).await,
        Task::Scrub => scrub(hall, teller).await,
        Task::Migrate => {
            teller.tell("服务正在运行，它启动时已经把数据库升到了自己的版本；要升到新版本，请用新程序重新启动它");
            Ok(true)
        }
    }
}

/// Takes what was deleted out of the files of the database. What backups and PostgreSQL's write-ahead log still
/// hold is said.
async fn scrub(hall: &Hall, teller: &Teller) -> Outcome<bool> {
    hall.vault.remove_erased().await?;
    let store = hall.store.clone();
    let done = tokio::task::spawn_blocking(move || store.scrub(Scrub::Thorough)).await;
    done.map_err(Fault::from)??;
    teller.tell("数据库已重新写过，删除的内容不在它的文件里了");
    teller.tell("删除以前的备份里还有；PostgreSQL 的预写日志和它的归档里，到它们过期为止也还有");
    Ok(true)
}

/// Lets an administrator in again: the one-time code is told here and nowhere else.
async fn readmit(hall: &Hall, account: &str, teller: &Teller) -> Outcome<bool> {
    let given = identity::readmit(hall, account).await?;
    teller.tell(format!(
        "已为{}签发一次性代码（只显示这一次，24 小时内有效），请当面交给本人：",
        given.name
    ));
    teller.tell(format!("  用户名 {}  一次性代码 {}", given.login, given.code));
    teller.tell(format!("设置密码：{}/code", hall.city.url));
    teller.tell("这次签发已经记入登记簿，每位管理员登录以后都会看到");
    Ok(true)
}

/// A public key in PEM.
pub fn read_key(path: &Path) -> Outcome<PublicKey> {
    let pem = std::fs::read_to_string(path).map_err(|error| files::unreadable(path, &error))?;
    Ok(PublicKey::from_pem(&pem).map_err(|error| {
        let words = format!("{} 不是 SM2 公钥的 PEM 文件\n技术原因：{error}", path.display());
        Refusal::new(RefusalKind::Invalid, "hall.not_a_key", words)
    })?)
}

/// A public key with its owner's name, as the line writes it: `NAME=FILE`.
pub fn named_key(named: &str) -> Outcome<(String, PublicKey)> {
    let Some((name, file)) = named.split_once('=').filter(|(name, _)| seal::note::is_name(name))
    else {
        return Err(Refusal::new(
            RefusalKind::Invalid,
            "hall.named_key",
            format!("“{named}” 应当写成 名称=公钥文件，名称里没有空格和加号"),
        )
        .into());
    };
    Ok((name.to_owned(), read_key(Path::new(file))?))
}

/// Whom the city works with while it serves.
fn beside(config: &Config, data: &Path) -> Outcome<(Vec<Witness>, Option<bus::Told>)> {
    Ok((log::witnesses::known(&config.witnesses, data)?, bus::told(config.bus.as_ref(), data)?))
}

fn run_serve(data: &Path, config: Config, args: &ServeArgs) -> Outcome<ExitCode> {
    let runtime = serve::runtime()?;
    let listen = args.listen.unwrap_or(config.listen);
    let demo = data.join(demo::MARK).exists();
    if demo {
        demo::refuse_the_public(listen, false)?;
    }
    let doors = Doors::of(&config, listen, data)?;
    let beside = beside(&config, data)?;
    let hall = city::open(data, &config, Arc::new(SystemClock), demo)?;
    // The database may be a demo's that another folder has filled.
    if hall.city.demo {
        demo::refuse_the_public(listen, false)?;
    }
    let scheme = doors.scheme();
    if config.url.starts_with("https://") && scheme == "http" && config.trusted_proxies.is_empty() {
        say(
            "提醒：trusted_proxies 是空的，经代理来的人都会被当作来自同一个地址，登录限次会连累所有人",
        );
    }
    runtime.block_on(serve::serve(hall, beside, doors, |address| {
        say(format!("{} 已在 {scheme}://{address} 开门", config.city.site));
    }))?;
    Ok(ExitCode::SUCCESS)
}

fn run_demo(data: &Path, mut config: Config, args: &DemoArgs) -> Outcome<ExitCode> {
    demo::refuse_the_public(args.listen, args.i_know_this_is_a_demo)?;
    if args.database.is_some() {
        config.database = args.database.clone();
    }
    config.url = format!("http://{}", args.listen);
    let runtime = serve::runtime()?;
    let beside = beside(&config, data)?;
    let door = runtime.block_on(demo::agents_door(args.listen))?;
    config.agent = door.local_addr().ok().map(|address| format!("http://{address}"));
    let hall = demo::open_or_fill(&runtime, data, &config, args)?;
    if args.gateways {
        runtime.block_on(demo::connect(&hall, data))?;
    }
    let agent = config.agent.clone();
    runtime.block_on(serve::serve(hall, beside, Doors::plain(args.listen), |address| {
        match demo::agent(data, address) {
            Ok(agent) => _ = tokio::spawn(agent::go(agent, door)),
            Err(stop) => tracing::error!(fault = %stop, "the demo has no agent"),
        }
        demo::welcome(address, agent.as_deref());
    }))?;
    Ok(ExitCode::SUCCESS)
}

fn run_agent(args: &AgentArgs) -> Outcome<ExitCode> {
    let asks = if args.unattended { Asks::Nobody } else { Asks::Terminal };
    let tokens =
        Tokens::open(&args.key, if args.ask_pin { AskPin::EachTime } else { AskPin::Once })?;
    let standing = tokens.standing();
    let agent = Agent::new(tokens, args.city.clone(), asks)?;
    serve::runtime()?.block_on(agent::serve(agent, args.listen, |address| {
        say(format!("签名代理已在 http://{address} 开门，只为 {} 签名", args.city.join("、")));
        say(format!("城市的 cityhall.toml 里写 agent = \"http://{address}\"，网页才会找它"));
        say(format!("按 Ctrl+C 停止。{standing}"));
    }))?;
    Ok(ExitCode::SUCCESS)
}

fn run_gateway(named: Option<&Path>, args: GatewayArgs) -> Outcome<ExitCode> {
    let named = named.ok_or_else(|| {
        let words = "请用 --config 指明网关的配置文件";
        Refusal::new(RefusalKind::Invalid, "gateway.no_config", words)
            .remedy("还没有的，先运行 cityhall gateway init --config 文件 --name 名称 --organ 机关编号 --centre 地址")
    })?;
    if let Some(GatewayVerb::Init(init)) = &args.verb {
        return gateway::init(named, init);
    }
    if let Some(GatewayVerb::TestRun(test)) = &args.verb {
        return gateway::test_run(named, &test.resource, test.rows);
    }
    let mut config = gateway::Config::read(named)?;
    config.listen = args.listen.unwrap_or(config.listen);
    config.centre = args.centre.unwrap_or(config.centre);
    config.fits()?;
    let (name, centre) = (config.name.clone(), config.centre.clone());
    let site = gateway::Site::open(config, Arc::new(SystemClock))?;
    serve::runtime()?.block_on(gateway::serve(site, |address| {
        say(format!("网关 {name} 已在 http://{address} 开门，连接中心 {centre}"));
    }))?;
    Ok(ExitCode::SUCCESS)
}

fn run_witness(args: &WitnessArgs) -> Outcome<ExitCode> {
    let logs: Vec<_> = args.log.iter().map(|named| named_key(named)).collect::<Outcome<_>>()?;
    let desk = witness::Desk::open(&args.name, &args.key, &args.state, logs)?;
    serve::runtime()?.block_on(witness::serve(desk, args.listen, |address, key| {
        say(format!("见证方 {} 已在 http://{address} 开门", args.name));
        say(format!("公钥：{key}"));
    }))?;
    Ok(ExitCode::SUCCESS)
}
