//! The lists that departments bring, and the form for the next file.

use axum::extract::Multipart;
use base::{FieldError, Id, Outcome, Refusal, RefusalKind, Stop};
use frame::loads::no_file;
use frame::parts::{
    Button, Choice, Column, Field, FileLimits, Heading, Row, Table, button_row, empty,
    error_summary, html, moment, section, upload_form,
};
use frame::serve::see_other;
use frame::{ActCx, Cx, Reply, page};
use maud::Markup;

use super::{TITLE, may, organ_of, parts_of};
use crate::acts::{self, BYTES_MAX, Brought};
use crate::rules::HEADINGS;
use crate::store as rows;
use crate::terms::{Extent, Load, PayList, UPLOAD};

pub(crate) const HERE: &str = "/desk/watches/lists";
/// How the names of files end.
const ENDINGS: &[&str] = &["csv", "txt", "xlsx", "json"];
/// No field of the form but the file is longer, in bytes.
const TEXT_MAX: usize = 1_000;

/// What was typed beside the file.
#[derive(Clone, Debug, Default)]
struct Typed {
    list: String,
    new: String,
    extent: String,
}

/// `GET /desk/watches/lists`
pub(crate) async fn list(cx: Cx) -> Reply {
    shown(&cx, &Typed::default(), &[]).await
}

async fn shown(cx: &Cx, typed: &Typed, errors: &[FieldError]) -> Reply {
    let own = organ_of(cx.permit()?);
    let uploads = may(cx, &UPLOAD).await?;
    let found = cx.read(move |r| rows::lists_with_counts(r, own.as_deref())).await?;
    let row = |(list, lines, at): &(PayList, i64, Option<base::Moment>)| {
        Row::new([
            html! { (list.name) },
            html! { (list.organ_name) },
            html! { (lines) },
            html! { @match at { Some(at) => (moment(*at)), None => "—" } },
        ])
        .href(format!("{HERE}/{}", list.id))
    };
    let todo = html! {
        @if uploads { p { "从上面上传第一份：写一个名称，选一个文件。" } }
        @else { p { "部门的数据专员上传以后，会出现在这里。" } }
    };
    let lists: Vec<PayList> = found.iter().map(|(list, ..)| list.clone()).collect();
    let body = html! {
        (error_summary(errors))
        (Heading::new(TITLE).lead("发放待遇的名单，按月上传，与登记比对。号码加密保存，页面上不列出名单里的人。"))
        (parts_of("lists"))
        @if uploads { (section("bring", "上传名单", form(&lists, typed, errors))) }
        (section("lists", "已有的名单", html! {
            (Table::new("已有的名单").caption_hidden().columns([
                Column::new("名单"), Column::new("部门"), Column::number("在用的行"), Column::new("最近上传").narrow(),
            ]).rows(found.iter().map(row)).empty(empty("还没有名单", todo)).stacked())
        }))
    };
    page::desk(cx, "名单", &[], body).await
}

/// The form for a file: of one's own lists, or of a new one.
fn form(lists: &[PayList], typed: &Typed, errors: &[FieldError]) -> Markup {
    let error = |field: &str| {
        errors.iter().find(|error| error.field == field).map(|error| error.message.clone())
    };
    let limits = FileLimits {
        endings: ENDINGS.iter().map(|ending| (*ending).to_owned()).collect(),
        bytes_max: BYTES_MAX as u64,
        count_max: 1,
    };
    let known: Vec<Choice> = std::iter::once(Choice::new("", "新的名单"))
        .chain(lists.iter().map(|list| Choice::new(list.id.to_string(), &list.name)))
        .collect();
    let extents = vec![
        Choice::new(Extent::Whole.as_str(), Extent::Whole.title()).hint("代替这份名单以前的内容"),
        Choice::new(Extent::More.as_str(), Extent::More.title()).hint("加在这份名单以前的内容之外"),
    ];
    let extent = Extent::parse(&typed.extent).unwrap_or(Extent::Whole);
    upload_form(
        HERE,
        None,
        html! {
            (Field::select("list", "哪份名单", known).value(&typed.list).error(error("list")))
            (Field::text("new", "新名单的名称").value(&typed.new).optional()
                .hint("例如：高龄津贴。选了已有的名单就不用填"))
            (Field::radios("extent", "文件里是什么", extents).value(extent.as_str()))
            (Field::file("file", "文件", limits).error(error("file"))
                .hint(format!("CSV、Excel 工作簿或者 JSON，表头是：{}；没有截止日期的可以不填", HEADINGS.join("、"))))
            (button_row(html! {
                (Button::new("上传").consequence("写错的行会说明原因，其余的照常收下，马上与登记比对"))
            }))
        },
    )
}

/// `POST /desk/watches/lists`
pub(crate) async fn bring(cx: ActCx, mut form: Multipart) -> Reply {
    let mut typed = Typed::default();
    match brought(&cx, &mut form, &mut typed).await {
        Ok(load) => Ok(see_other(&format!("/desk/watches/loads/{load}"))),
        Err(Stop::Refused(refusal))
            if matches!(refusal.kind, RefusalKind::Invalid | RefusalKind::TooLarge) =>
        {
            // The browser shows an answer once it has sent what it had to send.
            while let Ok(Some(mut field)) = form.next_field().await {
                while let Ok(Some(_)) = field.chunk().await {}
            }
            let field = refusal.fields.first().map_or("file", |error| error.field.as_str());
            let remedy = refusal.remedy.as_ref().map(|words| format!("。{words}"));
            let message = format!("{}{}", refusal.message, remedy.unwrap_or_default());
            let errors = [FieldError { field: field.to_owned(), message }];
            Ok(page::invalid(shown(&cx, &typed, &errors).await?))
        }
        Err(stop) => Err(stop.into()),
    }
}

async fn brought(cx: &ActCx, form: &mut Multipart, typed: &mut Typed) -> Outcome<Id<Load>> {
    while let Some(mut field) = form.next_field().await.map_err(|_| cut_off())? {
        let name = field.name().unwrap_or_default().to_owned();
        let file = acts::tidy_name(field.file_name().unwrap_or_default());
        let most = if name == "file" { BYTES_MAX } else { TEXT_MAX };
        let mut bytes = Vec::new();
        while let Some(some) = field.chunk().await.map_err(|_| cut_off())? {
            if bytes.len() + some.len() > most {
                return Err(too_large().into());
            }
            bytes.extend_from_slice(&some);
        }
        let text = || String::from_utf8_lossy(&bytes).trim().to_owned();
        match name.as_str() {
            "list" => typed.list = text(),
            "new" => typed.new = text(),
            "extent" => typed.extent = text(),
            "file" if bytes.is_empty() => return Err(no_file().into()),
            "file" => {
                let list = if typed.list.is_empty() { &typed.new } else { &typed.list };
                let extent = Extent::parse(&typed.extent).unwrap_or(Extent::Whole);
                let list = list.clone();
                let brought = Brought { list, extent, name: file, bytes };
                return acts::bring(cx.hall(), cx.actor(), brought).await;
            }
            _ => {}
        }
    }
    Err(no_file().into())
}

fn too_large() -> Refusal {
    let words = format!("文件太大：最多 {} MB", BYTES_MAX >> 20);
    Refusal::new(RefusalKind::TooLarge, "watches.too_large", words.clone())
        .remedy("请分成几个文件，第一个按完整名单，其余按补充上传")
        .field("file", words)
}

fn cut_off() -> Refusal {
    let words = "文件没有传完";
    Refusal::new(RefusalKind::Invalid, "watches.cut_off", words)
        .remedy("请检查网络，再上传一次")
        .field("file", words)
}
