//! The application: one thing a page, kept at every step, checked on one page, submitted once.

use axum::Form as Entered;
use axum::extract::multipart::MultipartError;
use axum::extract::{Multipart, Path};
use base::{FieldError, Id, Refusal, RefusalKind, Stop};
use entities_contract::Named;
use frame::form::Group;
use frame::page;
use frame::parts::{
    Button, Choice, Crumb, Field, FileLimits, Heading, Markup, NoticeKind, Task, Tone, button_row,
    error_summary, hidden, inset, link_button, notice, section, size_said, source_note, steps,
    task_list,
};
use frame::serve::see_other;
use frame::{ActCx, Cx, Reply, not_found};
use maud::html;
use powers_contract::Material;
use serde::Deserialize;

use crate::acts::{self, Opened, firm};
use crate::pages::agency::{for_whom, typed_again};
use crate::terms::{Channel, Draft, Source, Sources};

fn draft_id(text: &str) -> Result<Id<Draft>, Refusal> {
    text.parse().map_err(|_| not_found("这份草稿"))
}

/// Opens a draft; one that was submitted leads to its case.
async fn opened(cx: &Cx, id: &str) -> Result<Result<Opened, String>, Stop> {
    let opened = acts::open(cx, draft_id(id)?).await?;
    Ok(match &opened.draft.case_no {
        Some(no) => Err(case_page(opened.draft.channel, no)),
        None => Ok(opened),
    })
}

fn case_page(channel: Channel, no: &str) -> String {
    match channel {
        Channel::Online => format!("/my/cases/{no}/slip"),
        Channel::Counter => format!("/desk/cases/{no}/slip"),
    }
}

fn at(opened: &Opened, page: &str) -> String {
    match page {
        "" => format!("/apply/draft/{}", opened.draft.id),
        page => format!("/apply/draft/{}/{page}", opened.draft.id),
    }
}

fn crumbs(opened: &Opened) -> Vec<Crumb> {
    vec![Crumb::new(format!("申请：{}", opened.item.name), at(opened, ""))]
}

fn uploads(opened: &Opened) -> Vec<&Material> {
    opened.item.materials.iter().filter(|material| material.obtain == "upload").collect()
}

/// The draft as a list of tasks.
pub(crate) async fn draft(cx: Cx, Path(id): Path<String>) -> Reply {
    let opened = match opened(&cx, &id).await? {
        Ok(opened) => opened,
        Err(case) => return Ok(see_other(&case)),
    };
    let mut tasks: Vec<Task> = opened
        .form
        .groups()
        .iter()
        .map(|group| {
            let done = opened.form.check_group(&group.id, &opened.values).is_empty();
            let (tone, word) =
                if done { (Tone::Good, "已完成") } else { (Tone::Active, "待填写") };
            Task::new(&group.title, at(&opened, &group.id), tone, word)
        })
        .collect();
    if !uploads(&opened).is_empty() {
        let missing = missing_files(&opened);
        let (tone, word) =
            if missing == 0 { (Tone::Good, "已完成") } else { (Tone::Active, "待上传") };
        tasks.push(Task::new("上传材料", at(&opened, "materials"), tone, word));
    }
    let body = html! {
        (for_whom(&cx, &opened))
        (newer(&opened))
        (Heading::new(format!("申请：{}", opened.item.name)).caption(&opened.item.organ_name)
            .lead("按任意顺序填写，每一页都会保存。"))
        (task_list(&tasks))
        (button_row(html! {
            a class="button" href=(at(&opened, "check")) { "核对并提交" }
        }))
        form class="form" method="post" action=(at(&opened, "discard")) {
            (Button::quiet("删除这份草稿"))
        }
    };
    Ok(page::site(&cx, &opened.item.name, &[], body))
}

/// Says that the item has a newer version than the draft was begun with, and that nothing was lost.
fn newer(opened: &Opened) -> Markup {
    html! {
        @if opened.is_outdated() {
            (notice(NoticeKind::Warning, "办事指南和申请表有了新的版本", html! {
                p {
                    "您填写期间，这个事项发布了第 " (opened.item.version) " 版。您填写的内容都保留着，"
                    "请按新的版本逐页核对，有变动的补上，再提交。"
                }
                p { a href=(format!("/services/{}", opened.item.slug)) { "查看新的办事指南" } }
            }))
        }
    }
}

fn missing_files(opened: &Opened) -> usize {
    let attached = |key: &str| opened.files.iter().any(|file| file.label == key);
    uploads(opened).iter().filter(|m| m.required && !attached(&m.key)).count()
}

/// One page of the form.
pub(crate) async fn group(cx: Cx, Path((id, group)): Path<(String, String)>) -> Reply {
    let opened = match opened(&cx, &id).await? {
        Ok(opened) => opened,
        Err(case) => return Ok(see_other(&case)),
    };
    let known = opened.form.group(&group).ok_or_else(|| not_found("这一页"))?;
    let firms = firm::choices(&cx, &opened, &group).await?;
    let body = html! {
        (for_whom(&cx, &opened))
        (group_body((&opened, &firms), known, &opened.values, &[], None))
    };
    Ok(page::site(&cx, &known.title, &crumbs(&opened), body))
}

fn group_body(
    (opened, firms): (&Opened, &[Named]),
    group: &Group,
    values: &serde_json::Value,
    errors: &[FieldError],
    words: Option<&str>,
) -> Markup {
    let names: Vec<String> = opened.form.groups().iter().map(|g| g.title.clone()).collect();
    let current = opened.form.groups().iter().position(|g| g.id == group.id).unwrap_or_default();
    html! {
        (error_summary(errors))
        @if let Some(words) = words { (notice(NoticeKind::Warning, words, html! {})) }
        @else { (newer(opened)) }
        (steps(&names, current))
        (Heading::new(&group.title))
        @if !group.about.is_empty() { p class="lead" { (group.about) } }
        form class="form" method="post" action=(at(opened, &group.id)) {
            (hidden("version", &opened.draft.version.to_string()))
            (of_firms(firms))
            (opened.form.render(&group.id, values, errors, &opened.shown()))
            (button_row(html! {
                (Button::new("保存并继续"))
                (Button::secondary("保存，以后再填").says("then", "later").unchecked())
            }))
        }
    }
}

/// The firms that somebody represents, to choose from.
fn of_firms(firms: &[Named]) -> Markup {
    let one = |firm: &Named| Choice::new(&firm.code, format!("{}（{}）", firm.name, firm.code));
    html! {
        @if !firms.is_empty() {
            (Field::select(firm::CHOSEN, "您代表的单位", firms.iter().map(one).collect()).optional()
                .hint("选一家，名称和代码就按登记信息填好；不在里面的，在下面自己填写"))
        }
    }
}

/// Keeps one page. What is wrong is said beside its field; what was entered is kept either way.
pub(crate) async fn group_save(
    cx: ActCx,
    Path((id, group)): Path<(String, String)>,
    Entered(pairs): Entered<Vec<(String, String)>>,
) -> Reply {
    let opened = match opened(&cx, &id).await {
        Ok(Ok(opened)) => opened,
        Ok(Err(case)) => return Ok(see_other(&case)),
        Err(Stop::Refused(refusal)) if refusal.kind == RefusalKind::Forbidden => {
            return not_saved(&cx, &id, &refusal, &pairs).await;
        }
        Err(stop) => return Err(stop.into()),
    };
    let known = opened.form.group(&group).ok_or_else(|| not_found("这一页"))?;
    let said =
        |name: &str| pairs.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str());
    let version = said("version").and_then(|v| v.parse().ok()).unwrap_or_default();
    let later = said("then") == Some("later");
    let pairs = firm::with_choice(&pairs);
    let (values, of_firm) = match acts::save(&cx, &opened, &group, &pairs, version).await {
        Ok(kept) => kept,
        Err(Stop::Refused(refusal)) if refusal.kind == RefusalKind::Conflict => {
            let fresh = acts::open(&cx, opened.draft.id).await?;
            let values = opened.form.update(&group, &opened.values, &pairs, &opened.shown());
            let body = group_body((&fresh, &[]), known, &values, &[], Some(&refusal.message));
            return Ok(page::invalid(page::site(&cx, &known.title, &crumbs(&fresh), body)));
        }
        // The mandate was taken back a moment ago.
        Err(Stop::Refused(refusal)) if refusal.kind == RefusalKind::Forbidden => {
            return not_saved(&cx, &id, &refusal, &pairs).await;
        }
        Err(stop) => return Err(stop.into()),
    };
    if later {
        return Ok(see_other(&at(&opened, "")));
    }
    let mut errors = opened.form.check_group(&group, &values);
    errors.extend(of_firm);
    if !errors.is_empty() {
        let saved = acts::open(&cx, opened.draft.id).await?;
        let body = group_body((&saved, &[]), known, &values, &errors, None);
        return Ok(page::invalid(page::site(&cx, &known.title, &crumbs(&saved), body)));
    }
    let next = match opened.form.group_after(&group) {
        Some(next) => at(&opened, &next.id),
        None if uploads(&opened).is_empty() => at(&opened, "check"),
        None => at(&opened, "materials"),
    };
    Ok(see_other(&next))
}

/// What an agent had typed when their mandate ended meanwhile.
async fn not_saved(cx: &Cx, id: &str, refusal: &Refusal, pairs: &[(String, String)]) -> Reply {
    let labels = acts::labels_of(cx, draft_id(id)?).await?;
    typed_again(cx, refusal, &labels, pairs)
}

/// The page of materials.
pub(crate) async fn materials(cx: Cx, Path(id): Path<String>) -> Reply {
    let opened = match opened(&cx, &id).await? {
        Ok(opened) => opened,
        Err(case) => return Ok(see_other(&case)),
    };
    Ok(page::site(&cx, "上传材料", &crumbs(&opened), materials_body(&opened, &[])))
}

fn limits_of(material: &Material) -> FileLimits {
    let endings: Vec<String> = material.formats.iter().map(|ending| format!(".{ending}")).collect();
    match endings.is_empty() {
        true => FileLimits::papers(),
        false => FileLimits { endings, ..FileLimits::papers() },
    }
}

fn materials_body(opened: &Opened, errors: &[FieldError]) -> Markup {
    let error = |field: &str| {
        errors.iter().find(|error| error.field == field).map(|error| error.message.clone())
    };
    html! {
        (error_summary(errors))
        (Heading::new("上传材料").lead("一次上传一份，传好的会列在下面。"))
        @for material in uploads(opened) {
            @let name = format!("file-{}", material.key);
            @let files: Vec<_> = opened.files.iter().filter(|file| file.label == material.key).collect();
            (section(&format!("m-{}", material.key), &material.name, html! {
                @if !material.required { p { "没有可以不传。" } }
                @if !files.is_empty() {
                    ul class="files" {
                        @for file in &files {
                            li {
                                (file.name) " " span class="file-size" { (size_said(file.size)) }
                                form method="post" action=(at(opened, &format!("materials/{}/remove", file.id))) {
                                    (Button::quiet(format!("移除 {}", file.name)))
                                }
                            }
                        }
                    }
                }
                form class="form" method="post" enctype="multipart/form-data" action=(at(opened, "materials")) {
                    (hidden("material", &material.key))
                    (Field::file(&name, format!("选择「{}」", material.name), limits_of(material))
                        .hint(&material.hint).error(error(&name)))
                    (Button::secondary("上传"))
                }
            }))
        }
        @let shared: Vec<_> = opened.item.materials.iter().filter(|m| m.obtain == "shared").collect();
        @if !shared.is_empty() {
            (inset(html! {
                p { "以下材料由办理单位自己核验，不用您提供：" }
                ul { @for material in shared { li { (material.name) } } }
            }))
        }
        (button_row(html! { a class="button" href=(at(opened, "check")) { "继续" } }))
    }
}

/// Said when an upload broke off or was too large.
pub(crate) fn broken_upload(error: MultipartError) -> Refusal {
    if error.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE {
        let words = "文件太大，没有上传";
        return Refusal::new(RefusalKind::TooLarge, "approvals.upload_too_large", words)
            .remedy("每个文件不超过 20 MB；图片可以先压缩，扫描件可以降低分辨率");
    }
    let words = "文件没有传完，请重新上传";
    Refusal::new(RefusalKind::Invalid, "approvals.upload_broken", words)
}

/// Attaches a file.
pub(crate) async fn file_add(cx: ActCx, Path(id): Path<String>, mut form: Multipart) -> Reply {
    let opened = match opened(&cx, &id).await? {
        Ok(opened) => opened,
        Err(case) => return Ok(see_other(&case)),
    };
    let mut material = String::new();
    let mut file: Option<(String, Vec<u8>)> = None;
    while let Some(field) = form.next_field().await.map_err(broken_upload)? {
        let name = field.file_name().map(str::to_owned);
        let is_material = field.name() == Some("material");
        let bytes = field.bytes().await.map_err(broken_upload)?;
        match name {
            None if is_material => material = String::from_utf8_lossy(&bytes).into_owned(),
            Some(name) if !name.is_empty() => file = Some((name, bytes.to_vec())),
            _ => {}
        }
    }
    let outcome = match file {
        Some((name, bytes)) => acts::attach(&cx, &opened, &material, &name, bytes).await,
        None => {
            let words = "请先选择文件，再按上传";
            let refusal = Refusal::new(RefusalKind::Invalid, "approvals.no_file", words);
            Err(refusal.field(format!("file-{material}"), words).into())
        }
    };
    match outcome {
        Ok(()) => Ok(see_other(&at(&opened, "materials"))),
        Err(Stop::Refused(refusal)) if !refusal.fields.is_empty() => {
            let body = materials_body(&opened, &refusal.fields);
            Ok(page::invalid(page::site(&cx, "上传材料", &crumbs(&opened), body)))
        }
        Err(stop) => Err(stop.into()),
    }
}

/// Takes a file off.
pub(crate) async fn file_remove(cx: ActCx, Path((id, file)): Path<(String, String)>) -> Reply {
    let opened = match opened(&cx, &id).await? {
        Ok(opened) => opened,
        Err(case) => return Ok(see_other(&case)),
    };
    let file = file.parse().map_err(|_| not_found("这份文件"))?;
    acts::detach(&cx, &opened, file).await?;
    Ok(see_other(&at(&opened, "materials")))
}

/// Check your answers.
pub(crate) async fn check(cx: Cx, Path(id): Path<String>) -> Reply {
    let opened = match opened(&cx, &id).await? {
        Ok(opened) => opened,
        Err(case) => return Ok(see_other(&case)),
    };
    let body = html! { (for_whom(&cx, &opened)) (check_body(&opened, &[], None)) };
    Ok(page::site(&cx, "核对并提交", &crumbs(&opened), body))
}

fn check_body(opened: &Opened, errors: &[FieldError], words: Option<&Refusal>) -> Markup {
    let change = |group: &Group| at(opened, &group.id);
    html! {
        @if !errors.is_empty() { (problems(opened, errors)) }
        @if let Some(refusal) = words {
            (notice(NoticeKind::Warning, &refusal.message, html! {
                @if let Some(ground) = &refusal.ground { p { "依据：" (ground) } }
                @if let Some(remedy) = &refusal.remedy { p { (remedy) } }
            }))
        } @else { (newer(opened)) }
        (Heading::new("核对并提交").caption(&opened.item.name).lead("请逐项核对，提交以后不能再改。"))
        (opened.form.check_answers(&opened.values, &opened.shown(), Some(&change)))
        @if !uploads(opened).is_empty() {
            (section("files", "材料", html! {
                (super::steps::files(&opened.item.materials, &opened.files, |file| html! { (file.name) }))
                p { a href=(at(opened, "materials")) { "修改材料" } }
            }))
        }
        @for source in each_once(&opened.sources) {
            p { "标明来源的内容：" (source_note(&source.from, source.as_of.day())) "，依据" (source.ground) "。" }
        }
        form class="form" method="post" action=(at(opened, "submit")) data-once {
            (hidden("version", &opened.draft.version.to_string()))
            (hidden("item_version", &opened.item.version.to_string()))
            (Button::new("提交申请").consequence("我保证所填内容和所交材料真实。提交后得到办件编号、查询码和可以验证的回执。"))
        }
        p { (link_button("返回任务列表", &at(opened, ""))) }
    }
}

/// Each register that gave something, once: a firm's form is filled in from two.
fn each_once(sources: &Sources) -> Vec<&Source> {
    let mut each: Vec<&Source> = Vec::new();
    for source in sources.values() {
        if !each.iter().any(|one| one.from == source.from) {
            each.push(source);
        }
    }
    each
}

/// What is missing, each line leading to the page where it is mended.
fn problems(opened: &Opened, errors: &[FieldError]) -> Markup {
    let page_of = |field: &str| match opened.form.field(field) {
        Some(known) => format!("{}#{}", at(opened, &known.group), frame::parts::field_id(field)),
        None => format!("{}#{}", at(opened, "materials"), frame::parts::field_id(field)),
    };
    html! {
        div class="error-summary" role="alert" tabindex="-1" aria-labelledby="error-summary-title" data-focus {
            h2 id="error-summary-title" { "有 " (errors.len()) " 处需要补充" }
            ul { @for error in errors { li { a href=(page_of(&error.field)) { (error.message) } } } }
        }
    }
}

/// What the check page was drawn from.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Checked {
    item_version: Option<i64>,
}

/// Submits, once.
pub(crate) async fn submit(
    cx: ActCx,
    Path(id): Path<String>,
    Entered(checked): Entered<Checked>,
) -> Reply {
    let opened = acts::open(&cx, draft_id(&id)?).await?;
    let (channel, draft) = (opened.draft.channel, opened.draft.id);
    match acts::submit(&cx, opened, checked.item_version).await {
        Ok(submitted) => Ok(see_other(&case_page(channel, &submitted.no))),
        Err(Stop::Refused(refusal)) if refusal.kind != RefusalKind::NotFound => {
            let opened = acts::open(&cx, draft).await?;
            let body = check_body(&opened, &refusal.fields, Some(&refusal));
            Ok(page::invalid(page::site(&cx, "核对并提交", &crumbs(&opened), body)))
        }
        Err(stop) => Err(stop.into()),
    }
}

/// Drops a draft.
pub(crate) async fn discard(cx: ActCx, Path(id): Path<String>) -> Reply {
    let opened = match opened(&cx, &id).await? {
        Ok(opened) => opened,
        Err(case) => return Ok(see_other(&case)),
    };
    acts::discard(&cx, &opened).await?;
    Ok(see_other("/my/cases"))
}
