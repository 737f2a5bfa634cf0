//! Scenarios of posts that a colleague exercises for their holder.

use access::{Over, Permit};
use serde_json::{Value, json};
use testkit::city::{City, each_city};
use testkit::{Answer, Client};

use super::{OFFICES, between, record, staffed};
use crate::terms::VOUCH;

const NEW: &str = "/desk/delegations/new";

/// A bureau with a clerk, an examiner and its own administrator, and a clerk elsewhere.
async fn bureau(city: &City) -> (Client, Client, Client) {
    staffed(city).await;
    city.organ("ju", Some("city"), "市场监督管理局", "035").await;
    city.organ("fu", Some("city"), "财政局", "037").await;
    city.account("limin", "李敏", "clerk", "ju").await;
    city.account("wang", "王建国", "examiner", "ju").await;
    city.account("egov", "孙丽", "orgadmin", "ju").await;
    city.account("far", "何静", "clerk", "fu").await;
    (city.client("limin").await, city.client("wang").await, city.client("warden").await)
}

/// The post of one's own that the page offers first.
async fn offered(client: &Client) -> String {
    let page = client.get("/desk/delegations").await.expect(200);
    between(&page.text, "/desk/delegations/new?holding=", "\"").to_owned()
}

fn wish<'a>(holding: &'a str, to: &'a str, until: &'a str) -> Vec<(&'static str, &'a str)> {
    vec![("holding", holding), ("colleague", to), ("until", until), ("reason", "出差学习")]
}

/// Proposed by one, agreed to by the security administrator.
async fn delegated(by: &Client, warden: &Client, wish: &[(&str, &str)]) {
    by.post(NEW, wish).await.expect(303);
    agreed(warden).await.expect(303);
}

async fn agreed(warden: &Client) -> Answer {
    let list = warden.get("/desk/proposals").await.expect(200);
    let id = between(&list.text, "href=\"/desk/proposals/", "\"").to_owned();
    warden.post(&format!("/desk/proposals/{id}/agree"), &[]).await
}

/// By what right they may do what only clerks do, if they may.
async fn as_clerk(city: &City, login: &str) -> Option<Permit> {
    let actor = city.actor(login).await;
    city.hall.store.read(move |r| access::authorise(r, &actor, &VOUCH, Over::City)).await.ok()
}

#[test]
fn a_colleague_exercises_a_post_for_its_holder_once_another_has_agreed() {
    each_city(OFFICES, async |city: City| {
        let (holder, colleague, warden) = bureau(&city).await;
        assert!(as_clerk(&city, "wang").await.is_none());
        let post = offered(&holder).await;
        let page = holder.get(&format!("{NEW}?holding={post}")).await.expect(200);
        page.says("王建国（wang）").says("一次最多 90 天");
        assert!(!page.text.contains("何静"), "who works elsewhere is no colleague");
        let nothing = holder.post(NEW, &[("holding", post.as_str())]).await.expect(422);
        nothing.says("请选择受委托的同事").says("请写委托的最后一天").says("请写委托的理由");
        holder.post(NEW, &wish(&post, "wang", "2026-05-31")).await.expect(422).says("最多 90 天");
        let elsewhere = holder.post(NEW, &wish(&post, "far", "2026-03-10")).await.expect(422);
        elsewhere.says("只能委托给同一个机构");
        holder.post(NEW, &wish(&post, "limin", "2026-03-10")).await.expect(422).says("岗位的本人");
        let others = offered(&colleague).await;
        holder.post(NEW, &wish(&others, "egov", "2026-03-10")).await.expect(404);

        // As a browser sends the days.
        let mut parts = wish(&post, "wang", "");
        parts.extend([("until.year", "2026"), ("until.month", "5"), ("until.day", "31")]);
        holder.post(NEW, &parts).await.expect(422).says("最多 90 天");
        parts.extend([("from.year", "2026"), ("from.month", "3"), ("from.day", "")]);
        holder.post(NEW, &parts).await.expect(422).says("请写日期");

        holder.post(NEW, &wish(&post, "wang", "2026-03-10")).await.expect(303);
        holder.post(NEW, &wish(&post, "egov", "2026-03-10")).await.expect(422).says("正在等人同意");
        holder.get("/desk/delegations").await.expect(200).says("等待同意的委托").says("撤回");
        holder.get("/desk/proposals").await.expect(403);
        assert!(as_clerk(&city, "wang").await.is_none(), "only proposed");
        agreed(&warden).await.expect(303);

        let permit = as_clerk(&city, "wang").await.expect("for 李敏");
        let who = permit.who();
        assert_eq!((who.name.as_str(), who.organ.as_str()), ("王建国", "ju"));
        assert_eq!(who.post, "窗口工作人员（受委托代行）");
        assert_eq!(who.post_said(), "窗口工作人员（受李敏委托代行）");
        let limin = city.actor("limin").await.person().expect("a person").account.to_string();
        assert_eq!(who.on_behalf.as_ref().map(|one| one.account.clone()), Some(limin));
        assert!(as_clerk(&city, "limin").await.expect("still").who().on_behalf.is_none());
        colleague.get("/desk").await.expect(200).says("您正在受李敏委托代行岗位");
        colleague.get("/desk/delegations").await.expect(200).says("受别人委托代行的");
        warden.get("/desk/accounts/wang").await.expect(200).says("受李敏委托代行");
        let told = record(&city).await;
        let given = told.iter().find(|act| act.kind == "identity.post_given").expect("an act");
        assert_eq!(given.content()["delegated_by"]["name"], "李敏");
        assert!(told.iter().any(|act| act.kind == "identity.delegation_proposed"));
    });
}

#[test]
fn what_is_done_for_another_says_so_and_a_delegated_post_goes_no_further() {
    each_city(OFFICES, async |city: City| {
        let (holder, colleague, warden) = bureau(&city).await;
        let post = offered(&holder).await;
        delegated(&holder, &warden, &wish(&post, "wang", "2026-03-10")).await;
        let page = colleague.get("/desk/delegations").await.expect(200);
        let exercised = between(&page.text, "name=\"holding\" value=\"", "\"").to_owned();
        let onward = colleague.post(NEW, &wish(&exercised, "egov", "2026-03-09")).await.expect(422);
        onward.says("这是受李敏委托代行的岗位，不能再委托给别人");
        let twice = holder.post(NEW, &wish(&post, "egov", "2026-03-09")).await.expect(422);
        twice.says("已经委托给王建国代行");
        let card = [("name", "张明"), ("number", super::NUMBER), ("seen", "true")];
        colleague.post("/desk/holders", &card).await.expect(200);
        let told = record(&city).await;
        let looked = told.iter().find(|act| act.kind.starts_with("ask.")).expect("a look");
        let who = looked.who().expect("who");
        assert_eq!(who.post_said(), "窗口工作人员（受李敏委托代行）");
    });
}

#[test]
fn a_delegation_ends_with_its_day_early_with_the_post_and_with_an_account() {
    each_city(OFFICES, async |city: City| {
        let (holder, colleague, warden) = bureau(&city).await;
        let keeper = city.client("keeper").await;
        let post = offered(&holder).await;
        let exercises = async || as_clerk(&city, "wang").await.is_some();
        let ended_by = async |by: &Client| {
            let page = by.get("/desk/delegations").await.expect(200);
            let row = between(&page.text, "action=\"/desk/delegations/end\"", "</form>").to_owned();
            let id = between(&row, "value=\"", "\"").to_owned();
            by.post("/desk/delegations/end", &[("holding", id.as_str())]).await
        };
        // Either side ends it, at once; nobody else does.
        for by in [&holder, &colleague] {
            delegated(&holder, &warden, &wish(&post, "wang", "2026-03-10")).await;
            assert!(exercises().await);
            ended_by(by).await.expect(303);
            assert!(!exercises().await);
        }
        // With either account; it does not come back with it.
        for login in ["limin", "wang"] {
            let holder = city.client("limin").await;
            delegated(&holder, &warden, &wish(&post, "wang", "2026-03-10")).await;
            for state in ["disabled", "active"] {
                let path = format!("/desk/accounts/{login}/state");
                keeper.post(&path, &[("state", state)]).await.expect(303);
                assert!(!exercises().await, "{login} {state}");
            }
        }
        // With its day.
        let holder = city.client("limin").await;
        delegated(&holder, &warden, &wish(&post, "wang", "2026-03-03")).await;
        city.clock.pass_seconds(24 * 3_600);
        assert!(exercises().await, "on its last day");
        city.clock.pass_seconds(24 * 3_600);
        assert!(!exercises().await, "after it");
        // With the post.
        let (holder, warden) = (city.client("limin").await, city.client("warden").await);
        delegated(&holder, &warden, &wish(&post, "wang", "2026-03-20")).await;
        assert!(exercises().await);
        let end = [("holding", post.as_str())];
        warden.post("/desk/accounts/limin/end", &end).await.expect(303);
        assert!(!exercises().await, "the post is gone");
        holder.post(NEW, &wish(&post, "wang", "2026-03-20")).await.expect(403);
    });
}

#[test]
fn who_leaves_the_organ_exercises_nobodys_post_there() {
    each_city(OFFICES, async |city: City| {
        let (holder, _, warden) = bureau(&city).await;
        let post = offered(&holder).await;
        let page = warden.get("/desk/accounts/wang").await.expect(200);
        let own = between(&page.text, "name=\"holding\" value=\"", "\"").to_owned();
        delegated(&holder, &warden, &wish(&post, "wang", "2026-03-20")).await;
        assert!(as_clerk(&city, "wang").await.is_some());
        let end = [("holding", own.as_str())];
        warden.post("/desk/accounts/wang/end", &end).await.expect(303);
        assert!(as_clerk(&city, "wang").await.is_none());
    });
}

#[test]
fn the_departments_own_administrator_proposes_for_others_and_the_three_have_no_such_page() {
    each_city(OFFICES, async |city: City| {
        let (holder, _, warden) = bureau(&city).await;
        let egov = city.client("egov").await;
        let page = egov.get("/desk/accounts/limin").await.expect(200);
        let post = between(&page.text, "/desk/delegations/new?holding=", "\"").to_owned();
        let refused = egov.post(NEW, &wish(&post, "egov", "2026-03-10")).await.expect(422);
        refused.says("不能给自己授予岗位");
        egov.post(NEW, &wish(&post, "wang", "2026-03-10")).await.expect(303);
        holder.get("/desk/delegations").await.expect(200).says("孙丽提出");
        agreed(&warden).await.expect(303);
        assert!(as_clerk(&city, "wang").await.is_some());
        // Of another organ they see nothing.
        let far = offered(&city.client("far").await).await;
        egov.get(&format!("{NEW}?holding={far}")).await.expect(404);
        egov.post(NEW, &wish(&far, "wang", "2026-03-10")).await.expect(404);
        for login in ["keeper", "warden", "watcher"] {
            city.client(login).await.get("/desk/delegations").await.expect(403);
        }
    });
}

#[test]
fn a_program_delegates_a_post_for_whoever_holds_it() {
    const HERE: &str = "/api/v1/me/delegations";
    each_city(OFFICES, async |city: City| {
        let (holder, colleague, warden) = bureau(&city).await;
        let list = async |client: &Client| client.get(HERE).await.expect(200).json();
        let states = |list: &Value| -> Vec<String> {
            let all = list["delegations"].as_array().expect("a list").iter();
            all.map(|one| format!("{} {}", one["side"], one["state"]).replace('"', "")).collect()
        };
        let mine = list(&holder).await;
        assert_eq!((&mine["longest_days"], states(&mine)), (&json!(90), vec![]));
        let post = mine["posts"][0]["id"].as_str().expect("a post").to_owned();
        let wish = |colleague: &str, until: &str| json!({ "post": post, "colleague": colleague, "until": until, "reason": "出差学习" });
        holder.post_json(HERE, &wish("wang", "2026-05-31")).await.expect(422);
        holder.post_json(HERE, &json!({ "post": "x", "colleague": "wang", "until": "2026-03-10", "reason": "出差" }))
            .await
            .expect(404);
        colleague.post_json(HERE, &wish("egov", "2026-03-10")).await.expect(404);
        let propose = async || {
            let given =
                holder.post_json(HERE, &wish("wang", "2026-03-10")).await.expect(201).json();
            given["id"].as_str().expect("an id").to_owned()
        };
        let moved = async |client: &Client, id: &str, verb: &str| {
            client.post_json(&format!("{HERE}/{id}/{verb}"), &json!({})).await
        };

        // One is taken back, and only by whom it was proposed.
        let id = propose().await;
        assert_eq!(states(&list(&holder).await), ["holder proposed"]);
        assert!(states(&list(&colleague).await).is_empty(), "nothing counts yet");
        moved(&colleague, &id, "withdraw").await.expect(404);
        moved(&holder, &id, "extend").await.expect(404);
        moved(&holder, &id, "withdraw").await.expect(204);
        moved(&holder, &id, "withdraw").await.expect(409);

        // The next is agreed to, stands on both sides, and either side ends it.
        propose().await;
        agreed(&warden).await.expect(303);
        assert_eq!(states(&list(&holder).await), ["holder in_force"]);
        let theirs = list(&colleague).await;
        assert_eq!(states(&theirs), ["colleague in_force"]);
        assert_eq!(theirs["delegations"][0]["other"], "李敏");
        let id = theirs["delegations"][0]["id"].as_str().expect("an id").to_owned();
        moved(&city.client("egov").await, &id, "end").await.expect(404);
        moved(&colleague, &id, "end").await.expect(204);
        assert_eq!(states(&list(&holder).await), ["holder over"]);
        moved(&colleague, &id, "end").await.expect(404);
        city.client("far").await.get(HERE).await.expect(200);
    });
}
