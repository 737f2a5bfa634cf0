//! Letters by SMTP, to a server that keeps what it is told.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};

use frame::post::{Letter, PostOffice};

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
