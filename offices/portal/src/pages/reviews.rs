//! The reviewer's desk: what waits, what is open, and the conclusion over the very text that was
//! looked at.

use axum::extract::{Path, Query};
use base::{Day, Id, Refusal, RefusalKind, Stop};
use data_encoding::HEXLOWER;
use frame::parts::{
    Button, Choice, Column, Crumb, Field, Heading, NoticeKind, Pager, Render, Row, Tab, Table,
    banner, button_row, day, details, empty, error_summary, hidden, legal_basis, moment_said,
    notice, post_form, section, tabs,
};
use frame::{ActCx, Cx, Filled, Reply, not_found, page};
use serde::Deserialize;

use super::drafts::found;
use super::{PAGE, by_change, by_day, id_of, kept, next_by_change, next_by_day};
use crate::rules::scan::Scanned;
use crate::terms::{Conclusion, Document, Heading as Line, Manner, Reviewed, State};
use crate::{acts, store};
use maud::{Markup, html};

const HERE: &str = "/desk/reviews";

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    tab: String,
    after: String,
    done: String,
}

const TABS: &[(&str, &str, State)] = &[
    ("", "待审核", State::InReview),
    ("published", "已发布", State::Published),
    ("withdrawn", "已撤下", State::Withdrawn),
    ("kept", "不公开", State::Kept),
];

/// `GET /desk/reviews`
pub(crate) async fn list(cx: Cx, Query(wanted): Query<Wanted>) -> Reply {
    let here = TABS.iter().find(|(name, ..)| *name == wanted.tab).or_else(|| TABS.first());
    let Some((name, _, state)) = here else { return Err(not_found("这一页").into()) };
    let (day, change, state) = (by_day(&wanted.after), by_change(&wanted.after), *state);
    let (lines, waiting) = cx
        .read(move |r| {
            let lines = match state {
                State::Published => store::latest(r, day, PAGE)?,
                State::InReview => store::in_state(r, state, change, PAGE)?,
                _ => store::ended(r, state, change, PAGE)?,
            };
            Ok((lines, store::waiting(r)?))
        })
        .await?;
    let key = if state == State::Published { next_by_day(&lines) } else { next_by_change(&lines) };
    let address = |tab: &str| match tab {
        "" => HERE.to_owned(),
        tab => format!("{HERE}?tab={tab}"),
    };
    let next = key.map(|key| match *name {
        "" => format!("{HERE}?after={key}"),
        tab => format!("{HERE}?tab={tab}&after={key}"),
    });
    let tab = |(tab, title, _): &(&str, &str, State)| {
        let shown = Tab::new(*title, address(tab), tab == name);
        if tab.is_empty() { shown.count(waiting) } else { shown }
    };
    let body = html! {
        @if let Some(words) = done(&wanted.done) { (banner(NoticeKind::Success, html! { (words) })) }
        (Heading::new("信息审核"))
        (tabs("按状态", &TABS.iter().map(tab).collect::<Vec<_>>()))
        (table(&lines, state, cx.now().day()))
        (Pager::new(next).first((!wanted.after.is_empty()).then(|| address(name))))
    };
    page::desk(&cx, "信息审核", &[], body).await
}

fn done(state: &str) -> Option<&'static str> {
    match state {
        "published" => Some("已发布，读者现在可以看到。"),
        "draft" => Some("已退回给编辑修改。"),
        "kept" => Some("已定为不公开，编辑可以看到理由。"),
        "taken_back" => Some("已撤下，读者不能再看到。"),
        _ => None,
    }
}

fn table(lines: &[Line], state: State, today: Day) -> Markup {
    let rows = lines.iter().map(|line| {
        let when = match line.published_on.filter(|_| state == State::Published) {
            Some(on) => day(on),
            None => moment_said(line.updated_at, today),
        };
        Row::new([html! { (line.title) }, html! { (line.editor_name) }, when])
            .href(format!("{HERE}/{}", line.id))
    });
    let (caption, when, nothing) = match state {
        State::Published => ("已发布的信息", "发布日期", "还没有发布过信息"),
        State::Withdrawn => ("已撤下的信息", "撤下时间", "没有撤下过信息"),
        State::Kept => ("审核以后定为不公开的信息", "审核时间", "没有定为不公开的信息"),
        _ => ("等待审核的信息，先送的在前", "送审时间", "没有等待审核的信息"),
    };
    let words = match state {
        State::Draft | State::InReview => "编辑送审以后会出现在这里。",
        State::Published => "审核为公开的信息会出现在这里。",
        State::Withdrawn | State::Kept => "记录和理由会一直保留在这里。",
    };
    Table::new(caption)
        .columns([Column::new("标题"), Column::new("编辑").narrow(), Column::new(when).narrow()])
        .rows(rows)
        .empty(empty(nothing, html! { p { (words) } }))
        .render()
}

/// `GET /desk/reviews/{id}`
pub(crate) async fn look(cx: Cx, Path(id): Path<String>) -> Reply {
    shown(&cx, id_of(&id)?, &ReviewForm::default(), None).await
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ReviewForm {
    hash: String,
    conclusion: String,
    remark: String,
}

/// `POST /desk/reviews/{id}`
pub(crate) async fn conclude(
    cx: ActCx,
    Path(id): Path<String>,
    Filled(form): Filled<ReviewForm>,
) -> Reply {
    let id = id_of(&id)?;
    let Some(conclusion) = Conclusion::parse(&form.conclusion) else {
        let words = "请选择审核结论";
        let refusal = Refusal::new(RefusalKind::Invalid, "portal.no_conclusion", words)
            .field("conclusion", words);
        return shown(&cx, id, &form, Some(&refusal)).await.map(page::invalid);
    };
    let hash = super::hash_of(&form.hash);
    match acts::review(&cx, id, hash, conclusion, &form.remark).await {
        Ok(state) => {
            kept::forget(id);
            Ok(frame::serve::see_other(&format!("{HERE}?done={}", state.as_str())))
        }
        Err(stop) => again_with(&cx, id, &form, stop).await,
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct WithdrawForm {
    reason: String,
}

/// `POST /desk/reviews/{id}/withdraw`
pub(crate) async fn withdraw(
    cx: ActCx,
    Path(id): Path<String>,
    Filled(form): Filled<WithdrawForm>,
) -> Reply {
    let id = id_of(&id)?;
    match acts::withdraw(&cx, id, &form.reason).await {
        Ok(()) => {
            kept::forget(id);
            Ok(frame::serve::see_other(&format!("{HERE}?tab=published&done=taken_back")))
        }
        Err(stop) => again(&cx, id, stop).await,
    }
}

/// The page of a document once more, with what was wrong.
pub(super) async fn again(cx: &Cx, id: Id<Document>, stop: Stop) -> Reply {
    again_with(cx, id, &ReviewForm::default(), stop).await
}

async fn again_with(cx: &Cx, id: Id<Document>, form: &ReviewForm, stop: Stop) -> Reply {
    let shown_again = [RefusalKind::Invalid, RefusalKind::Conflict];
    match &stop {
        Stop::Refused(refusal) if shown_again.contains(&refusal.kind) => {
            shown(cx, id, form, Some(refusal)).await.map(page::invalid)
        }
        _ => Err(stop.into()),
    }
}

async fn shown(cx: &Cx, id: Id<Document>, form: &ReviewForm, refused: Option<&Refusal>) -> Reply {
    let reviewer = cx.permit()?.account().to_owned();
    let (document, reviews, organ, import, before) = cx
        .read(move |r| {
            let document = store::document(r, id)?;
            // A draft belongs to its editor alone.
            let document = document
                .filter(|document| document.state != State::Draft)
                .ok_or_else(|| not_found("这份待审核的信息"))?;
            let organ = access::organ_by_id(r, &document.organ)?;
            let (import, before) = (store::import(r, id)?, store::before(r, id)?);
            Ok((document, store::reviews_of(r, id)?, organ, import, before))
        })
        .await?;
    let body = html! {
        @if let Some(refusal) = refused {
            (error_summary(&refusal.fields))
            @if refusal.fields.is_empty() {
                (notice(NoticeKind::Danger, &refusal.message, html! {
                    @if let Some(ground) = &refusal.ground { p { "依据：" (ground) } }
                    @if let Some(remedy) = &refusal.remedy { p { (remedy) } }
                }))
            }
        }
        @if document.state.is_ended() {
            (notice(NoticeKind::Info, document.state.title(), html! {
                @if let Some(reason) = &document.returned { p { "理由：" (reason) } }
                p { "编辑可以重新起草，再送审。" }
            }))
        }
        @if let Some(kin) = &before { (super::drafts::follows(kin, HERE)) }
        div class="columns" {
            (super::article::body(&document, organ.as_ref()))
            div class="stack" {
                (found(&Scanned::of(&document).findings))
                p { "编辑：" (document.editor_name) }
                @if document.state == State::InReview {
                    (verdict(&document, form, refused))
                }
                @if document.state == State::Published {
                    @if let Some(import) = import.as_ref().filter(|one| one.checked_at.is_none()) {
                        (super::imports::beside(&document, import, &reviewer))
                    }
                    (taking_back(&document, refused))
                }
                @if !reviews.is_empty() { (details("以前的审核", past(&reviews, cx.now().day()))) }
            }
        }
    };
    page::desk(cx, &document.title, &[Crumb::new("信息审核", HERE)], body).await
}

fn wrong(refused: Option<&Refusal>, name: &str) -> Option<String> {
    let error = refused?.fields.iter().find(|error| error.field == name)?;
    Some(error.message.clone())
}

fn verdict(document: &Document, form: &ReviewForm, refused: Option<&Refusal>) -> Markup {
    let choice = |conclusion: Conclusion, hint: &str| {
        Choice::new(conclusion.as_str(), conclusion.title()).hint(hint)
    };
    let choices = vec![
        choice(Conclusion::Open, "立即发布，读者可以看到"),
        choice(Conclusion::Return, "编辑改好以后再送审"),
        choice(Conclusion::Keep, "不发布，理由存档"),
    ];
    section(
        "verdict",
        "审核结论",
        html! {
            (legal_basis("《中华人民共和国保守国家秘密法实施条例》第四十二条"))
            (post_form(&format!("{HERE}/{}", document.id), None, html! {
                // What is published is what was looked at: the hash of the text above.
                (hidden("hash", &HEXLOWER.encode(&document.text_hash)))
                (Field::radios("conclusion", "结论", choices).value(&form.conclusion)
                    .error(wrong(refused, "conclusion")))
                (Field::area("remark", "意见", 4).hint("退回或者不公开的，请写明理由").value(&form.remark)
                    .max(500).error(wrong(refused, "remark")))
                (button_row(html! { (Button::new("提交审核结论")) }))
            }))
        },
    )
}

fn taking_back(document: &Document, refused: Option<&Refusal>) -> Markup {
    section(
        "withdraw",
        "撤下",
        html! {
            (post_form(&format!("{HERE}/{}/withdraw", document.id), None, html! {
                (Field::area("reason", "撤下的理由", 3).max(500).error(wrong(refused, "reason")))
                (Button::danger(format!("撤下《{}》", document.title))
                    .consequence("撤下以后读者不能再看到，搜索也找不到；记录和理由保留"))
            }))
        },
    )
}

/// Reviews that were concluded.
pub(super) fn past(reviews: &[Reviewed], today: Day) -> Markup {
    html! {
        ul {
            @for review in reviews {
                li {
                    @match review.manner {
                        Manner::Imported => { "审核方式：批量导入，由" (review.reviewer_name) "负责" }
                        Manner::Reviewed(conclusion) => { (conclusion.title()) "，" (review.reviewer_name) }
                    }
                    "，" (moment_said(review.at, today))
                    @if !review.remark.is_empty() { "：" (review.remark) }
                }
            }
        }
    }
}
