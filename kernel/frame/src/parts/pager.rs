//! From one page of a list to the next.

use maud::{Markup, Render, html};

use super::text::{icon, visually_hidden};

/// Leads through a list that is paged by key: to the next page, and back to the first.
#[derive(Clone, Debug, Default)]
pub struct Pager {
    next: Option<String>,
    first: Option<String>,
    words: Option<String>,
}

impl Pager {
    /// `next` is the address of the next page, if there is one.
    pub fn new(next: Option<String>) -> Self {
        Self { next, ..Self::default() }
    }

    /// The address of the first page, when this is not it.
    pub fn first(mut self, first: Option<String>) -> Self {
        self.first = first;
        self
    }

    /// What this page shows: 共 1 284 件，本页 50 件.
    pub fn words(mut self, words: impl Into<String>) -> Self {
        self.words = Some(words.into());
        self
    }
}

impl Render for Pager {
    fn render(&self) -> Markup {
        html! {
            @if self.next.is_some() || self.first.is_some() || self.words.is_some() {
                nav class="pager" aria-label="翻页" {
                    @if let Some(first) = &self.first {
                        a class="pager-link" href=(first) rel="first" { (icon("arrow-left")) "回到第一页" }
                    }
                    @if let Some(words) = &self.words { p class="pager-words" { (words) } }
                    @if let Some(next) = &self.next {
                        a class="pager-link pager-next" href=(next) rel="next" { "下一页" (icon("arrow-right")) }
                    }
                }
            }
        }
    }
}

/// Numbered pages, for short lists that never change under the reader. `href` gives the address of
/// a page; pages count from 1.
pub fn pages(current: u32, total: u32, href: impl Fn(u32) -> String) -> Markup {
    let near = |page: u32| page == 1 || page == total || page.abs_diff(current) <= 1;
    let shown: Vec<u32> = (1..=total).filter(|page| near(*page)).collect();
    let mut last = 0;
    html! {
        @if total > 1 {
            nav class="pager pager-pages" aria-label="页码" {
                @if current > 1 {
                    a class="pager-link" href=(href(current - 1)) rel="prev" { (icon("arrow-left")) "上一页" }
                }
                ol {
                    @for page in shown {
                        @if page > last + 1 { li class="pager-gap" { "…" } }
                        @let () = last = page;
                        li {
                            a href=(href(page)) aria-current=[(page == current).then_some("page")] {
                                (visually_hidden("第")) (page) (visually_hidden("页"))
                            }
                        }
                    }
                }
                @if current < total {
                    a class="pager-link pager-next" href=(href(current + 1)) rel="next" { "下一页" (icon("arrow-right")) }
                }
            }
        }
    }
}
