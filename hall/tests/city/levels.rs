//! What an item demands of who applies online: how far their account has shown whose it is.

use testkit::each_city;

use crate::journey::city_with_people;

#[test]
fn an_item_that_demands_a_checked_account_says_so_and_refuses_with_the_way_up() {
    each_city(hall::OFFICES, async |city| {
        city_with_people(&city).await;
        let somebody = city.visitor();
        let entered = [
            ("name", "周小满"),
            ("number", "420703199502280003"),
            ("phone", "13900001111"),
            ("email", ""),
            ("account", "somebody"),
            ("password", "Lake-2026-east"),
            ("again", "Lake-2026-east"),
        ];
        somebody.post("/register", &entered).await.expect(303);
        let guide = somebody.get("/services/home-transfer").await.expect(200);
        guide.says("实名等级达到“已核对”");
        let start = somebody.get("/apply/home-transfer").await.expect(200);
        start.says("账户现在是「已注册」");
        let refused = somebody.post("/apply/home-transfer", &[]).await.expect(403);
        refused.says("要求账户的实名等级达到「已核对」").says("怎样提升");
        somebody.post("/apply/housing-fund", &[]).await.expect(303);
        let program = city.client("somebody").await;
        let form = crate::journey::entries(&program, "home-transfer").await;
        let body = serde_json::json!({ "item": "home-transfer", "form": form });
        program.post_json("/api/v1/applications", &body).await.expect(403);

        let citizen = city.client("citizen").await;
        let start = citizen.get("/apply/home-transfer").await.expect(200);
        assert!(!start.text.contains("账户现在是"));
        citizen.post("/apply/home-transfer", &[]).await.expect(303);
    });
}
