//! Files of lists: what is taken in, what is not, and files that mean harm.

use testkit::city::each_city;

use super::*;

#[test]
fn wrong_lines_are_told_by_row_field_and_rule_and_the_others_are_taken() {
    each_city(OFFICES, async |city| {
        staffed(&city).await;
        let bad = line("420704199003072469", "陈晓敏");
        let ended = format!("{LI},李伟,高龄津贴,2026-03-01,2026-02-01");
        let lines = [line(CHEN, "陈晓敏"), bad, ended, line(CHEN, "陈晓敏"), line(WANG, "")];
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let report = brings(&city, "jiang", ("高龄津贴", "whole"), &lines).await;
        let page = city.client("jiang").await.get(&report).await.expect(200);
        page.says("第 3 行")
            .says("校验码")
            .says("先后")
            .says("与第 2 行是同一个人的同一项发放")
            .says("写法")
            .says("已经与登记比对");
        assert!(!page.text.contains("2469"), "what stood there is not repeated");
        let list = city.client("jiang").await.get("/desk/watches/lists").await.expect(200);
        list.says("高龄津贴");
    });
}

#[test]
fn a_whole_list_takes_the_place_of_the_one_before_and_more_comes_beside_it() {
    each_city(OFFICES, async |city| {
        staffed(&city).await;
        let first = brings(&city, "jiang", ("高龄津贴", "whole"), &[&line(CHEN, "陈晓敏")]).await;
        brings(&city, "jiang", ("高龄津贴", "more"), &[&line(WANG, "王建国")]).await;
        let second = brings(&city, "jiang", ("高龄津贴", "whole"), &[&line(LI, "李伟")]).await;
        let civil = city.client("jiang").await;
        civil.get(&first).await.expect(200).says("已被新名单代替");
        let undo = [("reason", "不该撤的")];
        civil.post(&format!("{first}/undo"), &undo).await.expect(422).says("最近一次");
        watched(&city, &[]).await;
        died(&city, CHEN, "2026-02-20").await;
        assert!(open(&city).await.is_empty(), "the new list does not have them");
        civil.post(&format!("{second}/undo"), &[("reason", "传错了")]).await.expect(303);
        city.settle().await;
        assert_eq!(open(&city).await.len(), 1, "the list before counts again");
    });
}

/// How many lines stand in the table.
async fn lines(city: &City) -> i64 {
    let sql = "SELECT CAST(COUNT(*) AS BIGINT) FROM watches_lines";
    city.hall.store.read(move |r| Ok(r.one(sql, &[])?)).await.expect("a count")
}

#[test]
fn lines_that_count_no_longer_are_removed_when_their_time_is_over_and_hits_keep_what_they_say() {
    each_city(OFFICES, async |city| {
        staffed(&city).await;
        watched(&city, &[]).await;
        let both = [line(CHEN, "陈晓敏"), line(WANG, "王建国")];
        let both: Vec<&str> = both.iter().map(String::as_str).collect();
        let first = brings(&city, "jiang", ("高龄津贴", "whole"), &both).await;
        died(&city, CHEN, "2026-02-20").await;
        let found = open(&city).await;
        let second = brings(&city, "jiang", ("高龄津贴", "whole"), &[&line(LI, "李伟")]).await;
        let other = brings(&city, "li", ("养老金", "whole"), &[&line(LI, "李伟")]).await;
        let back = [("reason", "传错了")];
        city.client("li").await.post(&format!("{other}/undo"), &back).await.expect(303);
        city.settle().await;
        let day = 24 * 3_600;
        city.clock.pass_seconds(179 * day);
        city.job("watches.forget").await;
        assert_eq!(lines(&city).await, 4, "both may be needed for a day yet");
        city.clock.pass_seconds(day + 3_600);
        city.job("watches.forget").await;
        assert_eq!(lines(&city).await, 1, "what counts stays");
        let civil = city.client("jiang").await;
        civil.get(&first).await.expect(200).says("到期，内容已删除").says("看删除的回执");
        let page = civil.get(&format!("/desk/watches/hits/{}", found[0].no)).await.expect(200);
        page.says("陈晓敏").says("第 2 行");
        // What it took the place of is gone: it cannot be taken back.
        civil.get(&second).await.expect(200).says("已经到期删除，不能再撤销");
        let undo = format!("{second}/undo");
        civil.post(&undo, &back).await.expect(422).says("请上传新的完整名单");
        let acts = city.hall.store.read(|r| ledger::acts_after(r, -1, 1_000)).await.unwrap();
        let forgotten = acts.iter().filter(|act| act.kind == "watches.list_forgotten").count();
        assert_eq!(forgotten, 2);
        city.job("watches.forget").await;
        assert_eq!(lines(&city).await, 1);
    });
}

#[test]
fn a_file_that_is_none_is_refused_in_words_and_nothing_is_left_of_it() {
    each_city(OFFICES, async |city| {
        staffed(&city).await;
        let civil = city.client("jiang").await;
        let fields = [("list", ""), ("new", "低保金"), ("extent", "whole")];
        let half = b"PK\x03\x04 half a workbook".as_slice();
        let script = "<script>alert(1)</script>,姓名\n1,2\n".as_bytes();
        let bomb = vec![b'x'; 2 << 20];
        for (name, bytes) in [
            ("名单.xlsx", half),
            ("名单.csv", script),
            ("名单.csv", b"".as_slice()),
            ("名单.csv", &bomb),
        ] {
            let sent = civil.upload("/desk/watches/lists", &fields, ("file", name, bytes)).await;
            let page = sent.expect(422);
            assert!(!page.text.contains("<script>alert"), "{name}");
        }
        let nameless = [("list", ""), ("new", ""), ("extent", "whole")];
        let good = format!("{HEAD}\n{}\n", line(CHEN, "陈晓敏"));
        let file = ("file", "名单.csv", good.as_bytes());
        let page = civil.upload("/desk/watches/lists", &nameless, file).await.expect(422);
        page.says("请选一份名单，或者写新名单的名称");
        civil.get("/desk/watches/lists").await.expect(200).says("还没有名单");
        let manager = city.client("han").await;
        manager.upload("/desk/watches/lists", &fields, file).await.expect(403);
    });
}

#[test]
fn numbers_stand_in_no_table_in_clear() {
    each_city(OFFICES, async |city| {
        staffed(&city).await;
        watched(&city, &[]).await;
        brings(&city, "jiang", ("高龄津贴", "whole"), &[&line(CHEN, "陈晓敏")]).await;
        died(&city, CHEN, "2026-02-20").await;
        let acts = city.hall.store.read(|r| ledger::acts_after(r, -1, 1_000)).await.unwrap();
        assert!(acts.iter().all(|act| !act.json().to_string().contains(CHEN)));
        let account = city.person("citizen", "陈晓敏", "citizen", "", Some(CHEN)).await;
        let hall = city.hall.clone();
        let own = city
            .hall
            .store
            .read(move |r| {
                let account = access::account_by_id(r, account)?.expect("the account");
                crate::acts::own(r, &hall, &account)
            })
            .await
            .unwrap();
        assert_eq!(own["lists"][0]["pays"], "高龄津贴");
        assert_eq!(own["found"][0]["state"], "待核实");
    });
}
