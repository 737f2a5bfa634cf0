//! An organ that ends: its posts and cases go to the organ that takes its place, and it takes no new one.

use serde_json::json;
use testkit::each_city;

use crate::journey::{apply, city_with_people, entries, no_of, step};

#[test]
fn a_merged_bureaus_cases_run_on_with_its_successor_and_their_applicant_is_told() {
    each_city(hall::OFFICES, async |city| {
        city_with_people(&city).await;
        city.account("keeper", "吴涛", "sysadmin", "ezhou").await;
        city.account("warden", "郑洁", "secadmin", "ezhou").await;
        let citizen = city.client("citizen").await;
        let case = apply(&citizen).await;
        let no = no_of(&case);
        let clerk = city.client("clerk").await;
        step(&clerk, no, "accept", json!({})).await.expect(200);
        city.settle().await;
        city.letters();
        let (keeper, warden) = (city.client("keeper").await, city.client("warden").await);
        let end = "/desk/organs/ezhou-gjj/end";
        let alone = keeper.post(end, &[("reason", "机构改革方案")]).await.expect(422);
        alone.says("还有 1 件正在办理，请选择承接的机构");
        let merge = [("successor", "ezhou-scj"), ("reason", "机构改革方案")];
        keeper.post(end, &merge).await.expect(303);
        let list = warden.get("/desk/proposals").await.expect(200).text;
        let (_, rest) = list.split_once("href=\"/desk/proposals/").expect("a proposal");
        let proposal = format!("/desk/proposals/{}", rest.split('"').next().expect("its id"));
        warden.get(&proposal).await.expect(200).says(no).says("正在办理的办件（1 件）");
        warden.post(&format!("{proposal}/agree"), &[]).await.expect(303);

        // Posts and cases are there now, and the case runs on.
        let page = clerk.get(&format!("/desk/cases/{no}")).await.expect(200);
        page.says("转到承接的机关");
        let opinion = json!({ "finding": "approve", "opinion": "材料真实" });
        step(&city.client("examiner").await, no, "examine", opinion).await.expect(200);
        citizen.get(&format!("/my/cases/{no}")).await.expect(200).says("转到承接的机关");
        city.settle().await;
        let told = city.letters().iter().any(|one| one.text.contains("继续办理，期限不变"));
        assert!(told, "the applicant is told");
        // Nobody applies there any more.
        let body =
            json!({ "item": "housing-fund", "form": entries(&citizen, "housing-fund").await });
        let refused = citizen.post_json("/api/v1/applications", &body).await;
        assert_eq!(refused.json()["error"]["code"], "approvals.organ_over");
    });
}

#[test]
fn what_a_bureau_had_closed_before_it_ended_is_found_by_its_successor() {
    each_city(hall::OFFICES, async |city| {
        city_with_people(&city).await;
        city.account("keeper", "吴涛", "sysadmin", "ezhou").await;
        city.account("warden", "郑洁", "secadmin", "ezhou").await;
        city.account("heir", "钱进", "clerk", "ezhou-scj").await;
        let citizen = city.client("citizen").await;
        let no = no_of(&apply(&citizen).await).to_owned();
        let why = json!({
            "because": "not_needed", "reason": "不需要许可", "ground": "行政许可法第三十二条",
            "remedy": { "reconsideration": "鄂州市人民政府", "court": "鄂州市鄂城区人民法院" },
        });
        step(&city.client("clerk").await, &no, "refuse", why).await.expect(200);
        let heir = city.client("heir").await;
        heir.get(&format!("/desk/cases/{no}")).await.expect(403);
        let (keeper, warden) = (city.client("keeper").await, city.client("warden").await);
        let merge = [("successor", "ezhou-scj"), ("reason", "机构改革方案")];
        keeper.post("/desk/organs/ezhou-gjj/end", &merge).await.expect(303);
        let list = warden.get("/desk/proposals").await.expect(200).text;
        let (_, rest) = list.split_once("href=\"/desk/proposals/").expect("a proposal");
        let proposal = format!("/desk/proposals/{}", rest.split('"').next().expect("its id"));
        warden.post(&format!("{proposal}/agree"), &[]).await.expect(303);
        city.settle().await;
        // Who takes the bureau's place answers for it; whose decision it was stays on it.
        let page = heir.get(&format!("/desk/cases/{no}")).await.expect(200);
        page.says("公积金");
        citizen.get(&format!("/my/cases/{no}")).await.expect(200);
        let acts = city.hall.store.read(|r| ledger::acts_of(r, "organ", "ezhou-gjj")).await;
        let kept = acts.expect("acts").into_iter().find(|act| act.kind == "identity.files_kept");
        assert_eq!(kept.expect("an act tells of it").content()["cases"], 1);
    });
}
