//! Scenarios of administrators who forget their own password.

use testkit::city::{City, each_city};

use super::{OFFICES, between, record, staffed};

const NEW: &str = "East-lake-2026";

/// Sets a password by a code, and signs in.
async fn enters(city: &City, login: &str, code: &str) {
    let browser = city.visitor();
    let form = [("account", login), ("code", code), ("password", NEW), ("again", NEW)];
    browser.post("/code", &form).await.expect(303);
    browser.post("/sign-in", &[("account", login), ("password", NEW)]).await.expect(303);
}

#[test]
fn of_three_administrators_any_two_let_the_third_in_again() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let three = ["keeper", "warden", "watcher"];
        for lost in three {
            city.visitor().post("/forgot", &[("account", lost)]).await.expect(303);
            let others: Vec<&str> = three.into_iter().filter(|one| *one != lost).collect();
            let (first, second) = (city.client(others[0]).await, city.client(others[1]).await);
            let list = first.get("/desk/resets").await.expect(200);
            let agree =
                format!("/desk/resets/{}/agree", between(&list.text, "/desk/resets/", "/agree"));
            city.client(lost).await.post(&agree, &[]).await.expect(422).says("不能由自己核准");
            first.post(&agree, &[]).await.expect(303);
            first.post(&agree, &[]).await.expect(422).says("还需要另一位管理员");
            let granted = second.post(&agree, &[]).await.expect(200);
            let code = between(&granted.text, "class=\"code-once\">", "<").to_owned();
            enters(&city, lost, &code).await;
        }
    });
}

#[test]
fn an_administrator_let_in_on_the_machine_is_shown_to_all_three() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        city.account("limin", "李敏", "clerk", "city").await;
        let given = crate::readmit(&city.hall, " Keeper ").await.expect("a code");
        assert_eq!((given.login.as_str(), given.name.as_str()), ("keeper", "吴涛"));
        enters(&city, "keeper", &given.code).await;
        for administrator in ["keeper", "warden", "watcher"] {
            let client = city.client(administrator).await;
            let day = client.get("/desk").await.expect(200);
            day.says("有人在服务器上为管理员签发了一次性代码").says("吴涛（keeper）");
            client
                .get("/desk/resets")
                .await
                .expect(200)
                .says("在服务器上签发的代码")
                .says("keeper");
        }
        let clerk = city.client("limin").await.get("/desk").await.expect(200);
        assert!(!clerk.text.contains("在服务器上"), "{}", clerk.text);
        let acts = record(&city).await;
        let readmitted = acts.iter().find(|act| act.kind == "identity.readmitted").unwrap();
        assert!(readmitted.json().to_string().contains("服务器的管理人员"));
        city.clock.pass_seconds(31 * 24 * 3_600);
        let warden = city.client("warden").await;
        assert!(!warden.get("/desk").await.text.contains("在服务器上为管理员"));
        warden.get("/desk/resets").await.expect(200).says("吴涛");
    });
}

#[test]
fn nobody_but_an_administrator_is_let_in_on_the_machine() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        city.account("limin", "李敏", "clerk", "city").await;
        city.account("zhang", "张明", "citizen", "").await;
        let refused = async |login: &str| {
            let stop = crate::readmit(&city.hall, login).await.expect_err("no code");
            stop.refusal().map(|refusal| refusal.code)
        };
        assert_eq!(refused("limin").await, Some("identity.not_an_administrator"));
        assert_eq!(refused("zhang").await, Some("identity.not_an_administrator"));
        assert_eq!(refused("nobody").await, Some("identity.no_such_account"));
        let keeper = city.client("keeper").await;
        let disabled = [("state", "disabled")];
        // The last who could agree to anything stays.
        let last = keeper.post("/desk/accounts/warden/state", &disabled).await;
        last.expect(409).says("没有一个人能提出");
        city.account("second", "钱进", "secadmin", "city").await;
        keeper.post("/desk/accounts/warden/state", &disabled).await.expect(303);
        assert_eq!(refused("warden").await, Some("identity.disabled"));
    });
}
