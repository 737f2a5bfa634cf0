//! Scenarios of certificates on both databases: two administrators, their machines, and programs that ask.

mod ending;
mod keys;
mod log_key;
mod machines;
mod organs;
mod published;
mod root;
mod roots;

use base::Moment;
use frame::Office;
use seal::SigningKey;
use seal::cert::{Certificate, Request, RevocationList, Subject};
use testkit::{Answer, City};

const OFFICES: &[&Office] = &[&crate::OFFICE];

async fn staffed(city: &City) {
    city.organ("city", None, "鄂州市人民政府办公室", "001").await;
    city.account("keeper", "吴涛", "sysadmin", "city").await;
    city.account("warden", "郑洁", "secadmin", "city").await;
    city.account("watcher", "冯岩", "auditor", "city").await;
    city.account("li", "李敏", "clerk", "city").await;
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let from = text.find(before).unwrap_or_else(|| panic!("«{before}» is not in: {text}"));
    let rest = &text[from + before.len()..];
    &rest[..rest.find(after).unwrap()]
}

/// The address of the newest thing that waits for a second person.
async fn waiting(city: &City) -> String {
    let page = city.client("warden").await.get("/desk/authority").await.expect(200);
    let last = page.text.rsplit("href=\"/desk/authority/proposals/").next().unwrap().to_owned();
    format!("/desk/authority/proposals/{}", last.split('"').next().unwrap())
}

async fn agreed(city: &City) {
    // So that what comes later has a later id.
    city.clock.pass_seconds(1);
    let place = waiting(city).await;
    city.client("warden").await.post(&format!("{place}/agree"), &[]).await.expect(303);
}

const FOUNDING: [(&str, &str); 4] = [
    ("name", "鄂州市政务设备证书根"),
    ("organization", "鄂州市人民政府"),
    ("years", "10"),
    ("reason", "市数据局会议纪要〔2026〕3号"),
];

async fn founded(city: &City) {
    staffed(city).await;
    city_founded(city).await;
}

async fn city_founded(city: &City) {
    city.client("keeper").await.post("/desk/authority/found", &FOUNDING).await.expect(303);
    agreed(city).await;
}

fn request(key: &SigningKey) -> String {
    Request::make(&Subject::named("gw-1"), key).unwrap().to_pem().unwrap()
}

/// What an administrator types who hands in a request.
fn typed<'a>(name: &'a str, request: &'a str) -> [(&'a str, &'a str); 7] {
    [
        ("name", name),
        ("kind", "gateway"),
        ("purpose", "signature"),
        ("days", "365"),
        ("request", request),
        ("keeper", "li"),
        ("reason", "接入省级平台"),
    ]
}

/// Sends a form that has a field for a file, without one.
async fn hand_in(city: &City, place: &str, fields: &[(&str, &str)]) -> Answer {
    city.client("keeper").await.upload(place, fields, ("file", "", b"")).await
}

/// Issues a certificate to a gateway over this key, as two administrators do.
async fn issued(city: &City, name: &str, key: &SigningKey) -> Certificate {
    let request = request(key);
    hand_in(city, "/desk/authority/issue", &typed(name, &request)).await.expect(303);
    agreed(city).await;
    fetched(city, &serial_of(city, name).await).await
}

/// The number of the newest certificate in this name.
async fn serial_of(city: &City, name: &str) -> String {
    let page = city.client("warden").await.get("/desk/authority?state=valid").await.expect(200);
    let row = page.text.split("href=\"/desk/authority/certificates/").skip(1);
    let row = row.into_iter().find(|row| row.contains(name)).expect("the certificate");
    row.split('"').next().unwrap().to_owned()
}

async fn fetched(city: &City, serial: &str) -> Certificate {
    let place = format!("/desk/authority/certificates/{serial}/file?form=pem");
    let pem = city.client("watcher").await.get(&place).await.expect(200);
    Certificate::read(pem.text.as_bytes()).unwrap()
}

async fn root(city: &City) -> Certificate {
    let pem = city.visitor().get("/ca/root?form=pem").await.expect(200);
    Certificate::read(pem.text.as_bytes()).unwrap()
}

async fn list(city: &City) -> RevocationList {
    let list = city.visitor().get("/ca/crl").await.expect(200);
    assert_eq!(list.kind.as_deref(), Some("application/pkix-crl"));
    RevocationList::read(&list.bytes).unwrap()
}

/// Revokes a certificate, as two administrators do.
async fn revoked(city: &City, serial: &str, why: &str) {
    let place = format!("/desk/authority/certificates/{serial}/revoke");
    let form = [("why", why), ("reason", "设备被盗")];
    city.client("keeper").await.post(&place, &form).await.expect(303);
    agreed(city).await;
}

/// The kinds of the acts on record, the newest first.
async fn kinds(city: &City) -> Vec<String> {
    let until = city.now().plus_seconds(1);
    let all = ledger::Sought::between(Moment::from_millis(0), until);
    let look = move |r: &store::Reader<'_>| Ok(ledger::search(r, &all, None, 50)?.rows);
    let acts = city.hall.store.read(look).await.unwrap();
    acts.into_iter().map(|act| act.kind).collect()
}
