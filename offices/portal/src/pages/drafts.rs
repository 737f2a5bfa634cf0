//! The editor's desk: drafts, what is in review, what is open.

use axum::extract::{Path, Query};
use axum::response::Response;
use base::{BadDay, Day, FieldError, Id, Outcome, Refusal, RefusalKind, Stop};
use frame::parts::{
    Button, Choice, Column, Crumb, Field, Heading, NoticeKind, Pager, Row, Tab, Table, Tone, Width,
    banner, button_row, day, details, empty, error_summary, hidden, link_button, moment_said,
    notice, post_form, section, tabs, tag,
};
use frame::{ActCx, Cx, Filled, Reply, not_found, page};
use serde::Deserialize;

use super::{PAGE, by_change, id_of, next_by_change};
use crate::acts::{self, Entered};
use crate::rules::draft;
use crate::rules::scan::Scanned;
use crate::store;
use crate::terms::{Document, Finding, Kin, Shelf, State};
use maud::{Markup, html};

const HERE: &str = "/desk/documents";
const TABS: &[(&str, &str, State)] = &[
    ("", "草稿", State::Draft),
    ("in_review", "待审核", State::InReview),
    ("published", "已发布", State::Published),
    ("withdrawn", "已撤下", State::Withdrawn),
    ("kept", "不公开", State::Kept),
];

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    tab: String,
    before: String,
    done: String,
}

/// `GET /desk/documents`
pub(crate) async fn list(cx: Cx, Query(wanted): Query<Wanted>) -> Reply {
    let here = TABS.iter().find(|(name, ..)| *name == wanted.tab).or_else(|| TABS.first());
    let Some((name, title, state)) = here else { return Err(not_found("这一页").into()) };
    let (before, state) = (by_change(&wanted.before), *state);
    let editor = cx.permit()?.account().to_owned();
    let (lines, shelves) = cx
        .read(move |r| Ok((store::of_editor(r, &editor, state, before, PAGE)?, store::shelves(r)?)))
        .await?;
    let address = |key: Option<&str>| match (name.is_empty(), key) {
        (true, None) => HERE.to_owned(),
        (false, None) => format!("{HERE}?tab={name}"),
        (_, Some(key)) => format!("{HERE}?tab={name}&before={key}"),
    };
    let tab = |(name, title, _): &(&str, &str, State)| {
        let path = if name.is_empty() { HERE.into() } else { format!("{HERE}?tab={name}") };
        Tab::new(*title, path, *name == wanted.tab)
    };
    let rows = lines.iter().map(|line| {
        let column = shelves.iter().find(|shelf| shelf.column.slug == line.column);
        Row::new([
            html! { (line.title) },
            html! { (column.map_or(line.column.as_str(), |shelf| shelf.column.title.as_str())) },
            moment_said(line.updated_at, cx.now().day()),
        ])
        .href(format!("{HERE}/{}", line.id))
    });
    let nothing = empty(
        &format!("没有{title}的信息"),
        html! {
            p { a href={ (HERE) "/new" } { "起草一份" } }
        },
    );
    let body = html! {
        (Heading::new("我起草的信息").side(link_button("起草信息", "/desk/documents/new")))
        (tabs("按状态", &TABS.iter().map(tab).collect::<Vec<_>>()))
        (Table::new(*title).caption_hidden().columns([
            Column::new("标题"), Column::new("栏目").narrow(), Column::new("最近改动").narrow(),
        ]).rows(rows).empty(nothing))
        (Pager::new(next_by_change(&lines).map(|key| address(Some(&key))))
            .first(before.map(|_| address(None))))
        (stale(&shelves, cx.now().day()))
    };
    page::desk(&cx, "我起草的信息", &[], body).await
}

/// The columns whose promise of something new has passed.
fn stale(shelves: &[Shelf], today: Day) -> Markup {
    let late: Vec<&Shelf> = shelves.iter().filter(|shelf| shelf.is_stale(today)).collect();
    html! {
        @if !late.is_empty() {
            (section("stale", "超过更新期限的栏目", html! {
                ul {
                    @for shelf in late {
                        li {
                            a href={ "/info/" (shelf.column.slug) } { (shelf.column.title) }
                            @if let Some(on) = shelf.latest_on { "，最近更新 " (day(on)) }
                            @if let Some(days) = shelf.column.freshness_days { "，应当 " (days) " 天内更新一次" }
                        }
                    }
                }
            }))
        }
    }
}

/// What the form of a draft sends.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct DraftForm {
    column: String,
    title: String,
    number: String,
    maker: String,
    written_on: String,
    effective_on: String,
    text: String,
    version: String,
}

impl DraftForm {
    fn of(document: &Document) -> Self {
        let written = |day: Option<Day>| day.map(|day| day.to_string()).unwrap_or_default();
        Self {
            column: document.column.clone(),
            title: document.title.clone(),
            number: document.number.clone().unwrap_or_default(),
            maker: document.maker.clone().unwrap_or_default(),
            written_on: written(document.written_on),
            effective_on: written(document.effective_on),
            text: draft::text(&document.blocks),
            version: document.version.to_string(),
        }
    }

    fn entered(&self) -> Result<Entered, Refusal> {
        let mut refusal = Refusal::new(RefusalKind::Invalid, "portal.entered", "日期需要修改");
        let mut take = |name: &str, typed: &str| {
            let typed = typed.trim();
            if typed.is_empty() {
                return None;
            }
            let complain = |why: BadDay| {
                let message = why.words(typed);
                refusal.fields.push(FieldError { field: name.into(), message });
            };
            Day::typed(typed).map_err(complain).ok()
        };
        let written_on = take("written_on", &self.written_on);
        let effective_on = take("effective_on", &self.effective_on);
        if !refusal.fields.is_empty() {
            return Err(refusal);
        }
        Ok(Entered {
            column: self.column.clone(),
            title: self.title.clone(),
            number: self.number.clone(),
            maker: self.maker.clone(),
            written_on,
            effective_on,
            text: self.text.clone(),
        })
    }
}

/// `GET /desk/documents/new`
pub(crate) async fn new(cx: Cx) -> Reply {
    form_page(&cx, None, &DraftForm::default(), None).await
}

/// `POST /desk/documents/new`
pub(crate) async fn create(cx: ActCx, Filled(form): Filled<DraftForm>) -> Reply {
    match save(&cx, None, &form).await {
        Ok(id) => Ok(frame::serve::see_other(&format!("{HERE}/{id}?done=saved"))),
        Err(stop) => again(&cx, None, &form, stop).await,
    }
}

async fn save(cx: &ActCx, id: Option<Id<Document>>, form: &DraftForm) -> Outcome<Id<Document>> {
    let entered = form.entered()?;
    let existing = id.map(|id| (id, form.version.parse().unwrap_or_default()));
    acts::save_draft(cx, existing, entered).await
}

/// The form once more, with what was entered and what is wrong with it.
async fn again(cx: &Cx, id: Option<Id<Document>>, form: &DraftForm, stop: Stop) -> Reply {
    let Stop::Refused(refusal) = &stop else { return Err(stop.into()) };
    if !matches!(refusal.kind, RefusalKind::Invalid | RefusalKind::Conflict) {
        return Err(stop.into());
    }
    let document = match id {
        Some(id) => Some(own(cx, id).await?),
        None => None,
    };
    form_page(cx, document.as_ref(), form, Some(refusal)).await.map(page::invalid)
}

async fn own(cx: &Cx, id: Id<Document>) -> Outcome<Document> {
    let document = cx.read(move |r| store::document(r, id)).await?;
    let account = cx.permit()?.account();
    let document = document.filter(|document| document.editor == account);
    Ok(document.ok_or_else(|| not_found("这份信息"))?)
}

/// `GET /desk/documents/{id}`
pub(crate) async fn edit(cx: Cx, Path(id): Path<String>, Query(wanted): Query<Wanted>) -> Reply {
    let document = own(&cx, id_of(&id)?).await?;
    if document.state == State::Draft {
        let form = DraftForm::of(&document);
        return form_page_with(&cx, Some(&document), &form, None, wanted.done == "saved").await;
    }
    settled(&cx, &document, wanted.done == "sent").await
}

/// `POST /desk/documents/{id}/redraft`
pub(crate) async fn redraft(cx: ActCx, Path(id): Path<String>) -> Reply {
    let draft = acts::redraft(&cx, id_of(&id)?).await?;
    Ok(frame::serve::see_other(&format!("{HERE}/{draft}")))
}

/// `POST /desk/documents/{id}`
pub(crate) async fn change(
    cx: ActCx,
    Path(id): Path<String>,
    Filled(form): Filled<DraftForm>,
) -> Reply {
    let id = id_of(&id)?;
    match save(&cx, Some(id), &form).await {
        Ok(id) => Ok(frame::serve::see_other(&format!("{HERE}/{id}?done=saved"))),
        Err(stop) => again(&cx, Some(id), &form, stop).await,
    }
}

/// `POST /desk/documents/{id}/send`: saves what the form holds and sends it to review.
pub(crate) async fn send(
    cx: ActCx,
    Path(id): Path<String>,
    Filled(form): Filled<DraftForm>,
) -> Reply {
    let id = id_of(&id)?;
    if let Err(stop) = save(&cx, Some(id), &form).await {
        return again(&cx, Some(id), &form, stop).await;
    }
    acts::send_to_review(&cx, id).await?;
    Ok(frame::serve::see_other(&format!("{HERE}/{id}?done=sent")))
}

async fn form_page(
    cx: &Cx,
    document: Option<&Document>,
    form: &DraftForm,
    refused: Option<&Refusal>,
) -> Result<Response, frame::Problem> {
    form_page_with(cx, document, form, refused, false).await
}

async fn form_page_with(
    cx: &Cx,
    document: Option<&Document>,
    form: &DraftForm,
    refused: Option<&Refusal>,
    saved: bool,
) -> Result<Response, frame::Problem> {
    let id = document.map(|document| document.id);
    let (shelves, before) = cx
        .read(move |r| {
            let before = id.map(|id| store::before(r, id)).transpose()?.flatten();
            Ok((store::shelves(r)?, before))
        })
        .await?;
    let title = if document.is_some() { "修改草稿" } else { "起草信息" };
    let action = document.map_or_else(|| format!("{HERE}/new"), |d| format!("{HERE}/{}", d.id));
    let body = html! {
        @if saved { (banner(NoticeKind::Success, html! { "草稿已保存。" })) }
        (Heading::new(title))
        @if let Some(refusal) = refused {
            (error_summary(&refusal.fields))
            @if refusal.fields.is_empty() {
                (notice(NoticeKind::Danger, &refusal.message, html! {
                    @if let Some(remedy) = &refusal.remedy { p { (remedy) } }
                }))
            }
        }
        @if let Some(returned) = document.and_then(|document| document.returned.as_ref()) {
            (notice(NoticeKind::Warning, "审核人退回，请修改", html! { p { (returned) } }))
        }
        @if let Some(kin) = &before { (follows(kin, HERE)) }
        div class="columns" {
            (post_form(&action, None, html! {
                (fields(form, &shelves, refused))
                (hidden("version", &form.version))
                (button_row(html! {
                    @if document.is_some() {
                        (Button::new("保存并送审").to(format!("{action}/send")))
                        (Button::secondary("保存草稿"))
                    } @else {
                        (Button::new("保存草稿").consequence("保存以后显示预检结果，再送审"))
                    }
                }))
            }))
            @if let Some(document) = document { (found(&Scanned::of(document).findings)) }
        }
    };
    page::desk(cx, title, &[Crumb::new("我起草的信息", HERE)], body).await
}

fn fields(form: &DraftForm, shelves: &[Shelf], refused: Option<&Refusal>) -> Markup {
    let wrong = |name: &str| {
        let fields = refused.map(|refusal| refusal.fields.as_slice()).unwrap_or_default();
        fields.iter().find(|error| error.field == name).map(|error| error.message.clone())
    };
    let columns =
        shelves.iter().map(|shelf| Choice::new(&shelf.column.slug, &shelf.column.title)).collect();
    html! {
        (Field::select("column", "栏目", columns).value(&form.column).error(wrong("column")))
        (Field::text("title", "标题").value(&form.title).max(200).error(wrong("title")))
        (Field::text("number", "发文字号").hint("例如：鄂州政发〔2026〕3号").optional()
            .width(Width::Long).max(100).value(&form.number).error(wrong("number")))
        (Field::text("maker", "制定机关").optional().width(Width::Long).max(200).value(&form.maker)
            .error(wrong("maker")))
        (Field::date("written_on", "成文日期").optional().value(&form.written_on)
            .error(wrong("written_on")))
        (Field::date("effective_on", "施行日期").optional().value(&form.effective_on)
            .error(wrong("effective_on")))
        (Field::area("text", "正文", 24).hint("一行一段；小标题前写“## ”，下一级写“### ”；列表每行前写“- ”或“1. ”")
            .value(&form.text).error(wrong("text")))
    }
}

/// What the pre-scan found, beside the text.
pub(super) fn found(findings: &[Finding]) -> Markup {
    html! {
        aside class="card" aria-labelledby="findings-title" {
            h2 id="findings-title" { "发布前预检" }
            @if findings.is_empty() {
                p { (tag(Tone::Good, "没有发现问题")) }
                p { "预检只找密级标志、涉密用语和个人号码，不能代替保密审查。" }
            } @else {
                ul class="stack" {
                    @for finding in findings {
                        li {
                            (tag(if finding.kind.stops() { Tone::Late } else { Tone::Soon }, finding.kind.title()))
                            p { (finding.context) }
                            @if finding.kind.stops() { p class="hint" { "有这一处就不能发布，请删去或者遮盖" } }
                            @else { p class="hint" { "请核对是否可以公开" } }
                        }
                    }
                }
            }
        }
    }
}

/// From which document this one goes on, and why that one ended.
pub(super) fn follows(kin: &Kin, desk: &str) -> Markup {
    notice(
        NoticeKind::Info,
        "重新起草",
        html! {
            p {
                "前一份：" a href={ (desk) "/" (kin.id) } { (kin.title) } "，" (kin.state.title())
                @if let Some(reason) = &kin.returned { "。理由：" (reason) }
            }
        },
    )
}

/// A document that is no draft any more: as it stands, with its reviews, and the way on.
async fn settled(cx: &Cx, document: &Document, sent: bool) -> Reply {
    let id = document.id;
    let (reviews, before, after) = cx
        .read(move |r| Ok((store::reviews_of(r, id)?, store::before(r, id)?, store::after(r, id)?)))
        .await?;
    let findings = Scanned::of(document).findings;
    let body = html! {
        @if sent { (banner(NoticeKind::Success, html! { "已送审。" })) }
        (notice(NoticeKind::Info, document.state.title(), html! {
            @match document.state {
                State::Published => p { "读者看到的页面：" a href=(document.url()) { (document.title) } },
                State::InReview => (waits(&findings)),
                _ => @if let Some(reason) = &document.returned { p { "理由：" (reason) } },
            }
        }))
        @if document.state.is_ended() { (way_back(document, after.as_ref())) }
        @if let Some(kin) = &before { (follows(kin, HERE)) }
        @if document.state == State::InReview {
            div class="columns" { (super::article::body(document, None)) (found(&findings)) }
        } @else {
            (super::article::body(document, None))
        }
        @if !reviews.is_empty() {
            (details("审核记录", super::reviews::past(&reviews, cx.now().day())))
        }
    };
    page::desk(cx, &document.title, &[Crumb::new("我起草的信息", HERE)], body).await
}

/// What becomes of a document in review, and what its reviewer sees beside it.
fn waits(findings: &[Finding]) -> Markup {
    let stops = findings.iter().filter(|finding| finding.kind.stops()).count();
    html! {
        @if stops > 0 {
            p { "预检发现 " (stops) " 处不能公开的内容。审核人会看到下面的预检结果，不能发布，会退回给您修改。" }
        } @else {
            p { "审核人会看到正文和下面的预检结果，审过以后发布，或者退回给您修改。" }
        }
    }
}

/// The way of an ended document back to its readers: a new draft.
fn way_back(document: &Document, after: Option<&Kin>) -> Markup {
    html! {
        @match after.filter(|kin| !kin.state.is_ended()) {
            Some(kin) => p {
                "已经重新起草：" a href={ (HERE) "/" (kin.id) } { (kin.title) } "，" (kin.state.title())
            },
            None => (post_form(&format!("{HERE}/{}/redraft", document.id), None, html! {
                (button_row(html! {
                    (Button::secondary("重新起草")
                        .consequence("生成一份新的草稿，改好以后送审；这一份、理由和审核记录都保留"))
                }))
            })),
        }
    }
}
