//! Looks that the person concerned is told of afterwards, by law: nothing of them anywhere until the end, everything from
//! then on, and always before the eyes of audit.

use std::path::Path;

use base::Id;
use ledger::{Act, Who};
use testkit::{Answer, City, Client, each_city};

use crate::journey::{apply_with, city_with_people, no_of};

const NUMBER: &str = "420702199003076634";
const DOCUMENT: &str = "鄂州公〔2026〕3号";
/// What the person reads once they are told.
const WORDS: &str = "当时依《中华人民共和国个人信息保护法》第三十五条、第十八条第一款和\
                     《中华人民共和国监察法》第四十三条暂不告知，经鄂州市监察委员会（鄂州公〔2026〕3号）批准，到2026年4月1日为止";

async fn people(city: &City) {
    city_with_people(city).await;
    city.account("privacy", "许静", "privacy", "ezhou").await;
    city.account("privacy2", "田文涛", "privacy", "ezhou").await;
    city.account("watcher", "冯岩", "auditor", "ezhou").await;
    city.account("registrar", "周登记", "registrar", "ezhou-gjj").await;
    city.account("elsewhere", "吴登记", "registrar", "ezhou-scj").await;
}

fn order<'a>(whom: &'a str, shown: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("whom", whom),
        ("shown", shown),
        ("organ", "ezhou-gjj"),
        ("ground", "secret"),
        ("law", "《中华人民共和国监察法》第四十三条"),
        ("approver", "鄂州市监察委员会"),
        ("document", " 鄂州公[2026]3号"),
        ("approved_by", "主任李明"),
        ("purpose", "调查期间不能惊动本人"),
        ("until", "2026-04-01"),
    ]
}

/// Says how often the body says this.
#[track_caller]
fn shows(answer: &Answer, words: &str, times: usize) {
    assert_eq!(answer.text.matches(words).count(), times, "«{words}» in: {}", answer.text);
}

/// One enters it; gives its page.
async fn entered(city: &City, whom: &str, shown: &str) -> String {
    let first = city.client("privacy").await;
    let answer = first.post("/desk/deferrals", &order(whom, shown)).await.expect(303);
    answer.leads_to().split('?').next().unwrap().to_owned()
}

async fn agreed(city: &City, page: &str) {
    let agree = format!("{page}/agree");
    city.client("privacy2").await.post(&agree, &[("reason", "")]).await.expect(303);
}

/// A registrar looks into the register.
async fn looks(city: &City, registrar: &str) {
    let form = [("number", NUMBER), ("purpose", "serve")];
    city.client(registrar).await.post("/desk/population", &form).await.expect(200).says("陈晓敏");
}

/// A clerk looks at the entries of a case whole, and at its file.
async fn looks_in(city: &City, no: &str) {
    let clerk = city.client("clerk").await;
    let entries = format!("/desk/cases/{no}/entries");
    clerk.post(&entries, &[("purpose", "核对来源")]).await.expect(200);
    let page = clerk.get(&format!("/desk/cases/{no}")).await.expect(200);
    let (_, file) = page.text.split_once(&format!("/desk/cases/{no}/files/")).expect("a file");
    let file = file.split('"').next().unwrap();
    clerk.get(&format!("/desk/cases/{no}/files/{file}")).await.expect(200);
}

/// The deferred looks, with the acts that tell of them.
async fn deferred(city: &City) -> Vec<(String, String)> {
    let sql = "SELECT id, act FROM ask_reads WHERE deferral IS NOT NULL ORDER BY id";
    city.hall.store.read(move |r| Ok(r.all(sql, &[])?)).await.expect("the looks")
}

async fn case_of(citizen: &Client) -> String {
    no_of(&apply_with(citizen, "housing-fund", "elsewhere").await).to_owned()
}

/// Where the person looks, each as it stands.
async fn seen_by(citizen: &Client, no: &str) -> Vec<String> {
    let mut pages = Vec::new();
    for path in ["/me/looks", "/me/complaints", "/me", &format!("/my/cases/{no}")] {
        pages.push(citizen.get(path).await.expect(200).text);
    }
    pages.push(citizen.get(&format!("/api/v1/applications/{no}")).await.expect(200).text);
    pages
}

#[test]
fn what_is_deferred_is_nowhere_until_its_end_and_everywhere_from_then_on() {
    each_city(hall::OFFICES, async |city| {
        people(&city).await;
        let citizen = city.client("citizen").await;
        let no = case_of(&citizen).await;
        looks(&city, "registrar").await;
        let page = entered(&city, "person", NUMBER).await;
        looks(&city, "registrar").await;
        let refused = city.client("privacy").await;
        let refused = refused.post(&format!("{page}/agree"), &[("reason", "")]).await.expect(422);
        refused.says("录入的人不能自己同意");
        shows(&citizen.get("/me/looks").await.expect(200), "周登记", 2);
        agreed(&city, &page).await;
        city.settle().await;
        let before = seen_by(&citizen, &no).await;

        city.clock.pass_seconds(60);
        looks(&city, "registrar").await;
        looks_in(&city, &no).await;
        city.settle().await;
        assert_eq!(seen_by(&citizen, &no).await, before, "nothing of it shows");
        let hidden = deferred(&city).await;
        assert_eq!(hidden.len(), 3);
        let nobodys = Id::<Act>::mint(city.now()).to_string();
        let unknown = citizen.get(&format!("/me/complaints/new?look={nobodys}")).await.expect(404);
        for (look, act) in &hidden {
            let answer = citizen.get(&format!("/me/complaints/new?look={look}")).await.expect(404);
            let as_unknown = answer.text.replace(look.as_str(), &nobodys);
            assert_eq!(as_unknown, unknown.text, "as if it were not there");
            let form = [("look", look.as_str()), ("words", "谁看了")];
            citizen.post("/me/complaints", &form).await.expect(404);
            for path in ["/receipts/{}", "/receipts/{}/file", "/api/v1/receipts/{}"] {
                citizen.get(&path.replace("{}", act)).await.expect(404);
                city.visitor().get(&path.replace("{}", act)).await.expect(404);
            }
        }
        looks(&city, "elsewhere").await;
        shows(citizen.get("/me/looks").await.expect(200).says("吴登记"), "周登记", 2);

        let auditor = city.client("watcher").await;
        let marked = auditor.get("/desk/audit?act=ask.answered").await.expect(200);
        marked.says("依法暂不告知本人").says("周登记");
        auditor.get(&format!("/desk/audit/cases/{no}")).await.expect(200).says("依法暂不告知本人");
        let shown = auditor.get(&page).await.expect(200);
        shown.says("3 次").says("420***********6634").says("周登记").says("核对来源");
        shown.says(&format!("/receipts/{}", hidden[0].1));
        auditor.get(&format!("/receipts/{}", hidden[0].1)).await.expect(200);
        let list = auditor.get("/desk/deferrals").await.expect(200);
        list.says("暂不告知中").says("420***********6634").says(DOCUMENT);
        assert!(!list.text.contains(NUMBER), "the number is masked");
        auditor.get("/desk/audit?act=privacy.deferrals_read").await.expect(200).says("冯岩");
        auditor.post("/desk/deferrals", &order("person", NUMBER)).await.expect(403);
        drop((citizen, auditor));

        city.letters();
        city.clock.set("2026-04-01".parse::<base::Day>().unwrap().end());
        city.job("privacy.deferrals").await;
        let citizen = city.client("citizen").await;
        let last = citizen.get("/me/looks").await.expect(200);
        assert!(!last.text.contains("核对来源") && city.letters().is_empty(), "to the last moment");
        city.clock.pass_seconds(1);
        shows(citizen.get("/me/looks").await.expect(200).says("核对来源"), WORDS, 3);
        let own = citizen.get(&format!("/my/cases/{no}")).await.expect(200);
        shows(own.says("用途：核对来源"), WORDS, 2);
        let (look, act) = &hidden[0];
        citizen.get(&format!("/me/complaints/new?look={look}")).await.expect(200);
        citizen.get(&format!("/receipts/{act}")).await.expect(200);
        city.job("privacy.deferrals").await;
        city.job("privacy.deferrals").await;
        let letters = city.letters();
        let [letter] = letters.as_slice() else { panic!("one letter: {letters:?}") };
        assert_eq!(letter.to, "citizen@example.com");
        assert_eq!(letter.subject, "有 3 次查看依法暂未告知，现在可以看");
        assert!(letter.text.contains(WORDS) && letter.text.contains("/me/looks"));
        let ended = city.client("watcher").await.get(&page).await.expect(200);
        ended.says("已结束，已告知").says("告知了 3 次查看");
    });
}

#[test]
fn the_two_who_ordered_a_deferral_and_audit_see_its_looks_page_by_page_and_no_third_person_does() {
    each_city(hall::OFFICES, async |city| {
        people(&city).await;
        city.account("privacy3", "韩冰", "privacy", "ezhou").await;
        let page = entered(&city, "person", NUMBER).await;
        agreed(&city, &page).await;
        for login in ["privacy", "privacy2", "watcher"] {
            city.client(login).await.get(&page).await.expect(200).says("还没有查看");
        }
        for _ in 0..31 {
            city.clock.pass_seconds(60);
            looks(&city, "registrar").await;
        }
        city.settle().await;
        for login in ["privacy", "privacy2", "watcher"] {
            let client = city.client(login).await;
            let first = client.get(&page).await.expect(200);
            assert_eq!(first.text.matches("周登记").count(), 30, "{login}: {}", first.text);
            let next = first.text.split(&format!("{page}?before=")).nth(1).expect("a next page");
            let next = next.split(['"', '#']).next().unwrap();
            let last = client.get(&format!("{page}?before={next}")).await.expect(200);
            assert_eq!(last.text.matches("周登记").count(), 1, "{login}: {}", last.text);
        }
        let third = city.client("privacy3").await.get(&page).await.expect(200);
        third.says("31 次");
        assert!(!third.text.contains("周登记"), "who did not order it sees no looks");
    });
}

#[test]
fn a_case_is_deferred_by_its_number_and_other_cases_of_the_person_are_not() {
    each_city(hall::OFFICES, async |city| {
        people(&city).await;
        let citizen = city.client("citizen").await;
        let (one, other) = (case_of(&citizen).await, case_of(&citizen).await);
        let page = entered(&city, "case", &one).await;
        agreed(&city, &page).await;
        looks_in(&city, &one).await;
        looks_in(&city, &other).await;
        let own = citizen.get(&format!("/my/cases/{one}")).await.expect(200);
        assert!(!own.text.contains("谁看过您的完整信息"));
        citizen.get(&format!("/my/cases/{other}")).await.expect(200).says("用途：核对来源");
        let looks = citizen.get("/me/looks").await.expect(200);
        looks.says(&other);
        assert!(!looks.text.contains(&one), "a look in the case that is deferred");
        // Ended early by one person, with the reason: at once.
        let first = city.client("privacy").await;
        let end = format!("{page}/end");
        first.post(&end, &[("reason", " ")]).await.expect(422).says("请写为什么不再需要");
        first.post(&end, &[("reason", "调查结束")]).await.expect(303);
        citizen.get("/me/looks").await.expect(200).says(&one).says("到2026年3月2日为止");
        citizen.get(&format!("/my/cases/{one}")).await.expect(200).says("用途：核对来源");
        first.post(&end, &[("reason", "再次")]).await.expect(422).says("已经结束");
        city.job("privacy.deferrals").await;
        let letters = city.letters();
        assert!(letters.iter().any(|one| one.subject.starts_with("有 2 次查看")), "{letters:?}");
    });
}

#[test]
fn what_those_who_ordered_it_look_at_themselves_and_what_is_ones_own_is_told_at_once() {
    each_city(hall::OFFICES, async |city| {
        people(&city).await;
        // The person works in that very organ, and looks at what is their own.
        let number = "42070219851231001X";
        city.person("insider", "王建国", "registrar", "ezhou-gjj", None).await;
        let page = entered(&city, "person", NUMBER).await;
        agreed(&city, &page).await;
        let (first, insider) = (account(&city, "privacy").await, account(&city, "insider").await);
        for (account, count) in [(&first, 0), (&insider, 1)] {
            noted(&city, NUMBER, account, 1).await;
            assert_eq!(deferred(&city).await.len(), count);
        }
        let own = city.actor("citizen").await.person().unwrap().account.to_string();
        noted(&city, NUMBER, &own, 1).await;
        assert_eq!(deferred(&city).await.len(), 1, "one's own look is no secret to oneself");
        noted(&city, number, &insider, 1).await;
        assert_eq!(deferred(&city).await.len(), 1, "another person");
    });
}

async fn account(city: &City, login: &str) -> String {
    city.actor(login).await.person().unwrap().account.to_string()
}

/// So many looks of one account at a person's data, in a post of the organ of the deferral.
async fn noted(city: &City, number: &str, account: &str, count: usize) {
    let who = Who {
        account: Some(account.into()),
        name: "某人".into(),
        post: "岗位".into(),
        organ: "ezhou-gjj".into(),
        organ_name: "鄂州市住房公积金中心".into(),
        on_behalf: None,
    };
    let (keys, now, number) = (city.hall.keys.clone(), city.now(), number.to_owned());
    let acts: Vec<Act> = (0..count).map(|n| Act::new(now, "ask.answered", "subject", n)).collect();
    city.hall
        .write(move |tx| {
            acts.iter().try_for_each(|act| {
                let look = ask::Look {
                    id: act.id.cast(),
                    at: now,
                    asker: "population",
                    kind: "population.person",
                    purpose: "核对",
                    who: &who,
                    fields: &["name".to_owned()],
                    found: true,
                    act: act.id,
                    case: None,
                };
                ask::note_look(tx, &keys, &ask::About::Person(number.clone()), &look)?;
                ledger::record(tx, &who, act)
            })
        })
        .await
        .expect("noted");
}

#[test]
fn pages_of_looks_have_no_holes_where_something_is_deferred() {
    each_city(hall::OFFICES, async |city| {
        people(&city).await;
        let registrar = account(&city, "registrar").await;
        let page = entered(&city, "person", NUMBER).await;
        noted(&city, NUMBER, &registrar, 20).await;
        agreed(&city, &page).await;
        let elsewhere = account(&city, "privacy").await;
        for _ in 0..20 {
            city.clock.pass_seconds(1);
            noted(&city, NUMBER, &registrar, 2).await;
            noted(&city, NUMBER, &elsewhere, 1).await;
        }
        let citizen = city.client("citizen").await;
        let first = citizen.get("/me/looks").await.expect(200);
        shows(&first, "href=\"/me/complaints/new?look=", 30);
        let (_, next) = first.text.split_once("/me/looks?before=").expect("another page");
        let next = format!("/me/looks?before={}", next.split('"').next().unwrap());
        let next = citizen.get(&next).await.expect(200);
        shows(&next, "href=\"/me/complaints/new?look=", 10);
    });
}

#[test]
fn the_database_refuses_what_would_hide_a_look_afterwards() {
    each_city(hall::OFFICES, async |city| {
        people(&city).await;
        let registrar = account(&city, "registrar").await;
        noted(&city, NUMBER, &registrar, 1).await;
        let page = entered(&city, "person", NUMBER).await;
        agreed(&city, &page).await;
        city.clock.pass_seconds(1);
        noted(&city, NUMBER, &registrar, 1).await;
        for sql in [
            "UPDATE ask_reads SET deferral = (SELECT id FROM ask_deferrals) WHERE deferral IS NULL",
            "UPDATE ask_reads SET deferral = NULL WHERE deferral IS NOT NULL",
            "UPDATE ask_deferrals SET agreed_by = entered_by",
            "UPDATE ask_deferrals SET from_at = 0, agreed_at = 0",
            "UPDATE ask_deferrals SET ends_at = ends_at + 1",
            "UPDATE ask_deferrals SET ends_at = ends_at + 1, prolonged_at = ends_at",
            "UPDATE ask_deferrals SET organ = 'ezhou-scj'",
            "DELETE FROM ask_deferrals",
            "UPDATE privacy_deferrals SET decided_by = asked_by",
        ] {
            let tried = city.hall.store.write(move |tx| Ok(tx.run(sql, &[])?)).await;
            assert!(tried.is_err(), "{sql}");
        }
    });
}

#[test]
fn erasing_the_person_erases_whom_a_deferral_is_about_and_it_goes_on_standing() {
    each_city(hall::OFFICES, async |city| {
        people(&city).await;
        let page = entered(&city, "person", NUMBER).await;
        agreed(&city, &page).await;
        let citizen = city.client("citizen").await;
        let no = case_of(&citizen).await;
        let of_case = entered(&city, "case", &no).await;
        let form = [
            ("scope", "person"),
            ("shown", "citizen"),
            ("organ", "鄂州市互联网信息办公室"),
            ("document", "鄂州网信罚〔2026〕3号"),
            ("ground", "《中华人民共和国个人信息保护法》第四十七条第一款第四项"),
            ("running", "true"),
            ("retained", "true"),
        ];
        let first = city.client("privacy").await;
        let answer = first.post("/desk/erasures", &form).await.expect(303);
        let erasure = answer.leads_to().split('?').next().unwrap().to_owned();
        let second = city.client("privacy2").await;
        second.post(&format!("{erasure}/agree"), &[("reason", "")]).await.expect(303);
        city.settle().await;
        first.get(&erasure).await.expect(200).says("已删除").says("暂不告知关于谁 1");
        for page in [&page, &of_case] {
            let left = first.get(page).await.expect(200);
            left.says("内容已经依法删除");
            assert!(!left.text.contains("惊动"), "what it was for is gone");
        }
        let registrar = account(&city, "registrar").await;
        noted(&city, NUMBER, &registrar, 1).await;
        assert_eq!(deferred(&city).await.len(), 1, "it goes on standing, blind");
    });
}

#[test]
fn an_export_of_acts_tells_nobody_of_a_look_that_is_still_untold() {
    each_city(hall::OFFICES, async |city| {
        people(&city).await;
        city.account("warden", "郑洁", "secadmin", "ezhou").await;
        let citizen = city.client("citizen").await;
        let no = case_of(&citizen).await;
        let page = entered(&city, "person", NUMBER).await;
        agreed(&city, &page).await;
        looks_in(&city, &no).await;
        city.settle().await;
        let before = citizen.get("/me/looks").await.expect(200).text;
        city.clock.pass_seconds(60);
        let shown = ("act", "approvals.entries_shown");
        let file = crate::exports::acts_taken_out(&city, shown).await;
        assert!(file.contains("approvals.entries_shown"), "{file}");
        let after = citizen.get("/me/looks").await.expect(200).text;
        let count = |text: &str| text.matches("/me/complaints/new?look=").count();
        assert_eq!(count(&after), count(&before), "no look tells of it");
    });
}

/// Nothing but these reads looks or shows acts on looks: whoever adds another way decides here who may see it.
#[test]
fn nothing_else_reads_looks_or_shows_the_acts_that_tell_of_them() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut files = Vec::new();
    for folder in ["kernel", "offices", "hall/src"] {
        sources(&root.join(folder), &mut files);
    }
    let name = |path: &Path| path.strip_prefix(&root).unwrap().to_string_lossy().into_owned();
    let with = |word: &str| -> Vec<String> {
        let holds = |path: &&std::path::PathBuf| {
            std::fs::read_to_string(path).is_ok_and(|text| text.contains(word))
        };
        let mut found: Vec<String> = files.iter().filter(holds).map(|path| name(path)).collect();
        found.retain(|path| !path.contains("/tests"));
        found.sort();
        found
    };
    for (word, places) in [
        // The table: one crate.
        ("ask_reads", &["kernel/ask/src/deferrals.rs", "kernel/ask/src/reads.rs"][..]),
        // The two ways of the person: page and copy go by one function.
        ("reads_about(", &["kernel/ask/src/reads.rs", "offices/identity/src/acts/own.rs"]),
        ("own_looks(", &["offices/identity/src/acts/own.rs", "offices/identity/src/pages/me.rs"]),
        (
            "own_look(",
            &[
                "kernel/ask/src/reads.rs",
                "offices/privacy/src/acts/complaints.rs",
                "offices/privacy/src/pages/mine.rs",
            ],
        ),
        // The way of the desk, with a permit.
        ("look_by_id(", &["kernel/ask/src/reads.rs", "offices/privacy/src/acts/complaints.rs"]),
        ("looks_deferred(", &["kernel/ask/src/reads.rs", "offices/privacy/src/pages/deferral.rs"]),
        ("acts_of_looks(", &["kernel/ask/src/reads.rs", "offices/audit/src/pages/case.rs"]),
        // Who shows acts on looks asks first what is deferred: the page of the case, the receipt.
        (
            "deferred_acts(",
            &[
                "hall/src/site.rs",
                "kernel/ask/src/deferrals.rs",
                "offices/approvals/src/acts/clear.rs",
                "offices/privacy/src/acts/gather.rs",
            ],
        ),
        (
            "entries_shown",
            &[
                "offices/approvals/src/acts.rs",
                "offices/approvals/src/acts/clear.rs",
                "offices/identity/src/pages/me.rs",
            ],
        ),
        ("file_shown", &["offices/approvals/src/acts.rs", "offices/approvals/src/acts/clear.rs"]),
        // The timeline of a subject, from the record: none of these is a page of the person but that of the case.
        (
            "ledger::acts_of(",
            &[
                "offices/approvals/src/acts/clear.rs",
                "offices/audit/src/acts/erase.rs",
                "offices/catalogue/src/pages/one.rs",
                "offices/identity/src/acts/erase.rs",
                "offices/portal/src/acts.rs",
                "offices/privacy/src/acts/erase.rs",
                "offices/privacy/src/pages/deferral.rs",
                "offices/privacy/src/pages/erasure.rs",
                "offices/privacy/src/pages/export.rs",
                "offices/supervision/src/pages.rs",
            ],
        ),
    ] {
        assert_eq!(with(word), places, "{word}");
    }
    let reads = std::fs::read_to_string(root.join("kernel/ask/src/reads.rs")).unwrap();
    assert_eq!(reads.matches("INSERT INTO ask_reads").count(), 1, "one writer");
    assert_eq!(reads.matches("{FROM}").count(), 4, "two statements of the person, two of the desk");
    assert_eq!(reads.matches("AND {TOLD}").count(), 2, "each of the person has the condition");
}

fn sources(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
}
