//! The main job from both sides of the counter, on both databases: apply, handle, look up, watch,
//! check.

use serde_json::{Map, Value, json};
use testkit::{City, Client, each_city};

/// A registered resident with a valid number.
const NUMBER: &str = "420702199003076634";
const OTHER: &str = "42070419851231001X";

pub async fn city_with_people(city: &City) {
    city.demand_signatures().await;
    city.organ("ezhou", None, "鄂州市人民政府", "000").await;
    for (id, name, code) in powers::demo::organs().expect("the organs") {
        city.organ(&id, Some("ezhou"), &name, &code).await;
    }
    powers::demo::demo(&city.hall).await.expect("the items are published");
    let csv = format!(
        "公民身份号码,姓名,性别,出生日期,民族,住址,电话\n\
         {NUMBER},陈晓敏,男,1990-03-07,汉族,鄂州市鄂城区滨湖南路1号,13812345678\n\
         {OTHER},王建国,男,1985-12-31,汉族,鄂州市鄂城区武昌大道2号,13812345679\n"
    );
    let by = population::acts::By::CommandLine;
    population::acts::import(&city.hall, by, csv.into_bytes(), "people.csv").await.expect("a load");
    city.person("citizen", "陈晓敏", "citizen", "", Some(NUMBER)).await;
    city.person("other", "王建国", "citizen", "", Some(OTHER)).await;
    for (role, name) in
        [("clerk", "李雷"), ("examiner", "韩梅"), ("approver", "赵局"), ("supervisor", "孙察")]
    {
        city.account(role, name, role, "ezhou-gjj").await;
    }
    city.account("clerk2", "周敏", "clerk", "ezhou-gjj").await;
    city.account("stranger", "钱外", "clerk", "ezhou-scj").await;
    city.settle().await;
}

/// Entries that fit the form of an item.
pub async fn entries(client: &Client, item: &str) -> Map<String, Value> {
    let form = client.get(&format!("/api/v1/items/{item}/form")).await.expect(200).json();
    let fields = form["schema"]["properties"].as_object().expect("fields").clone();
    fields
        .iter()
        .map(|(name, field)| (name.clone(), crate::program::plausible(name, field)))
        .collect()
}

pub async fn apply(client: &Client) -> Value {
    let form = entries(client, "housing-fund").await;
    let body = json!({ "item": "housing-fund", "form": form });
    client.post_json("/api/v1/applications", &body).await.expect(201).json()
}

/// Applies for an item with one material, by its key.
pub async fn apply_with(client: &Client, item: &str, material: &str) -> Value {
    let pdf = data_encoding::BASE64.encode(b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n");
    let form = entries(client, item).await;
    let material = json!({ "key": material, "name": "材料.pdf", "content": pdf });
    let body = json!({ "item": item, "form": form, "materials": [material] });
    client.post_json("/api/v1/applications", &body).await.expect(201).json()
}

pub fn no_of(created: &Value) -> &str {
    created["no"].as_str().expect("a number")
}

pub async fn step(client: &Client, no: &str, verb: &str, body: Value) -> testkit::Answer {
    client.post_json(&format!("/api/v1/cases/{no}/{verb}"), &body).await
}

#[test]
fn who_knows_a_name_and_a_number_only_is_shown_nothing_and_files_in_no_other_name() {
    each_city(hall::OFFICES, async |city| {
        city_with_people(&city).await;
        let csv = "公民身份号码,姓名,性别,出生日期,民族,住址,电话\n\
             420703199502280003,周小满,女,1995-02-28,汉族,鄂州市华容区容州大道9号,13712345678\n";
        let by = population::acts::By::CommandLine;
        let load = population::acts::import(&city.hall, by, csv.into(), "more.csv").await;
        load.expect("a load");
        let somebody = city.visitor();
        let entered = [
            ("name", "周小满"),
            ("number", "420703199502280003"),
            ("phone", "13900001111"),
            ("email", ""),
            ("account", "somebody"),
            ("password", "Lake-2026-east"),
            ("again", "Lake-2026-east"),
        ];
        somebody.post("/register", &entered).await.expect(303);
        let begun = somebody.post("/apply/housing-fund", &[]).await.expect(303);
        let draft = begun.leads_to().to_owned();
        for page in ["", "/applicant", "/home"] {
            let page = somebody.get(&format!("{draft}{page}")).await.expect(200);
            assert!(!page.text.contains("容州大道"), "the registered address is given away");
            assert!(!page.text.contains("13712345678"), "the registered phone is given away");
        }
        // A program that names somebody else files in its own account's name all the same.
        let program = city.client("somebody").await;
        let mut form = entries(&program, "housing-fund").await;
        form.insert("applicant_name".into(), json!("王建国"));
        form.insert("applicant_number".into(), json!(OTHER));
        let body = json!({ "item": "housing-fund", "form": form });
        let created = program.post_json("/api/v1/applications", &body).await.expect(201).json();
        let clerk = city.client("clerk").await;
        let case = clerk.get(&format!("/desk/cases/{}", no_of(&created))).await.expect(200);
        case.says("周小满");
        assert!(!case.text.contains(OTHER), "filed in another's name");
    });
}

#[test]
fn an_application_goes_from_the_form_to_the_delivered_decision() {
    each_city(hall::OFFICES, async |city| {
        city_with_people(&city).await;
        let citizen = city.client("citizen").await;
        let created = apply(&citizen).await;
        let no = no_of(&created);
        let (clerk, examiner) = (city.client("clerk").await, city.client("examiner").await);
        let approver = city.client("approver").await;

        clerk.get("/desk/cases").await.expect(200).says(no);
        step(&clerk, no, "accept", json!({})).await.expect(200);
        city.pass_working_days(1);
        let (clerk, examiner) = {
            drop((clerk, examiner));
            (city.client("clerk").await, city.client("examiner").await)
        };
        let opinion = json!({ "finding": "approve", "opinion": "符合条件" });
        step(&examiner, no, "examine", opinion).await.expect(200);
        let decision =
            json!({ "verdict": "grant", "reason": "符合法定条件", "ground": "第三十八条" });
        step(&examiner, no, "decide", decision.clone()).await.expect(403);
        drop(approver);
        let approver = city.client("approver").await;
        step(&approver, no, "decide", decision).await.expect(200);
        let paper = json!({ "certificate_name": "提取审批表", "certificate_no": "演示1号" });
        step(&clerk, no, "issue", paper).await.expect(200);
        let handed = json!({ "manner": "counter", "receipt": "本人签收" });
        step(&clerk, no, "deliver", handed).await.expect(200);

        city.settle().await;
        let code = created["query_code"].as_str().expect("a code");
        let seen = city
            .visitor()
            .post_json("/api/v1/look-ups", &json!({ "no": no, "query_code": code }))
            .await;
        let seen = seen.expect(200).json();
        assert_eq!(seen["state"], "60");
        let steps: Vec<&str> = seen["timeline"]
            .as_array()
            .unwrap()
            .iter()
            .map(|s| s["step"].as_str().unwrap())
            .collect();
        assert_eq!(steps, ["提交申请", "受理", "准予许可", "制发证件", "送达办结"]);
        let letters = city.letters();
        let subjects: Vec<&str> = letters.iter().map(|letter| letter.subject.as_str()).collect();
        assert_eq!(letters.len(), 5, "{subjects:?}");
        assert!(letters[0].text.contains(code), "only the first letter carries the code");
        assert!(letters[1..].iter().all(|letter| !letter.text.contains(code)));
    });
}

#[test]
fn every_step_has_a_receipt_that_verifies_and_no_byte_of_it_can_change() {
    each_city(hall::OFFICES, async |city| {
        city_with_people(&city).await;
        let citizen = city.client("citizen").await;
        let created = apply(&citizen).await;
        let key = city.hall.keys.log_key().public();
        let at_once = serde_json::to_string_pretty(&created["receipt"]).unwrap() + "\n";
        assert!(ledger::verify(&at_once, &key).holds(), "{:?}", ledger::verify(&at_once, &key));
        city.settle().await;
        let act = created["receipt"]["act"]["id"].as_str().unwrap();
        let file = citizen.get(&format!("/api/v1/receipts/{act}")).await.expect(200).text;
        assert!(ledger::verify(&file, &key).holds(), "{:?}", ledger::verify(&file, &key));
        for at in (0..file.len()).filter(|at| file.is_char_boundary(*at)).step_by(7) {
            let mut changed = file.clone().into_bytes();
            changed[at] ^= 1;
            let Ok(changed) = String::from_utf8(changed) else { continue };
            let verdict = ledger::verify(&changed, &key);
            assert!(!verdict.holds(), "byte {at} could be changed");
            assert!(verdict.checks.iter().any(|check| !check.holds && !check.words.is_empty()));
        }
    });
}

#[test]
fn the_same_token_twice_is_one_application() {
    each_city(hall::OFFICES, async |city| {
        city_with_people(&city).await;
        let citizen = city.client("citizen").await;
        let form = entries(&citizen, "housing-fund").await;
        let token = base::Id::<u8>::mint(city.now()).to_string();
        let body = json!({ "item": "housing-fund", "form": form, "token": token });
        let first = citizen.post_json("/api/v1/applications", &body).await.expect(201).json();
        let second = citizen.post_json("/api/v1/applications", &body).await.expect(201).json();
        assert_eq!(first["no"], second["no"]);
        assert_eq!(first["query_code"], second["query_code"]);
    });
}

#[test]
fn a_clerk_of_another_department_sees_and_does_nothing() {
    each_city(hall::OFFICES, async |city| {
        city_with_people(&city).await;
        let created = apply(&city.client("citizen").await).await;
        let no = no_of(&created);
        let stranger = city.client("stranger").await;
        stranger.get(&format!("/desk/cases/{no}")).await.expect(403);
        let refused = step(&stranger, no, "accept", json!({})).await.expect(403).json();
        assert_eq!(refused["error"]["code"], "access.out_of_reach");
        let other = city.client("other").await;
        other.get(&format!("/my/cases/{no}")).await.expect(404);
        other.get(&format!("/api/v1/applications/{no}")).await.expect(404);
    });
}

#[test]
fn what_a_post_in_another_department_may_do_is_not_offered_here() {
    each_city(hall::OFFICES, async |city| {
        city_with_people(&city).await;
        let created = apply(&city.client("citizen").await).await;
        let account = city.account("both", "郑兼", "approver", "ezhou-gjj").await;
        let elsewhere = access::Holding {
            id: base::Id::mint(city.now()),
            account,
            role: "clerk".into(),
            organ: "ezhou-scj".into(),
            post: "窗口".into(),
            from: city.now().day(),
            until: None,
        };
        let give = move |tx: &store::Tx<'_>| {
            access::give_holding(tx, &access::clockwork("test"), &elsewhere)
        };
        city.hall.write(give).await.expect("the post is given");
        let path = format!("/desk/cases/{}", no_of(&created));
        let accept = format!("{path}/accept");
        city.client("clerk").await.get(&path).await.expect(200).says(&accept);
        let page = city.client("both").await.get(&path).await.expect(200);
        assert!(!page.text.contains(&accept), "{}", page.text);
    });
}

#[test]
fn two_clerks_deciding_at_once_are_told_who_came_first() {
    each_city(hall::OFFICES, async |city| {
        city_with_people(&city).await;
        let created = apply(&city.client("citizen").await).await;
        let no = no_of(&created);
        let (one, two) = (city.client("clerk").await, city.client("clerk2").await);
        let (first, second) = tokio::join!(
            step(&one, no, "accept", json!({ "version": 1 })),
            step(&two, no, "accept", json!({ "version": 1 })),
        );
        let mut statuses = [first.status.as_u16(), second.status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409]);
        let late = if first.status.as_u16() == 409 { first } else { second };
        late.says("受理");
    });
}

#[test]
fn silence_for_five_working_days_is_acceptance_from_the_day_of_receipt() {
    each_city(hall::OFFICES, async |city| {
        city_with_people(&city).await;
        let created = apply_with(&city.client("citizen").await, "road-freight", "rules").await;
        let received = city.now().day();
        city.pass_working_days(5);
        city.job("approvals.clock").await;
        let no = no_of(&created).to_owned();
        let still = case(&city, &no).await;
        assert_eq!(still.state, "10", "the fifth day is not over");
        city.pass_working_days(1);
        city.job("approvals.clock").await;
        let case = case(&city, &no).await;
        assert_eq!((case.state.as_str(), case.accepted_on), ("30", Some(received)));
    });
}

pub async fn case(city: &City, no: &str) -> flow::CaseHead {
    let no = no.to_owned();
    city.hall.store.read(move |r| flow::case_by_no(r, &no)).await.unwrap().expect("the case")
}

#[test]
fn wrong_codes_lock_the_look_up_of_one_case_for_an_hour() {
    each_city(hall::OFFICES, async |city| {
        city_with_people(&city).await;
        let created = apply(&city.client("citizen").await).await;
        let (no, code) = (no_of(&created), created["query_code"].as_str().unwrap());
        let visitor = city.visitor();
        for _ in 0..5 {
            visitor.post("/cases", &[("no", no), ("code", "AAAAAAAAAA")]).await.expect(422);
        }
        let locked =
            visitor.post_json("/api/v1/look-ups", &json!({ "no": no, "query_code": code })).await;
        assert_eq!(locked.expect(429).json()["error"]["code"], "approvals.look_up_locked");
        // Elsewhere the applicant goes on.
        let elsewhere = city.visitor().at([203, 0, 113, 9]);
        elsewhere.post("/cases", &[("no", no), ("code", code)]).await.expect(200).says(no);
        city.clock.pass_seconds(3_601);
        visitor
            .post_json("/api/v1/look-ups", &json!({ "no": no, "query_code": code }))
            .await
            .expect(200);
    });
}

#[test]
fn of_many_codes_at_once_no_more_are_compared_than_one_after_another() {
    each_city(hall::OFFICES, async |city| {
        city_with_people(&city).await;
        let created = apply(&city.client("citizen").await).await;
        let no = no_of(&created);
        let visitors: Vec<Client> = (0..7).map(|_| city.visitor()).collect();
        let sought = [("no", no), ("code", "AAAAAAAAAA")];
        let [a, b, c, d, e, f, g] = visitors.as_slice() else { panic!("seven") };
        let (a, b, c, d, e, f, g) = tokio::join!(
            a.post("/cases", &sought),
            b.post("/cases", &sought),
            c.post("/cases", &sought),
            d.post("/cases", &sought),
            e.post("/cases", &sought),
            f.post("/cases", &sought),
            g.post("/cases", &sought),
        );
        let answers = [a, b, c, d, e, f, g];
        let compared = answers.iter().filter(|answer| answer.status.as_u16() == 422).count();
        assert_eq!(compared, 5, "{answers:?}");
    });
}

#[test]
fn a_file_that_the_staff_open_is_on_record_and_its_owner_sees_by_whom() {
    each_city(hall::OFFICES, async |city| {
        city_with_people(&city).await;
        let citizen = city.client("citizen").await;
        let created = apply_with(&citizen, "road-freight", "rules").await;
        let no = no_of(&created);
        city.account("clerk-jtj", "路政", "clerk", "ezhou-jtj").await;
        let clerk = city.client("clerk-jtj").await;
        let page = clerk.get(&format!("/desk/cases/{no}")).await.expect(200);
        let (_, rest) = page.text.split_once(&format!("/desk/cases/{no}/files/")).expect("a link");
        let file = rest.split('"').next().expect("an id");
        citizen.get(&format!("/my/cases/{no}/files/{file}")).await.expect(200);
        let own = citizen.get(&format!("/my/cases/{no}")).await.expect(200);
        assert!(!own.text.contains("谁看过您的完整信息"), "one's own look is told");

        let sent = clerk.get(&format!("/desk/cases/{no}/files/{file}")).await.expect(200);
        // It is saved under its name and never shown inside the site.
        let name = "attachment; filename*=UTF-8''%E6%9D%90%E6%96%99.pdf";
        assert_eq!(sent.header("content-disposition"), Some(name));
        assert_eq!(sent.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(sent.header("cache-control"), Some("no-store"));
        let own = citizen.get(&format!("/my/cases/{no}")).await.expect(200);
        own.says("打开您提交的材料").says("材料.pdf").says("交通运输局");
        city.settle().await;
        citizen.get("/me/looks").await.expect(200).says("打开提交的材料").says(no);
    });
}

#[test]
fn a_case_outlives_the_account_of_who_applied() {
    each_city(hall::OFFICES, async |city| {
        city_with_people(&city).await;
        let citizen = city.client("citizen").await;
        let created = apply(&citizen).await;
        let (no, code) = (no_of(&created), created["query_code"].as_str().expect("a code"));
        citizen.get("/me/close").await.expect(200).says("正在办理的申请").says(no);
        let close = [("password", testkit::city::PASSWORD), ("sure", "true")];
        citizen.post("/me/close", &close).await.expect(303);
        citizen.get(&format!("/my/cases/{no}")).await.expect(303);

        // By number and code it is there, and it goes on.
        let sought = [("no", no), ("code", code)];
        let visitor = city.visitor();
        visitor.post("/cases", &sought).await.expect(200).says(no);
        step(&city.client("clerk").await, no, "accept", json!({})).await.expect(200);
        let sought = json!({ "no": no, "query_code": code });
        let seen = visitor.post_json("/api/v1/look-ups", &sought).await.expect(200).json();
        assert_eq!(seen["no"], no, "{seen}");
        city.settle().await;
        let told = city.letters();
        assert!(told.iter().any(|letter| letter.subject.starts_with("申请已受理")), "{told:?}");

        // Who registers anew is another account: the case is reached as before.
        let person = [
            ("name", "陈晓敏"),
            ("number", NUMBER),
            ("phone", "13812345678"),
            ("email", ""),
            ("account", "citizen-again"),
            ("password", "Lake-2026-east"),
            ("again", "Lake-2026-east"),
        ];
        visitor.post("/register", &person).await.expect(303);
        visitor.get("/me").await.expect(200).says("已经核实是本人");
        assert!(!visitor.get("/my/cases").await.expect(200).text.contains(no));
    });
}

#[test]
fn who_looked_is_on_record_before_the_form_is_filled() {
    each_city(hall::OFFICES, async |city| {
        city_with_people(&city).await;
        let citizen = city.client("citizen").await;
        let draft =
            citizen.post("/apply/housing-fund", &[]).await.expect(303).leads_to().to_owned();
        citizen.get(&format!("{draft}/applicant")).await.expect(200).says("陈晓敏");
        citizen.get("/me/looks").await.expect(200).says("免得重复提供");
    });
}

#[test]
fn a_broken_promise_is_signalled_to_the_handler_and_the_supervisor() {
    each_city(hall::OFFICES, async |city| {
        city_with_people(&city).await;
        let created = apply(&city.client("citizen").await).await;
        let no = no_of(&created).to_owned();
        step(&city.client("clerk").await, &no, "accept", json!({})).await.expect(200);
        city.pass_working_days(12);
        city.job("supervision.watch").await;
        let case = case(&city, &no).await;
        let signals = city.hall.store.read(move |r| flow::signals_of(r, case.id)).await.unwrap();
        let rules: Vec<&str> = signals.iter().map(|signal| signal.rule.as_str()).collect();
        assert!(rules.contains(&"R03") && rules.contains(&"R04"), "{rules:?}");
        city.job("supervision.watch").await;
        city.client("supervisor").await.get("/desk/supervision").await.expect(200);
        city.client("examiner").await.get("/desk/signals").await.expect(200).says(&no);
    });
}

#[test]
fn what_is_wrong_with_a_form_is_said_beside_the_field_and_the_entry_is_kept() {
    each_city(hall::OFFICES, async |city| {
        city_with_people(&city).await;
        let citizen = city.client("citizen").await;
        let mut form = entries(&citizen, "housing-fund").await;
        form.insert("applicant_phone".into(), "12".into());
        let body = json!({ "item": "housing-fund", "form": form });
        let refused = citizen.post_json("/api/v1/applications", &body).await.expect(422).json();
        assert_eq!(refused["error"]["fields"][0]["field"], "applicant_phone");
        let draft =
            citizen.post("/apply/housing-fund", &[]).await.expect(303).leads_to().to_owned();
        let page = format!("{draft}/applicant");
        let fields = [("version", "1"), ("applicant_phone", "12")];
        let again = citizen.post(&page, &fields).await.expect(422);
        again.says("value=\"12\"");
    });
}

#[test]
fn a_renamed_program_is_no_material() {
    each_city(hall::OFFICES, async |city| {
        city_with_people(&city).await;
        let citizen = city.client("citizen").await;
        let draft =
            citizen.post("/apply/housing-fund", &[]).await.expect(303).leads_to().to_owned();
        let program = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".repeat(40);
        let sent = citizen
            .upload(
                &format!("{draft}/materials"),
                &[("material", "elsewhere")],
                ("file-elsewhere", "证明.pdf", &program),
            )
            .await;
        sent.expect(422);
    });
}

#[test]
fn an_expired_session_keeps_what_was_typed() {
    each_city(hall::OFFICES, async |city| {
        city_with_people(&city).await;
        let citizen = city.client("citizen").await;
        let draft =
            citizen.post("/apply/housing-fund", &[]).await.expect(303).leads_to().to_owned();
        city.clock.pass_seconds(3 * 3_600);
        let fields = [("version", "1"), ("applicant_phone", "13911112222")];
        let page = citizen.post(&format!("{draft}/applicant"), &fields).await.expect(401);
        page.says("您刚才填写的内容还在").says("name=\"held\"");
    });
}
