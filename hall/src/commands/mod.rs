//! The verbs of the command line. A verb that needs the city asks the server that runs on the data
//! folder, and opens the city itself only when there is none.

mod backup;
mod check;
mod found;
mod import;
mod loss;
mod verify;

pub use found::write_config;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use base::{Fault, Outcome, Stop, SystemClock};
use frame::Hall;

use crate::config::Config;
use crate::control::{Task, Teller, hand_over};
use crate::line::{DemoArgs, Line, ServeArgs, Verb, say};
use crate::log::kept;
use crate::{city, demo, serve};

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
        Verb::Backup { file } => hand(&data, config()?, Task::Backup { file: absolute(&file)? }),
        Verb::Restore { file } => backup::restore(&data, named.as_deref(), &file),
        Verb::AcceptLoss { because } => loss::accept(&data, &config()?, &because),
        Verb::Import(import) => {
            let import = import::with_absolute_paths(import)?;
            hand(&data, config()?, Task::Import(import))
        }
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
                let (sender, mut told) = tokio::sync::mpsc::unbounded_channel();
                let teller = Teller(sender);
                let work = async {
                    let outcome = perform(&hall, task, &teller).await;
                    frame::clockwork::settle(&hall).await?;
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
        Task::Check => check::check(hall, teller).await,
        Task::Migrate => {
            teller.tell("服务正在运行，它启动时已经把数据库升到了自己的版本；要升到新版本，请用新程序重新启动它");
            Ok(true)
        }
    }
}

/// What a stop says to the person at the terminal.
pub fn words_of(stop: &Stop) -> String {
    match stop {
        Stop::Refused(refusal) => match &refusal.remedy {
            Some(remedy) => format!("{}。{remedy}", refusal.message),
            None => refusal.message.clone(),
        },
        Stop::Failed(fault) => format!("出错了：{}", fault.chain()),
    }
}

fn run_serve(data: &Path, config: Config, args: &ServeArgs) -> Outcome<ExitCode> {
    let runtime = serve::runtime()?;
    let listen = args.listen.unwrap_or(config.listen);
    let demo = data.join(demo::MARK).exists();
    let hall = city::open(data, &config, Arc::new(SystemClock), demo)?;
    runtime.block_on(serve::serve(hall, listen, |address| {
        say(format!("{} 已在 http://{address} 开门", config.city.site));
    }))?;
    Ok(ExitCode::SUCCESS)
}

fn run_demo(data: &Path, mut config: Config, args: &DemoArgs) -> Outcome<ExitCode> {
    demo::refuse_the_public(args)?;
    if args.database.is_some() {
        config.database = args.database.clone();
    }
    config.url = format!("http://{}", args.listen);
    let runtime = serve::runtime()?;
    let hall = demo::open_or_fill(&runtime, data, &config, args)?;
    runtime.block_on(serve::serve(hall, args.listen, demo::welcome))?;
    Ok(ExitCode::SUCCESS)
}
