//! One node of NATS: what it says when something is wrong with it or with us. A cluster is tried by the whole city's tests.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops where something is wrong"
)]

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use kernel_bus::{Brought, Bus, Letter, Published, Settings, Why};

struct Node {
    child: Child,
    port: u16,
    _folder: tempfile::TempDir,
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const PASSWORD: &str = "cityhall-test";

fn node(jetstream: bool) -> Node {
    node_by(jetstream, "")
}

/// The same, with this in its configuration.
fn node_by(jetstream: bool, more: &str) -> Node {
    let folder = tempfile::tempdir().unwrap();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let store = folder.path().join("store");
    let stores = if jetstream {
        format!("jetstream {{ store_dir: \"{}\" }}", store.display())
    } else {
        String::new()
    };
    let text = format!(
        "listen: 127.0.0.1:{port}\nmax_payload: 4096\n{stores}\n{more}\n\
         authorization {{ user: exchange, password: \"{PASSWORD}\" }}\n"
    );
    let path = folder.path().join("conf");
    std::fs::write(&path, text).unwrap();
    let there = Path::new("/usr/sbin/nats-server");
    let server = if there.exists() { there } else { Path::new("nats-server") };
    let child = Command::new(server)
        .arg("-c")
        .arg(path)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("nats-server starts: scripts/need nats-server");
    Node { child, port, _folder: folder }
}

fn settings(node: &Node) -> Settings {
    Settings {
        servers: vec![format!("nats://127.0.0.1:{}", node.port)],
        login: Some(("exchange".into(), PASSWORD.into())),
        root: None,
        certificate: None,
        stream: "exchange".into(),
        replicas: 1,
        letters_max: 4,
        bytes_max: 1_000_000,
    }
}

async fn reached(settings: &Settings) -> Bus {
    for _ in 0..100 {
        match Bus::reach(settings).await {
            Ok(bus) => return bus,
            Err(trouble) if trouble.why == Why::Away => {
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            }
            Err(trouble) => panic!("{trouble:?}"),
        }
    }
    panic!("the node does not come up");
}

fn letter(id: &str, bytes: usize) -> Letter {
    Letter { gateway: "zjj".into(), id: id.into(), key: String::new(), content: vec![7; bytes] }
}

#[tokio::test]
async fn a_full_stream_takes_no_more_a_long_letter_goes_elsewhere_and_one_of_a_name_is_carried() {
    let node = node(true);
    let bus = reached(&settings(&node)).await;
    let published = bus.publish(vec![letter("a", 9), letter("long", 5_000), letter("a", 9)]).await;
    assert_eq!(published, [Published::Held, Published::TooLarge, Published::Held]);
    let standing = bus.standing().await.unwrap();
    assert_eq!((standing.letters, standing.nodes.len(), standing.whole()), (1, 1, 1));
    let more = ["b", "c", "d", "e"].map(|id| letter(id, 9)).to_vec();
    let published = bus.publish(more).await;
    assert_eq!(published[..3], [Published::Held, Published::Held, Published::Held]);
    assert_eq!(published[3], Published::Full);
    let mut inwards = bus.inwards().await.unwrap();
    let brought = inwards.next(100).await.unwrap();
    let named = |one: &Brought| (one.gateway().unwrap().to_owned(), one.id().unwrap().to_owned());
    assert_eq!(brought.iter().map(named).next().unwrap(), ("zjj".into(), "a".into()));
    for one in &brought {
        one.confirm().await;
    }
    let mut rings = bus.rings().await.unwrap();
    bus.ring("zjj").await;
    assert_eq!(rings.next().await.as_deref(), Some("zjj"));
    assert_eq!(bus.publish(vec![letter("e", 9)]).await, [Published::Held], "there is room again");
}

#[tokio::test]
async fn what_is_wrong_is_said_in_words_of_its_own() {
    let node_with = node(true);
    let good = settings(&node_with);
    let first = reached(&good).await;
    let wrong = Settings { login: Some(("exchange".into(), "guessed".into())), ..good.clone() };
    let trouble = Bus::reach(&wrong).await.map(drop).unwrap_err();
    assert_eq!(trouble.why, Why::NotAllowed, "{trouble:?}");
    assert!(trouble.words.contains("不接受所配的账户"), "{trouble:?}");
    let many = Settings { stream: "other".into(), replicas: 3, ..good.clone() };
    let trouble = Bus::reach(&many).await.map(drop).unwrap_err();
    assert_eq!(trouble.why, Why::Unfit, "{trouble:?}");
    // Larger limits are taken over.
    assert_eq!(first.publish(vec![letter("a", 9)]).await, [Published::Held]);
    reached(&Settings { letters_max: 1, ..good.clone() }).await;
    assert_eq!(first.publish(vec![letter("b", 9)]).await, [Published::Full]);
    let without = node(false);
    let trouble = loop {
        let trouble = Bus::reach(&settings(&without)).await.map(drop).unwrap_err();
        if !trouble.words.contains("连接不上") {
            break trouble;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    };
    assert!(trouble.words.contains("JetStream"), "{trouble:?}");
}

/// What `openssl` makes: an authority, and a certificate by it for an address or a name, all PEM.
fn authority(folder: &Path, name: &str) {
    openssl(
        folder,
        &[
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-days",
            "2",
            "-subj",
            &format!("/CN={name}"),
            "-addext",
            "keyUsage=critical,keyCertSign",
            "-keyout",
            &format!("{name}.key"),
            "-out",
            &format!("{name}.pem"),
        ],
    );
}

fn certificate(folder: &Path, by: &str, name: &str, alternative: &str) {
    openssl(
        folder,
        &[
            "req",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-subj",
            &format!("/CN={name}"),
            "-keyout",
            &format!("{name}.key"),
            "-out",
            &format!("{name}.csr"),
        ],
    );
    std::fs::write(folder.join("more"), format!("subjectAltName={alternative}\n")).unwrap();
    openssl(
        folder,
        &[
            "x509",
            "-req",
            "-in",
            &format!("{name}.csr"),
            "-CA",
            &format!("{by}.pem"),
            "-CAkey",
            &format!("{by}.key"),
            "-CAcreateserial",
            "-days",
            "2",
            "-extfile",
            "more",
            "-out",
            &format!("{name}.pem"),
        ],
    );
}

fn openssl(folder: &Path, arguments: &[&str]) {
    let done =
        Command::new("openssl").args(arguments).current_dir(folder).output().expect("openssl");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

#[tokio::test]
async fn by_tls_the_one_authority_is_believed_and_the_nodes_believe_us_by_our_certificate() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    for name in ["city", "strangers"] {
        authority(folder.path(), name);
    }
    certificate(folder.path(), "city", "node", "IP:127.0.0.1");
    certificate(folder.path(), "city", "centre", "DNS:centre.example");
    certificate(folder.path(), "city", "elsewhere", "DNS:elsewhere.example");
    certificate(folder.path(), "strangers", "thief", "DNS:centre.example");
    let tls = |name: &str| {
        format!(
            "tls {{ cert_file: \"{}\", key_file: \"{}\", ca_file: \"{}\", verify: true }}",
            at(&format!("{name}.pem")).display(),
            at(&format!("{name}.key")).display(),
            at("city.pem").display()
        )
    };
    let own = |name: &str| Some((at(&format!("{name}.pem")), at(&format!("{name}.key"))));
    let (node, other) = (node_by(true, &tls("node")), node_by(true, &tls("elsewhere")));
    let by_tls = |node: &Node| Settings {
        servers: vec![format!("tls://127.0.0.1:{}", node.port)],
        root: Some(at("city.pem")),
        certificate: own("centre"),
        ..settings(node)
    };
    let good = by_tls(&node);
    assert_eq!(good.wrong(), None);
    let bus = reached(&good).await;
    assert_eq!(bus.publish(vec![letter("a", 9)]).await, [Published::Held]);
    while std::net::TcpStream::connect(("127.0.0.1", other.port)).is_err() {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let strangers = Settings { root: Some(at("strangers.pem")), ..good.clone() };
    let thief = Settings { certificate: own("thief"), ..good.clone() };
    let nobody = Settings { certificate: None, ..good.clone() };
    for (what, settings) in [
        ("another authority", strangers),
        ("a node of another name", by_tls(&other)),
        ("a certificate of another authority", thief),
        ("no certificate", nobody),
    ] {
        let trouble = Bus::reach(&settings).await.map(drop).unwrap_err();
        assert_eq!(trouble.why, Why::Unfit, "{what}: {trouble:?}");
        assert!(trouble.words.contains("的 TLS 不通"), "{what}: {trouble:?}");
    }
    assert_eq!(bus.publish(vec![letter("b", 9)]).await, [Published::Held], "the good one goes on");
}
