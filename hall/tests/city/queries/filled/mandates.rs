//! What people would do by a written mandate: the demo's agent acts for its citizen.

use serde_json::json;
use testkit::city::City;

use super::Names;
use crate::journey::entries;

/// The agent files for the citizen and leaves a draft; further mandates wait, are refused and taken back.
pub(super) async fn fill(city: &City, names: &mut Names) {
    let (principal, agent) = (city.client("citizen").await, city.client("agent").await);
    let page = agent.get("/me/mandates").await.expect(200).text;
    let mandate = first_under(&page, "别人委托我的");
    let form = entries(&agent, "housing-fund").await;
    let body = json!({ "item": "housing-fund", "form": form, "mandate": mandate });
    let mut agents_no = String::new();
    for _ in 0..2 {
        let filed = agent.post_json("/api/v1/applications", &body).await.expect(201).json();
        agents_no = filed["no"].as_str().expect("a number").to_owned();
    }
    let begun = agent.post("/apply/housing-fund", &[("mandate", mandate.as_str())]).await;
    let draft = begun.expect(303).leads_to().rsplit('/').next().unwrap_or_default().to_owned();
    let until = city.now().day().plus(20).to_string();
    let wish = [
        ("agent_name", population::DEMO_AGENT_NAME),
        ("agent_number", population::DEMO_AGENT_NUMBER),
        ("scope", "items"),
        ("items", "housing-fund"),
        ("powers", "apply"),
        ("until", until.as_str()),
        ("password", identity::PASSWORD),
    ];
    for _ in 0..4 {
        principal.post("/me/mandates/new", &wish).await.expect(303);
    }
    for verb in ["accept", "refuse"] {
        let page = agent.get("/me/mandates").await.expect(200).text;
        let waits = first_under(&page, "等您答复的委托");
        agent.post(&format!("/me/mandates/{waits}/{verb}"), &[]).await.expect(303);
    }
    names.extend([("mandate", mandate), ("draft_for_another", draft), ("agents_no", agents_no)]);
}

/// The first mandate that stands under this heading.
fn first_under(page: &str, heading: &str) -> String {
    let (_, rest) = page.split_once(heading).expect("a list");
    let (_, rest) = rest.split_once("href=\"/me/mandates/").expect("a mandate");
    rest.split('"').next().expect("its id").to_owned()
}
