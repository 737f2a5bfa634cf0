//! What two administrators would do with the authority for machines.

use seal::SigningKey;
use seal::cert::{Certificate, Inquiry, Request, Serial, Subject};
use testkit::city::City;

use super::{Names, after};

/// The authority, four certificates of gateways, one of which is revoked and one renewed, and proposals that wait.
pub(super) async fn fill(city: &City, names: &mut Names) {
    let (system, security) = (city.client("sysadmin").await, city.client("secadmin").await);
    let agree = async || {
        let page = security.get("/desk/authority").await.expect(200);
        let proposal = after(&page, "href=\"/desk/authority/proposals/", '"');
        let place = format!("/desk/authority/proposals/{proposal}");
        security.post(&format!("{place}/agree"), &[]).await.expect(303);
    };
    let root = [
        ("name", "设备证书根"),
        ("organization", "鄂州市人民政府"),
        ("years", "10"),
        ("reason", "会议纪要"),
    ];
    system.post("/desk/authority/found", &root).await.expect(303);
    agree().await;
    let propose = async |name: &str| {
        let key = SigningKey::generate();
        let request = Request::make(&Subject::named("gw"), &key).expect("a request");
        let pem = request.to_pem().expect("PEM");
        let wish = [
            ("name", name),
            ("kind", "gateway"),
            ("purpose", "signature"),
            ("days", "365"),
            ("request", pem.as_str()),
            ("keeper", "clerk"),
            ("reason", "接入省级平台"),
        ];
        for place in ["/desk/authority/issue/check", "/desk/authority/issue"] {
            let done = system.upload(place, &wish, ("file", "", b"")).await;
            assert!(done.status.as_u16() < 400, "{}", done.text);
        }
        city.clock.pass_seconds(1);
    };
    for n in 0..4 {
        propose(&format!("网关{n}")).await;
        agree().await;
    }
    let page = security.get("/desk/authority").await.expect(200);
    let serial = after(&page, "href=\"/desk/authority/certificates/", '"');
    let place = format!("/desk/authority/certificates/{serial}");
    let renewal = [("days", "365"), ("reason_renew", "换期")];
    system.post(&format!("{place}/renew"), &renewal).await.expect(303);
    agree().await;
    let why = [("why", "4"), ("reason", "已经换发")];
    system.post(&format!("{place}/revoke"), &why).await.expect(303);
    agree().await;
    let second = [("name", "设备证书根2026"), root[1], root[2], root[3]];
    system.post("/desk/authority/found", &second).await.expect(303);
    agree().await;
    let page = security.get("/desk/authority").await.expect(200);
    let newest = after(&page, "href=\"/desk/authority/roots/", '"');
    let page = security.get(&format!("/desk/authority/roots/{newest}")).await.expect(200);
    names.insert("root_place", after(&page, "href=\"/ca/", '/'));
    names.insert("root", newest);
    let key = [("key", "seal"), ("reason", "每年更换")];
    system.post("/desk/keys/exchange", &key).await.expect(303);
    for n in 4..8 {
        propose(&format!("网关{n}")).await;
    }
    for organ in ["ezhou-scj", "ezhou-zjj", "ezhou-gaj", "ezhou-rsj"] {
        let organ = format!("/desk/organ-certificates/{organ}/key");
        let made = system.post(&organ, &[]).await;
        assert!([303, 404].contains(&made.status.as_u16()), "{}", made.text);
    }
    let page = security.get("/desk/authority").await.expect(200);
    names.insert("machine_proposal", after(&page, "href=\"/desk/authority/proposals/", '"'));
    let root = city.visitor().get("/ca/root").await.expect(200);
    let root = Certificate::read(&root.bytes).expect("the root");
    let number = Serial::from_hex(&serial).expect("a number");
    let inquiry = Inquiry::about(&root, &[number], None).expect("an inquiry");
    // Every sign of base 64 that means something in an address is written as three others.
    names.insert(
        "inquiry",
        data_encoding::BASE64.encode(&inquiry).replace('+', "%2B").replace('/', "%2F"),
    );
    names.insert("machine", serial);
}
