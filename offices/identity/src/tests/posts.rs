//! Scenarios of posts: two people give one, one takes it back, and the three administrators are three.

use testkit::City;
use testkit::Client;
use testkit::city::each_city;

use super::{OFFICES, between, staffed};

/// A post as the form of an account sends it.
pub(super) fn wish<'a>(
    role: &'a str,
    organ: &'a str,
    post: &'a str,
) -> Vec<(&'static str, &'a str)> {
    vec![("role", role), ("organ", organ), ("post", post), ("reason", "鄂政任〔2026〕3号")]
}

/// The address of the first proposal in the list.
pub(super) async fn first(client: &Client) -> String {
    let list = client.get("/desk/proposals").await.expect(200);
    format!("/desk/proposals/{}", between(&list.text, "href=\"/desk/proposals/", "\""))
}

/// One proposes, the other agrees.
pub(super) async fn given(by: &Client, agrees: &Client, login: &str, post: &[(&str, &str)]) {
    by.post(&format!("/desk/accounts/{login}/give"), post).await.expect(303);
    let proposal = first(agrees).await;
    agrees.post(&format!("{proposal}/agree"), &[]).await.expect(303);
}

pub(super) async fn two_wardens(city: &City) -> (Client, Client, Client) {
    staffed(city).await;
    city.account("second", "何静", "secadmin", "city").await;
    (city.client("keeper").await, city.client("warden").await, city.client("second").await)
}

#[test]
fn staff_get_an_account_from_one_administrator_and_a_post_from_two_others() {
    each_city(OFFICES, async |city: City| {
        let (keeper, warden, second) = two_wardens(&city).await;
        let new = [("name", "李敏"), ("account", "limin")];
        warden.post("/desk/accounts", &new).await.expect(403);
        let opened = keeper.post("/desk/accounts", &new).await.expect(200);
        let code = between(&opened.text, "class=\"code-once\">", "<").to_owned();
        keeper.post("/desk/accounts", &new).await.expect(422).says("已经有人用了");
        let (give, post) = ("/desk/accounts/limin/give", wish("clerk", "city", "受理岗"));
        keeper.post(give, &post).await.expect(403);
        warden.get("/desk/accounts/limin").await.expect(200).says("还没有设置密码");
        let nothing = [("role", ""), ("organ", ""), ("post", "")];
        let unchosen = warden.post(give, &nothing).await.expect(422);
        unchosen.says("请选择角色").says("请选择机构").says("请写依据或者理由");
        let own = warden.post("/desk/accounts/warden/give", &post).await.expect(422);
        own.says("不能给自己授予岗位");

        let done = warden.post(give, &post).await.expect(303);
        warden.get(done.leads_to()).await.expect(200).says("等另一个人同意").says("受理岗");
        warden.post(give, &post).await.expect(422).says("已经有人提出，正在等人同意");
        second.get("/desk").await.expect(200).says("等您办理 1 件");
        let proposal = first(&second).await;
        let agree = format!("{proposal}/agree");
        warden.post(&agree, &[]).await.expect(422).says("提出的人不能自己同意");
        keeper.post(&agree, &[]).await.expect(422).says("还有别的安全管理员");
        let clerk = city.visitor();
        let password = "Window-2026-a";
        let fields = [
            ("account", "limin"),
            ("code", code.as_str()),
            ("password", password),
            ("again", password),
        ];
        clerk.post("/code", &fields).await.expect(303);
        let sign_in = [("account", "limin"), ("password", password)];
        assert_eq!(clerk.post("/sign-in", &sign_in).await.expect(303).leads_to(), "/desk");
        assert!(!clerk.get("/desk").await.expect(200).text.contains("受理岗"), "only proposed");
        second.get(&proposal).await.expect(200).says("鄂政任〔2026〕3号").says("同意并授予");
        second.post(&agree, &[]).await.expect(303);
        clerk.get("/desk").await.expect(200).says("受理岗");
        second.post(&agree, &[]).await.expect(422).says("已经办结");
        let again = warden.post(give, &post).await.expect(422);
        again.says("已经是这个机构的窗口工作人员，岗位是“受理岗”");

        let page = warden.get("/desk/accounts/limin").await.expect(200);
        let holding = between(&page.text, "name=\"holding\" value=\"", "\"").to_owned();
        let end = [("holding", holding.as_str())];
        warden.post("/desk/accounts/limin/end", &end).await.expect(303);
        assert!(!clerk.get("/desk").await.expect(200).text.contains("受理岗"), "gone at once");
        // What has ended is given anew, the same day.
        given(&warden, &second, "limin", &post).await;
        clerk.get("/desk").await.expect(200).says("受理岗");
        // A device that was lost is out at once, and the account goes on.
        warden.post("/desk/accounts/limin/sign-out", &[]).await.expect(403);
        keeper.get("/desk/accounts/limin").await.expect(200).says("让李敏的账户在所有设备上退出");
        keeper.post("/desk/accounts/limin/sign-out", &[]).await.expect(303);
        clerk.get("/desk").await.expect(303);
        assert!(
            super::record(&city).await.iter().any(|act| act.kind == "identity.signed_out_by_other")
        );
        let clerk = city.client("limin").await;
        clerk.get("/desk").await.expect(200);
        keeper.post("/desk/accounts/limin/state", &[("state", "disabled")]).await.expect(303);
        clerk.get("/desk").await.expect(303);
        city.visitor().post("/sign-in", &sign_in).await.expect(422).says("已经停用");
    });
}

#[test]
fn where_there_is_one_security_administrator_the_system_administrator_agrees() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        city.account("limin", "李敏", "clerk", "city").await;
        let (keeper, warden) = (city.client("keeper").await, city.client("warden").await);
        given(&warden, &keeper, "limin", &wish("examiner", "city", "")).await;
        let sought = ledger::Sought::between(city.now(), city.now().plus_seconds(1));
        let acts = city.hall.store.read(move |r| ledger::search(r, &sought, None, 10)).await;
        let acts = acts.unwrap().rows;
        let given = acts.iter().find(|act| act.kind == "identity.post_given").expect("an act");
        let told = given.json().to_string();
        assert!(told.contains("吴涛") && told.contains("proposed_by"), "{told}");
        assert!(acts.iter().any(|act| act.kind == "identity.post_proposed"));
    });
}

#[test]
fn a_proposal_is_declined_with_a_reason_withdrawn_or_lapses() {
    each_city(OFFICES, async |city: City| {
        let (_, warden, second) = two_wardens(&city).await;
        city.account("limin", "李敏", "clerk", "city").await;
        let (give, post) = ("/desk/accounts/limin/give", wish("examiner", "city", "审查岗"));
        warden.post(give, &post).await.expect(303);
        let proposal = first(&second).await;
        let decline = format!("{proposal}/decline");
        second.post(&decline, &[]).await.expect(422).says("不同意的，请写理由");
        second.post(&decline, &[("reason", "编制已满")]).await.expect(303);
        warden.get(&proposal).await.expect(200).says("编制已满");

        warden.post(give, &post).await.expect(303);
        let proposal = first(&second).await;
        second.post(&format!("{proposal}/withdraw"), &[]).await.expect(422);
        warden.post(&format!("{proposal}/withdraw"), &[]).await.expect(303);
        second.post(&format!("{proposal}/agree"), &[]).await.expect(422).says("已经办结");

        warden.post(give, &post).await.expect(303);
        let proposal = first(&second).await;
        city.clock.pass_seconds(16 * 24 * 3_600);
        let second = city.client("second").await;
        second.get("/desk/proposals").await.expect(200).says("没有等待同意的提议");
        second.post(&format!("{proposal}/agree"), &[]).await.expect(422).says("已经失效");
        // And can be proposed anew.
        let warden = city.client("warden").await;
        given(&warden, &second, "limin", &post).await;
    });
}

#[test]
fn a_departments_own_administrator_proposes_within_the_department_alone() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        city.organ("ju", Some("city"), "市场监督管理局", "035").await;
        city.organ("suo", Some("ju"), "城关所", "036").await;
        city.organ("fu", Some("city"), "财政局", "037").await;
        city.account("egov", "孙丽", "orgadmin", "ju").await;
        city.account("limin", "李敏", "clerk", "fu").await;
        let (egov, warden) = (city.client("egov").await, city.client("warden").await);
        let give = "/desk/accounts/limin/give";
        let elsewhere = egov.post(give, &wish("clerk", "fu", "")).await.expect(422);
        elsewhere.says("不在您的范围内");
        for role in ["sysadmin", "secadmin", "auditor", "orgadmin"] {
            let refused = egov.post(give, &wish(role, "ju", "")).await.expect(422);
            refused.says("只由安全管理员授予");
        }
        given(&egov, &warden, "limin", &wish("clerk", "suo", "所里窗口")).await;
        // Nobody in the department agrees.
        egov.post(give, &wish("examiner", "ju", "")).await.expect(303);
        let proposal = first(&egov).await;
        let refused = egov.post(&format!("{proposal}/agree"), &[]).await.expect(422);
        refused.says("您的岗位没有同意授予岗位的权限");
        // It takes back what is its own, and nothing of others.
        let page = egov.get("/desk/accounts/limin").await.expect(200);
        let holdings: Vec<String> = page
            .text
            .split("name=\"holding\" value=\"")
            .skip(1)
            .map(|rest| rest.split('"').next().unwrap().to_owned())
            .collect();
        assert_eq!(holdings.len(), 1, "only the post in the department can be ended here");
        let end = [("holding", holdings[0].as_str())];
        egov.post("/desk/accounts/limin/end", &end).await.expect(303);
        egov.post("/desk/accounts/egov/end", &end).await.expect(404);
    });
}

#[test]
fn a_post_begins_and_ends_on_its_days() {
    each_city(OFFICES, async |city: City| {
        let (keeper, warden, second) = two_wardens(&city).await;
        let new = [("name", "李敏"), ("account", "limin")];
        keeper.post("/desk/accounts", &new).await.expect(200);
        let mut post = wish("examiner", "city", "审查岗");
        post.extend([("from", "2026-03-01"), ("until", "2026-02-01")]);
        let give = "/desk/accounts/limin/give";
        let told = warden.post(give, &post).await.expect(422);
        told.says("开始的日期是今天或者以后").says("最后一天不能早于开始的日期");
        let mut post = wish("examiner", "city", "审查岗");
        // As a browser sends the days.
        post.extend([("from.year", "2026"), ("from.month", "3"), ("from.day", "4")]);
        post.extend([("until.year", "2026"), ("until.month", "03"), ("until.day", "05")]);
        given(&warden, &second, "limin", &post).await;
        let held = async || {
            let page = city.client("limin").await.get("/desk").await.expect(200);
            page.text.contains("审查岗")
        };
        let mut seen = Vec::new();
        for _ in 0..5 {
            seen.push(held().await);
            city.clock.pass_seconds(24 * 3_600);
        }
        assert_eq!(seen, [false, false, true, true, false]);

        // A last day that is still to come: the post stands until it is over.
        let (warden, second) = (city.client("warden").await, city.client("second").await);
        given(&warden, &second, "limin", &wish("examiner", "city", "审查岗")).await;
        let page = warden.get("/desk/accounts/limin").await.expect(200);
        let holding = between(&page.text, "name=\"holding\" value=\"", "\"").to_owned();
        let end = "/desk/accounts/limin/end";
        let last = |day: &'static str| {
            let month = [("last.year", "2026"), ("last.month", "3"), ("last.day", day)];
            [&[("holding", holding.as_str())], month.as_slice()].concat()
        };
        warden.post(end, &last("6")).await.expect(422).says("最后一天是今天或者以后");
        warden.post(end, &last("8")).await.expect(303);
        city.clock.pass_seconds(24 * 3_600);
        assert!(held().await, "on its last day");
        city.clock.pass_seconds(24 * 3_600);
        assert!(!held().await, "after it");
    });
}

#[test]
fn the_three_administrators_are_three() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        city.account("limin", "李敏", "clerk", "city").await;
        let warden = city.client("warden").await;
        let keeper_gets = "/desk/accounts/keeper/give";
        let refused = warden.post(keeper_gets, &wish("auditor", "city", "")).await.expect(422);
        refused.says("不能由同一个人担任");
        let refused = warden.post(keeper_gets, &wish("clerk", "city", "")).await.expect(422);
        refused.says("三类管理员是专职，不兼别的岗位").says("8.1.7.2");
        let clerk_gets = "/desk/accounts/limin/give";
        let refused = warden.post(clerk_gets, &wish("auditor", "city", "")).await.expect(422);
        refused.says("三类管理员是专职");
        let keeper = city.client("keeper").await;
        keeper.post("/desk/accounts/keeper/state", &[("state", "disabled")]).await.expect(409);
        let watcher = city.client("watcher").await;
        watcher.get("/desk/organs").await.expect(200).says("鄂州市人民政府办公室");
        watcher.post("/desk/organs", &[]).await.expect(403);
        watcher.get("/desk/proposals").await.expect(200);
    });
}

#[test]
fn the_database_lets_nobody_agree_to_what_they_proposed() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        city.account("limin", "李敏", "clerk", "city").await;
        let warden = city.client("warden").await;
        let post = wish("examiner", "city", "");
        warden.post("/desk/accounts/limin/give", &post).await.expect(303);
        for forged in ["proposed_by", "account", "NULL"] {
            let sql =
                format!("UPDATE identity_proposals SET state = 'agreed', decided_by = {forged}");
            let done = city.hall.write(move |tx| Ok(tx.run(&sql, &[])?)).await;
            assert!(done.is_err(), "{forged}");
        }
    });
}
