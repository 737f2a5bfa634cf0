//! Scenarios of taking data out of the house, on both databases. The data is that of an office of these tests.

use access::{Permission, Reach};
use ask::About;
use base::Outcome;
use frame::{
    Export, ExportAsked, ExportColumn, ExportFilter, ExportFilterKind, ExportPage, ExportRow,
    ExportRows, Office,
};
use store::Reader;
use testkit::Client;
use testkit::city::{City, each_city};

use super::{DOCUMENT, order, staffed, wrote};

/// More than two pages of rows, and more than five chunks of looks.
const ROWS: usize = 1_150;

const LIST: Permission = Permission {
    name: "list.export",
    about: "提出导出名单",
    roles: &[("approver", Reach::City), ("privacy", Reach::City)],
};

const fn column(name: &'static str, title: &'static str, personal: bool) -> ExportColumn {
    ExportColumn { name, title, personal }
}

static LISTS: Office = Office {
    permissions: &[&LIST],
    exports: &[Export {
        name: "list.people",
        title: "名单",
        about: "一人一行",
        propose: &LIST,
        agree: None,
        of_organs: false,
        columns: &[column("place", "序号", false), column("number", "号码", true)],
        filters: &[ExportFilter { name: "from", title: "从", kind: ExportFilterKind::Day }],
        check: |_, asked| Ok(asked.days().err().unwrap_or_default()),
        rows: ExportRows::Table(|hall, asked, after, limit| {
            Box::pin(async move {
                hall.store.read(move |r| page(r, &asked, after.as_deref(), limit)).await
            })
        }),
    }],
    ..Office::named("list", "名单", "测试用的名单")
};

const OFFICES: &[&Office] = &[&crate::OFFICE, &LISTS];

/// The numbers of the people of the list; every tenth stands in it twice.
fn number(place: usize) -> String {
    let person = if place.is_multiple_of(10) { place + 1 } else { place };
    format!("4207021990{person:08}")
}

/// Whose account there must be for the list to be empty.
const EMPTIED: &str = "emptied";

fn page(
    reader: &Reader<'_>,
    asked: &ExportAsked,
    after: Option<&str>,
    limit: i64,
) -> Outcome<ExportPage> {
    if access::account_by_login(reader, EMPTIED)?.is_some() {
        return Ok(ExportPage::default());
    }
    let first: usize = after.map_or(0, |after| after.parse().unwrap());
    let last = (first + usize::try_from(limit).unwrap()).min(ROWS);
    let rows = (first..last).map(|place| {
        let cells = asked.columns.iter().map(|column| match column.as_str() {
            "place" => format!("={place}"),
            _ => number(place),
        });
        ExportRow { cells: cells.collect(), people: vec![About::Person(number(place))] }
    });
    Ok(ExportPage { rows: rows.collect(), next: (last < ROWS).then(|| last.to_string()) })
}

const PURPOSE: &str = "核对名单上的号码";

fn wish<'a>(columns: &[&'a str]) -> Vec<(&'a str, &'a str)> {
    let mut form = vec![
        ("export", "list.people"),
        ("purpose", PURPOSE),
        ("ground", "《中华人民共和国统计法》第二十五条"),
        ("receiver", "鄂州市统计局"),
        ("receiver_person", "李敏"),
    ];
    form.extend(columns.iter().map(|name| ("columns", *name)));
    form
}

async fn entered(client: &Client) -> String {
    let answer = client.post("/desk/exports", &wish(&["place", "number"])).await.expect(303);
    answer.leads_to().split('?').next().unwrap().to_owned()
}

/// How many looks tell of orders to export.
async fn looks(city: &City) -> i64 {
    let sql = "SELECT CAST(COUNT(*) AS BIGINT) FROM ask_reads WHERE kind = 'list.people'";
    city.hall.store.read(move |r| Ok(r.one(sql, &[])?)).await.unwrap()
}

/// Somebody who proposes and never agrees.
async fn with_proposer(city: &City) {
    staffed(city).await;
    city.account("lister", "张明", "approver", "city").await;
}

async fn kinds(city: &City, page: &str) -> Vec<String> {
    let id = page.rsplit('/').next().unwrap().to_owned();
    let acts = city.hall.store.read(move |r| ledger::acts_of(r, "export", &id)).await.unwrap();
    acts.into_iter().map(|act| act.kind).collect()
}

#[test]
fn a_file_is_made_once_when_another_agrees_and_everybody_in_it_has_one_look() {
    each_city(OFFICES, async |city: City| {
        with_proposer(&city).await;
        let (lister, first) = (city.client("lister").await, city.client("first").await);
        let page = entered(&lister).await;
        lister.get(&page).await.expect(200).says("等待另一个人同意").says("1150 行，涉及 1035 人");
        first.get("/desk/exports").await.expect(200).says("等您答复").says(PURPOSE);
        let asked = first.get(&page).await.expect(200);
        asked.says("号码（个人信息）").says("鄂州市统计局 李敏").says("同意导出");
        let file = format!("{page}/file");
        lister.post(&file, &[]).await.expect(422).says("还没有做好");
        assert_eq!(looks(&city).await, 0, "nothing is on record before");
        first.post(&format!("{page}/agree"), &[("reason", "")]).await.expect(303);
        first.get(&page).await.expect(200).says("正在制作").says("进度");
        city.settle().await;
        assert_eq!(looks(&city).await, 1_035, "each person once");
        lister.get(&page).await.expect(200).says("可以取").says("取文件");
        let fetched = lister.post(&file, &[]).await.expect(200);
        assert_eq!(fetched.header("content-type"), Some("text/csv; charset=utf-8"));
        assert_eq!(fetched.header("cache-control"), Some("no-store"));
        let lines: Vec<&str> = fetched.text.split("\r\n").collect();
        assert_eq!(
            lines[..3],
            ["\u{FEFF}序号,号码", "\"'=0\",420702199000000001", "\"'=1\",420702199000000001"]
        );
        assert_eq!(lines.len(), ROWS + 2);
        // Made again it is not made again, and nobody has a second look.
        let id = page.rsplit('/').next().unwrap().parse().unwrap();
        crate::acts::make::make(&city.hall, id, city.now()).await.unwrap();
        assert_eq!(looks(&city).await, 1_035);
        assert_eq!(
            kinds(&city, &page).await,
            [
                "privacy.export_entered",
                "privacy.export_agreed",
                "privacy.export_made",
                "privacy.export_fetched"
            ]
        );
        first.post(&format!("{page}/agree"), &[("reason", "")]).await.expect(422).says("已经办结");
    });
}

#[test]
fn who_enters_never_agrees_by_page_program_or_database() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let (first, second) = (city.client("first").await, city.client("second").await);
        let page = entered(&first).await;
        let id = page.rsplit('/').next().unwrap().to_owned();
        let refused = first.post(&format!("{page}/agree"), &[("reason", "")]).await.expect(422);
        refused.says("提出的人不能自己同意");
        let api = format!("/api/v1/exports/{id}");
        let nothing = serde_json::json!({});
        let refused = first.post_json(&format!("{api}/agree"), &nothing).await.expect(409).json();
        assert_eq!(refused["error"]["code"], "access.same_person");
        let account = city.actor("first").await.person().unwrap().account;
        let by = |state: &'static str, name: &'static str| {
            let (id, account) = (id.clone(), account.to_string());
            let sql = format!("UPDATE privacy_exports SET state = $1, {name} = $2 WHERE id = $3");
            let change = move |tx: &store::Tx<'_>| {
                Ok(tx.run(&sql, &[state.into(), account.as_str().into(), id.as_str().into()])?)
            };
            city.hall.store.write(change)
        };
        assert!(by("agreed", "decided_by").await.is_err(), "never the same");
        assert!(by("agreed", "decided_for").await.is_err(), "nor for the same");
        assert!(by("ready", "decided_reason").await.is_err(), "nor without the other");
        assert!(by("open", "purpose").await.is_err(), "what it says stands");
        let gone = city.hall.store.write(|tx| Ok(tx.run("DELETE FROM privacy_exports", &[])?));
        assert!(gone.await.is_err(), "it is never deleted");

        let agreed = second.post_json(&format!("{api}/agree"), &nothing).await.expect(200).json();
        assert_eq!(agreed["state"], "agreed");
        city.settle().await;
        assert_eq!(first.get(&api).await.expect(200).json()["state"], "ready");
        for (who, status) in [("second", 403), ("watcher", 403), ("system", 404)] {
            let client = city.client(who).await;
            client.post(&format!("{page}/file"), &[]).await.expect(status);
            client.post_json(&format!("{api}/file"), &nothing).await.expect(status);
        }
        city.client("window").await.get(&page).await.expect(403);
        first
            .post_json(&format!("{api}/file"), &nothing)
            .await
            .expect(200)
            .says("420702199000000001");
    });
}

#[test]
fn what_is_wrong_with_an_order_is_said_at_once_and_nothing_typed_is_lost() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let first = city.client("first").await;
        first.get("/desk/exports/new").await.expect(200).says("名单").says("一人一行");
        let form = first.get("/desk/exports/new?export=list.people&from=2026-03-01").await;
        form.expect(200).says("value=\"2026\"").says("要哪些列");
        let typed = [
            ("export", "list.people"),
            ("purpose", "工作"),
            ("ground", ""),
            ("receiver", "统计局"),
            ("receiver_person", "李"),
            ("from.year", "2026"),
            ("from.month", "13"),
            ("from.day", "1"),
        ];
        let page = first.post("/desk/exports", &typed).await.expect(422);
        page.says("请写明拿去做什么").says("请写依据的条款").says("请选择要哪些列");
        page.says("请写完整的日期").says("统计局").says("value=\"13\"");
        page.says("请写接收单位的全称").says("请写经办人的姓名和联系方式");
        for (ground, words) in [
            ("工作需要", "法律、法规要写全名"),
            ("统计法第二十五条", "法律、法规要写全名"),
            ("《中华人民共和国统计法》", "后面写第几条"),
        ] {
            let mut order = wish(&["number"]);
            order.retain(|(name, _)| *name != "ground");
            order.push(("ground", ground));
            first.post("/desk/exports", &order).await.expect(422).says(words);
        }
        let mut strange = wish(&["number"]);
        strange.push(("columns", "password"));
        first.post("/desk/exports", &strange).await.expect(422).says("没有这一列");
        first.post("/desk/exports", &[("export", "no.such")]).await.expect(404);
        city.client("watcher").await.post("/desk/exports", &wish(&["number"])).await.expect(403);
        first.get("/desk/exports").await.expect(200).says("还没有导出");
    });
}

#[test]
fn an_order_ends_when_it_is_declined_withdrawn_or_nobody_answers() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let (first, second) = (city.client("first").await, city.client("second").await);
        let page = entered(&first).await;
        let decline = format!("{page}/decline");
        second.post(&decline, &[("reason", " ")]).await.expect(422).says("请写理由");
        second.post(&decline, &[("reason", "用途不具体")]).await.expect(303);
        first.get(&page).await.expect(200).says("不同意").says("用途不具体");
        let page = entered(&first).await;
        second.post(&format!("{page}/withdraw"), &[]).await.expect(422).says("只能撤回自己提出");
        first.post(&format!("{page}/withdraw"), &[]).await.expect(303);
        let page = entered(&first).await;
        drop((first, second));
        city.clock.pass_seconds(16 * 86_400);
        let second = city.client("second").await;
        second.post(&format!("{page}/agree"), &[("reason", "")]).await.expect(422).says("已经失效");
        city.job("privacy.exports").await;
        second.get(&page).await.expect(200).says("已失效").says("导出没有人同意，失效");
        assert_eq!(kinds(&city, &page).await, ["privacy.export_entered", "privacy.export_lapsed"]);
        assert_eq!(looks(&city).await, 0);
    });
}

#[test]
fn no_file_is_made_of_what_is_no_longer_what_was_agreed_to() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let (first, second) = (city.client("first").await, city.client("second").await);
        let page = entered(&first).await;
        second.post(&format!("{page}/agree"), &[("reason", "")]).await.expect(303);
        city.account(EMPTIED, "张空", "clerk", "city").await;
        city.settle().await;
        first.get(&page).await.expect(200).says("没有做文件").says("没有导出任何内容");
        first.post(&format!("{page}/file"), &[]).await.expect(422).says("没有做文件");
        assert_eq!(kinds(&city, &page).await.last().unwrap(), "privacy.export_unmade");
        assert_eq!(looks(&city).await, 0, "nobody is told of a file that is not");
    });
}

#[test]
fn the_act_of_making_a_file_says_by_what_some_in_it_are_told_afterwards() {
    each_city(OFFICES, async |city: City| {
        with_proposer(&city).await;
        let (keys, now) = (city.hall.keys.clone(), city.now());
        let id = base::Id::mint(now);
        let defer = move |tx: &store::Tx<'_>| {
            let subject = ask::subject(tx, &keys, &ask::mark(&keys, &About::Person(number(1))))?;
            let new = ask::NewDeferral {
                id,
                subject,
                organ: "city",
                below: false,
                ground: "某法第三条",
                approved: "某机关",
                entered_by: "somebody",
                entered_for: None,
                from: now.day(),
                until: now.day().plus(30),
            };
            ask::defer(tx, &access::clockwork("privacy.defer"), &new, now)
        };
        city.hall.write(defer).await.unwrap();
        let (lister, first) = (city.client("lister").await, city.client("first").await);
        let page = entered(&lister).await;
        first.post(&format!("{page}/agree"), &[("reason", "")]).await.expect(303);
        city.settle().await;
        let order = page.rsplit('/').next().unwrap().to_owned();
        let acts = city.hall.store.read(move |r| ledger::acts_of(r, "export", &order)).await;
        let acts = acts.unwrap();
        let made = acts.iter().find(|act| act.kind == "privacy.export_made").unwrap();
        assert_eq!(made.content()["deferrals"], serde_json::json!([id.to_string()]));
    });
}

/// The wrapped key and the content of an order's file, as they stand.
async fn kept(city: &City, page: &str) -> (Option<Vec<u8>>, Option<Vec<u8>>, usize) {
    let id = page.rsplit('/').next().unwrap().to_owned();
    let read = city.hall.store.read(move |r| {
        let scope: &[store::Value] = &[id.as_str().into()];
        let key = r.one("SELECT wrapped FROM vault_keys WHERE scope_id = $1", scope)?;
        let content = r.one(
            "SELECT b.content FROM vault_blobs b JOIN vault_files f ON f.address = b.address
             WHERE f.scope_id = $1",
            scope,
        )?;
        Ok((key, content))
    });
    let (key, content) = read.await.unwrap();
    let folder = vault::contents(&city.folder().join("vault")).map_or(0, |all| all.len());
    (key, content, folder)
}

#[test]
fn the_file_goes_with_its_key_when_its_time_is_over() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let (first, second) = (city.client("first").await, city.client("second").await);
        let page = entered(&first).await;
        second.post(&format!("{page}/agree"), &[("reason", "")]).await.expect(303);
        city.settle().await;
        let (key, content, in_folder) = kept(&city, &page).await;
        assert!(key.is_some() && (content.is_some() || in_folder == 1));
        drop((first, second));
        city.clock.pass_seconds(6 * 86_400);
        city.job("privacy.exports").await;
        let first = city.client("first").await;
        first.post(&format!("{page}/file"), &[]).await.expect(200);
        drop(first);
        city.clock.pass_seconds(86_400);
        let first = city.client("first").await;
        first.post(&format!("{page}/file"), &[]).await.expect(422).says("文件已经销毁");
        city.job("privacy.exports").await;
        assert_eq!(kept(&city, &page).await, (None, None, 0), "key and content are gone");
        first.post(&format!("{page}/file"), &[]).await.expect(422).says("文件已经销毁");
        first.get(&page).await.expect(200).says("已销毁").says("销毁导出的文件");
        assert_eq!(kinds(&city, &page).await.last().unwrap(), "privacy.export_destroyed");
    });
}

#[test]
fn a_lawful_order_to_erase_ends_every_file_that_still_stands() {
    each_city(OFFICES, async |city: City| {
        staffed(&city).await;
        let act = wrote(&city, "window").await.to_string();
        let (first, second) = (city.client("first").await, city.client("second").await);
        let page = entered(&first).await;
        second.post(&format!("{page}/agree"), &[("reason", "")]).await.expect(303);
        city.settle().await;
        let erasure = first.post("/desk/erasures", &order("act", &act)).await.expect(303);
        let erasure = erasure.leads_to().split('?').next().unwrap().to_owned();
        second.post(&format!("{erasure}/agree"), &[("reason", "")]).await.expect(303);
        // What is agreed to while something is erased is made after it.
        let later = entered(&first).await;
        second.post(&format!("{later}/agree"), &[("reason", "")]).await.expect(303);
        let id = later.rsplit('/').next().unwrap().parse().unwrap();
        let early = crate::acts::make::make(&city.hall, id, city.now()).await;
        assert!(early.is_err(), "something is being erased");
        city.settle().await;
        city.clock.pass_seconds(60);
        city.settle().await;
        first.get(&page).await.expect(200).says("已销毁");
        assert_eq!(kept(&city, &page).await.0, None);
        let record = city.hall.store.read({
            let id = page.rsplit('/').next().unwrap().to_owned();
            move |r| ledger::acts_of(r, "export", &id)
        });
        let because = record.await.unwrap().last().unwrap().content()["because"].clone();
        assert_eq!(because, format!("依{DOCUMENT}删除个人信息"));
        first.get(&later).await.expect(200).says("可以取");
    });
}
