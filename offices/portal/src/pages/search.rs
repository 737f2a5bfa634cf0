//! Searching the whole site.

use ::search::{Fragment, Hit, Query as Asked, Results};
use axum::extract::Query;
use base::{Day, Fault, Outcome};
use frame::parts::{Heading, NoticeKind, Pager, SearchField, Tab, day, empty, notice, tabs};
use frame::shell::Layout;
use frame::{Cx, Reply, page};
use maud::{Markup, html};
use serde::Deserialize;

/// The nouns that can be searched alone.
const KINDS: &[(&str, &str)] =
    &[("", "全部"), ("item", "办事"), ("document", "信息"), ("dataset", "数据")];
/// Longer questions are cut: no phrase of a text is longer.
const WORDS_MAX: usize = 100;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    pub q: String,
    pub kind: String,
    pub after: String,
    /// `law`: a guide sent the reader here to read the law of this title.
    #[serde(rename = "for")]
    pub sought: String,
}

impl Wanted {
    fn words(&self) -> String {
        self.q.trim().chars().take(WORDS_MAX).collect()
    }
}

/// Asks the index. It works on the processor, so it has a thread of its own.
pub(crate) async fn ask(cx: &Cx, wanted: &Wanted) -> Outcome<Results> {
    let words = wanted.words();
    if words.is_empty() {
        return Ok(Results::default());
    }
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let query = Asked { kind: some(&wanted.kind), after: some(&wanted.after), ..Asked::new(words) };
    let index = cx.hall().search.clone();
    let results = tokio::task::spawn_blocking(move || index.search(&query))
        .await
        .map_err(|error| Fault::while_doing("searching", error))?
        .map_err(|error| Fault::while_doing("searching", error))?;
    Ok(results)
}

/// `GET /search`
pub(crate) async fn show(cx: Cx, Query(wanted): Query<Wanted>) -> Reply {
    let results = ask(&cx, &wanted).await?;
    let words = wanted.words();
    let title = if words.is_empty() { "搜索".to_owned() } else { format!("搜索“{words}”") };
    let body = html! {
        (Heading::new(&title))
        @if words.is_empty() {
            (SearchField::new("/search", "搜索全站").example("例如：开饭店、公积金、电子政务").id("page-search"))
            p { "输入几个字就能搜：事项名称、文件标题、文号，或者正文里的任何一句话。" }
        } @else {
            (kinds(&wanted, &words))
            @let lacking = lacks_law(&wanted, &words, &results);
            @if lacking { (law_elsewhere(&words)) }
            @if !lacking || results.total > 0 { (answer(&wanted, &words, &results)) }
        }
    };
    Ok(page::laid_out(&cx, &title, &[], Layout::Reading, &words, body))
}

/// Whether a law is looked for that is not among what was found: on the first page it would stand
/// first, since its title is the question.
fn lacks_law(wanted: &Wanted, words: &str, results: &Results) -> bool {
    let is_it = |hit: &Hit| {
        let title: String = hit.title.iter().map(|fragment| fragment.text.as_str()).collect();
        hit.kind == "document" && title.contains(words)
    };
    wanted.sought == "law" && wanted.after.is_empty() && !results.hits.iter().any(is_it)
}

/// Where to read a law that the site has not taken in.
fn law_elsewhere(title: &str) -> Markup {
    notice(
        NoticeKind::Info,
        &format!("本站还没有收录《{title}》"),
        html! {
            p {
                "全文可以在"
                a href="https://flk.npc.gov.cn/" rel="noreferrer" { "国家法律法规数据库" }
                "按名称查找。办事指南引用的条文以公布的文本为准；本站收录以后，指南里的链接会直接找到它。"
            }
        },
    )
}

fn address(words: &str, kind: &str, after: Option<&str>) -> String {
    let mut address = format!("/search?q={}", frame::held::query_escape(words));
    for (name, value) in [("kind", kind), ("after", after.unwrap_or_default())] {
        if !value.is_empty() {
            address.push_str(&format!("&{name}={}", frame::held::query_escape(value)));
        }
    }
    address
}

fn kinds(wanted: &Wanted, words: &str) -> Markup {
    let tab = |(kind, title): &(&str, &str)| {
        Tab::new(*title, address(words, kind, None), wanted.kind == *kind)
    };
    tabs("搜索范围", &KINDS.iter().map(tab).collect::<Vec<_>>())
}

fn answer(wanted: &Wanted, words: &str, results: &Results) -> Markup {
    if results.total == 0 {
        return empty(
            &format!("没有找到“{words}”"),
            html! {
                ul {
                    li { "换一个说法，或者只写其中两三个字" }
                    li { "几个词之间加空格，表示每个词都要有" }
                    @if !wanted.kind.is_empty() { li { a href=(address(words, "", None)) { "在全部内容里找" } } }
                    li { "还是找不到的，请拨打 12345 告诉我们您要办的事" }
                }
            },
        );
    }
    let next = results.next.as_deref().map(|after| address(words, &wanted.kind, Some(after)));
    let first = (!wanted.after.is_empty()).then(|| address(words, &wanted.kind, None));
    html! {
        @if results.relaxed {
            (notice(NoticeKind::Info, "没有一字不差的内容", html! {
                p { "下面是包含其中大部分词的结果。" }
            }))
        }
        p class="meta" role="status" { "找到 " (results.total) " 条" }
        ol class="results" { @for hit in &results.hits { (line(hit)) } }
        (Pager::new(next).first(first))
    }
}

fn line(hit: &Hit) -> Markup {
    let kind = KINDS.iter().find(|(kind, _)| *kind == hit.kind).map_or("", |(_, title)| *title);
    let said: Vec<&str> = [kind, hit.organ.as_str(), hit.number.as_str()]
        .into_iter()
        .filter(|words| !words.is_empty())
        .collect();
    html! {
        li class="result" {
            h2 class="result-title" { a href=(hit.url) { (marked(&hit.title)) } }
            p { (marked(&hit.snippet)) }
            p class="meta" {
                (said.join("，"))
                @if hit.published_on > 0 {
                    @if !said.is_empty() { "，" }
                    (day(Day::from_number(hit.published_on)))
                }
            }
        }
    }
}

fn marked(fragments: &[Fragment]) -> Markup {
    html! {
        @for fragment in fragments {
            @if fragment.hit { mark { (fragment.text) } } @else { (fragment.text) }
        }
    }
}
