//! What is found, once, whatever came first; and what becomes of it.

use population_contract::{CORRECTED, DIED};
use testkit::city::each_city;

use super::*;

const LIST: (&str, &str) = ("高龄津贴", "whole");

fn hit(no: &str) -> String {
    format!("/desk/watches/hits/{no}")
}

#[test]
fn a_death_comes_the_department_verifies_it_and_says_what_was_done() {
    each_city(OFFICES, async |city| {
        staffed(&city).await;
        let watch = watched(&city, &[]).await;
        brings(&city, "jiang", LIST, &[&line(CHEN, "陈晓敏"), &line(WANG, "王建国")]).await;
        assert!(open(&city).await.is_empty());
        died(&city, CHEN, "2026-02-20").await;
        let found = open(&city).await;
        assert_eq!(found.len(), 1);
        let case_now = &found[0];
        // 2026-03-02 is a Monday: ten working days, and the watch's own article.
        assert_eq!(case_now.due.unwrap().to_string(), "2026-03-16");
        assert_eq!(case_now.organ, "civil");
        assert!(!case_now.title.contains("陈晓敏"), "the title names nobody");

        let civil = city.client("jiang").await;
        let queue = civil.get("/desk/watches/hits").await.expect(200);
        queue.says(&case_now.no).says("待核实");
        let page = civil.get(&hit(&case_now.no)).await.expect(200);
        page.says("名单.csv")
            .says("第 2 行")
            .says("样本库")
            .says("2026年2月20日")
            .says("420704********2468");
        assert!(!page.text.contains(CHEN), "the number is masked");
        civil.post(&format!("{}/take", hit(&case_now.no)), &[]).await.expect(303);
        civil.get(&hit(&case_now.no)).await.expect(200).says("核实中").says("姜敏");
        let bare = [("done", "3 月起停发")];
        let place = format!("{}/confirm", hit(&case_now.no));
        civil.post(&place, &bare).await.expect(422).says("请选择做了什么");
        let done = [("deed", "recovered"), ("done", "3 月起停发，追回 1 个月 100 元")];
        civil.post(&place, &done).await.expect(303);
        let closed = civil.get(&hit(&case_now.no)).await.expect(200);
        closed.says("属实，已处理").says("追回 1 个月 100 元").says("核实属实并处理");
        assert!(open(&city).await.is_empty());
        // Looked at again, it is found no second time.
        city.job("watches.round").await;
        assert!(open(&city).await.is_empty());
        let one = city.client("han").await.get(&watch).await.expect(200);
        one.says("属实");
    });
}

#[test]
fn the_list_may_come_after_the_death_and_the_watch_after_both() {
    each_city(OFFICES, async |city| {
        staffed(&city).await;
        died(&city, CHEN, "2026-02-20").await;
        brings(&city, "jiang", LIST, &[&line(CHEN, "陈晓敏")]).await;
        assert!(open(&city).await.is_empty(), "nothing watches yet");
        let watch = watched(&city, &[]).await;
        assert_eq!(open(&city).await.len(), 1);
        // A second list of another department is another hit, since another department pays.
        brings(&city, "li", ("养老金", "whole"), &[&line(CHEN, "陈晓敏")]).await;
        assert_eq!(open(&city).await.len(), 2);
        let manager = city.client("han").await;
        manager.get(&format!("{watch}?preview=1")).await.expect(200).says("现在对得上 2 行");
        manager.get("/desk/watches").await.expect(200).says("去世人员领取高龄津贴");
    });
}

#[test]
fn two_files_with_the_same_person_are_one_hit_and_what_had_ended_before_is_none() {
    each_city(OFFICES, async |city| {
        staffed(&city).await;
        watched(&city, &[]).await;
        let ended = format!("{WANG},王建国,高龄津贴,2020-01-01,2026-01-31");
        brings(&city, "jiang", LIST, &[&line(CHEN, "陈晓敏"), &ended]).await;
        brings(&city, "jiang", ("高龄津贴", "more"), &[&line(CHEN, "陈晓敏")]).await;
        died(&city, CHEN, "2026-02-20").await;
        died(&city, WANG, "2026-02-20").await;
        brings(&city, "jiang", LIST, &[&line(CHEN, "陈晓敏")]).await;
        assert_eq!(open(&city).await.len(), 1);
    });
}

#[test]
fn a_file_that_is_taken_back_takes_its_hits_along_but_not_those_of_the_file_before() {
    each_city(OFFICES, async |city| {
        staffed(&city).await;
        watched(&city, &[]).await;
        died(&city, CHEN, "2026-02-20").await;
        died(&city, WANG, "2026-02-21").await;
        brings(&city, "jiang", LIST, &[&line(CHEN, "陈晓敏")]).await;
        let second =
            brings(&city, "jiang", LIST, &[&line(CHEN, "陈晓敏"), &line(WANG, "王建国")]).await;
        let found = open(&city).await;
        assert_eq!(found.len(), 2);
        let civil = city.client("jiang").await;
        let undo = format!("{second}/undo");
        civil.post(&undo, &[("reason", "")]).await.expect(422).says("请写明为什么撤销");
        city.client("li").await.post(&undo, &[("reason", "不是我的")]).await.expect(404);
        civil.post(&undo, &[("reason", "传错了月份")]).await.expect(303);
        city.settle().await;
        let left = open(&city).await;
        assert_eq!(left.len(), 1);
        let gone = found.iter().find(|one| one.id != left[0].id).unwrap();
        let page = civil.get(&hit(&gone.no)).await.expect(200);
        page.says("原因消失，已撤销").says("上传的名单已经撤销");
        civil.get(&second).await.expect(200).says("已经撤销").says("回执");
        // Brought again, it is found again.
        brings(&city, "jiang", LIST, &[&line(WANG, "王建国")]).await;
        assert_eq!(open(&city).await.len(), 2);
    });
}

#[test]
fn a_death_that_is_taken_back_withdraws_what_is_open_and_marks_what_was_decided() {
    each_city(OFFICES, async |city| {
        staffed(&city).await;
        watched(&city, &[]).await;
        brings(&city, "jiang", LIST, &[&line(CHEN, "陈晓敏"), &line(WANG, "王建国")]).await;
        died(&city, CHEN, "2026-02-20").await;
        let decided = open(&city).await[0].no.clone();
        let done = [("deed", "stopped"), ("done", "3 月起停发")];
        let civil = city.client("jiang").await;
        civil.post(&format!("{}/confirm", hit(&decided)), &done).await.expect(303);
        died(&city, WANG, "2026-02-20").await;
        let undecided = open(&city).await[0].no.clone();
        announced(&city, CORRECTED, CHEN, None).await;
        announced(&city, CORRECTED, WANG, None).await;
        assert_eq!(case(&city, &undecided).await.state, "70");
        let page = civil.get(&hit(&decided)).await.expect(200);
        page.says("死亡登记已经更正").says("是否应当恢复发放");
        civil.get("/desk/watches/hits?state=60").await.expect(200).says("登记已更正");
        // They die after all: that is another death.
        died(&city, WANG, "2026-02-28").await;
        assert_eq!(open(&city).await.len(), 1);
    });
}

#[test]
fn a_death_on_another_day_stays_one_hit_and_goes_where_nothing_was_paid_after_it() {
    each_city(OFFICES, async |city| {
        staffed(&city).await;
        watched(&city, &[]).await;
        let ending = format!("{CHEN},陈晓敏,高龄津贴,2020-01-01,2026-02-25");
        brings(&city, "jiang", LIST, &[&ending]).await;
        died(&city, CHEN, "2026-02-20").await;
        announced(&city, CORRECTED, CHEN, Some("2026-02-24")).await;
        assert_eq!(open(&city).await.len(), 1);
        announced(&city, CORRECTED, CHEN, Some("2026-02-26")).await;
        assert!(open(&city).await.is_empty());
    });
}

#[test]
fn who_hears_late_of_a_death_that_was_taken_back_finds_nothing() {
    each_city(OFFICES, async |city| {
        staffed(&city).await;
        watched(&city, &[]).await;
        brings(&city, "jiang", LIST, &[&line(CHEN, "陈晓敏")]).await;
        let mark = HEXLOWER.encode(&city.hall.keys.mark(access::NUMBER, CHEN.as_bytes()));
        for (kind, died) in [(DIED, Some("2026-02-20")), (CORRECTED, None)] {
            let died = died.map(|day| day.parse::<Day>().unwrap());
            let content = serde_json::to_value(Death { person: mark.clone(), died }).unwrap();
            let act = Act::new(city.now(), kind, "resident", "1").content(content);
            let who = ledger::Who::clockwork();
            city.hall.write(move |tx| ledger::record(tx, &who, &act)).await.unwrap();
            city.clock.pass_seconds(60);
        }
        city.settle().await;
        assert!(open(&city).await.is_empty());
    });
}

#[test]
fn another_department_learns_nothing_of_it_and_supervision_sees_it_without_a_look() {
    each_city(OFFICES, async |city| {
        staffed(&city).await;
        watched(&city, &[]).await;
        let report = brings(&city, "jiang", LIST, &[&line(CHEN, "陈晓敏")]).await;
        died(&city, CHEN, "2026-02-20").await;
        let no = open(&city).await[0].no.clone();
        let other = city.client("li").await;
        other.get(&hit(&no)).await.expect(404);
        other.post(&format!("{}/take", hit(&no)), &[]).await.expect(404);
        other.get(&report).await.expect(404);
        let queue = other.get("/desk/watches/hits").await.expect(200);
        assert!(!queue.text.contains(&no));
        let lists = other.get("/desk/watches/lists").await.expect(200);
        assert!(!lists.text.contains("高龄津贴</"), "its lists are its own");
        city.client("clerk").await.get(&hit(&no)).await.expect(403);
        let sees = city.client("zhou").await;
        let page = sees.get(&hit(&no)).await.expect(200);
        assert!(!page.text.contains("由我核实") && !page.text.contains("查询记录"));
        sees.post(&format!("{}/take", hit(&no)), &[]).await.expect(403);
        sees.get("/desk/watches/hits?organ=labour").await.expect(200);
        // Past its day it is late where everybody looks.
        city.pass_working_days(11);
        let sees = city.client("zhou").await;
        sees.get("/desk/watches/hits").await.expect(200).says("超期");
        sees.get("/desk/watches").await.expect(200).says("超期");
    });
}

#[test]
fn another_organ_may_verify_and_one_that_ended_is_followed_by_the_one_above() {
    each_city(OFFICES, async |city| {
        staffed(&city).await;
        watched(&city, &[("organ", "labour")]).await;
        brings(&city, "jiang", LIST, &[&line(CHEN, "陈晓敏")]).await;
        died(&city, CHEN, "2026-02-20").await;
        let no = open(&city).await[0].no.clone();
        city.client("li").await.get(&hit(&no)).await.expect(200).says("由我核实");
        city.client("jiang").await.get(&hit(&no)).await.expect(404);
    });
}

#[test]
fn one_number_under_two_names_is_verified_by_both_departments_and_goes_with_either_file() {
    each_city(OFFICES, async |city| {
        staffed(&city).await;
        watched(&city, &[("name", "一号两名"), ("kind", "two_names")]).await;
        brings(&city, "jiang", LIST, &[&line(CHEN, "陈晓敏"), &line(WANG, "王建国")]).await;
        let second = brings(
            &city,
            "li",
            ("养老金", "whole"),
            &[&line(CHEN, "陈小敏"), &line(WANG, "王 建国")],
        )
        .await;
        // The first file is looked at again by the daily round.
        city.job("watches.round").await;
        city.job("watches.round").await;
        let found = open(&city).await;
        assert_eq!(found.len(), 2, "each department has its own");
        let own = found.iter().find(|case| case.organ == "civil").unwrap();
        let civil = city.client("jiang").await;
        let page = civil.get(&hit(&own.no)).await.expect(200);
        page.says("陈晓敏").says("陈小敏").says("养老金").says("另一份名单").says("样本库");
        let died = [("deed", "already"), ("done", "没有这回事")];
        let place = format!("{}/confirm", hit(&own.no));
        civil.post(&place, &died).await.expect(422).says("请选择做了什么");
        let undo = [("reason", "姓名写错了")];
        city.client("li").await.post(&format!("{second}/undo"), &undo).await.expect(303);
        city.settle().await;
        assert!(open(&city).await.is_empty(), "neither has a cause any more");
        civil.get(&hit(&own.no)).await.expect(200).says("原因消失");
    });
}

#[test]
fn who_is_paid_again_after_it_was_said_to_be_stopped_is_found_again_and_the_earlier_is_named() {
    each_city(OFFICES, async |city| {
        staffed(&city).await;
        watched(&city, &[]).await;
        brings(&city, "jiang", LIST, &[&line(CHEN, "陈晓敏"), &line(WANG, "王建国")]).await;
        died(&city, CHEN, "2026-02-20").await;
        died(&city, WANG, "2026-02-20").await;
        let found = open(&city).await;
        // A file that comes while it is being verified is part of the same.
        brings(&city, "jiang", LIST, &[&line(CHEN, "陈晓敏"), &line(WANG, "王建国")]).await;
        assert_eq!(open(&city).await.len(), 2);
        let civil = city.client("jiang").await;
        let done = [("deed", "stopped"), ("done", "3 月起停发")];
        civil.post(&format!("{}/confirm", hit(&found[0].no)), &done).await.expect(303);
        let why = [("why", "本人健在，登记有误")];
        civil.post(&format!("{}/not-so", hit(&found[1].no)), &why).await.expect(303);
        city.clock.pass_seconds(60);
        city.job("watches.round").await;
        assert!(open(&city).await.is_empty(), "what was decided on is not found again");
        // The list of the next month has both: the one was said to be stopped, the other lives.
        brings(&city, "jiang", LIST, &[&line(CHEN, "陈晓敏"), &line(WANG, "王建国")]).await;
        let again = open(&city).await;
        assert_eq!(again.len(), 1);
        let page = civil.get(&hit(&again[0].no)).await.expect(200);
        page.says("以前核实过，又出现了").says(&found[0].no);
        city.job("watches.round").await;
        assert_eq!(open(&city).await.len(), 1, "it stays one");
        // Confirmed once more and paid once more, the last is named.
        civil.post(&format!("{}/confirm", hit(&again[0].no)), &done).await.expect(303);
        city.clock.pass_seconds(60);
        brings(&city, "jiang", ("高龄津贴", "more"), &[&line(CHEN, "陈晓敏")]).await;
        brings(&city, "jiang", ("高龄津贴", "more"), &[&line(WANG, "王建国")]).await;
        let third = open(&city).await;
        assert_eq!(third.len(), 1);
        civil.get(&hit(&third[0].no)).await.expect(200).says(&again[0].no);
    });
}
