//! Searching and filtering: everything stands in the address, so that a view can be kept and sent.

use maud::{Markup, Render, html};

use super::field::Choice;
use super::text::{icon, visually_hidden};

/// A field to search by words.
#[derive(Clone, Debug)]
pub struct SearchField {
    action: String,
    name: String,
    label: String,
    value: String,
    example: Option<String>,
    id: String,
}

impl SearchField {
    /// Searches at `action` by `?q=`; `label` says what is searched.
    pub fn new(action: impl Into<String>, label: impl Into<String>) -> Self {
        Self {
            action: action.into(),
            name: "q".into(),
            label: label.into(),
            value: String::new(),
            example: None,
            id: "search".into(),
        }
    }

    /// What stands in it.
    pub fn value(mut self, value: impl Into<String>) -> Self {
        self.value = value.into();
        self
    }

    /// Another parameter than `q`.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// An example in the empty field: 营业执照、公积金、身份证.
    pub fn example(mut self, example: impl Into<String>) -> Self {
        self.example = Some(example.into());
        self
    }

    /// Another id than `search`, where a page has two.
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = id.into();
        self
    }
}

impl Render for SearchField {
    fn render(&self) -> Markup {
        html! {
            form class="search" role="search" aria-label=(self.label) action=(self.action) method="get" {
                label class="visually-hidden" for=(self.id) { (self.label) }
                input class="search-input" id=(self.id) type="search" name=(self.name) value=(self.value)
                    placeholder=[&self.example] maxlength="100" autocomplete="off" enterkeyhint="search";
                button class="search-button" type="submit" { (icon("search")) span { "搜索" } }
            }
        }
    }
}

#[derive(Clone, Debug)]
enum FilterKind {
    Words,
    One(Vec<Choice>),
    Day,
}

/// One thing a list can be narrowed by.
#[derive(Clone, Debug)]
pub struct Filter {
    name: String,
    label: String,
    value: String,
    kind: FilterKind,
    error: Option<String>,
}

impl Filter {
    /// By words.
    pub fn words(
        name: impl Into<String>,
        label: impl Into<String>,
        value: impl Into<String>,
    ) -> Self {
        Self {
            name: name.into(),
            label: label.into(),
            value: value.into(),
            kind: FilterKind::Words,
            error: None,
        }
    }

    /// By one of several values; the empty one stands for all.
    pub fn one(
        name: impl Into<String>,
        label: impl Into<String>,
        value: impl Into<String>,
        of: Vec<Choice>,
    ) -> Self {
        let kind = FilterKind::One(of);
        Self { name: name.into(), label: label.into(), value: value.into(), kind, error: None }
    }

    /// By a day, as [`base::Day::typed`] reads it. A browser's own field would ask for it in the browser's language.
    pub fn day(
        name: impl Into<String>,
        label: impl Into<String>,
        value: impl Into<String>,
    ) -> Self {
        let kind = FilterKind::Day;
        Self { name: name.into(), label: label.into(), value: value.into(), kind, error: None }
    }

    /// What is wrong with it.
    pub fn error(mut self, error: Option<String>) -> Self {
        self.error = error;
        self
    }

    fn input(&self) -> Markup {
        let id = format!("by-{}", self.name);
        let wrong = self.error.as_ref().map(|_| "true");
        let described = self.error.as_ref().map(|_| format!("{id}-error"));
        html! {
            div class="filter" {
                label for=(id) { (self.label) }
                @if let Some(error) = &self.error {
                    p class="field-error" id={ (id) "-error" } {
                        (icon("octagon-alert")) (visually_hidden("错误：")) (error)
                    }
                }
                @match &self.kind {
                    FilterKind::Words => {
                        input class="input" id=(id) type="search" name=(self.name) value=(self.value) maxlength="100";
                    }
                    FilterKind::Day => {
                        input class="input" id=(id) type="text" name=(self.name) value=(self.value)
                            maxlength="12" autocomplete="off" placeholder="2026-03-01" aria-invalid=[wrong] aria-describedby=[described];
                    }
                    FilterKind::One(of) => {
                        div class="select" {
                            select class="input" id=(id) name=(self.name) {
                                option value="" { "全部" }
                                @for choice in of {
                                    option value=(choice.value) selected[choice.value == self.value] { (choice.title) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    fn said(&self) -> &str {
        match &self.kind {
            FilterKind::One(of) => of
                .iter()
                .find(|choice| choice.value == self.value)
                .map_or(self.value.as_str(), |choice| choice.title.as_str()),
            _ => &self.value,
        }
    }
}

/// The form that narrows a list, and what it is narrowed by now.
#[derive(Clone, Debug)]
pub struct Filters {
    action: String,
    filters: Vec<Filter>,
    kept: Vec<(String, String)>,
}

impl Filters {
    /// Narrows the list at `action`.
    pub fn new(action: impl Into<String>, filters: impl IntoIterator<Item = Filter>) -> Self {
        let filters = filters.into_iter().collect();
        Self { action: action.into(), filters, kept: Vec::new() }
    }

    /// Parameters that stay as they are, like the order.
    pub fn keep(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.kept.push((name.into(), value.into()));
        self
    }

    /// The address of the list without this filter.
    fn without(&self, name: &str) -> String {
        let chosen = self.filters.iter().filter(|one| one.name != name && !one.value.is_empty());
        let chosen = chosen.map(|one| (one.name.as_str(), one.value.as_str()));
        let kept = self.kept.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let query: String = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(kept.chain(chosen))
            .finish();
        if query.is_empty() { self.action.clone() } else { format!("{}?{query}", self.action) }
    }
}

impl Render for Filters {
    fn render(&self) -> Markup {
        // What is wrong narrows nothing.
        let narrows = |filter: &&Filter| !filter.value.is_empty() && filter.error.is_none();
        let chosen: Vec<&Filter> = self.filters.iter().filter(narrows).collect();
        html! {
            form class="filters" action=(self.action) method="get" aria-label="筛选" {
                @for (name, value) in &self.kept { input type="hidden" name=(name) value=(value); }
                @for filter in &self.filters { (filter.input()) }
                button class="button button-secondary" type="submit" { (icon("list-filter")) "筛选" }
            }
            @if !chosen.is_empty() {
                ul class="chosen" aria-label="正在按这些条件筛选" {
                    @for filter in &chosen {
                        li {
                            a class="chip" href=(self.without(&filter.name)) {
                                (filter.label) "：" (filter.said()) (icon("x")) (visually_hidden("，去掉这个条件"))
                            }
                        }
                    }
                    @if chosen.len() > 1 { li { a href=(self.action) { "全部清除" } } }
                }
            }
        }
    }
}
