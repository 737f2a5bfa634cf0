//! The workbench.

use maud::{Markup, html};

use super::{
    Document, User, demo_strip, document, is_under, look_controls, mark, name_menu, skip_link,
};
use crate::parts::{Crumb, Render, SearchField, breadcrumbs, count, icon};
use crate::{City, Prefs};

/// One line of the menu.
#[derive(Clone, Debug)]
pub struct DeskItem<'a> {
    /// Its words.
    pub title: &'a str,
    /// Where it leads.
    pub path: &'a str,
    /// Its icon.
    pub icon: &'a str,
    /// How many things wait there.
    pub waiting: Option<i64>,
}

/// The lines of one office.
#[derive(Clone, Debug)]
pub struct DeskGroup<'a> {
    /// The office: 行政审批; empty for the lines that belong to everybody.
    pub title: &'a str,
    /// Its lines.
    pub items: Vec<DeskItem<'a>>,
}

/// What the workbench's frame shows around a page.
#[derive(Clone, Debug)]
pub struct DeskView<'a> {
    /// The city.
    pub city: &'a City,
    /// The page's title; the page itself has the heading.
    pub title: &'a str,
    /// How the reader wants pages to look.
    pub prefs: Prefs,
    /// Path and query of this page.
    pub target: &'a str,
    /// Who works here.
    pub user: User<'a>,
    /// The menu.
    pub groups: &'a [DeskGroup<'a>],
    /// The pages above this one.
    pub crumbs: &'a [Crumb],
    /// Where the search field of the top bar searches; none shows no field.
    pub search: Option<&'a str>,
    /// What stands in the search field.
    pub query: &'a str,
    /// A banner above the page.
    pub banner: Option<Markup>,
}

impl<'a> DeskView<'a> {
    /// A frame with nothing but the city, the page's title and who works here.
    pub fn new(city: &'a City, title: &'a str, user: User<'a>) -> Self {
        Self {
            city,
            title,
            prefs: Prefs::default(),
            target: "/desk",
            user,
            groups: &[],
            crumbs: &[],
            search: None,
            query: "",
            banner: None,
        }
    }
}

/// A page of the workbench.
pub fn desk(view: &DeskView<'_>, body: Markup) -> Markup {
    let site = format!("{}工作台", view.city.name);
    let about = Document {
        title: view.title,
        site: &site,
        class: "desk",
        prefs: view.prefs,
        scripts: true,
    };
    document(
        &about,
        html! {
            (skip_link())
            (demo_strip(view.city))
            (top(view))
            div class="desk-frame" {
                (menu(view))
                div class="desk-page" {
                    @if let Some(banner) = &view.banner { (banner) }
                    (breadcrumbs(view.crumbs))
                    main class="main main-desk" id="main" tabindex="-1" { (body) }
                }
            }
            (keys())
        },
    )
}

fn top(view: &DeskView<'_>) -> Markup {
    html! {
        header class="desk-top" {
            div class="masthead" {
                div class="masthead-row" {
                    a class="menu-open" href="#menu" { (icon("menu")) span { "菜单" } }
                    (mark(view.city, "/desk", "工作台"))
                    @if let Some(action) = view.search {
                        div class="masthead-search" {
                            (SearchField::new(action, "搜索办件、申请人、事项")
                                .value(view.query).example("办件号、申请人、事项").id("desk-search").render())
                        }
                    }
                    div class="masthead-side" {
                        (look_controls("显示方式", view.prefs, view.target))
                        a class="to-site" href="/" { (icon("external-link")) "门户网站" }
                        (name_menu(&view.user))
                    }
                }
            }
        }
    }
}

fn menu(view: &DeskView<'_>) -> Markup {
    // Of two lines that fit, the longer path is the nearer one.
    let items = view.groups.iter().flat_map(|group| &group.items);
    let fitting = items.filter(|item| is_under(view.target, item.path));
    let here = fitting.max_by_key(|item| item.path.len()).map(|item| item.path);
    html! {
        nav class="desk-menu" id="menu" aria-label="工作台菜单" {
            a class="menu-close" href="#main" { (icon("x")) "关闭菜单" }
            @for group in view.groups {
                @if !group.title.is_empty() { h2 class="desk-menu-title" { (group.title) } }
                ul {
                    @for item in &group.items {
                        li {
                            a href=(item.path) aria-current=[(here == Some(item.path)).then_some("page")] {
                                (icon(item.icon))
                                span class="desk-menu-words" { (item.title) }
                                @if let Some(waiting) = item.waiting { (count(waiting)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// What the keyboard does in lists; opened with `?`.
fn keys() -> Markup {
    let line = |key: &str, words: &str| html! { div { dt { kbd { (key) } } dd { (words) } } };
    html! {
        dialog class="keys" id="keys" aria-labelledby="keys-title" {
            h2 id="keys-title" { "键盘" }
            dl {
                (line("j", "下一行"))
                (line("k", "上一行"))
                (line("↵", "打开这一行"))
                (line("x", "选中这一行"))
                (line("/", "到搜索框"))
                (line("?", "看这张表"))
            }
            form method="dialog" { button class="button button-secondary" type="submit" { "关闭" } }
        }
    }
}
