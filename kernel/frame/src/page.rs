//! Pages with their frame: what the shell needs is gathered here from the request, so that an
//! office says only title, crumbs and body.

use access::{Kind, Permit};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base::{RefusalKind, Stop};
use maud::{Markup, html};

use crate::cx::Cx;
use crate::held::Held;
use crate::office::{Door, Told};
use crate::parts::{
    Button, Crumb, Field, Heading, NoticeKind, Paper, button_row, error_summary, notice,
};
use crate::problem::{NOT_FOUND, Reply, status_of};
use crate::shell::{
    DeskGroup, DeskItem, DeskView, Layout, SIGN_IN_PATH, SiteView, User, bare,
    board as board_shell, desk as desk_shell, paper as paper_shell, site as site_shell,
};

/// What stands in the name menu of a citizen.
const CITIZEN_LINKS: &[(&str, &str)] =
    &[("我的办件", "/my/cases"), ("我的账户", "/me"), ("谁看过我的信息", "/me/looks")];
/// What stands in the name menu of staff.
const STAFF_LINKS: &[(&str, &str)] = &[("工作台", "/desk"), ("我的账户", "/me")];
/// What stands in the footer.
const FOOTER: &[(&str, &str)] = &[("查询办件进度", "/cases"), ("接口说明", "/api/openapi.json")];

/// Markup as an answer.
pub fn html_response(markup: Markup) -> Response {
    let kind = HeaderValue::from_static("text/html; charset=utf-8");
    ([(header::CONTENT_TYPE, kind)], markup.into_string()).into_response()
}

/// The same page with status 422: a form with words beside its fields.
pub fn invalid(mut response: Response) -> Response {
    *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    response
}

/// A page of the public site to read or to fill in. The body brings its own heading.
pub fn site(cx: &Cx, title: &str, crumbs: &[Crumb], body: Markup) -> Response {
    laid_out(cx, title, crumbs, Layout::Reading, "", body)
}

/// A page of the public site that uses its whole width: lists, and pages with an aside.
pub fn wide(cx: &Cx, title: &str, crumbs: &[Crumb], body: Markup) -> Response {
    laid_out(cx, title, crumbs, Layout::Wide, "", body)
}

/// A page of the public site made of bands; and the words that stand in its search field.
pub fn laid_out(
    cx: &Cx,
    title: &str,
    crumbs: &[Crumb],
    layout: Layout,
    query: &str,
    body: Markup,
) -> Response {
    let hall = cx.hall();
    let mut doors: Vec<Door> =
        hall.offices.iter().flat_map(|office| office.doors).copied().collect();
    doors.sort_by_key(|door| door.place);
    let post = post_of(cx);
    let user = cx.person().map(|person| User {
        name: &person.name,
        post: &post,
        links: if person.kind == Kind::Staff { STAFF_LINKS } else { CITIZEN_LINKS },
    });
    let view = SiteView {
        prefs: cx.prefs(),
        target: cx.target(),
        doors: &doors,
        user,
        crumbs,
        query,
        layout,
        links: FOOTER,
        ..SiteView::new(&hall.city, title)
    };
    html_response(site_shell(&view, body))
}

fn post_of(cx: &Cx) -> String {
    cx.person()
        .and_then(|person| person.organ())
        .map(|post| format!("{} · {}", post.title, post.organ_name))
        .unwrap_or_default()
}

/// A page of the workbench, with the menu of the person's own permissions and what waits there.
pub async fn desk(cx: &Cx, title: &str, crumbs: &[Crumb], body: Markup) -> Reply {
    let groups = menu(cx).await?;
    desk_with(cx, title, (crumbs, groups), body)
}

/// The same with the menu that was read already, and is shown in the page too.
pub fn desk_with(cx: &Cx, title: &str, (crumbs, groups): (&[Crumb], Menu), body: Markup) -> Reply {
    let hall = cx.hall();
    let shown: Vec<DeskGroup<'_>> =
        groups.iter().map(|(title, items)| DeskGroup { title, items: items.clone() }).collect();
    let post = post_of(cx);
    let person = cx.signed_in()?;
    let user = User { name: &person.name, post: &post, links: STAFF_LINKS };
    let view = DeskView {
        prefs: cx.prefs(),
        target: cx.target(),
        groups: &shown,
        crumbs,
        ..DeskView::new(&hall.city, title, user)
    };
    Ok(html_response(desk_shell(&view, body)))
}

/// The items of the menu, by office.
pub type Menu = Vec<(&'static str, Vec<DeskItem<'static>>)>;

/// The menu: one query for the person's permits, one for each count that an office gives.
pub async fn menu(cx: &Cx) -> base::Outcome<Menu> {
    let (hall, actor, now) = (cx.hall().clone(), cx.actor().clone(), cx.now());
    cx.read(move |reader| {
        let permits = access::permits_of(reader, &actor)?;
        let held = |name: &str| permits.iter().find(|permit: &&Permit| permit.permission() == name);
        let mut menu: Menu = Vec::new();
        for office in hall.offices {
            let mut items = Vec::new();
            for item in office.menu {
                let Some(permit) = held(item.permission.name) else { continue };
                let waiting =
                    item.waiting.map(|count| count(reader, permit, &permits, now)).transpose()?;
                items.push(DeskItem {
                    title: item.title,
                    path: item.path,
                    icon: item.icon,
                    waiting,
                });
            }
            if !items.is_empty() {
                menu.push((office.title, items));
            }
        }
        Ok(menu)
    })
    .await
}

/// What the offices have to tell the person on the first page of the workbench.
pub async fn told(cx: &Cx) -> base::Outcome<Vec<Told>> {
    let (hall, now) = (cx.hall().clone(), cx.now());
    let Some(person) = cx.person().cloned() else { return Ok(Vec::new()) };
    cx.read(move |reader| {
        let mut told = Vec::new();
        for tell in hall.offices.iter().filter_map(|office| office.tells) {
            told.extend(tell(reader, &person, now)?);
        }
        Ok(told)
    })
    .await
}

/// A written paper to be printed; `back` leads to where it was asked for.
pub fn paper(cx: &Cx, title: &str, back: &Crumb, sheet: &Paper) -> Response {
    html_response(paper_shell(&cx.hall().city, title, back, html! { (sheet) }))
}

/// A wall screen that fetches itself again every so many seconds.
pub fn board(cx: &Cx, title: &str, refresh_seconds: u32, body: Markup) -> Response {
    let shown = html_response(board_shell(&cx.hall().city, title, cx.prefs(), body));
    again_after(refresh_seconds, shown)
}

/// The same page, which the browser fetches again after so many seconds.
pub fn again_after(seconds: u32, mut response: Response) -> Response {
    response.headers_mut().insert(header::REFRESH, HeaderValue::from(seconds));
    response
}

/// A refusal or a fault as a page: what was wrong, which rule, what to do now.
pub(crate) async fn problem(cx: &Cx, stop: &Stop) -> Response {
    let status = status_of(stop);
    let at_work = is_at_work(cx);
    let (home, place) = if at_work { ("/desk", "回到工作台") } else { ("/", "回到首页") };
    let body = match stop {
        Stop::Refused(refusal) => html! {
            (Heading::new(heading_of(refusal.kind)))
            (error_summary(&refusal.fields))
            p class="lead" { (refusal.message) }
            @if let Some(ground) = &refusal.ground { p { "依据：" (ground) } }
            @if let Some(remedy) = &refusal.remedy { p { (remedy) } }
            // Only a page has a search: a command and a program read the same refusal.
            @if refusal.code == NOT_FOUND { p { "也可以" a href="/search" { "搜索全站" } "。" } }
            @if refusal.kind == RefusalKind::Forbidden && is_citizen(cx) {
                ul { @for (title, path) in CITIZEN_LINKS { li { a href=(path) { (title) } } } }
            }
            p { a href=(home) { (place) } }
        },
        Stop::Failed(_) => html! {
            (Heading::new("系统出了问题"))
            p class="lead" { "我们已经记下这个问题。刚才如果提交了内容，请先查看是否已经办成，没有的话再提交一次。" }
            p { "请过几分钟再试。再次遇到时，请把这个编号告诉我们：" code { (cx.request().to_string()) } }
            p { a href="/" { "回到首页" } }
        },
    };
    let title = heading_of(kind_of(stop));
    let mut response = match stop {
        // A member of the staff stays at the workbench, with its menu beside.
        Stop::Refused(_) if at_work => match desk(cx, title, &[], body.clone()).await {
            Ok(shown) => shown,
            Err(_) => site(cx, title, &[], body),
        },
        Stop::Refused(_) => site(cx, title, &[], body),
        Stop::Failed(_) => html_response(bare(&cx.hall().city, "系统出了问题", cx.prefs(), body)),
    };
    *response.status_mut() = status;
    response
}

/// Whether somebody of the staff, who may use the workbench, was refused there.
fn is_at_work(cx: &Cx) -> bool {
    let whole = |person: &access::Person| {
        person.kind == Kind::Staff && person.standing == access::Standing::Whole
    };
    cx.target().starts_with("/desk") && cx.person().is_some_and(whole)
}

fn is_citizen(cx: &Cx) -> bool {
    cx.person().is_some_and(|person| person.kind == Kind::Citizen)
}

fn kind_of(stop: &Stop) -> RefusalKind {
    stop.refusal().map_or(RefusalKind::Unavailable, |refusal| refusal.kind)
}

fn heading_of(kind: RefusalKind) -> &'static str {
    match kind {
        RefusalKind::Invalid => "有内容需要修改",
        RefusalKind::SignIn => "请先登录",
        RefusalKind::Forbidden => "没有办理的权限",
        RefusalKind::NotFound => "没有找到",
        RefusalKind::Method => "这个网址不能直接打开",
        RefusalKind::Conflict => "现在不能这样办理",
        RefusalKind::TooLarge => "文件太大",
        RefusalKind::TooMany => "次数太多，请稍后再试",
        RefusalKind::Unavailable => "现在办不了",
    }
}

/// The session ended in the middle of a form: signing in again, with what was typed kept.
pub(crate) fn sign_in_again(cx: &Cx, body: Option<&[u8]>) -> Response {
    let kept = body.is_some();
    let held = Held::new(cx.target(), body.unwrap_or_default(), cx.now()).seal(&cx.hall().keys);
    let page = html! {
        (Heading::new("请重新登录"))
        @if kept {
            (notice(NoticeKind::Info, "您刚才填写的内容还在", html! {
                p { "登录已经过期。登录之后，您可以接着提交，不用重新填写。" }
            }))
        } @else {
            (notice(NoticeKind::Warning, "登录已经过期", html! {
                p { "这次上传的文件没有保存，登录之后请重新选择文件。以前保存的草稿都在。" }
            }))
        }
        form class="form" method="post" action=(SIGN_IN_PATH) {
            @if kept { input type="hidden" name="held" value=(held); }
            (Field::text("account", "用户名").complete("username"))
            (Field::password("password", "密码").complete("current-password"))
            (button_row(html! { (Button::new("登录")) }))
        }
    };
    let mut response = site(cx, "请重新登录", &[], page);
    *response.status_mut() = StatusCode::UNAUTHORIZED;
    response
}

/// A file that the browser saves: it is never run or shown inside the site.
pub fn download(name: &str, media_type: &str, bytes: Vec<u8>) -> Response {
    let escaped = crate::held::query_escape(name).replace('+', "%20");
    let disposition = format!("attachment; filename*=UTF-8''{escaped}");
    let value = |text: &str| {
        HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static("application/octet-stream"))
    };
    let headers = [
        (header::CONTENT_TYPE, value(media_type)),
        (header::CONTENT_DISPOSITION, value(&disposition)),
    ];
    (headers, bytes).into_response()
}
