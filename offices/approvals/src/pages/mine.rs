//! The applicant's own cases: the list, one case, its slip, supplementing and withdrawing.

use std::collections::{HashMap, HashSet};

use axum::Form;
use axum::extract::{Multipart, Path, Query};
use base::{FieldError, Id, Refusal, RefusalKind, Stop};
use flow::Command;
use frame::page;
use frame::parts::{
    Button, Column, Crumb, Entry, Field, FileLimits, Heading, Markup, NoticeKind, Pager, Row,
    Table, Tone, button_row, day_said, details, empty, error_summary, hidden, legal_basis,
    link_button, moment_said, notice, section, tag, timeline,
};
use frame::serve::see_other;
use frame::{ActCx, Cx, Reply, not_found};
use maud::html;
use powers_contract::Material;
use serde::Deserialize;

use crate::acts::{self, Seen};
use crate::pages::agency;
use crate::pages::case::remedies;
use crate::pages::paper::Fetch;
use crate::pages::steps::{
    Reader, answers, cancelled_tag, clock_of, files, head, history, linked, state_tag,
};
use crate::rules;
use crate::store;
use crate::terms::window::Came;

pub(super) const PAGE: i64 = 20;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct After {
    after: String,
    mandate: String,
}

/// 我的办件.
pub(crate) async fn mine(cx: Cx, Query(after): Query<After>) -> Reply {
    if !after.mandate.is_empty() {
        return agency::cases_for(&cx, &after.mandate, &after.after).await;
    }
    let person = cx.signed_in()?;
    let (account, today) = (person.account, cx.now().day());
    let cursor: Option<flow::Cursor> = after.after.parse().ok();
    let (drafts, others, acting, page, (news, cancelled)) = cx
        .read(move |r| {
            let drafts = store::open_drafts(r, account)?;
            let others = store::drafts_for_others(r, account)?;
            let acting = access::mandates_acting(r, account, today)?;
            let mut page = flow::mine(r, &account.to_string(), cursor.as_ref(), PAGE)?;
            // What the person has with other offices stands on their pages.
            page.rows.retain(|case| case.office == "approvals");
            let news = acts::with_news(r, &page.rows, &account.to_string())?;
            let ids: Vec<flow::CaseId> = page.rows.iter().map(|case| case.id).collect();
            let cancelled = store::cancelled_among(r, &ids)?.into_iter().map(|(case, _)| case);
            let cancelled: HashSet<flow::CaseId> = cancelled.collect();
            Ok((drafts, others, acting, page, (news, cancelled)))
        })
        .await?;
    let rows = page.rows.iter().map(|case| {
        Row::new([
            html! {
                a href=(format!("/my/cases/{}", case.no)) { (case.item_name) }
                @if case.is_from_counter() { span class="row-note" { "窗口收件" } }
            },
            html! {
                (state_tag(case, Reader::Applicant, today))
                (cancelled_tag(cancelled.contains(&case.id)))
                @if news.contains(&case.id) { " " (tag(Tone::Active, "有新进展")) }
            },
            moment_said(case.received_at, today),
            html! {
                @if let Some(due) = case.due { (day_said(due, today)) }
                @else if let Some(last) = case.due_supplement { "请在 " (day_said(last, today)) " 前补正" }
                @else { "—" }
            },
        ])
    });
    let table = Table::new("提交过的申请")
        .columns([
            Column::new("事项"),
            Column::new("状态"),
            Column::new("提交时间").minor(),
            Column::new("最迟答复"),
        ])
        .rows(rows)
        .stacked()
        .empty(empty("您还没有提交过申请", html! { a href="/services" { "去找要办的事" } }));
    let next = page.next.map(|next| format!("/my/cases?after={next}"));
    let body = html! {
        (Heading::new("我的办件"))
        @if !drafts.is_empty() {
            (section("drafts", "没有提交的草稿", html! {
                ul class="links" {
                    @for draft in &drafts {
                        li {
                            a href=(format!("/apply/draft/{}", draft.id)) { (draft.item_name) }
                            "，上次保存于 " (moment_said(draft.updated_at, today))
                            @if draft.agent.is_some() { "，代理人正在代您填写" }
                        }
                    }
                }
            }))
        }
        (agency::drafts_for_others(&others, &acting, today))
        (table)
        (Pager::new(next))
        (agency::for_others(&acting))
    };
    Ok(page::wide(&cx, "我的办件", &[], body))
}

fn crumbs() -> Vec<Crumb> {
    vec![Crumb::new("我的办件", "/my/cases")]
}

/// One of the applicant's own cases.
pub(crate) async fn own(cx: Cx, Path(no): Path<String>) -> Reply {
    let seen = acts::own_case(&cx, &no).await?;
    let body = own_body(&cx, &seen, &Wrong::default()).await?;
    Ok(page::site(&cx, &seen.case.item_name, &crumbs(), body))
}

/// What was wrong with a supplement, and the note that came with it.
#[derive(Default)]
struct Wrong {
    note: String,
    errors: Vec<FieldError>,
}

impl Wrong {
    fn with(&self, field: &str) -> Option<String> {
        self.errors.iter().find(|error| error.field == field).map(|error| error.message.clone())
    }
}

async fn own_body(cx: &Cx, seen: &Seen, wrong: &Wrong) -> Result<Markup, base::Stop> {
    let today = cx.now().day();
    let (values, sources) = seen.entries(&cx.hall().keys)?;
    let acts::Asked { form, materials } = acts::asked_for(cx, &seen.application).await?;
    let no = &seen.case.no;
    let here = format!("/my/cases/{no}");
    let own = access::Over::Account(cx.signed_in()?.account.to_string());
    let offered = match seen.by {
        None => acts::offered(cx, seen, own).await?,
        Some(_) => acts::offered_to_agent(cx, seen).await?,
    };
    // Who looked at the applicant's data is told to the applicant.
    let looks = match seen.by {
        None => acts::looks(cx, seen).await?,
        Some(_) => Vec::new(),
    };
    Ok(html! {
        (error_summary(&wrong.errors))
        (Heading::new(&seen.case.item_name)
            .state(html! { (state_tag(&seen.case, Reader::Applicant, today)) (cancelled_tag(seen.cancelled.is_some())) }))
        (agency::on_case(seen))
        @if seen.by.is_none() { (news(seen)) }
        @if offered.has("supplement") { (to_supplement(seen, &materials, wrong)) }
        (clock_of(seen, &cx.hall().calendar, today))
        (head(seen, today))
        p { (link_button("查看和打印回执", &format!("/my/cases/{no}/slip"))) }
        (section("history", "办理经过", history(seen, Reader::Applicant, Fetch::Link(&here), today)))
        (remedies(seen))
        (section("answers", "申请填写的内容", html! {
            (answers(&seen.case, form.as_ref(), &values, &sources))
        }))
        (section("files", "您提交的材料", files(&materials, &seen.files, |file| linked(&here, file))))
        @if !looks.is_empty() {
            (section("looks", "谁看过您的完整信息", html! {
                p class="hint" { "工作人员平时只看到号码和住址的一部分；看完整的，要写明用途。打开您提交的材料，每一次都记在这里。" }
                (timeline(&looks.iter().map(|(act, deferral)| look(act, deferral.as_ref())).collect::<Vec<_>>(), today))
            }))
        }
        @if offered.has("withdraw") {
            (details("撤回申请", html! {
                form class="form" method="post" action=(format!("/my/cases/{no}/withdraw")) {
                    (Field::area("reason", "撤回的原因", 3).optional())
                    (Button::danger("撤回这份申请").consequence("撤回后这个办件就结束了，需要办理的话要重新申请。"))
                }
            }))
        }
    })
}

/// What happened since the applicant last said that they know it.
fn news(seen: &Seen) -> Markup {
    let news = rules::news(&seen.case, &seen.events, &seen.application);
    let Some(last) = news.last() else { return html! {} };
    let titles: Vec<&str> = news.iter().map(|event| Command::title_of(&event.command)).collect();
    notice(
        NoticeKind::Info,
        "这一件有新进展",
        html! {
            p { (titles.join("、")) "。" a href="#history" { "看办理经过" } }
            form method="post" action=(format!("/my/cases/{}/seen", seen.case.no)) {
                (hidden("n", &last.n.to_string()))
                (Button::secondary("知道了"))
            }
        },
    )
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Known {
    n: i64,
}

/// The applicant knows what happened.
pub(crate) async fn seen(cx: ActCx, Path(no): Path<String>, Form(known): Form<Known>) -> Reply {
    acts::mark_seen(&cx, &no, known.n).await?;
    Ok(see_other(&format!("/my/cases/{no}")))
}

/// One look at the whole entries: by which post of which organ, and for what.
fn look(act: &ledger::Recorded, deferral: Option<&ask::Deferral>) -> Entry {
    let who = act.who().map(|who| format!("{} · {}", who.organ_name, who.post));
    let content = act.content();
    let purpose = content.get("purpose").and_then(|said| said.as_str()).unwrap_or_default();
    let file = content.pointer("/fields/0").and_then(|name| name.as_str()).unwrap_or_default();
    let (done, body) = match act.kind == acts::FILE_SHOWN {
        true if act.is_erased() => ("打开您提交的材料", html! { p { (act.erased_words()) } }),
        false if act.is_erased() => ("查看完整的申请信息", html! { p { (act.erased_words()) } }),
        true => ("打开您提交的材料", html! { p { (file) } }),
        false => ("查看完整的申请信息", html! { p { "用途：" (purpose) } }),
    };
    let body = html! {
        (body)
        @if let Some(deferral) = deferral { p class="meta" { (deferral.words()) } }
    };
    Entry::new(act.at, done).who(who.unwrap_or_default()).body(body)
}

/// What the correction notice asked for, and where to hand it in.
fn to_supplement(seen: &Seen, materials: &[Material], wrong: &Wrong) -> Markup {
    let notice_event = seen.events.iter().rev().find(|event| event.command == "correct");
    let items: Vec<&str> = notice_event
        .and_then(|event| event.said.get("items"))
        .and_then(serde_json::Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(serde_json::Value::as_str)
        .collect();
    notice(
        NoticeKind::Warning,
        "需要您补正",
        html! {
            ol { @for item in &items { li { (item) } } }
            @if let Some(due) = seen.case.due_supplement {
                p { "请在 " strong { (due.chinese()) } " 前补正；逾期没有补正的，申请会退回。" }
                (legal_basis(&flow::due_basis(&seen.case, &flow::marks_of(&seen.events))))
            }
            form class="form" method="post" enctype="multipart/form-data"
                action=(format!("/my/cases/{}/supplement", seen.case.no)) {
                (Field::area("note", "补正说明", 4).hint("逐条说明补了什么").value(&wrong.note)
                    .error(wrong.with("note")))
                (supplement_files(materials, wrong.with("files")))
                (button_row(html! { (Button::new("提交补正")
                    .consequence("提交后重新开始审核，受理期限从今天重新计算。")) }))
            }
        },
    )
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Reason {
    reason: String,
}

/// The applicant withdraws.
pub(crate) async fn withdraw(
    cx: ActCx,
    Path(no): Path<String>,
    Form(entered): Form<Reason>,
) -> Reply {
    acts::give_up(&cx, &no, entered.reason.trim()).await?;
    Ok(see_other(&format!("/my/cases/{no}")))
}

/// The file field of one material of the item, in a supplement.
const OF_MATERIAL: &str = "material.";

/// Where the files of a supplement are put: under each material's name, and beside them what is none of the list.
pub(super) fn supplement_files(materials: &[Material], wrong: Option<String>) -> Markup {
    let limits = || FileLimits { count_max: 10, ..FileLimits::papers() };
    html! {
        @for material in materials.iter().filter(|material| material.obtain == "upload") {
            (Field::file(format!("{OF_MATERIAL}{}", material.key), &material.name, limits()).optional())
        }
        (Field::file("files", "补正的材料", limits()).optional().error(wrong))
    }
}

/// What came with a supplement: its words by name, and its files by the material that they are.
pub(super) type HandedIn = (HashMap<String, String>, Vec<(String, String, Vec<u8>)>);

/// Reads a supplement. A file for a material that the item does not ask for stands with the other files.
pub(super) async fn handed_in(
    form: &mut Multipart,
    materials: &[Material],
) -> base::Outcome<HandedIn> {
    let (mut entered, mut files) = (HashMap::new(), Vec::new());
    let known = |key: &str| materials.iter().any(|one| one.obtain == "upload" && one.key == key);
    while let Some(field) = form.next_field().await.map_err(super::apply::broken_upload)? {
        let (name, file) =
            (field.name().unwrap_or_default().to_owned(), field.file_name().map(str::to_owned));
        let bytes = field.bytes().await.map_err(super::apply::broken_upload)?;
        let Some(file) = file else {
            entered.insert(name, String::from_utf8_lossy(&bytes).trim().to_owned());
            continue;
        };
        let material = name.strip_prefix(OF_MATERIAL).filter(|key| known(key));
        if !bytes.is_empty() {
            files.push((material.unwrap_or(acts::SUPPLEMENT).to_owned(), file, bytes.to_vec()));
        }
    }
    Ok((entered, files))
}

/// What is wrong with a file is said beside the files.
pub(super) fn beside_the_files(refusal: &Refusal) -> Vec<FieldError> {
    let mut errors = refusal.fields.clone();
    if errors.is_empty() {
        errors.push(FieldError { field: "files".into(), message: refusal.message.clone() });
    }
    errors.iter_mut().filter(|error| error.field != "note").for_each(|error| {
        error.field = "files".into();
    });
    errors
}

/// A browser forgets which files were chosen: who has chosen some is told to choose them again.
pub(super) fn to_choose_again(errors: &mut Vec<FieldError>, chosen: usize) {
    const WORDS: &str = "请再选一次补正的材料：刚才选的没有保存";
    match errors.iter_mut().find(|error| error.field == "files") {
        _ if chosen == 0 => {}
        Some(wrong) => wrong.message = format!("{}。{WORDS}", wrong.message),
        None => errors.push(FieldError { field: "files".into(), message: WORDS.into() }),
    }
}

/// The applicant hands in what was asked for.
pub(crate) async fn supplement(cx: ActCx, Path(no): Path<String>, mut form: Multipart) -> Reply {
    let seen = acts::own_case_unread(&cx, &no, access::Power::LookUp).await?;
    let materials = acts::asked_for(&cx, &seen.application).await?.materials;
    let (mut entered, files) = handed_in(&mut form, &materials).await?;
    let note = entered.remove("note").unwrap_or_default();
    let chosen = files.len();
    match acts::supplement(&cx, &no, None, (&note, &Came::default()), files).await {
        Ok(_) => Ok(see_other(&format!("/my/cases/{no}"))),
        // What can be mended here is said here, and the note stays.
        Err(Stop::Refused(refusal)) if refusal.kind == RefusalKind::Invalid => {
            let mut errors = beside_the_files(&refusal);
            to_choose_again(&mut errors, chosen);
            let body = own_body(&cx, &seen, &Wrong { note, errors }).await?;
            Ok(page::invalid(page::site(&cx, &seen.case.item_name, &crumbs(), body)))
        }
        Err(stop) => Err(stop.into()),
    }
}

/// A file of one's own case.
pub(crate) async fn own_file(cx: Cx, Path((no, file)): Path<(String, String)>) -> Reply {
    let seen = acts::own_case_to(&cx, &no, access::Power::LookUp, "提交的材料").await?;
    send_file(&cx, file_of(&seen, &file)?).await
}

/// A file of a case by its id.
pub(super) fn file_of<'s>(seen: &'s Seen, file: &str) -> base::Outcome<&'s vault::FileInfo> {
    let missing = || not_found("这份文件");
    let id: Id<vault::File> = file.parse().map_err(|_| missing())?;
    Ok(seen.files.iter().find(|file| file.id == id).ok_or_else(missing)?)
}

/// Sends a file of a case as a download: it is never run or shown inside the site.
pub(super) async fn send_file(cx: &Cx, known: &vault::FileInfo) -> Reply {
    let (info, bytes) = cx.hall().vault.fetch(known.id).await?;
    Ok(page::download(&info.name, &info.media_type, bytes))
}
