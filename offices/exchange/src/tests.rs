//! Scenarios of the exchange on both databases: two administrators, and gateways that play by the rules or do not.

mod bus;
mod dead;
mod flows;
mod messages;
mod over;
mod publications;
mod refused;
mod registry;
mod renewed;
mod subscriptions;
mod turns;
mod unanswered;

use std::sync::{Arc, LazyLock, Mutex};

use ::store::Reader;
use ask::{Answerer, Terms};
use axum::body::Body;
use axum::http::Request;
use base::{Day, Id, Moment, Outcome};
use data_encoding::{BASE64, HEXLOWER};
use frame::Office;
use ledger::ActKind;
use message::{
    Draft, End, Header, Item, Kind, Message, Opener, Order, Packet, Sealed, Sealer, sign_batch,
};
use seal::cert::{
    Authority, Certificate, Issue, Profile, Reason, Request as Csr, Revoked, Serial, Subject,
};
use seal::{Keys, LogKey, SigningKey};
use serde_json::{Value, json};
use testkit::{Answer, City};

use crate::terms::CENTRE;

const OFFICES: &[&Office] = &[&crate::OFFICE, &CERTIFICATES, &PEOPLE, &CATALOGUE];

/// The catalogue, played: the housing authority provides one resource, and it reads what is published of it.
static CATALOGUE: Office = Office {
    answers: &[
        Answerer { kind: "catalogue.provider", source: "政务数据目录", answer: provider },
        Answerer {
            kind: "catalogue.standing",
            source: "政务数据目录",
            answer: subscriptions::standing,
        },
        Answerer {
            kind: "catalogue.rows", source: "政务数据目录", answer: subscriptions::row
        },
        Answerer {
            kind: "catalogue.changes",
            source: "政务数据目录",
            answer: subscriptions::changes,
        },
    ],
    acts: &[
        ActKind { name: "catalogue.rows_brought", title: "导入数据" },
        ActKind { name: "catalogue.publication_refused", title: "没有采用推送的数据" },
        ActKind { name: "catalogue.share_ended", title: "终止共享" },
    ],
    terms: &[Terms {
        asker: "catalogue",
        kind: "exchange.publication",
        purpose: "datasets",
        about: "收下部门推送的数据",
        fields: &["*"],
        ground: "政务数据共享条例第十三条",
        valid_seconds: 60,
    }],
    ..Office::named("catalogue", "政务数据目录", "")
};

const PERMITS: &str = "201001/000001";

fn provider(_: &Reader<'_>, _: &Keys, asked: &Value, _: Moment) -> Outcome<Option<Arc<Value>>> {
    let known = asked["resource"] == PERMITS;
    Ok(known.then(|| Arc::new(json!({ "organ": "ezhou-zjj", "resource_name": "施工许可" }))))
}

/// The office of certificates, played.
static CERTIFICATES: Office = Office {
    answers: &[Answerer {
        kind: "certificates.machines", source: "数字证书", answer: machines
    }],
    ..Office::named("certificates", "数字证书", "")
};

/// The register of residents, played: it knows one person.
static PEOPLE: Office = Office {
    answers: &[Answerer {
        kind: "population.person", source: "人口基础信息", answer: person
    }],
    ..Office::named("population", "人口基础信息", "")
};

const NUMBER: &str = "420704199001011234";

fn day(year: i16) -> Moment {
    Day::new(year, 1, 1).unwrap().start()
}

static AUTHORITY: LazyLock<Authority> = LazyLock::new(|| {
    let (subject, key) = (Subject::named("设备证书根"), SigningKey::generate());
    Authority::found(&subject, key, Serial::mint(), day(2020), day(2040)).unwrap()
});

/// The certificates that the authority has taken back.
static REVOKED: Mutex<Vec<Serial>> = Mutex::new(Vec::new());

fn list() -> Option<String> {
    let at = day(2022);
    let revoked = REVOKED.lock().unwrap();
    let revoked: Vec<Revoked> = revoked
        .iter()
        .map(|serial| Revoked { serial: serial.clone(), at, reason: Reason::KeyCompromise })
        .collect();
    let made = || AUTHORITY.list(1, at, day(2039), &revoked).unwrap();
    (!revoked.is_empty()).then(|| BASE64.encode(made().der()))
}

fn machines(_: &Reader<'_>, _: &Keys, _: &Value, _: Moment) -> Outcome<Option<Arc<Value>>> {
    let certificate = BASE64.encode(AUTHORITY.certificate().der());
    let one = json!({
        "certificate": certificate, "since": day(2020).millis(), "until": day(2040).millis(),
        "list": list(),
    });
    Ok(Some(Arc::new(json!({ "authorities": [one] }))))
}

fn person(_: &Reader<'_>, _: &Keys, asked: &Value, _: Moment) -> Outcome<Option<Arc<Value>>> {
    let known = asked["number"] == NUMBER;
    let person = json!({ "name": "张三", "address": "滨湖南路 1 号", "phone": "13800000000" });
    Ok(known.then(|| Arc::new(person)))
}

fn issue(name: &str, key: &SigningKey, profile: Profile, until: Moment) -> Certificate {
    let issue = Issue {
        serial: Serial::mint(),
        subject: &Subject::named(name),
        key: &key.public(),
        profile,
        from: day(2021),
        until,
        list: None,
        ocsp: None,
    };
    AUTHORITY.issue(&issue).unwrap()
}

/// A gateway, played: it holds keys, and sends what a test wants sent.
struct Player {
    name: &'static str,
    organ: &'static str,
    key: SigningKey,
    signing: Certificate,
    sealing_key: SigningKey,
    sealing: Certificate,
    sealer: Sealer,
}

impl Player {
    fn new(name: &'static str, organ: &'static str, until: Moment) -> Self {
        let [key, sealing_key] = std::array::from_fn(|_| SigningKey::generate());
        Self {
            name,
            organ,
            signing: issue(name, &key, Profile::Signature, until),
            sealing: issue(name, &sealing_key, Profile::Encipherment, until),
            key,
            sealing_key,
            sealer: Sealer::default(),
        }
    }

    fn form(&self, kinds: &'static str) -> Vec<(&'static str, String)> {
        vec![
            ("name", self.name.into()),
            ("title", format!("{}的网关", self.organ)),
            ("organs", self.organ.into()),
            ("kinds", kinds.into()),
            ("sign_certificate", self.signing.to_pem().unwrap()),
            ("seal_certificate", self.sealing.to_pem().unwrap()),
            ("reason", "接入数据交换".into()),
        ]
    }

    fn opener(&self) -> Opener {
        Opener::new(vec![(self.sealing.fingerprint(), self.sealing_key.clone())])
    }

    /// A message of this gateway.
    fn draft(&self, city: &City, kind: Kind, to: (&str, &str)) -> Draft {
        Draft {
            id: Id::mint(city.now()),
            kind,
            from: End::new(self.name, self.organ),
            to: End::new(to.0, to.1),
            at: city.now(),
            expires: city.now().plus_seconds(3_600),
            in_reply_to: None,
            resource: "population.person".into(),
            purpose: "subsidy".into(),
            fields: Vec::new(),
            terms: None,
            order: None,
        }
    }

    /// An ask of the register of residents.
    fn ask(&self, city: &City) -> Draft {
        self.draft(city, Kind::Ask, (CENTRE, CENTRE))
    }

    /// Signs drafts together, each sealed for this certificate.
    fn sign(&self, drafts: Vec<(Draft, Value)>, to: &Certificate) -> Vec<Message> {
        let signer = self.signing.fingerprint();
        let sealed = drafts.into_iter().map(|(draft, body)| {
            let plain = serde_json::to_vec(&body).unwrap();
            draft.seal(&self.sealer, to, &signer, &plain).unwrap()
        });
        sign_batch(&LogKey::Here(self.key.clone()), self.name, sealed.collect()).unwrap()
    }

    fn packet(sent: Moment, messages: &[Message]) -> Vec<u8> {
        let items = messages.iter().cloned().map(|message| Item { message, terms: None });
        Packet { sent, items: items.collect() }.to_bytes()
    }

    async fn post(&self, city: &City, path: &str, token: &str, body: Vec<u8>) -> Answer {
        let request = Request::builder().method("POST").uri(path);
        let request = request.header("authorization", format!("Bearer {token}"));
        city.visitor().ask(request.body(Body::from(body)).unwrap()).await
    }

    async fn knock(&self, city: &City, at: Moment, nonce: &str) -> Answer {
        let statement = crate::opened_by(self.name, at.millis(), nonce);
        let body = json!({
            "gateway": self.name, "at": at.millis(), "nonce": nonce,
            "signature": HEXLOWER.encode(&self.key.sign(&statement)),
        });
        self.post(city, "/exchange/v1/session", "", body.to_string().into_bytes()).await
    }

    async fn token(&self, city: &City) -> String {
        let nonce = Id::<Player>::mint(city.now()).to_string();
        let opened = self.knock(city, city.now(), &nonce).await.expect(200);
        opened.json()["token"].as_str().unwrap().to_owned()
    }

    /// Sends messages and gives what the centre says of each.
    async fn send(&self, city: &City, messages: &[Message]) -> Value {
        let (token, packet) = (self.token(city).await, Self::packet(city.now(), messages));
        let answer = self.post(city, "/exchange/v1/messages", &token, packet).await;
        answer.expect(200).json()
    }

    /// Fetches what waits.
    async fn fetch(&self, city: &City) -> Vec<Item> {
        let token = self.token(city).await;
        let body = json!({ "limit": 100, "wait_seconds": 0 }).to_string().into_bytes();
        let answer = self.post(city, "/exchange/v1/fetch", &token, body).await.expect(200);
        Packet::read(&answer.bytes, 1_000_000).unwrap().items
    }

    /// Says that messages have arrived.
    async fn acknowledge(&self, city: &City, taken: &[Id<Message>], centre: &Certificate) -> Value {
        let draft = self.draft(city, Kind::Ack, (CENTRE, CENTRE));
        let taken: Vec<String> = taken.iter().map(Id::to_string).collect();
        let ack = self.sign(vec![(draft, json!({ "taken": taken }))], centre);
        self.send(city, &ack).await
    }
}

async fn staffed(city: &City) {
    city.organ("city", None, "鄂州市人民政府办公室", "001").await;
    city.organ("ezhou-zjj", Some("city"), "鄂州市住房和城乡建设局", "010").await;
    city.organ("ezhou-wjw", Some("city"), "鄂州市卫生健康委员会", "011").await;
    city.account("keeper", "吴涛", "sysadmin", "city").await;
    city.account("warden", "郑洁", "secadmin", "city").await;
    city.account("watcher", "冯岩", "auditor", "city").await;
}

async fn post(city: &City, login: &str, path: &str, form: &[(&str, String)]) -> Answer {
    let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, &**value)).collect();
    city.client(login).await.post(path, &form).await
}

/// The newest thing that waits for a second person is agreed to.
async fn agreed(city: &City) {
    city.clock.pass_seconds(1);
    let page = city.client("warden").await.get("/desk/exchange").await.expect(200);
    let last = page.text.split("href=\"/desk/exchange/proposals/").nth(1).expect("a proposal");
    let id = last.split('"').next().unwrap();
    let place = format!("/desk/exchange/proposals/{id}/agree");
    city.client("warden").await.post(&place, &[]).await.expect(303);
}

/// The centre has keys and certificates; gives that for being sealed to.
async fn certified(city: &City) -> Certificate {
    post(city, "keeper", "/desk/exchange/centre/keys", &[]).await.expect(303);
    let page = city.client("keeper").await.get("/desk/exchange/centre").await.expect(200);
    let begin = "-----BEGIN CERTIFICATE REQUEST-----";
    let requests: Vec<Csr> = page
        .text
        .split(begin)
        .skip(1)
        .map(|rest| {
            let pem = format!("{begin}{}", rest.split("</code>").next().unwrap());
            Csr::read(pem.as_bytes()).unwrap()
        })
        .collect();
    let issued = |request: &Csr, profile| {
        let issue = Issue {
            serial: Serial::mint(),
            subject: &Subject::named(CENTRE),
            key: request.key(),
            profile,
            from: day(2021),
            until: day(2036),
            list: None,
            ocsp: None,
        };
        AUTHORITY.issue(&issue).unwrap()
    };
    let signing = issued(&requests[0], Profile::Signature);
    let sealing = issued(&requests[1], Profile::Encipherment);
    let form = [
        ("sign_certificate", signing.to_pem().unwrap()),
        ("seal_certificate", sealing.to_pem().unwrap()),
        ("reason", "启用".to_owned()),
    ];
    post(city, "keeper", "/desk/exchange/centre", &form).await.expect(303);
    agreed(city).await;
    sealing
}

async fn registered(city: &City, player: &Player, kinds: &'static str) {
    post(city, "keeper", "/desk/exchange/register", &player.form(kinds)).await.expect(303);
    agreed(city).await;
}

/// What was agreed with an organ.
async fn agree_on(city: &City, terms: Terms) {
    let today = city.now().day();
    let write = move |tx: &::store::Tx<'_>| ask::install_terms(tx, &[terms], today);
    city.hall.write(write).await.unwrap();
}

const SUBSIDY: Terms = Terms {
    asker: "organ:ezhou-zjj",
    kind: "population.person",
    purpose: "subsidy",
    about: "核对住房补贴申请",
    fields: &["name", "address"],
    ground: "政务数据共享条例第二十三条",
    valid_seconds: 3_600,
};

/// A city with a centre and one gateway that may ask for residents.
async fn connected(city: &City) -> (Player, Certificate) {
    staffed(city).await;
    let centre = certified(city).await;
    let housing = Player::new("housing", "ezhou-zjj", day(2030));
    registered(city, &housing, "").await;
    agree_on(city, SUBSIDY).await;
    (housing, centre)
}

fn became(answer: &Value, place: usize) -> (&str, &str) {
    let one = &answer["results"][place];
    (one["state"].as_str().unwrap(), one["code"].as_str().unwrap_or_default())
}

fn ordered(key: &str, sequence: u64) -> Option<Order> {
    Some(Order { key: key.into(), sequence })
}

/// The kinds of the acts on record, the newest first.
async fn kinds(city: &City) -> Vec<String> {
    let all = ledger::Sought::between(Moment::from_millis(0), city.now().plus_seconds(1));
    let look = move |r: &Reader<'_>| Ok(ledger::search(r, &all, None, 50)?.rows);
    let acts = city.hall.store.read(look).await.unwrap();
    acts.into_iter().map(|act| act.kind).collect()
}
