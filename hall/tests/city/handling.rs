//! The steps of a case, as those who take them and those whom they concern see them.

use serde_json::{Value, json};
use testkit::{City, Client, each_city};

use crate::journey::{apply, apply_with, case, city_with_people, no_of, step};

/// The correction notice of these tests.
fn correction() -> Value {
    json!({ "items": ["合同复印件不清楚", "缺少首付款凭证"] })
}

fn remedy() -> Value {
    json!({ "reconsideration": "鄂州市人民政府", "court": "鄂州市鄂城区人民法院" })
}

/// A case that was applied for online and waits for its applicant: its number.
async fn to_be_supplemented(city: &City) -> String {
    let created = apply(&city.client("citizen").await).await;
    let no = no_of(&created).to_owned();
    step(&city.client("clerk").await, &no, "correct", correction()).await.expect(200);
    no
}

/// A case that was denied, whose decision is not delivered yet.
async fn denied(city: &City, no: &str) {
    step(&city.client("clerk").await, no, "accept", json!({})).await.expect(200);
    let opinion = json!({ "finding": "decline", "opinion": "不符合条件" });
    step(&city.client("examiner").await, no, "examine", opinion).await.expect(200);
    let decision = json!({
        "verdict": "deny", "reason": "缴存时间不够", "ground": "条例第二十四条", "remedy": remedy(),
    });
    step(&city.client("approver").await, no, "decide", decision).await.expect(200);
}

pub async fn look_up(client: &Client, no: &str, code: &str) -> testkit::Answer {
    client.post("/cases", &[("no", no), ("code", code)]).await.expect(200)
}

/// The letter with this subject, of those that were sent since the last look.
async fn letter(city: &City, subject: &str) -> String {
    city.settle().await;
    let letters = city.letters();
    let found = letters.iter().find(|letter| letter.subject.starts_with(subject));
    found.unwrap_or_else(|| panic!("no letter 「{subject}」")).text.clone()
}

#[test]
fn staff_do_not_supplement_for_who_applied_online() {
    each_city(hall::OFFICES, async |city| {
        city_with_people(&city).await;
        let no = to_be_supplemented(&city).await;
        let clerk = city.client("clerk").await;
        let page = clerk.get(&format!("/desk/cases/{no}")).await.expect(200);
        assert!(!page.text.contains(&format!("/desk/cases/{no}/supplement")), "it is offered");
        let note = json!({ "note": "替申请人补了" });
        let refused = step(&clerk, &no, "supplement", note).await.expect(403).json();
        assert_eq!(refused["error"]["code"], "flow.applicant_only");
        assert_eq!(case(&city, &no).await.state, "13");
        let (citizen, path) = (city.client("citizen").await, format!("/my/cases/{no}/supplement"));
        let note = [("note", "两份都补齐了")];
        citizen.upload(&path, &note, ("files", "", b"")).await.expect(303);
        assert_eq!(case(&city, &no).await.state, "10");
    });
}

#[test]
fn who_closed_their_account_supplements_and_withdraws_at_the_counter() {
    each_city(hall::OFFICES, async |city| {
        city_with_people(&city).await;
        let first = to_be_supplemented(&city).await;
        let second = no_of(&apply(&city.client("citizen").await).await).to_owned();
        let clerk = city.client("clerk").await;
        let offers = async |no: &str, verb: &str| {
            let page = clerk.get(&format!("/desk/cases/{no}")).await.expect(200);
            page.text.contains(&format!("action=\"/desk/cases/{no}/{verb}\""))
        };
        assert!(!offers(&first, "supplement").await && !offers(&second, "withdraw").await);
        let close = [("password", testkit::city::PASSWORD), ("sure", "true")];
        city.client("citizen").await.post("/me/close", &close).await.expect(303);

        assert!(offers(&first, "supplement").await && offers(&second, "withdraw").await);
        let note = [("note", "已核对身份证件，当面补交了两份材料")];
        let path = format!("/desk/cases/{first}/supplement");
        clerk.upload(&path, &note, ("files", "", b"")).await.expect(303);
        assert_eq!(case(&city, &first).await.state, "10");
        let path = format!("/desk/cases/{second}/withdraw");
        clerk.post(&path, &[("reason", " ")]).await.expect(422).says("书面材料和原因");
        let reason = [("reason", "已核对身份证件，申请人当面签字撤回")];
        clerk.post(&path, &reason).await.expect(303);
        let withdrawn = case(&city, &second).await;
        assert_eq!(withdrawn.state, "70");
        assert!(withdrawn.applicant_account.is_some(), "whose it was stays on record");
    });
}

#[test]
fn what_was_missing_is_brought_to_the_counter_and_stands_under_its_materials_name() {
    each_city(hall::OFFICES, async |city| {
        city_with_people(&city).await;
        city.account("clerk-jtj", "路政", "clerk", "ezhou-jtj").await;
        let created = apply_with(&city.client("citizen").await, "road-freight", "rules").await;
        let (no, clerk) = (no_of(&created), city.client("clerk-jtj").await);
        step(&clerk, no, "correct", correction()).await.expect(200);
        let close = [("password", testkit::city::PASSWORD), ("sure", "true")];
        city.client("citizen").await.post("/me/close", &close).await.expect(303);

        let page = format!("/desk/cases/{no}");
        clerk.get(&page).await.expect(200).says("name=\"material.rules\"");
        let pdf = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n";
        let path = format!("{page}/supplement");
        clerk.upload(&path, &[("note", " ")], ("material.rules", "", b"")).await.expect(422);
        let file = ("material.rules", "当面补交.pdf", pdf.as_slice());
        clerk.upload(&path, &[("note", "")], file).await.expect(303);
        let shown = clerk.get(&page).await.expect(200);
        shown.says("当面补交.pdf");
        assert!(!shown.text.contains("补正时提交的材料"), "it stands under its material");
        assert_eq!(case(&city, no).await.state, "10");
    });
}

#[test]
fn an_empty_supplement_is_refused_and_what_was_written_is_kept() {
    each_city(hall::OFFICES, async |city| {
        city_with_people(&city).await;
        let no = to_be_supplemented(&city).await;
        let (citizen, path) = (city.client("citizen").await, format!("/my/cases/{no}/supplement"));
        let nothing = citizen.upload(&path, &[("note", "  ")], ("files", "", b"")).await;
        let told = nothing.expect(422);
        told.says("请写明补了什么，或者附上补正的材料");
        assert!(!told.text.contains("请再选一次"), "nothing was chosen");
        let clerk = city.client("clerk").await;
        let refused = step(&clerk, &no, "supplement", json!({ "note": " " })).await.expect(422);
        assert_eq!(refused.json()["error"]["code"], "approvals.nothing_handed_in");
        let program = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".repeat(40);
        let note = [("note", "合同已经重新扫描")];
        let wrong = citizen.upload(&path, &note, ("files", "合同.pdf", &program)).await.expect(422);
        wrong.says("合同已经重新扫描</textarea>").says("请再选一次补正的材料：刚才选的没有保存");
        assert_eq!(case(&city, &no).await.state, "13", "the one supplement is not used up");
    });
}

#[test]
fn a_denied_case_shows_where_to_turn_after_its_delivery_too() {
    each_city(hall::OFFICES, async |city| {
        city_with_people(&city).await;
        let citizen = city.client("citizen").await;
        let created = apply(&citizen).await;
        let (no, code) = (no_of(&created), created["query_code"].as_str().expect("a code"));
        denied(&city, no).await;
        let handed = json!({ "manner": "counter", "receipt": "本人签收" });
        step(&city.client("clerk").await, no, "deliver", handed).await.expect(200);
        assert_eq!(case(&city, no).await.state, "60");
        let words = "六十日内向鄂州市人民政府申请行政复议";
        citizen.get(&format!("/my/cases/{no}")).await.expect(200).says(words);
        look_up(&city.visitor(), no, code).await.says("鄂州市鄂城区人民法院");
    });
}

#[test]
fn letters_say_the_ground_the_organ_the_expected_end_and_the_remedies() {
    each_city(hall::OFFICES, async |city| {
        city_with_people(&city).await;
        let (citizen, clerk) = (city.client("citizen").await, city.client("clerk").await);
        let created = apply(&citizen).await;
        let redirect = json!({
            "because": "not_ours", "reason": "由区里办理", "ground": "许可法第三十二条",
            "remedy": remedy(), "other_organ": "鄂城区住房保障中心",
        });
        step(&clerk, no_of(&created), "refuse", redirect).await.expect(200);
        let redirected = letter(&city, "不予受理").await;
        for words in
            ["由区里办理", "许可法第三十二条", "请向 鄂城区住房保障中心 申请", "申请行政复议"]
        {
            assert!(redirected.contains(words), "{words} is not in {redirected}");
        }

        let created = apply(&citizen).await;
        let no = no_of(&created);
        step(&clerk, no, "accept", json!({})).await.expect(200);
        let pause =
            json!({ "kind": "hearing", "ground": "涉及他人", "expected_end": "2026-03-20" });
        step(&city.client("examiner").await, no, "pause", pause).await.expect(200);
        let paused = letter(&city, "办理期限中止计算").await;
        assert!(paused.contains("预计到 2026年3月20日 结束"), "{paused}");

        let created = apply(&citizen).await;
        denied(&city, no_of(&created)).await;
        let denial = letter(&city, "不予许可").await;
        for words in
            ["缴存时间不够", "条例第二十四条", "六个月内向鄂州市鄂城区人民法院提起行政诉讼"]
        {
            assert!(denial.contains(words), "{words} is not in {denial}");
        }
    });
}

#[test]
fn a_refused_form_keeps_its_days() {
    each_city(hall::OFFICES, async |city| {
        city_with_people(&city).await;
        let created = apply(&city.client("citizen").await).await;
        let no = no_of(&created);
        let kept = |page: &testkit::Answer, day: &str| {
            let (year, rest) = day.split_once('-').expect("a day");
            let (month, day) = rest.split_once('-').expect("a day");
            for part in [year, month, day] {
                page.says(&format!("value=\"{part}\""));
            }
        };
        let clerk = city.client("clerk").await;
        let asked = [
            ("items", ""),
            ("reply_by.year", "2027"),
            ("reply_by.month", "11"),
            ("reply_by.day", "23"),
        ];
        let page = clerk.post(&format!("/desk/cases/{no}/correct"), &asked).await.expect(422);
        kept(&page, "2027-11-23");

        step(&clerk, no, "accept", json!({})).await.expect(200);
        let opinion = json!({ "finding": "approve", "opinion": "符合条件" });
        step(&city.client("examiner").await, no, "examine", opinion).await.expect(200);
        let decision = json!({ "verdict": "grant", "reason": "符合", "ground": "第三十八条" });
        step(&city.client("approver").await, no, "decide", decision).await.expect(200);
        let paper = [
            ("certificate_name", "提取审批表"),
            ("certificate_no", ""),
            ("valid_until.year", "2031"),
            ("valid_until.month", "12"),
            ("valid_until.day", "29"),
        ];
        let page = clerk.post(&format!("/desk/cases/{no}/issue"), &paper).await.expect(422);
        kept(&page, "2031-12-29");
    });
}

#[test]
fn a_case_runs_on_its_items_own_limits_and_every_date_says_what_it_follows_from() {
    each_city(hall::OFFICES, async |city| {
        city_with_people(&city).await;
        let basis = async |no: &str| {
            let citizen = city.client("citizen").await;
            let seen = citizen.get(&format!("/api/v1/applications/{no}")).await.expect(200).json();
            seen["due_basis"].as_str().expect("a basis").to_owned()
        };
        // No permit, to be accepted at once: silence says nothing, and nobody puts the decision off.
        let created = apply(&city.client("citizen").await).await;
        let no = no_of(&created).to_owned();
        assert_eq!(case(&city, &no).await.due, Some(city.now().day()));
        assert_eq!(basis(&no).await, "《优化营商环境条例》第三十六条");
        city.pass_working_days(6);
        city.job("approvals.clock").await;
        assert_eq!(case(&city, &no).await.state, "10");
        step(&city.client("clerk").await, &no, "accept", json!({})).await.expect(200);
        assert_eq!(case(&city, &no).await.accepted_on, Some(city.now().day()));
        let ask = json!({ "reason": "需要核实" });
        let examiner = city.client("examiner").await;
        let refused = step(&examiner, &no, "extend", ask.clone()).await.expect(409).json();
        assert_eq!(refused["error"]["code"], "flow.no_extension");

        // A permit: five working days to be accepted, ten more by the head, ten to be delivered.
        for role in ["clerk", "examiner", "approver"] {
            city.account(&format!("{role}-jtj"), "路政", role, "ezhou-jtj").await;
        }
        let (clerk, examiner) = (city.client("clerk-jtj").await, city.client("examiner-jtj").await);
        let citizen = city.client("citizen").await;
        let created = apply_with(&citizen, "road-freight", "rules").await;
        let no = no_of(&created).to_owned();
        assert!(basis(&no).await.starts_with("行政许可法第三十二条"));
        step(&clerk, &no, "accept", json!({})).await.expect(200);
        step(&examiner, &no, "extend", ask).await.expect(200);
        let granted = json!({ "granted": true, "reason": "情况复杂" });
        step(&city.client("approver-jtj").await, &no, "extend", granted).await.expect(200);
        let extended = basis(&no).await;
        assert_eq!(extended, "《中华人民共和国行政许可法》第四十二条", "one article for both");
        city.settle().await;
        let letters = city.letters();
        let told = letters.iter().find(|one| one.subject.starts_with("办理期限延长"));
        assert!(told.expect("a letter").text.contains("依据：《中华人民共和国行政许可法》"));
    });
}

#[test]
fn a_case_is_handed_over_to_a_colleague_who_can_go_on_with_it_and_to_nobody_else() {
    each_city(hall::OFFICES, async |city| {
        city_with_people(&city).await;
        let created = apply(&city.client("citizen").await).await;
        let (no, clerk) = (no_of(&created), city.client("clerk").await);
        let path = format!("/desk/cases/{no}/hand_over");
        clerk
            .get(&format!("/desk/cases/{no}"))
            .await
            .expect(200)
            .says(&path)
            .says("本单位的窗口工作人员");
        let page = clerk.get(&format!("/desk/cases/{no}")).await.expect(200).text;
        let choices =
            page.split("name=\"account\"").nth(1).and_then(|part| part.split("</select>").next());
        let choices = choices.expect("colleagues to choose from");
        assert!(
            choices.contains("周敏") && !choices.contains("李雷") && !choices.contains("钱外"),
            "{choices}"
        );
        let to = |account: &'static str| [("account", account), ("reason", "休假")];
        for (account, words) in [
            ("", "请选择接手人"),
            ("nobody", "没有登录名为「nobody」的在岗工作人员"),
            ("citizen", "没有登录名为「citizen」的在岗工作人员"),
            ("stranger", "不能转交给钱外：这个人在鄂州市住房公积金中心没有办理这一步的岗位"),
            ("examiner", "不能转交给韩梅"),
        ] {
            let page = clerk.post(&path, &to(account)).await.expect(422);
            page.says(words).says("休假");
            let body = json!({ "account": account, "name": "周敏", "reason": "休假" });
            let refused = step(&clerk, no, "hand_over", body).await.expect(422).json();
            assert_eq!(refused["error"]["fields"][0]["field"], "account", "{refused}");
        }
        clerk.post(&path, &to("clerk2")).await.expect(303);
        assert_eq!(case(&city, no).await.handler_name, "周敏");
        let back = json!({ "account": case(&city, no).await.handler_account, "reason": "再转" });
        step(&clerk, no, "hand_over", back).await.expect(422).says("已经在周敏名下");
        step(&clerk, no, "accept", json!({})).await.expect(409);
        let page = clerk.get(&format!("/desk/cases/{no}")).await.expect(200);
        assert!(!page.text.contains(&format!("/desk/cases/{no}/accept")), "refused, yet offered");
        step(&city.client("clerk2").await, no, "accept", json!({})).await.expect(200);
    });
}

#[test]
fn only_what_the_rules_allow_now_is_offered() {
    each_city(hall::OFFICES, async |city| {
        city_with_people(&city).await;
        let citizen = city.client("citizen").await;
        let created = apply(&citizen).await;
        let (no, clerk) = (no_of(&created), city.client("clerk").await);
        let offers = async |client: &Client, verb: &str| {
            let page = client.get(&format!("/desk/cases/{no}")).await.expect(200);
            page.text.contains(&format!("action=\"/desk/cases/{no}/{verb}\""))
        };
        assert!(offers(&clerk, "correct").await);
        let page = clerk.get(&format!("/desk/cases/{no}")).await;
        assert!(!page.text.contains("补正后仍不齐全"), "nothing was asked for yet");
        step(&clerk, no, "correct", correction()).await.expect(200);
        let path = format!("/my/cases/{no}");
        let note = [("note", "补齐了")];
        citizen.get(&path).await.expect(200).says("提交补正");
        citizen.upload(&format!("{path}/supplement"), &note, ("files", "", b"")).await.expect(303);
        assert!(!offers(&clerk, "correct").await, "corrections are asked for once");
        clerk.get(&format!("/desk/cases/{no}")).await.says("补正后仍不齐全");
        step(&clerk, no, "accept", json!({})).await.expect(200);
        let examiner = city.client("examiner").await;
        assert!(!offers(&examiner, "request_extension").await, "no rule allows an extension");
        let opinion = json!({ "finding": "approve", "opinion": "符合" });
        step(&examiner, no, "examine", opinion).await.expect(200);
        let approver = city.client("approver").await;
        assert!(offers(&approver, "grant").await && !offers(&examiner, "grant").await);
        citizen.get(&path).await.expect(200).says("撤回这份申请");
        let decision = json!({ "verdict": "grant", "reason": "符合", "ground": "第三十八条" });
        step(&approver, no, "decide", decision).await.expect(200);
        let decided = citizen.get(&path).await.expect(200);
        assert!(!decided.text.contains("撤回这份申请"));
    });
}

#[test]
fn a_case_to_be_corrected_shows_the_clerk_the_last_day_of_the_correction() {
    each_city(hall::OFFICES, async |city| {
        city_with_people(&city).await;
        let no = to_be_supplemented(&city).await;
        let last = case(&city, &no).await.due_supplement.expect("a last day");
        let last = format!("datetime=\"{last}\"");
        let clerk = city.client("clerk").await;
        for path in [format!("/desk/cases/{no}"), "/desk/cases?view=correction".into()] {
            let page = clerk.get(&path).await.expect(200);
            page.says(&last);
            assert!(!page.text.contains("受理后开始计算"), "{path}");
        }
        city.client("citizen").await.get("/my/cases").await.expect(200).says(&last);
    });
}

#[test]
fn the_timeline_names_the_two_who_inspected_and_no_one_counts_twice() {
    each_city(hall::OFFICES, async |city| {
        city_with_people(&city).await;
        let created = apply(&city.client("citizen").await).await;
        let no = no_of(&created);
        step(&city.client("clerk").await, no, "accept", json!({})).await.expect(200);
        let (examiner, page) = (city.client("examiner").await, format!("/desk/cases/{no}"));
        let by = |names: &'static str| {
            [("finding", "approve"), ("opinion", "符合"), ("inspectors", names)]
        };
        let path = format!("{page}/examine");
        examiner.post(&path, &by("赵审查、赵审查")).await.expect(422).says("两名以上");
        examiner.post(&path, &by("赵审查、钱核查")).await.expect(303);
        examiner.get(&page).await.expect(200).says("实地核查的人员：赵审查、钱核查");
    });
}

#[test]
fn a_clock_that_stands_still_shows_what_was_used_and_what_is_left() {
    each_city(hall::OFFICES, async |city| {
        city_with_people(&city).await;
        for role in ["clerk", "examiner"] {
            city.account(&format!("{role}-jtj"), "路政", role, "ezhou-jtj").await;
        }
        let citizen = city.client("citizen").await;
        let created = apply_with(&citizen, "road-freight", "rules").await;
        let no = no_of(&created);
        step(&city.client("clerk-jtj").await, no, "accept", json!({})).await.expect(200);
        city.pass_working_days(1);
        let pause =
            json!({ "kind": "testing", "ground": "检测车辆", "expected_end": "2026-03-20" });
        step(&city.client("examiner-jtj").await, no, "pause", pause).await.expect(200);
        city.pass_working_days(6);
        let clerk = city.client("clerk-jtj").await;
        for page in [format!("/desk/cases/{no}"), "/desk/cases?view=examine".into()] {
            clerk
                .get(&page)
                .await
                .expect(200)
                .says("还剩 <strong class=\"clock-figure\">4</strong>");
        }
        let own = city.client("citizen").await.get(&format!("/my/cases/{no}")).await.expect(200);
        own.says("已用 1</li>")
            .says("暂停 6</li>")
            .says("距法定 19</li>")
            .says("预计到2026年3月20日");
    });
}

#[test]
fn who_acts_outside_of_a_post_is_on_record_from_pages_and_programs_alike() {
    each_city(hall::OFFICES, async |city| {
        city_with_people(&city).await;
        let no = no_of(&apply(&city.client("citizen").await).await).to_owned();
        let clerk = city.client("clerk").await;
        let refused = async || -> Vec<String> {
            let words = "SELECT c.body FROM ledger_acts a JOIN ledger_contents c ON c.act_id = a.id
                         WHERE a.kind = 'access.refused' ORDER BY a.id";
            city.hall.store.read(move |r| Ok(r.all::<String>(words, &[])?)).await.expect("acts")
        };
        let opinion = [("finding", "approve"), ("opinion", "符合条件")];
        // A page that shows the form again with its words, and a program.
        clerk.post(&format!("/desk/cases/{no}/examine"), &opinion).await.expect(422);
        assert_eq!(refused().await.len(), 1);
        let opinion = json!({ "finding": "approve", "opinion": "符合条件" });
        step(&clerk, &no, "examine", opinion).await.expect(403);
        let acts = refused().await;
        assert_eq!(acts.len(), 2, "{acts:?}");
        assert!(acts.iter().all(|act| act.contains(&format!("cases/{no}/examine"))), "{acts:?}");
        // A page that only leaves out what the person may not do is no refusal, nor is a wrong entry.
        clerk.get(&format!("/desk/cases/{no}")).await.expect(200);
        clerk.post(&format!("/desk/cases/{no}/correct"), &[]).await.expect(422);
        // What another site made the browser send, or led it to, was not the person's.
        let path = format!("/desk/cases/{no}/examine");
        for request in [
            axum::http::Request::post(&path).header("sec-fetch-site", "same-site"),
            axum::http::Request::get("/desk/audit").header("sec-fetch-site", "cross-site"),
        ] {
            let body = axum::body::Body::empty();
            clerk.ask(request.body(body).expect("a request")).await.expect(403);
        }
        assert_eq!(refused().await.len(), 2);
    });
}
