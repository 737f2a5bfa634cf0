//! The list of services: by what happens in a life, by organ, by theme, by words.

use ::store::Reader;
use access::Organ;
use axum::extract::Query;
use base::{Cursor, Day, Outcome};
use frame::parts::{self, Choice, Filter, Filters, Heading, Pager, SearchField, Tab, Tone, html};
use frame::{Cx, Reply};
use maud::Markup;
use serde::Deserialize;

use crate::api::{found, next_of};
use crate::store::{self, Line, Narrowed};
use crate::terms::{Codes, Kind, Theme, ThemeKind};

const PAGE: i64 = 20;

/// What stands in the address of the list.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    q: String,
    organ: String,
    theme: String,
    event: String,
    #[serde(rename = "for")]
    whom: String,
    after: String,
}

impl Asked {
    fn narrowed(&self) -> Narrowed {
        let filled = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Narrowed {
            organ: filled(&self.organ),
            theme: filled(&self.theme),
            event: filled(&self.event),
            object: filled(&self.whom),
        }
    }

    /// The address of this list with another place to begin at.
    fn with_after(&self, after: &str) -> String {
        let pairs = [
            ("q", self.q.as_str()),
            ("organ", &self.organ),
            ("theme", &self.theme),
            ("event", &self.event),
            ("for", &self.whom),
            ("after", after),
        ];
        let filled = pairs.iter().filter(|(_, value)| !value.is_empty());
        let query: Vec<String> = filled
            .map(|(name, value)| format!("{name}={}", frame::held::query_escape(value)))
            .collect();
        if query.is_empty() { "/services".into() } else { format!("/services?{}", query.join("&")) }
    }
}

/// What the page shows.
struct Shown {
    lines: Vec<Line>,
    next: Option<String>,
    total: Option<i64>,
    tallies: Vec<(String, String, i64)>,
    organs: Vec<(String, String, i64)>,
    codes: Codes,
    /// The organs of the lines that have ended.
    ended: Vec<Organ>,
}

/// The organs of these lines that have ended: nobody can apply for theirs.
fn ended(reader: &Reader<'_>, lines: &[Line], day: Day) -> Outcome<Vec<Organ>> {
    let mut ids: Vec<String> = lines.iter().map(|line| line.item.organ.clone()).collect();
    ids.sort();
    ids.dedup();
    access::organs_ended(reader, &ids, day)
}

impl Shown {
    fn tally(&self, facet: &str, code: &str) -> i64 {
        let found = self.tallies.iter().find(|(f, c, _)| f == facet && c == code);
        found.map_or(0, |(_, _, count)| *count)
    }

    fn all(&self) -> i64 {
        self.organs.iter().map(|(_, _, count)| count).sum()
    }
}

/// GET /services
pub(crate) async fn services(cx: Cx, Query(asked): Query<Asked>) -> Reply {
    let shown = look(&cx, &asked).await?;
    let codes = &shown.codes;
    let title = title(&asked, codes, &shown);
    let body = html! {
        (Heading::new(&title).lead(lead(&asked, codes)))
        (SearchField::new("/services", "搜索服务事项")
            .value(&asked.q)
            .example("说说您要办的事，例如：开饭店、工伤、公积金")
            .id("services-search"))
        // The counts of these tabs are those of the whole library, so they stand only over it.
        @if asked.q.is_empty() && unnarrowed(&asked) && shown.all() > 0 { (whom_tabs(&asked, &shown)) }
        @if asked.q.is_empty() && asked.narrowed().is_empty() {
            (events(&shown))
            (organs(&shown))
            (themes("themes-person", "个人按主题找", ThemeKind::Natural, &shown))
            (themes("themes-firm", "企业和组织按主题找", ThemeKind::Legal, &shown))
        } @else if asked.q.is_empty() && !unnarrowed(&asked) {
            (filters(&asked, codes, &shown))
        }
        (results(&asked, &shown))
    };
    let whole = asked.q.is_empty() && asked.narrowed().is_empty();
    Ok(super::list_page(&cx, &title, whole, body))
}

/// Narrowed by nothing but who applies.
fn unnarrowed(asked: &Asked) -> bool {
    asked.organ.is_empty() && asked.theme.is_empty() && asked.event.is_empty()
}

async fn look(cx: &Cx, asked: &Asked) -> Outcome<Shown> {
    let day = cx.now().day();
    let narrowed = asked.narrowed();
    if !asked.q.trim().is_empty() {
        let (slugs, next) = found(cx, &asked.q, &asked.after).await?;
        return cx
            .read(move |r| {
                let lines = store::lines(r, &slugs, day)?;
                Ok(Shown {
                    ended: ended(r, &lines, day)?,
                    lines,
                    next: next.clone(),
                    total: None,
                    // Nothing beside what was found is counted.
                    tallies: Vec::new(),
                    organs: Vec::new(),
                    codes: store::codes(r)?,
                })
            })
            .await;
    }
    let after = Cursor::decode(&asked.after).and_then(|keys| keys.into_iter().next());
    let after = after.unwrap_or_default();
    cx.read(move |r| {
        let mut lines = store::list(r, day, &narrowed, &after, PAGE + 1)?;
        let next = next_of(&mut lines, PAGE);
        Ok(Shown {
            ended: ended(r, &lines, day)?,
            lines,
            next,
            total: Some(store::tally(r, day, &narrowed)?),
            tallies: store::tallies(r, day)?,
            organs: store::organs(r, day)?,
            codes: store::codes(r)?,
        })
    })
    .await
}

fn title(asked: &Asked, codes: &Codes, shown: &Shown) -> String {
    if !asked.q.is_empty() {
        return format!("与“{}”有关的事项", asked.q.trim());
    }
    let theme = codes.theme(&asked.event).or_else(|| codes.theme(&asked.theme));
    let theme = theme.map(|theme| theme.title.as_str());
    let organ = shown.organs.iter().find(|(id, _, _)| *id == asked.organ);
    let organ = organ.map(|(_, name, _)| name.as_str());
    theme.or(organ).map_or_else(
        || match asked.whom.as_str() {
            "person" => "个人办事".to_owned(),
            "firm" => "企业和组织办事".to_owned(),
            _ => "办事情".to_owned(),
        },
        str::to_owned,
    )
}

fn lead(asked: &Asked, codes: &Codes) -> String {
    let event = codes.theme(&asked.event).filter(|event| !event.hint.is_empty());
    event.map_or_else(
        || "选一件事，看清条件、时间和材料，然后在网上办理。".to_owned(),
        |event| event.hint.clone(),
    )
}

fn whom_tabs(asked: &Asked, shown: &Shown) -> Markup {
    let tab = |words: &str, whom: &str, count: i64| {
        let to =
            Asked { whom: whom.into(), after: String::new(), q: String::new(), ..asked.clone() };
        Tab::new(words, to.with_after(""), asked.q.is_empty() && asked.whom == whom).count(count)
    };
    parts::tabs(
        "谁来办",
        &[
            tab("全部", "", shown.all()),
            tab("个人", "person", shown.tally("object", "person")),
            tab("企业和组织", "firm", shown.tally("object", "firm")),
        ],
    )
}

fn events(shown: &Shown) -> Markup {
    let events = shown.codes.themes(ThemeKind::Event);
    let body = html! {
        div class="grid grid-pairs" {
            @for event in events.filter(|event| shown.tally("event", &event.code) > 0) {
                a class="card-link" href={ "/services?event=" (event.code) } {
                    strong { (event.title) }
                    span { (event.hint) }
                    span class="meta" { (shown.tally("event", &event.code)) " 个事项" }
                }
            }
        }
    };
    let any = shown.tallies.iter().any(|(facet, _, count)| facet == "event" && *count > 0);
    html! { @if any { (parts::section("events", "遇到这些事", body)) } }
}

fn organs(shown: &Shown) -> Markup {
    let links = shown.organs.iter().map(|(id, name, count)| {
        (format!("/services?organ={}", frame::held::query_escape(id)), name.as_str(), *count)
    });
    columns("organs", "按部门找", links.collect())
}

fn themes(id: &str, title: &str, kind: ThemeKind, shown: &Shown) -> Markup {
    let links = shown.codes.themes(kind).filter_map(|theme| {
        let count = shown.tally("theme", &theme.code);
        (count > 0)
            .then(|| (format!("/services?theme={}", theme.code), theme.title.as_str(), count))
    });
    columns(id, title, links.collect())
}

/// A part of the list with its links; without any it is not there.
fn columns(id: &str, title: &str, links: Vec<(String, &str, i64)>) -> Markup {
    html! { @if !links.is_empty() { (parts::section(id, title, link_columns(links))) } }
}

fn link_columns(links: Vec<(String, &str, i64)>) -> Markup {
    html! {
        ul class="grid" {
            @for (href, title, count) in links {
                li { a href=(href) { (title) } " " span class="meta" { (count) " 项" } }
            }
        }
    }
}

fn filters(asked: &Asked, codes: &Codes, shown: &Shown) -> Markup {
    let organs = shown.organs.iter().map(|(id, name, _)| Choice::new(id, name)).collect();
    let known = |facet: &'static str| move |theme: &&Theme| shown.tally(facet, &theme.code) > 0;
    let natural = codes.themes(ThemeKind::Natural).filter(known("theme"));
    let natural = natural.map(|one| Choice::new(&one.code, format!("个人：{}", one.title)));
    let legal = codes.themes(ThemeKind::Legal).filter(known("theme"));
    let legal = legal.map(|one| Choice::new(&one.code, format!("企业：{}", one.title)));
    let events = codes.themes(ThemeKind::Event).filter(known("event"));
    let events = events.map(|one| Choice::new(&one.code, &one.title)).collect();
    let whom = vec![Choice::new("person", "个人"), Choice::new("firm", "企业和组织")];
    html! {
        (Filters::new("/services", [
            Filter::one("event", "遇到的事", &asked.event, events),
            Filter::one("organ", "部门", &asked.organ, organs),
            Filter::one("theme", "主题", &asked.theme, natural.chain(legal).collect()),
            Filter::one("for", "谁来办", &asked.whom, whom),
        ]))
    }
}

fn results(asked: &Asked, shown: &Shown) -> Markup {
    let todo = html! {
        p { "换一个说法试试，或者 " a href="/services" { "看全部事项" } "。" }
        p { "也可以拨打 12345，请工作人员帮您找。" }
    };
    let first = (!asked.after.is_empty()).then(|| asked.with_after(""));
    let next = shown.next.as_deref().map(|next| asked.with_after(next));
    let mut pager = Pager::new(next).first(first);
    if let Some(total) = shown.total {
        pager = pager.words(format!("共 {total} 个事项，本页 {} 个", shown.lines.len()));
    }
    let whole = asked.q.is_empty() && asked.narrowed().is_empty() && asked.after.is_empty();
    let none_yet = html! {
        p { "各部门的办事指南发布以后，会出现在这里。要办的事，请到政务服务大厅的窗口，或者拨打 12345。" }
    };
    let body = html! {
        @if shown.lines.is_empty() && whole { (parts::empty("还没有发布办事指南", none_yet)) }
        @else if shown.lines.is_empty() { (parts::empty("没有找到这样的事项", todo)) }
        @else {
            ul class="stack" { @for line in &shown.lines { (result(line, &shown.ended)) } }
            (pager)
        }
    };
    let title =
        if asked.q.is_empty() && asked.narrowed().is_empty() { "全部事项" } else { "事项" };
    parts::section("items", title, body)
}

fn result(line: &Line, ended: &[Organ]) -> Markup {
    let item = &line.item;
    let over = ended.iter().any(|organ| organ.id == item.organ);
    html! {
        li {
            h3 { a href={ "/services/" (line.slug) } { (line.name) } }
            p { (item.summary) }
            @if over { p { (parts::tag(Tone::Closed, "办理单位已撤销，现在不能申请")) } }
            p class="meta" {
                (line.organ_name) " · " (promise(line)) " · "
                @if item.visits == 0 { "不用到现场" } @else { "到现场 " (item.visits) " 次" }
                " · "
                @if item.fees.is_empty() { "不收费" } @else { "收费" }
            }
        }
    }
}

fn promise(line: &Line) -> String {
    let item = &line.item;
    let unit = if item.text("promised_limit_unit") == "calendar" { "天" } else { "个工作日" };
    match (item.kind, item.days("promised_limit")) {
        (Kind::OnTheSpot, _) | (_, Some(0) | None) => "当场办结".into(),
        (_, Some(days)) => format!("{days} {unit}办结"),
    }
}
