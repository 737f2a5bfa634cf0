//! Lists that lead through a task: what is to do, what was answered, where one stands.

use maud::{Markup, html};

use super::state::{Tone, count, tag};
use super::text::{icon, visually_hidden};

/// One thing to do of several.
#[derive(Clone, Debug)]
pub struct Task {
    /// 填写经营场所.
    pub title: String,
    /// Where it is done; without it the task cannot be begun yet.
    pub href: Option<String>,
    /// A few words more.
    pub hint: Option<String>,
    /// Its state.
    pub tone: Tone,
    /// Its state in a word: 已完成.
    pub state: String,
}

impl Task {
    /// A task that can be opened.
    pub fn new(
        title: impl Into<String>,
        href: impl Into<String>,
        tone: Tone,
        state: impl Into<String>,
    ) -> Self {
        Self { title: title.into(), href: Some(href.into()), hint: None, tone, state: state.into() }
    }

    /// A task that waits for another: says for what.
    pub fn waiting(title: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            href: None,
            hint: Some(hint.into()),
            tone: Tone::Plain,
            state: "还不能开始".into(),
        }
    }

    /// A few words beneath the title.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// Things to do, each with its state, in the order in which they are best done.
pub fn task_list(tasks: &[Task]) -> Markup {
    html! {
        ul class="task-list" {
            @for task in tasks {
                li class="task" {
                    div class="task-words" {
                        @if let Some(href) = &task.href { a class="task-title" href=(href) { (task.title) } }
                        @else { span class="task-title" { (task.title) } }
                        @if let Some(hint) = &task.hint { p class="task-hint" { (hint) } }
                    }
                    (tag(task.tone, &task.state))
                }
            }
        }
    }
}

/// One line of what was answered or is known.
#[derive(Clone, Debug)]
pub struct SummaryRow {
    key: String,
    value: Markup,
    change: Option<String>,
    note: Option<Markup>,
}

impl SummaryRow {
    /// A line of text.
    pub fn new(key: impl Into<String>, value: impl AsRef<str>) -> Self {
        let value = value.as_ref();
        Self::of(
            key,
            html! { @if value.is_empty() { span class="nothing" { "未填" } } @else { (value) } },
        )
    }

    /// A line of markup.
    pub fn of(key: impl Into<String>, value: Markup) -> Self {
        Self { key: key.into(), value, change: None, note: None }
    }

    /// Where the answer can be changed.
    pub fn change(mut self, href: impl Into<String>) -> Self {
        self.change = Some(href.into());
        self
    }

    /// Words beneath the value: its source, a state.
    pub fn note(mut self, note: Markup) -> Self {
        self.note = Some(note);
        self
    }
}

/// What was answered or is known, line by line: 核对您填的内容.
pub fn summary_list(rows: &[SummaryRow]) -> Markup {
    let changes = rows.iter().any(|row| row.change.is_some());
    html! {
        dl class={ "summary" @if changes { " summary-changes" } } {
            @for row in rows {
                div class="summary-row" {
                    dt { (row.key) }
                    dd class="summary-value" {
                        (row.value)
                        @if let Some(note) = &row.note { div class="summary-note" { (note) } }
                    }
                    @if let Some(change) = &row.change {
                        dd class="summary-change" { a href=(change) { "修改" (visually_hidden(&row.key)) } }
                    }
                }
            }
        }
    }
}

/// Where a form of several pages stands: the names of its pages and the present one, from zero.
pub fn steps(names: &[String], current: usize) -> Markup {
    let name = names.get(current).map_or("", String::as_str);
    html! {
        div class="steps" {
            p class="steps-words" {
                "第 " (current + 1) " 步，共 " (names.len()) " 步"
                span class="steps-name" { "：" (name) }
            }
            ol class="steps-track" aria-hidden="true" {
                @for (place, name) in names.iter().enumerate() {
                    li class={
                        @if place < current { "step step-done" }
                        @else if place == current { "step step-here" }
                        @else { "step" }
                    } {
                        span class="step-mark" { @if place < current { (icon("check")) } @else { (place + 1) } }
                        span class="step-name" { (name) }
                    }
                }
            }
        }
    }
}

/// One of several views of the same thing, each with an address of its own.
#[derive(Clone, Debug)]
pub struct Tab {
    /// 材料.
    pub title: String,
    /// Where it is.
    pub href: String,
    /// How many things it holds.
    pub count: Option<i64>,
    /// Whether it is the one shown.
    pub here: bool,
}

impl Tab {
    /// A tab; `here` if it is the one shown.
    pub fn new(title: impl Into<String>, href: impl Into<String>, here: bool) -> Self {
        Self { title: title.into(), href: href.into(), count: None, here }
    }

    /// How many things it holds.
    pub fn count(mut self, count: i64) -> Self {
        self.count = Some(count);
        self
    }
}

/// Views of the same thing as links. `label` says of what: 办件的各部分.
pub fn tabs(label: &str, tabs: &[Tab]) -> Markup {
    html! {
        nav class="tabs" aria-label=(label) {
            ul {
                @for tab in tabs {
                    li {
                        a href=(tab.href) aria-current=[tab.here.then_some("page")] {
                            (tab.title)
                            @if let Some(held) = tab.count { (count(held)) }
                        }
                    }
                }
            }
        }
    }
}
