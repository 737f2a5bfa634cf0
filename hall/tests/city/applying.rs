//! Applications as their people meet them: drafts of an older form, files, slips, look-ups, and who is
//! shown what.

use serde_json::{Value, json};
use testkit::{City, Client, each_city};

use crate::handling::look_up;
use crate::journey::{apply, case, city_with_people, entries, no_of, step};

#[test]
fn what_is_personal_is_masked_and_shown_whole_for_a_purpose_and_on_record() {
    each_city(hall::OFFICES, async |city| {
        city_with_people(&city).await;
        let citizen = city.client("citizen").await;
        let created = apply(&citizen).await;
        let (no, clerk) = (no_of(&created), city.client("clerk").await);
        let (page, clear) = (format!("/desk/cases/{no}"), format!("/desk/cases/{no}/entries"));
        let masked = clerk.get(&page).await.expect(200);
        masked.says("420***********6634").says("138****5678").says(&clear);
        for whole in ["420702199003076634", "13812345678", "6222000012345678"] {
            assert!(!masked.text.contains(whole), "{whole} stands in clear");
        }
        clerk.post(&clear, &[("purpose", " ")]).await.expect(422).says("请写明用途");
        let purpose = [("purpose", "电话联系申请人")];
        let whole = clerk.post(&clear, &purpose).await.expect(200);
        whole.says("420702199003076634").says("13812345678");
        let later = clerk.get(&page).await.expect(200);
        assert!(!later.text.contains("13812345678"), "once is once");
        // Not the examiner's step yet, and never another department's.
        let examiner = city.client("examiner").await;
        assert!(!examiner.get(&page).await.expect(200).text.contains(&clear));
        examiner.post(&clear, &purpose).await.expect(403).says("正在办理这一步");
        city.client("stranger").await.post(&clear, &purpose).await.expect(403);
        let own = citizen.get(&format!("/my/cases/{no}")).await.expect(200);
        own.says("谁看过您的完整信息").says("用途：电话联系申请人").says("窗口工作人员");
        assert!(!own.text.contains("李雷"), "the applicant is told the post and not the account");
        // The look stands with all others, too.
        for _ in 0..2 {
            city.settle().await;
            let looks = citizen.get("/me/looks").await.expect(200);
            looks.says(&format!("{no}：电话联系申请人")).says("窗口工作人员");
            assert_eq!(looks.text.matches("电话联系申请人").count(), 1);
            assert!(!looks.text.contains("李雷"));
        }
    });
}

#[test]
fn the_menu_counts_what_waits_for_this_person() {
    each_city(hall::OFFICES, async |city| {
        city_with_people(&city).await;
        let citizen = city.client("citizen").await;
        let created = apply(&citizen).await;
        let no = no_of(&created);
        let waits = async |login: &str| {
            let page = city.client(login).await.get("/desk").await.expect(200).text;
            page.contains("等您办理 1 件")
        };
        assert!(waits("clerk").await && waits("clerk2").await, "whoever takes it");
        assert!(!waits("examiner").await && !waits("approver").await, "not their step");
        let clerk = city.client("clerk").await;
        clerk.post(&format!("/desk/cases/{no}/take"), &[]).await.expect(303);
        assert!(waits("clerk").await && !waits("clerk2").await, "on one desk");
        // What is wrong with the notice is told at once; then it waits for the applicant.
        let correct = format!("/desk/cases/{no}/correct");
        let wrong = [
            ("items", ""),
            ("reply_by.year", "2020"),
            ("reply_by.month", "1"),
            ("reply_by.day", "2"),
        ];
        let told = clerk.post(&correct, &wrong).await.expect(422);
        told.says("请填写").says("补正期限应当在今天以后");
        clerk.post(&correct, &[("items", "缺身份证明")]).await.expect(303);
        assert!(!waits("clerk").await);
    });
}

/// A clerk takes an application in for a person at the counter: where its slip stands.
async fn at_the_counter(clerk: &Client) -> String {
    let person = [
        ("item", "housing-fund"),
        ("name", "王建国"),
        ("number", "42070419851231001X"),
        ("came", "self"),
    ];
    let draft = clerk.post("/desk/counter", &person).await.expect(303).leads_to().to_owned();
    fill(clerk, &draft).await;
    let sent = clerk.post(&format!("{draft}/submit"), &[]).await.expect(303);
    sent.leads_to().to_owned()
}

/// Fills every page of a draft of the housing fund.
pub async fn fill(clerk: &Client, draft: &str) {
    let form = entries(clerk, "housing-fund").await;
    for group in ["applicant", "home", "money"] {
        let page = clerk.get(&format!("{draft}/{group}")).await.expect(200);
        let version = page.text.split("name=\"version\" value=\"").nth(1).expect("a version");
        let version = version.split('"').next().expect("a version").to_owned();
        let said = |value: &Value| match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let mut fields: Vec<(String, String)> = vec![("version".into(), version)];
        for (name, value) in &form {
            match said(value).split('-').collect::<Vec<_>>().as_slice() {
                [year, month, day] if year.len() == 4 => {
                    fields.push((format!("{name}.year"), (*year).into()));
                    fields.push((format!("{name}.month"), (*month).into()));
                    fields.push((format!("{name}.day"), (*day).into()));
                }
                _ => fields.push((name.clone(), said(value))),
            }
        }
        let fields: Vec<(&str, &str)> = fields.iter().map(|(a, b)| (&**a, &**b)).collect();
        clerk.post(&format!("{draft}/{group}"), &fields).await.expect(303);
    }
}

#[test]
fn the_query_code_is_for_the_applicant_and_for_the_clerk_at_the_moment_of_taking() {
    each_city(hall::OFFICES, async |city| {
        city_with_people(&city).await;
        let citizen = city.client("citizen").await;
        let created = apply(&citizen).await;
        let (no, code) = (no_of(&created), created["query_code"].as_str().expect("a code"));
        citizen.get(&format!("/my/cases/{no}/slip")).await.expect(200).says(code);
        let clerk = city.client("clerk").await;
        let online = format!("/desk/cases/{no}/slip");
        let page = clerk.get(&online).await.expect(200);
        assert!(!page.text.contains(code), "the applicant's code is given away");
        clerk.post(&online, &[("purpose", "遗失")]).await.expect(403);

        let slip = at_the_counter(&clerk).await;
        clerk.get(&slip).await.expect(200).says("查询码</");
        for other in ["clerk2", "examiner", "supervisor"] {
            let page = city.client(other).await.get(&slip).await.expect(200);
            assert!(!page.text.contains("查询码</"), "{other} is shown the code");
        }
        city.clock.pass_seconds(31 * 60);
        let clerk = city.client("clerk").await;
        let page = clerk.get(&slip).await.expect(200);
        assert!(!page.text.contains("查询码</"), "the moment is over");
        clerk.post(&slip, &[("purpose", "")]).await.expect(422);
        let lost = [("purpose", "回执遗失，已核对身份证件")];
        clerk.post(&slip, &lost).await.expect(200).says("查询码</");
        city.client("examiner").await.post(&slip, &lost).await.expect(403);
        let no = slip.split('/').nth(3).expect("a number").to_owned();
        let id = case(&city, &no).await.id.to_string();
        let acts = city.hall.store.read(move |r| ledger::acts_of(r, flow::SUBJECT, &id)).await;
        let printed = |act: &ledger::Recorded| act.kind == "approvals.slip_reprinted";
        assert_eq!(acts.expect("the acts").iter().filter(|act| printed(act)).count(), 1);
    });
}

/// Publishes the next version of the housing fund's item, which asks one question more.
async fn next_version(city: &City) {
    let brought = powers::terms::shipped::brought().expect("the items");
    let mut next = brought.into_iter().find(|one| one.slug() == "housing-fund").expect("the item");
    next.item["version"] = 2.into();
    let form = next.form.as_mut().expect("a form");
    form["properties"]["co_owner"] = json!({
        "type": "string", "title": "共有人姓名", "minLength": 2, "x-group": "home",
        "x-concept": "third.name",
    });
    form["required"].as_array_mut().expect("a list").push("co_owner".into());
    powers::acts::take_in(&city.hall, &powers::acts::By::Demonstration, next)
        .await
        .expect("taken in");
}

#[test]
fn a_draft_of_an_older_form_is_told_so_and_keeps_its_entries() {
    each_city(hall::OFFICES, async |city| {
        city_with_people(&city).await;
        let citizen = city.client("citizen").await;
        let begun = citizen.post("/apply/housing-fund", &[]).await.expect(303);
        let draft = begun.leads_to().to_owned();
        fill(&citizen, &draft).await;
        citizen
            .get(&format!("{draft}/check"))
            .await
            .expect(200)
            .says("name=\"item_version\" value=\"1\"");
        next_version(&city).await;
        let drawn_before = [("item_version", "1")];
        let refused = citizen.post(&format!("{draft}/submit"), &drawn_before).await.expect(422);
        refused
            .says("有了新的版本（第 2 版）")
            .says("已经填写的内容都保留着")
            .says("6222000012345678");
        for page in ["", "/home", "/check"] {
            citizen.get(&format!("{draft}{page}")).await.expect(200).says("第 2 版");
        }
        // What the newer form asks more is told before it can be sent.
        let seen = [("item_version", "2")];
        citizen.post(&format!("{draft}/submit"), &seen).await.expect(422).says("共有人姓名");
        fill(&citizen, &draft).await;
        citizen.get(&draft).await.expect(200).says("第 2 版");
        citizen.post(&format!("{draft}/submit"), &seen).await.expect(303);

        let mut form = entries(&citizen, "housing-fund").await;
        form.insert("co_owner".into(), "李四".into());
        let mut body = json!({ "item": "housing-fund", "form": form, "version": 1 });
        let refused = citizen.post_json("/api/v1/applications", &body).await.expect(409).json();
        assert_eq!(refused["error"]["code"], "approvals.item_changed");
        body["version"] = 9.into();
        let refused = citizen.post_json("/api/v1/applications", &body).await.expect(422).json();
        let words = refused["error"]["message"].as_str().expect("words");
        assert_eq!(words, "这个事项没有第 9 版，现在是第 2 版");
        body["version"] = 2.into();
        citizen.post_json("/api/v1/applications", &body).await.expect(201);
    });
}

#[test]
fn a_file_of_no_known_material_is_refused() {
    each_city(hall::OFFICES, async |city| {
        city_with_people(&city).await;
        let citizen = city.client("citizen").await;
        let form = entries(&citizen, "road-freight").await;
        let file = |key: &str| {
            let pdf = data_encoding::BASE64.encode(b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n");
            json!({ "key": key, "name": "材料.pdf", "content": pdf })
        };
        let files = [file("rules"), file("rulse")];
        let body = json!({ "item": "road-freight", "form": form, "materials": files });
        let refused = citizen.post_json("/api/v1/applications", &body).await.expect(422).json();
        assert_eq!(refused["error"]["code"], "approvals.unknown_material", "{refused}");
        let words = "这个事项没有要上传的材料「rulse」";
        assert_eq!(refused["error"]["fields"][0]["message"], words);
        assert!(refused["error"]["remedy"].as_str().expect("a remedy").contains("rules"));
    });
}

#[test]
fn who_looks_up_with_the_code_is_told_organ_and_post_and_each_step_has_its_receipt() {
    each_city(hall::OFFICES, async |city| {
        city_with_people(&city).await;
        let citizen = city.client("citizen").await;
        let created = apply(&citizen).await;
        let (no, code) = (no_of(&created), created["query_code"].as_str().expect("a code"));
        step(&city.client("clerk").await, no, "accept", json!({})).await.expect(200);
        city.settle().await;
        let visitor = city.visitor();
        let page = look_up(&visitor, no, code).await;
        page.says("鄂州市住房公积金中心 · 窗口工作人员");
        let clerk = case_event(&city, no, "accept").await;
        // A receipt proves every word of its act, also who did it, to whoever was given its id.
        let (page_of, file) =
            (format!("/receipts/{}", clerk.act), format!("/api/v1/receipts/{}", clerk.act));
        visitor.get(&file).await.expect(200).says("李雷");
        let receipt = visitor.get(&page_of).await.expect(200);
        receipt
            .says("鄂州市住房公积金中心")
            .says("窗口工作人员")
            .says("存证指纹")
            .says("已编入登记簿");
        receipt.says("李雷");
        assert!(!receipt.text.contains("未填"), "{}", receipt.text);
        let own = created["receipt"]["act"]["id"].as_str().expect("an act");
        visitor.get(&format!("/api/v1/receipts/{own}")).await.expect(200);
        let looked =
            visitor.post_json("/api/v1/look-ups", &json!({ "no": no, "query_code": code })).await;
        for answer in [&page, &looked] {
            assert!(!answer.text.contains("李雷"), "{}", answer.text);
            answer.says(&clerk.act.to_string());
        }
        let timeline = looked.json()["timeline"].clone();
        assert_eq!(timeline[1]["post"], "窗口工作人员");
        assert!(timeline[0]["act"].is_string(), "the applicant's own step has its receipt");
    });
}

async fn case_event(city: &City, no: &str, command: &str) -> flow::Event {
    let id = case(city, no).await.id;
    let events = city.hall.store.read(move |r| flow::events_of(r, id)).await.expect("the events");
    events.into_iter().find(|event| event.command == command).expect("the event")
}

/// The part of a page between the name of a material and the next one.
fn beneath<'p>(page: &'p str, material: &str) -> &'p str {
    let row = page.split("<dt>").find(|row| row.starts_with(material));
    row.unwrap_or_else(|| panic!("「{material}」 is not on the page"))
}

#[test]
fn every_file_stands_under_the_material_it_was_handed_in_for() {
    each_city(hall::OFFICES, async |city| {
        city_with_people(&city).await;
        let citizen = city.client("citizen").await;
        let begun = citizen.post("/apply/food-business", &[]).await.expect(303);
        let draft = begun.leads_to().to_owned();
        let pdf = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n";
        // What leads to another folder, or turns the rest of a line round, is no part of a name.
        let file = ("file-rules", "../../etc/一\u{202e}号.pdf", pdf.as_slice());
        let path = format!("{draft}/materials");
        citizen.upload(&path, &[("material", "rules")], file).await.expect(303);
        let check = citizen.get(&format!("{draft}/check")).await.expect(200);
        assert!(beneath(&check.text, "食品安全规章制度").contains("一号.pdf"));
        assert!(!check.text.contains("etc/") && !check.text.contains('\u{202e}'));
        let missing = beneath(&check.text, "经营场所和设备布局平面图");
        assert!(
            missing.contains("必须提交，还没有上传") && !missing.contains("一号.pdf"),
            "{missing}"
        );

        let created = crate::journey::apply_with(&citizen, "road-freight", "rules").await;
        let no = no_of(&created);
        city.account("clerk-jtj", "路政", "clerk", "ezhou-jtj").await;
        let clerk = city.client("clerk-jtj").await;
        step(&clerk, no, "correct", json!({ "items": ["请重新扫描"] })).await.expect(200);
        let answer = ("files", "..\\..\\补\u{202e}.pdf", pdf.as_slice());
        let path = format!("/my/cases/{no}/supplement");
        citizen.upload(&path, &[("note", "重新扫描了")], answer).await.expect(303);
        for page in [format!("/my/cases/{no}"), format!("/desk/cases/{no}")] {
            let client = if page.starts_with("/my") { &citizen } else { &clerk };
            let page = client.get(&page).await.expect(200);
            let handed_in = beneath(&page.text, "安全生产管理制度文本");
            assert!(handed_in.contains("材料.pdf") && handed_in.contains("字节"), "{handed_in}");
            assert!(beneath(&page.text, "补正时提交的材料").contains("补.pdf"));
            assert!(!page.text.contains("还没有上传"), "{}", page.text);
            let row = beneath(&page.text, "补正时提交的材料");
            let href = row.split("href=\"").nth(1).and_then(|rest| rest.split('"').next());
            let sent = client.get(href.expect("a file")).await.expect(200);
            let named = "attachment; filename*=UTF-8''%E8%A1%A5.pdf";
            assert_eq!(sent.header("content-disposition"), Some(named));
        }
    });
}

/// A small document whose directory says that 300 MB come out of it.
const BOMB: &str = "\
UEsDBBQACAAIAHsaeF0AAAAAAAAAAAAAAAATAAAAW0NvbnRlbnRfVHlwZXNdLnhtbLMJqSxILda3AwBQSwcIxxwX\
PAoAAAAIAAAAUEsDBBQACAAIAHsaeF0AAAAAAAAAAAAAAAARAAAAd29yZC9kb2N1bWVudC54bWyzKbdKyU8uzU3N\
K7GzKbcqsHs+ZfOL9duf7Fxmow/ijoqNio2KQcX0kTILAFBLBwjtAtbQLAAAADkDAABQSwECFAMUAAgACAB7Gnhd\
xxwXPAoAAAAIAAAAEwAAAAAAAAAAAAAAgAEAAAAAW0NvbnRlbnRfVHlwZXNdLnhtbFBLAQIUAxQACAAIAHsaeF3t\
AtbQLAAAAAAAwBIRAAAAAAAAAAAAAACAAUsAAAB3b3JkL2RvY3VtZW50LnhtbFBLBQYAAAAAAgACAIAAAAC2AAAA\
AwDms6g=";

#[test]
fn a_file_that_is_refused_is_told_why_and_leaves_nothing_in_the_draft() {
    each_city(hall::OFFICES, async |city| {
        city_with_people(&city).await;
        let citizen = city.client("citizen").await;
        let begun = citizen.post("/apply/food-business", &[]).await.expect(303);
        let draft = begun.leads_to().to_owned();
        let bomb = data_encoding::BASE64.decode(BOMB.as_bytes()).expect("a document");
        let program = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".repeat(40);
        let path = format!("{draft}/materials");
        for (name, bytes, words) in [
            ("说明.docx", &bomb, "展开后大得不正常，无法接收"),
            ("证明.pdf", &program, "是程序或脚本，不能作为材料"),
        ] {
            let file = ("file-rules", name, bytes.as_slice());
            let sent = citizen.upload(&path, &[("material", "rules")], file).await;
            sent.expect(422).says(words);
        }
        let huge = vec![b'a'; 111 << 20];
        let file = ("file-rules", "大.pdf", huge.as_slice());
        let sent = citizen.upload(&path, &[("material", "rules")], file).await;
        sent.expect(413).says("文件太大，没有上传");
        let check = citizen.get(&format!("{draft}/check")).await.expect(200);
        let missing = beneath(&check.text, "食品安全规章制度");
        assert!(missing.contains("必须提交，还没有上传"), "{missing}");
    });
}
