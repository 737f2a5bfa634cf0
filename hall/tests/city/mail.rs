//! Letters by SMTP, to a server that keeps what it is told; and when letters go out, and when not.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::time::Duration;

use base::{Clock, SystemClock};
use frame::post::{Letter, PostOffice};
use frame::{JobKind, Office};
use ledger::jobs::{self, Lane};
use serde_json::Value;
use store::Store;
use testkit::database::Home;
use testkit::{City, each_city};
use tokio::sync::Notify;

use crate::program::{Program, cityhall, well};

/// Takes one letter as RFC 5321 says, and gives back what was said to it.
fn sink(listener: TcpListener) -> String {
    let (mut stream, _) = listener.accept().expect("a caller");
    let lines = BufReader::new(stream.try_clone().expect("the stream"));
    let mut heard = String::new();
    let mut in_data = false;
    say(&mut stream, "220 sink");
    for line in lines.lines() {
        let line = line.expect("a line");
        heard.push_str(&line);
        heard.push('\n');
        match (in_data, line.to_ascii_uppercase().split(' ').next().unwrap_or_default()) {
            (true, ".") => {
                in_data = false;
                say(&mut stream, "250 kept");
            }
            (true, _) => {}
            (false, "EHLO") => say(&mut stream, "250-sink\r\n250 8BITMIME"),
            (false, "DATA") => {
                in_data = true;
                say(&mut stream, "354 go on");
            }
            (false, "QUIT") => {
                say(&mut stream, "221 good bye");
                return heard;
            }
            (false, _) => say(&mut stream, "250 yes"),
        }
    }
    heard
}

fn say(stream: &mut TcpStream, words: &str) {
    stream.write_all(format!("{words}\r\n").as_bytes()).expect("an answer");
}

#[test]
fn a_letter_goes_out_by_smtp() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("its address");
    let server = std::thread::spawn(move || sink(listener));
    let mut mail = hall::Config::default().mail;
    mail.smtp = Some(format!("smtp://{address}"));
    let folder = tempfile::tempdir().expect("a folder");
    let mailer = hall::Mailer::new(&mail, folder.path()).expect("a post office");
    let letter = Letter {
        to: "citizen@example.com".into(),
        subject: "申请已受理：食品经营许可".into(),
        text: "您的申请已经受理。\n".into(),
    };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(mailer.deliver(&letter)).expect("the letter goes out");
    drop(mailer);
    runtime.shutdown_timeout(std::time::Duration::from_secs(2));
    let heard = server.join().expect("the sink");
    assert!(heard.contains("RCPT TO:<citizen@example.com>"), "{heard}");
    assert!(heard.contains("Subject: =?utf-8?b?"), "{heard}");
    assert!(heard.contains("MIME-Version: 1.0") && heard.contains("Message-ID: <"), "{heard}");
}

#[test]
fn a_letter_that_nobody_takes_is_a_fault_to_be_tried_again() {
    let mut mail = hall::Config::default().mail;
    mail.smtp = Some("smtp://127.0.0.1:9".into());
    let folder = tempfile::tempdir().expect("a folder");
    let mailer = hall::Mailer::new(&mail, folder.path()).expect("a post office");
    let letter =
        Letter { to: "citizen@example.com".into(), subject: "一".into(), text: "二".into() };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    assert!(runtime.block_on(mailer.deliver(&letter)).is_err());
}

fn letter(number: usize) -> Letter {
    Letter {
        to: format!("citizen{number}@example.com"),
        subject: "申请已受理".into(),
        text: "您的申请已经受理。\n".into(),
    }
}

/// A letter that waits in a city which nobody serves.
fn leave_a_letter(home: &Home, data: &Path) {
    let mut settings = home.settings();
    if home.url().is_none() {
        settings.place = store::Place::File(data.join("city.db"));
    }
    let store = Store::open(&settings).expect("the database");
    let keys = seal::Keys::open(&data.join("keys")).expect("the keys");
    let now = SystemClock.now();
    store
        .write_now(move |tx| frame::post::enqueue(tx, &keys, &letter(1), now))
        .expect("a letter waits");
}

#[test]
fn a_command_without_a_server_sends_no_letter_and_the_server_sends_it_later() {
    testkit::database::each_home(|home| {
        let data = home.folder().join("data");
        let url = home.url();
        let mut line = vec!["init"];
        line.extend(url.iter().flat_map(|url| ["--database", url.as_str()]));
        well(&cityhall(&line, &data));
        leave_a_letter(home, &data);
        let file = home.folder().join("city.bak");
        assert!(well(&cityhall(&["check"], &data)).contains("待办任务：1 件"));
        well(&cityhall(&["backup", file.to_str().expect("a path")], &data));
        assert!(!data.join("outbox").exists(), "a letter went out");
        let program = Program::serve(&data);
        program.until("the letter", |_| {
            std::fs::read_dir(data.join("outbox")).is_ok_and(|mut letters| letters.next().is_some())
        });
    });
}

/// Rung by the job of an office that has nothing to do with letters.
static RUNG: Notify = Notify::const_new();
const RING: JobKind = JobKind {
    name: "bell.ring",
    work: |_, _, _| {
        Box::pin(async {
            RUNG.notify_one();
            Ok(())
        })
    },
    every_seconds: None,
};
static BELL: Office = Office { jobs: &[RING], ..Office::named("bell", "钟", "敲钟。") };
static OFFICES: &[&Office] = &[&BELL];

#[test]
fn a_mail_server_that_says_nothing_holds_up_no_other_job_and_few_letters() {
    each_city(OFFICES, async |city: City| {
        city.let_letters_hang();
        let (keys, now) = (city.hall.keys.clone(), city.now());
        let waiting = move |tx: &store::Tx<'_>| {
            for number in 0..20 {
                frame::post::enqueue(tx, &keys, &letter(number), now)?;
            }
            jobs::enqueue(tx, Lane::Work, RING.name, &Value::Null, now)
        };
        city.hall.store.write(waiting).await.expect("letters and a job wait");
        let clockwork = tokio::spawn(frame::clockwork::run(city.hall.clone()));
        let done = async {
            RUNG.notified().await;
            while city.letters_hanging() < 8 {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), done).await.expect("the bell is rung");
        assert_eq!(city.letters_hanging(), 8, "the others wait their turn");
        clockwork.abort();
    });
}
