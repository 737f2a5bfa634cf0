//! Scenarios of organs in time: two people found, rename, move and end one, and what it was stays readable.

use testkit::City;
use testkit::city::each_city;

use super::posts::{first, given, two_wardens, wish};
use super::{OFFICES, between, record};

pub(super) const WHY: (&str, &str) = ("reason", "鄂政发〔2026〕3号，机构改革方案");

pub(super) async fn reformed(city: &City, path: &str, form: &[(&str, &str)]) {
    let (keeper, second) = (city.client("keeper").await, city.client("second").await);
    let form = [form, &[WHY]].concat();
    keeper.post(path, &form).await.expect(303);
    let proposal = first(&second).await;
    keeper.post(&format!("{proposal}/agree"), &[]).await.expect(422);
    second.get(&proposal).await.expect(200).says("鄂政发〔2026〕3号");
    second.post(&format!("{proposal}/agree"), &[]).await.expect(303);
}

pub(super) async fn bureaus(city: &City) {
    two_wardens(city).await;
    city.organ("ju", Some("city"), "工商行政管理局", "035").await;
    city.organ("suo", Some("ju"), "城关所", "036").await;
    city.organ("zhi", Some("city"), "质量技术监督局", "037").await;
}

#[test]
fn an_organ_is_renamed_and_moved_by_two_and_what_it_was_stays_readable() {
    each_city(OFFICES, async |city: City| {
        bureaus(&city).await;
        city.account("suozhang", "所长", "clerk", "suo").await;
        let keeper = city.client("keeper").await;
        let rename = "/desk/organs/ju/rename";
        let refused = keeper.post(rename, &[("name", "市场监督管理局")]).await.expect(422);
        refused.says("请写新的简称").says("请写理由和文件的文号").says("市场监督管理局");
        let taken = [("name", "质量技术监督局"), ("short_name", "质监局"), WHY];
        keeper.post(rename, &taken).await.expect(422).says("已经有机构叫这个名称");
        city.clock.pass_seconds(24 * 3_600);
        let new = [("name", "市场监督管理局"), ("short_name", "市监局")];
        reformed(&city, rename, &new).await;
        let keeper = city.client("keeper").await;
        let page = keeper.get("/desk/organs").await.expect(200);
        page.says("市场监督管理局");
        assert!(!page.text.contains("工商行政管理局"));
        let page = keeper.get("/desk/organs?on=2026-03-02").await.expect(200);
        page.says("工商行政管理局").says("这是2026年3月2日的情况").says("回到今天");
        assert!(!page.text.contains("市场监督管理局"));
        let page = keeper.get("/desk/organs/ju?on=2026-03-02").await.expect(200);
        page.says("工商行政管理局");
        keeper.get("/desk/organs?on=31.2.").await.expect(422).says("请写日期");
        keeper.get("/desk/organs/nothing").await.expect(404);

        let move_to = "/desk/organs/ju/move";
        let refused = keeper.post(move_to, &[("parent", "suo"), WHY]).await.expect(422);
        refused.says("不能移到自己或者自己的下属机构下面");
        keeper.post("/desk/organs/city/move", &[("parent", "ju"), WHY]).await.expect(422);
        reformed(&city, move_to, &[("parent", "zhi")]).await;
        let paths = city.hall.store.read(access::organs).await.unwrap();
        let path = |id: &str| paths.iter().find(|one| one.id == id).unwrap().path.clone();
        assert_eq!((path("ju"), path("suo")), ("/city/zhi/ju/".into(), "/city/zhi/ju/suo/".into()));
        let page = keeper.get("/desk/organs/ju").await.expect(200);
        page.says("质量技术监督局").says("2026年3月3日");
    });
}

#[test]
fn an_organ_that_ends_hands_its_posts_to_its_successor() {
    each_city(OFFICES, async |city: City| {
        bureaus(&city).await;
        city.account("limin", "李敏", "clerk", "zhi").await;
        let (warden, second) = (city.client("warden").await, city.client("second").await);
        given(&warden, &second, "limin", &wish("examiner", "zhi", "质检审查岗")).await;
        let keeper = city.client("keeper").await;
        let refused = keeper.post("/desk/organs/ju/end", &[WHY]).await.expect(422);
        refused.says("还有下属机构，例如城关所");
        keeper.post("/desk/organs/city/end", &[WHY]).await.expect(422).says("最上级的机构");
        let end = "/desk/organs/zhi/end";
        keeper.post(end, &[("successor", "zhi"), WHY]).await.expect(422).says("不能是它自己");
        keeper.post(end, &[("successor", "ju"), WHY]).await.expect(303);
        let proposal = first(&second).await;
        let page = second.get(&proposal).await.expect(200);
        page.says("一起变的岗位（2 个）").says("质检审查岗").says("转到工商行政管理局");
        // A post that was given meanwhile goes along.
        second.post(&format!("{proposal}/agree"), &[]).await.expect(303);
        let page = warden.get("/desk/accounts/limin").await.expect(200);
        page.says("工商行政管理局").says("质检审查岗");
        let page = keeper.get("/desk/organs/zhi").await.expect(200);
        page.says("已撤销").says("承接的机构").says("2026年3月1日");
        assert!(record(&city).await.iter().any(|act| act.kind == "identity.organ_ended"));
        // Nothing new is given there, and it does not come back.
        let refused = warden.post("/desk/accounts/limin/give", &wish("clerk", "zhi", "")).await;
        refused.expect(422).says("已经撤销");
        keeper
            .post("/desk/organs/zhi/rename", &[("name", "甲"), ("short_name", "甲"), WHY])
            .await
            .expect(422)
            .says("已经撤销");
        let forced = "UPDATE access_organs SET until_day = NULL WHERE id = 'zhi'";
        assert!(city.hall.write(move |tx| Ok(tx.run(forced, &[])?)).await.is_err());
        let list = keeper.get("/desk/organs").await.expect(200);
        assert!(!list.text.contains("质量技术监督局"));
        // It ended on the day of the founding: of the day before nothing is on record.
        let early = keeper.get("/desk/organs?on=2026-03-01").await.expect(422);
        early.says("本平台从2026年3月2日起有记录");
    });
}

#[test]
fn an_organ_without_a_successor_ends_its_posts() {
    each_city(OFFICES, async |city: City| {
        bureaus(&city).await;
        city.account("limin", "李敏", "clerk", "zhi").await;
        let limin = city.client("limin").await;
        limin.get("/desk/holders").await.expect(200);
        reformed(&city, "/desk/organs/zhi/end", &[]).await;
        limin.get("/desk/holders").await.expect(403);
        let page = city.client("warden").await.get("/desk/accounts/limin").await.expect(200);
        assert!(between(&page.text, "<main", "</main>").contains("已结束"));
    });
}

#[test]
fn a_change_that_names_a_day_holds_from_that_day_and_is_seen_before_for_the_days_to_come() {
    each_city(OFFICES, async |city: City| {
        bureaus(&city).await;
        city.account("suozhang", "所长", "clerk", "suo").await;
        let keeper = city.client("keeper").await;
        let rename = "/desk/organs/ju/rename";
        let new = [("name", "市场监督管理局"), ("short_name", "市监局")];
        let on = |day: &'static str| [&new[..], &[WHY, ("from", day)]].concat();
        keeper.post(rename, &on("2026-03-01")).await.expect(422).says("不能早于今天");
        keeper.post(rename, &on("2028-03-02")).await.expect(422).says("最多提前一年");
        let wrong = [("name", "市场监督管理局"), ("from", "31.2."), WHY];
        let told = keeper.post(rename, &wrong).await.expect(422);
        told.says("请写新的简称").says("请写日期").says("市场监督管理局");
        reformed(&city, rename, &[&new[..], &[("from", "2026-03-05")]].concat()).await;
        let end = [("successor", "zhi"), ("from", "2026-03-06")];
        reformed(&city, "/desk/organs/suo/end", &end).await;

        // Until then it is what it was, and the days to come say what will be.
        let today = keeper.get("/desk/organs").await.expect(200);
        today.says("工商行政管理局").says("城关所");
        let before = keeper.get("/desk/organs?on=2026-03-04").await.expect(200);
        before.says("工商行政管理局").says("按今天已经同意的变更推算");
        let after = keeper.get("/desk/organs?on=2026-03-06").await.expect(200);
        after.says("市场监督管理局");
        assert!(!after.text.contains("城关所") && !after.text.contains("工商行政管理局"));
        let one = keeper.get("/desk/organs/ju?on=2026-03-05").await.expect(200);
        one.says("<h1>市场监督管理局").says("等那一天");
        keeper.get("/desk/organs/suo?on=2026-03-06").await.expect(200).says("那一天已经撤销");
        let second = keeper.post(rename, &on("2026-03-09")).await.expect(422);
        second.says("已经有一项同意了的变更，从2026年3月5日起生效");
        city.job("identity.organs").await;
        keeper.get("/desk/organs").await.expect(200).says("工商行政管理局");

        // The day comes.
        city.clock.pass_seconds(3 * 24 * 3_600);
        city.job("identity.organs").await;
        let keeper = city.client("keeper").await;
        let today = keeper.get("/desk/organs").await.expect(200);
        today.says("市场监督管理局").says("城关所");
        keeper.get("/desk/organs?on=2026-03-04").await.expect(200).says("工商行政管理局");
        keeper.get("/desk/organs/ju").await.expect(200).says("已经生效").says("2026年3月5日");
        city.clock.pass_seconds(24 * 3_600);
        city.job("identity.organs").await;
        let organs = city.hall.store.read(access::organs).await.unwrap();
        let suo = organs.iter().find(|one| one.id == "suo").unwrap();
        assert_eq!(suo.until, Some("2026-03-05".parse().unwrap()));
        let posts =
            city.hall.store.read(|r| access::posts_in(r, "zhi", "2026-03-06".parse().unwrap(), 10));
        assert!(posts.await.unwrap().iter().any(|post| post.name == "所长"), "posts go along");
        let acts = record(&city).await;
        let done = acts.iter().filter(|act| act.kind == "identity.organ_took_effect");
        assert_eq!(done.count(), 2);
        city.job("identity.organs").await;
        let again = record(&city).await;
        let done = again.iter().filter(|act| act.kind == "identity.organ_took_effect");
        assert_eq!(done.count(), 2, "once");
    });
}

#[test]
fn what_can_no_longer_be_made_on_its_day_says_so_and_changes_nothing() {
    each_city(OFFICES, async |city: City| {
        bureaus(&city).await;
        let end = [("successor", "zhi"), ("from", "2026-03-05")];
        reformed(&city, "/desk/organs/suo/end", &end).await;
        // Its successor ends before.
        reformed(&city, "/desk/organs/zhi/end", &[("successor", "ju")]).await;
        city.clock.pass_seconds(3 * 24 * 3_600);
        city.job("identity.organs").await;
        let keeper = city.client("keeper").await;
        let page = keeper.get("/desk/organs/suo").await.expect(200);
        page.says("没有能够生效").says("质量技术监督局已经撤销").says("请重新提出");
        let acts = record(&city).await;
        assert!(acts.iter().any(|act| act.kind == "identity.organ_stuck"));
        reformed(&city, "/desk/organs/suo/end", &[("successor", "ju")]).await;
    });
}

/// The page of the first change that waits.
pub(super) async fn coming(client: &testkit::Client, path: &str) -> String {
    let page = client.get(path).await.expect(200);
    let (_, rest) = page.text.split_once("href=\"/desk/organ-changes/").expect("a change");
    format!("/desk/organ-changes/{}", rest.split('"').next().expect("its id"))
}

#[test]
fn a_change_that_waits_for_its_day_is_cancelled_by_two_and_another_takes_its_place() {
    each_city(OFFICES, async |city: City| {
        bureaus(&city).await;
        let end = [("successor", "zhi"), ("from", "2026-03-05")];
        reformed(&city, "/desk/organs/suo/end", &end).await;
        let keeper = city.client("keeper").await;
        let page = coming(&keeper, "/desk/organs").await;
        assert_eq!(page, coming(&keeper, "/desk/organs/suo").await);
        keeper.get(&page).await.expect(200).says("撤销城关所，由质量技术监督局承接");
        let cancel = format!("{page}/cancel");
        keeper.post(&cancel, &[]).await.expect(422).says("请写理由和文件的文号");
        reformed(&city, &cancel, &[]).await;
        keeper.get(&page).await.expect(200).says("已经取消");
        keeper.post(&cancel, &[WHY]).await.expect(422).says("这项变更已经取消");
        keeper.post("/desk/organ-changes/nothing/cancel", &[WHY]).await.expect(404);

        // Another one takes its place, and the day of the first passes without it.
        let rename = [("name", "城关市监所"), ("short_name", "城关所"), ("from", "2026-03-06")];
        reformed(&city, "/desk/organs/suo/rename", &rename).await;
        city.clock.pass_seconds(3 * 24 * 3_600);
        city.job("identity.organs").await;
        let keeper = city.client("keeper").await;
        keeper.get("/desk/organs").await.expect(200).says("城关所");
        let acts = record(&city).await;
        let told = acts.iter().filter(|act| act.kind == "identity.organ_changed");
        assert!(told.into_iter().any(|act| act.content()["change"]["step"] == "取消"));

        // Who agrees too late to cancel is told that the day has come.
        let form = [WHY];
        let second = coming(&keeper, "/desk/organs").await;
        keeper.post(&format!("{second}/cancel"), &form).await.expect(303);
        city.clock.pass_seconds(24 * 3_600);
        city.job("identity.organs").await;
        let other = city.client("second").await;
        let proposal = first(&other).await;
        let late = other.post(&format!("{proposal}/agree"), &[]).await.expect(422);
        late.says("这项变更已经生效");
    });
}

#[test]
fn an_organ_that_could_not_be_founded_on_its_day_stands_in_the_list_with_the_reason() {
    each_city(OFFICES, async |city: City| {
        bureaus(&city).await;
        let found = [
            ("name", "数据局"),
            ("short_name", "数据局"),
            ("id", "shuju"),
            ("parent", "zhi"),
            ("kind", "department"),
            ("code", "088"),
            ("division", "420700"),
            ("from", "2026-03-05"),
        ];
        reformed(&city, "/desk/organs", &found).await;
        let keeper = city.client("keeper").await;
        let waits = coming(&keeper, "/desk/organs").await;
        keeper.get(&waits).await.expect(200).says("设立“数据局”").says("还没有设立");
        let then = keeper.get("/desk/organs?on=2026-03-05").await.expect(200);
        assert!(then.text.contains(&waits), "it leads to what was agreed to");
        // What it would stand below ends before; another change of the same day is made all the same.
        let rename = [("name", "市场监督管理局"), ("short_name", "市监局"), ("from", "2026-03-05")];
        reformed(&city, "/desk/organs/ju/rename", &rename).await;
        reformed(&city, "/desk/organs/zhi/end", &[("successor", "ju")]).await;
        city.clock.pass_seconds(3 * 24 * 3_600);
        city.job("identity.organs").await;
        let keeper = city.client("keeper").await;
        let list = keeper.get("/desk/organs").await.expect(200);
        list.says("没有能够生效").says("质量技术监督局已经撤销").says("设立“数据局”");
        list.says("市场监督管理局");
    });
}
