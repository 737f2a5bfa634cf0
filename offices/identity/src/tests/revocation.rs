//! Scenarios of what an authority takes back: the city fetches its list and asks about each certificate by itself.

use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use seal::cert::{Authority, Certificate, Inquiry, Reason, Revoked, Standing};
use testkit::City;
use testkit::city::each_city;

use super::factors::{authority, by_certificate, day, enrolled, issued, trusted};
use super::{OFFICES, door, record, staffed};
use crate::acts::revocation::refresh;

/// An authority's services: its list, and what it answers about every certificate; nothing where it is away.
#[derive(Clone)]
struct Says {
    list: Option<Vec<u8>>,
    standing: Option<Standing>,
    at: base::Moment,
}

struct Service {
    address: String,
    says: Arc<Mutex<Says>>,
}

impl Service {
    fn open(authority: &Authority, at: base::Moment) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let says = Arc::new(Mutex::new(Says { list: None, standing: None, at }));
        let (authority, told) = (authority.clone(), says.clone());
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let Some((path, body)) = door::request(&mut stream) else { continue };
                let says = told.lock().unwrap().clone();
                let given = match path.as_str() {
                    "/list.crl" => says.list,
                    _ => says.standing.map(|standing| {
                        let inquiry = Inquiry::read(&body).expect("an inquiry");
                        let span = (says.at, says.at.plus_seconds(3_600));
                        let answer = authority.answer(&inquiry, &[standing], span);
                        answer.expect("an answer").der().to_vec()
                    }),
                };
                match given {
                    Some(given) => door::reply(&mut stream, "200 OK", &given),
                    None => door::reply(&mut stream, "503 Service Unavailable", b""),
                }
            }
        });
        Self { address, says }
    }

    fn says(&self, says: Says) {
        *self.says.lock().unwrap() = says;
    }
}

async fn told_where(city: &City, authority: &Authority, list: &str, ask: &str) -> String {
    let place = format!("/desk/authorities/{}", access::fingerprint_of(authority.certificate()));
    let warden = city.client("warden").await;
    warden.get(&place).await.expect(200).says("吊销信息从哪里取");
    let form = [("list_url", list), ("ask_url", ask)];
    warden.post(&format!("{place}/sources"), &form).await.expect(303);
    place
}

async fn one_who_signs_in(city: &City) -> (Authority, seal::SigningKey, Certificate) {
    staffed(city).await;
    city.account("li", "李敏", "clerk", "city").await;
    let authority = authority();
    trusted(city, &authority).await;
    let (key, certificate) = issued(&authority, day(2027, 1, 1));
    enrolled(city, &certificate, &key).await.expect(303);
    by_certificate(city, &key).await.expect(303);
    (authority, key, certificate)
}

#[test]
fn a_list_is_fetched_by_itself_and_what_it_takes_back_opens_nothing() {
    each_city(OFFICES, async |city: City| {
        let (authority, key, certificate) = one_who_signs_in(&city).await;
        let service = Service::open(&authority, city.now());
        let place =
            told_where(&city, &authority, &format!("{}/list.crl", service.address), "").await;
        let warden = city.client("warden").await;
        // The service is away: that stands on the page, and what stood stands.
        refresh(&city.hall, city.now()).await.unwrap();
        warden.get(&place).await.expect(200).says("最近一次没有取到").says("503");
        warden.get("/desk/authorities").await.expect(200).says("取不到");
        by_certificate(&city, &key).await.expect(303);
        // A list of another authority is none of this one.
        let now = city.now();
        let foreign = super::factors::authority().list(1, now, now.plus_seconds(86_400), &[]);
        let list = Some(foreign.unwrap().der().to_vec());
        service.says(Says { list, standing: None, at: now });
        city.clock.pass_seconds(3_601);
        refresh(&city.hall, city.now()).await.unwrap();
        let warden = city.client("warden").await;
        warden.get(&place).await.expect(200).says("不是这个机构签发的");
        // It takes the certificate back.
        let revoked = Revoked { serial: certificate.serial(), at: now, reason: Reason::Superseded };
        let list = authority.list(7, now, now.plus_seconds(864_000), &[revoked]).unwrap();
        service.says(Says { list: Some(list.der().to_vec()), standing: None, at: now });
        refresh(&city.hall, city.now()).await.unwrap();
        by_certificate(&city, &key).await.expect(303);
        city.clock.pass_seconds(3_601);
        refresh(&city.hall, city.now()).await.unwrap();
        by_certificate(&city, &key).await.expect(422).says("吊销");
        let page = city.client("warden").await.get(&place).await.expect(200);
        assert!(!page.text.contains("最近一次没有取到"), "what is mended is not complained of");
        let acts = record(&city).await;
        let taken = acts.iter().filter(|act| act.kind == "identity.list_taken_in");
        let numbers: Vec<_> = taken.map(|act| act.content()["number"].clone()).collect();
        assert_eq!(numbers, [7]);
        // The same list again is no news.
        city.clock.pass_seconds(3_601);
        refresh(&city.hall, city.now()).await.unwrap();
        assert_eq!(super::counted(&city, "identity.list_taken_in").await, 1);
    });
}

#[test]
fn each_certificate_is_asked_about_and_one_that_is_taken_back_opens_nothing() {
    each_city(OFFICES, async |city: City| {
        let (authority, key, certificate) = one_who_signs_in(&city).await;
        let service = Service::open(&authority, city.now());
        let place = told_where(&city, &authority, "", &format!("{}/ask", service.address)).await;
        let warden = city.client("warden").await;
        refresh(&city.hall, city.now()).await.unwrap();
        warden.get(&place).await.expect(200).says("证书状态查询").says("503");
        by_certificate(&city, &key).await.expect(303);
        // It is asked again in its turn, an hour later.
        city.clock.pass_seconds(3_601);
        let good = Says { list: None, standing: Some(Standing::Good), at: city.now() };
        service.says(good.clone());
        refresh(&city.hall, city.now()).await.unwrap();
        let page = city.client("warden").await.get(&place).await.expect(200);
        page.says("有效 1 张");
        assert!(!page.text.contains("503"), "what is mended is not complained of");
        by_certificate(&city, &key).await.expect(303);
        // Within the hour nobody is asked again; after it, an answer of before counts for nothing.
        let gone = Standing::Revoked(city.now(), Reason::KeyCompromise);
        service.says(Says { standing: Some(gone), ..good.clone() });
        refresh(&city.hall, city.now()).await.unwrap();
        by_certificate(&city, &key).await.expect(303);
        city.clock.pass_seconds(3_700);
        refresh(&city.hall, city.now()).await.unwrap();
        let warden = city.client("warden").await;
        warden.get(&place).await.expect(200).says("答复已经过期");
        city.clock.pass_seconds(3_700);
        service.says(Says { standing: Some(gone), at: city.now(), ..good });
        refresh(&city.hall, city.now()).await.unwrap();
        by_certificate(&city, &key).await.expect(422).says("吊销：私钥可能泄露");
        let page = city.client("warden").await.get(&place).await.expect(200);
        page.says("李敏").says(&access::fingerprint_of(&certificate)).says("私钥可能泄露");
        let acts = record(&city).await;
        let told = acts.iter().filter(|act| act.kind == "identity.certificate_standing");
        let told: Vec<_> = told.map(|act| act.content()["standing"].clone()).collect();
        assert_eq!(told, ["revoked", "good"], "the newest first");
    });
}

#[test]
fn where_to_ask_is_an_address_and_is_put_down_by_who_trusts() {
    each_city(OFFICES, async |city: City| {
        let (authority, ..) = one_who_signs_in(&city).await;
        let place =
            format!("/desk/authorities/{}", access::fingerprint_of(authority.certificate()));
        let warden = city.client("warden").await;
        let form = [("list_url", "file:///etc/passwd"), ("ask_url", "http://ca.example.cn/ask")];
        let refused = warden.post(&format!("{place}/sources"), &form).await.expect(422);
        refused.says("file:///etc/passwd").says("以 http://").says("http://ca.example.cn/ask");
        // Doors that only this machine reaches are none, and both errors are told at once.
        let form = [("list_url", "http://10.0.0.1/a.crl"), ("ask_url", "http://[fd00::1]/ask")];
        let refused = warden.post(&format!("{place}/sources"), &form).await.expect(422);
        assert!(refused.text.matches("这个地址在本机或者内网，不能用").count() >= 2);
        refused
            .says("这个地址在本机或者内网，不能用")
            .says("http://10.0.0.1/a.crl")
            .says("[fd00::1]");
        let form = [("list_url", "file:///etc/passwd"), ("ask_url", "http://ca.example.cn/ask")];
        city.client("li").await.get(&place).await.expect(403);
        warden.get("/desk/authorities/0000").await.expect(404);
        warden.post("/desk/authorities/0000/sources", &form[1..]).await.expect(404);
    });
}
