//! Scenarios of deferrals on both databases: who orders one, for how long, how it is prolonged. What people then see of
//! looks is told by the whole city.

use base::Day;
use testkit::Client;
use testkit::city::{City, each_city};

use super::{OFFICES, staffed};

const NUMBER: &str = "420702199003076634";

async fn people(city: &City) {
    staffed(city).await;
    city.organ("ga", Some("city"), "鄂州市公安局", "002").await;
    city.organ("ga-a", Some("ga"), "鄂州市公安局城区分局", "003").await;
    city.account("inside", "彭程", "privacy", "ga-a").await;
}

fn order(until: &str) -> Vec<(&str, &str)> {
    vec![
        ("whom", "person"),
        ("shown", NUMBER),
        ("organ", "ga"),
        ("ground", "duty"),
        ("law", "《中华人民共和国反电信网络诈骗法》第二十八条"),
        ("approver", "鄂州市公安局"),
        ("document", "鄂州公(2026)3号"),
        ("approved_by", "局长李明"),
        ("purpose", "不能惊动嫌疑人"),
        ("until", until),
    ]
}

fn with<'a>(
    mut form: Vec<(&'a str, &'a str)>,
    name: &'a str,
    value: &'a str,
) -> Vec<(&'a str, &'a str)> {
    form.retain(|(field, _)| *field != name);
    form.push((name, value));
    form
}

async fn entered(client: &Client, form: &[(&str, &str)]) -> String {
    let answer = client.post("/desk/deferrals", form).await.expect(303);
    answer.leads_to().split('?').next().unwrap().to_owned()
}

#[test]
fn a_deferral_takes_effect_when_another_person_agrees_and_never_by_the_same() {
    each_city(OFFICES, async |city: City| {
        people(&city).await;
        let (first, second) = (city.client("first").await, city.client("second").await);
        // As a browser sends days.
        let mut form = with(order(""), "until.year", "2026");
        form.extend([("until.month", "6"), ("until.day", "30")]);
        let page = entered(&first, &form).await;
        let waits = first.get(&page).await.expect(200);
        waits
            .says("datetime=\"2026-06-30\"")
            .says("等待另一个人同意")
            .says("不能惊动嫌疑人")
            .says("420***********6634");
        waits.says("第三十五条和《中华人民共和国反电信网络诈骗法》第二十八条");
        assert!(!waits.text.contains(NUMBER), "the number is masked");
        second.get(&page).await.expect(200).says(NUMBER).says("核对批准文件");
        let agree = format!("{page}/agree");
        first.post(&agree, &[("reason", "")]).await.expect(422).says("录入的人不能自己同意");
        second.post("/desk/deferrals", &order("2026-05-30")).await.expect(422).says("已经有了");
        second.post(&agree, &[("reason", "")]).await.expect(303);
        let stands = second.get(&page).await.expect(200);
        stands.says("暂不告知中").says("0 次").says("田文涛");
        assert!(!stands.text.contains(NUMBER), "the number is masked again");
        second.post(&agree, &[("reason", "")]).await.expect(422).says("已经办结");
        let all = city.hall.store.read(|r| {
            let wanted = "SELECT body FROM ledger_contents";
            Ok(r.all::<String>(wanted, &[])?)
        });
        for act in all.await.unwrap() {
            assert!(!act.contains(NUMBER) && !act.contains("惊动"), "no act says who: {act}");
        }
    });
}

#[test]
fn what_is_wrong_with_a_deferral_is_said_beside_its_field_and_nothing_typed_is_lost() {
    each_city(OFFICES, async |city: City| {
        people(&city).await;
        let first = city.client("first").await;
        let blank: Vec<(&str, &str)> =
            vec![("approver", "某机关"), ("document", "3号"), ("purpose", " ")];
        let page = first.post("/desk/deferrals", &blank).await.expect(422);
        page.says("请选择关于谁").says("请选择依据").says("请选择哪个机关的查看").says("某机关");
        page.says("请写法律、行政法规的名称和条款").says("请写文号，例如").says("请写为什么");
        page.says("请写批准的人").says("请写公民身份号码或者办件编号");
        let good = || order("2026-06-30");
        for (field, value, words) in [
            ("until", "2026-09-03", "最长 6 个月，最晚到2026年9月2日"),
            ("until", "2026-03-01", "最后一天比开始的日子还早"),
            ("until", "明年", "请写最后一天"),
            ("from", "2026-03-01", "不能从过去的日子开始"),
            ("from", "2026-04-01", "最迟从2026年3月17日开始"),
            ("shown", "420702199003076635", "公民身份号码不对"),
            ("organ", "nowhere", "没有找到这个机关"),
        ] {
            let page = first.post("/desk/deferrals", &with(good(), field, value)).await;
            page.expect(422).says(words).says("不能惊动嫌疑人");
        }
        // What stands in the words and what does not fit the city is said in one round.
        let mut all = with(with(good(), "shown", "420702199003076635"), "organ", "nowhere");
        all = with(with(all, "law", "反电信网络诈骗法"), "until", "明年");
        let page = first.post("/desk/deferrals", &all).await.expect(422);
        page.says("公民身份号码不对").says("没有找到这个机关").says("请写最后一天");
        page.says("法律、法规要写全名").says("不能惊动嫌疑人");
        let inside = city.client("inside").await;
        let own = with(with(good(), "organ", "ga-a"), "law", "");
        let page = inside.post("/desk/deferrals", &own).await.expect(422);
        page.says("您在这个机关有岗位").says("请写法律、行政法规的名称和条款");
        let urgent = with(good(), "ground", "emergency");
        first.post("/desk/deferrals", &urgent).await.expect(422).says("最长 1 个月");
        let of_case = with(with(good(), "whom", "case"), "shown", "4207001002026030200001");
        first.post("/desk/deferrals", &of_case).await.expect(422).says("没有找到这个办件");
        let everywhere = with(with(good(), "organ", "city"), "below", "true");
        first.post("/desk/deferrals", &everywhere).await.expect(422).says("不能对全市所有机关");
    });
}

#[test]
fn the_three_administrators_defer_nothing_and_the_auditor_sees_all_of_it_on_record() {
    each_city(OFFICES, async |city: City| {
        people(&city).await;
        let page = entered(&city.client("first").await, &order("2026-06-30")).await;
        for login in ["system", "warden", "watcher", "window"] {
            let client = city.client(login).await;
            client.post("/desk/deferrals", &order("2026-06-30")).await.expect(403);
            for verb in ["agree", "decline", "withdraw", "end"] {
                client.post(&format!("{page}/{verb}"), &[("reason", "x")]).await.expect(403);
            }
            client.get("/desk/deferrals/new").await.expect(403);
            let sees = if login == "watcher" { 200 } else { 403 };
            client.get(&page).await.expect(sees);
            client.get("/desk/deferrals").await.expect(sees);
        }
        let read = city.hall.store.read(|r| ledger::acts_of(r, "record", "deferrals")).await;
        let names: Vec<String> =
            read.unwrap().iter().filter_map(|act| Some(act.who()?.name)).collect();
        assert_eq!(names, ["watcher", "watcher"], "who read it is on record");
    });
}

#[test]
fn who_holds_a_post_in_the_organ_or_is_the_person_orders_nothing() {
    each_city(OFFICES, async |city: City| {
        people(&city).await;
        let (first, inside) = (city.client("first").await, city.client("inside").await);
        let whole = with(order("2026-06-30"), "below", "true");
        inside.post("/desk/deferrals", &whole).await.expect(422).says("您在这个机关有岗位");
        let page = entered(&first, &whole).await;
        let agree = format!("{page}/agree");
        inside.post(&agree, &[("reason", "")]).await.expect(422).says("您在这个机关有岗位");
        let own = with(order("2026-06-30"), "organ", "city");
        first.post("/desk/deferrals", &own).await.expect(422).says("您在这个机关有岗位");
        city.person("concerned", "王芳", "privacy", "city", Some(NUMBER)).await;
        let concerned = city.client("concerned").await;
        concerned.post(&agree, &[("reason", "")]).await.expect(422).says("和您本人有关");
        concerned
            .post("/desk/deferrals", &order("2026-05-01"))
            .await
            .expect(422)
            .says("和您本人有关");
        // An account of the staff without a number is told by the name.
        city.account("namesake", "王芳", "privacy", "city").await;
        let namesake = city.client("namesake").await;
        namesake.post(&agree, &[("reason", "")]).await.expect(422).says("和您本人有关");
        city.client("second").await.post(&agree, &[("reason", "")]).await.expect(303);
    });
}

#[test]
fn one_that_nobody_answers_lapses_and_what_is_declined_or_withdrawn_never_stands() {
    each_city(OFFICES, async |city: City| {
        people(&city).await;
        let (first, second) = (city.client("first").await, city.client("second").await);
        let page = entered(&first, &order("2026-06-30")).await;
        second.post(&format!("{page}/withdraw"), &[]).await.expect(422).says("只能撤回自己录入");
        let decline = format!("{page}/decline");
        second.post(&decline, &[("reason", " ")]).await.expect(422).says("请写理由");
        second.post(&decline, &[("reason", "没有批准文件")]).await.expect(303);
        first.get(&page).await.expect(200).says("不同意").says("没有批准文件");
        let page = entered(&first, &order("2026-06-30")).await;
        first.post(&format!("{page}/withdraw"), &[]).await.expect(303);
        first.get("/desk/deferrals").await.expect(200).says("已撤回");
        let late = entered(&first, &order("2026-06-30")).await;
        let short = entered(&first, &with(order("2026-03-03"), "organ", "ga-a")).await;
        city.clock.set(Day::new(2026, 3, 4).unwrap().start().plus_seconds(9 * 3_600));
        let second = city.client("second").await;
        second
            .post(&format!("{short}/agree"), &[("reason", "")])
            .await
            .expect(422)
            .says("已经过去");
        city.clock.set(Day::new(2026, 3, 18).unwrap().start().plus_seconds(9 * 3_600));
        let second = city.client("second").await;
        second.post(&format!("{late}/agree"), &[("reason", "")]).await.expect(422).says("已经失效");
        let first = city.client("first").await;
        entered(&first, &order("2026-06-30")).await;
        let none: i64 = city
            .hall
            .store
            .read(|r| Ok(r.one("SELECT CAST(COUNT(*) AS BIGINT) FROM ask_deferrals", &[])?))
            .await
            .unwrap();
        assert_eq!(none, 0, "none of them stands");
    });
}

#[test]
fn two_people_prolong_before_the_end_and_never_after_it() {
    each_city(OFFICES, async |city: City| {
        people(&city).await;
        let (first, second) = (city.client("first").await, city.client("second").await);
        let page = entered(&first, &order("2026-03-31")).await;
        second.post(&format!("{page}/agree"), &[("reason", "")]).await.expect(303);
        let id = page.rsplit('/').next().unwrap().to_owned();
        let asked = first.get(&format!("/desk/deferrals/new?prolongs={id}")).await.expect(200);
        asked.says("现在的最后一天").says("2026-03-31");
        let later = |until| {
            let form = with(order(until), "prolongs", &id);
            with(with(form, "document", "鄂州公〔2026〕9号"), "purpose", "还没有抓到")
        };
        for (until, words) in [("2026-03-31", "更晚"), ("2026-10-01", "最晚到2026年9月30日")]
        {
            first.post("/desk/deferrals", &later(until)).await.expect(422).says(words);
        }
        let longer = entered(&second, &later("2026-05-31")).await;
        first.post("/desk/deferrals", &later("2026-06-30")).await.expect(422).says("已经有了");
        let agree = format!("{longer}/agree");
        second.post(&agree, &[("reason", "")]).await.expect(422).says("录入的人不能自己同意");
        first.post(&agree, &[("reason", "")]).await.expect(303);
        let shown = first.get(&page).await.expect(200);
        shown.says("2026-06-01 00:00").says("已同意延长").says("鄂州公〔2026〕9号");
        first.get(&longer).await.expect(200).says("看原来的暂不告知");

        // Entered before the end, and not agreed to before it.
        city.clock.set(Day::new(2026, 5, 31).unwrap().start());
        let first = city.client("first").await;
        let too_late = entered(&first, &later("2026-07-31")).await;
        city.clock.set(Day::new(2026, 6, 1).unwrap().start());
        let (first, second) = (city.client("first").await, city.client("second").await);
        let agree = format!("{too_late}/agree");
        second.post(&agree, &[("reason", "")]).await.expect(422).says("已经结束");
        first.post("/desk/deferrals", &later("2026-07-31")).await.expect(422).says("已经结束");
        let end = format!("{page}/end");
        first.post(&end, &[("reason", "不需要了")]).await.expect(422).says("已经结束");
        first.get(&page).await.expect(200).says("已结束，已告知");
        city.job("privacy.deferrals").await;
        first.get(&page).await.expect(200).says("告知了 0 次查看");
        assert!(city.letters().is_empty(), "nobody looked: nothing is told");
    });
}

#[test]
fn what_was_ended_early_is_not_prolonged_by_an_agreement_that_was_begun_before() {
    each_city(OFFICES, async |city: City| {
        people(&city).await;
        let (first, second) = (city.client("first").await, city.client("second").await);
        let page = entered(&first, &order("2026-03-31")).await;
        second.post(&format!("{page}/agree"), &[("reason", "")]).await.expect(303);
        let id = page.rsplit('/').next().unwrap().to_owned();
        let later = with(with(order("2026-05-31"), "prolongs", &id), "purpose", "还没有抓到");
        let longer = entered(&second, &later).await;
        city.clock.pass_seconds(60);
        let end = format!("{page}/end");
        second.post(&end, &[("reason", "不需要了")]).await.expect(303);
        city.job("privacy.deferrals").await;
        // The second step of a decision has the moment of its first.
        city.clock.pass_seconds(-30);
        let refused = first.post(&format!("{longer}/agree"), &[("reason", "")]).await.expect(422);
        refused.says("已经结束");
        // Nor does the database prolong it, whoever asks.
        let (now, id) = (city.now(), id.parse().unwrap());
        let prolong = move |tx: &store::Tx<'_>| {
            let permit = access::clockwork("privacy.defer");
            let day = |month, day| Day::new(2026, month, day).unwrap();
            let to = (day(4, 1), day(5, 31), "某机关");
            ask::prolong(tx, &permit, id, to, ("somebody", None), now)
        };
        assert!(!city.hall.store.write(prolong).await.unwrap());
    });
}
