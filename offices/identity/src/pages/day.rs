//! The workbench's first page: what waits for me, and what I did.

use base::{Day, Outcome};
use frame::parts::{
    Entry, Heading, NoticeKind, count, empty, icon, moment_said, notice, section, timeline,
};
use frame::{Cx, Reply, Told, page};
use ledger::Recorded;
use maud::{Markup, html};

use crate::store;
use crate::terms::Readmission;

const DONE: i64 = 15;
/// So long administrators are told of a readmission on their first page; the list has it longer.
const TOLD_SECONDS: i64 = 30 * 24 * 3_600;

/// `GET /desk`
pub(crate) async fn show(cx: Cx) -> Reply {
    let person = cx.signed_in()?;
    if person.kind == access::Kind::Citizen {
        return Ok(frame::serve::see_other("/me"));
    }
    let account = person.account.to_string();
    let name = person.name.clone();
    let readmitted = readmitted(&cx).await?;
    let menu = page::menu(&cx).await?;
    let told = page::told(&cx).await?;
    let done = cx.read(move |r| ledger::acts_by(r, &account, DONE)).await?;
    let waiting: i64 = menu.iter().flat_map(|(_, items)| items).filter_map(|i| i.waiting).sum();
    let lead = if waiting > 99 {
        "现在有 99 件以上的事等您办理。".to_owned()
    } else if waiting > 0 {
        format!("现在有 {waiting} 件事等您办理。")
    } else {
        "现在没有等您办理的事。".to_owned()
    };
    let body = html! {
        (Heading::new(format!("{name}，您好")).lead(lead))
        @if !readmitted.is_empty() { (told_of(&readmitted, cx.now().day())) }
        (of_the_offices(&told))
        (exercised(person))
        @if menu.is_empty() {
            (empty("您还没有岗位", html! { p { "请联系安全管理员授予岗位，授予以后这里会出现您的工作。" } }))
        }
        @for (place, (title, items)) in menu.iter().enumerate() {
            (section(&format!("office-{place}"), title, html! {
                div class="grid" {
                    @for item in items {
                        a class="card-link" href=(item.path) {
                            (icon(item.icon))
                            strong { (item.title) " " @if let Some(waiting) = item.waiting { (count(waiting)) } }
                            @match item.waiting {
                                Some(0) => span { "没有等您办理的" },
                                Some(100..) => span { "等您办理 99 件以上" },
                                Some(waiting) => span { "等您办理 " (waiting) " 件" },
                                None => {},
                            }
                        }
                    }
                }
            }))
        }
        @if !done.is_empty() {
            (section("done", "我最近办的", timeline(&entries(&cx, &done), cx.now().day())))
        }
    };
    page::desk_with(&cx, "我的工作", (&[], menu), body)
}

/// What the offices have to tell.
fn of_the_offices(told: &[Told]) -> Markup {
    html! {
        @if !told.is_empty() {
            (notice(NoticeKind::Warning, "请留意", html! {
                ul {
                    @for one in told {
                        li {
                            (one.words)
                            @if let Some((path, title)) = one.path { "，" a href=(path) { (title) } }
                        }
                    }
                }
            }))
        }
    }
}

/// Whose posts one exercises today.
fn exercised(person: &access::Person) -> Markup {
    let posts = person.posts.iter().filter_map(|post| Some((post, post.on_behalf.as_ref()?)));
    html! {
        @for (post, whose) in posts {
            (notice(NoticeKind::Info, &format!("您正在受{}委托代行岗位", whose.name), html! {
                p {
                    (post.organ_name) "，" (post.title.trim_end_matches(ledger::DELEGATED))
                    @if let Some(until) = post.until { "，到" (until.chinese()) "为止" }
                    "。用这个岗位办理的每件事都写明受" (whose.name) "委托代行。"
                }
                p { a href="/desk/delegations" { "查看或者提前结束" } }
            }))
        }
    }
}

/// To administrators: who was let in on the machine itself, without two of them.
async fn readmitted(cx: &Cx) -> Outcome<Vec<Readmission>> {
    let posts = cx.person().map(|person| person.posts.as_slice()).unwrap_or_default();
    if !posts.iter().any(|post| access::is_administrator(&post.role)) {
        return Ok(Vec::new());
    }
    let since = cx.now().plus_seconds(-TOLD_SECONDS);
    cx.read(move |r| store::readmissions(r, since)).await
}

fn told_of(readmitted: &[Readmission], today: Day) -> Markup {
    notice(
        NoticeKind::Warning,
        "有人在服务器上为管理员签发了一次性代码",
        html! {
            ul {
                @for one in readmitted {
                    li {
                        (moment_said(one.at, today)) "，" (one.name) "（" (one.login) "），"
                        a href={ "/receipts/" (one.act) } { "查看回执" }
                    }
                }
            }
            p { "请与本人和管理服务器的人核对。没有商定过的，请立即停用这个账户或者收回它的岗位，并检查服务器。" }
        },
    )
}

fn entries(cx: &Cx, acts: &[Recorded]) -> Vec<Entry> {
    acts.iter()
        .map(|act| {
            Entry::new(act.at, cx.hall().act_title(&act.kind))
                .body(html! {
                    @if act.is_erased() { p { (act.erased_words()) } }
                    @else if let Some(words) = subject_words(act) { p { (words) } }
                })
                .receipt(format!("/receipts/{}", act.id))
        })
        .collect()
}

/// What an act was done to, in words: the title or number in its content, where there is one.
fn subject_words(act: &Recorded) -> Option<String> {
    let content = act.content();
    let said = ["title", "no", "login", "name"]
        .iter()
        .find_map(|key| content.get(*key)?.as_str().map(str::to_owned));
    said.or_else(|| (act.subject_kind == "login").then(|| act.subject_id.clone()))
}
