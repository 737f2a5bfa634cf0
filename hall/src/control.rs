//! The control socket: a command that finds the data folder in use hands its work to the running
//! server and prints what comes back, line by line.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use base::{Fault, Outcome, Refusal, RefusalKind};
use frame::Hall;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt};
use tokio::net::UnixListener;
use tokio::sync::mpsc::UnboundedSender;

use crate::line::{Import, KeysVerb, say};

/// Work that can be done beside, or inside, a running server.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Task {
    /// Write a backup.
    Backup {
        /// Absolute path of the file to write.
        file: PathBuf,
    },
    /// Bring data in.
    Import(Import),
    /// Give an administrator a new one-time code.
    Readmit {
        /// What the administrator signs in with.
        account: String,
    },
    /// Show, rotate or retire the sealing keys.
    Keys(KeysVerb),
    /// Check the city.
    Check,
    /// Take what was deleted out of the files of the database.
    Scrub,
    /// Bring the database up to the program.
    Migrate,
}

/// A line of the answer.
#[derive(Debug, Serialize, Deserialize)]
enum Line {
    Said(String),
    Done { good: bool },
}

/// Where a task tells how it goes.
#[derive(Clone)]
pub struct Teller(pub UnboundedSender<String>);

impl Teller {
    /// Tells one line.
    pub fn tell(&self, words: impl Into<String>) {
        // Nobody listening any more is no reason to stop the work.
        let _ = self.0.send(words.into());
    }
}

fn socket(data: &Path) -> PathBuf {
    data.join("control.sock")
}

/// Hands `task` to the server that runs on this data folder. `None` if there is none.
pub fn hand_over(data: &Path, task: &Task) -> Outcome<Option<bool>> {
    let Ok(mut stream) = UnixStream::connect(socket(data)) else { return Ok(None) };
    let mut line = serde_json::to_string(task).map_err(Fault::from)?;
    line.push('\n');
    stream.write_all(line.as_bytes()).map_err(Fault::from)?;
    for line in BufReader::new(stream).lines() {
        let line = line.map_err(|error| Fault::while_doing("listening to the server", error))?;
        match serde_json::from_str(&line).map_err(Fault::from)? {
            Line::Said(words) => say(words),
            Line::Done { good } => return Ok(Some(good)),
        }
    }
    let words = "服务器中途停止，这次操作可能没有完成";
    Err(Refusal::new(RefusalKind::Unavailable, "hall.server_gone", words)
        .remedy("重新启动后再运行一次；已经导入的内容不会重复")
        .into())
}

/// Listens for tasks until the process ends. The socket is the owner's alone.
pub async fn listen(hall: Arc<Hall>) -> Outcome<()> {
    let path = socket(&hall.data);
    // A socket left by a process that was killed is in nobody's use: the store's lock says so.
    let _ = std::fs::remove_file(&path);
    // It gets its name only once it is its owner's alone.
    let unnamed = path.with_extension("new");
    let _ = std::fs::remove_file(&unnamed);
    let listener = UnixListener::bind(&unnamed)
        .map_err(|error| Fault::while_doing("opening the control socket", error))?;
    std::fs::set_permissions(&unnamed, std::fs::Permissions::from_mode(0o600))
        .and_then(|()| std::fs::rename(&unnamed, &path))
        .map_err(Fault::from)?;
    loop {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            // Out of descriptors, say: the next one may come through.
            Err(error) => {
                tracing::warn!(%error, "the control socket could not be answered");
                tokio::time::sleep(Duration::from_secs(1)).await;
                continue;
            }
        };
        let hall = hall.clone();
        tokio::spawn(async move {
            if let Err(stop) = answer(hall, stream).await {
                tracing::warn!(fault = %stop, "a command at the control socket failed");
            }
        });
    }
}

async fn answer(hall: Arc<Hall>, stream: tokio::net::UnixStream) -> Outcome<()> {
    let (reader, mut writer) = stream.into_split();
    let mut line = String::new();
    tokio::io::BufReader::new(reader).read_line(&mut line).await.map_err(Fault::from)?;
    let task: Task = serde_json::from_str(&line).map_err(Fault::from)?;
    let (sender, mut told) = tokio::sync::mpsc::unbounded_channel();
    let teller = Teller(sender);
    let work = tokio::spawn(async move {
        let outcome = crate::commands::perform(&hall, task, &teller).await;
        if let Err(stop) = &outcome {
            teller.tell(crate::line::words_of(stop));
        }
        outcome.is_ok_and(|good| good)
    });
    while let Some(words) = told.recv().await {
        send(&mut writer, &Line::Said(words)).await?;
    }
    let good = work.await.unwrap_or(false);
    send(&mut writer, &Line::Done { good }).await
}

async fn send(writer: &mut tokio::net::unix::OwnedWriteHalf, line: &Line) -> Outcome<()> {
    let mut text = serde_json::to_string(line).map_err(Fault::from)?;
    text.push('\n');
    writer.write_all(text.as_bytes()).await.map_err(Fault::from)?;
    Ok(())
}
