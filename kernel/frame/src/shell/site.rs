//! The public site.

use maud::{Markup, html};

use super::{
    Document, SIGN_IN_PATH, User, demo_strip, document, is_under, look_controls, mark, name_menu,
    skip_link,
};
use crate::parts::{Crumb, Render, SearchField, breadcrumbs, icon};
use crate::{City, Door, Prefs};

/// How wide the words of a page run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Layout {
    /// One column to read or to fill in: at most forty characters a line.
    #[default]
    Reading,
    /// The whole width of the site, for lists and for pages with an aside.
    Wide,
    /// The whole window: the page is made of bands (`section class="band"`) that set their own
    /// width.
    Bands,
}

/// What the public site's frame shows around a page.
#[derive(Clone, Debug)]
pub struct SiteView<'a> {
    /// The city.
    pub city: &'a City,
    /// The page's title; the page itself has the heading.
    pub title: &'a str,
    /// How the reader wants pages to look.
    pub prefs: Prefs,
    /// Path and query of this page.
    pub target: &'a str,
    /// The doors, in their order.
    pub doors: &'a [Door],
    /// Who is signed in.
    pub user: Option<User<'a>>,
    /// The pages above this one.
    pub crumbs: &'a [Crumb],
    /// What stands in the search field.
    pub query: &'a str,
    /// A banner above the page: what has just happened, or what concerns the whole city.
    pub banner: Option<Markup>,
    /// How wide the page is.
    pub layout: Layout,
    /// Links of the footer: words and path.
    pub links: &'a [(&'a str, &'a str)],
    /// Lines of the footer: who keeps the site, its registration.
    pub imprint: &'a [&'a str],
}

impl<'a> SiteView<'a> {
    /// A frame with nothing but the city and the page's title.
    pub fn new(city: &'a City, title: &'a str) -> Self {
        Self {
            city,
            title,
            prefs: Prefs::default(),
            target: "/",
            doors: &[],
            user: None,
            crumbs: &[],
            query: "",
            banner: None,
            layout: Layout::Reading,
            links: &[],
            imprint: &[],
        }
    }
}

/// A page of the public site.
pub fn site(view: &SiteView<'_>, body: Markup) -> Markup {
    let about = Document {
        title: view.title,
        site: &view.city.site,
        class: "site",
        prefs: view.prefs,
        scripts: true,
    };
    let main = match view.layout {
        Layout::Reading => "main main-reading",
        Layout::Wide => "main main-wide",
        Layout::Bands => "main main-bands",
    };
    document(
        &about,
        html! {
            (skip_link())
            (demo_strip(view.city))
            (header(view))
            @if let Some(banner) = &view.banner { div class="site-banner" { (banner) } }
            @if !view.crumbs.is_empty() { div class="site-crumbs" { (breadcrumbs(view.crumbs)) } }
            main class=(main) id="main" tabindex="-1" { (body) }
            (footer(view))
        },
    )
}

fn header(view: &SiteView<'_>) -> Markup {
    let city = view.city;
    let below = city.site.strip_prefix(&city.name).unwrap_or(&city.site);
    let search = SearchField::new("/search", "搜索全站")
        .value(view.query)
        .example("搜事项、政策、办事指南")
        .id("site-search");
    html! {
        header class="site-header" {
            div class="masthead" {
                div class="masthead-row" {
                    (mark(city, "/", below))
                    div class="masthead-search" { (search.render()) }
                    div class="masthead-side" {
                        (look_controls("显示方式", view.prefs, view.target))
                        @match &view.user {
                            Some(user) => (name_menu(user)),
                            None => a class="sign-in" href=(sign_in_from(view.target)) { (icon("log-in")) "登录" },
                        }
                    }
                }
            }
            @if !view.doors.is_empty() {
                nav class="doors" aria-label="主要栏目" {
                    ul {
                        @for door in view.doors {
                            li {
                                a href=(door.path) aria-current=[is_under(view.target, door.path).then_some("true")] { (door.title) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The address of the sign-in page that comes back here.
fn sign_in_from(target: &str) -> String {
    let back: String = form_urlencoded::byte_serialize(target.as_bytes()).collect();
    format!("{SIGN_IN_PATH}?next={back}")
}

fn footer(view: &SiteView<'_>) -> Markup {
    html! {
        footer class="site-footer" {
            div class="site-footer-row" {
                div class="site-footer-words" {
                    p class="site-footer-name" { (view.city.site) }
                    @for line in view.imprint { p { (line) } }
                }
                div class="site-footer-side" {
                    @if !view.links.is_empty() {
                        nav aria-label="关于本站" {
                            ul class="site-footer-links" {
                                @for (words, path) in view.links { li { a href=(path) { (words) } } }
                            }
                        }
                    }
                    (look_controls("页脚的显示方式", view.prefs, view.target))
                }
            }
        }
    }
}
