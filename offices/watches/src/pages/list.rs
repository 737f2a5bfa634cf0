//! One list with its files, and the report on one file: what was taken in, what was not and why.

use access::{Over, authorise};
use axum::extract::{Path, Query};
use base::{Cursor, Id};
use frame::parts::{
    Button, Column, Crumb, Field, Heading, NoticeKind, Pager, Row, Stat, Table, Tone, button_row,
    empty, moment, notice, post_form, section, stats, tag,
};
use frame::serve::see_other;
use frame::{ActCx, Cx, Filled, Reasoned, Reply, Wrong, not_found, page, shown_again};
use maud::{Markup, html};
use serde::Deserialize;

use super::lists::HERE;
use super::{HERE as DESK, TITLE};
use crate::acts;
use crate::rules;
use crate::store as rows;
use crate::terms::{Load, PayList, Refused, SEE, Stage, UPLOAD};

const PAGE: i64 = 30;
const LINES_PAGE: i64 = 100;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    after: String,
}

/// `GET /desk/watches/lists/{id}`
pub(crate) async fn one(cx: Cx, Path(id): Path<String>, Query(wanted): Query<Wanted>) -> Reply {
    let unknown = || not_found("这份名单");
    let id: Id<PayList> = id.parse().map_err(|_| unknown())?;
    let before = wanted.after.parse().unwrap_or(i64::MAX);
    let actor = cx.actor().clone();
    let (list, mut loads) = cx
        .read(move |r| {
            let list = rows::list(r, id)?.ok_or_else(|| not_found("这份名单"))?;
            // It is not told that there is one.
            authorise(r, &actor, &SEE, Over::Organ(list.organ.clone()))
                .map_err(|_| not_found("这份名单"))?;
            let loads = rows::loads_of(r, id, (before, PAGE + 1))?;
            Ok((list, loads))
        })
        .await?;
    let size = usize::try_from(PAGE).unwrap_or(usize::MAX);
    let more = loads.len() > size;
    loads.truncate(size);
    let next =
        loads.last().filter(|_| more).map(|load| format!("{HERE}/{id}?after={}", load.place));
    let first = (!wanted.after.is_empty()).then(|| format!("{HERE}/{id}"));
    let row = |load: &Load| {
        Row::new([
            html! { (load.name) },
            html! { (load.extent.title()) },
            stage(load.stage),
            moment(load.at),
            html! { (load.by_name) },
            html! { (load.taken) },
            html! { (load.refused) },
        ])
        .href(format!("{DESK}/loads/{}", load.id))
    };
    let nothing = empty("还没有上传过文件", html! { p { "在“名单”里上传。" } });
    let body = html! {
        (Heading::new(&list.name).caption(list.organ_name.clone()).lead("每次上传的文件。在用的行与登记比对。"))
        (Table::new("上传过的文件").caption_hidden().columns([
            Column::new("文件"), Column::new("是什么").narrow(), Column::new("状态").narrow(),
            Column::new("时间").narrow(), Column::new("经办").narrow(), Column::number("收下"), Column::number("退回"),
        ]).rows(loads.iter().map(row)).empty(nothing).stacked())
        (Pager::new(next).first(first))
    };
    let crumbs = [Crumb::new(TITLE, DESK), Crumb::new("名单", HERE)];
    page::desk(&cx, &list.name, &crumbs, body).await
}

fn stage(stage: Stage) -> Markup {
    let tone = match stage {
        Stage::Counts => Tone::Good,
        Stage::Staging => Tone::Active,
        Stage::Replaced | Stage::Undone | Stage::Forgotten => Tone::Closed,
    };
    tag(tone, stage.title())
}

/// `GET /desk/watches/loads/{id}`
pub(crate) async fn load(cx: Cx, Path(id): Path<String>, Query(wanted): Query<Wanted>) -> Reply {
    let id: Id<Load> = id.parse().map_err(|_| not_found("这次上传"))?;
    shown(&cx, id, &wanted.after, Wrong::default()).await
}

async fn shown(cx: &Cx, id: Id<Load>, after: &str, wrong: Wrong<'_>) -> Reply {
    let from = Cursor::decode(after).unwrap_or_default();
    let (line, field) = match from.as_slice() {
        [line, field] => (line.parse().unwrap_or(0), field.clone()),
        _ => (0, String::new()),
    };
    let actor = cx.actor().clone();
    let (list, load, mut refused, undoing) = cx
        .read(move |r| {
            let unknown = || not_found("这次上传");
            let load = rows::load(r, id)?.ok_or_else(unknown)?;
            let list = rows::list(r, load.list)?.ok_or_else(unknown)?;
            let over = || Over::Organ(list.organ.clone());
            // It is not told that there is one.
            authorise(r, &actor, &SEE, over()).map_err(|_| unknown())?;
            let newest = load.stage == Stage::Counts && rows::newest(r, list.id)? == load.place;
            let undoing = match newest && authorise(r, &actor, &UPLOAD, over()).is_ok() {
                true => Some(rules::may_count_again(rows::is_lost(r, id)?)),
                false => None,
            };
            let refused = rows::refused(r, id, (line, &field), LINES_PAGE + 1)?;
            Ok((list, load, refused, undoing))
        })
        .await?;
    let size = usize::try_from(LINES_PAGE).unwrap_or(usize::MAX);
    let more = refused.len() > size;
    refused.truncate(size);
    let here = format!("{DESK}/loads/{id}");
    let next = refused.last().filter(|_| more).map(|last| {
        format!("{here}?after={}", Cursor::encode(&[&last.line.to_string(), &last.field]))
    });
    let first = (!after.is_empty()).then_some(here);
    let body = html! {
        (Heading::new(&load.name).caption(format!("{} · {}", list.name, load.extent.title())).state(stage(load.stage))
            .lead(format!("{} 由 {} 上传", load.at.to_minute(), load.by_name)))
        (wrong.head())
        (numbers(&load))
        (held(&load))
        (section("refused", "退回的行", html! { (refused_table(&load, &refused)) (Pager::new(next).first(first)) }))
        @if !load.act.is_empty() {
            p class="meta" { "存证：" a href={ "/receipts/" (load.act) } { "看这次上传的回执" } }
        }
        @match undoing {
            Some(Ok(())) => (undo_form(&load, wrong)),
            Some(Err(_)) => p class="hint" { (rules::LOST) "；要改正的，请上传新的完整名单。" },
            None => {}
        }
    };
    let crumbs = [
        Crumb::new(TITLE, DESK),
        Crumb::new("名单", HERE),
        Crumb::new(&list.name, format!("{HERE}/{}", list.id)),
    ];
    Ok(wrong.status(page::desk(cx, &load.name, &crumbs, body).await?))
}

fn numbers(load: &Load) -> Markup {
    let tone = if load.refused > 0 { Tone::Soon } else { Tone::Plain };
    stats(&[
        Stat::new("读到", load.read).unit("行"),
        Stat::new("收下", load.taken).unit("行"),
        Stat::new("退回", load.refused).unit("行").tone(tone),
    ])
}

fn held(load: &Load) -> Markup {
    let told = |title: &str, words: Markup| notice(NoticeKind::Info, title, words);
    match (load.stage, load.held) {
        (Stage::Undone, _) => told(
            "这次上传已经撤销",
            html! { p {
                @if let Some(at) = load.undone_at { (at.to_minute()) " 起不再比对，还没有核实的线索一并撤销。" }
                a href={ "/receipts/" (load.undone_act) } { "看撤销的回执" }
            } },
        ),
        (Stage::Forgotten, _) => told(
            "到期，内容已经删除",
            html! { p {
                @if let Some(at) = load.forgotten_at { (at.to_minute()) " 起删除名单的内容；已经发现的线索照常核实。" }
                a href={ "/receipts/" (load.forgotten_act) } { "看删除的回执" }
            } },
        ),
        (Stage::Replaced, _) => {
            told("已被新名单代替", html! { p { "不再比对；已经发现的线索照常核实。" } })
        }
        (_, true) => told(
            "已经与登记比对",
            html! { p { "对上的在" a href=(super::hits::HERE) { "线索" } "里。" } },
        ),
        (_, false) => told("正在与登记比对", html! { p { "一般几秒钟，可以离开这一页。" } }),
    }
}

fn refused_table(load: &Load, refused: &[Refused]) -> Markup {
    let rows = refused.iter().map(|one| {
        Row::new([
            html! { "第 " (one.line) " 行" },
            html! { (one.field) },
            html! { (one.rule) },
            html! { (one.words) },
        ])
    });
    let nothing = match load.refused {
        0 => empty("没有退回的行", html! { p { "每一行都收下了。" } }),
        _ => empty("没有更多原因", html! { p { "退回的行太多，只列出前一千条原因。" } }),
    };
    html! {
        (Table::new("退回的行").caption_hidden().columns([
            Column::new("行").narrow(), Column::new("字段").narrow(), Column::new("规则").narrow(),
            Column::new("问题"),
        ]).rows(rows).empty(nothing).stacked())
    }
}

fn undo_form(load: &Load, wrong: Wrong<'_>) -> Markup {
    let open = wrong.0.is_some();
    let form = post_form(
        &format!("{DESK}/loads/{}/undo", load.id),
        None,
        html! {
            (Field::text("reason", "为什么撤销").error(wrong.with("reason")))
            (button_row(html! {
                (Button::danger("撤销这次上传").consequence("名单回到这次上传以前；只来自这个文件、还没有核实的线索一并撤销"))
            }))
        },
    );
    html! { details open[open] { summary { "撤销这次上传" } (form) } }
}

/// `POST /desk/watches/loads/{id}/undo`
pub(crate) async fn undo(
    cx: ActCx,
    Path(id): Path<String>,
    Filled(why): Filled<Reasoned>,
) -> Reply {
    let id: Id<Load> = id.parse().map_err(|_| not_found("这次上传"))?;
    match acts::undo(&cx, id, &why.reason).await {
        Ok(()) => Ok(see_other(&format!("{DESK}/loads/{id}"))),
        Err(stop) => {
            let refusal = shown_again(stop)?;
            shown(&cx, id, "", Wrong(Some(&refusal))).await
        }
    }
}
