//! The rows of an open resource: a preview, charts, a map, files to take away, and how programs read them.

mod chart;
mod files;
mod map;

pub(crate) use files::{csv, json, xlsx};

use axum::extract::{Path, Query};
use base::Outcome;
use frame::parts::{
    Button, Choice, Column, Crumb, Field, Heading, Pager, Row, SearchField, Sort, Table, Tone,
    button_row, empty, inset, link_button, moment_said, section, tag,
};
use frame::{Cx, Reply, page};
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::address;
use crate::acts::sets;
use crate::api::open_rows;
use crate::rules::drawings;
use crate::rules::query::{self, Query as Wish, SORTED_MAX, is_number};
use crate::terms::{Item, SetLoad};

/// Rows of a page.
const PAGE: i64 = 50;
/// Rows of the preview on the resource's own page.
const PREVIEW: i64 = 10;
/// No page begins further back.
const FROM_MAX: i64 = 1 << 40;
/// What a page shows at most of a cell.
const CELL: usize = 120;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    q: String,
    sort: String,
    from: i64,
    by: String,
    sum: String,
}

/// The rows that stand, for who may see them.
pub(super) async fn standing(cx: &Cx, key: &str) -> Outcome<SetLoad> {
    let load = open_rows(cx, key).await?;
    Ok(load.ok_or_else(|| frame::not_found("这个资源的开放数据"))?)
}

fn wish(load: &SetLoad, pairs: Value) -> Result<Wish, base::Refusal> {
    let pairs: Map<String, Value> = match pairs {
        Value::Object(pairs) => pairs,
        _ => Map::new(),
    };
    query::query(&load.shape, &pairs).map_err(|wrong| {
        let words = wrong.into_iter().next().map(|one| one.words).unwrap_or_default();
        base::Refusal::new(base::RefusalKind::Invalid, "catalogue.bad_query", words)
    })
}

/// What the page of a resource shows of its rows.
pub(super) async fn preview(cx: &Cx, load: &SetLoad) -> Outcome<Markup> {
    let wish = wish(load, json!({ "limit": PREVIEW }))?;
    let found = sets::search(cx.hall(), load, &wish, |found| found).await?;
    let here = format!("/data/{}", load.key);
    let body = html! {
        p class="meta" { "共 " (load.size) " 行，" (moment_said(load.moved_at, cx.now().day())) "更新。" }
        (table(load, &found.rows, None))
        (button_row(html! {
            (link_button("查看全部数据", &format!("{here}/rows")))
            (link_button("画图", &format!("{here}/chart")))
            @if drawings::has_places(&load.shape) { (link_button("看地图", &format!("{here}/map"))) }
            (link_button("接口说明", &format!("{here}/api")))
        }))
        (downloads(load))
    };
    Ok(section("rows", "数据预览", body))
}

fn downloads(load: &SetLoad) -> Markup {
    let here = format!("/data/{}/rows", load.key);
    html! {
        p { "下载："
            a href={ (here) ".csv" } { "CSV" } "，"
            a href={ (here) ".csv?bom=no" } { "CSV（不带 BOM，给程序用）" } "，"
            @if load.size <= files::WORKBOOK_ROWS_MAX { a href={ (here) ".xlsx" } { "Excel 工作簿" } "，" }
            a href={ (here) ".json" } { "JSON" } "。"
        }
    }
}

/// A table of rows; its columns lead to another order where that is told.
fn table(load: &SetLoad, rows: &[(i64, Vec<String>)], wanted: Option<&Wanted>) -> Markup {
    let columns = load.shape.iter().map(|item| {
        let column = match is_number(item.kind) {
            true => Column::number(&item.name),
            false => Column::new(&item.name),
        };
        let Some(wanted) = wanted.filter(|_| load.size <= SORTED_MAX) else { return column };
        let (now, next) = match wanted.sort.as_str() {
            sort if sort == item.code => (Sort::Up, format!("{} desc", item.code)),
            sort if sort == format!("{} desc", item.code) => (Sort::Down, item.code.clone()),
            _ => (Sort::No, item.code.clone()),
        };
        column.sort(now, at(load, &Wanted { sort: next, from: 0, ..wanted.clone() }))
    });
    let rows =
        rows.iter().map(|(_, cells)| Row::new(cells.iter().map(|cell| html! { (cut(cell)) })));
    let nothing = empty("没有这样的数据", html! { p { "换一个词试试。" } });
    html! { (Table::new("数据").caption_hidden().columns(columns).rows(rows).empty(nothing)) }
}

fn cut(cell: &str) -> String {
    match cell.char_indices().nth(CELL) {
        Some((end, _)) => format!("{}…", cell.get(..end).unwrap_or_default()),
        None => cell.to_owned(),
    }
}

fn at(load: &SetLoad, wanted: &Wanted) -> String {
    let from = if wanted.from > 0 { wanted.from.to_string() } else { String::new() };
    let pairs = [("q", wanted.q.as_str()), ("sort", &wanted.sort), ("from", &from)];
    address(&format!("/data/{}/rows", load.key), &pairs)
}

fn crumbs(load: &SetLoad, title: &str) -> [Crumb; 3] {
    [
        Crumb::new("首页", "/"),
        Crumb::new("用数据", "/data"),
        Crumb::new(title, format!("/data/{}", load.key)),
    ]
}

/// The name of a resource that stands.
async fn name(cx: &Cx, key: &str) -> Outcome<String> {
    let key = key.to_owned();
    cx.read(move |r| Ok(crate::acts::compile::found(r, &key)?.name)).await
}

/// `GET /data/{key}/rows`
pub(crate) async fn list(cx: Cx, Path(key): Path<String>, Query(wanted): Query<Wanted>) -> Reply {
    let load = standing(&cx, &key).await?;
    let from = wanted.from.clamp(0, FROM_MAX);
    let asked = json!({ "q": wanted.q.replace(['{', '}'], " "), "sort": wanted.sort, "limit": PAGE + 1, "offset": from, "include_total": false });
    let asked = wish(&load, asked)?;
    let mut found = sets::search(cx.hall(), &load, &asked, |found| found).await?;
    let more = found.rows.len() > usize::try_from(PAGE).unwrap_or(usize::MAX);
    found.rows.truncate(usize::try_from(PAGE).unwrap_or(usize::MAX));
    let next = more.then(|| at(&load, &Wanted { from: from + PAGE, ..wanted.clone() }));
    let first = (from > 0).then(|| at(&load, &Wanted { from: 0, ..wanted.clone() }));
    let title = name(&cx, &key).await?;
    let body = html! {
        (Heading::new(format!("{title}：数据")).lead(format!("共 {} 行。", load.size)))
        (SearchField::new(format!("/data/{}/rows", load.key), "在这些数据里找").value(&wanted.q).id("rows-search"))
        (table(&load, &found.rows, Some(&wanted)))
        (Pager::new(next).first(first))
        (downloads(&load))
    };
    Ok(page::wide(&cx, &format!("{title}：数据"), &crumbs(&load, &title), body))
}

/// `GET /data/{key}/chart`
pub(crate) async fn draw(cx: Cx, Path(key): Path<String>, Query(wanted): Query<Wanted>) -> Reply {
    let load = standing(&cx, &key).await?;
    let title = name(&cx, &key).await?;
    let drawn = chart::drawn(&cx, &load, &wanted.by, &wanted.sum).await?;
    let choices = |of: Vec<&Item>| -> Vec<Choice> {
        of.into_iter().map(|item| Choice::new(&item.code, &item.name)).collect()
    };
    let mut sums = vec![Choice::new("", "行数")];
    sums.extend(choices(drawings::summed(&load.shape)));
    let body = html! {
        (Heading::new(format!("{title}：画图")).lead("按一个信息项分组，数有多少行，或者把另一项加起来。"))
        form class="form" method="get" action={ "/data/" (load.key) "/chart" } {
            (Field::select("by", "按什么分组", choices(drawings::groupings(&load.shape))).value(&drawn.by))
            (Field::select("sum", "画什么", sums).value(&drawn.sum))
            (button_row(html! { (Button::secondary("画图")) }))
        }
        (drawn.markup)
        (counted_of(&cx, &load))
    };
    Ok(page::wide(&cx, &format!("{title}：画图"), &crumbs(&load, &title), body))
}

/// Of which rows something is told that was worked out when they came to count.
fn counted_of(cx: &Cx, load: &SetLoad) -> Markup {
    html! { p class="meta" { "按" (moment_said(load.moved_at, cx.now().day())) "更新的 " (load.size) " 行数据统计。" } }
}

/// `GET /data/{key}/map`
pub(crate) async fn places(cx: Cx, Path(key): Path<String>) -> Reply {
    let load = standing(&cx, &key).await?;
    let title = name(&cx, &key).await?;
    let body = html! {
        (Heading::new(format!("{title}：地图")).lead("按经度和纬度画出的位置，只表示大致方位。"))
        (map::drawn(&cx, &load).await?)
        (counted_of(&cx, &load))
    };
    Ok(page::wide(&cx, &format!("{title}：地图"), &crumbs(&load, &title), body))
}

/// `GET /data/{key}/api`
pub(crate) async fn programs(cx: Cx, Path(key): Path<String>) -> Reply {
    let load = standing(&cx, &key).await?;
    let title = name(&cx, &key).await?;
    let site = cx.hall().city.url.clone();
    let first = load.shape.first().map(|item| item.code.as_str()).unwrap_or("_id");
    let search = format!("{site}/api/3/action/datastore_search");
    let python = format!(
        "from ckanapi import RemoteCKAN\n\nwith RemoteCKAN(\"{site}\") as city:\n    found = city.action.datastore_search(resource_id=\"{key}\", limit=5, sort=\"{first} desc\")\n    for row in found[\"records\"]:\n        print(row)\n"
    );
    let rows = load.shape.iter().map(|item| {
        Row::new([
            html! { code { (item.code) } },
            html! { (item.name) },
            html! { (item.kind.word()) },
            html! { @if item.key { (tag(Tone::Active, "主键")) } },
            html! { (item.codes) },
        ])
    });
    let dictionary = Table::new("字段").caption_hidden().columns([
        Column::new("字段").narrow(),
        Column::new("名称"),
        Column::new("类型").narrow(),
        Column::new("标记").narrow(),
        Column::new("代码表"),
    ]);
    let body = html! {
        (Heading::new(format!("{title}：接口说明")).lead("不用登记，也不用密钥。写法与 CKAN 的 datastore_search 一样。"))
        (section("dictionary", "字段", html! { (dictionary.rows(rows).stacked()) }))
        (section("curl", "用 curl", html! {
            pre { code { "curl '" (search) "?resource_id=" (key) "&limit=5'" } }
            p { "从第 1001 行起：加 " code { "&offset=1000" } "。只要几个字段：加 " code { "&fields=" (first) } "。按条件取：" }
            pre { code { "curl -G '" (search) "' -d resource_id=" (key) " --data-urlencode 'filters={\"" (first) "\": \"值\"}'" } }
            p { "整个文件：" }
            pre { code { "curl -o rows.csv '" (site) "/data/" (key) "/rows.csv?bom=no'" } }
        }))
        (section("python", "用 Python", html! { p { code { "pip install ckanapi" } } pre { code { (python) } } }))
        (section("limits", "限度", html! {
            ul {
                li { "一次最多 " (query::LIMIT_MAX) " 行，不写 limit 是 100 行。" }
                li { "按 _id 的顺序翻页没有限度；按别的字段排序，最多翻到第 " (SORTED_MAX) " 行。" }
                li { "一次导入生效以后，行的 _id 会重新编排；要认同一行，请用主键。" }
            }
        }))
        (inset(html! { p { a href={ "/api/3/action/datastore_info?id=" (key) } { "/api/3/action/datastore_info?id=" (key) } " 给出字段、行数和这一版数据的校验值。" } }))
    };
    Ok(page::wide(&cx, &format!("{title}：接口说明"), &crumbs(&load, &title), body))
}
