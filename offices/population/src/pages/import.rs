//! Bringing a file in, and the reports.

use axum::extract::{Multipart, Path, Query};
use base::{Cursor, FieldError, Id, Outcome, Refusal, RefusalKind, Stop};
use frame::parts::{
    self, Button, Column, Crumb, Field, FileLimits, Heading, NoticeKind, Pager, Row, Stat, Table,
    Tone, button_row, error_summary, html, upload_form,
};
use frame::serve::see_other;
use frame::{ActCx, Cx, Reply, not_found, page};
use maud::Markup;
use serde::Deserialize;

use super::coming;
use crate::acts::{self, Upload};
use crate::rules::{BYTES_MAX, DEATH, HEADINGS};
use crate::store;
use crate::terms::{Kept, Load, REFUSED_MAX};

const LOADS_PAGE: i64 = 30;
const LINES_PAGE: i64 = 100;

/// Where a list goes on.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    after: String,
    again: String,
}

/// GET /desk/population/loads
pub(crate) async fn loads(cx: Cx, Query(asked): Query<Asked>) -> Reply {
    shown(&cx, &asked.after, &[]).await
}

async fn shown(cx: &Cx, after: &str, errors: &[FieldError]) -> Reply {
    let before = after.parse().unwrap_or(i64::MAX);
    let since = cx.now().plus_seconds(-coming::SHOWN_SECONDS);
    let (mut loads, coming) = cx
        .read(move |r| {
            let coming = store::not_counting(r, since, coming::SHOWN_MAX)?;
            Ok((store::loads(r, before, LOADS_PAGE + 1)?, coming))
        })
        .await?;
    let more = loads.len() > usize::try_from(LOADS_PAGE).unwrap_or(usize::MAX);
    loads.truncate(usize::try_from(LOADS_PAGE).unwrap_or(usize::MAX));
    let next = loads.last().filter(|_| more).map(|load| load.place);
    let next = next.map(|place| format!("/desk/population/loads?after={place}"));
    let first = (!after.is_empty()).then(|| "/desk/population/loads".to_owned());
    let error = errors.first().map(|error| error.message.clone());
    let limits = FileLimits {
        endings: vec!["csv".into(), "txt".into()],
        bytes_max: BYTES_MAX as u64,
        count_max: 1,
    };
    let body = html! {
        (error_summary(errors))
        (Heading::new("导入和报告").lead("一行一人。写错的行会说明原因，其余的照常入库。"))
        (parts::tabs("人口基础信息的各部分", &super::tabs("loads")))
        (upload_form("/desk/population/loads", None, html! {
            (Field::file("file", "CSV 文件", limits).error(error)
                .hint(format!(
                    "第一行写标题：{}；可以再加一列“{DEATH}”，健在的不填。编码 UTF-8 或者 GB 18030。",
                    HEADINGS.join(",")
                )))
            (button_row(html! {
                (Button::new("导入").consequence("处理完的那一刻全部生效，用于核对身份和自动填表；同一个文件再导入一次，什么都不变"))
            }))
        }))
        @if after.is_empty() && !coming.is_empty() {
            (parts::section("coming", "没有生效的导入", coming::table(&coming)))
        }
        (parts::section("loads", "导入过的文件", html! { (table(&loads)) (Pager::new(next).first(first)) }))
    };
    page::desk(cx, "导入和报告", &[Crumb::new("人口基础信息", "/desk/population")], body).await
}

fn table(loads: &[Load]) -> Markup {
    let rows = loads.iter().map(|load| {
        Row::new([
            html! { (load.name) },
            parts::moment(load.published_at),
            html! { (load.by_name) },
            html! { (load.tally.read) },
            html! { (load.tally.added) },
            html! { (load.tally.changed) },
            html! { (load.tally.refused) },
        ])
        .href(format!("/desk/population/loads/{}", load.id))
    });
    let columns = [
        Column::new("文件"),
        Column::new("时间").narrow(),
        Column::new("经办").narrow(),
        Column::number("行数"),
        Column::number("新增"),
        Column::number("更改"),
        Column::number("退回"),
    ];
    let todo = html! { p { "选一个 CSV 文件，从这里开始。" } };
    html! {
        (Table::new("每次导入的结果").stacked().caption_hidden().columns(columns).rows(rows)
            .empty(parts::empty("还没有导入过文件", todo)))
    }
}

/// POST /desk/population/loads: takes the file; a job reads it.
pub(crate) async fn import(cx: ActCx, mut form: Multipart) -> Reply {
    match received(&cx, &mut form).await {
        Ok(load) => Ok(see_other(&format!("/desk/population/loads/{load}"))),
        Err(Stop::Refused(refusal))
            if matches!(refusal.kind, RefusalKind::Invalid | RefusalKind::TooLarge) =>
        {
            // The browser shows an answer once it has sent what it had to send.
            while let Ok(Some(mut field)) = form.next_field().await {
                while let Ok(Some(_)) = field.chunk().await {}
            }
            let errors = said(*refusal);
            Ok(page::invalid(shown(&cx, "", &errors).await?))
        }
        Err(stop) => Err(stop.into()),
    }
}

/// Takes the file of the form, bit by bit.
async fn received(cx: &ActCx, form: &mut Multipart) -> Outcome<Id<Load>> {
    while let Some(mut field) = form.next_field().await.map_err(cut_off)? {
        if field.name() != Some("file") {
            continue;
        }
        let mut upload = Upload::new(cx, field.file_name().unwrap_or_default())?;
        loop {
            let taken = match field.chunk().await {
                Ok(Some(bytes)) => upload.take(cx.hall(), &bytes).await,
                Ok(None) => return upload.finish(cx.hall()).await,
                Err(error) => Err(cut_off(error)),
            };
            if let Err(stop) = taken {
                upload.give_up(cx.hall()).await?;
                return Err(stop);
            }
        }
    }
    Err(acts::no_file().into())
}

/// The words of a refusal beside the field of the file, with what to do.
fn said(refusal: Refusal) -> Vec<FieldError> {
    let remedy = refusal.remedy.map(|remedy| format!("。{remedy}")).unwrap_or_default();
    vec![FieldError { field: "file".into(), message: format!("{}{remedy}", refusal.message) }]
}

fn cut_off(error: axum::extract::multipart::MultipartError) -> Stop {
    if error.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE {
        return Refusal::from(crate::rules::BadFile::TooLarge).into();
    }
    let words = "文件没有传完";
    Refusal::new(RefusalKind::Invalid, "population.cut_off", words)
        .remedy("请检查网络，再上传一次")
        .field("file", words)
        .into()
}

/// GET /desk/population/loads/{id}
pub(crate) async fn load(cx: Cx, Path(id): Path<String>, Query(asked): Query<Asked>) -> Reply {
    let id: Id<Load> = id.parse().map_err(|_| not_found("这次导入"))?;
    let after = Cursor::decode(&asked.after).unwrap_or_default();
    let (line, field) = match after.as_slice() {
        [line, field] => (line.parse().unwrap_or(0), field.clone()),
        _ => (0, String::new()),
    };
    let found = cx
        .read(move |r| {
            let Some(load) = store::load(r, id)? else { return Ok(Err(store::coming(r, id)?)) };
            Ok(Ok((load, store::refused(r, id, (line, &field), LINES_PAGE + 1)?)))
        })
        .await?;
    let (load, mut kept) = match found {
        Ok(found) => found,
        Err(Some(coming)) => return coming::show(&cx, &coming).await,
        Err(None) => return Err(not_found("这次导入").into()),
    };
    let page_of = usize::try_from(LINES_PAGE).unwrap_or(usize::MAX);
    let more = kept.len() > page_of;
    kept.truncate(page_of);
    let next = kept.last().filter(|_| more).map(|last| {
        let cursor = Cursor::encode(&[&last.line.to_string(), &last.field]);
        format!("/desk/population/loads/{id}?after={cursor}")
    });
    let first = (!asked.after.is_empty()).then(|| format!("/desk/population/loads/{id}"));
    let body = html! {
        (Heading::new(&load.name)
            .caption("导入报告")
            .state(state(&load))
            .lead(format!("{} 由 {} 导入", load.published_at.to_minute(), load.by_name)))
        @if !asked.again.is_empty() {
            (parts::notice(NoticeKind::Info, "这个文件以前导入过", html! {
                p { "内容没有变化，这次什么都没有改。下面是那一次的报告。" }
            }))
        }
        (numbers(&load))
        (parts::section("refused", "退回的行", html! {
            (refused(&load, &kept))
            (Pager::new(next).first(first))
        }))
        p class="meta" { "存证：" a href={ "/receipts/" (load.act) } { "看这次导入的回执" } }
    };
    let crumbs = [
        Crumb::new("人口基础信息", "/desk/population"),
        Crumb::new("导入和报告", "/desk/population/loads"),
    ];
    page::desk(&cx, &load.name, &crumbs, body).await
}

fn state(load: &Load) -> Markup {
    if load.tally.refused == 0 {
        parts::tag(Tone::Good, "全部入库")
    } else {
        parts::tag(Tone::Soon, "有退回的行")
    }
}

fn numbers(load: &Load) -> Markup {
    let tally = load.tally;
    let tone = if tally.refused > 0 { Tone::Soon } else { Tone::Plain };
    parts::stats(&[
        Stat::new("读到", tally.read).unit("行"),
        Stat::new("新增", tally.added).unit("人"),
        Stat::new("更改", tally.changed).unit("人"),
        Stat::new("没有变化", tally.unchanged).unit("人"),
        Stat::new("退回", tally.refused).unit("行").tone(tone),
    ])
}

fn refused(load: &Load, kept: &[Kept]) -> Markup {
    let rows = kept.iter().map(|one| {
        Row::new([
            html! { "第 " (one.line) " 行" },
            html! { (one.field) },
            html! { (one.rule) },
            html! { (one.words) },
        ])
    });
    let columns = [
        Column::new("行").narrow(),
        Column::new("字段").narrow(),
        Column::new("规则").narrow(),
        Column::new("问题"),
    ];
    html! {
        @if usize::try_from(load.tally.refused).unwrap_or(usize::MAX) > REFUSED_MAX {
            p class="hint" { "退回的行太多，只列出前 " (REFUSED_MAX) " 条原因。" }
        }
        (Table::new("退回的行").caption_hidden().columns(columns).rows(rows)
            .empty(parts::empty("没有退回的行", html! { p { "每一行都入库了。" } })))
    }
}
