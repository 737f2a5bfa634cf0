//! What is taken out of the house: by two people, on record for everybody in it, provable where it is a proof.

use serde_json::json;
use testkit::{Answer, City, each_city};

use crate::journey::{apply, city_with_people, no_of};
use crate::program::{badly, cityhall, well};

const PURPOSE: &str = "向省住房公积金管理部门报送一季度的办件";

async fn people(city: &City) {
    city_with_people(city).await;
    city.account("privacy", "许静", "privacy", "ezhou").await;
    city.account("sysadmin", "丁宁", "sysadmin", "ezhou").await;
    city.account("watcher", "冯岩", "auditor", "ezhou").await;
    city.account("warden", "郑洁", "secadmin", "ezhou").await;
    city.account("approver2", "何局", "approver", "ezhou-scj").await;
}

/// An order to take out the cases of the provident fund.
fn cases<'a>(organ: &'a str, columns: &[&'a str]) -> Vec<(&'a str, &'a str)> {
    let mut form = vec![
        ("export", "approvals.cases"),
        ("organ", organ),
        ("from.year", "2026"),
        ("from.month", "3"),
        ("from.day", "1"),
        ("purpose", PURPOSE),
        ("ground", "《住房公积金管理条例》第三十一条"),
        ("receiver", "湖北省住房和城乡建设厅"),
        ("receiver_person", "李敏"),
    ];
    form.extend(columns.iter().map(|name| ("columns", *name)));
    form
}

/// The page of what was entered.
fn page_of(answer: Answer) -> String {
    answer.expect(303).leads_to().split('?').next().unwrap().to_owned()
}

async fn agreed(city: &City, page: &str, by: &str) {
    let agree = format!("{page}/agree");
    city.client(by).await.post(&agree, &[("reason", "")]).await.expect(303);
    city.settle().await;
}

#[test]
fn cases_are_taken_out_by_two_people_and_everybody_in_them_sees_it() {
    each_city(hall::OFFICES, async |city| {
        people(&city).await;
        let created = apply(&city.client("citizen").await).await;
        apply(&city.client("other").await).await;
        city.settle().await;
        city.clock.pass_seconds(60);
        let approver = city.client("approver").await;
        let chosen = ["no", "item", "applicant", "number"];
        approver.get("/desk/exports/new").await.expect(200).says("办件");
        for organ in ["", "ezhou-scj"] {
            let refused = approver.post("/desk/exports", &cases(organ, &chosen)).await.expect(422);
            refused.says("不在您的范围内").says(PURPOSE);
        }
        let nobody = approver.post("/desk/exports", &cases("no-organ", &chosen)).await.expect(422);
        nobody.says("没有这个机构");
        let page = page_of(approver.post("/desk/exports", &cases("ezhou-gjj", &chosen)).await);
        let protector = city.client("privacy").await;
        let shown = protector.get(&page).await.expect(200);
        shown.says("2 行，涉及 2 人").says("申请人的证件号码（个人信息）").says(PURPOSE);
        assert!(!shown.text.contains("填写的内容"), "what was not chosen is not in it");
        approver.post(&format!("{page}/agree"), &[("reason", "")]).await.expect(403);
        city.client("approver2").await.get(&page).await.expect(404);
        city.client("clerk").await.get(&page).await.expect(403);
        agreed(&city, &page, "privacy").await;

        let file = format!("{page}/file");
        let fetched = approver.post(&file, &[]).await.expect(200).text;
        let mut lines: Vec<&str> = fetched.trim_start_matches('\u{FEFF}').lines().collect();
        assert_eq!(lines.remove(0), "办件编号,事项,申请人,申请人的证件号码");
        lines.sort_unstable();
        assert_eq!(lines.len(), 2);
        let own = lines.iter().find(|line| line.contains(no_of(&created))).expect("the case");
        assert!(own.ends_with(",陈晓敏,420702199003076634"), "{own}");
        protector.post(&file, &[]).await.expect(403).says("只有提出的人");
        city.client("approver2").await.post(&file, &[]).await.expect(404);

        for citizen in ["citizen", "other"] {
            let looks = city.client(citizen).await.get("/me/looks").await.expect(200);
            looks.says(PURPOSE).says("湖北省住房和城乡建设厅 李敏").says("赵局");
            looks.says("依据《住房公积金管理条例》第三十一条");
            looks.says("申请人、申请人的证件号码").says("/me/complaints/new?look=");
        }
        // Who agreed does not judge a complaint about it.
        let citizen = city.client("citizen").await;
        let looks = citizen.get("/me/looks").await.expect(200).text;
        let look = looks.split("/me/complaints/new?look=").nth(1).expect("a look");
        let look = look.split('"').next().unwrap();
        let form = [("look", look), ("words", "我没有同意。")];
        let case = page_of(citizen.post("/me/complaints", &form).await);
        let desk = format!("/desk/complaints/{}/examine", case.rsplit('/').next().unwrap());
        let found = [("finding", "decline"), ("opinion", "没有问题")];
        protector.post(&desk, &found).await.expect(422).says("要由别人核查和答复");
        let audit =
            city.client("watcher").await.get("/desk/audit?act=privacy.export_fetched").await;
        audit.expect(200).says("赵局").says("取走导出的文件");
    });
}

#[test]
fn entries_are_said_by_their_labels_and_bring_no_number_that_was_not_chosen() {
    each_city(hall::OFFICES, async |city| {
        people(&city).await;
        apply(&city.client("citizen").await).await;
        let approver = city.client("approver").await;
        for (columns, has_number) in
            [(vec!["no", "entries"], false), (vec!["no", "number", "entries"], true)]
        {
            let form = cases("ezhou-gjj", &columns);
            let page = page_of(approver.post("/desk/exports", &form).await);
            agreed(&city, &page, "privacy").await;
            let text = approver.post(&format!("{page}/file"), &[]).await.expect(200).text;
            assert!(text.contains("姓名：陈晓敏"), "by the label of the form: {text}");
            assert!(
                !text.contains("applicant_name") && !text.contains("applicant_number"),
                "{text}"
            );
            assert_eq!(text.contains("420702199003076634"), has_number, "{text}");
        }
    });
}

#[test]
fn what_was_filed_is_read_under_the_labels_that_stood_beside_it() {
    each_city(hall::OFFICES, async |city| {
        people(&city).await;
        let citizen = city.client("citizen").await;
        let before = no_of(&apply(&citizen).await).to_owned();
        let brought = powers::terms::shipped::brought().expect("the items");
        let mut next =
            brought.into_iter().find(|one| one.slug() == "housing-fund").expect("the item");
        next.item["version"] = 2.into();
        let form = next.form.as_mut().expect("a form");
        form["properties"]["bank_name"]["title"] = "收款银行".into();
        let by = powers::acts::By::Demonstration;
        powers::acts::take_in(&city.hall, &by, next).await.expect("taken in");
        let after = no_of(&apply(&citizen).await).to_owned();
        city.settle().await;

        let approver = city.client("approver").await;
        let mut form = cases("ezhou-gjj", &["no", "entries"]);
        form.push(("item", "购买自住住房提取住房公积金"));
        let page = page_of(approver.post("/desk/exports", &form).await);
        approver.get(&page).await.expect(200).says("购买自住住房提取住房公积金（");
        agreed(&city, &page, "privacy").await;
        let text = approver.post(&format!("{page}/file"), &[]).await.expect(200).text;
        let line = |no: &str| text.lines().find(|line| line.contains(no)).expect("a line");
        assert!(line(&before).contains("开户银行：") && !line(&before).contains("收款银行"));
        assert!(line(&after).contains("收款银行：") && !line(&after).contains("开户银行"));

        citizen.get(&format!("/my/cases/{before}")).await.expect(200).says("开户银行");
        citizen.get(&format!("/my/cases/{after}")).await.expect(200).says("收款银行");
        let body = json!({ "password": testkit::city::PASSWORD });
        let copy = citizen.post_json("/api/v1/me/data", &body).await.expect(200).json();
        let told = copy["offices"]["approvals"]["cases"].as_array().expect("cases").clone();
        let of = |no: &str| told.iter().find(|one| one["no"] == no).expect("the case").to_string();
        assert!(of(&before).contains("开户银行") && of(&after).contains("收款银行"));
    });
}

#[test]
fn what_was_erased_by_law_is_in_no_file() {
    each_city(hall::OFFICES, async |city| {
        people(&city).await;
        city.account("privacy2", "田文涛", "privacy", "ezhou").await;
        let created = apply(&city.client("citizen").await).await;
        let form = [
            ("scope", "case"),
            ("shown", no_of(&created)),
            ("organ", "鄂州市互联网信息办公室"),
            ("document", "鄂州网信罚〔2026〕3号"),
            ("ground", "《中华人民共和国个人信息保护法》第四十七条第一款第四项"),
            ("running", "true"),
            ("retained", "true"),
        ];
        let erasure = page_of(city.client("privacy").await.post("/desk/erasures", &form).await);
        agreed(&city, &erasure, "privacy2").await;
        let approver = city.client("approver").await;
        let form = cases("ezhou-gjj", &["no", "applicant", "number", "entries"]);
        let page = page_of(approver.post("/desk/exports", &form).await);
        agreed(&city, &page, "privacy").await;
        let text = approver.post(&format!("{page}/file"), &[]).await.expect(200).text;
        let line = text.lines().find(|line| line.contains(no_of(&created))).expect("the case");
        assert!(line.ends_with(",,") && !line.contains("陈晓敏"), "{line}");
    });
}

#[test]
fn the_roster_of_the_staff_is_proposed_by_the_system_administrator() {
    each_city(hall::OFFICES, async |city| {
        people(&city).await;
        let sysadmin = city.client("sysadmin").await;
        let body = json!({
            "export": "identity.staff", "filters": { "organ": "ezhou-gjj" },
            "columns": ["login", "name", "posts"], "purpose": "核对人员编制和岗位",
            "ground": "《中华人民共和国公务员法》第十六条", "receiver": "中共鄂州市委组织部",
            "receiver_person": "周明",
        });
        let order = sysadmin.post_json("/api/v1/exports", &body).await.expect(201).json();
        let page = format!("/desk/exports/{}", order["id"].as_str().unwrap());
        city.client("warden").await.post(&format!("{page}/agree"), &[]).await.expect(403);
        city.clock.pass_seconds(60);
        city.account("newcomer", "韩迟", "clerk", "ezhou-gjj").await;
        agreed(&city, &page, "privacy").await;
        let file = sysadmin.post(&format!("{page}/file"), &[]).await.expect(200).text;
        assert!(file.contains("\r\nclerk,李雷,窗口工作人员（"), "{file}");
        assert!(!file.contains("stranger"), "of another organ");
        assert!(!file.contains("newcomer"), "who came after the order");
        // The house knows no citizen number of theirs, and they see it all the same.
        city.client("clerk").await.get("/me/looks").await.expect(200).says("核对人员编制和岗位");
        assert!(!file.contains("13800000000"), "the phone was not chosen");
    });
}

/// An auditor's order to take out the acts that are narrowed so: its page.
async fn order_of_acts(city: &City, filter: (&str, &str)) -> String {
    let order = [
        ("export", "audit.acts"),
        filter,
        ("purpose", "移送监察机关核查窗口的办理"),
        ("ground", "《中华人民共和国监察法》第十八条"),
        ("receiver", "鄂州市监察委员会"),
        ("receiver_person", "王强"),
    ];
    page_of(city.client("watcher").await.post("/desk/exports", &order).await)
}

/// The file of the acts that are narrowed so, as an auditor gets it once the security administrator has agreed.
pub(crate) async fn acts_taken_out(city: &City, filter: (&str, &str)) -> String {
    let page = order_of_acts(city, filter).await;
    agreed(city, &page, "warden").await;
    city.client("watcher").await.post(&format!("{page}/file"), &[]).await.expect(200).text
}

/// An order of the auditor that takes out what somebody did, agreed to by the security administrator; the file.
async fn acts_of(city: &City, who: &str) -> String {
    let watcher = city.client("watcher").await;
    let found = watcher.get(&format!("/desk/audit?who={who}")).await.expect(200);
    found.says("提出导出并附证明");
    let link = format!("/desk/exports/new?export=audit.acts&amp;who={who}");
    assert!(found.text.contains(&link), "the search's words go along");
    let form = watcher.get(&link.replace("&amp;", "&")).await.expect(200);
    form.says(&format!("value=\"{who}\"")).says("带着登记簿的证明");
    let page = order_of_acts(city, ("who", who)).await;
    city.client("privacy").await.post(&format!("{page}/agree"), &[]).await.expect(403);
    watcher.post(&format!("{page}/agree"), &[("reason", "")]).await.expect(403);
    agreed(city, &page, "warden").await;
    city.client("warden").await.post(&format!("{page}/file"), &[]).await.expect(403);
    watcher.post(&format!("{page}/file"), &[]).await.expect(200).text
}

/// Seven acts of the clerk.
async fn worked(city: &City) {
    let clerk = city.actor("clerk").await.person().unwrap().account.to_string();
    let who = ledger::Who { account: Some(clerk), ..ledger::Who::clockwork() };
    let title = |n: u32| json!({ "title": format!("第{n}号通知") });
    let act = |n| ledger::Act::new(city.now(), "portal.drafted", "document", n).content(title(n));
    let acts: Vec<ledger::Act> = (0..7).map(act).collect();
    let write =
        city.hall.write(move |tx| acts.iter().try_for_each(|act| ledger::record(tx, &who, act)));
    write.await.expect("written");
}

#[test]
fn an_export_proves_itself_and_says_where_it_was_changed() {
    each_city(hall::OFFICES, async |city| {
        people(&city).await;
        worked(&city).await;
        let file = acts_of(&city, "clerk").await;
        let key = city.hall.keys.log_key().public();
        let verdict = ledger::verify_export(&file, &key);
        assert!(verdict.holds(), "{verdict:?}");
        assert_eq!(file.lines().count(), 9);
        let wrong = |file: &str| {
            let verdict = ledger::verify_export(file, &key);
            assert!(!verdict.holds());
            let words = verdict.checks.into_iter().filter(|check| !check.holds);
            words.map(|check| check.words).collect::<Vec<_>>().join(" ")
        };
        // Changed: the line is named.
        assert!(wrong(&file.replace("第3号通知", "第9号通知")).contains("第 5 行"));
        // Left out, put in another order.
        let lines: Vec<&str> = file.lines().collect();
        let without = [&lines[..3], &lines[4..]].concat().join("\n");
        assert!(wrong(&without).contains("实际有 6 条"));
        let counted = without.replacen("\"acts\":7", "\"acts\":6", 1);
        assert!(wrong(&counted).contains("摘要不符"));
        let mut turned = lines.clone();
        turned.swap(2, 3);
        assert!(wrong(&turned.join("\n")).contains("摘要不符"));
        assert!(wrong(&lines[..8].join("\n")).contains("回执"));
        assert!(wrong("").contains("不是导出文件"));
        // Nobody takes it out alone any more.
        let watcher = city.client("watcher").await;
        watcher.post("/desk/audit/export", &[("who", "clerk")]).await.expect(404);
        // Nor by a name, which another may have by the time the file is made.
        let named = [
            ("export", "audit.acts"),
            ("who", "李雷"),
            ("purpose", "移送监察机关核查窗口的办理"),
            ("ground", "《中华人民共和国监察法》第十八条"),
            ("receiver", "鄂州市监察委员会"),
            ("receiver_person", "王强"),
        ];
        watcher.post("/desk/exports", &named).await.expect(422).says("请写用户名：clerk");
    });
}

#[test]
fn kinds_of_acts_are_chosen_by_their_names_and_no_other_is_taken() {
    each_city(hall::OFFICES, async |city| {
        people(&city).await;
        worked(&city).await;
        let watcher = city.client("watcher").await;
        let form = watcher.get("/desk/exports/new?export=audit.acts&act=portal.drafted").await;
        let form = form.expect(200);
        form.says("<option value=\"portal.drafted\" selected>").says("<option value=\"document\"");
        let order = |act| {
            [
                ("export", "audit.acts"),
                ("act", act),
                ("purpose", "移送监察机关核查窗口的办理"),
                ("ground", "《中华人民共和国监察法》第十八条"),
                ("receiver", "鄂州市监察委员会"),
                ("receiver_person", "王强"),
            ]
        };
        let refused = watcher.post("/desk/exports", &order("portal.no_such")).await.expect(422);
        refused.says("没有这一种，请从“做了什么”里选择");
        let page = page_of(watcher.post("/desk/exports", &order("portal.drafted")).await);
        let shown = watcher.get(&page).await.expect(200);
        let title = city.hall.act_title("portal.drafted").to_owned();
        shown.says(&format!("：{title}"));
        assert!(!shown.text.contains("portal.drafted"), "by its name: {}", shown.text);
        // Who signs reads the names too.
        let id = page.rsplit('/').next().unwrap().to_owned();
        let acts = city.hall.store.read(move |r| ledger::acts_of(r, "export", &id)).await.unwrap();
        let content = acts[0].content();
        assert_eq!(content["title"], "办理记录");
        assert!(content["narrowed"][0].as_str().unwrap().ends_with(&title), "{content}");
        assert!(content["columns"].to_string().contains("来源地址"), "{content}");
    });
}

#[test]
fn the_command_says_whether_an_export_holds_and_which_line_does_not() {
    each_city(hall::OFFICES, async |city| {
        people(&city).await;
        worked(&city).await;
        let file = acts_of(&city, "clerk").await;
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name).to_str().expect("a path").to_owned();
        let (key, good, bad) = (path("log.pub.pem"), path("good.jsonl"), path("bad.jsonl"));
        let pem = city.hall.keys.log_key().public().to_pem().expect("a key");
        std::fs::write(&key, pem).expect("the key");
        std::fs::write(&good, &file).expect("the file");
        std::fs::write(&bad, file.replace("第3号通知", "第9号通知")).expect("the file");
        let verify =
            |file: &str| cityhall(&["verify", "export", file, "--key", &key], folder.path());
        let said = well(&verify(&good));
        assert!(
            said.contains("7 条记录都编入了登记簿") && said.contains("是：这份导出有效"),
            "{said}"
        );
        let output = verify(&bad);
        assert_eq!(output.status.code(), Some(1));
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(
            said.contains("第 5 行：与登记簿不符") && said.contains("否：这份导出无效"),
            "{said}"
        );
        let said = badly(&verify(&path("none.jsonl")));
        assert!(said.contains("none.jsonl"), "{said}");
        // Without a key named, that of the data folder is taken.
        let output = cityhall(&["verify", "export", &good], folder.path());
        assert!(output.status.success());
    });
}
