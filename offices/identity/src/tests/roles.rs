//! Scenarios of bundles: two people change what a role may do, from a day on, and never bring two of the three
//! administrators together.

use testkit::City;
use testkit::Client;
use testkit::city::each_city;

use super::posts::{first, given, two_wardens, wish};
use super::{OFFICES, between, record, staffed};

const CLERK: &str = "/desk/roles/clerk/change";
const WHY: (&str, &str) = ("reason", "鄂政办〔2026〕8号");

/// One proposes, the other agrees.
async fn changed(by: &Client, agrees: &Client, path: &str, form: &[(&str, &str)]) {
    let form = [form, &[WHY]].concat();
    by.post(path, &form).await.expect(303);
    let proposal = first(agrees).await;
    agrees.post(&format!("{proposal}/agree"), &[]).await.expect(303);
}

#[test]
fn what_a_role_may_do_is_changed_by_two_from_its_day_on() {
    each_city(OFFICES, async |city: City| {
        let (keeper, warden, second) = two_wardens(&city).await;
        city.account("limin", "李敏", "clerk", "city").await;
        city.client("limin").await.get("/desk/organs").await.expect(403);
        warden.get(CLERK).await.expect(200).says("查看机构和人员");
        let wide = [
            ("right.identity.see", "organ"),
            ("right.identity.vouch", "city"),
            ("from.year", "2026"),
            ("from.month", "3"),
            ("from.day", "4"),
            WHY,
        ];
        warden.post(CLERK, &wide).await.expect(303);
        warden.post(CLERK, &wide).await.expect(422).says("已经有一项变更在等人同意");
        let proposal = first(&second).await;
        second
            .get(&proposal)
            .await
            .expect(200)
            .says("李敏")
            .says("本机构")
            .says("鄂政办〔2026〕8号");
        let agree = format!("{proposal}/agree");
        warden.post(&agree, &[]).await.expect(422).says("提出的人不能自己同意");
        keeper.post(&agree, &[]).await.expect(422).says("还有别的安全管理员");
        second.post(&agree, &[]).await.expect(303);
        second.post(&agree, &[]).await.expect(422).says("已经办结");
        let act = record(&city).await.into_iter().find(|act| act.kind == "identity.bundle_granted");
        let told = act.expect("an act").json().to_string();
        assert!(told.contains("proposed_by") && told.contains("identity.see"), "{told}");
        assert!(!told.contains("identity.vouch"), "what stays as it is was not changed: {told}");
        let mut seen = Vec::new();
        for _ in 0..3 {
            let page = city.client("limin").await.get("/desk/organs").await;
            seen.push(page.status.as_u16());
            city.clock.pass_seconds(24 * 3_600);
        }
        assert_eq!(seen, [403, 403, 200]);
        // It reads as of any day, and says who holds the role.
        let second = city.client("second").await;
        let page = second.get("/desk/roles/clerk?on=2026-03-03").await.expect(200);
        page.says("这是2026年3月3日的情况").says("李敏");
        let before = page.text.split("以前和以后的权限").next().unwrap().to_owned();
        assert!(!before.contains("identity.see"), "not yet on that day");
        let page = second.get("/desk/roles/clerk").await.expect(200);
        page.says("identity.see").says("2026年3月4日").says("郑洁").says("何静");
        let wrong = second.get("/desk/roles/clerk?on=gestern").await.expect(422);
        wrong.says("请写日期，例如 2026-03-01").says("gestern");
        second.get("/desk/roles/nobody").await.expect(404);
        second.get("/desk/roles?on=2026-03-03").await.expect(200).says("窗口工作人员");
        // What is taken away is gone with the next click, and is no grant.
        let limin = city.client("limin").await;
        let gone = [("right.identity.see", "none")];
        changed(&city.client("warden").await, &second, CLERK, &gone).await;
        limin.get("/desk/organs").await.expect(403);
        assert!(record(&city).await.iter().any(|act| act.kind == "identity.bundle_narrowed"));
    });
}

#[test]
fn no_change_of_a_role_brings_two_administrators_together() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        city.account("limin", "李敏", "clerk", "city").await;
        let warden = city.client("warden").await;
        for (role, permission, who) in [
            ("clerk", "identity.agree", "李敏"),
            ("sysadmin", "identity.agree", "吴涛"),
            ("secadmin", "identity.administer", "郑洁"),
            ("auditor", "identity.vouch", "冯岩"),
        ] {
            let field = format!("right.{permission}");
            let form = [(field.as_str(), "city"), WHY];
            let page = warden.post(&format!("/desk/roles/{role}/change"), &form).await.expect(422);
            page.says("只给").says(who).says("他们不能同时有两方面的权限");
        }
        let form = [("right.identity.see", "own"), WHY];
        let page = warden.post("/desk/roles/citizen/change", &form).await.expect(422);
        page.says("不能给个人用户");
        warden.get("/desk/roles/secadmin/end").await.expect(404);
        let end = warden.post("/desk/roles/secadmin/end", &[WHY]).await.expect(422);
        end.says("不能停用");
    });
}

#[test]
fn somebody_is_always_left_who_proposes_and_somebody_else_who_agrees() {
    each_city(OFFICES, async |city: City| {
        let (_, warden, second) = two_wardens(&city).await;
        let guard = "/desk/roles/secadmin/change";
        let page = warden.post(guard, &[("right.identity.propose", "none"), WHY]).await.expect(422);
        page.says("没有一个人能提出、另一个人能同意");
        let page =
            warden.post(guard, &[("right.identity.propose", "organ"), WHY]).await.expect(422);
        page.says("没有一个人能提出、另一个人能同意");
        // Who stands in for the security administrators still agrees.
        changed(&warden, &second, guard, &[("right.identity.agree", "none")]).await;
        let ends = async |by: &Client, login: &str| {
            let page = second.get(&format!("/desk/accounts/{login}")).await.expect(200);
            let holding = between(&page.text, "name=\"holding\" value=\"", "\"").to_owned();
            by.post(&format!("/desk/accounts/{login}/end"), &[("holding", &holding)]).await
        };
        ends(&second, "warden").await.expect(303);
        ends(&second, "keeper").await.expect(422).says("请先让别的人担任安全管理员");
    });
}

#[test]
fn a_role_is_founded_given_as_a_post_and_ended_with_it() {
    each_city(OFFICES, async |city: City| {
        let (_, warden, second) = two_wardens(&city).await;
        city.organ("ju", Some("city"), "市场监督管理局", "035").await;
        city.organ("suo", Some("ju"), "城关所", "036").await;
        city.account("limin", "李敏", "clerk", "city").await;
        warden.get("/desk/roles/new").await.expect(200);
        let nothing = warden.post("/desk/roles/new", &[("title", "")]).await.expect(422);
        nothing.says("请写角色的名称").says("请写依据或者理由");
        let new = [
            ("title", "所务管理员"),
            ("right.identity.propose", "subtree"),
            ("right.identity.see", "city"),
        ];
        changed(&warden, &second, "/desk/roles/new", &new).await;
        let list = warden.get("/desk/roles").await.expect(200);
        let role = format!("role-{}", between(&list.text, "href=\"/desk/roles/role-", "\""));
        given(&warden, &second, "limin", &wish(&role, "ju", "")).await;
        warden.get("/desk/accounts/limin").await.expect(200).says("所务管理员");
        let limin = city.client("limin").await;
        city.account("xin", "新人", "clerk", "suo").await;
        let give = "/desk/accounts/xin/give";
        limin.post(give, &wish("examiner", "suo", "")).await.expect(303);
        limin.post(give, &wish("examiner", "city", "")).await.expect(422).says("不在您的范围内");
        // One who proposes within an organ does not change what roles may do.
        let form = [("right.identity.see", "organ"), WHY];
        limin.post(CLERK, &form).await.expect(422).says("不在您的范围内");

        warden.post(&format!("/desk/roles/{role}/end"), &[WHY]).await.expect(303);
        let list = second.get("/desk/proposals").await.expect(200);
        let rest = list.text.rsplit("等待同意的变更").next().unwrap().to_owned();
        let proposal = between(&rest, "href=\"/desk/proposals/", "\"").to_owned();
        let proposal = format!("/desk/proposals/{proposal}");
        second.get(&proposal).await.expect(200).says("李敏，他们的这个岗位一起结束");
        second.post(&format!("{proposal}/agree"), &[]).await.expect(303);
        limin.post(give, &wish("approver", "suo", "")).await.expect(403);
        let page = warden.get(&format!("/desk/roles/{role}")).await.expect(200);
        page.says("已停用").says("没有人担任");
        let again = warden.post("/desk/accounts/limin/give", &wish(&role, "ju", "")).await;
        again.expect(422).says("已经停用");
    });
}

#[test]
fn the_database_lets_nobody_agree_to_a_change_they_proposed() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let warden = city.client("warden").await;
        warden.post(CLERK, &[("right.identity.see", "organ"), WHY]).await.expect(303);
        for forged in ["proposed_by", "NULL"] {
            let sql =
                format!("UPDATE identity_changes SET state = 'agreed', decided_by = {forged}");
            let done = city.hall.write(move |tx| Ok(tx.run(&sql, &[])?)).await;
            assert!(done.is_err(), "{forged}");
        }
    });
}

#[test]
fn a_right_over_the_district_reaches_what_lies_in_it_and_nothing_beside() {
    each_city(OFFICES, async |city: City| {
        let (_, warden, second) = two_wardens(&city).await;
        for (id, parent, kind, code) in [
            ("qu", "city", "district", "201"),
            ("qu-ju", "qu", "department", "202"),
            ("qu-jie", "qu", "street", "203"),
            ("shi-ju", "city", "department", "204"),
        ] {
            let organ = access::NewOrgan {
                id: id.into(),
                parent: Some(parent.into()),
                name: id.into(),
                short_name: id.into(),
                kind: kind.into(),
                code: code.into(),
                credit_code: None,
                division: "420700".into(),
                place: 1,
                duties: String::new(),
                phone: String::new(),
            };
            let put = move |tx: &::store::Tx<'_>| {
                access::put_organ(tx, &access::clockwork("test"), &organ)
            };
            city.hall.write(put).await.unwrap();
        }
        city.account("egov", "孙丽", "orgadmin", "qu-ju").await;
        city.account("jiedao", "街道的人", "clerk", "qu-jie").await;
        let (egov, give) = (city.client("egov").await, "/desk/accounts/jiedao/give");
        egov.post(give, &wish("examiner", "qu-jie", "")).await.expect(422).says("不在您的范围内");
        let wide = [("right.identity.propose", "district")];
        changed(&warden, &second, "/desk/roles/orgadmin/change", &wide).await;
        egov.post(give, &wish("examiner", "qu-jie", "")).await.expect(303);
        egov.post(give, &wish("examiner", "shi-ju", "")).await.expect(422).says("不在您的范围内");
        egov.get("/desk/accounts/jiedao").await.expect(200).says("qu-jie");
    });
}
