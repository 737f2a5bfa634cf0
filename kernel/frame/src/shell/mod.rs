//! The frame around every page: the public site, the workbench, a page that must stand without
//! either, and papers. They take plain data; nothing here knows a request or the database.

mod desk;
mod site;
#[cfg(test)]
mod tests;

pub use desk::{DeskGroup, DeskItem, DeskView, desk};
pub use site::{Layout, SiteView, site};

use maud::{DOCTYPE, Markup, html};

use crate::assets::href;
use crate::parts::{Crumb, icon};
use crate::{City, Prefs};

/// Where the controls of text size and elder mode post to: `elder` (`0`, `1`), `larger` (`0`, `1`,
/// `2`), and `back`, the page to come back to. Only what was pressed is sent.
pub const LOOK_PATH: &str = "/look";
/// Where one signs in; `next` is the page to come back to.
pub const SIGN_IN_PATH: &str = "/sign-in";
/// Where the button of signing out posts to.
pub const SIGN_OUT_PATH: &str = "/sign-out";

/// Who is signed in, as the name menu shows it.
#[derive(Clone, Copy, Debug)]
pub struct User<'a> {
    /// The name.
    pub name: &'a str,
    /// The post: 受理岗 · 市行政审批局; empty for citizens.
    pub post: &'a str,
    /// The lines of the menu: words and path.
    pub links: &'a [(&'a str, &'a str)],
}

struct Document<'a> {
    title: &'a str,
    site: &'a str,
    class: &'a str,
    prefs: Prefs,
    scripts: bool,
}

fn document(about: &Document<'_>, body: Markup) -> Markup {
    let larger = match about.prefs.larger {
        0 => "",
        1 => " larger-1",
        _ => " larger-2",
    };
    let elder = if about.prefs.elder { " elder" } else { "" };
    html! {
        (DOCTYPE)
        html lang="zh-CN" class={ (about.class) (elder) (larger) } {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="format-detection" content="telephone=no";
                title { (about.title) @if !about.site.is_empty() { " — " (about.site) } }
                link rel="icon" type="image/svg+xml" href=(href("favicon.svg"));
                link rel="stylesheet" href=(href("app.css"));
                @if about.scripts {
                    script src=(href("app.js")) defer {}
                }
            }
            body { (body) }
        }
    }
}

fn skip_link() -> Markup {
    html! { a class="skip-link" href="#main" { "跳到正文" } }
}

/// The mark of the city and its name, leading home.
fn mark(city: &City, home: &str, below: &str) -> Markup {
    html! {
        a class="mark" href=(home) {
            img class="mark-sign" src=(href("favicon.svg")) width="40" height="40" alt="";
            span class="mark-words" {
                span class="mark-name" { (city.name) }
                span class="mark-site" { (below) }
            }
        }
    }
}

/// What stands above every page of a demonstration.
fn demo_strip(city: &City) -> Markup {
    html! {
        @if city.demo {
            aside class="demo-strip" aria-label="说明" {
                p { (icon("info")) "演示城市，数据均为虚构，不办理真实业务" }
            }
        }
    }
}

/// Elder mode and text size: buttons of a form, so that they work without scripts.
fn look_controls(label: &str, prefs: Prefs, target: &str) -> Markup {
    let size = |value: u8, words: &str, class: &str| {
        html! {
            button class={ "look-size " (class) } type="submit" name="larger" value=(value)
                aria-pressed=(if prefs.larger == value { "true" } else { "false" }) aria-label=(words) { "字" }
        }
    };
    html! {
        form class="look" method="post" action=(LOOK_PATH) aria-label=(label) {
            input type="hidden" name="back" value=(target);
            button class="look-elder" type="submit" name="elder" value=(if prefs.elder { "0" } else { "1" })
                aria-pressed=(if prefs.elder { "true" } else { "false" }) { "长者模式" }
            span class="look-sizes" role="group" aria-label="字号" {
                (size(0, "标准字号", "look-size-0"))
                (size(1, "大字号", "look-size-1"))
                (size(2, "特大字号", "look-size-2"))
            }
        }
    }
}

/// The name of who is signed in, and what can be reached from it.
fn name_menu(user: &User<'_>) -> Markup {
    html! {
        details class="name-menu" {
            summary { (icon("user")) span class="name-menu-name" { (user.name) } (icon("chevron-down")) }
            div class="name-menu-body" {
                @if !user.post.is_empty() { p class="name-menu-post" { (user.post) } }
                @if !user.links.is_empty() {
                    ul { @for (words, path) in user.links { li { a href=(path) { (words) } } } }
                }
                form method="post" action=(SIGN_OUT_PATH) {
                    button class="name-menu-out" type="submit" { (icon("log-out")) "退出登录" }
                }
            }
        }
    }
}

/// Whether the page at `target` lies at or under `path`.
fn is_under(target: &str, path: &str) -> bool {
    let target = target.split(['?', '#']).next().unwrap_or_default();
    target == path
        || target
            .strip_prefix(path)
            .is_some_and(|rest| path.ends_with('/') || rest.starts_with('/'))
}

/// A page that stands by itself, without the doors and the menu: faults, and whatever must still
/// work when little else does.
pub fn bare(city: &City, title: &str, prefs: Prefs, body: Markup) -> Markup {
    alone(city, title, prefs, "bare", body)
}

/// A wall screen: the whole window for one question, in letters that are read at six metres.
pub fn board(city: &City, title: &str, prefs: Prefs, body: Markup) -> Markup {
    alone(city, title, prefs, "bare wall", html! { div class="board" { (body) } })
}

fn alone(city: &City, title: &str, prefs: Prefs, class: &str, body: Markup) -> Markup {
    let about = Document { title, site: &city.site, class, prefs, scripts: false };
    let below = city.site.strip_prefix(&city.name).unwrap_or(&city.site);
    document(
        &about,
        html! {
            (skip_link())
            (demo_strip(city))
            header class="masthead" { div class="masthead-row" { (mark(city, "/", below)) } }
            main class="main main-reading" id="main" tabindex="-1" { (body) }
        },
    )
}

/// A paper: a page to be printed, in the types of official papers, with a line that leads `back` and
/// prints it. One of a demonstration says so in print too.
pub fn paper(city: &City, title: &str, back: &Crumb, body: Markup) -> Markup {
    let about =
        Document { title, site: "", class: "paper", prefs: Prefs::default(), scripts: true };
    document(
        &about,
        html! {
            (skip_link())
            (demo_strip(city))
            nav class="paper-acts" aria-label="文书" {
                a href=(back.path) { (icon("arrow-left")) (back.title) }
                button class="button button-secondary" type="button" data-print hidden { (icon("printer")) "打印" }
            }
            main class="paper-sheet" id="main" tabindex="-1" {
                @if city.demo { p class="paper-demo" { "演示文书，内容均为虚构，没有法律效力" } }
                (body)
            }
        },
    )
}
