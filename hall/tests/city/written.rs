//! The written papers of a case: each says what was decided, on which article, by when, and where to turn;
//! and is shown to those who may see the case.

use serde_json::{Value, json};
use testkit::{Answer, City, Client, each_city};

use crate::journey::{apply, apply_with, case, city_with_people, no_of, step};

/// People, and the posts of the road administration.
async fn with_road_posts(city: &City) {
    city_with_people(city).await;
    for role in ["clerk", "examiner", "approver"] {
        city.account(&format!("{role}-jtj"), "路政", role, "ezhou-jtj").await;
    }
}

/// An application for a permit of the road administration.
async fn applied(city: &City) -> Value {
    apply_with(&city.client("citizen").await, "road-freight", "rules").await
}

fn remedy() -> Value {
    json!({ "reconsideration": "鄂州市人民政府", "court": "鄂州市鄂城区人民法院" })
}

/// Does a step in the post that takes it.
async fn done(city: &City, no: &str, post: &str, verb: &str, body: Value) {
    step(&city.client(&format!("{post}-jtj")).await, no, verb, body).await.expect(200);
}

/// The number of the last step of this name.
async fn step_of(city: &City, no: &str, command: &str) -> i64 {
    let id = case(city, no).await.id;
    let events = city.hall.store.read(move |r| flow::events_of(r, id)).await.expect("events");
    let found = events.iter().rev().find(|event| event.command == command);
    found.unwrap_or_else(|| panic!("no step {command}")).n
}

/// The applicant's paper of the last step of this name; the same as the clerk's, and linked from the case.
async fn paper(city: &City, no: &str, command: &str) -> Answer {
    let n = step_of(city, no, command).await;
    let citizen = city.client("citizen").await;
    let own = format!("/my/cases/{no}/papers/{n}");
    citizen.get(&format!("/my/cases/{no}")).await.expect(200).says(&format!("href=\"{own}\""));
    let clerk = city.client("clerk-jtj").await;
    let desk = format!("/desk/cases/{no}/papers/{n}");
    clerk.get(&format!("/desk/cases/{no}")).await.expect(200).says(&format!("href=\"{desk}\""));
    clerk.get(&desk).await.expect(200).says("未加盖电子印章");
    let page = citizen.get(&own).await.expect(200);
    page.says("鄂州市交通运输局").says("陈晓敏：").says(no).says("未加盖电子印章");
    page
}

#[test]
fn a_correction_an_acceptance_a_pause_and_an_extension_are_put_down_in_writing() {
    each_city(hall::OFFICES, async |city| {
        with_road_posts(&city).await;
        let created = applied(&city).await;
        let no = no_of(&created);
        let asked = json!({ "items": ["请补签字", "请补日期"], "reply_by": "2026-03-20" });
        done(&city, no, "clerk", "correct", asked).await;
        let page = paper(&city, no, "correct").await;
        page.says("补正材料告知书")
            .says("1. 请补签字")
            .says("2. 请补日期")
            .says("最迟在2026年3月20日补正");
        page.says("《中华人民共和国行政许可法》第三十二条第一款第四项");

        let (citizen, path) = (city.client("citizen").await, format!("/my/cases/{no}/supplement"));
        citizen.upload(&path, &[("note", "补齐了")], ("files", "", b"")).await.expect(303);
        paper(&city, no, "correct").await.says("最迟在2026年3月20日补正");
        done(&city, no, "clerk", "accept", json!({})).await;
        let page = paper(&city, no, "accept").await;
        page.says("受理通知书")
            .says("已经按照要求提交补正材料")
            .says("决定予以受理")
            .says("法定期限到");
        let stood = case(&city, no).await;
        let day = |day: Option<base::Day>| day.expect("a day").chinese();
        page.says(&day(stood.due_promised)).says(&day(stood.due_legal));

        let pause =
            json!({ "kind": "testing", "ground": "检测车辆", "expected_end": "2026-03-20" });
        done(&city, no, "examiner", "pause", pause).await;
        let page = paper(&city, no, "pause").await;
        page.says("特别程序告知书")
            .says("需要进行检测")
            .says("检测车辆")
            .says("预计到2026年3月20日");
        page.says("《中华人民共和国行政许可法》第四十五条");
        done(&city, no, "examiner", "resume", json!({ "result": "合格" })).await;

        done(&city, no, "examiner", "extend", json!({ "reason": "需要核实" })).await;
        let granted = json!({ "granted": true, "reason": "情况复杂" });
        done(&city, no, "approver", "extend", granted).await;
        let page = paper(&city, no, "grant_extension").await;
        page.says("延长办理期限告知书")
            .says("情况复杂")
            .says("延长 10 个工作日")
            .says("第四十二条");
        page.says(&day(case(&city, no).await.due_legal));
        // What was said at the acceptance stays as it was said.
        paper(&city, no, "accept").await.says(&day(stood.due_legal));
    });
}

#[test]
fn a_decision_says_its_reason_its_basis_and_where_to_turn() {
    each_city(hall::OFFICES, async |city| {
        with_road_posts(&city).await;
        for (verdict, finding) in [("grant", "approve"), ("deny", "decline")] {
            let created = applied(&city).await;
            let no = no_of(&created);
            done(&city, no, "clerk", "accept", json!({})).await;
            paper(&city, no, "accept").await.says("申请材料齐全，符合法定形式");
            let opinion = json!({ "finding": finding, "opinion": "内部意见" });
            done(&city, no, "examiner", "examine", opinion).await;
            let decision = json!({
                "verdict": verdict, "reason": "车辆检测报告已经核对", "remedy": remedy(),
                "ground": "《道路运输条例》第二十四条",
            });
            done(&city, no, "approver", "decide", decision).await;
            let page = paper(&city, no, verdict).await;
            page.says(if verdict == "grant" {
                "准予行政许可决定书"
            } else {
                "不予行政许可决定书"
            });
            page.says("车辆检测报告已经核对。")
                .says("依据：《道路运输条例》第二十四条。")
                .says("《中华人民共和国行政许可法》第三十八条第");
            page.says("六个月内向鄂州市鄂城区人民法院提起行政诉讼").says("您的权利");
            assert!(
                !page.text.contains("内部意见") && !page.text.contains("路政"),
                "{}",
                page.text
            );
        }
        // What is no permit has no decision on a permit.
        let created = apply(&city.client("citizen").await).await;
        let no = no_of(&created);
        step(&city.client("clerk").await, no, "accept", json!({})).await.expect(200);
        let n = step_of(&city, no, "accept").await;
        let path = format!("/my/cases/{no}/papers/{n}");
        let page = city.client("citizen").await.get(&path).await.expect(200);
        page.says("《优化营商环境条例》第三十六条");
        assert!(!page.text.contains("行政许可"), "{}", page.text);
    });
}

#[test]
fn a_refusal_to_accept_is_put_down_in_writing_and_its_letter_names_it() {
    each_city(hall::OFFICES, async |city| {
        with_road_posts(&city).await;
        let created = applied(&city).await;
        let no = no_of(&created);
        let refusal = json!({
            "because": "not_ours", "reason": "由区里办理", "ground": "行政许可法第三十二条",
            "remedy": remedy(), "other_organ": "鄂城区交通运输局",
        });
        done(&city, no, "clerk", "refuse", refusal).await;
        let page = paper(&city, no, "redirect").await;
        page.says("不予受理通知书")
            .says("依法不属于本机关职权范围")
            .says("请向鄂城区交通运输局申请");
        page.says("六十日内向鄂州市人民政府申请行政复议");
        city.settle().await;
        let letters = city.letters();
        let told = letters.iter().find(|letter| letter.subject.starts_with("不予受理"));
        let told = &told.expect("a letter").text;
        assert!(told.contains("《不予受理通知书》已经出具"), "{told}");
    });
}

#[test]
fn a_refusal_names_the_article_of_its_own_ground() {
    each_city(hall::OFFICES, async |city| {
        with_road_posts(&city).await;
        let mut refused = json!({
            "because": "incomplete", "reason": "仍缺签字", "ground": "《道路运输条例》第二十四条",
            "remedy": remedy(),
        });
        let created = applied(&city).await;
        let no = no_of(&created);
        done(&city, no, "clerk", "correct", json!({ "items": ["请补签字"] })).await;
        let (citizen, path) = (city.client("citizen").await, format!("/my/cases/{no}/supplement"));
        citizen.upload(&path, &[("note", "补齐了")], ("files", "", b"")).await.expect(303);
        done(&city, no, "clerk", "refuse", refused.clone()).await;
        let page = paper(&city, no, "refuse").await;
        page.says("《中华人民共和国行政许可法》第三十二条第一款第五项的规定，决定不予受理");
        assert!(!page.text.contains("第七十八条"), "{}", page.text);

        let created = applied(&city).await;
        let no = no_of(&created);
        refused["because"] = "not_needed".into();
        done(&city, no, "clerk", "refuse", refused).await;
        let page = paper(&city, no, "redirect").await;
        page.says("《中华人民共和国行政许可法》第三十二条第一款第一项的规定，告知您不受理");
    });
}

#[test]
fn what_is_no_permit_is_told_nothing_of_the_law_of_permits() {
    each_city(hall::OFFICES, async |city| {
        city_with_people(&city).await;
        let citizen = city.client("citizen").await;
        let read = async |no: &str, command: &str| {
            let n = step_of(&city, no, command).await;
            let page = citizen.get(&format!("/my/cases/{no}/papers/{n}")).await.expect(200);
            assert!(!page.text.contains("行政许可"), "{}", page.text);
            let id = case(&city, no).await.id;
            let events =
                city.hall.store.read(move |r| flow::events_of(r, id)).await.expect("events");
            for act in events.into_iter().map(|event| event.act) {
                let act = city.hall.store.read(move |r| ledger::act_by_id(r, act)).await;
                let authority = act.expect("read").expect("an act").authority();
                assert!(!authority.contains("行政许可法"), "{authority}");
            }
            page
        };
        let created = apply(&citizen).await;
        let no = no_of(&created);
        step(&city.client("clerk").await, no, "accept", json!({})).await.expect(200);
        let (kind, ground) = ("expert_review", "《住房公积金管理条例》要求的核实");
        let pause = json!({ "kind": kind, "ground": ground, "expected_end": "2026-03-20" });
        step(&city.client("examiner").await, no, "pause", pause).await.expect(200);
        read(no, "pause").await.says("依照下列依据，所需时间不计入办理期限").says(ground);

        let created = apply(&citizen).await;
        let no = no_of(&created);
        let refused = json!({
            "because": "not_needed", "reason": "已经办过", "ground": "《住房公积金管理条例》",
            "remedy": remedy(),
        });
        step(&city.client("clerk").await, no, "refuse", refused).await.expect(200);
        read(no, "redirect").await.says("依法不需要办理本事项").says("告知您不受理");
    });
}

#[test]
fn silence_is_put_down_as_an_acceptance_from_the_day_of_receipt() {
    each_city(hall::OFFICES, async |city| {
        with_road_posts(&city).await;
        let created = applied(&city).await;
        let (no, received) = (no_of(&created), city.now().day());
        city.pass_working_days(6);
        city.job("approvals.clock").await;
        let page = paper(&city, no, "deem_accepted").await;
        page.says("受理通知书").says(&format!("（{}）起即为受理", received.chinese()));
    });
}

#[test]
fn silence_after_a_correction_is_put_down_as_silence_on_what_was_handed_in() {
    each_city(hall::OFFICES, async |city| {
        with_road_posts(&city).await;
        let created = applied(&city).await;
        let no = no_of(&created);
        done(&city, no, "clerk", "correct", json!({ "items": ["请补签字"] })).await;
        city.pass_working_days(2);
        let (citizen, path) = (city.client("citizen").await, format!("/my/cases/{no}/supplement"));
        citizen.upload(&path, &[("note", "补齐了")], ("files", "", b"")).await.expect(303);
        let received = city.now().day();
        city.pass_working_days(6);
        city.job("approvals.clock").await;
        let page = paper(&city, no, "deem_accepted").await;
        page.says("本机关自收到补正材料之日起 5 个工作日内没有答复");
        page.says(&format!("自收到补正材料之日（{}）起即为受理", received.chinese()));
        assert!(!page.text.contains("没有告知您需要补正的内容"), "{}", page.text);
    });
}

async fn by_code(client: &Client, n: i64, no: &str, code: &str) -> Answer {
    client.post(&format!("/cases/papers/{n}"), &[("no", no), ("code", code)]).await
}

#[test]
fn a_paper_is_shown_to_those_who_may_see_the_case_and_wrong_codes_lock_it_too() {
    each_city(hall::OFFICES, async |city| {
        with_road_posts(&city).await;
        let created = applied(&city).await;
        let (no, code) = (no_of(&created), created["query_code"].as_str().expect("a code"));
        done(&city, no, "clerk", "accept", json!({})).await;
        let n = step_of(&city, no, "accept").await;
        let visitor = city.visitor();
        let page = visitor.post("/cases", &[("no", no), ("code", code)]).await.expect(200);
        page.says(&format!("action=\"/cases/papers/{n}\""));
        by_code(&visitor, n, no, code).await.expect(200).says("受理通知书");
        // The filing has a slip and no paper; a step that is not there has neither.
        by_code(&visitor, 1, no, code).await.expect(404);
        by_code(&visitor, 9, no, code).await.expect(404);
        let (own, desk) =
            (format!("/my/cases/{no}/papers/{n}"), format!("/desk/cases/{no}/papers/{n}"));
        city.client("other").await.get(&own).await.expect(404);
        city.client("stranger").await.get(&desk).await.expect(403);
        city.client("citizen").await.get(&desk).await.expect(403);
        city.client("supervisor").await.get(&desk).await.expect(200);
        for _ in 0..5 {
            by_code(&visitor, n, no, "AAAAAAAAAA").await.expect(422).says("办件编号或者查询码不对");
        }
        by_code(&visitor, n, no, code).await.expect(429);
        visitor.post("/cases", &[("no", no), ("code", code)]).await.expect(429);
        city.clock.pass_seconds(3_601);
        by_code(&visitor, n, no, code).await.expect(200);
    });
}

#[test]
fn every_case_of_a_demonstration_has_its_papers() {
    each_city(hall::OFFICES, async |city| {
        assert!(!hall::holds_demo(&city.hall.store).expect("looked"));
        hall::fill_demo(&city.hall, 40, 60, |_| {}).await.expect("a demo");
        // Known by the database too: another folder may be opened on it.
        assert!(hall::holds_demo(&city.hall.store).expect("looked"));
        let clerk = city.client("clerk").await;
        let mut seen = 0;
        for view in ["all", "closed"] {
            let page = clerk.get(&format!("/desk/cases?view={view}")).await.expect(200);
            let cases: Vec<&str> = page
                .text
                .split("href=\"/desk/cases/")
                .filter_map(|part| part.split('"').next())
                .filter(|no| no.len() == 23)
                .collect();
            for no in cases {
                let case = clerk.get(&format!("/desk/cases/{no}")).await.expect(200);
                let mark = format!("href=\"/desk/cases/{no}/papers/");
                let papers = case.text.split(&mark).skip(1);
                for n in papers.filter_map(|part| part.split('"').next()) {
                    let path = format!("/desk/cases/{no}/papers/{n}");
                    clerk.get(&path).await.expect(200).says("未加盖电子印章");
                    seen += 1;
                }
            }
        }
        assert!(seen > 3, "{seen} papers");
    });
}

#[test]
fn a_case_says_what_is_new_until_its_applicant_knows_it() {
    each_city(hall::OFFICES, async |city| {
        with_road_posts(&city).await;
        let created = applied(&city).await;
        let no = no_of(&created);
        let (citizen, own) = (city.client("citizen").await, format!("/my/cases/{no}"));
        let is_new = async || {
            let list = citizen.get("/my/cases").await.expect(200).text.contains("有新进展");
            let case = citizen.get(&own).await.expect(200).text.contains("这一件有新进展");
            assert_eq!(list, case, "list and case say the same");
            list
        };
        assert!(!is_new().await, "one's own filing is no news");
        done(&city, no, "clerk", "take", json!({})).await;
        assert!(!is_new().await, "who has it on the desk is not told");
        done(&city, no, "clerk", "accept", json!({})).await;
        assert!(is_new().await && is_new().await, "looking at it says nothing");
        let n = step_of(&city, no, "accept").await.to_string();
        let known = [("n", n.as_str())];
        city.client("other").await.post(&format!("{own}/seen"), &known).await.expect(404);
        assert!(is_new().await);
        citizen.post(&format!("{own}/seen"), &known).await.expect(303);
        assert!(!is_new().await);
        citizen.post(&format!("{own}/withdraw"), &[("reason", "改主意了")]).await.expect(303);
        assert!(!is_new().await, "one's own step is no news");
    });
}

#[test]
fn what_happened_before_an_upgrade_is_no_news_and_what_happens_after_it_is() {
    each_city(hall::OFFICES, async |city| {
        with_road_posts(&city).await;
        let created = applied(&city).await;
        let no = no_of(&created);
        done(&city, no, "clerk", "accept", json!({})).await;
        // As the migration leaves the cases that it finds.
        let upgrade = city.now();
        let set = "UPDATE approvals_applications SET known_until = $1";
        city.hall.store.write_now(move |tx| Ok(tx.run(set, &[upgrade.into()])?)).expect("known");
        let citizen = city.client("citizen").await;
        let list = async || citizen.get("/my/cases").await.expect(200).text;
        let own = async || citizen.get(&format!("/my/cases/{no}")).await.expect(200).text;
        assert!(!list().await.contains("有新进展") && !own().await.contains("有新进展"));
        city.clock.pass_seconds(60);
        let opinion = json!({ "kind": "testing", "ground": "检测", "expected_end": "2026-03-20" });
        done(&city, no, "examiner", "pause", opinion).await;
        assert!(list().await.contains("有新进展") && own().await.contains("有新进展"));
    });
}

#[test]
fn the_upgrade_takes_the_cases_that_it_finds_for_known() {
    testkit::database::each_database(|store| {
        let whole = approvals::OFFICE.migrations;
        let (before, _) = whole.files.split_at(2);
        store.migrate(&[store::MigrationSet { files: before, ..whole }]).expect("the old tables");
        let old = "INSERT INTO approvals_applications (case_id, no, item_code, item_version,
                form_sealed, sources_sealed, code_mac, code_sealed, result, remedies, submitted_act)
            VALUES ('a', '1', '', 1, $1, $1, $1, $1, '', '', '')";
        let nothing: &[u8] = &[];
        store.write_now(move |tx| Ok(tx.run(old, &[nothing.into()])?)).expect("an old case");
        store.migrate(&[whole]).expect("the upgrade");
        let known = "SELECT known_until FROM approvals_applications";
        let known: i64 = store.read_now(move |r| Ok(r.one(known, &[])?)).expect("read");
        let year_2020 = 1_577_836_800_000;
        assert!(known > year_2020, "{known}");
    });
}
