//! The market authority's gateway feeds the register, by the codes that the catalogue has for its columns.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};

use ask::{Answerer, Question};
use base::{Id, Moment};
use catalogue_contract::ProviderOf;
use exchange_contract::{COMPLETE, Completed, Mode, PublicationPart};
use frame::Office;
use ledger::{Act, ActKind, Who};
use register::Load;
use seal::Keys;
use serde_json::{Value, json};
use store::Reader;
use testkit::{City, each_city};

use super::{CODE, entity, represented};
use crate::OFFICE;
use crate::terms::ENTITIES;

static OFFICES: &[&Office] = &[&OFFICE, &EXCHANGE, &CATALOGUE];

/// The exchange and the catalogue, played.
static EXCHANGE: Office = Office {
    answers: &[Answerer { kind: PublicationPart::KIND, source: "数据交换", answer: part }],
    acts: &[ActKind { name: COMPLETE, title: "收齐推送的数据" }],
    ..Office::named("exchange", "数据交换", "")
};
static CATALOGUE: Office = Office {
    answers: &[Answerer { kind: ProviderOf::KIND, source: "数据目录", answer: provider }],
    ..Office::named("catalogue", "数据目录", "")
};

const RESOURCE: &str = "102001/000001";
const FEEDS: &str = "/desk/entities/feeds";
/// What the catalogue calls the columns.
const ITEMS: [&str; 10] = [
    "uscc",
    "name",
    "kind",
    "state",
    "legal_person",
    "established_on",
    "registrar",
    "address",
    "scope",
    "capital",
];

/// The only part of each publication.
static PARTS: LazyLock<Mutex<HashMap<String, Value>>> = LazyLock::new(Mutex::default);

type Answered = base::Outcome<Option<Arc<Value>>>;

fn part(_: &Reader<'_>, _: &Keys, asked: &Value, _: Moment) -> Answered {
    let parts = PARTS.lock().unwrap();
    Ok(parts.get(asked["publication"].as_str().unwrap()).map(|part| part.clone().into()))
}

fn provider(_: &Reader<'_>, _: &Keys, asked: &Value, _: Moment) -> Answered {
    let known = asked["resource"] == RESOURCE;
    Ok(known.then(|| json!({ "organ": "market", "resource_name": "企业登记基本信息" }).into()))
}

async fn sends(city: &City, mode: Mode, rows: Value, gone: Value) -> String {
    let id = Id::<Load>::mint(city.now()).to_string();
    PARTS.lock().unwrap().insert(id.clone(), json!({ "rows": rows, "gone": gone }));
    let told = Completed {
        publication: id.clone(),
        resource: RESOURCE.into(),
        organ: "market".into(),
        gateway: "scj".into(),
        mode,
        items: ITEMS.map(str::to_owned).to_vec(),
        parts: 1,
        rows: 1,
        digest: data_encoding::HEXLOWER.encode(&seal::sm3(&[id.as_bytes()])),
        ..Completed::default()
    };
    let content = serde_json::to_value(told).unwrap();
    let act = Act::new(city.now(), COMPLETE, "gateway", "scj").content(content);
    city.hall.write(move |tx| ledger::record(tx, &Who::clockwork(), &act)).await.unwrap();
    city.settle().await;
    id
}

#[test]
fn firms_come_by_the_gateway_of_the_market_authority_and_who_is_gone_has_not_ended() {
    each_city(OFFICES, async |city: City| {
        city.organ("ezhou", None, "鄂州市人民政府", "000").await;
        city.organ("market", Some("ezhou"), "鄂州市市场监督管理局", "031").await;
        city.account("registrar", "周登记", "registrar", "ezhou").await;
        let registrar = city.client("registrar").await;
        let wish = [("resource", RESOURCE), ("reason", "企业登记由市场监督管理局负责")];
        registrar.post(FEEDS, &wish).await.expect(303);
        let food = json!([
            CODE,
            "鄂州市江边餐饮有限公司",
            "有限责任公司",
            "存续",
            "陈晓敏",
            "2020-05-06",
            "鄂州市市场监督管理局",
            "鄂州市鄂城区滨湖南路12号",
            "餐饮服务",
            "100"
        ]);
        let id = sends(&city, Mode::Whole, json!([food]), json!([])).await;
        registrar.get(&format!("/desk/entities/loads/{id}")).await.expect(200).says("全部入库");
        assert_eq!(entity(&city, json!({ "code": CODE })).await.unwrap()["status"], "存续");
        let mut row = vec![Value::Null; ITEMS.len()];
        row[0] = json!(CODE);
        sends(&city, Mode::Changes, json!([row]), json!([0])).await;
        assert_eq!(entity(&city, json!({ "code": CODE })).await, None);
        assert!(represented(&city).await.is_empty());
        assert_eq!(super::told(&city, "entities.ended").await, 0, "nobody said that it has ended");
        let entries = |r: &Reader<'_>| register::entries(r, ENTITIES.name);
        assert_eq!(city.hall.store.read(entries).await.unwrap(), 0);
    });
}
