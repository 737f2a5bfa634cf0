//! The firm that applies, from the register of legal entities: filled in for who represents one, offered to who represents
//! several, refused where it has ended, and where what the register says is disputed.

use serde_json::{Value, json};
use testkit::{Answer, City, Client, each_city};

use crate::journey::{city_with_people, entries, no_of};

const HEAD: &str = "统一社会信用代码,名称,类型,登记状态,法定代表人,成立日期,登记机关,住所,经营范围,法定代表人身份号码,注吊销日期";
pub const FOOD: &str = "91330100799655058B,鄂州市江边餐饮有限公司,有限责任公司,存续,陈晓敏,2020-05-06,鄂州市市场监督管理局,鄂州市鄂城区滨湖南路12号,餐饮服务,420702199003076634,";
pub const SHOP: &str = "914403001922038216,鄂州市滨湖书店有限公司,有限责任公司,存续,陈晓敏,2015-03-02,鄂州市市场监督管理局,鄂州市鄂城区武昌大道2号,图书零售,420702199003076634,";
pub const FOOD_CODE: &str = "91330100799655058B";
pub const SHOP_CODE: &str = "914403001922038216";

pub async fn registered(city: &City, rows: &[String]) {
    let csv = format!("{HEAD}\n{}\n", rows.join("\n")).into_bytes();
    let by = register::By::CommandLine;
    entities::acts::import(&city.hall, by, csv, "firms.csv").await.expect("a load");
    city.settle().await;
}

fn revoked(row: &str) -> String {
    format!("{}2025-11-03", row.replacen("存续", "吊销", 1))
}

pub async fn with_firms(city: &City, rows: &[&str]) {
    city_with_people(city).await;
    registered(city, &rows.iter().map(|row| (*row).to_owned()).collect::<Vec<_>>()).await;
}

async fn begun(citizen: &Client) -> String {
    citizen.post("/apply/road-freight", &[]).await.expect(303).leads_to().to_owned()
}

/// Keeps the page of the firm, as its version stands.
async fn keeps(citizen: &Client, draft: &str, fields: &[(&str, &str)]) -> Answer {
    let here = format!("{draft}/organisation");
    let page = citizen.get(&here).await.expect(200);
    let version = page.text.split("name=\"version\" value=\"").nth(1).expect("a version");
    let version = version.split('"').next().expect("a version");
    let fields: Vec<(&str, &str)> =
        [("version", version)].into_iter().chain(fields.iter().copied()).collect();
    citizen.post(&here, &fields).await
}

/// What a program sends, without the firm's name and with this code.
pub async fn sent(citizen: &Client, code: Option<&str>) -> Answer {
    let mut form = entries(citizen, "road-freight").await;
    form.remove("org_name");
    form.remove("org_code");
    if let Some(code) = code {
        form.insert("org_code".into(), json!(code));
    }
    let pdf = data_encoding::BASE64.encode(b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n");
    let rules = json!({ "key": "rules", "name": "材料.pdf", "content": pdf });
    let body = json!({ "item": "road-freight", "form": form, "materials": [rules] });
    citizen.post_json("/api/v1/applications", &body).await
}

/// The fields of the newest case that came from the register of legal entities.
async fn from_register(city: &City) -> Vec<String> {
    let sql = "SELECT c.body FROM ledger_acts a JOIN ledger_contents c ON c.act_id = a.id
               WHERE a.kind = 'approvals.prefilled' ORDER BY a.id DESC LIMIT 1";
    let body: Option<String> =
        city.hall.store.read(move |r| Ok(r.maybe(sql, &[])?)).await.expect("read");
    let body: Value = serde_json::from_str(&body.expect("an act")).expect("an act's body");
    let fields = body["content"]["fields"].as_array().expect("fields").iter();
    let of = fields.filter(|field| field["from"] == "法人基础信息");
    of.map(|field| field["field"].as_str().expect("a name").to_owned()).collect()
}

#[test]
fn who_represents_one_firm_finds_it_filled_in_and_files_it_with_its_source() {
    each_city(hall::OFFICES, async |city| {
        with_firms(&city, &[FOOD]).await;
        let citizen = city.client("citizen").await;
        let draft = begun(&citizen).await;
        let page = citizen.get(&format!("{draft}/organisation")).await.expect(200);
        page.says("value=\"鄂州市江边餐饮有限公司\"").says(FOOD_CODE).says("法人基础信息");
        assert!(!page.text.contains("您代表的单位"), "there is nothing to choose");
        let check = citizen.get(&format!("{draft}/check")).await.expect(200);
        let named = check.text.matches("标明来源的内容").count();
        assert_eq!(named, 2, "the register of residents and that of legal entities, each once");
        sent(&citizen, None).await.expect(201);
        city.settle().await;
        assert_eq!(from_register(&city).await, ["org_code", "org_name"]);
        citizen.get("/me/looks").await.expect(200).says("填写单位的办事申请");
        // Who represents none fills in themselves.
        let other = city.client("other").await;
        let draft = begun(&other).await;
        let page = other.get(&format!("{draft}/organisation")).await.expect(200);
        assert!(!page.text.contains("江边餐饮"), "{}", page.text);
    });
}

#[test]
fn who_represents_several_chooses_and_a_code_that_is_typed_brings_its_name() {
    each_city(hall::OFFICES, async |city| {
        with_firms(&city, &[FOOD, SHOP]).await;
        let citizen = city.client("citizen").await;
        let draft = begun(&citizen).await;
        let here = format!("{draft}/organisation");
        let page = citizen.get(&here).await.expect(200);
        page.says("您代表的单位").says("滨湖书店").says("江边餐饮");
        let chosen = [("of_firm", SHOP_CODE), ("org_name", ""), ("org_code", "")];
        keeps(&citizen, &draft, &chosen).await.expect(303);
        let page = citizen.get(&here).await.expect(200);
        page.says("value=\"鄂州市滨湖书店有限公司\"").says("法人基础信息");
        assert!(!page.text.contains("您代表的单位"), "it is chosen");
        // Another code brings another name, whatever name still stood there.
        let typed = [("org_name", "鄂州市滨湖书店有限公司"), ("org_code", FOOD_CODE)];
        keeps(&citizen, &draft, &typed).await.expect(303);
        citizen.get(&here).await.expect(200).says("value=\"鄂州市江边餐饮有限公司\"");
        // Who is registered elsewhere is asked to look once more, and goes on.
        let elsewhere = [("org_name", "武汉东湖运输有限公司"), ("org_code", "91420100MA4K2A1X04")];
        let told = keeps(&citizen, &draft, &elsewhere).await.expect(422);
        told.says("登记信息里没有查到这个代码").says("武汉东湖运输有限公司");
        keeps(&citizen, &draft, &elsewhere).await.expect(303);
        let page = citizen.get(&here).await.expect(200);
        page.says("value=\"武汉东湖运输有限公司\"");
        assert!(!page.text.contains("法人基础信息"), "nothing here is the register's");
    });
}

#[test]
fn a_firm_that_has_ended_is_refused_beside_its_code_and_when_it_is_filed() {
    each_city(hall::OFFICES, async |city| {
        with_firms(&city, &[FOOD, SHOP]).await;
        let citizen = city.client("citizen").await;
        let draft = begun(&citizen).await;
        registered(&city, &[revoked(FOOD)]).await;
        let typed = [("org_name", "江边餐饮"), ("org_code", FOOD_CODE)];
        for _ in 0..2 {
            let told = keeps(&citizen, &draft, &typed).await.expect(422);
            told.says("鄂州市江边餐饮有限公司已经在2025年11月3日被吊销营业执照");
        }
        let refused = sent(&citizen, Some(FOOD_CODE)).await.expect(409).json();
        assert_eq!(refused["error"]["code"], "approvals.firm_over");
        assert_eq!(refused["error"]["fields"][0]["field"], "org_code");
        let filed = sent(&citizen, Some(SHOP_CODE)).await.expect(201).json();
        assert!(!no_of(&filed).is_empty());
    });
}

#[test]
fn what_has_grown_stale_is_asked_again_by_the_code_that_the_draft_names() {
    each_city(hall::OFFICES, async |city| {
        with_firms(&city, &[FOOD]).await;
        let citizen = city.client("citizen").await;
        let draft = begun(&citizen).await;
        // The firm they represent is filled in; they apply for another one, whose name then changes.
        let other =
            SHOP.replace("陈晓敏", "王建国").replace("420702199003076634", "42070419851231001X");
        registered(&city, std::slice::from_ref(&other)).await;
        let typed = [("org_name", ""), ("org_code", SHOP_CODE)];
        keeps(&citizen, &draft, &typed).await.expect(303);
        registered(&city, &[other.replace("滨湖书店", "滨湖图书")]).await;
        city.clock.pass_seconds(25 * 3_600);
        let citizen = city.client("citizen").await;
        // The rest is not filled in; what the firm is called is asked before that is said.
        citizen.post(&format!("{draft}/submit"), &[]).await.expect(422);
        citizen.get(&format!("{draft}/organisation")).await.expect(200).says("滨湖书店");
        // The register comes to know that it has ended: that is said before all that is missing.
        registered(&city, &[revoked(&other)]).await;
        let told = citizen.post(&format!("{draft}/submit"), &[]).await.expect(422);
        told.says("鄂州市滨湖书店有限公司已经在2025年11月3日被吊销营业执照").says("民法典");
    });
}

#[test]
fn beside_what_a_register_gave_stands_where_it_is_disputed_once_the_catalogue_holds_it() {
    each_city(hall::OFFICES, async |city| {
        let key = crate::catalogue::with_residents(&city).await;
        registered(&city, &[FOOD.to_owned()]).await;
        let citizen = city.client("citizen").await;
        let draft = begun(&citizen).await;
        let people = citizen.get("/apply/housing-fund").await.expect(200);
        people.says("housing-fund");
        let own = citizen.post("/apply/housing-fund", &[]).await.expect(303).leads_to().to_owned();
        let page = citizen.get(&format!("{own}/applicant")).await.expect(200);
        let link = format!("/me/data-disputes/new?resource={key}&amp;item=name");
        page.says("对登记信息有异议").says(&link);
        citizen.get(&link.replace("&amp;", "&")).await.expect(200).says("姓名");
        citizen.get(&format!("{own}/check")).await.expect(200).says(&link);
        // No resource of firms is published here: no link leads nowhere.
        let page = citizen.get(&format!("{draft}/organisation")).await.expect(200);
        page.says("法人基础信息");
        assert!(!page.text.contains("对登记信息有异议"), "{}", page.text);
    });
}
