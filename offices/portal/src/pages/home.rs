//! The home page: what people come for, what is new, where to begin.

use base::Fault;
use frame::parts::icon;
use frame::shell::Layout;
use frame::{Cx, Reply, page};
use maud::{Markup, html};
use search::Query;

use super::heading_list;
use crate::store;

/// What people come for most: an icon, everyday words that find a service item, what it is.
type Task = (&'static str, &'static str, &'static str);

const TASKS: &[Task] = &[
    ("store", "开饭店", "食品经营许可，开业以前办"),
    ("banknote", "提公积金", "买自住房，提取住房公积金"),
    ("house", "二手房过户", "买卖存量房，转移登记"),
    ("graduation-cap", "教师资格证", "高中和中职教师资格认定"),
    ("stethoscope", "工伤", "工作中受伤，申请工伤认定"),
    ("building-2", "施工许可", "建筑工程开工以前办"),
    ("route", "跑货运", "道路货物运输经营许可"),
    ("book-open", "开书店", "零售出版物，设立审批"),
];

/// `GET /`
pub(crate) async fn show(cx: Cx) -> Reply {
    let (latest, shelves) =
        cx.read(|r| Ok((store::latest(r, None, 8)?, store::shelves(r)?))).await?;
    let open: i64 = shelves.iter().map(|shelf| shelf.shown).sum();
    let site = cx.hall().city.site.clone();
    let tried = tasks_of(&cx.hall().search);
    let body = html! {
        h1 class="visually-hidden" { (site) }
        // Each leads to a search: where nothing can be found, none leads anywhere.
        @if !tried.is_empty() { (tasks(&cx, &tried)) }
        section class="band band-tint" aria-labelledby="ways-title" {
            div class="band-inner" {
                h2 id="ways-title" { "您要做什么" }
                (ways(&cx, open))
            }
        }
        @if !latest.is_empty() {
            section class="band" aria-labelledby="new-title" {
                div class="band-inner" {
                    div class="band-head" {
                        h2 id="new-title" { "最近公开" }
                        a href="/info" { "全部信息" }
                    }
                    (heading_list(&latest))
                }
            }
        }
    };
    Ok(page::laid_out(&cx, "首页", &[], Layout::Bands, "", body))
}

/// With so many items the everyday words find something, and none is tried beforehand.
const MANY_ITEMS: usize = 100;

/// What people come for, as far as this city has an item for it. Where the index cannot say, all stay.
fn tasks_of(index: &search::Index) -> Vec<&'static Task> {
    let items = frame::spared("counting the items for the home page", index.count("item"));
    if items.is_none_or(|items| items >= MANY_ITEMS) {
        return TASKS.iter().collect();
    }
    let finds = |(_, words, _): &&Task| {
        let query = Query { kind: Some("item".into()), limit: 1, ..Query::new(*words) };
        leads_on(index.search(&query).map(|found| found.hits.len()))
    };
    TASKS.iter().filter(finds).collect()
}

/// Whether a search that found so many leads anywhere; one that failed is given the benefit of the doubt.
fn leads_on(found: Result<usize, impl Into<Fault>>) -> bool {
    frame::spared("trying a shortcut of the home page", found).is_none_or(|hits| hits > 0)
}

fn tasks(cx: &Cx, tried: &[&Task]) -> Markup {
    html! {
        @if cx.hall().office("powers").is_some() {
            section class="band" aria-labelledby="tasks-title" {
                div class="band-inner" {
                    div class="band-head" {
                        h2 id="tasks-title" { "大家常办的事" }
                        a href="/services" { "全部事项" }
                    }
                    div class="grid grid-pairs" {
                        @for (shape, words, about) in tried {
                            @let query = frame::held::query_escape(words);
                            (card(&format!("/search?kind=item&q={query}"), shape, words, about))
                        }
                    }
                }
            }
        }
    }
}

/// The ways on, each only where its office stands.
fn ways(cx: &Cx, open: i64) -> Markup {
    let has = |office: &str| cx.hall().office(office).is_some();
    html! {
        div class="grid" {
            @if has("powers") {
                (card("/services", "clipboard-list", "办事情", "看办事指南，在网上申请，要交什么、等多久都写在前面"))
            }
            @if has("approvals") {
                (card("/cases", "search", "查进度", "凭办件编号和查询码就能查，不用登录"))
            }
            (card("/info", "newspaper", "看信息", &format!("法律法规、政策文件和公告，现有 {open} 篇，按任何一句话都能搜到")))
            @if cx.person().is_some() {
                (card("/me", "user", "我的账户", "改密码，看谁查过您的信息"))
            } @else {
                (card("/sign-in", "log-in", "登录", "登录以后可以申请、补正、收结果，也能看到谁查过您的信息"))
            }
        }
    }
}

fn card(href: &str, shape: &str, title: &str, about: &str) -> Markup {
    html! { a class="card-link" href=(href) { (icon(shape)) strong { (title) } span { (about) } } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_home_page_stays_with_its_links_when_the_index_cannot_answer() {
        assert!(leads_on(Err(Fault::said("a segment cannot be read"))));
        assert!(leads_on(Ok::<_, Fault>(1)));
        assert!(!leads_on(Ok::<_, Fault>(0)));
    }

    #[test]
    fn a_city_without_items_has_no_shortcuts() {
        let index = search::Index::in_memory().expect("an index");
        assert!(tasks_of(&index).is_empty());
    }
}
