//! Setting watches up, changing, stopping and starting them.

use testkit::city::each_city;

use super::*;

#[test]
fn a_watch_says_what_it_is_for_and_every_change_has_its_reason() {
    each_city(OFFICES, async |city| {
        staffed(&city).await;
        let manager = city.client("han").await;
        manager.get("/desk/watches").await.expect(200).says("还没有设置监测");
        let empty = form(&[("name", ""), ("ground", ""), ("days", "31"), ("reason", "")]);
        let wrong = manager.post("/desk/watches", &empty).await.expect(422);
        wrong
            .says("请写监测的名称")
            .says("请写依据的条款")
            .says("1 至 30 个工作日")
            .says("请写为什么");
        city.client("jiang").await.post("/desk/watches", &form(&[])).await.expect(403);
        let watch = watched(&city, &[]).await;
        let page = manager.get(&watch).await.expect(200);
        page.says("第 1 版").says("审计要求").says("名单所属的部门").says("全部名单");
        manager.get(&format!("{watch}/edit")).await.expect(200).says("为什么改");
        let same = form(&[("version", "1")]);
        manager.post(&watch, &same).await.expect(422).says("没有改动任何内容");
        let changed = form(&[("version", "1"), ("days", "5"), ("reason", "缩短期限")]);
        manager.post(&watch, &changed).await.expect(303);
        manager.post(&watch, &changed).await.expect(422).says("已经有人改过");
        manager.get(&watch).await.expect(200).says("第 2 版").says("缩短期限");
        city.client("zhou").await.get(&watch).await.expect(200);
    });
}

#[test]
fn a_watch_that_was_stopped_finds_nothing_until_it_runs_again() {
    each_city(OFFICES, async |city| {
        staffed(&city).await;
        let watch = watched(&city, &[]).await;
        let manager = city.client("han").await;
        let stop = format!("{watch}/stop");
        manager.post(&stop, &[("reason", "")]).await.expect(422).says("请写为什么");
        manager.post(&stop, &[("reason", "换系统")]).await.expect(303);
        manager.post(&stop, &[("reason", "换系统")]).await.expect(422).says("已经停止");
        brings(&city, "jiang", ("高龄津贴", "whole"), &[&line(CHEN, "陈晓敏")]).await;
        died(&city, CHEN, "2026-02-20").await;
        assert!(open(&city).await.is_empty());
        let start = [("reason", "换好了")];
        manager.post(&format!("{watch}/start"), &start).await.expect(303);
        city.settle().await;
        assert_eq!(open(&city).await.len(), 1, "what came meanwhile is found");
    });
}

#[test]
fn a_watch_over_one_list_looks_at_no_other() {
    each_city(OFFICES, async |city| {
        staffed(&city).await;
        brings(&city, "jiang", ("高龄津贴", "whole"), &[&line(CHEN, "陈晓敏")]).await;
        brings(&city, "li", ("养老金", "whole"), &[&line(CHEN, "陈晓敏")]).await;
        let lists = city.client("han").await.get("/desk/watches/new").await.expect(200);
        let choice = lists.text.split("养老金").next().unwrap();
        let id = choice.rsplit("value=\"").next().unwrap().split('"').next().unwrap();
        watched(&city, &[("list", id)]).await;
        died(&city, CHEN, "2026-02-20").await;
        let found = open(&city).await;
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].organ, "labour");
    });
}
