//! A small demo city with something of everything, at least four of each where a page lists them,
//! and what the sample addresses call the things that stand in it.

mod data;
mod delegated;
mod exchange;
mod machines;
mod erased;
mod mandates;
mod watches;

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::Request;
use base::Cursor;
use ledger::{Act, Who, record};
use serde_json::json;
use testkit::city::PASSWORD;
use testkit::{Answer, City, Client};

use crate::journey::entries;

/// How many residents and cases of the demo there are.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    pub residents: u32,
    pub cases: usize,
}

/// What a sample address calls a thing, and the thing's id in this city.
pub type Names = BTreeMap<&'static str, String>;

const PDF: &[u8] = b"%PDF-1.7\n1 0 obj <<>> endobj\ntrailer <<>>\nstartxref\n9\n%%EOF\n";
/// The same in base 64.
const PDF_BASE64: &str =
    "JVBERi0xLjcKMSAwIG9iaiA8PD4+IGVuZG9iagp0cmFpbGVyIDw8Pj4Kc3RhcnR4cmVmCjkKJSVFT0YK";
/// What a browser carries that came back from another platform.
pub const MARK: &str = "mark";
/// An id after all others: pages that go back in time begin with the newest.
const LAST_ID: &str = "7zzzzzzzzzzzzzzzzzzzzzzzzz";
/// An organ whose cases the accounts `clerk`, `examiner` and `approver` handle.
const ORGAN: &str = "ezhou-scj";

/// Fills the city by the acts that people would do, and lets the clockwork do its part.
pub async fn fill(city: &City, size: Size) -> Names {
    hall::fill_demo(&city.hall, size.residents, size.cases, |_| {}).await.expect("a demo");
    let mut names = Names::from([
        ("organ", ORGAN.to_owned()),
        ("last_id", LAST_ID.to_owned()),
        ("last_act", "9999999999999-9999999".to_owned()),
        ("last_case", format!("0-{LAST_ID}")),
        ("first_code", Cursor::encode(&["0"])),
        ("last_day", Cursor::encode(&["99999", LAST_ID])),
        ("last_document", Cursor::encode(&[LAST_ID])),
        ("last_change", Cursor::encode(&["9999999999999", LAST_ID])),
        ("first_change", Cursor::encode(&["0", LAST_ID])),
        ("last_ending", Cursor::encode(&["9999999999999", "~", LAST_ID])),
        // The schools of the demonstration, whose rows are there.
        ("open_set", "213001-000001".to_owned()),
        ("first_dataset", Cursor::encode(&["0"])),
        ("first_line", Cursor::encode(&["1", "number"])),
    ]);
    documents(city, &mut names).await;
    accounts(city, &mut names).await;
    delegated::fill(city, &mut names).await;
    delegated::bundles(city, &mut names).await;
    delegated::organs(city, &mut names).await;
    factors(city, &mut names).await;
    elsewhere(city, &mut names).await;
    machines::fill(city, &mut names).await;
    exchange::fill(city, &mut names).await;
    loads(city, &mut names).await;
    drafts(city, &mut names).await;
    cases(city, &mut names).await;
    mandates::fill(city, &mut names).await;
    looks(city, &mut names).await;
    data::fill(city, &mut names).await;
    watches::fill(city, &mut names).await;
    every_job(city).await;
    // Long enough for what was accepted to be late, and for signals on it.
    city.pass_working_days(25);
    every_job(city).await;
    signals(city, &mut names).await;
    erased::fill(city, &mut names).await;
    every_job(city).await;
    names
}

/// Does each job of the clockwork once, and all that waits then.
async fn every_job(city: &City) {
    let jobs =
        city.hall.offices.iter().flat_map(|office| office.jobs.iter().chain(office.long_jobs));
    for job in jobs.filter(|job| job.every_seconds.is_some()) {
        city.job(job.name).await;
    }
}

/// The last part of the path that a redirect leads to.
fn last_of(answer: &Answer) -> String {
    let path = answer.leads_to().split('?').next().unwrap_or_default();
    path.rsplit('/').next().unwrap_or_default().to_owned()
}

/// What stands on a page after `mark`, up to `end`.
#[track_caller]
fn after(answer: &Answer, mark: &str, end: char) -> String {
    let found = answer.text.split_once(mark).map(|(_, rest)| rest.split(end).next());
    found.flatten().unwrap_or_else(|| panic!("«{mark}» is not in: {}", answer.text)).to_owned()
}

/// More looks in an hour than one person needs, and what the watch makes of them.
async fn looks(city: &City, names: &mut Names) {
    let now = city.now();
    let acts: Vec<Act> = (0..61).map(|n| Act::new(now, "ask.answered", "subject", n)).collect();
    let clerk = city.actor("clerk").await;
    let clerk = clerk.person().expect("a person").account.to_string();
    let who = Who { account: Some(clerk), ..Who::clockwork() };
    let looked = move |tx: &store::Tx<'_>| acts.iter().try_for_each(|act| record(tx, &who, act));
    city.hall.write(looked).await.expect("they look");
    city.job("audit.watch").await;
    let seen = city.client("secadmin").await.get("/desk/audit/events").await.expect(200);
    names.insert("security_event", after(&seen, "href=\"/desk/audit/events/", '"'));
}

async fn documents(city: &City, names: &mut Names) {
    let editor = city.client("editor").await;
    let mut ids = Vec::new();
    for n in 0..13 {
        let (title, text) = (format!("第{n}号通知"), format!("第{n}号通知的正文。\n\n第二段。"));
        let form = [("column", "notices"), ("title", title.as_str()), ("text", text.as_str())];
        let id = last_of(&editor.post("/desk/documents/new", &form).await.expect(303));
        if n >= 5 {
            let form = [form.as_slice(), &[("version", "1")]].concat();
            editor.post(&format!("/desk/documents/{id}/send"), &form).await.expect(303);
        }
        ids.push(id);
    }
    let reviewer = city.client("reviewer").await;
    let verdicts = ["open", "return", "keep", "open"];
    for (id, conclusion) in ids[9..].iter().zip(verdicts) {
        let path = format!("/desk/reviews/{id}");
        let hash = after(&reviewer.get(&path).await.expect(200), "name=\"hash\" value=\"", '"');
        let verdict = [("hash", hash.as_str()), ("conclusion", conclusion), ("remark", "写明了")];
        reviewer.post(&path, &verdict).await.expect(303);
    }
    names.insert("document", ids[0].clone());
    names.insert("document_in_review", ids[5].clone());
    names.insert("document_published", ids[9].clone());
    let (by, answers) = (city.actor("editor").await, city.actor("reviewer").await);
    for n in 0..3 {
        let read = portal::manuscript::read(&format!("# 第{n}号规定\n第一条 正文。"));
        let read = read.expect("a manuscript");
        let taken = portal::take_in(&city.hall, &by, &answers, "laws", read).await;
        if let portal::Taken::Published(id) = taken.expect("it is taken in") {
            names.insert("document_imported", id.to_string());
        }
    }
    let why = [("reason", "内容有误，改正以后重新发布")];
    reviewer.post(&format!("/desk/reviews/{}/withdraw", ids[12]), &why).await.expect(303);
    names.insert("document_withdrawn", ids[12].clone());
    let again = editor.post(&format!("/desk/documents/{}/redraft", ids[12]), &[]).await.expect(303);
    names.insert("document_again", last_of(&again));
}

/// A system that signs people in here, and the citizen who uses it.
async fn elsewhere(city: &City, names: &mut Names) {
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    const BACK: &str = "https://hy.example.gov.cn/cb";
    let (system, security) = (city.client("sysadmin").await, city.client("secadmin").await);
    let until = city.now().day().plus(300).to_string();
    for kind in ["public", "secret", "secret", "public"] {
        let wish = [
            ("name", "婚姻登记系统"),
            ("organ", ORGAN),
            ("holders", "everyone"),
            ("kind", kind),
            ("redirects", BACK),
            ("scopes", "profile"),
            ("until", until.as_str()),
            ("reason", "鄂数据〔2026〕5号"),
        ];
        system.post("/desk/clients", &wish).await.expect(303);
        city.clock.pass_seconds(1);
    }
    let list = security.get("/desk/clients").await.expect(200);
    let id = after(&list, "href=\"/desk/clients/0", '"');
    let id = format!("0{id}");
    security.post(&format!("/desk/clients/{id}/agree"), &[]).await.expect(303);
    let asked = format!(
        "response_type=code&client_id={id}&redirect_uri={BACK}&scope=openid+profile\
         &code_challenge={CHALLENGE}&code_challenge_method=S256"
    );
    let citizen = city.client("citizen").await;
    let yes = [("request", asked.as_str()), ("answer", "yes")];
    citizen.post("/openid/consent", &yes).await.expect(200);
    let answer = citizen.get(&format!("/openid/authorize?{asked}")).await.expect(303);
    let to = answer.leads_to().split_once("code=").expect("a code").1.to_owned();
    let code = to.split('&').next().expect("a code");
    let program = city.visitor();
    let fields = [
        ("grant_type", "authorization_code"),
        ("client_id", id.as_str()),
        ("code", code),
        ("redirect_uri", BACK),
        ("code_verifier", VERIFIER),
    ];
    let tokens = program.post("/openid/token", &fields).await.expect(200).json();
    let text = |name: &str| tokens[name].as_str().expect("a token").to_owned();
    let bearer = format!("Bearer {}", text("access_token"));
    let request = Request::builder().uri("/openid/userinfo").header("Authorization", bearer);
    program.ask(request.body(Body::empty()).expect("a request")).await.expect(200);
    let next = [
        ("grant_type", "refresh_token"),
        ("client_id", &id),
        ("refresh_token", &text("refresh_token")),
    ];
    let tokens = program.post("/openid/token", &next).await.expect(200).json();
    let token = tokens["refresh_token"].as_str().expect("a token");
    let back = [("client_id", id.as_str()), ("token", token)];
    program.post("/openid/revoke", &back).await.expect(200);
    names.insert("client", id);
    names.insert("asked", asked);
    let said = json!({
        "provider": "province", "sub": "p-1", "name": "陈晓敏", "number": null,
        "at": i64::MAX / 4, "next": "", "browser": MARK,
    });
    let sealed = city.hall.keys.seal("identity.stated", said.to_string().as_bytes());
    names.insert("stated", data_encoding::BASE64URL_NOPAD.encode(&sealed));
}

async fn factors(city: &City, names: &mut Names) {
    let citizen = city.client("citizen").await;
    let form = [("name", "我的手机"), ("password", "cityhall-demo")];
    let begun = citizen.post("/me/factors/codes", &form).await.expect(303);
    names.insert("factor", last_of(&begun));
    let listed = citizen.get("/api/v1/me/sessions").await.expect(200).json();
    let session = listed[0]["session"].as_str().expect("a session");
    names.insert("session", session.to_owned());
    let key = seal::SigningKey::generate();
    let now = city.now();
    let signer = access::Signer {
        id: base::Id::mint(now),
        account: city.actor("citizen").await.person().expect("a person").account,
        name: "我的证书".into(),
        certificate: testkit::signing::certificate("市民", &key.public()).der().to_vec(),
        created_at: now,
    };
    names.insert("signer", signer.id.to_string());
    let root = testkit::signing::authority().certificate();
    let authority = access::fingerprint_of(root);
    names.insert("authority", authority.clone());
    let held = seal::cert::Certificate::read(&signer.certificate).expect("a certificate");
    let put = move |tx: &store::Tx<'_>| {
        let permit = access::clockwork("test");
        access::propose_authority(tx, &permit, root)?;
        access::add_signer(tx, &permit, &signer, &key.public().to_bytes())?;
        let gone = access::Answered {
            standing: seal::cert::Standing::Revoked(now, seal::cert::Reason::Superseded),
            made: now,
            until: None,
        };
        let held = access::fingerprint_of(&held);
        access::put_standing(tx, &permit, (&held, &authority), Some(&gone), now).map(|_| ())
    };
    city.hall.write(put).await.expect("a certificate is on record");
}

async fn accounts(city: &City, names: &mut Names) {
    let visitor = city.visitor();
    for login in ["clerk2", "examiner2", "approver2", "editor", "reviewer", "registrar"] {
        visitor.post("/forgot", &[("account", login)]).await.expect(303);
    }
    let (system, security) = (city.client("sysadmin").await, city.client("secadmin").await);
    let waiting = system.get("/desk/resets").await.expect(200);
    let reset = after(&waiting, "action=\"/desk/resets/", '/');
    system.post(&format!("/desk/resets/{reset}/agree"), &[]).await.expect(303);
    security.post(&format!("/desk/resets/{reset}/agree"), &[]).await.expect(200);

    let new = [("name", "田小雨"), ("account", "novice")];
    let opened = system.post("/desk/accounts", &new).await.expect(200);
    let code = after(&opened, "class=\"code-once\">", '<');
    let set = [
        ("account", "novice"),
        ("code", code.as_str()),
        ("password", PASSWORD),
        ("again", PASSWORD),
    ];
    visitor.post("/code", &set).await.expect(303);
    for role in ["clerk", "examiner", "approver", "supervisor", "editor"] {
        let post = [("role", role), ("organ", ORGAN), ("reason", "新到岗")];
        security.post("/desk/accounts/novice/give", &post).await.expect(303);
    }
    let waiting = system.get("/desk/proposals").await.expect(200);
    let proposal = after(&waiting, "href=\"/desk/proposals/", '"');
    for (verb, by) in [("agree", &system), ("withdraw", &security), ("decline", &system)] {
        let waiting = system.get("/desk/proposals").await.expect(200);
        let proposal = after(&waiting, "href=\"/desk/proposals/", '"');
        let why = [("reason", "编制已满")];
        by.post(&format!("/desk/proposals/{proposal}/{verb}"), &why).await.expect(303);
    }
    names.insert("proposal", proposal);
    let posts = security.get("/desk/accounts/novice").await.expect(200);
    let post = after(&posts, "name=\"holding\" value=\"", '"');
    security.post("/desk/accounts/novice/end", &[("holding", &post)]).await.expect(303);
    for state in ["disabled", "active"] {
        system.post("/desk/accounts/novice/state", &[("state", state)]).await.expect(303);
    }
    let newcomer = city.visitor();
    let enter = |password| [("account", "novice"), ("password", password)];
    newcomer.post("/sign-in", &enter("wrong")).await.expect(422);
    newcomer.post("/sign-in", &enter(PASSWORD)).await.expect(303);
    city.clock.pass_seconds(61);
    newcomer.get("/me").await.expect(200);
    newcomer.post("/sign-out", &[]).await.expect(303);
}

/// Proofs, a load that is undone, and entities, one of which ends.
async fn registers(city: &City, registrar: &Client, names: &mut Names) {
    let sought = [
        ("number", population::DEMO_CITIZEN_NUMBER),
        ("purpose", "check"),
        ("known", "2027-03-01"),
    ];
    registrar.post("/desk/population/proof", &sought).await;
    for state in ["存续,陈晓明,2020-05-06", "吊销,陈晓明,2020-05-06"] {
        let csv = format!(
            "统一社会信用代码,名称,类型,登记状态,法定代表人,成立日期,登记机关,住所,经营范围,法定代表人身份号码\n\
             91330100799655058B,江边面馆有限公司,有限责任公司,{state},鄂州市市场监督管理局,滨湖南路1号,餐饮,\
             420702199003076634\n"
        );
        let file = ("file", "firms.csv", csv.as_bytes());
        let loaded = registrar.upload("/desk/entities/loads", &[], file).await.expect(303);
        city.settle().await;
        names.insert("entities_load", last_of(&loaded));
        let sought = [("code", "91330100799655058B"), ("purpose", "check")];
        registrar.post("/desk/entities", &sought).await.expect(200);
        registrar.post("/desk/entities/proof", &sought).await.expect(200);
    }
    let undo = format!("/desk/entities/loads/{}/undo", names["entities_load"]);
    registrar.post(&undo, &[("reason", "导错了文件")]).await.expect(303);
    city.settle().await;
}

/// Somebody stands in each register twice, and two who may be: the one is found, of the others one pair is judged.
async fn same(city: &City, names: &mut Names) {
    let people = "公民身份号码,姓名,性别,出生日期,民族,住址,电话
420702199003070056,陈晓明,男,1990-03-07,汉族,鄂城区滨湖南路1号,13812345678
420106199003070454,陈晓明,男,1990-03-07,汉族,武汉市武昌区中山路8号,
420106199003070876,陈晓明,男,1990-03-07,汉族,武汉市汉阳区鹦鹉大道6号,
";
    let firms = "统一社会信用代码,名称,类型,登记状态,法定代表人,成立日期,登记机关,住所,经营范围,法定代表人身份号码
91420700MA4900X12R,江边面馆有限公司,有限责任公司,存续,陈晓明,2020-05-06,鄂州市市场监督管理局,滨湖南路1号,餐饮,420702199003076634
91420700MA4900X21P,江边面馆有限公司,有限责任公司,存续,陈晓明,2020-05-06,鄂州市市场监督管理局,武汉市武昌区中山路8号,餐饮,
91420700MA49K1X78W,江边面馆有限公司,有限责任公司,存续,陈晓明,2020-05-06,鄂州市市场监督管理局,武汉市汉阳区鹦鹉大道6号,餐饮,
";
    let of_people = ["same_pair", "same_decision", "same_identity"];
    let of_firms = ["firm_pair", "firm_decision", "firm_identity"];
    let registers = [
        ("population", &population::terms::RESIDENTS, people, of_people),
        ("entities", &entities::terms::ENTITIES, firms, of_firms),
    ];
    let (registrar, steward) = (city.client("registrar").await, city.client("datasteward").await);
    for (office, register, csv, [pair, decision, identity]) in registers {
        let file = ("file", "again.csv", csv.as_bytes());
        registrar.upload(&format!("/desk/{office}/loads"), &[], file).await.expect(303);
        city.settle().await;
        let (keys, first) = (city.hall.keys.clone(), (i64::MAX, i64::MAX));
        let pairs = city
            .hall
            .store
            .read(move |r| linkage::open_pairs(r, &keys, (register, None), first, 10))
            .await
            .expect("pairs");
        let [judged, .., waits] = pairs.as_slice() else { panic!("pairs that wait: {pairs:?}") };
        let path = format!("/desk/{office}/same/pairs/{}", judged.no);
        let said = [("verdict", "same"), ("reason", "电话核实")];
        steward.post(&path, &said).await.expect(303);
        let made = city.hall.store.read(move |r| linkage::decisions_of(r, register, None, 1));
        let made = made.await.expect("a decision").pop().expect("a decision");
        names.insert(pair, waits.no.to_string());
        names.insert(decision, made.no.to_string());
        names.insert(identity, made.identity.to_string());
    }
    names.insert("first_pair", Cursor::encode(&[&i64::MAX.to_string(), &i64::MAX.to_string()]));
}

async fn loads(city: &City, names: &mut Names) {
    let registrar = city.client("registrar").await;
    for n in 0..4 {
        let mut csv = "公民身份号码,姓名,性别,出生日期,民族,住址,电话\n".to_owned();
        csv.push_str(
            "420702199003076634,陈晓明,男,1990-03-07,汉族,鄂城区滨湖南路1号,13812345678\n",
        );
        for line in 0..6 {
            csv.push_str(&format!("{n}{line},某人,男,1990-03-07,汉族,鄂城区,13812345678\n"));
        }
        let file = ("file", "people.csv", csv.as_bytes());
        let loaded = registrar.upload("/desk/population/loads", &[], file).await.expect(303);
        city.settle().await;
        names.insert("load", last_of(&loaded));
        let sought = [("number", population::DEMO_CITIZEN_NUMBER), ("purpose", "check")];
        registrar.post("/desk/population", &sought).await.expect(200);
    }
    let none = "公民身份号码,姓名,性别,出生日期,民族,住址,电话\n".as_bytes();
    let file = ("file", "none.csv", none);
    let refused = registrar.upload("/desk/population/loads", &[], file).await.expect(303);
    city.settle().await;
    names.insert("load_refused", last_of(&refused));
    let police = ("ezhou-gaj", "鄂州市公安局");
    population::demo::feed(&city.hall, police).await.expect("the police feeds the register");
    same(city, names).await;
    registers(city, &registrar, names).await;
    let person = [
        ("account", "xiaoming"),
        ("name", "陈晓明"),
        ("number", "420702199003076634"),
        ("phone", "13812345678"),
        ("password", PASSWORD),
        ("again", PASSWORD),
    ];
    city.visitor().post("/register", &person).await.expect(303);
    let newcomer = city.client("xiaoming").await;
    let own = [("phone", "13912345678"), ("email", "new@example.org"), ("password", PASSWORD)];
    for (path, status) in [
        ("/me/phone", 303),
        ("/me/email", 303),
        ("/me/email/confirm", 422),
        ("/me/email/remove", 303),
    ] {
        newcomer.post(path, &own).await.expect(status);
    }
    newcomer.post("/me/close", &[("password", PASSWORD), ("sure", "true")]).await.expect(303);
}

/// Drafts at home and at the counter, one of them with files; one is submitted, one dropped.
async fn drafts(city: &City, names: &mut Names) {
    let citizen = city.client("citizen").await;
    let begin = async |slug: &str| {
        let begun = citizen.post(&format!("/apply/{slug}"), &[]).await.expect(303);
        format!("/apply/draft/{}", last_of(&begun))
    };
    for slug in ["home-transfer", "bookshop", "vet-clinic", "road-freight"] {
        begin(slug).await;
    }
    let submitted = begin("housing-fund").await;
    attach(&citizen, &submitted, 1).await;
    for (version, (group, fields)) in ["1", "2"].into_iter().zip(&HOUSING_FUND) {
        let fields = [*fields, [("version", version)].as_slice()].concat();
        citizen.post(&format!("{submitted}/{group}"), &fields).await.expect(303);
    }
    citizen.post(&format!("{submitted}/submit"), &[]).await.expect(303);

    let draft = begin("housing-fund").await;
    attach(&citizen, &draft, 5).await;
    let page = citizen.get(&format!("{draft}/materials")).await.expect(200);
    let file = after(&page, &format!("action=\"{draft}/materials/"), '/');
    citizen.post(&format!("{draft}/materials/{file}/remove"), &[]).await.expect(303);
    let page = citizen.get(&format!("{draft}/materials")).await.expect(200);
    names.insert("draft_file", after(&page, &format!("action=\"{draft}/materials/"), '/'));
    names.insert("draft", draft.rsplit('/').next().unwrap_or_default().to_owned());

    let person = [
        ("item", "food-business"),
        ("name", population::DEMO_CITIZEN_NAME),
        ("number", population::DEMO_CITIZEN_NUMBER),
        ("came", "self"),
    ];
    let clerk = city.client("clerk").await;
    let dropped = last_of(&clerk.post("/desk/counter", &person).await.expect(303));
    clerk.post(&format!("/apply/draft/{dropped}/discard"), &[]).await.expect(303);
}

/// The last two pages of a form; the first is filled by what the register knows.
const HOUSING_FUND: [(&str, &[(&str, &str)]); 2] = [
    (
        "home",
        &[
            ("fund_account", "420700123456"),
            ("home_place", "elsewhere"),
            ("home_address", "武汉市洪山区珞喻路 1 号"),
            ("contract_no", "HT-2026-0001"),
            ("bought_on.year", "2026"),
            ("bought_on.month", "1"),
            ("bought_on.day", "15"),
        ],
    ),
    (
        "money",
        &[
            ("amount", "50000"),
            ("bank_name", "演示银行"),
            ("bank_account", "6222020200112233446"),
            ("statement", "true"),
        ],
    ),
];

async fn attach(citizen: &Client, draft: &str, files: usize) {
    for n in 0..files {
        let (path, name) = (format!("{draft}/materials"), format!("{n}.pdf"));
        let file = ("file-elsewhere", name.as_str(), PDF);
        citizen.upload(&path, &[("material", "elsewhere")], file).await.expect(303);
    }
}

/// Cases of one organ with four files each; the first goes all the way, the last is supplemented.
async fn cases(city: &City, names: &mut Names) {
    let citizen = city.client("citizen").await;
    let form = entries(&citizen, "food-business").await;
    let material =
        |key, n| json!({ "key": key, "name": format!("{n}.pdf"), "content": PDF_BASE64 });
    let materials: Vec<_> = ["floor-plan", "rules"]
        .into_iter()
        .flat_map(|key| [1, 2].map(|n| material(key, n)))
        .collect();
    let body = json!({ "item": "food-business", "form": form, "materials": materials });
    let apply = async || {
        let created = citizen.post_json("/api/v1/applications", &body).await.expect(201).json();
        let said =
            |at: &str| created.pointer(at).and_then(|value| value.as_str()).map(str::to_owned);
        ["/no", "/query_code", "/receipt/act/id"].map(|at| said(at).expect("it is said"))
    };
    let [closed, ..] = apply().await;
    names.insert("closed_no", closed);
    let clerk = city.client("clerk").await;
    for n in 0..4 {
        let [no, code, act] = apply().await;
        match n {
            3 => step(&clerk, &no, "correct", json!({ "items": ["请补画平面图的尺寸"] })).await,
            _ => step(&clerk, &no, "accept", json!({})).await,
        }
        names.extend([("no", no), ("code", code), ("act", act)]);
    }
    let own = format!("/my/cases/{}", names["no"]);
    let page = citizen.get(&own).await.expect(200);
    names.insert("file", after(&page, &format!("{own}/files/"), '"'));
    steps(city, names).await;
    let visitor = city.visitor();
    let asked = [("no", names["no"].as_str()), ("code", "AAAAAAAAAA")];
    visitor.post("/cases", &asked).await.expect(422);
}

async fn steps(city: &City, names: &Names) {
    let grant = json!({ "verdict": "grant", "reason": "符合法定条件", "ground": "第三十八条" });
    let paper = json!({ "certificate_name": "食品经营许可证", "certificate_no": "演示1号" });
    let steps = [
        ("clerk", "accept", json!({})),
        ("examiner", "examine", json!({ "finding": "approve", "opinion": "符合条件" })),
        ("approver", "decide", grant),
        ("clerk", "issue", paper),
        ("clerk", "deliver", json!({ "manner": "counter", "receipt": "本人签收" })),
    ];
    for (login, verb, body) in steps {
        step(&city.client(login).await, &names["closed_no"], verb, body).await;
    }
    let clerk = city.client("clerk").await;
    let path = format!("/my/cases/{}/supplement", names["no"]);
    let citizen = city.client("citizen").await;
    citizen.upload(&path, &[("note", "补画了")], ("files", "补.pdf", PDF)).await.expect(303);
    step(&clerk, &names["no"], "accept", json!({})).await;
}

async fn step(client: &Client, no: &str, verb: &str, body: serde_json::Value) {
    client.post_json(&format!("/api/v1/cases/{no}/{verb}"), &body).await.expect(200);
}

async fn signals(city: &City, names: &mut Names) {
    let (clerk, supervisor) = (city.client("clerk").await, city.client("supervisor").await);
    let inbox = clerk.get("/desk/signals").await.expect(200);
    let own = after(&inbox, "href=\"/desk/signals/", '"');
    clerk.post(&format!("/desk/signals/{own}/seen"), &[]).await.expect(303);
    let words = [("words", "等待上级机关的批复，已经催办")];
    clerk.post(&format!("/desk/signals/{own}/appeal"), &words).await.expect(303);
    supervisor.post(&format!("/desk/supervision/signals/{own}/uphold"), &words).await.expect(303);
    names.insert("signal", own);
}
