//! What people would do who hand a post to a colleague for a time.

use testkit::city::City;

use super::{Names, after};

/// A post is exercised for its holder, until one of them ends it; another waits for a word.
pub(super) async fn fill(city: &City, names: &mut Names) {
    let (holder, colleague) = (city.client("clerk").await, city.client("examiner").await);
    let security = city.client("secadmin").await;
    let page = holder.get("/desk/delegations").await.expect(200);
    let post = after(&page, "/desk/delegations/new?holding=", '"');
    let until = city.now().day().plus(10).to_string();
    let wish = [
        ("holding", post.as_str()),
        ("colleague", "examiner"),
        ("until", until.as_str()),
        ("reason", "出差"),
    ];
    let propose = async || {
        holder.post("/desk/delegations/new", &wish).await.expect(303);
        let page = security.get("/desk/proposals").await.expect(200);
        page.text
            .split("href=\"/desk/proposals/")
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
            .map(str::to_owned)
            .last()
            .expect("a proposal")
    };
    let proposal = propose().await;
    security.post(&format!("/desk/proposals/{proposal}/agree"), &[]).await.expect(303);
    let page = colleague.get("/desk/delegations").await.expect(200);
    let exercised = after(&page, "name=\"holding\" value=\"", '"');
    colleague.post("/desk/delegations/end", &[("holding", exercised.as_str())]).await.expect(303);
    let proposal = propose().await;
    let taken_back = [("holding", proposal.as_str())];
    holder.post("/desk/delegations/withdraw", &taken_back).await.expect(303);
    propose().await;
    names.insert("delegable", post);
}

/// Two people change what a role may do, and more is proposed.
pub(super) async fn bundles(city: &City, names: &mut Names) {
    let security = city.client("secadmin").await;
    let propose = async |role: &str| {
        let form = [("right.identity.see", "organ"), ("reason", "试点")];
        security.post(&format!("/desk/roles/{role}/change"), &form).await.expect(303);
        let page = security.get("/desk/proposals").await.expect(200);
        let (_, changes) = page.text.rsplit_once("等待同意的变更").expect("the changes that wait");
        let (_, first) = changes.split_once("href=\"/desk/proposals/").expect("one of them");
        first.split('"').next().expect("its id").to_owned()
    };
    // The first is the only one that waits: which of several has the smallest id is a matter of chance.
    let agree = format!("/desk/proposals/{}/agree", propose("editor").await);
    city.client("sysadmin").await.post(&agree, &[]).await.expect(303);
    for role in ["clerk", "examiner"] {
        propose(role).await;
    }
    let waits = propose("approver").await;
    names.insert("change", waits);
}

/// Two people change organs: one is renamed, one moved, one ended with its posts and cases; another change waits.
pub(super) async fn organs(city: &City, names: &mut Names) {
    let (system, security) = (city.client("sysadmin").await, city.client("secadmin").await);
    let why = ("reason", "机构改革方案");
    let propose = async |path: &str, form: &[(&str, &str)]| {
        let form = [form, &[why]].concat();
        system.post(path, &form).await.expect(303);
        let page = security.get("/desk/proposals").await.expect(200);
        let mut rows = page.text.split("href=\"/desk/proposals/").skip(1);
        let row = rows.find(|row| row.split("</a>").next().is_some_and(|row| row.contains("机构")));
        row.and_then(|row| row.split('"').next()).expect("a proposal").to_owned()
    };
    let agreed = async |id: String| {
        security.post(&format!("/desk/proposals/{id}/agree"), &[]).await.expect(303);
    };
    let ids = city.hall.store.read(access::organs).await.expect("the organs");
    let leaves: Vec<&str> = ids
        .iter()
        .filter(|one| {
            one.kind == "street" && ids.iter().all(|other| other.parent.as_ref() != Some(&one.id))
        })
        .map(|one| one.id.as_str())
        .collect();
    let [renamed, moved, ended, waits, later] = leaves[..5] else { panic!("the demo has streets") };
    let name = [("name", "新的街道办事处"), ("short_name", "新街办")];
    agreed(propose(&format!("/desk/organs/{renamed}/rename"), &name).await).await;
    let parent = [("parent", super::ORGAN)];
    agreed(propose(&format!("/desk/organs/{moved}/move"), &parent).await).await;
    let successor = [("successor", renamed)];
    agreed(propose(&format!("/desk/organs/{ended}/end"), &successor).await).await;
    let day = city.hall.now().day().plus(30).to_string();
    let name = [("name", "将来的街道办事处"), ("short_name", "将来街办"), ("from", &day)];
    let coming = propose(&format!("/desk/organs/{later}/rename"), &name).await;
    agreed(coming.clone()).await;
    names.insert("coming_change", coming);
    let change = propose(&format!("/desk/organs/{waits}/end"), &successor).await;
    names.insert("organ_change", change);
}
