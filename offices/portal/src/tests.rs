//! Scenarios of the portal on both databases: an editor, a reviewer, a reader.

use frame::Office;
use testkit::city::{City, each_city};

use crate::acts::{self, Taken};
use crate::rules::manuscript;
use crate::store;

const OFFICES: &[&Office] = &[&crate::OFFICE];

async fn staffed(city: &City) {
    city.organ("city", None, "鄂州市人民政府办公室", "001").await;
    city.account("editor", "刘晓燕", "editor", "city").await;
    city.account("reviewer", "赵明", "reviewer", "city").await;
}

/// Drafts and sends a document as `login`; gives its address on the desk.
async fn sent_by(city: &City, login: &str, title: &str, text: &str) -> String {
    let editor = city.client(login).await;
    let fields = [("column", "notices"), ("title", title), ("text", text), ("version", "0")];
    let made = editor.post("/desk/documents/new", &fields).await.expect(303);
    let path = made.leads_to().split('?').next().unwrap().to_owned();
    editor.get(&path).await.expect(200).says(title);
    let fields = [("column", "notices"), ("title", title), ("text", text), ("version", "1")];
    editor.post(&format!("{path}/send"), &fields).await.expect(303);
    path
}

fn hash_on(page: &str) -> String {
    let at = page.find("name=\"hash\" value=\"").unwrap() + "name=\"hash\" value=\"".len();
    page[at..at + 64].to_owned()
}

#[test]
fn a_draft_becomes_public_only_through_another_person() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let path = sent_by(&city, "editor", "停水通知", "## 时间\n\n明天上午。").await;
        let id = path.rsplit('/').next().unwrap().to_owned();
        let reader = city.visitor();
        let public = format!("/info/notices/{id}");
        reader.get(&public).await.expect(404);
        // The editor has no way to the review.
        city.client("editor").await.get(&format!("/desk/reviews/{id}")).await.expect(403);
        let reviewer = city.client("reviewer").await;
        reviewer.get("/desk/reviews").await.expect(200).says("停水通知");
        let page = reviewer.get(&format!("/desk/reviews/{id}")).await.expect(200);
        let hash = hash_on(&page.text);
        let nothing = [("hash", hash.as_str())];
        reviewer
            .post(&format!("/desk/reviews/{id}"), &nothing)
            .await
            .expect(422)
            .says("请选择审核结论");
        let open = [("hash", hash.as_str()), ("conclusion", "open"), ("remark", "")];
        reviewer.post(&format!("/desk/reviews/{id}"), &open).await.expect(303);
        reader.get(&public).await.expect(200).says("停水通知").says("鄂州市人民政府办公室");
        reader.get("/").await.expect(200).says("停水通知");
        reader.get("/info").await.expect(200).says("1 篇");
        reader.get("/info/notices").await.expect(200).says("停水通知");
        reader.get("/info/no-such-column").await.expect(404);
        reader.get("/info/notices/not-an-id").await.expect(404);
    });
}

#[test]
fn an_editor_is_told_what_the_reviewer_will_see() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let text = "联系人：张明，420702199003076634。";
        let path = sent_by(&city, "editor", "名单", text).await;
        let page = city.client("editor").await.get(&format!("{path}?done=sent")).await.expect(200);
        page.says("已送审").says("预检发现 1 处不能公开的内容").says("发布前预检");
        let fine = sent_by(&city, "editor", "停水通知", "明天上午。").await;
        let page = city.client("editor").await.get(&fine).await.expect(200);
        page.says("审核人会看到正文和下面的预检结果").says("没有发现问题");
    });
}

#[test]
fn what_the_framework_cannot_read_is_refused_in_plain_words() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let twice = city.visitor().get("/search?q=a&q=b").await.expect(422);
        twice.says("提交的内容或者网址不完整");
        assert!(!twice.text.contains("Failed"));
    });
}

#[test]
fn a_published_text_is_found_by_any_phrase_and_gone_when_withdrawn() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let path = sent_by(&city, "editor", "防汛公告", "请沿湖居民注意梁子湖水位变化。").await;
        let id = path.rsplit('/').next().unwrap().to_owned();
        let reviewer = city.client("reviewer").await;
        let desk = format!("/desk/reviews/{id}");
        let hash = hash_on(&reviewer.get(&desk).await.text);
        let open = [("hash", hash.as_str()), ("conclusion", "open")];
        reviewer.post(&desk, &open).await.expect(303);
        city.settle().await;
        let reader = city.visitor();
        let found = reader.get("/api/v1/search?q=%E6%B9%96%E6%B0%B4%E4%BD%8D").await.expect(200);
        let found = found.json();
        assert_eq!(found["total"], 1);
        assert_eq!(found["hits"][0]["url"], format!("/info/notices/{id}"));
        assert_eq!(found["hits"][0]["published_on"], "2026-03-02");
        assert!(found["next"].is_null());
        let page = reader.get("/search?q=%E6%B9%96%E6%B0%B4%E4%BD%8D").await.expect(200);
        page.says("<mark>湖水位</mark>").says("找到 1 条");
        // A guide's link to a law: one that is there is found, of another one is told where to read it.
        let law = "/search?q=%E9%98%B2%E6%B1%9B%E5%85%AC%E5%91%8A&for=law";
        let page = reader.get(law).await.expect(200);
        assert!(!page.says("找到 1 条").text.contains("还没有收录"));
        let lacking = "/search?q=%E9%98%B2%E6%B4%AA%E6%B3%95&for=law";
        reader.get(lacking).await.expect(200).says("本站还没有收录《防洪法》");
        // The page is kept ready in memory by now.
        reader.get(&format!("/info/notices/{id}")).await.expect(200);
        reader.get(&format!("/info/notices/{id}")).await.expect(200).says("防汛公告");
        let withdraw = format!("{desk}/withdraw");
        reviewer.post(&withdraw, &[("reason", "")]).await.expect(422).says("请写明撤下的理由");
        reviewer.post(&withdraw, &[("reason", "内容有误")]).await.expect(303);
        city.settle().await;
        reader.get(&format!("/info/notices/{id}")).await.expect(404);
        assert_eq!(
            reader.get("/api/v1/search?q=%E6%B9%96%E6%B0%B4%E4%BD%8D").await.json()["total"],
            0
        );
        reader.get("/info/notices").await.expect(200).says("还没有内容");
        reader.get("/search?q=%E6%B9%96%E6%B0%B4%E4%BD%8D").await.expect(200).says("没有找到");
    });
}

#[test]
fn the_reviewer_publishes_what_they_saw_and_nothing_else() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let path = sent_by(&city, "editor", "通告", "第一稿。").await;
        let desk = path.replace("documents", "reviews");
        let reviewer = city.client("reviewer").await;
        let seen = hash_on(&reviewer.get(&desk).await.text);
        let back = [("hash", seen.as_str()), ("conclusion", "return"), ("remark", "请改")];
        let no_words = [("hash", seen.as_str()), ("conclusion", "return"), ("remark", "")];
        reviewer.post(&desk, &no_words).await.expect(422).says("请写明退回或者不公开的理由");
        reviewer.post(&desk, &back).await.expect(303);
        let editor = city.client("editor").await;
        editor.get(&path).await.expect(200).says("审核人退回").says("请改");
        let again = |version: &'static str| {
            [("column", "notices"), ("title", "通告"), ("text", "第二稿。"), ("version", version)]
        };
        // Somebody who still has the first version open does not overwrite.
        editor.post(&path, &again("1")).await.expect(422).says("已经被改过").says("第二稿。");
        editor.post(&format!("{path}/send"), &again("4")).await.expect(303);
        // The hash of the first text publishes nothing.
        let stale = [("hash", seen.as_str()), ("conclusion", "open")];
        reviewer.post(&desk, &stale).await.expect(422).says("看过的内容和现在的内容不一样");
    });
}

#[test]
fn a_text_with_a_personal_number_is_not_published() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let text = "中选人身份证号码420702199003076634。";
        let path = sent_by(&city, "editor", "中选公示", text).await;
        let editor = city.client("editor").await;
        editor.get(&path).await.expect(200).says("待审核");
        let desk = path.replace("documents", "reviews");
        let reviewer = city.client("reviewer").await;
        let page = reviewer.get(&desk).await.expect(200);
        page.says("身份证号码").says("有这一处就不能发布");
        let hash = hash_on(&page.text);
        let open = [("hash", hash.as_str()), ("conclusion", "open")];
        reviewer.post(&desk, &open).await.expect(422).says("不能公开").says("第十四条");
    });
}

#[test]
fn a_number_in_any_field_stops_publication() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let editor = city.client("editor").await;
        let fields = |version: &'static str| {
            [
                ("column", "notices"),
                ("title", "公示"),
                ("maker", "420702199003076634"),
                ("text", "正文。"),
                ("version", version),
            ]
        };
        let made = editor.post("/desk/documents/new", &fields("0")).await.expect(303);
        let path = made.leads_to().split('?').next().unwrap().to_owned();
        editor.get(&path).await.expect(200).says("有这一处就不能发布");
        editor.post(&format!("{path}/send"), &fields("1")).await.expect(303);
        let desk = path.replace("documents", "reviews");
        let reviewer = city.client("reviewer").await;
        let hash = hash_on(&reviewer.get(&desk).await.text);
        let open = [("hash", hash.as_str()), ("conclusion", "open")];
        reviewer.post(&desk, &open).await.expect(422).says("不能公开");
    });
}

/// Concludes the review of a document as the reviewer.
async fn concluded(city: &City, desk: &str, conclusion: &str, remark: &str) {
    let reviewer = city.client("reviewer").await;
    let hash = hash_on(&reviewer.get(desk).await.expect(200).text);
    let form = [("hash", hash.as_str()), ("conclusion", conclusion), ("remark", remark)];
    reviewer.post(desk, &form).await.expect(303);
}

#[test]
fn a_withdrawn_text_is_corrected_in_a_new_draft_and_its_readers_are_led_on() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let path = sent_by(&city, "editor", "停水通知", "明天停水。").await;
        let desk = path.replace("documents", "reviews");
        concluded(&city, &desk, "open", "").await;
        let editor = city.client("editor").await;
        let redraft = format!("{path}/redraft");
        editor.post(&redraft, &[]).await.expect(409).says("已发布，不能重新起草");
        let reviewer = city.client("reviewer").await;
        let why = [("reason", "时间写错了")];
        reviewer.post(&format!("{desk}/withdraw"), &why).await.expect(303);
        let public = path.replace("/desk/documents", "/info/notices");
        city.visitor().get(&public).await.expect(404);
        editor.get("/desk/documents?tab=withdrawn").await.expect(200).says("停水通知");
        editor.get(&path).await.expect(200).says("已撤下").says("时间写错了").says("重新起草");
        reviewer.get("/desk/reviews?tab=withdrawn").await.expect(200).says("停水通知");
        reviewer.get(&desk).await.expect(200).says("已撤下").says("时间写错了");

        let draft = editor.post(&redraft, &[]).await.expect(303).leads_to().to_owned();
        assert_ne!(draft, path);
        // Asked twice, it is one draft.
        assert_eq!(editor.post(&redraft, &[]).await.expect(303).leads_to(), draft);
        editor.get(&path).await.expect(200).says("已经重新起草");
        let page = editor.get(&draft).await.expect(200);
        page.says("明天停水。").says("前一份").says("时间写错了");
        let right = [
            ("column", "notices"),
            ("title", "停水通知"),
            ("text", "后天停水。"),
            ("version", "1"),
        ];
        editor.post(&format!("{draft}/send"), &right).await.expect(303);
        let new_desk = draft.replace("documents", "reviews");
        reviewer.get(&new_desk).await.expect(200).says("前一份").says("时间写错了");
        concluded(&city, &new_desk, "open", "").await;
        let led = city.visitor().get(&public).await.expect(303);
        city.visitor().get(led.leads_to()).await.expect(200).says("后天停水。");
        // What ended stays as it ended.
        reviewer.get(&desk).await.expect(200).says("明天停水。").says("已撤下");
        city.client("editor").await.get("/info").await.expect(200).says("1 篇");
        let id = draft.rsplit('/').next().unwrap().to_owned();
        let acts =
            city.hall.store.read(move |r| ledger::acts_of(r, "document", &id)).await.unwrap();
        assert!(acts.iter().any(|act| act.kind == "portal.redrafted"));
    });
}

#[test]
fn what_is_not_to_be_open_is_said_so_and_is_not_called_withdrawn() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let path = sent_by(&city, "editor", "内部安排", "正文。").await;
        let desk = path.replace("documents", "reviews");
        concluded(&city, &desk, "keep", "不属于公开范围").await;
        let editor = city.client("editor").await;
        let page = editor.get(&path).await.expect(200);
        page.says("不公开").says("不属于公开范围").says("重新起草");
        assert!(!page.text.contains("已撤下"));
        editor.get("/desk/documents?tab=kept").await.expect(200).says("内部安排");
        let withdrawn = editor.get("/desk/documents?tab=withdrawn").await.expect(200);
        assert!(!withdrawn.text.contains("内部安排"));
        let reviewer = city.client("reviewer").await;
        reviewer.get("/desk/reviews?done=kept").await.expect(200).says("已定为不公开");
        reviewer.get("/desk/reviews?tab=kept").await.expect(200).says("内部安排");
        let draft = editor.post(&format!("{path}/redraft"), &[]).await.expect(303);
        editor.get(draft.leads_to()).await.expect(200).says("不属于公开范围");
        // Another editor has no way to it.
        city.account("editor2", "钱进", "editor", "city").await;
        let other = city.client("editor2").await;
        other.post(&format!("{path}/redraft"), &[]).await.expect(403);
    });
}

#[test]
fn what_a_reviewer_took_back_is_not_brought_in_again_by_a_command() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let (editor, reviewer) = (city.actor("editor").await, city.actor("reviewer").await);
        let read = || manuscript::read("# 某规定\n第一条 正文。").unwrap();
        let taken = acts::take_in(&city.hall, &editor, &reviewer, "laws", read()).await.unwrap();
        let Taken::Published(id) = taken else { panic!("published") };
        let withdraw = format!("/desk/reviews/{id}/withdraw");
        city.client("reviewer").await.post(&withdraw, &[("reason", "失效")]).await.expect(303);
        let again = acts::take_in(&city.hall, &editor, &reviewer, "laws", read()).await;
        assert_eq!(again.unwrap_err().refusal().unwrap().code, "portal.ended");
    });
}

#[test]
fn what_was_kept_from_the_public_before_there_was_a_word_for_it_gets_the_word() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let path = sent_by(&city, "editor", "内部安排", "正文。").await;
        concluded(&city, &path.replace("documents", "reviews"), "keep", "理由").await;
        let (before, after) = city
            .hall
            .store
            .write(|tx| {
                let state = |tx: &::store::Tx<'_>| -> base::Outcome<String> {
                    Ok(tx.one("SELECT state FROM portal_documents", &[])?)
                };
                tx.run("UPDATE portal_documents SET state = 'withdrawn'", &[])?;
                let before = state(tx)?;
                let sql = include_str!("../migrations/0004_ends.sql");
                tx.run(sql.split(';').next().unwrap(), &[])?;
                Ok((before, state(tx)?))
            })
            .await
            .unwrap();
        assert_eq!((before.as_str(), after.as_str()), ("withdrawn", "kept"));
    });
}

#[test]
fn a_form_keeps_what_was_entered_and_says_what_is_wrong() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let editor = city.client("editor").await;
        let fields = [
            ("column", "notices"),
            ("title", ""),
            ("text", "留下来的正文"),
            ("version", ""),
            ("written_on.year", "2026"),
            ("written_on.month", "2"),
            ("written_on.day", "30"),
        ];
        let page = editor.post("/desk/documents/new", &fields).await.expect(422);
        page.says("这一天，请改正").says("留下来的正文").says("value=\"30\"");
        let fields = [("column", "notices"), ("title", ""), ("text", "留下来的正文")];
        editor.post("/desk/documents/new", &fields).await.expect(422).says("请写标题");
        city.visitor().get("/desk/documents").await.expect(303);
    });
}

#[test]
fn taking_in_the_same_text_again_changes_nothing() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let (editor, reviewer) = (city.actor("editor").await, city.actor("reviewer").await);
        let law = "# 某条例\n2019年10月22日 中华人民共和国国务院令第722号公布\n<!-- INFO END -->\n\
            ## 第一章 总则\n第一条 为了示例，制定本条例。\n第四十二条 本条例自2020年1月1日起施行。\n";
        let read = || manuscript::read(law).unwrap();
        let first = acts::take_in(&city.hall, &editor, &reviewer, "laws", read()).await.unwrap();
        let Taken::Published(id) = first else { panic!("published") };
        let again = acts::take_in(&city.hall, &editor, &reviewer, "laws", read()).await.unwrap();
        assert_eq!(again, Taken::AlreadyThere(id));
        let page = city.visitor().get(&format!("/info/laws/{id}")).await.expect(200);
        page.says("国务院令第722号").says("2020年1月1日").says("id=\"t42\"").says("id=\"s1\"");
        // Nobody reviews what they drafted.
        let own = acts::take_in(
            &city.hall,
            &editor,
            &editor,
            "laws",
            manuscript::read("# 乙\n甲。").unwrap(),
        );
        assert!(own.await.is_err());
        city.visitor().get(&format!("/info/notices/{id}")).await.expect(303);
    });
}

#[test]
fn what_a_command_brings_in_is_not_said_to_be_reviewed_and_waits_for_who_answers_for_it() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        city.account("reviewer2", "孙丽", "reviewer", "city").await;
        let (editor, reviewer) = (city.actor("editor").await, city.actor("reviewer").await);
        let mut ids = Vec::new();
        for title in ["甲", "乙"] {
            let read = manuscript::read(&format!("# {title}规定\n第一条 正文。")).unwrap();
            let taken = acts::take_in(&city.hall, &editor, &reviewer, "laws", read).await.unwrap();
            let Taken::Published(id) = taken else { panic!("published") };
            ids.push(id);
        }
        city.settle().await;
        let subject = ids[0].to_string();
        let acts = city.hall.store.read(move |r| ledger::acts_of(r, "document", &subject)).await;
        let acts = acts.unwrap();
        let [act] = acts.as_slice() else { panic!("one act: {acts:?}") };
        assert_eq!(act.kind, "portal.imported");
        assert_eq!(act.content()["imported"], true);
        assert_eq!(act.content()["manner"], "批量导入，由赵明负责");
        assert_eq!(act.content()["answers"]["name"], "赵明");
        let found = city.visitor().get("/api/v1/search?q=%E4%B9%99%E8%A7%84%E5%AE%9A").await.json();
        assert_eq!(found["total"], 1);

        let own = format!("/desk/documents/{}", ids[0]);
        let page = city.client("editor").await.get(&own).await.expect(200);
        page.says("审核方式：批量导入，由赵明负责").says("没有逐份审核");
        let answers = city.client("reviewer").await;
        answers.get("/desk/imports").await.expect(200).says("甲规定").says("乙规定");
        let (first, second) =
            (format!("/desk/reviews/{}", ids[0]), format!("/desk/reviews/{}", ids[1]));
        let page = answers.get(&first).await.expect(200);
        page.says("批量导入，由赵明负责").says("核对无误").says("撤下");
        let hash = hash_on(&page.text);
        // Another reviewer finds nothing in their name and cannot answer for it.
        let other = city.client("reviewer2").await;
        other.get("/desk/imports").await.expect(200).says("没有等您核对的信息");
        assert!(!other.get(&first).await.expect(200).text.contains("核对无误"));
        let check = format!("{first}/check");
        other.post(&check, &[("hash", hash.as_str())]).await.expect(403);
        answers.post(&check, &[("hash", "00")]).await.expect(422).says("看过的内容");
        answers.post(&check, &[("hash", hash.as_str())]).await.expect(303);
        answers.post(&check, &[("hash", hash.as_str())]).await.expect(422).says("已经核对过");
        answers.post(&format!("{second}/withdraw"), &[("reason", "有误")]).await.expect(303);
        answers.get("/desk/imports").await.expect(200).says("没有等您核对的信息");
        let all = answers.get("/desk/imports?tab=all").await.expect(200);
        all.says("已核对").says("已撤下");
        city.visitor().get(&format!("/info/laws/{}", ids[1])).await.expect(404);
    });
}

#[test]
fn documents_are_brought_in_for_two_persons_who_hold_their_posts_only() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        city.account("both", "吴双", "editor", "city").await;
        let (editor, reviewer) = (city.actor("editor").await, city.actor("reviewer").await);
        let both = city.actor("both").await;
        let code = |stop: base::Stop| stop.refusal().map(|refusal| refusal.code).unwrap();
        let refused = acts::may_import(&city.hall, &reviewer, &reviewer).await.unwrap_err();
        assert_eq!(code(refused), "portal.no_post");
        let refused = acts::may_import(&city.hall, &editor, &both).await.unwrap_err();
        assert!(refused.to_string().contains("both（吴双）"), "{refused}");
        assert!(acts::may_import_into(&city.hall, "laws").await.is_ok());
        let refused = acts::may_import_into(&city.hall, "law").await.unwrap_err();
        let remedy = refused.refusal().and_then(|refusal| refusal.remedy.clone()).unwrap();
        assert!(remedy.contains("laws（") && remedy.contains("news（"), "{remedy}");
        assert!(acts::may_import(&city.hall, &editor, &reviewer).await.is_ok());
        let own = both.clone();
        city.hall
            .write(move |tx| {
                let account = own.person().unwrap().account;
                let holding = access::Holding {
                    id: base::Id::mint(own.at()),
                    account,
                    role: "reviewer".into(),
                    organ: "city".into(),
                    post: "审核".into(),
                    from: own.at().day().plus(-1),
                    until: None,
                };
                access::give_holding(tx, &access::clockwork("test"), &holding)
            })
            .await
            .unwrap();
        let refused = acts::may_import(&city.hall, &both, &both).await.unwrap_err();
        assert_eq!(code(refused), "portal.own_draft");
        let marked = manuscript::read("# 丙\n机密★5年").unwrap();
        let taken = acts::take_in(&city.hall, &editor, &reviewer, "laws", marked).await;
        assert_eq!(code(taken.unwrap_err()), "portal.must_not_publish");
    });
}

#[test]
fn the_demo_is_taken_in_once_and_the_columns_stand_with_their_ground() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let (editor, reviewer) = (city.actor("editor").await, city.actor("reviewer").await);
        crate::demo(&city.hall, &editor, &reviewer).await.unwrap();
        let count = async |city: &City| -> i64 {
            let shelves = city.hall.store.read(store::shelves).await.unwrap();
            shelves.iter().map(|shelf| shelf.shown).sum()
        };
        assert_eq!(count(&city).await, 12);
        city.clock.pass_seconds(86_400);
        crate::demo(&city.hall, &editor, &reviewer).await.unwrap();
        assert_eq!(count(&city).await, 12);
        let page = city.visitor().get("/info/policies").await.expect(200);
        page.says("《政府信息公开条例》第二十条第一项");
    });
}

#[test]
fn lists_are_paged_by_key() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let (editor, reviewer) = (city.actor("editor").await, city.actor("reviewer").await);
        for n in 0..32 {
            let text = format!("# 第{n}号公告\n正文{n}。");
            let read = manuscript::read(&text).unwrap();
            acts::take_in(&city.hall, &editor, &reviewer, "notices", read).await.unwrap();
        }
        let reader = city.visitor();
        let first = reader.get("/info/notices").await.expect(200);
        assert_eq!(first.text.matches("href=\"/info/notices/").count(), 30);
        let at = first.text.find("/info/notices?before=").unwrap();
        let next: String = first.text[at..].chars().take_while(|c| *c != '"').collect();
        let second = reader.get(&next).await.expect(200);
        assert_eq!(second.text.matches("href=\"/info/notices/").count(), 2);
        second.says("回到第一页");
        city.settle().await;
        let found = reader.get("/api/v1/search?q=%E5%85%AC%E5%91%8A").await.json();
        assert_eq!(found["hits"].as_array().unwrap().len(), 20);
        let next = found["next"].as_str().unwrap();
        let rest = reader.get(&format!("/api/v1/search?q=%E5%85%AC%E5%91%8A&after={next}")).await;
        assert_eq!(rest.json()["hits"].as_array().unwrap().len(), 12);
    });
}
