//! The certificates of a gateway are exchanged while asks run: by two administrators at the centre's pages, and by files in
//! the department's folder. All are programs of their own. Nothing is lost, and nothing is refused.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use base::{Id, Moment};
use data_encoding::BASE64;
use seal::SigningKey;
use seal::cert::Certificate;
use serde_json::{Value, json};
use testkit::database::Kind;
use testkit::signing::on_page;

use crate::gateways::{CENTRE, Exchange, HOUSING, births, send};
use crate::program::{Browser, private};

fn signed_in(city: &Exchange, login: &str) -> Browser {
    let browser = city.browser();
    let fields = [("account", login), ("password", "cityhall-demo")];
    assert_eq!(browser.post("/sign-in", &fields).0, 303);
    browser
}

/// What one administrator proposes, the other agrees to and signs.
fn decided(city: &Exchange, (list, place): (&str, &str), path: &str, fields: &[(&str, &str)]) {
    signed_in(city, "sysadmin").led(path, fields);
    let other = signed_in(city, "secadmin");
    let (_, page) = other.get(list);
    let before = format!("{place}/proposals/");
    let (_, rest) = page.split_once(&before).unwrap_or_else(|| panic!("no proposal: {page}"));
    let agree = format!("{before}{}/agree", rest.split('"').next().unwrap());
    let (_, asked) = other.post(&agree, &[("reason", "")]);
    let (text, token) = on_page(&asked).unwrap_or_else(|| panic!("nothing to sign: {asked}"));
    let key = SigningKey::in_file(&city.data().join("demo-keys/secadmin.pem")).unwrap();
    let signature = BASE64.encode(&key.sign(text.as_bytes()));
    other.led(&agree, &[("signing", &token), ("signature", &signature)]);
}

const AUTHORITY: &str = "/desk/authority";

/// The serials on the authority's page.
fn serials(city: &Exchange) -> Vec<String> {
    let (_, page) = signed_in(city, "sysadmin").get(AUTHORITY);
    let links = page.split("/desk/authority/certificates/").skip(1);
    links.map(|rest| rest.split(['"', '/']).next().unwrap().to_owned()).collect()
}

/// The authority's certificate in the place of another, of the key of this request.
fn anew(city: &Exchange, before: &Path, request: &Path) -> Certificate {
    let before = Certificate::read(&std::fs::read(before).unwrap()).unwrap();
    let request = std::fs::read_to_string(request).unwrap();
    let known = serials(city);
    let path = format!("{AUTHORITY}/certificates/{}/renew", before.serial().to_hex());
    let fields = [
        ("request", &*request),
        ("days", "365"),
        ("keeper", "sysadmin"),
        ("reason_renew", "到期换发"),
    ];
    decided(city, (AUTHORITY, AUTHORITY), &path, &fields);
    let new = serials(city).into_iter().find(|one| !known.contains(one)).expect("a certificate");
    let path = format!("{AUTHORITY}/certificates/{new}/file");
    let (status, pem) = signed_in(city, "sysadmin").get(&path);
    assert_eq!(status, 200, "{pem}");
    Certificate::read(pem.as_bytes()).unwrap()
}

/// Asks of the housing authority, one after another until `over`; gives their names.
#[allow(clippy::disallowed_methods, reason = "a test of running programs waits for them")]
fn asking(city: &Arc<Exchange>, over: &Arc<AtomicBool>) -> std::thread::JoinHandle<Vec<String>> {
    let (city, over) = (city.clone(), over.clone());
    std::thread::spawn(move || {
        let (mut asked, now) = (Vec::new(), Moment::from_millis(1_790_000_000_000));
        while !over.load(Ordering::SeqCst) {
            let id = Id::<()>::mint(now).to_string();
            let mut ask = births(&json!({ "mother": "420704199001011234" }));
            (ask["id"], ask["life_seconds"]) = (json!(id), json!(86_400));
            send(&city, HOUSING, "/ask", &ask);
            asked.push(id);
            std::thread::sleep(Duration::from_millis(20));
        }
        asked
    })
}

/// Until the last of what was asked so far is answered.
fn caught_up(city: &Exchange, what: &str) {
    let id = Id::<()>::mint(Moment::from_millis(1_790_000_000_000)).to_string();
    let mut ask = births(&json!({ "mother": "420704199001011234" }));
    ask["id"] = json!(id);
    send(city, HOUSING, "/ask", &ask);
    city.until(what, || city.get(HOUSING, &format!("/ask/{id}")).0 == 200);
}

/// The new keys and certificates lie in the gateway's folder, and the old key for opening beside them.
fn laid(folder: &Path, new: &Path, [signing, sealing]: &[Certificate; 2]) {
    for (from, to) in [("sealing.pem", "sealing-before.pem"), ("sealing.crt", "sealing-before.crt")]
    {
        std::fs::copy(folder.join(from), folder.join(to)).unwrap();
    }
    for key in ["signing.pem", "sealing.pem"] {
        private(folder.join(key), &std::fs::read_to_string(new.join(key)).unwrap());
    }
    std::fs::write(folder.join("signing.crt"), signing.to_pem().unwrap()).unwrap();
    std::fs::write(folder.join("sealing.crt"), sealing.to_pem().unwrap()).unwrap();
    let path = folder.join("gateway.toml");
    let mut config: toml::Table = std::fs::read_to_string(&path).unwrap().parse().unwrap();
    let previous = "previous = [{ sealing = \"sealing-before.pem\", sealing_certificate = \"sealing-before.crt\" }]";
    let previous: toml::Table = previous.parse().unwrap();
    let keys = config.entry("keys").or_insert_with(|| toml::Table::new().into());
    keys.as_table_mut().unwrap().extend(previous);
    std::fs::write(path, toml::to_string_pretty(&config).unwrap()).unwrap();
}

fn exchanged(kind: Kind) {
    let city = Arc::new(Exchange::open(kind));
    let folder = city.folder(HOUSING);
    let over = Arc::new(AtomicBool::new(false));
    let asking = asking(&city, &over);
    // The department makes new keys; the authority certifies them; the centre registers them: the old ones sign meanwhile.
    let new = folder.join("new");
    let made = Command::new(env!("CARGO_BIN_EXE_cityhall"))
        .args(["gateway", "init", "--name", "zjj", "--organ", "ezhou-zjj"])
        .args(["--centre", "http://127.0.0.1:1", "--config"])
        .arg(new.join("gateway.toml"))
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let pair = [("signing.crt", "signing.csr"), ("sealing.crt", "sealing.csr")];
    let pair = pair.map(|(old, request)| anew(&city, &folder.join(old), &new.join(request)));
    let [signing, sealing] = pair.each_ref().map(|one| one.to_pem().unwrap());
    let fields = [
        ("name", "zjj"),
        ("title", "市住建局网关"),
        ("organs", "ezhou-zjj"),
        ("kinds", "housing.permits"),
        ("sign_certificate", &*signing),
        ("seal_certificate", &*sealing),
        ("reason", "换发证书"),
    ];
    let (list, place) = ("/desk/exchange/gateways", "/desk/exchange");
    decided(&city, (list, place), "/desk/exchange/register", &fields);
    caught_up(&city, "what the old certificate signs is answered");
    city.until("it is said", || {
        let warnings = city.get(HOUSING, "/status").1["warnings"].to_string();
        warnings.contains("中心已经登记了新的签名证书")
    });
    laid(&folder, &new, &pair);
    city.strike(HOUSING);
    caught_up(&city, "what the new certificate signs is answered");
    city.until("nothing is wrong", || city.get(HOUSING, "/status").1["warnings"] == json!([]));
    over.store(true, Ordering::SeqCst);
    let asked = asking.join().expect("the caller");
    assert!(asked.len() > 50, "{} were asked meanwhile", asked.len());
    for id in &asked {
        city.until("every answer", || city.get(HOUSING, &format!("/ask/{id}")).0 == 200);
        let (_, answer) = city.get(HOUSING, &format!("/ask/{id}"));
        assert_eq!(answer["body"]["value"]["born"], "2026-02-11", "{answer}");
    }
    let signed_by = |id: &String, one: &Certificate| {
        let file: Value = city.get(HOUSING, &format!("/evidence/{id}")).1;
        file.to_string().contains(&BASE64.encode(one.der()))
    };
    assert!(!signed_by(&asked[0], &pair[0]), "the first by the old certificate");
    assert!(signed_by(&asked[asked.len() - 1], &pair[0]), "the last by the new one");
    city.end(CENTRE);
    let store = city.store(CENTRE);
    // What a gateway that was killed sends again is known, and that is no refusal of it.
    let sql = "SELECT code, words FROM exchange_refusals WHERE code <> 'exchange.replayed'";
    let refused: Vec<(String, String)> = store.read_now(|r| Ok(r.all(sql, &[])?)).unwrap();
    assert!(refused.is_empty(), "{refused:?}");
    let sql = "SELECT CAST(COUNT(*) AS BIGINT), CAST(COUNT(DISTINCT reply_to) AS BIGINT)
               FROM exchange_messages WHERE kind = 'answer' AND resource = 'health.births'";
    let (answers, asks): (i64, i64) = store.read_now(|r| Ok(r.one(sql, &[])?)).unwrap();
    assert_eq!((answers, asks), (asked.len() as i64 + 2, asked.len() as i64 + 2), "each once");
}

#[test]
fn a_gateways_certificates_are_exchanged_while_asks_run_and_none_is_lost_or_refused_on_sqlite() {
    exchanged(Kind::Sqlite);
}
