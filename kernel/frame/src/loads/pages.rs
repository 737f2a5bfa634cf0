//! Bringing a file in, and the list of what was brought in.

use std::sync::Arc;

use axum::extract::Multipart;
use base::{FieldError, Id, Outcome, Refusal, RefusalKind, Stop};
use maud::Markup;
use register::{By, Load, Upload};
use serde::Deserialize;
use serde_json::json;

use super::{BYTES_MAX, ENDINGS, LoadDesk, coming, no_file, tidy_name};
use crate::hall::Hall;
use crate::parts::{
    self, Button, Column, Crumb, Field, FileLimits, Heading, Pager, Row, Table, Tone, button_row,
    error_summary, html, upload_form,
};
use crate::serve::see_other;
use crate::{ActCx, Cx, Reply, page};

const LOADS_PAGE: i64 = 30;

/// Where a list goes on.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    pub(super) after: String,
    pub(super) again: String,
}

/// The list of loads, and the form for the next one.
pub(super) async fn list(desk: &'static LoadDesk, cx: &Cx, asked: &Asked) -> Reply {
    shown(desk, cx, &asked.after, &[]).await
}

async fn shown(desk: &'static LoadDesk, cx: &Cx, after: &str, errors: &[FieldError]) -> Reply {
    let before = after.parse().unwrap_or(i64::MAX);
    let since = cx.now().plus_seconds(-coming::SHOWN_SECONDS);
    let (mut loads, coming) = cx
        .read(move |r| {
            let name = desk.register.name;
            let mut coming = register::held(r, name, coming::SHOWN_MAX)?;
            coming.extend(register::not_counting(r, name, since, coming::SHOWN_MAX)?);
            Ok((register::loads(r, name, before, LOADS_PAGE + 1)?, coming))
        })
        .await?;
    let more = loads.len() > usize::try_from(LOADS_PAGE).unwrap_or(usize::MAX);
    loads.truncate(usize::try_from(LOADS_PAGE).unwrap_or(usize::MAX));
    let next = loads.last().filter(|_| more).map(|load| load.place);
    let next = next.map(|place| format!("{}?after={place}", desk.path));
    let first = (!after.is_empty()).then(|| desk.path.to_owned());
    let error = errors.first().map(|error| error.message.clone());
    let limits = FileLimits {
        endings: ENDINGS.iter().map(|ending| (*ending).to_owned()).collect(),
        bytes_max: BYTES_MAX as u64,
        count_max: 1,
    };
    let body = html! {
        (error_summary(errors))
        (Heading::new("导入和报告").lead("写错的行会说明原因，其余的照常入库。"))
        (parts::tabs(&format!("{}的各部分", desk.title), &(desk.tabs)()))
        p { "部门的网关推送的，也在这里。" a href=(desk.feeds) { "看哪些部门的网关提供登记" } }
        (upload_form(desk.path, None, html! {
            (Field::confirm("whole", "这是本部门的全部登记：本部门上传过、文件里没有的，不再登记").optional())
            (Field::file("file", "文件", limits).error(error).hint((desk.hint)()))
            (button_row(html! {
                (Button::new("导入").consequence("处理完的那一刻全部生效，用于核对身份和自动填表；同一个文件再导入一次，什么都不变"))
            }))
        }))
        @if after.is_empty() && !coming.is_empty() {
            (parts::section("coming", "没有生效的导入", coming::table(desk, &coming)))
        }
        (parts::section("loads", "生效过的导入", html! { (table(desk, &loads)) (Pager::new(next).first(first)) }))
    };
    page::desk(cx, "导入和报告", &[Crumb::new(desk.title, desk.home)], body).await
}

fn table(desk: &LoadDesk, loads: &[Load]) -> Markup {
    let rows = loads.iter().map(|load| {
        Row::new([
            html! { (load.name) @if load.undone_at.is_some() { " " (parts::tag(Tone::Closed, "已经撤销")) } },
            parts::moment(load.published_at),
            html! { (load.by_name) },
            html! { (load.tally.read) },
            html! { (load.tally.added) },
            html! { (load.tally.changed) },
            html! { (load.tally.refused) },
        ])
        .href(format!("{}/{}", desk.path, load.id))
    });
    let columns = [
        Column::new("文件或者推送"),
        Column::new("时间").narrow(),
        Column::new("经办").narrow(),
        Column::number("行数"),
        Column::number("新增"),
        Column::number("更改"),
        Column::number("退回"),
    ];
    let todo = html! { p { "选一个文件，从这里开始。" } };
    html! {
        (Table::new("每次导入的结果").stacked().caption_hidden().columns(columns).rows(rows)
            .empty(parts::empty("还没有导入过", todo)))
    }
}

/// Takes the file of the form; a job reads it.
pub(super) async fn take_in(desk: &'static LoadDesk, cx: &ActCx, mut form: Multipart) -> Reply {
    match received(desk, cx, &mut form).await {
        Ok(load) => Ok(see_other(&format!("{}/{load}", desk.path))),
        Err(Stop::Refused(refusal))
            if matches!(refusal.kind, RefusalKind::Invalid | RefusalKind::TooLarge) =>
        {
            // The browser shows an answer once it has sent what it had to send.
            while let Ok(Some(mut field)) = form.next_field().await {
                while let Ok(Some(_)) = field.chunk().await {}
            }
            let errors = said(*refusal);
            Ok(page::invalid(shown(desk, cx, "", &errors).await?))
        }
        Err(stop) => Err(stop.into()),
    }
}

/// Takes the file of the form, bit by bit.
async fn received(desk: &'static LoadDesk, cx: &ActCx, form: &mut Multipart) -> Outcome<Id<Load>> {
    let cut_off = |error| cut_off(&error);
    let mut whole = false;
    while let Some(mut field) = form.next_field().await.map_err(cut_off)? {
        if field.name() == Some("whole") {
            whole = true;
        }
        if field.name() != Some("file") {
            continue;
        }
        let name = tidy_name(field.file_name().unwrap_or_default());
        let ground = cx.hall().ground();
        let by = By::Person(cx.actor().clone());
        let mut upload = Upload::new(&ground, desk.register, by, &name);
        loop {
            let taken = match field.chunk().await {
                Ok(Some(bytes)) => take(desk, cx.hall(), &mut upload, &bytes).await,
                Ok(None) if upload.bytes() == 0 => Err(no_file().into()),
                Ok(None) => return finish(desk, cx, (upload, whole)).await,
                Err(error) => Err(cut_off(error)),
            };
            if let Err(stop) = taken {
                upload.give_up(&ground).await?;
                return Err(stop);
            }
        }
    }
    Err(no_file().into())
}

async fn take(desk: &LoadDesk, hall: &Arc<Hall>, upload: &mut Upload, bytes: &[u8]) -> Outcome<()> {
    if upload.bytes() + bytes.len() > BYTES_MAX {
        return Err(LoadDesk::too_large().into());
    }
    let begins =
        |name: &str, beginning: &[u8]| Ok(register::file::begins(desk.columns, name, beginning)?);
    upload.take(&hall.ground(), bytes, begins).await
}

async fn finish(
    desk: &'static LoadDesk,
    cx: &ActCx,
    (upload, whole): (Upload, bool),
) -> Outcome<Id<Load>> {
    let account = cx.signed_in()?.account.to_string();
    let body = json!({ "load": upload.load().to_string(), "account": account, "whole": whole });
    let begins =
        |name: &str, beginning: &[u8]| Ok(register::file::begins(desk.columns, name, beginning)?);
    let load = upload.finish(&cx.hall().ground(), begins, (desk.job, body)).await?;
    cx.hall().bell.notify_one();
    Ok(load)
}

/// The words of a refusal beside the field of the file, with what to do.
fn said(refusal: Refusal) -> Vec<FieldError> {
    let remedy = refusal.remedy.map(|remedy| format!("。{remedy}")).unwrap_or_default();
    vec![FieldError { field: "file".into(), message: format!("{}{remedy}", refusal.message) }]
}

fn cut_off(error: &axum::extract::multipart::MultipartError) -> Stop {
    if error.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE {
        return LoadDesk::too_large().into();
    }
    let words = "文件没有传完";
    Refusal::new(RefusalKind::Invalid, "register.cut_off", words)
        .remedy("请检查网络，再上传一次")
        .field("file", words)
        .into()
}
