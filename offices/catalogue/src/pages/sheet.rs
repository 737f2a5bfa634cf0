//! Many resources from a sheet: the form, and the report of what became of each line. The same sheet a second time changes
//! nothing, so nothing of it is kept.

use axum::extract::Multipart;
use base::{Fault, FieldError, Outcome, Refusal, RefusalKind, Stop};
use frame::parts::{
    Button, Column, Crumb, Field, FileLimits, Heading, NoticeKind, Row, Table, button_row, empty,
    error_summary, inset, notice, section, upload_form,
};
use frame::{ActCx, Cx, Reply, loads, page};
use maud::{Markup, html};

use super::desk::{HERE, TITLE};
use crate::acts::import::{self, Drafted, SHEET_BYTES_MAX, Sheet};
use crate::terms::{BadCell, SheetColumn};

const PAGE: &str = "从表格导入资源";
/// So many resources are written down while somebody waits; more by the command.
const RESOURCES_MAX: usize = 1_000;
/// So many reasons are shown.
const BAD_SHOWN: usize = 500;
const ENDINGS: [&str; 2] = ["csv", "xlsx"];

/// `GET /desk/catalogue/import`
pub(crate) async fn form(cx: Cx) -> Reply {
    shown(&cx, &[]).await
}

async fn shown(cx: &Cx, errors: &[FieldError]) -> Reply {
    let limits = FileLimits {
        endings: ENDINGS.iter().map(|ending| (*ending).to_owned()).collect(),
        bytes_max: SHEET_BYTES_MAX as u64,
        count_max: 1,
    };
    let error =
        errors.iter().find(|error| error.field == "file").map(|error| error.message.clone());
    let columns = import::columns()?;
    let body = html! {
        (error_summary(errors))
        (Heading::new(PAGE).lead("把一个部门编好的目录表一次写成草稿，一行一个信息项。草稿照常送审，由另一个人发布。"))
        (upload_form(&format!("{HERE}/import"), None, html! {
            (Field::file("file", "文件", limits).error(error).hint("CSV 或者 Excel 工作簿，第一行是表头"))
            (button_row(html! {
                (Button::new("导入为草稿").consequence("同一个部门、同名的资源，写成它的下一版；没有变化的不动"))
            }))
        }))
        (how(&columns))
    };
    page::desk(cx, PAGE, &[Crumb::new(TITLE, HERE)], body).await
}

/// What the columns are called.
fn how(columns: &[SheetColumn]) -> Markup {
    let rows = columns.iter().map(|column| {
        let must = column.heading.need == sources::file::Need::Must;
        Row::new([
            html! { (column.heading.name) },
            html! { (column.heading.synonyms.join("、")) },
            html! { @if must { "必须有" } },
        ])
    });
    let table = Table::new("表头").caption_hidden().columns([
        Column::new("列"),
        Column::new("也可以叫"),
        Column::new("要求").narrow(),
    ]);
    let body = html! {
        (inset(html! {
            p { "一个资源有几个信息项，就写几行；资源的名称、摘要等写在它的第一行，下面的行可以空着。" }
            p { "共享类型、格式、更新周期、数据类型写编制指南的词，也可以写指南里的代码。" }
            p { "更新已有的资源，表里没有的列照旧；有这一列、格子空着，就是清空。" }
        }))
        (table.rows(rows).stacked())
    };
    section("columns", "表头怎么写", body)
}

/// `POST /desk/catalogue/import`
pub(crate) async fn take_in(cx: ActCx, mut form: Multipart) -> Reply {
    let taken = match received(&mut form).await {
        Ok((name, bytes)) => brought(&cx, name, bytes).await,
        Err(stop) => Err(stop),
    };
    match taken {
        Ok(report) => page::desk(&cx, PAGE, &[Crumb::new(TITLE, HERE)], report).await,
        Err(Stop::Refused(refusal))
            if matches!(refusal.kind, RefusalKind::Invalid | RefusalKind::TooLarge) =>
        {
            // The browser shows an answer once it has sent what it had to send.
            while let Ok(Some(mut field)) = form.next_field().await {
                while let Ok(Some(_)) = field.chunk().await {}
            }
            let message = crate::acts::sets::said(&refusal);
            let errors = [FieldError { field: "file".into(), message }];
            Ok(page::invalid(shown(&cx, &errors).await?))
        }
        Err(stop) => Err(stop.into()),
    }
}

fn cut_off() -> Refusal {
    Refusal::new(RefusalKind::Invalid, "catalogue.cut_off", "文件没有传完")
        .remedy("请检查网络，再上传一次")
}

async fn received(form: &mut Multipart) -> Outcome<(String, Vec<u8>)> {
    while let Some(mut field) = form.next_field().await.map_err(|_| cut_off())? {
        if field.name() != Some("file") {
            continue;
        }
        let name = loads::tidy_name(field.file_name().unwrap_or_default());
        let mut bytes = Vec::new();
        while let Some(more) = field.chunk().await.map_err(|_| cut_off())? {
            bytes.extend_from_slice(&more);
            if bytes.len() > SHEET_BYTES_MAX {
                let words = format!("文件太大：最多 {} MB", SHEET_BYTES_MAX >> 20);
                return Err(
                    Refusal::new(RefusalKind::TooLarge, "catalogue.too_large", words).into()
                );
            }
        }
        if bytes.is_empty() {
            break;
        }
        return Ok((name, bytes));
    }
    Err(loads::no_file().into())
}

async fn brought(cx: &ActCx, name: String, bytes: Vec<u8>) -> Outcome<Markup> {
    let named = name.clone();
    let read = tokio::task::spawn_blocking(move || import::read_sheet(&named, &bytes));
    let sheet = read.await.map_err(Fault::from)??;
    if sheet.resources.len() > RESOURCES_MAX {
        let words = format!("有 {} 个资源，这里一次最多 {RESOURCES_MAX} 个", sheet.resources.len());
        return Err(Refusal::new(RefusalKind::TooLarge, "catalogue.too_many_resources", words)
            .remedy("请分成几个文件，或者由系统管理员用命令导入")
            .into());
    }
    let mut done = Vec::with_capacity(sheet.resources.len());
    for written in &sheet.resources {
        let drafted = import::draft_in(cx.hall(), cx.actor(), written, &sheet.unsaid).await?;
        done.push((written.resource.name.clone(), drafted));
    }
    Ok(report(&name, (&sheet, &sheet.kept()?), &done))
}

fn report(name: &str, (sheet, kept): (&Sheet, &[String]), done: &[(String, Drafted)]) -> Markup {
    let wrong = done.iter().filter_map(|(_, drafted)| match drafted {
        Drafted::Wrong(wrong) => Some(wrong),
        _ => None,
    });
    let bad: Vec<&BadCell> = sheet.bad.iter().chain(wrong.flatten()).collect();
    let count = |is: fn(&Drafted) -> bool| done.iter().filter(|(_, one)| is(one)).count();
    let drafts = count(|one| matches!(one, Drafted::Draft { .. }));
    let same = count(|one| matches!(one, Drafted::Same { .. }));
    let refused = count(|one| matches!(one, Drafted::Wrong(_)));
    let lead =
        format!("写成草稿 {drafts} 个，没有变化 {same} 个，没有写 {refused} 个。草稿还要送审。");
    let again = html! { a href={ (HERE) "/import" } { "再导入一个文件" } };
    html! {
        (Heading::new("导入的结果").caption(name.to_owned()).lead(lead))
        @if !sheet.unknown.is_empty() {
            (notice(NoticeKind::Info, "有的列没有用到", html! { p { (sheet.unknown.join("、")) } }))
        }
        @if !kept.is_empty() && done.iter().any(|(_, one)| stood(one)) {
            (notice(NoticeKind::Info, "表里没有的列，已有的资源照旧", html! { p { (kept.join("、")) } }))
        }
        @if !bad.is_empty() { (section("bad", "要改的地方", reasons(&bad))) }
        (section("done", "每个资源", html! { (resources(done)) p { (again) } }))
    }
}

/// Whether there was a resource before.
fn stood(drafted: &Drafted) -> bool {
    match drafted {
        Drafted::Draft { version, .. } => *version > 1,
        Drafted::Same { .. } => true,
        Drafted::Wrong(_) => false,
    }
}

fn reasons(bad: &[&BadCell]) -> Markup {
    let rows = bad.iter().take(BAD_SHOWN).map(|one| {
        Row::new([
            html! { "第 " (one.line) " 行" },
            html! { (one.field) },
            html! { (one.rule) },
            html! { (one.words) },
        ])
    });
    let table = Table::new("要改的地方，一行一处").stacked().caption_hidden().columns([
        Column::new("行").narrow(),
        Column::new("列").narrow(),
        Column::new("规则").narrow(),
        Column::new("原因"),
    ]);
    html! {
        (table.rows(rows))
        @if bad.len() > BAD_SHOWN {
            p class="meta" { "一共 " (bad.len()) " 处，只列前 " (BAD_SHOWN) " 处。改好以后再导入，会列出其余的。" }
        }
    }
}

fn resources(done: &[(String, Drafted)]) -> Markup {
    let rows = done.iter().map(|(name, drafted)| match drafted {
        Drafted::Draft { key, code, version } => Row::new([
            html! { (name) },
            html! { span class="number" { (code) } },
            html! { "第 " (version) " 版草稿" },
        ])
        .href(format!("{HERE}/{key}")),
        Drafted::Same { key, code } => Row::new([
            html! { (name) },
            html! { span class="number" { (code) } },
            html! { "没有变化" },
        ])
        .href(format!("{HERE}/{key}")),
        Drafted::Wrong(_) => Row::new([html! { (name) }, html! {}, html! { "没有写，原因见上面" }]),
    });
    let table = Table::new("每个资源的结果").stacked().caption_hidden().columns([
        Column::new("资源"),
        Column::new("资源代码").narrow(),
        Column::new("结果").narrow(),
    ]);
    html! { (table.rows(rows).empty(empty("文件里没有资源", html! {}))) }
}
