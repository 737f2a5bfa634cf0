//! The home page: what people come for, what is new, where to begin.

use frame::parts::{SearchField, icon};
use frame::shell::Layout;
use frame::{Cx, Reply, page};

use super::heading_list;
use crate::store;
use maud::{Markup, html};

/// Everyday words that people search for; each finds a service item of the city.
const TASKS: &[(&str, &str)] = &[
    ("开饭店", "食品经营许可"),
    ("提公积金", "购买自住住房提取住房公积金"),
    ("二手房过户", "房屋转移登记"),
    ("教师资格证", "教师资格认定"),
    ("工伤", "工伤认定"),
    ("施工许可", "建筑工程施工许可证核发"),
];

/// `GET /`
pub(crate) async fn show(cx: Cx) -> Reply {
    let (latest, shelves) =
        cx.read(|r| Ok((store::latest(r, None, 8)?, store::shelves(r)?))).await?;
    let open: i64 = shelves.iter().map(|shelf| shelf.shown).sum();
    let body = html! {
        section class="band band-first" aria-labelledby="home-title" {
            h1 id="home-title" { (cx.hall().city.site) }
            p class="lead" { "办事、查政策、看进度，从一句话开始。" }
            (SearchField::new("/search", "搜索全站").example("例如：开饭店、公积金、电子政务").id("home-search"))
            (tasks(&cx))
        }
        section class="band" aria-labelledby="ways-title" {
            h2 id="ways-title" { "您要做什么" }
            (ways(&cx, open))
        }
        @if !latest.is_empty() {
            section class="band" aria-labelledby="new-title" {
                h2 id="new-title" { "最近发布" }
                (heading_list(&latest))
                p { a href="/info" { "全部栏目" } }
            }
        }
    };
    let site = cx.hall().city.site.clone();
    Ok(page::laid_out(&cx, &site, &[], Layout::Bands, "", body))
}

fn tasks(cx: &Cx) -> Markup {
    html! {
        @if cx.hall().office("powers").is_some() {
            div class="tasks" {
                h2 class="tasks-title" id="tasks-title" { "大家常办" }
                ul aria-labelledby="tasks-title" {
                    @for (words, item) in TASKS {
                        li {
                            a href={ "/search?kind=item&q=" (frame::held::query_escape(words)) } title=(item) { (words) }
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
        ul class="ways" {
            @if has("powers") {
                (way("/services", "clipboard-list", "办事情", "看办事指南，在线提出申请，要交什么、等多久写在前面。"))
            }
            @if has("approvals") {
                (way("/cases", "search", "查进度", "凭办件编号和查询码就能查，不用登录。"))
            }
            (way("/info", "book-open", "看信息", &format!("法律法规、政策文件和公告，现有 {open} 篇，能按任何一句话搜到。")))
            @if cx.person().is_none() {
                (way("/sign-in", "log-in", "登录", "登录以后可以申请、补正、收结果，也能看到谁查过您的信息。"))
            } @else {
                (way("/me", "user", "我的账户", "改密码，看谁查过您的信息。"))
            }
        }
    }
}

fn way(href: &str, shape: &str, title: &str, about: &str) -> Markup {
    html! {
        li class="way" {
            a class="way-title" href=(href) { (icon(shape)) (title) }
            p class="way-about" { (about) }
        }
    }
}
