//! Requests and disputes: filed, answered within the law's days, told.

use testkit::City;
use testkit::city::each_city;

use super::{OFFICES, consented, published, requested, revised, staffed};

async fn due(city: &City, no: &str) -> String {
    let no = no.to_owned();
    let case = city.hall.store.read(move |r| flow::case_by_no(r, &no)).await.unwrap().unwrap();
    case.due.map(|due| due.to_string()).unwrap_or_default()
}

#[test]
fn what_has_a_condition_is_answered_in_ten_working_days_and_what_has_none_in_one() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let key = published(&city, &[]).await;
        // 2026-03-02 is a Monday.
        let no = requested(&city, &key, &[]).await;
        assert_eq!(due(&city, &no).await, "2026-03-16");
        let free =
            published(&city, &[("name", "乙"), ("share", "无条件共享"), ("share_condition", "")])
                .await;
        let no = requested(&city, &free, &[]).await;
        assert_eq!(due(&city, &no).await, "2026-03-03");
    });
}

#[test]
fn a_request_says_what_it_needs_and_is_seen_by_both_sides_alone() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        city.organ("other", Some("city"), "鄂州市财政局", "010").await;
        city.account("li", "李平", "datasteward", "other").await;
        let key = published(&city, &[]).await;
        let asks = city.client("jiang").await;
        let page = asks.get(&format!("/desk/data-requests/new?resource={key}")).await.expect(200);
        page.says("核对申请人身份").says("住址");
        let empty = [("resource", key.as_str()), ("manner", "接口查询"), ("until", "")];
        let wrong = asks.post("/desk/data-requests", &empty).await.expect(422);
        wrong
            .says("请选择需要的信息项")
            .says("请写用来做什么")
            .says("请写职责的依据")
            .says("请写用到哪一天");
        let no = requested(&city, &key, &[]).await;
        let place = format!("/desk/data-requests/{no}");
        asks.get(&place).await.expect(200).says("等提供部门答复").says("核对低保申请人的户籍");
        asks.get("/desk/data-requests").await.expect(200).says(&no);
        city.client("qin").await.get("/desk/data-requests?view=queue").await.expect(200).says(&no);
        city.client("li").await.get(&place).await.expect(404);
        city.client("li").await.post(&format!("{place}/consent"), &[]).await.expect(404);
        city.client("zhou").await.get(&place).await.expect(200);
        // One's own organ has it already.
        let own = [
            ("resource", key.as_str()),
            ("items", "name"),
            ("purpose", "核对身份用"),
            ("ground", "《户口登记条例》第三条"),
            ("manner", "接口查询"),
            ("until", "2026-12-31"),
        ];
        city.client("qin")
            .await
            .post("/desk/data-requests", &own)
            .await
            .expect(422)
            .says("不用申请");
    });
}

#[test]
fn who_answers_agrees_to_a_part_asks_to_complete_or_refuses_with_a_ground() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let key = published(&city, &[]).await;
        let no = requested(&city, &key, &[]).await;
        let place = format!("/desk/data-requests/{no}");
        let (asks, answers) = (city.client("jiang").await, city.client("qin").await);
        answers.post(&format!("{place}/correct"), &[("missing", "")]).await.expect(422);
        answers
            .post(&format!("{place}/correct"), &[("missing", "写明一年查多少人")])
            .await
            .expect(303);
        asks.get(&place).await.expect(200).says("写明一年查多少人").says("补充申请");
        asks.post(&format!("{place}/own/supplement"), &[("note", "大约三千人")]).await.expect(303);
        let part =
            [("items", "name"), ("until", "2026-12-31"), ("ground", "《政务数据共享条例》第三条")];
        answers
            .post(&format!("{place}/consent"), &part)
            .await
            .expect(422)
            .says("只同意一部分的，请写明理由");
        let more = [part.as_slice(), &[("reason", "核对身份用姓名就够")]].concat();
        answers.post(&format!("{place}/consent"), &more).await.expect(303);
        asks.get(&place)
            .await
            .expect(200)
            .says("已提供")
            .says("正在运行")
            .says("核对身份用姓名就够");

        let no = requested(&city, &key, &[]).await;
        let place = format!("/desk/data-requests/{no}");
        let bare = [("reason", "不合适"), ("ground", "内部规定")];
        answers.post(&format!("{place}/deny"), &bare).await.expect(422).says("请写不同意的依据");
        let denied = [("reason", "用途不在职责之内"), ("ground", "《个人信息保护法》第三十四条")];
        answers.post(&format!("{place}/deny"), &denied).await.expect(303);
        asks.get(&place).await.expect(200).says("不同意共享").says("用途不在职责之内");
    });
}

#[test]
fn a_completion_that_is_asked_for_late_stops_no_clock() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let key = published(&city, &[]).await;
        let no = requested(&city, &key, &[]).await;
        let place = format!("/desk/data-requests/{no}/correct");
        city.pass_working_days(2);
        let late =
            city.client("qin").await.post(&place, &[("missing", "写明用途")]).await.expect(422);
        late.says("1 个工作日内").says("2026年3月3日");
        assert_eq!(due(&city, &no).await, "2026-03-16", "its days go on");
        let other = requested(&city, &key, &[]).await;
        city.pass_working_days(1);
        let place = format!("/desk/data-requests/{other}/correct");
        city.client("qin").await.post(&place, &[("missing", "写明用途")]).await.expect(303);
    });
}

#[test]
fn an_answer_is_given_by_the_version_in_force() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let key = published(&city, &[]).await;
        let wanted = [("items", "address")];
        let no = requested(&city, &key, &wanted).await;
        let place = format!("/desk/data-requests/{no}");
        revised(&city, &key, &[("items", "name|姓名|字符型|50|必填\ndivision|区划|字符型|6|必填")])
            .await;
        let answers = city.client("qin").await;
        let form = answers.get(&place).await.expect(200);
        form.says("资源已经有新的一版").says("不能同意：住址");
        let ground = [("until", "2026-12-31"), ("ground", "《政务数据共享条例》第三条")];
        let old = [&wanted[..], &ground].concat();
        let refused = answers.post(&format!("{place}/consent"), &old).await.expect(422);
        refused.says("请按新的一版答复");
        // The name of another field is another thing.
        let no = requested(&city, &key, &[("items", "name")]).await;
        let moved = "name|姓名|字符型|50|必填||address\nother|曾用名|字符型|50|||name";
        revised(&city, &key, &[("items", moved)]).await;
        let place = format!("/desk/data-requests/{no}/consent");
        let form = [&[("items", "name")], &ground[..]].concat();
        answers.post(&place, &form).await.expect(422).says("请按新的一版答复");
    });
}

#[test]
fn a_request_that_nobody_completes_ends() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let key = published(&city, &[]).await;
        let no = requested(&city, &key, &[]).await;
        let place = format!("/desk/data-requests/{no}");
        let answers = city.client("qin").await;
        answers.post(&format!("{place}/correct"), &[("missing", "写明用途")]).await.expect(303);
        city.pass_working_days(12);
        city.job("catalogue.clock").await;
        city.client("jiang").await.get(&place).await.expect(200).says("逾期没有补充");
    });
}

#[test]
fn what_no_office_answers_is_provided_within_twenty_working_days() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let keyless = published(&city, &[("question", ""), ("manner", "数据推送")]).await;
        let no = requested(&city, &keyless, &[("manner", "数据推送")]).await;
        let part = [
            ("items", "name"),
            ("items", "division"),
            ("until", "2026-12-31"),
            ("ground", "《政务数据共享条例》第三条"),
        ];
        let place = format!("/desk/data-requests/{no}/consent");
        let refused = city.client("qin").await.post(&place, &part).await.expect(422);
        refused.says("这个资源没有主键");
        let items = "name|姓名|字符型|50|主键、必填\ndivision|区划|字符型|6|必填";
        revised(&city, &keyless, &[("question", ""), ("items", items)]).await;
        let key = keyless;
        let no = requested(&city, &key, &[("manner", "数据推送")]).await;
        consented(&city, &no, &[]).await;
        // What was agreed to runs already, for what is yet to come.
        let of = no.clone();
        let look = move |r: &store::Reader<'_>| ask::share_of_request(r, &of);
        let share = city.hall.store.read(look).await.unwrap().unwrap();
        assert_eq!((share.kind.as_str(), share.terms.ended), ("catalogue.changes", None));
        assert_eq!(due(&city, &no).await, "2026-03-30");
        let place = format!("/desk/data-requests/{no}");
        let answers = city.client("qin").await;
        answers.get(&place).await.expect(200).says("提供数据");
        answers.post(&format!("{place}/deliver"), &[("receipt", "已经开通推送")]).await.expect(303);
        city.client("jiang")
            .await
            .get(&place)
            .await
            .expect(200)
            .says("已提供")
            .says("已经开通推送");
    });
}

#[test]
fn a_disputed_value_is_checked_in_ten_working_days_and_the_outcome_told() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let key = published(&city, &[]).await;
        let citizen = city.client("citizen").await;
        let form = format!("/me/data-disputes/new?resource={key}&item=address");
        citizen.get(&form).await.expect(200).says("住址").says("鄂州市公安局");
        citizen.get("/me/data-disputes/new?resource=nothing&item=x").await.expect(404);
        let typed = [
            ("resource", key.as_str()),
            ("item", "address"),
            ("row", "陈晓敏"),
            ("shown", "文星路9号"),
            ("right", "滨湖南路1号"),
            ("why", "去年搬了家"),
        ];
        citizen.post("/me/data-disputes", &typed[..4]).await.expect(422).says("请写应当是什么");
        let filed = citizen.post("/me/data-disputes", &typed).await.expect(303);
        let own = filed.leads_to().split('?').next().unwrap().to_owned();
        let no = own.rsplit('/').next().unwrap().to_owned();
        assert_eq!(due(&city, &no).await, "2026-03-16");
        let checks = city.client("qin").await;
        let place = format!("/desk/data-disputes/{no}");
        checks.get("/desk/data-disputes").await.expect(200).says(&no);
        checks.get(&format!("/desk/data-requests/{no}")).await.expect(303);
        checks.get(&place).await.expect(200).says("去年搬了家");
        city.client("jiang").await.get(&place).await.expect(404);
        checks.post(&format!("{place}/examine"), &[("opinion", "查了迁移证")]).await.expect(422);
        let found = [("finding", "approve"), ("opinion", "查了迁移证")];
        checks.post(&format!("{place}/examine"), &found).await.expect(303);
        checks
            .post(&format!("{place}/deliver"), &[("receipt", "已经改为滨湖南路1号")])
            .await
            .expect(303);
        citizen.get(&own).await.expect(200).says("数据有误").says("已经改为滨湖南路1号");
        citizen.get("/me/data-disputes").await.expect(200).says("已答复");
        city.account("other", "王建国", "citizen", "").await;
        city.client("other").await.get(&own).await.expect(404);
    });
}
