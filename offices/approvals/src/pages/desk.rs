//! The workbench: the queue by the law's clock, and the case with what the law allows me now.

use std::collections::HashMap;

use access::{Actor, Over};
use axum::Form;
use axum::extract::{Multipart, Path, Query};
use base::{Day, FieldError, Refusal, RefusalKind, Stop};
use flow::{CaseHead, CaseId, ClockMark, Command, Scope};
use frame::page;
use frame::parts::{
    Button, ClockFace, Column, Crumb, Field, Heading, Markup, Pager, Render, Row, Tab, Table,
    clock_brief, details, empty, section, tabs,
};
use frame::serve::see_other;
use frame::{ActCx, Cx, Reply};
use maud::html;
use serde::Deserialize;

use crate::acts::{self, Seen, TakenBack};
use crate::pages::agency::{at_the_desk, of_the_dead};
use crate::pages::clock_face;
use crate::pages::paper::Fetch;
use crate::pages::steps::{
    Reader, answers, cancelled_tag, clock_of, files, head, history, linked, state_tag,
};
use crate::rules;
use crate::terms::cancelled::Cancelling;
use crate::terms::window::Came;
use crate::terms::{DECIDE, EXAMINE, ISSUE, RECEIVE};

mod cancelling;
mod forms;
mod orders;

pub(crate) use cancelling::cancel;

const PAGE: i64 = 50;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct View {
    view: String,
    after: String,
    q: String,
}

/// The states that wait for each post.
fn states_for(view: &str) -> Option<&'static [&'static str]> {
    Some(match view {
        "receive" => &["10", "20"],
        "examine" => &["30", "32"],
        "decide" => &["31", "33"],
        "issue" => &["41", "42", "50"],
        "correction" => &["13"],
        _ => return None,
    })
}

const VIEWS: &[(&str, &str, &str)] = &[
    ("receive", "待受理", RECEIVE.name),
    ("examine", "待审查", EXAMINE.name),
    ("decide", "待决定", DECIDE.name),
    ("issue", "待制证送达", ISSUE.name),
    ("correction", "等待补正", RECEIVE.name),
    ("all", "全部在办", ""),
    ("closed", "已办结", ""),
];

/// The queue: soonest due first.
pub(crate) async fn queue(cx: Cx, Query(view): Query<View>) -> Reply {
    if !view.q.trim().is_empty()
        && let Some(no) = flow::CaseNumber::parse(view.q.trim())
    {
        return Ok(see_other(&format!("/desk/cases/{no}")));
    }
    let (permit, actor) = (cx.permit()?.clone(), cx.actor().clone());
    let (today, cursor) = (cx.now().day(), view.after.parse::<flow::Cursor>().ok());
    let wanted = view.view.clone();
    let (shown, held, page, marks) = cx
        .read(move |r| {
            let held = held_names(r, &actor)?;
            let shown = match wanted.as_str() {
                "" => first_view(&held).to_owned(),
                named => named.to_owned(),
            };
            let states = states_for(&shown).unwrap_or_default();
            let states = states.iter().map(|state| (*state).to_owned()).collect();
            let scope = Scope { office: Some("approvals".into()), states, ..Scope::of(&permit) };
            let page = match shown.as_str() {
                "closed" => flow::closed(r, &scope, cursor.as_ref(), PAGE)?,
                _ => flow::queue(r, &scope, cursor.as_ref(), PAGE)?,
            };
            let marks = flow::marks_of_cases(r, &page.rows)?;
            Ok((shown, held, page, marks))
        })
        .await?;
    let next = page.next.map(|next| format!("/desk/cases?view={shown}&after={next}"));
    let first = (!view.after.is_empty()).then(|| format!("/desk/cases?view={shown}"));
    let body = html! {
        (Heading::new("办件").lead("按法定时限排列，最先到期的在最上面。"))
        (tabs("办件分类", &view_tabs(&shown, &held)))
        (table(&cx, &page.rows, &marks, today))
        (Pager::new(next).first(first))
    };
    page::desk(&cx, "办件", &[], body).await
}

fn held_names(r: &::store::Reader<'_>, actor: &Actor) -> base::Outcome<Vec<String>> {
    Ok(access::permits_of(r, actor)?.iter().map(|permit| permit.permission().to_owned()).collect())
}

/// The view that fits the person's post best.
fn first_view(held: &[String]) -> &'static str {
    VIEWS
        .iter()
        .find(|(.., needs)| held.iter().any(|name| name == needs))
        .map_or("all", |(view, ..)| view)
}

fn view_tabs(shown: &str, held: &[String]) -> Vec<Tab> {
    VIEWS
        .iter()
        .filter(|(.., needs)| needs.is_empty() || held.iter().any(|name| name == needs))
        .map(|(view, title, _)| {
            Tab::new(*title, format!("/desk/cases?view={view}"), *view == shown)
        })
        .collect()
}

fn table(
    cx: &Cx,
    cases: &[CaseHead],
    marks: &HashMap<CaseId, Vec<ClockMark>>,
    today: Day,
) -> Markup {
    let rows = cases.iter().map(|case| {
        let href = format!("/desk/cases/{}", case.no);
        let marks = marks.get(&case.id).map(Vec::as_slice).unwrap_or_default();
        let face: ClockFace = clock_face(case, marks, &cx.hall().calendar, today);
        Row::new([
            html! { (case.item_name) span class="row-note" { (case.no) } },
            html! { (case.applicant_name) },
            state_tag(case, Reader::Staff, today),
            clock_brief(&face),
            html! { @if case.handler_name.is_empty() { span class="nothing" { "无人领办" } } @else { (case.handler_name) } },
        ])
        .href(href)
    });
    Table::new("办件列表")
        .caption_hidden()
        .columns([
            Column::new("事项"),
            Column::new("申请人"),
            Column::new("状态"),
            Column::new("时限"),
            Column::new("经办人").minor(),
        ])
        .rows(rows)
        .empty(empty("这里没有办件", html! { "新的申请一提交就会出现在这里。" }))
        .render()
}

/// How many cases wait for this person, for the menu: at a step of one of their posts, and on their desk or
/// on nobody's. What waits for the applicant, or for a colleague, does not wait for them.
pub(crate) fn waiting(
    r: &::store::Reader<'_>,
    permit: &access::Permit,
    held: &[access::Permit],
    _now: base::Moment,
) -> base::Outcome<i64> {
    let theirs = |needs: &str| held.iter().any(|one| one.permission() == needs);
    let views = VIEWS.iter().filter(|(view, _, needs)| *view != "correction" && theirs(needs));
    let states = views.filter_map(|(view, ..)| states_for(view)).flatten();
    let states: Vec<String> = states.map(|state| (*state).to_owned()).collect();
    if states.is_empty() {
        return Ok(0);
    }
    let handler = flow::Desk::NobodyOr(permit.account().to_owned());
    let office = Some("approvals".into());
    flow::waiting(r, &Scope { office, states, handler, ..Scope::of(permit) })
}

fn crumbs() -> Vec<Crumb> {
    vec![Crumb::new("办件", "/desk/cases")]
}

/// A case: who, what, clock, what the law allows me now.
pub(crate) async fn case(cx: Cx, Path(no): Path<String>) -> Reply {
    let seen = acts::staff_case(&cx, &no).await?;
    let body = body(&cx, &seen, None, &Entries::default()).await?;
    page::desk(&cx, &seen.case.item_name, &crumbs(), body).await
}

/// What was refused, and what had been entered.
struct Again<'a> {
    verb: &'a str,
    entered: &'a HashMap<String, String>,
    refusal: &'a Refusal,
}

/// How the entries are shown: masked, unless this once in clear.
#[derive(Default)]
struct Entries {
    in_clear: bool,
    purpose: String,
    errors: Vec<FieldError>,
    /// A mandate that was to be taken back, and why it was not.
    taken_back: Option<(TakenBack, Refusal)>,
    /// How a permit was to be cancelled, and why it was not.
    cancelling: Option<(Cancelling, Refusal)>,
}

async fn body(
    cx: &Cx,
    seen: &Seen,
    again: Option<&Again<'_>>,
    entries: &Entries,
) -> base::Outcome<Markup> {
    let today = cx.now().day();
    let (values, sources) = seen.entries(&cx.hall().keys)?;
    let acts::Asked { form, materials } = acts::asked_for(cx, &seen.application).await?;
    let (masked, hidden) = rules::masked(form.as_ref(), &values);
    let case = &seen.case;
    let offered = acts::offered(cx, seen, Over::Organ(case.organ.clone())).await?;
    let no = &case.no;
    let here = format!("/desk/cases/{no}");
    let level = acts::applicants_level(cx, seen).await?;
    let takes_in = acts::takes_in(cx, seen).await?;
    let to_cancel = cancelling::form(cx, (seen, &offered), entries.cancelling.as_ref())?;
    let panel = forms::panel(
        cx,
        seen,
        (&offered, &materials),
        again.map(|a| (a.verb, a.entered, a.refusal)),
    );
    Ok(html! {
        (Heading::new(&case.item_name).caption(format!("{} · {}", case.applicant_name, case.organ_name))
            .state(html! { (state_tag(case, Reader::Staff, today)) (cancelled_tag(seen.cancelled.is_some())) }))
        (clock_of(seen, &cx.hall().calendar, today))
        div class="case" {
            div class="case-main" {
                (section("answers", "申请内容", html! {
                    (answers(case, form.as_ref(), if entries.in_clear { &values } else { &masked }, &sources))
                    @if !entries.in_clear && !hidden.is_empty() {
                        (to_clear(no, offered.is_own_step(), entries))
                    }
                }))
                (section("files", "材料", files(&materials, &seen.files, |file| linked(&here, file))))
                (section("history", "办理经过", history(seen, Reader::Staff, Fetch::Link(&here), today)))
                p { a href={ (catalogue_contract::USED) "?case=" (no) } { "办理这件事用了哪些部门的数据" } }
            }
            aside class="case-side" aria-label="办理" {
                (head(seen, today))
                @if let Some(level) = level {
                    p class="hint" { "申请人账户的实名等级：" (level.title()) "。" }
                }
                (of_the_dead(seen))
                (panel)
                (to_cancel)
                (at_the_desk(seen, (today, takes_in), entries.taken_back.as_ref()))
            }
        }
    })
}

/// Says that something is masked, and lets those whose step it is see it, for a purpose and on record.
fn to_clear(no: &str, own_step: bool, entries: &Entries) -> Markup {
    let error = entries.errors.first().map(|error| error.message.clone());
    let form = html! {
        form class="form" method="post" action=(format!("/desk/cases/{no}/entries")) {
            (Field::text("purpose", "用途").hint("例如：核对身份证件、电话联系申请人")
                .value(&entries.purpose).error(error))
            (Button::secondary("查看完整信息")
                .consequence("谁、什么时候、为了什么查看，都会留下记录，申请人看得到。"))
        }
    };
    html! {
        p class="hint" { "身份证号码、电话、住址等只显示一部分。" }
        @if own_step && entries.errors.is_empty() { (details("查看完整信息", form)) }
        @else if own_step { (form) }
    }
}

/// Shows the entries in clear, this once.
pub(crate) async fn entries_in_clear(
    cx: ActCx,
    Path(no): Path<String>,
    Form(entered): Form<HashMap<String, String>>,
) -> Reply {
    let purpose = entered.get("purpose").map(|said| said.trim().to_owned()).unwrap_or_default();
    let seen = acts::staff_case(&cx, &no).await?;
    let (values, _) = seen.entries(&cx.hall().keys)?;
    let form = acts::asked_for(&cx, &seen.application).await?.form;
    let (_, hidden) = rules::masked(form.as_ref(), &values);
    let (seen, entries) = match acts::show_entries(&cx, &no, hidden, &purpose).await {
        Ok(seen) => (seen, Entries { in_clear: true, ..Entries::default() }),
        Err(Stop::Refused(refusal)) if !refusal.fields.is_empty() => {
            (seen, Entries { purpose, errors: refusal.fields.clone(), ..Entries::default() })
        }
        Err(stop) => return Err(stop.into()),
    };
    let refused = !entries.in_clear;
    let body = body(&cx, &seen, None, &entries).await?;
    let page = page::desk(&cx, &seen.case.item_name, &crumbs(), body).await?;
    Ok(if refused { page::invalid(page) } else { page })
}

/// Does a step; a wrong entry comes back beside its field with everything kept.
pub(crate) async fn command(
    cx: ActCx,
    Path((no, verb)): Path<(String, String)>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Reply {
    let entered = orders::gather(pairs);
    let version = entered.get("version").and_then(|version| version.parse().ok());
    let outcome = match orders::read(&verb, &entered) {
        Ok(command) => act(&cx, &no, version, (command, &came(&entered))).await,
        Err(refusal) => Err(refusal.into()),
    };
    let refusal = match outcome {
        Ok(()) => return Ok(see_other(&format!("/desk/cases/{no}"))),
        Err(Stop::Refused(refusal)) => refusal,
        Err(fault) => return Err(fault.into()),
    };
    let seen = acts::staff_case(&cx, &no).await?;
    let again = Again { verb: &verb, entered: &entered, refusal: &refusal };
    let body = body(&cx, &seen, Some(&again), &Entries::default()).await?;
    Ok(page::invalid(page::desk(&cx, &seen.case.item_name, &crumbs(), body).await?))
}

/// Puts down what was brought to the counter, with the files under the names of their materials.
pub(crate) async fn desk_supplement(
    cx: ActCx,
    Path(no): Path<String>,
    mut form: Multipart,
) -> Reply {
    let seen = acts::staff_case(&cx, &no).await?;
    let materials = acts::asked_for(&cx, &seen.application).await?.materials;
    let (entered, files) = super::mine::handed_in(&mut form, &materials).await?;
    let version = entered.get("version").and_then(|version| version.parse().ok());
    let note = entered.get("note").map(String::as_str).unwrap_or_default();
    let (said, chosen) = ((note, &came(&entered)), files.len());
    let mut refusal = match acts::supplement(&cx, &no, version, said, files).await {
        Ok(_) => return Ok(see_other(&format!("/desk/cases/{no}"))),
        Err(Stop::Refused(refusal)) => refusal,
        Err(fault) => return Err(fault.into()),
    };
    if refusal.kind == RefusalKind::Invalid && !rules::window::is_of_who_came(&refusal) {
        refusal.fields = super::mine::beside_the_files(&refusal);
    }
    // As it stands now: somebody may have been quicker, and nothing is asked for any more.
    let before = seen.case.state;
    let seen = acts::staff_case(&cx, &no).await?;
    if seen.case.state == before {
        super::mine::to_choose_again(&mut refusal.fields, chosen);
    }
    let again = Again { verb: "supplement", entered: &entered, refusal: &refusal };
    let body = body(&cx, &seen, Some(&again), &Entries::default()).await?;
    Ok(page::invalid(page::desk(&cx, &seen.case.item_name, &crumbs(), body).await?))
}

/// Who came to the window, as the form of a step says.
fn came(entered: &HashMap<String, String>) -> Came {
    let text = |name: &str| entered.get(name).cloned().unwrap_or_default();
    Came { who: text("came"), agent_number: text("agent_number"), compared: text("agent_compared") }
}

/// The principal takes a mandate back at the window.
pub(crate) async fn take_back(
    cx: ActCx,
    Path(no): Path<String>,
    Form(entered): Form<TakenBack>,
) -> Reply {
    // To others the case is as if it were not there, whatever they typed.
    acts::staff_case(&cx, &no).await?;
    let refusal = match acts::revoke_at_window(&cx, &no, &entered).await {
        Ok(()) => return Ok(see_other(&format!("/desk/cases/{no}"))),
        Err(Stop::Refused(refusal)) if refusal.kind != RefusalKind::NotFound => refusal,
        Err(stop) => return Err(stop.into()),
    };
    let seen = acts::staff_case(&cx, &no).await?;
    let entries = Entries { taken_back: Some((entered, *refusal)), ..Entries::default() };
    let body = body(&cx, &seen, None, &entries).await?;
    Ok(page::invalid(page::desk(&cx, &seen.case.item_name, &crumbs(), body).await?))
}

async fn act(
    cx: &ActCx,
    no: &str,
    version: Option<i64>,
    command: (Command, &Came),
) -> base::Outcome<()> {
    acts::command(cx, no, version, command).await.map(|_| ())
}

/// A file of a case that the person handles: it is on record before it is sent.
pub(crate) async fn desk_file(cx: Cx, Path((no, file)): Path<(String, String)>) -> Reply {
    let seen = acts::staff_case(&cx, &no).await?;
    let file = super::mine::file_of(&seen, &file)?;
    acts::file_on_record(&cx, &seen, file).await?;
    super::mine::send_file(&cx, file).await
}

/// The message beside one field, if the refusal has one.
fn message_for(refusal: Option<&Refusal>, field: &str) -> Option<String> {
    let find = |error: &&FieldError| error.field == field;
    refusal?.fields.iter().find(find).map(|error| error.message.clone())
}
