//! Scenarios of written mandates: writing, taking on, taking back; what nobody learns.

use testkit::city::{City, PASSWORD, each_city};
use testkit::{Answer, Client};

use super::{NUMBER, OFFICES, between, counted, record};

const NEW: &str = "/me/mandates/new";
const AGENTS: &str = "42070419851231001X";
const NOBODYS: &str = "420703199502280003";

/// Who needs help, who gives it, and somebody else.
async fn people(city: &City) -> (Client, Client, Client) {
    city.person("principal", "张明", "citizen", "", Some(NUMBER)).await;
    city.person("agent", "王建国", "citizen", "", Some(AGENTS)).await;
    city.person("third", "何静", "citizen", "", None).await;
    (city.client("principal").await, city.client("agent").await, city.client("third").await)
}

fn wish<'a>(name: &'a str, number: &'a str) -> Vec<(&'static str, &'a str)> {
    vec![
        ("agent_name", name),
        ("agent_number", number),
        ("scope", "items"),
        ("items", "housing-fund"),
        ("powers", "apply"),
        ("powers", "supplement"),
        ("until", "2026-12-31"),
        ("password", PASSWORD),
    ]
}

/// The id of the mandate that the list of somebody shows first.
async fn listed(client: &Client) -> String {
    let list = client.get("/me/mandates").await.expect(200);
    between(&list.text.replace("/me/mandates/new", ""), "href=\"/me/mandates/", "\"").to_owned()
}

async fn moved(client: &Client, id: &str, verb: &str) -> Answer {
    client.post(&format!("/me/mandates/{id}/{verb}"), &[]).await
}

#[test]
fn a_mandate_is_written_taken_on_and_taken_back() {
    each_city(OFFICES, async |city: City| {
        let (principal, agent, _) = people(&city).await;
        principal.get(NEW).await.expect(200).says("一次最多 365 天");
        let at_once = principal.post(NEW, &[("scope", "items")]).await.expect(422);
        at_once.says("请再写一次现在的密码").says("代理人");
        assert_eq!(counted(&city, "identity.password_failed").await, 0, "none was tried");
        let done = principal.post(NEW, &wish("王建国", AGENTS)).await.expect(303);
        assert_eq!(done.leads_to(), "/me/mandates?done=given");
        city.settle().await;
        let letters = city.letters();
        assert!(letters.iter().any(|one| one.to == "agent@example.com"
            && one.text.contains("张明写了一份委托书")));

        let id = listed(&agent).await;
        let whole = agent.get(&format!("/me/mandates/{id}")).await.expect(200);
        whole.says("提取住房公积金").says("提出申请、补正材料").says("接受委托");
        moved(&agent, &id, "revoke").await.expect(404);
        moved(&principal, &id, "accept").await.expect(404);
        moved(&agent, &id, "accept").await.expect(303);
        moved(&agent, &id, "accept").await.expect(422).says("现在是“有效”");
        principal
            .get(&format!("/me/mandates/{id}"))
            .await
            .expect(200)
            .says("有效")
            .says("收回委托");

        moved(&principal, &id, "revoke").await.expect(303);
        agent.get(&format!("/me/mandates/{id}")).await.expect(200).says("委托人已经收回");
        moved(&agent, &id, "give-up").await.expect(422).says("现在是“委托人已经收回”");
        city.settle().await;
        let letters = city.letters();
        let told = |to: &str, words: &str| {
            letters.iter().any(|one| one.to == to && one.text.contains(words))
        };
        assert!(told("principal@example.com", "已经接受"));
        assert!(told("agent@example.com", "已经由委托人收回"));
        let kinds: Vec<String> = record(&city).await.iter().map(|act| act.kind.clone()).collect();
        for kind in ["given", "accepted", "revoked"] {
            assert!(kinds.iter().any(|known| known == &format!("identity.mandate_{kind}")));
        }
        for act in record(&city).await {
            assert!(!act.json().to_string().contains(AGENTS), "no act bears a number");
        }
    });
}

#[test]
fn who_writes_a_mandate_does_not_learn_who_has_an_account() {
    each_city(OFFICES, async |city: City| {
        let (principal, agent, third) = people(&city).await;
        for (name, number) in [("王建国", AGENTS), ("王建国", NOBODYS), ("别的名字", AGENTS)]
        {
            let done = principal.post(NEW, &wish(name, number)).await.expect(303);
            assert_eq!(done.leads_to(), "/me/mandates?done=given");
        }
        let list = principal.get("/me/mandates").await.expect(200);
        assert_eq!(list.text.matches("等对方接受").count(), 3, "all three wait alike");
        let named = agent.get("/me/mandates").await.expect(200);
        assert_eq!(named.text.matches("等对方接受").count(), 1, "only by name and number");
        let id = listed(&agent).await;
        third.get(&format!("/me/mandates/{id}")).await.expect(404);
        for verb in ["accept", "refuse", "revoke", "give-up"] {
            moved(&third, &id, verb).await.expect(404);
        }
        // Nobody is sent letters by the dozen.
        for _ in 0..7 {
            principal.post(NEW, &wish("王建国", AGENTS)).await.expect(303);
        }
        principal.post(NEW, &wish("王建国", AGENTS)).await.expect(429).says("今天写的委托太多");
    });
}

#[test]
fn a_mandate_wants_the_password_and_tells_all_that_is_wrong_with_what_was_typed() {
    each_city(OFFICES, async |city: City| {
        let (principal, _, third) = people(&city).await;
        let empty = principal.post(NEW, &[("agent_name", "王建国")]).await.expect(422);
        empty.says("请选择委托办理哪些事").says("请至少选择一项权限").says("请写委托的最后一天");
        empty.says("value=\"王建国\"");
        let with = |name: &'static str, value: &'static str| {
            let mut changed = wish("王建国", AGENTS);
            changed.retain(|(field, _)| *field != name);
            changed.push((name, value));
            changed
        };
        let wrong = principal.post(NEW, &with("password", "wrong")).await.expect(422);
        wrong.says("现在的密码不对").says("housing-fund");
        principal.post(NEW, &with("items", "no-such-item")).await.expect(422).says("没有找到事项");
        principal.post(NEW, &with("agent_number", NUMBER)).await.expect(422).says("不能是您自己");
        principal.post(NEW, &with("until", "2027-03-02")).await.expect(422).says("最多 365 天");
        let mut case = with("scope", "case");
        case.push(("case", "42070003520260302000001"));
        principal.post(NEW, &case).await.expect(422).says("您没有这个编号的办件");
        third.get(NEW).await.expect(200).says("账户还没有核实");
        city.account("clerk", "李敏", "clerk", "").await;
        city.client("clerk").await.get("/me/mandates").await.expect(403);
    });
}

#[test]
fn a_mandate_ends_with_either_account() {
    each_city(OFFICES, async |city: City| {
        let (principal, agent, _) = people(&city).await;
        principal.post(NEW, &wish("王建国", AGENTS)).await.expect(303);
        let id = listed(&agent).await;
        moved(&agent, &id, "accept").await.expect(303);
        let sure = [("password", PASSWORD), ("sure", "true")];
        agent.post("/me/close", &sure).await.expect(303);
        let seen = principal.get(&format!("/me/mandates/{id}")).await.expect(200);
        seen.says("账户注销，委托终止");
        city.settle().await;
        let told = city.letters().into_iter().filter(|one| one.to == "principal@example.com");
        assert!(told.into_iter().any(|one| one.text.contains("因为对方的账户已经注销而终止")));
        assert_eq!(counted(&city, "identity.mandate_ended").await, 1);
        // Who registers on the number again does not have the old mandate.
        city.person("again", "王建国", "citizen", "", Some(AGENTS)).await;
        let again = city.client("again").await;
        again.get(&format!("/me/mandates/{id}")).await.expect(404);
        let list = again.get("/me/mandates").await.expect(200);
        list.says("没有您接受过的委托");
    });
}

#[test]
fn programs_write_and_answer_mandates() {
    each_city(OFFICES, async |city: City| {
        let (principal, agent, third) = people(&city).await;
        let wish = serde_json::json!({
            "agent_name": "王建国", "agent_number": AGENTS, "scope": "all",
            "powers": ["look_up"], "until": "2026-12-31", "password": PASSWORD,
        });
        let given = principal.post_json("/api/v1/me/mandates", &wish).await.expect(201).json();
        let id = given["id"].as_str().unwrap();
        let verb = |verb: &str| format!("/api/v1/me/mandates/{id}/{verb}");
        let nothing = serde_json::json!({});
        third.post_json(&verb("accept"), &nothing).await.expect(404);
        agent.post_json(&verb("accept"), &nothing).await.expect(204);
        let list = agent.get("/api/v1/me/mandates").await.expect(200).json();
        assert_eq!((&list[0]["side"], &list[0]["in_force"]), (&"agent".into(), &true.into()));
        agent.post_json(&verb("give-up"), &nothing).await.expect(204);
        principal.post_json(&verb("revoke"), &nothing).await.expect(409);
    });
}
