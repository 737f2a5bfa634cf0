//! An application that somebody files for another by a written mandate: whose it is, what the record says, and
//! that it ends at once when the mandate does.

use serde_json::{Value, json};
use testkit::city::PASSWORD;
use testkit::{City, Client, each_city};

use crate::journey::{city_with_people, entries, no_of, step};

const AGENTS_NUMBER: &str = "42070419851231001X";

/// The citizen lets the other act for them, so far and over this; the other takes it on.
pub async fn mandate(city: &City, more: Value) -> (Client, Client, String) {
    let (principal, agent) = (city.client("citizen").await, city.client("other").await);
    let mut wish = json!({
        "agent_name": "王建国", "agent_number": AGENTS_NUMBER, "scope": "items",
        "items": ["housing-fund"], "powers": ["apply", "supplement"],
        "until": city.now().day().plus(30).to_string(), "password": PASSWORD,
    });
    for (name, value) in more.as_object().expect("fields") {
        wish[name] = value.clone();
    }
    let given = principal.post_json("/api/v1/me/mandates", &wish).await.expect(201).json();
    let id = given["id"].as_str().expect("an id").to_owned();
    agent.post_json(&format!("/api/v1/me/mandates/{id}/accept"), &json!({})).await.expect(204);
    city.settle().await;
    city.letters();
    (principal, agent, id)
}

pub async fn file(agent: &Client, mandate: &str) -> testkit::Answer {
    let form = entries(agent, "housing-fund").await;
    let body = json!({ "item": "housing-fund", "form": form, "mandate": mandate });
    agent.post_json("/api/v1/applications", &body).await
}

async fn withdraw(client: &Client, no: &str) -> testkit::Answer {
    client.post(&format!("/my/cases/{no}/withdraw"), &[("reason", "不办了")]).await
}

async fn supplement(client: &Client, no: &str) -> testkit::Answer {
    let file = ("files", "证明.pdf", &b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n"[..]);
    client.upload(&format!("/my/cases/{no}/supplement"), &[("note", "已经补交")], file).await
}

#[test]
fn an_agent_fills_in_a_draft_that_belongs_to_who_has_given_the_mandate() {
    each_city(hall::OFFICES, async |city| {
        city_with_people(&city).await;
        let (principal, agent, id) = mandate(&city, json!({})).await;
        agent.get("/apply/housing-fund").await.expect(200).says("代陈晓敏办理");
        let begun =
            agent.post("/apply/housing-fund", &[("mandate", id.as_str())]).await.expect(303);
        let draft = begun.leads_to().to_owned();
        agent.get(&draft).await.expect(200).says("您在代陈晓敏办理");
        let page = agent.get(&format!("{draft}/applicant")).await.expect(200);
        page.says("陈晓敏").says("人口基础信息");
        assert!(!page.text.contains("13812345679"), "the agent's own phone is no entry");

        principal.get("/my/cases").await.expect(200).says("代理人正在代您填写");
        principal.get(&draft).await.expect(200).says("王建国正在凭您的委托书代您填写");
        let looks = principal.get("/me/looks").await.expect(200);
        looks.says("代理人凭您的委托书填写办事申请");
        looks.says(&format!("王建国（代理人，受陈晓敏委托，委托书 {id}）"));
        let own = agent.get("/me/looks").await.expect(200);
        assert!(!own.text.contains("代理人凭您的委托书"), "nobody looked at the agent's data");
        agent.get("/my/cases").await.expect(200).says("代陈晓敏：").says("陈晓敏的办件");

        // Taken back while the agent types: refused at once, and what was typed is shown again.
        principal.post(&format!("/me/mandates/{id}/revoke"), &[]).await.expect(303);
        let typed = [("version", "1"), ("applicant_phone", "13712340000")];
        let lost = agent.post(&format!("{draft}/applicant"), &typed).await.expect(422);
        lost.says("陈晓敏的委托已经收回，没有办理").says("13712340000");
        assert!(!lost.text.contains("滨湖南路"), "of the draft nothing is shown any more");
        agent.get(&draft).await.expect(403).says("委托已经收回");
        agent.post(&format!("{draft}/submit"), &[]).await.expect(403);
        principal.get(&draft).await.expect(200);
    });
}

#[test]
fn what_was_looked_up_for_a_draft_stands_in_the_life_of_its_case() {
    each_city(hall::OFFICES, async |city| {
        city_with_people(&city).await;
        city.account("watcher", "冯岩", "auditor", "ezhou").await;
        let (_, agent, id) = mandate(&city, json!({})).await;
        let created = file(&agent, &id).await.expect(201).json();
        let no = no_of(&created).to_owned();
        let watcher = city.client("watcher").await;
        let life = watcher.get(&format!("/desk/audit/cases/{no}")).await.expect(200);
        let look = "填写申请的时候查询，那时还没有办件";
        life.says(look).says("王建国 · 代理人，受陈晓敏委托").says("人口");
        let (before, after) = life.text.split_once(look).expect("once");
        assert!(!after.contains(look), "one look filled in many fields");
        assert!(!before.contains("提交申请"), "it stands before what was filed: {before}");
        // Of another case of the same person nothing is told by it.
        let own = crate::journey::apply(&city.client("other").await).await;
        let other = watcher.get(&format!("/desk/audit/cases/{}", no_of(&own))).await.expect(200);
        assert!(!other.text.contains("受陈晓敏委托"), "{}", other.text);
    });
}

#[test]
fn what_an_agent_files_is_the_principals_and_says_who_did_it_by_which_mandate() {
    each_city(hall::OFFICES, async |city| {
        city_with_people(&city).await;
        let (principal, agent, id) = mandate(&city, json!({})).await;
        let created = file(&agent, &id).await.expect(201).json();
        let no = no_of(&created).to_owned();
        assert!(created["query_code"].is_null(), "the code is the applicant's");
        let who = &created["receipt"]["act"]["who"];
        assert_eq!(who["name"], "王建国");
        assert_eq!(who["on_behalf"]["name"], "陈晓敏");
        assert_eq!(who["on_behalf"]["mandate"], json!(id));

        let own = principal.get(&format!("/my/cases/{no}")).await.expect(200);
        own.says("这一件由王建国凭您的委托书代为提出").says("代理人王建国").says("撤回申请");
        principal.get(&format!("/my/cases/{no}/slip")).await.expect(200).says("查询码");
        let slip = agent.get(&format!("/my/cases/{no}/slip")).await.expect(200);
        assert!(!slip.text.contains("<dt>查询码"), "an agent is not shown the code");
        agent.get(&format!("/my/cases?mandate={id}")).await.expect(200).says(&no);
        city.settle().await;
        let letters = city.letters();
        let to = |to: &str| letters.iter().find(|one| one.to == to).expect("a letter");
        assert!(to("citizen@example.com").text.contains("由代理人凭您的委托书提出"));
        assert!(to("citizen@example.com").text.contains("查询码："));
        assert!(to("other@example.com").text.contains("您受陈晓敏委托代为提出的申请已经提交"));
        assert!(!to("other@example.com").text.contains("查询码："));

        let clerk = city.client("clerk").await;
        let desk = clerk.get(&format!("/desk/cases/{no}")).await.expect(200);
        desk.says("由代理人提出")
            .says("王建国 · 代理人（受陈晓敏委托）")
            .says("提出申请、补正材料");
        let missing = json!({ "items": ["请补交缴存证明"] });
        step(&clerk, &no, "correct", missing).await.expect(200);
        let page = agent.get(&format!("/my/cases/{no}")).await.expect(200);
        page.says("您在代陈晓敏办理").says("需要您补正");
        assert!(
            !page.text.contains("撤回这份申请"),
            "what the mandate does not name is not offered"
        );
        let refused = withdraw(&agent, &no).await.expect(403);
        refused.says("陈晓敏委托您办理的是：提出申请、补正材料；不包括撤回申请");
        supplement(&agent, &no).await.expect(303);
        city.settle().await;
        let told = city.letters();
        assert!(told.iter().any(|one| one.to == "other@example.com" && one.text.contains("补正")));
        principal.get(&format!("/my/cases/{no}")).await.expect(200).says("这一件有新进展");

        principal.post(&format!("/me/mandates/{id}/revoke"), &[]).await.expect(303);
        agent.get(&format!("/my/cases/{no}")).await.expect(404);
        supplement(&agent, &no).await.expect(404);
        withdraw(&agent, &no).await.expect(404);
        agent.get(&format!("/api/v1/applications/{no}")).await.expect(404);
        agent.get(&format!("/my/cases?mandate={id}")).await.expect(403);
        file(&agent, &id).await.expect(403);
        let desk = clerk.get(&format!("/desk/cases/{no}")).await.expect(200);
        desk.says("委托人已经收回");
    });
}

#[test]
fn a_mandate_opens_what_it_names_to_its_agent_and_nothing_to_others() {
    each_city(hall::OFFICES, async |city| {
        city_with_people(&city).await;
        city.person("third", "何静", "citizen", "", None).await;
        let before = crate::journey::apply(&city.client("citizen").await).await;
        let (principal, agent, id) = mandate(&city, json!({ "powers": ["apply"] })).await;
        let chosen = [("mandate", id.as_str())];
        let outside = agent.post("/apply/food-business", &chosen).await.expect(403);
        outside.says("陈晓敏的委托只包括：").says("不包括申请「");
        // Who may only file sees what they have filed, and nothing that was there before.
        agent.get(&format!("/my/cases/{}", no_of(&before))).await.expect(404);
        let filed = file(&agent, &id).await.expect(201).json();
        agent.get(&format!("/my/cases/{}", no_of(&filed))).await.expect(200);
        let third = city.client("third").await;
        third.post("/apply/housing-fund", &chosen).await.expect(404);
        file(&third, &id).await.expect(404);
        third.get(&format!("/my/cases/{}", no_of(&filed))).await.expect(404);
        third.get(&format!("/my/cases?mandate={id}")).await.expect(404);
        // The principal holds no mandate of their own, and nobody files for oneself by one.
        file(&principal, &id).await.expect(404);

        let one_case = json!({
            "scope": "case", "case": no_of(&before), "powers": ["withdraw"], "items": [],
        });
        let (_, agent, _) = mandate(&city, one_case).await;
        agent.get(&format!("/my/cases/{}", no_of(&before))).await.expect(200);
        withdraw(&agent, no_of(&before)).await.expect(303);
        withdraw(&agent, no_of(&filed)).await.expect(403);
    });
}

#[test]
fn a_mandate_for_a_firm_is_used_for_that_firm_alone() {
    each_city(hall::OFFICES, async |city| {
        city_with_people(&city).await;
        let firm = json!({
            "scope": "all", "items": [], "firm_name": "江边面馆", "firm_code": "91330100799655058B",
        });
        let (_, agent, id) = mandate(&city, firm).await;
        file(&agent, &id).await.expect(403).json();
        let begun =
            agent.post("/apply/food-business", &[("mandate", id.as_str())]).await.expect(303);
        let draft = begun.leads_to().to_owned();
        agent.get(&draft).await.expect(200).says("您在代江边面馆办理");
        agent.get("/me/mandates").await.expect(200).says("江边面馆");
        agent.get(&format!("/me/mandates/{id}")).await.expect(200).says("本站还没有核对");
    });
}

#[test]
fn a_token_tells_an_agent_nothing_of_what_was_filed_once_the_mandate_is_taken_back() {
    each_city(hall::OFFICES, async |city| {
        city_with_people(&city).await;
        let (principal, agent, id) = mandate(&city, json!({})).await;
        let form = entries(&agent, "housing-fund").await;
        let token = base::Id::<()>::mint(city.now()).to_string();
        let body = |mandate: Option<&str>| json!({ "item": "housing-fund", "form": form, "mandate": mandate, "token": token });
        let path = "/api/v1/applications";
        let filed = agent.post_json(path, &body(Some(&id))).await.expect(201).json();
        let no = no_of(&filed).to_owned();
        let again = agent.post_json(path, &body(Some(&id))).await.expect(201).json();
        assert_eq!(no_of(&again), no, "the same token is the same application");
        agent.post_json(path, &body(None)).await.expect(404);

        principal.post(&format!("/me/mandates/{id}/revoke"), &[]).await.expect(303);
        for (by, status) in [(None, 404), (Some(id.as_str()), 403)] {
            let refused = agent.post_json(path, &body(by)).await.expect(status);
            assert!(!refused.text.contains(&no), "{}", refused.text);
        }
        let (_, agent, other) = mandate(&city, json!({})).await;
        let refused = agent.post_json(path, &body(Some(&other))).await.expect(404);
        assert!(!refused.text.contains(&no), "another mandate does not open it either");
    });
}
