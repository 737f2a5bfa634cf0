//! A program that answers over HTTP, of the test's own.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::sync::{Arc, Mutex};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::{read, servers};
use crate::source::http::{Api, Http, Paging};
use crate::source::{Manner, Position, Secret, Selection, Source, Tls, Unread};

trait Stream: Read + Write {}
impl<T: Read + Write> Stream for T {}

/// Answers every request by its path: status, headers, body. Ends with the process.
struct Program {
    address: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Program {
    fn new(answer: impl Fn(&str) -> (u16, String, String) + Send + 'static) -> Self {
        Self::over(None, answer)
    }

    fn over(
        secure: Option<Arc<ServerConfig>>,
        answer: impl Fn(&str) -> (u16, String, String) + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let scheme = if secure.is_some() { "https" } else { "http" };
        let port = listener.local_addr().unwrap().port();
        let host = if secure.is_some() { "localhost" } else { "127.0.0.1" };
        let address = format!("{scheme}://{host}:{port}");
        let asked = Arc::new(Mutex::new(Vec::new()));
        let heard = asked.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(stream) = stream else { continue };
                let mut stream = match &secure {
                    Some(config) => {
                        let server = ServerConnection::new(config.clone()).unwrap();
                        Box::new(StreamOwned::new(server, stream)) as Box<dyn Stream>
                    }
                    None => Box::new(stream),
                };
                let mut lines = BufReader::new(&mut stream).lines();
                let Some(Ok(first)) = lines.next() else { continue };
                let mut head = first.clone();
                for line in lines {
                    match line {
                        Ok(line) if !line.is_empty() => head = head + "\n" + &line,
                        _ => break,
                    }
                }
                heard.lock().unwrap().push(head);
                let path = first.split(' ').nth(1).unwrap_or_default();
                let (status, headers, body) = answer(path);
                let length = body.len();
                let _ = write!(
                    stream,
                    "HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
                );
                let _ = stream.flush();
            }
        });
        Self { address, asked }
    }

    fn api(&self, path: &str, paging: Paging) -> Api {
        let address = format!("{}{path}", self.address);
        let json = serde_json::json!({ "address": address });
        Api { paging, ..serde_json::from_value(json).unwrap() }
    }
}

fn ok(body: &str) -> (u16, String, String) {
    (200, String::new(), body.to_owned())
}

fn open(api: Api) -> (Http, Selection) {
    let mut http = Http::new(api, &Tls::Off).unwrap();
    let shape = http.describe().unwrap().remove(0);
    (http, Selection::whole(shape))
}

#[test]
fn pages_are_found_by_link_by_address_by_mark_and_by_number() {
    let program = Program::new(|path| match path {
        "/link" => {
            (200, "link: </link2>; rel=\"next\", </x>; rel=prev\r\n".into(), "[{\"a\":1}]".into())
        }
        "/link2" => ok("[{\"a\":2}]"),
        "/next" => ok("{\"data\":{\"list\":[{\"a\":1}]},\"next\":\"/next2\"}"),
        "/next2" => ok("{\"data\":{\"list\":[{\"a\":2}]},\"next\":null}"),
        "/mark?size=1" => ok("{\"data\":{\"list\":[{\"a\":1}]},\"next\":7}"),
        "/mark?size=1&cursor=7" => ok("{\"data\":{\"list\":[{\"a\":2}]},\"next\":\"\"}"),
        "/number?page=1" => ok("[{\"a\":1}]"),
        "/number?page=2" => ok("[{\"a\":2}]"),
        "/number?page=3" => ok("[]"),
        _ => (500, String::new(), String::new()),
    });
    let next = || vec!["next".to_owned()];
    let cases = [
        ("/link", Paging::Link),
        ("/next", Paging::Next { at: next() }),
        ("/mark?size=1", Paging::Cursor { at: next(), parameter: "cursor".into() }),
        ("/number", Paging::Number { parameter: "page".into(), first: 1 }),
    ];
    for (path, paging) in cases {
        let mut api = program.api(path, paging);
        if path.starts_with("/next") || path.starts_with("/mark") {
            api.rows_at = vec!["data".into(), "list".into()];
        }
        api.headers = vec![("x-key".into(), Secret("secret".into()))];
        let (mut http, selection) = open(api);
        let (got, at) = read(&mut http, &selection, &Position::Start).unwrap();
        assert_eq!(got.column("a"), ["1", "2"], "{path}");
        assert_eq!(at, Position::Start);
    }
    assert!(program.asked.lock().unwrap().iter().all(|head| head.contains("x-key: secret")));
}

#[test]
fn a_program_that_breaks_down_is_asked_again_from_the_page_where_it_was() {
    let broken = Arc::new(Mutex::new(true));
    let state = broken.clone();
    let program = Program::new(move |path| match path {
        "/n?page=0" => ok("[{\"a\":1},{\"a\":{\"b\":1}},{\"a\":null}]"),
        "/n?page=1" if *state.lock().unwrap() => {
            (503, "retry-after: 120\r\n".into(), String::new())
        }
        "/n?page=1" => ok("[{\"a\":2}]"),
        _ => ok("[]"),
    });
    let paging = Paging::Number { parameter: "page".into(), first: 0 };
    let (mut http, selection) = open(program.api("/n", paging));
    let mut first = super::Got::default();
    let later = http.read(&selection, &Position::Start, &mut |portion| first.take(portion));
    assert!(matches!(later, Err(Unread::Later { seconds: 120 })), "{later:?}");
    assert_eq!(first.column("a"), ["1", "NULL"]);
    assert_eq!((first.troubles[0].line, first.troubles[0].rule.as_str()), (2, "嵌套"));
    *broken.lock().unwrap() = false;
    let (rest, _) = read(&mut http, &selection, &first.after).unwrap();
    assert_eq!(rest.column("a"), ["2"]);
}

#[test]
fn by_watermark_a_program_is_asked_for_what_is_new() {
    let program = Program::new(|path| match path {
        "/s" => ok("[{\"id\":1,\"at\":\"2026-01-01\"},{\"id\":2,\"at\":\"2026-01-03\"}]"),
        "/s?since=2026-01-02" => {
            ok("[{\"id\":2,\"at\":\"2026-01-03\"},{\"id\":3,\"at\":\"2026-01-04\"}]")
        }
        "/s?since=2026-01-03" => ok("[{\"id\":3,\"at\":\"2026-01-04\"}]"),
        _ => ok("[]"),
    });
    let mut api = program.api("/s", Paging::None);
    api.since = Some("since".into());
    let (mut http, selection) = open(api);
    let selection = selection.by(Manner::Watermark { column: "at".into(), overlap: 0 });
    let (first, at) = read(&mut http, &selection, &Position::Start).unwrap();
    assert_eq!(first.column("id"), ["1", "2"]);
    let (second, at) = read(&mut http, &selection, &at).unwrap();
    assert_eq!(second.column("id"), ["3"]);
    assert!(read(&mut http, &selection, &at).unwrap().0.rows.is_empty());
    let manner = Manner::Watermark { column: "at".into(), overlap: 1 };
    let (_, at) = read(&mut http, &selection, &Position::Start).unwrap();
    let (again, _) = read(&mut http, &selection.by(manner), &at).unwrap();
    assert_eq!(again.column("id"), ["2", "3"], "rows of the overlap come again");
}

#[test]
fn no_other_host_is_asked_wherever_an_answer_points() {
    let other = Program::new(|_| ok("[{\"a\":\"stolen\"}]"));
    let elsewhere = other.address.clone();
    let there = elsewhere.clone();
    let program = Program::new(move |path| match path {
        "/here" => (302, "location: /there\r\n".into(), String::new()),
        "/there" => ok("[{\"a\":1}]"),
        "/redirect" => (302, format!("location: {there}/x\r\n"), String::new()),
        "/link" => (200, format!("link: <{there}/x>; rel=next\r\n"), "[{\"a\":1}]".into()),
        "/loop" => (302, "location: /loop\r\n".into(), String::new()),
        "/again" => (200, "link: </again>; rel=next\r\n".into(), "[{\"a\":1}]".into()),
        _ => (404, String::new(), String::new()),
    });
    let whole = open(program.api("/here", Paging::None)).1;
    let ask = |path: &str| {
        let mut http = Http::new(program.api(path, Paging::Link), &Tls::Off).unwrap();
        read(&mut http, &whole, &Position::Start).map(|(got, _)| got.rows.len())
    };
    assert_eq!(ask("/here").unwrap(), 1);
    let refused = |path| ask(path).unwrap_err().to_string();
    assert!(refused("/redirect").contains("没有跟随"));
    assert!(refused("/link").contains("没有跟随"));
    assert!(refused("/loop").contains("转来转去"));
    assert!(refused("/again").contains("下一页又是这一页"));
    assert!(matches!(ask("/nothing"), Err(Unread::NoTable(_))));
    assert!(other.asked.lock().unwrap().is_empty(), "{elsewhere} was asked");
}

#[test]
fn answers_that_are_too_large_no_json_or_of_another_shape_are_refused() {
    let program = Program::new(|path| match path {
        "/good" => ok("[{\"a\":1}]"),
        "/large" => ok(&format!("[{{\"a\":\"{}\"}}]", "x".repeat(2 << 20))),
        "/half" => ok("[{\"a\":1},"),
        "/list" => ok("{\"a\":1}"),
        "/new" => ok("[{\"a\":1,\"b\":2}]"),
        "/denied" => (403, String::new(), String::new()),
        _ => (500, String::new(), String::new()),
    });
    let whole = open(program.api("/good", Paging::None)).1;
    let ask = |path: &str| {
        let mut api = program.api(path, Paging::None);
        api.page_bytes_max = 1 << 20;
        let mut http = Http::new(api, &Tls::Off).unwrap();
        read(&mut http, &whole, &Position::Start).err().map(|unread| unread.to_string())
    };
    assert_eq!(ask("/good"), None);
    assert_eq!(ask("/large").unwrap(), "对方一次给出的数据超过 1 MB");
    assert!(ask("/half").unwrap().contains("不是完整的 JSON"));
    assert!(ask("/list").unwrap().contains("不是列表"));
    assert_eq!(ask("/new").unwrap(), "表“new”的结构变了：多了 “b”");
    assert!(ask("/denied").unwrap().contains("拒绝"));
    assert!(ask("/broken").unwrap().contains("500"));
    let api = |address: &str| Api { address: address.into(), ..Api::default() };
    assert!(Http::new(api("file:///etc/passwd"), &Tls::Off).is_err());
    assert!(Http::new(api("https://a.example/"), &Tls::Off).is_err());
    let mut closed = Http::new(program.api("/", Paging::None), &Tls::Off).unwrap();
    assert!(closed.describe().is_err());
    let gone = Api { seconds_max: 2, page_bytes_max: 10, ..api("http://127.0.0.1:1/x") };
    let gone = Http::new(gone, &Tls::Off).unwrap().describe();
    assert!(matches!(gone, Err(Unread::Unreachable(..))), "{gone:?}");
}

#[test]
fn over_tls_the_authorities_that_were_given_count_and_no_others() {
    // The certificate of the MariaDB of the tests is for `localhost`, whoever shows it.
    let roots = servers::mariadb().4;
    let beside = |name: &str| Path::new(&roots).with_file_name(name);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![CertificateDer::from_pem_file(beside("server.pem")).unwrap()],
            PrivateKeyDer::from_pem_file(beside("server.key")).unwrap(),
        );
    let program = Program::over(Some(Arc::new(config.unwrap())), |_| ok("[{\"a\":1}]"));
    let ask = |pem: String| {
        let api = program.api("/x", Paging::None);
        Http::new(api, &Tls::Roots { pem }).unwrap().describe()
    };
    assert_eq!(ask(std::fs::read_to_string(&roots).unwrap()).unwrap()[0].columns.len(), 1);
    let strangers = std::fs::read_to_string("/etc/ssl/certs/ca-certificates.crt").unwrap();
    assert!(ask(strangers).is_err());
    assert!(
        Http::new(program.api("/x", Paging::None), &Tls::Roots { pem: String::new() }).is_err()
    );
}
