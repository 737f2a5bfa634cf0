//! Journeys with a paper that is brought for a case that runs.

use serde_json::{Value, json};
use testkit::each_city;

use super::{
    AGENT, PDF, PRINCIPAL, acts, agent_came, brought, city_with_a_principal, no_in, taken_in, with,
    withdraws,
};
use crate::applying::fill;
use crate::journey::step;

fn brought_later<'a>() -> Vec<(&'static str, &'a str)> {
    vec![
        ("agent_name", AGENT.0),
        ("agent_number", AGENT.1),
        ("compared", "true"),
        ("scope", "this"),
        ("powers", "withdraw"),
        ("powers", "supplement"),
        ("powers", "papers"),
        ("from", "2026-03-01"),
        ("until", "2026-04-30"),
    ]
}

#[test]
fn a_paper_is_taken_in_for_a_case_that_the_applicant_filed_without_one() {
    each_city(hall::OFFICES, async |city| {
        let clerk = city_with_a_principal(&city).await;
        let own = city.client("citizen").await;
        let no = crate::journey::no_of(&crate::journey::apply(&own).await).to_owned();
        city.settle().await;
        city.letters();
        let path = format!("/desk/cases/{no}/paper");
        clerk.get(&format!("/desk/cases/{no}")).await.expect(200).says("登记纸质委托书");
        let form = clerk.get(&path).await.expect(200);
        form.says("申请人（委托人）").says("陈晓敏").says("<datalist");
        city.client("stranger").await.get(&path).await.expect(403);
        city.client("examiner").await.get(&path).await.expect(403);

        // All that is wrong at once, and nothing typed is lost; the photograph must be chosen again.
        let paper = ("photograph", "委托书.pdf", PDF);
        let wrong = with(
            with(brought_later(), "agent_number", "420704198512310011"),
            "until",
            "2026-03-01",
        );
        let told = clerk.upload(&path, &wrong, paper).await.expect(422);
        told.says("校验").says("已经到期").says("请再选一次委托书的扫描件或者照片").says("王建国");
        let empty =
            clerk.upload(&path, &brought_later(), ("other", "x.pdf", PDF)).await.expect(422);
        empty.says("请选择委托书的扫描件或者照片");
        let own_card = with(brought_later(), "agent_number", "420702199003076634");
        clerk.upload(&path, &own_card, paper).await.expect(422).says("代理人不能是申请人自己");
        let mut firm = brought_later();
        firm.extend([("firm_name", "江边面馆"), ("firm_code", "91330100799655058B")]);
        clerk.upload(&path, &firm, paper).await.expect(422).says("这一件不是为单位申请的");
        let only = with(brought_later(), "powers", "apply");
        clerk.upload(&path, &only, paper).await.expect(422).says("在这一件里用不上");
        let other = with(brought_later(), "agent_name", "王建军");
        clerk.upload(&path, &other, paper).await.expect(422).says("代理人的姓名与身份证号码对不上");
        assert!(acts(&city, "approvals.mandate_noted").await.is_empty());

        clerk.upload(&path, &brought_later(), paper).await.expect(303);
        let noted = acts(&city, "approvals.mandate_noted").await;
        let (who, said) = noted.first().expect("an act");
        assert_eq!((who.as_str(), &said["agent"]), ("李雷", &json!("王建国")));
        assert_eq!((&said["no"], &said["step"]), (&json!(no), &json!("办理中登记委托书")));
        let desk = clerk.get(&format!("/desk/cases/{no}")).await.expect(200);
        desk.says("纸质委托书，鄂州市住房公积金中心窗口登记").says("委托书.pdf");
        assert!(!desk.text.contains("由代理人提出"), "the applicant filed it");
        let letters = city.letters();
        let told = letters.iter().find(|one| one.to == "citizen@example.com").expect("a letter");
        assert!(told.text.contains(&format!("要代您办理办件 {no}")), "{}", told.text);
        own.get("/me/mandates").await.expect(200).says("王建国");

        // The same paper is not taken in twice; the agent is held to it from now on.
        clerk.upload(&path, &brought_later(), paper).await.expect(422).says("已经登记过");
        step(&clerk, &no, "correct", json!({ "items": ["缺缴存证明"] })).await.expect(200);
        withdraws(&clerk, &no, &agent_came(PRINCIPAL.1)).await.expect(422).says("不一致");

        // Who applied online is not supplemented for on a clerk's word; who stands there with paper and card is.
        let desk = clerk.get(&format!("/desk/cases/{no}")).await.expect(200);
        desk.says("登记补正").says("撤回申请").says("代理人（王建国）");
        assert!(!desk.text.contains("申请人本人（陈晓敏）"), "the applicant does it online");
        let path = format!("/desk/cases/{no}/supplement");
        let supplements = async |came: &[(&str, &str)]| {
            let mut fields = vec![("version", ""), ("note", "补交缴存证明")];
            fields.extend_from_slice(came);
            clerk.upload(&path, &fields, ("files", "证明.pdf", PDF)).await
        };
        supplements(&[("came", "self")]).await.expect(422).says("请申请人登录后补正");
        // A late refusal says that the files that were chosen are not kept.
        let other = supplements(&agent_came(PRINCIPAL.1)).await.expect(422);
        other.says("不一致").says("请再选一次补正的材料：刚才选的没有保存");
        supplements(&agent_came(AGENT.1)).await.expect(303);
        let came = acts(&city, "approvals.agent_came").await;
        assert_eq!(came.first().map(|(_, said)| said["step"].clone()), Some(json!("补正材料")));
        own.get(&format!("/my/cases/{no}")).await.expect(200).says("代理人王建国（窗口）");
        withdraws(&clerk, &no, &agent_came(AGENT.1)).await.expect(303);
        let head = clerk.get(&format!("/desk/cases/{no}")).await.expect(200);
        head.says("申请人撤回");
        assert_eq!(acts(&city, "approvals.agent_came").await.len(), 2);
    });
}

#[test]
fn a_paper_that_does_not_name_it_supplements_nothing_that_was_filed_online() {
    each_city(hall::OFFICES, async |city| {
        let clerk = city_with_a_principal(&city).await;
        let own = city.client("citizen").await;
        let no = crate::journey::no_of(&crate::journey::apply(&own).await).to_owned();
        city.settle().await;
        let only: Vec<_> =
            brought_later().into_iter().filter(|(_, value)| *value != "supplement").collect();
        let photograph = ("photograph", "委托书.pdf", PDF);
        clerk.upload(&format!("/desk/cases/{no}/paper"), &only, photograph).await.expect(303);
        step(&clerk, &no, "correct", json!({ "items": ["缺缴存证明"] })).await.expect(200);
        let desk = clerk.get(&format!("/desk/cases/{no}")).await.expect(200);
        assert!(!desk.text.contains("登记补正"), "no paper names it");
        let (came, number) = (json!("agent"), json!(AGENT.1));
        let said = json!({ "note": "补交", "came": came, "agent_number": number, "agent_compared": "true" });
        let refused = step(&clerk, &no, "supplement", said).await.expect(403).json();
        assert_eq!(refused["error"]["code"], "access.outside_mandate");
        assert!(acts(&city, "approvals.agent_came").await.is_empty());
    });
}

#[test]
fn a_paper_for_everything_that_a_window_knows_serves_a_case_that_was_filed_without_it() {
    each_city(hall::OFFICES, async |city| {
        let clerk = city_with_a_principal(&city).await;
        taken_in(&clerk, &with(brought(PRINCIPAL, "2026-04-30"), "scope", "all")).await;
        let own = [
            ("item", "housing-fund"),
            ("name", PRINCIPAL.0),
            ("number", PRINCIPAL.1),
            ("came", "self"),
        ];
        let draft = clerk.post("/desk/counter", &own).await.expect(303).leads_to().to_owned();
        fill(&clerk, &draft).await;
        let no = no_in(clerk.post(&format!("{draft}/submit"), &[]).await.expect(303).leads_to());
        let path = format!("/desk/cases/{no}/paper");
        let again = with(with(brought_later(), "powers", "papers"), "scope", "this");
        let twice =
            clerk.upload(&path, &again, ("photograph", "委托书.pdf", PDF)).await.expect(422);
        twice.says("已经登记过").says("用鄂州市住房公积金中心窗口登记的这一份");
        let (_, id) = twice.text.split_once("name=\"known\" value=\"").expect("a choice");
        let id = id.split('"').next().expect("its id").to_owned();
        let chosen = with(again, "known", &id);
        clerk.upload(&path, &chosen, ("none", "x.pdf", PDF)).await.expect(303);
        assert_eq!(acts(&city, "approvals.mandate_noted").await.len(), 1);
        assert_eq!(acts(&city, "approvals.agent_came").await.len(), 1);
        clerk.upload(&path, &chosen, ("none", "x.pdf", PDF)).await.expect(422).says("已经登记过");
    });
}

#[test]
fn a_program_of_a_window_brings_a_paper_and_names_it_again_for_another_case() {
    each_city(hall::OFFICES, async |city| {
        let clerk = city_with_a_principal(&city).await;
        let own = city.client("citizen").await;
        let mut nos = Vec::new();
        for _ in 0..2 {
            nos.push(crate::journey::no_of(&crate::journey::apply(&own).await).to_owned());
        }
        let path = |no: &str| format!("/api/v1/cases/{no}/paper");
        let brings = |photograph: Value, known: &str| {
            json!({
                "agent_name": AGENT.0, "agent_number": AGENT.1, "compared": true, "scope": "all",
                "powers": ["withdraw", "supplement"], "from": "2026-03-01", "until": "2026-04-30",
                "known": known, "photograph": photograph,
            })
        };
        let file = |bytes: &[u8]| {
            let content = data_encoding::BASE64.encode(bytes);
            json!({ "name": "委托书.pdf", "content": content })
        };
        let whole = brings(file(PDF), "");
        for login in ["citizen", "stranger", "examiner", "supervisor"] {
            city.client(login).await.post_json(&path(&nos[0]), &whole).await.expect(403);
        }
        city.visitor().post_json(&path(&nos[0]), &whole).await.expect(401);
        clerk.post_json(&path("X0000"), &whole).await.expect(404);

        // All that is wrong at once, beside the names of the body.
        let mut wrong = brings(Value::Null, "");
        wrong["compared"] = json!(false);
        wrong["until"] = json!("2026-03-01");
        let told = clerk.post_json(&path(&nos[0]), &wrong).await.expect(422).json();
        let fields = told["error"]["fields"].as_array().expect("fields").clone();
        let mut fields: Vec<_> = fields.iter().filter_map(|one| one["field"].as_str()).collect();
        fields.sort_unstable();
        assert_eq!(fields, ["compared", "photograph", "until"]);
        let page = brings(file(b"<html>no paper</html>"), "");
        let told = clerk.post_json(&path(&nos[0]), &page).await.expect(422).json();
        assert_eq!(told["error"]["fields"][0]["field"], "photograph");
        assert!(acts(&city, "approvals.mandate_noted").await.is_empty());

        let taken = clerk.post_json(&path(&nos[0]), &whole).await.expect(201).json();
        let noted = acts(&city, "approvals.mandate_noted").await;
        assert_eq!((noted.len(), noted[0].0.as_str()), (1, "李雷"));
        assert_eq!(noted[0].1["no"], json!(nos[0]));
        let act = taken["act"].as_str().expect("an act");
        clerk.get(&format!("/api/v1/receipts/{act}")).await.expect(200);
        clerk.get(&format!("/desk/cases/{}", nos[0])).await.expect(200).says("委托书.pdf");

        // The same paper is not taken in twice: the refusal names it, and the other case is held to it.
        let told = clerk.post_json(&path(&nos[1]), &whole).await.expect(422).json();
        let mandate = taken["mandate"].as_str().expect("its id");
        assert_eq!(told["error"]["code"], "approvals.mandate_known");
        assert!(told["error"]["remedy"].as_str().expect("a remedy").contains(mandate), "{told}");
        let known = brings(Value::Null, mandate);
        let again = clerk.post_json(&path(&nos[1]), &known).await.expect(201).json();
        assert_eq!(again["mandate"], taken["mandate"]);
        clerk.post_json(&path(&nos[1]), &known).await.expect(409);
        let said = json!({
            "reason": "申请人书面提出", "came": "agent", "agent_number": AGENT.1, "agent_compared": true,
        });
        step(&clerk, &nos[1], "withdraw", said).await.expect(200);
        assert_eq!(acts(&city, "approvals.mandate_noted").await.len(), 1);
    });
}
