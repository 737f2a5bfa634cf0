//! What a gateway and two administrators would do with the exchange.

use ask::Terms;
use axum::body::Body;
use axum::http::Request;
use base::Id;
use data_encoding::HEXLOWER;
use exchange::demo::DemoGateway;
use message::{Draft, End, Item, Kind, Packet, Sealer, sign_batch};
use seal::cert::Certificate;
use seal::{LogKey, SigningKey};
use serde_json::json;
use testkit::Answer;
use testkit::city::City;

use super::{Names, after};

const GATEWAY: DemoGateway = DemoGateway {
    name: "zjj",
    title: "市住建局网关",
    organ: ("ezhou-zjj", "鄂州市住房和城乡建设局"),
    kinds: &[],
};

const AGREED: &[Terms] = &[Terms {
    asker: "organ:ezhou-zjj",
    kind: "population.person",
    purpose: "subsidy",
    about: "核对住房补贴的申请人",
    fields: &["name"],
    ground: "政务数据共享条例第二十三条",
    valid_seconds: 3_600,
}];

/// The gateway, as it signs.
struct Player {
    key: SigningKey,
    signing: Certificate,
    sealer: Sealer,
}

impl Player {
    async fn post(&self, city: &City, path: &str, token: &str, body: Vec<u8>) -> Answer {
        let request = Request::builder().method("POST").uri(format!("/exchange/v1/{path}"));
        let request = request.header("authorization", format!("Bearer {token}"));
        city.visitor().ask(request.body(Body::from(body)).expect("a request")).await.expect(200)
    }

    async fn token(&self, city: &City) -> String {
        let (at, nonce) = (city.now().millis(), Id::<()>::mint(city.now()).to_string());
        let signature = HEXLOWER.encode(&self.key.sign(&exchange::opened_by("zjj", at, &nonce)));
        let knock = json!({ "gateway": "zjj", "at": at, "nonce": nonce, "signature": signature });
        let opened = self.post(city, "session", "", knock.to_string().into_bytes()).await;
        opened.json()["token"].as_str().expect("a token").to_owned()
    }

    /// Sends messages to the centre, each with this body.
    async fn send(
        &self,
        city: &City,
        centre: &Certificate,
        many: usize,
        (kind, body): (Kind, serde_json::Value),
    ) -> Vec<String> {
        let drafts = (0..many).map(|_| Draft {
            id: Id::mint(city.now()),
            kind,
            from: End::new("zjj", "ezhou-zjj"),
            to: End::new("centre", "centre"),
            at: city.now(),
            expires: city.now().plus_seconds(6 * 86_400),
            in_reply_to: None,
            resource: "population.person".into(),
            purpose: "subsidy".into(),
            fields: Vec::new(),
            terms: None,
            order: None,
        });
        let (signer, plain) = (self.signing.fingerprint(), body.to_string());
        let sealed = drafts
            .map(|one| one.seal(&self.sealer, centre, &signer, plain.as_bytes()).expect("sealed"));
        let key = LogKey::Here(self.key.clone());
        let signed = sign_batch(&key, "zjj", sealed.collect()).expect("signed");
        let ids = signed.iter().map(|message| message.header().id.to_string()).collect();
        let items = signed.into_iter().map(|message| Item { message, terms: None });
        let packet = Packet { sent: city.now(), items: items.collect() };
        let token = self.token(city).await;
        self.post(city, "messages", &token, packet.to_bytes()).await;
        ids
    }
}

/// The centre, a gateway, answers that wait, letters that nobody took, and a proposal.
pub(super) async fn fill(city: &City, names: &mut Names) {
    // While acts wait for their place in the log, nothing is taken in.
    city.settle().await;
    let new = exchange::demo::new_centre(&city.hall).await.expect("keys").expect("new ones");
    let [signing, sealing] = new.keys.clone();
    let pair = certificates::demo::issue_pair(&city.hall, "centre", [&signing, &sealing]).await;
    let pair = pair.expect("a pair");
    let centre = pair[1].clone();
    exchange::demo::certify(&city.hall, new, pair).await.expect("certified");
    let (key, other) = (SigningKey::generate(), SigningKey::generate());
    let keys = [&key.public(), &other.public()];
    let pair = certificates::demo::issue_pair(&city.hall, "zjj", keys).await.expect("a pair");
    let player = Player { key, signing: pair[0].clone(), sealer: Sealer::default() };
    exchange::demo::register(&city.hall, &GATEWAY, pair).await.expect("registered");
    exchange::demo::agree_on(&city.hall, AGREED).await.expect("agreed");
    let question = json!({ "number": "420704199001011234" });
    let asks = player.send(city, &centre, 6, (Kind::Ask, question.clone())).await;
    let fetch = json!({ "limit": 4, "wait_seconds": 0 }).to_string().into_bytes();
    let fetched = player.post(city, "fetch", &player.token(city).await, fetch).await;
    let fetched = Packet::read(&fetched.bytes, 1_000_000).expect("a packet").items;
    let rejected: Vec<_> = fetched
        .iter()
        .map(|item| json!({ "id": item.message.header().id.to_string(), "words": "打不开" }))
        .collect();
    player.send(city, &centre, 1, (Kind::Ack, json!({ "rejected": rejected }))).await;
    // One that is refused: its question is not one.
    player.send(city, &centre, 4, (Kind::Ask, json!({}))).await;
    let stopped = [("reason", "检查设备")];
    let system = city.client("sysadmin").await;
    let place = "/desk/exchange/gateways/zjj";
    system.post(&format!("{place}/suspend"), &stopped).await.expect(303);
    system.post(&format!("{place}/resume"), &stopped).await.expect(303);
    let page = system.get("/desk/exchange").await.expect(200);
    names.insert("exchange_proposal", after(&page, "href=\"/desk/exchange/proposals/", '"'));
    let share = ask::Share {
        organ: "ezhou-zjj".into(),
        organ_name: "鄂州市住房和城乡建设局".into(),
        kind: exchange::WHOLE_TABLES.into(),
        purpose: "1".into(),
        about: "了解工程".into(),
        fields: vec!["licence_no".into(), "project".into()],
        ground: "政务数据共享条例第二十三条".into(),
        valid_seconds: 60,
        filter: Vec::new(),
        yes_no: false,
        rate: ask::Rate::default(),
        from: city.now().day(),
        until: None,
        request: "1".into(),
        version: 1,
        resource: "209002/000001".into(),
    };
    let subscription = exchange::demo::subscribe(&city.hall, "zjj", share, "");
    let subscription = subscription.await.expect("a subscription").to_string();
    names.insert("subscription", subscription);
    names.insert("gateway", "zjj".to_owned());
    names.insert("message", asks[5].clone());
    names.insert("dead", fetched[0].message.header().id.to_string());
}
