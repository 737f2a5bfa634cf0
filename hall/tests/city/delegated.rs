//! A case in the hands of one who exercises a colleague's post: what is done says for whom, and both count
//! where two people must differ.

use serde_json::json;
use testkit::{City, Client, each_city};

use crate::journey::{apply, city_with_people, no_of, step};

/// The approver hands the post to a clerk of the same organ, and the security administrator agrees.
async fn approver_hands_over(city: &City) -> Client {
    city.account("warden", "郑洁", "secadmin", "ezhou").await;
    hands_over(city, "approver", "clerk2").await;
    city.settle().await;
    let letters = city.letters();
    for to in ["approver@example.com", "clerk2@example.com"] {
        let told = letters.iter().any(|one| one.to == to && one.text.contains("周敏代行"));
        assert!(told, "{to} is told");
    }
    city.client("clerk2").await
}

/// One hands their post to a colleague, and the security administrator agrees.
async fn hands_over(city: &City, holder: &str, colleague: &str) {
    // So that what comes later has a later id.
    city.clock.pass_seconds(1);
    let (approver, warden) = (city.client(holder).await, city.client("warden").await);
    let page = approver.get("/desk/delegations").await.expect(200).text;
    let (_, rest) = page.split_once("/desk/delegations/new?holding=").expect("a post");
    let (post, _) = rest.split_once('"').expect("its id");
    let until = city.now().day().plus(20).to_string();
    let wish = [
        ("holding", post),
        ("colleague", colleague),
        ("until", until.as_str()),
        ("reason", "到省里开会"),
    ];
    approver.post("/desk/delegations/new", &wish).await.expect(303);
    let list = warden.get("/desk/proposals").await.expect(200).text;
    let (_, rest) = list.split_once("href=\"/desk/proposals/").expect("a proposal");
    let (id, _) = rest.split_once('"').expect("its id");
    warden.post(&format!("/desk/proposals/{id}/agree"), &[]).await.expect(303);
}

#[test]
fn a_decision_for_the_absent_approver_says_so_and_who_accepted_does_not_decide_for_them() {
    each_city(hall::OFFICES, async |city| {
        city_with_people(&city).await;
        let citizen = city.client("citizen").await;
        let (own, others) = (apply(&citizen).await, apply(&citizen).await);
        let acting = approver_hands_over(&city).await;
        let (clerk, examiner) = (city.client("clerk").await, city.client("examiner").await);
        let opinion = json!({ "finding": "approve", "opinion": "材料真实" });
        let decision =
            json!({ "verdict": "grant", "reason": "符合法定条件", "ground": "第三十八条" });

        let no = no_of(&own);
        step(&acting, no, "accept", json!({})).await.expect(200);
        step(&examiner, no, "examine", opinion.clone()).await.expect(200);
        let refused = step(&acting, no, "decide", decision.clone()).await;
        assert_eq!(refused.json()["error"]["code"], "flow.same_person");

        let no = no_of(&others);
        step(&clerk, no, "accept", json!({})).await.expect(200);
        step(&examiner, no, "examine", opinion).await.expect(200);
        step(&acting, no, "decide", decision).await.expect(200);
        let desk = clerk.get(&format!("/desk/cases/{no}")).await.expect(200);
        desk.says("周敏 · 审批负责人（受赵局委托代行）");
        let own = citizen.get(&format!("/my/cases/{no}")).await.expect(200);
        own.says("审批负责人（受委托代行）");
        city.account("watcher", "冯岩", "auditor", "ezhou").await;
        let life = city.client("watcher").await.get(&format!("/desk/audit/cases/{no}")).await;
        life.expect(200).says("审批负责人（受赵局委托代行）");
    });
}

#[test]
fn two_who_exercise_each_others_posts_do_not_review_what_they_drafted_for_one_another() {
    each_city(hall::OFFICES, async |city| {
        city_with_people(&city).await;
        city.account("warden", "郑洁", "secadmin", "ezhou").await;
        city.account("editor", "孙文", "editor", "ezhou-gjj").await;
        city.account("reviewer", "吴审", "reviewer", "ezhou-gjj").await;
        city.account("other_reviewer", "冯审", "reviewer", "ezhou-gjj").await;
        hands_over(&city, "editor", "reviewer").await;
        hands_over(&city, "reviewer", "editor").await;
        // The reviewer drafts in the editor's post; the editor would review it in the reviewer's.
        let (drafts, reviews) = (city.client("reviewer").await, city.client("editor").await);
        let form = [("column", "notices"), ("title", "通知"), ("text", "通知的正文。")];
        let saved = drafts.post("/desk/documents/new", &form).await.expect(303);
        let id = saved.leads_to().split('?').next().expect("a path").rsplit('/').next();
        let id = id.expect("its id").to_owned();
        let form = [&form[..], &[("version", "1")]].concat();
        drafts.post(&format!("/desk/documents/{id}/send"), &form).await.expect(303);
        let path = format!("/desk/reviews/{id}");
        let verdict = async |client: &Client| {
            let page = client.get(&path).await.expect(200).text;
            let (_, rest) = page.split_once("name=\"hash\" value=\"").expect("a hash");
            let hash = rest.split('"').next().expect("its end").to_owned();
            let form = [("hash", hash.as_str()), ("conclusion", "open"), ("remark", "")];
            client.post(&path, &form).await
        };
        verdict(&reviews).await.expect(403).says("自己起草的信息要由别人审核");
        // Somebody who stands on neither side reviews it.
        verdict(&city.client("other_reviewer").await).await.expect(303);
    });
}
