//! What the law orders erased is gone from every table and file, and everything that proves goes on proving.

use std::path::Path;

use data_encoding::BASE64;
use seal::{PublicKey, SigningKey};
use serde_json::{Value, json};
use testkit::{City, Client, each_city};

use crate::journey::{city_with_people, entries, no_of, step};
use crate::program::{Browser, Program, cityhall, well};

const DOCUMENT: &str = "鄂州网信罚〔2026〕3号";
/// Whose name and login are looked for.
const NAME: &str = "陈晓敏";
const LOGIN: &str = "chenxiaomin1990";
const BANK: &str = "6222731977310486";
const PAPER: &str = "溪畔第三棵银杏树下的凭据";
const FILE: &str = "朝霞岭路的房产证明.pdf";
const REASON: &str = "申请人住在朝霞岭路七巷，不归本中心管辖";
const PURPOSE: &str = "打电话给朝霞岭路的申请人";

async fn people(city: &City) {
    city_with_people(city).await;
    city.account("privacy", "许静", "privacy", "ezhou").await;
    city.account("privacy2", "田文涛", "privacy", "ezhou").await;
    city.account("watcher", "冯岩", "auditor", "ezhou").await;
}

/// Somebody applies with values that stand nowhere else.
async fn applied(citizen: &Client) -> Value {
    let form = entries(citizen, "housing-fund").await;
    let form = serde_json::to_string(&form).unwrap().replace("6222000012345678", BANK);
    let form: Value = serde_json::from_str(&form).unwrap();
    assert!(form.to_string().contains(BANK));
    let pdf = format!("%PDF-1.4\n% {PAPER}\n1 0 obj\n<<>>\nendobj\n%%EOF\n");
    let file =
        json!({ "key": "elsewhere", "name": FILE, "content": BASE64.encode(pdf.as_bytes()) });
    let body = json!({ "item": "housing-fund", "form": form, "materials": [file] });
    citizen.post_json("/api/v1/applications", &body).await.expect(201).json()
}

/// The clerk looks at everything and does not accept it: the case is over.
async fn refused(city: &City, no: &str) {
    let clerk = city.client("clerk").await;
    let entries = format!("/desk/cases/{no}/entries");
    clerk.post(&entries, &[("purpose", PURPOSE)]).await.expect(200).says(BANK);
    let page = clerk.get(&format!("/desk/cases/{no}")).await.expect(200);
    let (_, file) = page.text.split_once(&format!("/desk/cases/{no}/files/")).expect("a file");
    let file = file.split('"').next().unwrap();
    clerk.get(&format!("/desk/cases/{no}/files/{file}")).await.expect(200);
    let why = json!({
        "because": "not_needed", "reason": REASON, "ground": "行政许可法第三十二条",
        "remedy": { "reconsideration": "鄂州市人民政府", "court": "鄂州市鄂城区人民法院" },
    });
    step(&clerk, no, "refuse", why).await.expect(200);
}

fn order<'a>(scope: &'a str, shown: &'a str, says: &[&'a str]) -> Vec<(&'a str, &'a str)> {
    let mut form = vec![
        ("scope", scope),
        ("shown", shown),
        ("organ", "鄂州市互联网信息办公室"),
        ("document", DOCUMENT),
        ("ground", "《中华人民共和国个人信息保护法》第四十七条第一款第四项"),
    ];
    form.extend(says.iter().map(|says| (*says, "true")));
    form
}

/// Two people erase, and the clockwork does its part.
async fn erased(city: &City, scope: &str, shown: &str) -> String {
    let first = city.client("privacy").await;
    let form = order(scope, shown, &["running", "retained"]);
    let answer = first.post("/desk/erasures", &form).await.expect(303);
    let page = answer.leads_to().split('?').next().unwrap().to_owned();
    let second = city.client("privacy2").await;
    second.post(&format!("{page}/agree"), &[("reason", "")]).await.expect(303);
    city.settle().await;
    first.get(&page).await.expect(200).says("已删除");
    page
}

/// What must be found nowhere afterwards, each with its name: what stands in the open, and what was sealed, as it
/// was sealed.
async fn traces(city: &City, no: &str) -> Vec<(&'static str, Vec<u8>)> {
    let no = no.to_owned();
    let columns = city.hall.store.read(move |r| {
        let case = flow::case_by_no(r, &no)?.expect("the case").id.to_string();
        let id: &[store::Value] = &[case.as_str().into()];
        let mut found: Vec<(&'static str, Vec<u8>)> = Vec::new();
        for column in ["form_sealed", "sources_sealed", "email_sealed", "code_sealed"] {
            let sql = format!("SELECT {column} FROM approvals_applications WHERE case_id = $1");
            found.extend(r.maybe::<Option<Vec<u8>>>(&sql, id)?.flatten().map(|v| ("a column", v)));
        }
        let keys = "SELECT wrapped FROM vault_keys WHERE scope_id = $1";
        found.extend(r.all::<Vec<u8>>(keys, id)?.into_iter().map(|key| ("a file's key", key)));
        let salts = "SELECT c.salt FROM ledger_contents c JOIN ledger_acts a ON a.id = c.act_id
                     WHERE a.subject_kind = 'case' AND a.subject_id = $1";
        found.extend(r.all::<Vec<u8>>(salts, id)?.into_iter().map(|salt| ("a salt", salt)));
        let letters = "SELECT body FROM ledger_jobs WHERE kind = 'post.letter'";
        let letters = r.all::<String>(letters, &[])?.into_iter();
        found.extend(letters.map(|body| ("a letter", body.as_bytes()[12..60].to_vec())));
        let rows = "SELECT content FROM vault_blobs WHERE content IS NOT NULL";
        let rows = r.all::<Vec<u8>>(rows, &[])?.into_iter();
        found.extend(rows.map(|content| ("a file", content)));
        Ok(found)
    });
    let mut found = columns.await.expect("read");
    let folder = city.folder().join("vault");
    for path in vault::contents(&folder).expect("the vault") {
        found.push(("a file", std::fs::read(folder.join(path)).expect("a content")));
    }
    for (name, words) in [
        ("the reason", REASON),
        ("the purpose", PURPOSE),
        ("the file's name", FILE),
        ("the bank", BANK),
    ] {
        found.push((name, words.as_bytes().to_vec()));
    }
    let kinds: std::collections::BTreeSet<&str> = found.iter().map(|(name, _)| *name).collect();
    assert_eq!(kinds.len(), 9, "{kinds:?}");
    found
}

/// What is found of these in the files of a folder.
fn found_in(folder: &Path, traces: &[(&'static str, Vec<u8>)], found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            found_in(&path, traces, found);
            continue;
        }
        let bytes = std::fs::read(&path).expect("a file");
        for (name, trace) in traces {
            let len = trace.len().min(64);
            if bytes.windows(len).any(|part| part == &trace[..len]) {
                found.push(format!("{name} in {}", path.display()));
            }
        }
    }
}

/// Every row of the city as a backup carries it away, and on SQLite the data folder itself.
fn searched(city: &City, traces: &[(&'static str, Vec<u8>)]) -> Vec<String> {
    let copy = tempfile::tempdir().expect("a folder");
    city.hall.store.backup_to(copy.path().join("copy.db")).expect("a copy of every row");
    let mut found = Vec::new();
    found_in(copy.path(), traces, &mut found);
    found_in(city.folder(), traces, &mut found);
    found
}

fn key(city: &City) -> PublicKey {
    city.hall.keys.log_key().public()
}

/// The city by its own account: log, sealed values, files.
async fn whole(city: &City) {
    let audit = ledger::audit(&city.hall.ledger, &key(city)).await.expect("audited");
    assert!(audit.erased > 3 && audit.wrong.is_empty(), "{audit:?}");
    let hall = city.hall.clone();
    let sealed = tokio::task::spawn_blocking(move || frame::sealed::inspect(&hall)).await.unwrap();
    assert!(sealed.is_good(), "{sealed:?}");
    assert!(city.hall.vault.missing().await.expect("looked").is_empty());
    assert_eq!(city.hall.vault.open_all().await.expect("opened").damaged, 0);
}

/// The desk reads of each application that its applicant has died.
async fn noted_as_dead(city: &City) {
    let noted = "UPDATE approvals_applications SET died_on = 20000";
    city.hall.store.write(move |tx| Ok(tx.run(noted, &[])?)).await.expect("noted");
    assert_eq!(noted_deaths(city).await, 1);
}

async fn noted_deaths(city: &City) -> usize {
    let noted = "SELECT no FROM approvals_applications WHERE died_on IS NOT NULL";
    let noted = city.hall.store.read(move |r| Ok(r.all::<String>(noted, &[])?)).await;
    noted.expect("read").len()
}

#[test]
fn a_case_is_erased_everywhere_and_what_proves_it_stays() {
    each_city(hall::OFFICES, async |city| {
        people(&city).await;
        let citizen = city.client("citizen").await;
        let created = applied(&citizen).await;
        let (no, code) = (no_of(&created).to_owned(), created["query_code"].as_str().unwrap());
        let act = created["receipt"]["act"]["id"].as_str().unwrap().to_owned();
        let before = serde_json::to_string_pretty(&created["receipt"]).unwrap() + "\n";
        assert!(ledger::verify(&before, &key(&city)).holds());
        let first = city.client("privacy").await;
        let running = order("case", &no, &["retained"]);
        first.post("/desk/erasures", &running).await.expect(422).says("还在办理");
        refused(&city, &no).await;
        let kept = order("case", &no, &["running"]);
        first.post("/desk/erasures", &kept).await.expect(422).says("要保存到2036年3月2日");
        let traces = traces(&city, &no).await;
        assert!(!searched(&city, &traces).is_empty(), "the search finds what is there");

        noted_as_dead(&city).await;
        erased(&city, "case", &no).await;
        assert_eq!(noted_deaths(&city).await, 0);
        assert_eq!(searched(&city, &traces), Vec::<String>::new());
        whole(&city).await;
        assert!(city.letters().is_empty(), "letters that waited are never sent");
        assert!(ledger::verify(&before, &key(&city)).holds(), "the old receipt still proves");

        let words = format!("内容已依{DOCUMENT}删除");
        let visitor = city.visitor();
        visitor.get(&format!("/receipts/{act}")).await.expect(200).says(&words);
        let left = visitor.get(&format!("/receipts/{act}/file")).await.expect(200).text;
        let verdict = ledger::verify(&left, &key(&city));
        assert!(verdict.holds() && verdict.checks.iter().any(|one| one.words == words));
        let own = citizen.get(&format!("/my/cases/{no}")).await.expect(200);
        own.says(&words);
        citizen.get("/my/cases").await.expect(200).says(&no);
        citizen.get(&format!("/my/cases/{no}/slip")).await.expect(200).says(&words);
        citizen.get(&format!("/my/cases/{no}/papers/2")).await.expect(404).says(&words);
        citizen.get("/me/looks").await.expect(200).says(&words).says("住房公积金");
        visitor.post("/cases", &[("no", &no), ("code", code)]).await.expect(200).says(&words);
        let asked = json!({ "no": no, "query_code": code });
        let told = visitor.post_json("/api/v1/look-ups", &asked).await.expect(200).json();
        assert_eq!(told["erased"], words);
        let clerk = city.client("clerk").await;
        clerk.get(&format!("/desk/cases/{no}")).await.expect(200).says(&words);
        clerk.get("/desk/cases?view=closed").await.expect(200).says("（已删除）");
        let watcher = city.client("watcher").await;
        watcher.get(&format!("/desk/audit/cases/{no}")).await.expect(200).says(&words);
        watcher.get("/desk/audit?act=approvals.redirected").await.expect(200).says(&words);
        city.account("warden", "郑洁", "secadmin", "ezhou").await;
        let order = [
            ("export", "audit.acts"),
            ("act", "approvals.redirected"),
            ("purpose", "核对依法删除的情况"),
            ("ground", "《中华人民共和国个人信息保护法》第五十四条"),
            ("receiver", "鄂州市互联网信息办公室"),
            ("receiver_person", "李敏"),
        ];
        let page = watcher.post("/desk/exports", &order).await.expect(303);
        let page = page.leads_to().split('?').next().unwrap().to_owned();
        let agree = format!("{page}/agree");
        city.client("warden").await.post(&agree, &[("reason", "")]).await.expect(303);
        city.settle().await;
        let export = watcher.post(&format!("{page}/file"), &[]).await.expect(200).text;
        assert!(ledger::verify_export(&export, &key(&city)).holds());
    });
}

/// More resets of one account than one act of erasing tells of, and more security events than one page; each names
/// its holder.
async fn plenty(city: &City, account: base::Id<access::Account>) {
    let now = city.now();
    let acts: Vec<(base::Id<ledger::Act>, ledger::Act)> = (0..210)
        .map(|_| {
            let id = base::Id::mint(now);
            let act = ledger::Act::new(now, "identity.reset_asked", "reset", id);
            (id, act.content(json!({ "name": NAME, "login": LOGIN })))
        })
        .collect();
    let write = city.hall.write(move |tx| {
        for (n, (id, act)) in acts.iter().enumerate() {
            ledger::record(tx, &ledger::Who::clockwork(), act)?;
            tx.run(
                "INSERT INTO identity_resets (id, account, login, name, asked_at, state)
                 VALUES ($1, $2, $3, $4, $5, 'declined')",
                &[(*id).into(), account.into(), LOGIN.into(), NAME.into(), now.into()],
            )?;
            let hour = i64::try_from(n).expect("a number");
            tx.run(
                "INSERT INTO audit_events (id, rule, version, hour, concerned, account, message,
                     basis, acts, raised_at, open, words, explained_by)
                 VALUES ($1, 'sign_in', 1, $2, $3, $3, $4, '', '[]', $5, 0, '', '')",
                &[(*id).into(), hour.into(), account.to_string().into(), NAME.into(), now.into()],
            )?;
        }
        Ok(())
    });
    write.await.expect("written");
}

#[test]
fn a_person_is_erased_with_their_draft_and_cases_and_others_stay() {
    each_city(hall::OFFICES, async |city| {
        people(&city).await;
        // A login that is no word of the house, so that it can be looked for.
        let renamed = "UPDATE access_accounts SET login = $1 WHERE login = 'citizen'";
        let write = city.hall.write(move |tx| Ok(tx.run(renamed, &[LOGIN.into()])?));
        assert_eq!(write.await.expect("renamed"), 1);
        let citizen = city.client(LOGIN).await;
        let created = applied(&citizen).await;
        let no = no_of(&created).to_owned();
        citizen.post("/apply/housing-fund", &[]).await.expect(303);
        let other = crate::journey::apply(&city.client("other").await).await;
        refused(&city, &no).await;
        let traces = traces(&city, &no).await;
        let account = city.actor(LOGIN).await.person().unwrap().account;
        plenty(&city, account).await;
        let named =
            [("the name", NAME.as_bytes().to_vec()), ("the login", LOGIN.as_bytes().to_vec())];
        assert!(searched(&city, &named).len() > 1, "the search finds what is there");
        let page = erased(&city, "person", LOGIN).await;
        city.client("privacy").await.get(&page).await.expect(200).says("草稿 1").says("账户 1");

        // Of the letters some are the other's.
        let mut theirs: Vec<_> =
            traces.into_iter().filter(|(name, _)| *name != "a letter").collect();
        theirs.extend(named);
        assert_eq!(searched(&city, &theirs), Vec::<String>::new());
        whole(&city).await;
        let found = city.hall.store.read(move |r| access::account_by_id(r, account)).await.unwrap();
        let found = found.expect("the row stays, because acts name it");
        assert_eq!((found.state.as_str(), found.number_sealed), ("closed", None));
        assert_eq!(found.name, format!("内容已依{DOCUMENT}删除"));
        let gone = city.hall.store.read(|r| access::account_by_login(r, LOGIN)).await.unwrap();
        assert!(gone.is_none(), "the login is gone too");
        let untouched = no_of(&other);
        city.client("other")
            .await
            .get(&format!("/my/cases/{untouched}"))
            .await
            .expect(200)
            .says("王建国");
        assert!(city.letters().iter().all(|letter| !letter.to.starts_with("citizen@")));
    });
}

/// What stands of both sides of a mandate, and of the first step of the case that was filed by it.
async fn sides(
    city: &City,
    mandate: &str,
    no: &str,
) -> (access::Mandate, [String; 2], [Vec<u8>; 2]) {
    let (id, no) = (mandate.parse().expect("an id"), no.to_owned());
    let read = city.hall.store.read(move |r| {
        let mandate = access::mandate_by_id(r, id)?.expect("the row stays");
        let case = flow::case_by_no(r, &no)?.expect("the case");
        let event = flow::events_of(r, case.id)?.into_iter().next().expect("a step");
        let names = [event.name, event.on_behalf.expect("for somebody").name];
        let blind = |side: &str| format!("SELECT {side}_blind FROM access_mandates WHERE id = $1");
        let principal = r.maybe(&blind("principal"), &[id.into()])?.expect("a row");
        let agent = r.maybe(&blind("agent"), &[id.into()])?.expect("a row");
        Ok((mandate, names, [principal, agent]))
    });
    read.await.expect("read")
}

#[test]
fn of_a_mandate_the_side_of_who_is_erased_goes_and_the_other_stays() {
    each_city(hall::OFFICES, async |city| {
        people(&city).await;
        let (_, agent, id) = crate::mandates::mandate(&city, json!({})).await;
        let created = crate::mandates::file(&agent, &id).await.expect(201).json();
        let no = no_of(&created).to_owned();
        city.settle().await;
        let names = [("the agent", "王建国".as_bytes().to_vec())];
        let before = sides(&city, &id, &no).await;
        assert_eq!(before.1, ["王建国", NAME]);

        let words = format!("内容已依{DOCUMENT}删除");
        erased(&city, "person", "other").await;
        let (mandate, names_left, blind) = sides(&city, &id, &no).await;
        let keys = &city.hall.keys;
        assert_eq!((mandate.agent_name.as_str(), mandate.principal_name.as_str()), (&*words, NAME));
        assert_eq!(mandate.agent_number(keys).as_deref(), Some(""));
        assert_ne!(mandate.principal_number(keys).as_deref(), Some(""));
        assert!(blind[0] == before.2[0] && blind[1] != before.2[1], "found by no number any more");
        assert_eq!(names_left, ["（已删除）", NAME], "the case is another's and stays");
        city.client("citizen").await.get("/me/mandates").await.expect(200).says(&words);
        assert_eq!(searched(&city, &names), Vec::<String>::new());

        erased(&city, "person", "citizen").await;
        let (mandate, names_left, _) = sides(&city, &id, &no).await;
        assert_eq!(mandate.principal_name, words);
        assert_eq!(mandate.principal_number(keys).as_deref(), Some(""));
        assert_eq!(names_left, ["（已删除）", "（已删除）"]);
        let name = [("the principal", NAME.as_bytes().to_vec())];
        assert_eq!(searched(&city, &name), Vec::<String>::new());
        whole(&city).await;
    });
}

fn signed_in(program: &Program, account: &str) -> Browser {
    let browser = program.browser();
    let fields = [("account", account), ("password", "cityhall-demo")];
    assert_eq!(browser.post("/sign-in", &fields).0, 303);
    browser
}

#[test]
fn the_program_checks_verifies_scrubs_and_restores_a_city_in_which_something_was_erased() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let program = Program::demo(&data, None);
    let first = signed_in(&program, "privacy");
    let form = order("person", "citizen", &["running", "retained"]);
    let page = first.led("/desk/erasures", &form);
    let page = page.split('?').next().expect("a page").to_owned();
    let key = data.join("demo-keys/privacy2.pem");
    let key = SigningKey::from_pem(&std::fs::read_to_string(key).expect("a key")).expect("a key");
    let second = signed_in(&program, "privacy2");
    let agree = format!("{page}/agree");
    let (status, asked) = second.post(&agree, &[("reason", "")]);
    assert_eq!(status, 428, "who agrees signs: {asked}");
    let (text, token) = testkit::signing::on_page(&asked).expect("what is to be signed");
    let signature = BASE64.encode(&key.sign(text.as_bytes()));
    let signed = [("signing", token.as_str()), ("signature", signature.as_str())];
    assert_eq!(second.post(&agree, &signed).0, 303);
    program.until("the erasing", |_| first.get(&page).1.contains("删除完毕"));

    let checked = well(&cityhall(&["check"], &data));
    assert!(
        checked.contains("打不开的 0 个") && !checked.contains("已依法删除的 0 条"),
        "{checked}"
    );
    well(&cityhall(&["scrub"], &data));
    well(&cityhall(&["verify", "log", &program.url], &data));
    let backup = folder.path().join("city.bak");
    well(&cityhall(&["backup", backup.to_str().expect("a path")], &data));
    program.strike();
    let restored = folder.path().join("restored");
    well(&cityhall(&["restore", backup.to_str().expect("a path")], &restored));
    let again = well(&cityhall(&["check"], &restored));
    assert!(!again.contains("已依法删除的 0 条"), "{again}");
}
