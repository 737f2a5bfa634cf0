//! Scenarios of the list of staff accounts: found by name, login, organ, role and state.

use testkit::City;
use testkit::city::each_city;

use super::{OFFICES, staffed};

#[test]
fn staff_are_found_by_name_login_organ_role_and_state() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        city.organ("ju", Some("city"), "市场监督管理局", "035").await;
        city.account("limin", "李敏", "clerk", "ju").await;
        city.account("lijun", "李军", "examiner", "ju").await;
        city.account("wang", "王芳", "clerk", "city").await;
        let keeper = city.client("keeper").await;
        keeper.post("/desk/accounts", &[("name", "新人"), ("account", "xinren")]).await.expect(200);
        let found = async |query: &str| {
            let page = keeper.get(&format!("/desk/accounts?{query}")).await.expect(200);
            let all = ["keeper", "warden", "watcher", "limin", "lijun", "wang", "xinren"];
            let shown =
                |login: &&&str| page.text.contains(&format!("href=\"/desk/accounts/{login}\""));
            all.iter().filter(shown).copied().collect::<Vec<_>>().join(" ")
        };
        assert_eq!(found("").await, "keeper warden watcher limin lijun wang xinren");
        assert_eq!(found("q=%E6%9D%8E").await, "limin lijun", "by the beginning of a name");
        assert_eq!(found("q=LIM").await, "limin", "by the beginning of a login");
        assert_eq!(found("q=%25").await, "", "no sign stands for others");
        assert_eq!(found("organ=ju").await, "limin lijun");
        assert_eq!(found("organ=ju&role=clerk").await, "limin");
        assert_eq!(found("side=audit").await, "watcher");
        assert_eq!(found("side=staff&q=w").await, "wang");
        assert_eq!(found("state=new").await, "xinren");
        keeper.post("/desk/accounts/wang/state", &[("state", "disabled")]).await.expect(303);
        assert_eq!(found("state=disabled").await, "wang");
        let page = keeper.get("/desk/accounts?organ=ju&after=lijun").await.expect(200);
        page.says("市场监督管理局，窗口工作人员").says("回到第一页");
        assert!(!page.text.contains("/desk/accounts/lijun\""), "it goes on after that login");
        keeper.get("/desk/accounts?q=%3Cb%3E&state=nonsense").await.expect(200);
    });
}

#[test]
fn the_list_goes_on_page_by_page_and_says_when_somebody_signed_in() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        for n in 0..52 {
            city.account(&format!("p{n:02}"), "某人", "clerk", "city").await;
        }
        let watcher = city.client("watcher").await;
        let page = watcher.get("/desk/accounts?q=p").await.expect(200);
        assert!(
            page.text.contains("/desk/accounts/p49\"")
                && !page.text.contains("/desk/accounts/p50\"")
        );
        page.says("href=\"/desk/accounts?q=p&amp;after=p49\"");
        let page = watcher.get("/desk/accounts?q=p&after=p49").await.expect(200);
        assert!(page.text.contains("/desk/accounts/p51\"") && !page.text.contains("rel=\"next\""));
        watcher.get("/desk/accounts?q=watcher").await.expect(200).says("今天 09:00");
    });
}

#[test]
fn who_sees_an_organ_alone_finds_nobody_elsewhere() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        city.account("second", "何静", "secadmin", "city").await;
        city.organ("ju", Some("city"), "市场监督管理局", "035").await;
        city.organ("suo", Some("ju"), "城关所", "036").await;
        city.organ("fu", Some("city"), "财政局", "037").await;
        city.account("limin", "李敏", "clerk", "ju").await;
        city.account("suozhang", "所长", "examiner", "suo").await;
        city.account("other", "别人", "examiner", "fu").await;
        let (warden, second) = (city.client("warden").await, city.client("second").await);
        for (reach, seen) in [("organ", [true, false, false]), ("subtree", [true, true, false])] {
            let form = [("right.identity.see", reach), ("reason", "试点")];
            warden.post("/desk/roles/clerk/change", &form).await.expect(303);
            let proposal = super::posts::first(&second).await;
            second.post(&format!("{proposal}/agree"), &[]).await.expect(303);
            let page = city.client("limin").await.get("/desk/accounts").await.expect(200);
            let shown = ["limin", "suozhang", "other"]
                .map(|login| page.text.contains(&format!("href=\"/desk/accounts/{login}\"")));
            assert_eq!(shown, seen, "{reach}");
            let limin = city.client("limin").await;
            limin.get("/desk/accounts/limin").await.expect(200);
            limin.get("/desk/accounts/other").await.expect(404);
        }
    });
}
