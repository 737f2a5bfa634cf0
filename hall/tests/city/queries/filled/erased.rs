//! A complaint about a look, looks that are deferred, what was erased by law, and what somebody has entered to be erased or
//! taken out.

use flow::Scope;
use testkit::City;

use super::{Names, last_of};

/// An order of this scope on this, which names running and kept cases too.
async fn entered(city: &City, scope: &str, shown: &str) -> String {
    let form = [
        ("scope", scope),
        ("shown", shown),
        ("organ", "鄂州市互联网信息办公室"),
        ("document", "鄂州网信罚〔2026〕3号"),
        ("ground", "《中华人民共和国个人信息保护法》第四十七条第一款第四项"),
        ("running", "true"),
        ("retained", "true"),
    ];
    last_of(&city.client("privacy").await.post("/desk/erasures", &form).await.expect(303))
}

/// The demo's citizen complains about a look; another complaint has its answer.
async fn complaints(city: &City, names: &mut Names) {
    let (citizen, clerk) = (city.client("citizen").await, city.client("clerk").await);
    let file = format!("/desk/cases/{}/files/{}", names["no"], names["file"]);
    for _ in 0..2 {
        clerk.get(&file).await.expect(200);
        city.clock.pass_seconds(1);
    }
    city.settle().await;
    let looks = citizen.get("/me/looks").await.expect(200);
    let found: Vec<String> = looks
        .text
        .split("/me/complaints/new?look=")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap_or_default().to_owned())
        .collect();
    let (open, answered) = (&found[0], &found[1]);
    let protector = city.client("privacy").await;
    for look in [answered, open] {
        let form = [("look", look.as_str()), ("words", "我没有办过这件事。")];
        let no = last_of(&citizen.post("/me/complaints", &form).await.expect(303));
        if look == answered {
            let page = format!("/desk/complaints/{no}");
            let found = [("finding", "decline"), ("opinion", "按职责办理申请时查看。")];
            protector.post(&format!("{page}/examine"), &found).await.expect(303);
            let answer = [("receipt", "经核查，这次查看是正当的。")];
            protector.post(&format!("{page}/deliver"), &answer).await.expect(303);
        }
        names.insert("complaint", no);
    }
    names.insert("look", open.clone());
}

/// Some deferrals that stand, with looks under one, and one that waits; one has ended.
async fn deferrals(city: &City, names: &mut Names) {
    let (first, second) = (city.client("privacy").await, city.client("privacy2").await);
    let until = city.now().day().plus(20).to_string();
    for (n, number) in ["420704199003072468", "420702198502149610", "42070419851231001X"]
        .into_iter()
        .chain(["420702199003076634", "420704199003072468"])
        .enumerate()
    {
        let form = [
            ("whom", "person"),
            ("shown", number),
            ("organ", if n == 4 { "ezhou-gjj" } else { super::ORGAN }),
            ("ground", "secret"),
            ("law", "《中华人民共和国监察法》第四十三条"),
            ("approver", "鄂州市监察委员会"),
            ("document", "鄂州监〔2026〕3号"),
            ("approved_by", "主任李明"),
            ("purpose", "调查期间不能惊动本人"),
            ("until", until.as_str()),
        ];
        let id = last_of(&first.post("/desk/deferrals", &form).await.expect(303));
        if n == 4 {
            names.insert("deferral_open", id);
            continue;
        }
        let agree = format!("/desk/deferrals/{id}/agree");
        second.post(&agree, &[("reason", "")]).await.expect(303);
        match n {
            0 => names.insert("deferral", id),
            1 => {
                let end = format!("/desk/deferrals/{id}/end");
                first.post(&end, &[("reason", "调查结束")]).await.expect(303);
                None
            }
            _ => None,
        };
    }
    let later = city.now().day().plus(40).to_string();
    let form = [
        ("prolongs", names["deferral"].as_str()),
        ("until", later.as_str()),
        ("approver", "鄂州市监察委员会"),
        ("document", "鄂州监〔2026〕9号"),
        ("approved_by", "主任李明"),
        ("purpose", "调查还没有结束"),
    ];
    first.post("/desk/deferrals", &form).await.expect(303);
    let clerk = city.client("clerk").await;
    let file = format!("/desk/cases/{}/files/{}", names["no"], names["file"]);
    clerk.get(&file).await.expect(200);
}

/// One order to export waits for the second person; the file of another is made and fetched.
async fn exports(city: &City, names: &mut Names) {
    let approver = city.client("approver").await;
    let mut form = vec![
        ("export", "approvals.cases"),
        ("organ", names["organ"].as_str()),
        ("purpose", "向省市场监督管理局报送办件"),
        ("ground", "《中华人民共和国行政许可法》第六十条"),
        ("receiver", "湖北省市场监督管理局"),
        ("receiver_person", "李敏"),
    ];
    form.extend(["no", "applicant", "number", "entries"].map(|name| ("columns", name)));
    let mut ids = Vec::new();
    for _ in 0..5 {
        ids.push(last_of(&approver.post("/desk/exports", &form).await.expect(303)));
    }
    let watcher = city.client("auditor").await;
    let acts = [
        ("export", "audit.acts"),
        ("who", "clerk"),
        ("purpose", "移送监察机关核查窗口的办理"),
        ("ground", "《中华人民共和国监察法》第十八条"),
        ("receiver", "鄂州市监察委员会"),
        ("receiver_person", "王强"),
    ];
    let of_acts = last_of(&watcher.post("/desk/exports", &acts).await.expect(303));
    for (id, by, agrees) in [(&ids[0], &approver, "privacy"), (&of_acts, &watcher, "secadmin")] {
        let agree = format!("/desk/exports/{id}/agree");
        city.client(agrees).await.post(&agree, &[("reason", "")]).await.expect(303);
        city.settle().await;
        by.post(&format!("/desk/exports/{id}/file"), &[]).await.expect(200);
    }
    names.insert("export_done", ids[0].clone());
    names.insert("export", ids[1].clone());
}

/// A case and a person are erased, and an act waits for the second person.
pub async fn fill(city: &City, names: &mut Names) {
    complaints(city, names).await;
    deferrals(city, names).await;
    let known = names["closed_no"].clone();
    let closed = city
        .hall
        .store
        .read(|r| flow::closed(r, &Scope::city(), None, 20))
        .await
        .expect("the closed cases");
    let case = closed
        .rows
        .into_iter()
        .find(|case| case.no != known && case.office == "approvals")
        .expect("another closed case");
    city.person("leaver", "邹远", "citizen", "", Some("420703198502149617")).await;
    for (scope, shown) in [("case", case.no.as_str()), ("person", "leaver")] {
        let id = entered(city, scope, shown).await;
        let agree = format!("/desk/erasures/{id}/agree");
        city.client("privacy2").await.post(&agree, &[("reason", "")]).await.expect(303);
        city.settle().await;
        names.insert("erasure_done", id);
    }
    exports(city, names).await;
    let act = names["act"].clone();
    let id = entered(city, "act", &act).await;
    names.insert("erasure", id);
}
